"""What a page may ask for: the one place where engines meet pipelines. Knows no page and no gradio."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict, replace
from itertools import pairwise
from typing import Any, cast

from funaudio_core import (
    casting,
    engines,
    gpu,
    instructions,
    language_id,
    languages,
    lending,
    prosody,
    settings,
    stopping,
    text,
)
from funaudio_core.casting import ANY, Cast
from funaudio_core.engines.base import ALL_PAIRS, AllPairs, Follower, Hearing
from funaudio_core.errors import BadInput, FunAudioError
from funaudio_core.kept import Kept
from funaudio_core.lending import Plan, task
from funaudio_core.phrases import joined
from funaudio_core.pipelines import chat as chatting
from funaudio_core.pipelines import check as checking
from funaudio_core.pipelines import doctor, long_clips, long_texts
from funaudio_core.pipelines import glossary as glossaries
from funaudio_core.pipelines import translate as translating
from funaudio_core.pipelines.background import BackgroundCaptions
from funaudio_core.pipelines.captions import LiveCaptions
from funaudio_core.pipelines.chat import Partner
from funaudio_core.pipelines.check import TakeReport
from funaudio_core.pipelines.doctor import Diagnosis
from funaudio_core.pipelines.ear import Ear
from funaudio_core.pipelines.emotion_timeline import emotion_timeline
from funaudio_core.pipelines.long_clips import Findings, LongClip, Order
from funaudio_core.pipelines.long_texts import LongText
from funaudio_core.pipelines.recognize import recognize as _recognize
from funaudio_core.pipelines.speak import Recorder, Take, worded
from funaudio_core.pipelines.speak import convert as _convert
from funaudio_core.pipelines.speak import speak as _speak
from funaudio_core.pipelines.stages import TAGS, Heard, Listening, Said, Speaker
from funaudio_core.pipelines.translate import Direction, Interpreter, Route, Translated
from funaudio_core.prosody import Baseline
from funaudio_core.types import Audio, Conversation, Emotion, Line, Span, Spoken, Style, Transcript, Turn, Voice

log = logging.getLogger(__name__)
NO_CHOICE: frozenset[str] = frozenset()
NO_BASELINE = Baseline()
Translating = Listening | Heard | Translated | Said | translating.Done
Talking = Listening | Heard | chatting.Understood | chatting.Wrote | Said | chatting.Done
MIN_SPEED, MAX_SPEED = 0.5, 2.0
# First guesses at the seconds of a GPU that tasks need, until lending has measured: (at least, for one of a clip or for
# a character). Nobody has run them on a GPU yet.
HEARS, SPEAKS = (3.0, 0.05), (5.0, 0.08)
LEAST_STRETCH = 100  # characters of a long text that are spoken at a time at least: a sentence
CONVERTS, INTERPRETS, TALKS = 0.5, 1.0, 20.0
TRANSCRIPT_SECONDS, TRANSCRIPTS_KEPT = 600.0, 64  # how long the transcript of a reference is kept, and how many


def lent() -> bool:
    """Whether a GPU is lent for each call, out of a visitor's quota."""
    return gpu.lends()


def gpu_to_speak(words: str | None, language: str, engine: str = "") -> tuple[float, int]:
    """Seconds of a lent GPU that speaking a text will ask for, 0 where none is, and in how many calls.

    (0, 0) for a text that is too long to be spoken, such as a book: it is not even cut.
    """
    if len(words or "") > settings.read().max_characters:
        return 0.0, 0
    parts = text.stretches(text.clean(words or ""), language, _longest_stretch())
    return sum(lending.seconds("speak", _speaking(part, engine)) for part in parts), len(parts)


def gpu_to_listen(seconds: float, engine: str = "", language: str | None = None) -> tuple[float, int]:
    """Seconds of a lent GPU that hearing a clip of so many will ask for, 0 where none is, and in how many calls."""
    calls = stretches(seconds)
    return calls * lending.seconds("listen", _listening(seconds / calls, engine, language)), calls


@task(lambda of: Plan([casting.recognizes(of["engine"], of["language"])], HEARS[0] + HEARS[1] * of["clip"].duration))
def recognize(
    clip: Audio,
    language: str | None,
    itn: bool,
    words: bool,
    engine: str = "",
    among: frozenset[str] = NO_CHOICE,
    hotwords: tuple[str, ...] = (),
    before: str = "",
) -> Iterator[Transcript]:
    """Growing transcripts of a clip.

    language: code, or None to detect it, among the codes of `among` where there are any. engine: "" takes the first
    that knows the language. hotwords: rare words that may occur. before: the language of what was said just before, in
    a stretch of a longer clip. Raises Unsupported where the engine can't use hotwords.
    """
    hearing = Hearing(language=language, itn=itn, words=words, among=among, hotwords=hotwords, before=before)
    return _recognizing(clip, hearing, engine, NO_BASELINE)


def _recognizing(
    clip: Audio, hearing: Hearing, engine: str, baseline: Baseline
) -> Generator[Transcript, None, tuple[Transcript, Baseline]]:
    spec = casting.recognizes(engine, hearing.language)
    if hearing.hotwords:
        spec.require("hotwords")
    detector, reader = casting.load_first(engines.DETECTORS), casting.load_first(engines.EMOTION_READERS)
    return _recognize(clip, hearing, engines.load(spec), detector, reader, spec.title, spec.capabilities, baseline)


@task(lambda of: _listening(of["clip"].duration, of["engine"], of["language"]))
def listen(
    clip: Audio,
    language: str | None,
    itn: bool,
    words: bool,
    engine: str,
    among: frozenset[str] = NO_CHOICE,
    hotwords: tuple[str, ...] = (),
    before: str = "",
    baseline: Baseline = NO_BASELINE,
) -> Iterator[Transcript | Baseline | Span | None]:
    """As recognize(), then how whoever speaks sounds as a rule, then how the feeling of the voice moves through the
    clip where the engine can tell it.

    baseline: that of what was said just before. Nones are moments at which there is nothing new yet.
    """
    hearing = Hearing(language=language, itn=itn, words=words, among=among, hotwords=hotwords, before=before)
    transcript, usual = yield from _recognizing(clip, hearing, engine, baseline)
    yield usual
    if transcript.segments:
        yield from _moods(clip, transcript, engine)


def hear(
    clip: Audio,
    language: str | None,
    itn: bool,
    words: bool,
    engine: str = "",
    hotwords: tuple[str, ...] = (),
) -> Iterator[Transcript]:
    """As recognize(); where a GPU is lent, with a call for each stretch of a clip that is too long for one.

    For whoever gets a single answer. In such a clip the hint at arousal begins anew with each stretch.
    """
    if not lending.seconds("recognize", _listening(clip.duration, engine, language)):
        yield from recognize(clip, language, itn, words, engine, NO_CHOICE, hotwords)
        return
    found = long_clips.NOTHING
    for start, end in pairwise(long_clips.cuts(clip, _heard_at_once())):
        before, part = found, clip.cut(start, end)
        for transcript in recognize(part, language, itn, words, engine, NO_CHOICE, hotwords, before.language):
            found = long_clips.joined(before, Findings(transcript))
            yield found.transcript


def hear_on(clip: LongClip) -> Iterator[Findings | None]:
    """All that was found in a long clip, again and again while its next stretch is heard, which is kept at the end.

    None: nothing new yet. Raises what listen() raises, and BadInput where the job is gone; no more is lost then than
    what was found in this stretch.
    """
    before, how = clip.findings(), clip.order
    found = long_clips.NOTHING
    events = listen(
        clip.next(),
        how.language,
        how.itn,
        how.words,
        how.engine,
        how.among,
        how.hotwords,
        before.language,
        before.baseline,
    )
    for event in events:
        if isinstance(event, Transcript):
            found = replace(found, transcript=event)
        elif isinstance(event, Baseline):
            found = replace(found, baseline=event)
        elif isinstance(event, Span):
            found = replace(found, moods=(*found.moods, event))
        yield None if event is None else long_clips.joined(before, found)
    clip.keep(found)


def long_clip(clip: Audio, how: Order) -> LongClip:
    """A job that hears a clip stretch by stretch, each by a call of hear_on()."""
    return long_clips.begin(clip, how, _heard_at_once())


def stretches(seconds: float) -> int:
    """How many calls it takes to hear a clip of so many seconds on its page."""
    return long_clips.count(seconds, _heard_at_once())


def _heard_at_once() -> float:
    """Seconds of a clip at most that fit a call, by the first guess alone: a clip is always cut in the same places.

    Also where no GPU is lent: others have their turn in between.
    """
    return (settings.read().gpu_seconds / lending.SPARE - HEARS[0]) / (2 * HEARS[1])


def _moods(clip: Audio, transcript: Transcript, engine: str) -> Iterator[Span | None]:
    scanners = engines.offered(engines.EMOTION_SCANNERS)
    if engine not in scanners:
        return iter(())
    speech = [event for event in transcript.events if event.label == "speech"]
    return emotion_timeline(clip, speech, engines.load(scanners[engine]))


def whole(transcripts: Iterator[Transcript]) -> Transcript:
    """The last, complete transcript. Raises BadInput where nobody speaks."""
    transcript = None
    for transcript in transcripts:  # noqa: B007  each is the one before, grown
        pass
    if transcript is None or not transcript.segments:
        raise BadInput("Nobody speaks in this clip. Give a clip with speech in it.")
    return transcript


def captions(language: str | None) -> BackgroundCaptions:
    """Live captions for one visitor's microphone; feed it chunks as they come."""
    detector, spec = casting.load_first(engines.DETECTORS), casting.listener()
    if language is not None:
        languages.require(language, spec.languages, spec.title)
    live = LiveCaptions(engines.load(spec), detector.endpointer(), Hearing(language=language))
    return BackgroundCaptions(live)


def speakable(words: str | None) -> str:
    """The cleaned text. Raises BadInput where there is none, only symbols, or too much."""
    return text.require_speakable(words or "", settings.read().max_characters)


def line(
    words: str,
    language: str,
    voice: Voice,
    engine: str = "",
    speed: float = 1.0,
    seed: int = 0,
    instruction: str = "",
) -> Line:
    """A checked line to speak. instruction: how, in a visitor's words; see style().

    Raises BadInput for a text, language, speed or instruction that can't be spoken.
    """
    spec = casting.named(engines.SYNTHESIZERS, engine)
    languages.require(language, spec.languages, spec.title)
    if not MIN_SPEED <= speed <= MAX_SPEED:
        raise BadInput(
            "A speed of {speed:g} is outside {low:g} to {high:g}.", speed=speed, low=MIN_SPEED, high=MAX_SPEED
        )
    made = Line(speakable(words), language, voice, style(instruction, speed, engine), seed)
    _require(made, engine)
    return made


def _require(line: Line, engine: str) -> None:
    """Raises what the engine would raise of the line's language and text once it is spoken."""
    check = casting.named(engines.SYNTHESIZERS, engine).check
    if check is not None:
        check(line)


def style(instruction: str, speed: float = 1.0, engine: str = "") -> Style:
    """An engine that reads instructions gets the words and the speed, any other what is understood at x that speed."""
    if casting.named(engines.SYNTHESIZERS, engine).telling is None:
        return instructions.paced(instructions.understand(instruction).style, speed)
    return Style(rate=speed, instruction=instructions.checked(instruction).strip())


def told(how: Style, language: str, engine: str = "") -> str:
    """The words that an engine is told in front of a line of that style and language; "" for none."""
    telling = casting.named(engines.SYNTHESIZERS, engine).telling
    return telling.words(how, language) if telling else ""


@task(lambda of: _speaking(of["line"].text, of["engine"]))
def speak(line: Line, engine: str = "") -> Iterator[Spoken]:
    """Marked speech, piece by piece."""
    return _speak(
        line, engines.load(casting.named(engines.SYNTHESIZERS, engine)), casting.load_first(engines.WATERMARKERS)
    )


@task(lambda of: Plan([casting.named(engines.CONVERTERS, of["engine"])], HEARS[0] + CONVERTS * of["clip"].duration))
def convert(clip: Audio, voice: Voice, engine: str = "") -> Iterator[Spoken]:
    """What is said in a clip, said in another voice at the clip's own pace: marked speech, piece by piece, no text.

    Raises BadInput for a clip or a voice that can't be used.
    """
    spec = casting.named(engines.CONVERTERS, engine)
    return _convert(clip, voice, engines.load(spec), casting.load_first(engines.WATERMARKERS))


def said_again(clip: Audio, voice: Voice, engine: str = "") -> tuple[Line, Iterator[Spoken]]:
    """What was heard in a clip as a line, and convert() with its words. Raises BadInput where nobody speaks."""
    heard = whole(recognize(clip, None, True, True))
    return Line(heard.text, heard.language, voice), worded(convert(clip, voice, engine), heard)


def speak_all(line: Line, engine: str = "") -> Iterator[Spoken]:
    """As speak(); where a GPU is lent, with a call for each stretch of a text that is too long for one.

    For whoever gets a single answer; pages speak a long text as a job, see long_text().
    """
    seconds, _ = gpu_to_speak(line.text, line.language, engine)
    parts = stretched(line) if seconds else (line,)
    for part in parts:  # before any of the visitor's quota is spent
        _require(part, engine)
    for number, part in enumerate(parts):
        for place, piece in enumerate(speak(part, engine)):
            if number and not place:
                yield from long_texts.pause(parts[number - 1], piece.audio.rate)
            yield piece


def stretched(line: Line) -> tuple[Line, ...]:
    """The stretches of a line, of which each fits a call; one alone where all of it does.

    Where no GPU is lent, as well: others have their turn in between.
    """
    return long_texts.stretches(line, _longest_stretch())


def long_text(parts: Sequence[Line], engine: str, tries: int, **extra: Any) -> LongText:  # noqa: ANN401 (plain values)
    """A job that speaks the stretches of a line one by one. extra: what else its page must know at the end.

    Raises what the engine would raise of the text of any of them, be it the last: such a job could never be finished.
    """
    for part in parts:
        _require(part, engine)
    return long_texts.begin(parts, engine, tries, extra)


def _longest_stretch() -> int:
    """Characters of a text at most that fit a call, by the first guess alone: a text is cut in the same places again,
    so that its seed repeats it.
    """
    fit = (settings.read().gpu_seconds / lending.SPARE - SPEAKS[0]) / SPEAKS[1]
    return max(int(fit), LEAST_STRETCH)


def take(line: Line, engine: str = "") -> Take:
    """The whole line as one take. Raises Stopped with the piece during which the work is told to end."""
    recorder = Recorder(line.seed)
    for _ in recorder.keep(speak_all(line, engine)):
        stopping.check()
    return recorder.take()


def examine(clip: Audio, typed: str | None) -> tuple[Diagnosis, Transcript]:
    """What the prompt doctor finds in a reference clip, and what was heard in the part of it that is used.

    typed: the visitor's transcript, None or "" where they typed none.
    """
    given = doctor.prepare(clip)
    heard = _heard(given.clip)
    encoder = casting.load_first(engines.SPEAKER_ENCODERS)
    return doctor.examine(given, typed or None, heard, heard.language, encoder), heard


def voice_of(clip: Audio, typed: str | None) -> Voice:
    """The voice behind a reference clip, with what is said in it. Raises BadInput where the prompt doctor refuses."""
    diagnosis, heard = examine(clip, typed)
    if diagnosis.refused:
        raise BadInput(joined([finding.text for finding in diagnosis.findings if finding.severity == "refuse"]))
    said = typed if typed and text.is_speakable(typed) else heard.text
    return Voice("reference", heard.language or "en", clip=diagnosis.clip, text=said)


_transcripts: Kept[Transcript] = Kept(TRANSCRIPTS_KEPT, lambda: TRANSCRIPT_SECONDS)


def _heard(clip: Audio) -> Transcript:
    """The transcript of a reference, kept a while: the doctor asks again each time the visitor edits a word."""

    def hear() -> Transcript:
        *_, last = recognize(clip, None, True, False)  # at least the one with the events alone
        return last

    return _transcripts.of(clip, hear)


def check(take_: Take, line: Line) -> TakeReport:
    """Listen to a take: what is understood, how near the voice is, how fast it was.

    What can't be found out, such as where no recogniser knows the language, is None: no take is lost for that.
    """
    heard = encoder = None
    try:
        encoder = casting.load_first(engines.SPEAKER_ENCODERS)
        heard = text.join_sentences(list(_heard_again(take_.audio, line.language)), line.language)
    except FunAudioError as error:
        log.warning("a take in %s was not checked: %s", line.language, error)
    return checking.check(take_, line, heard, encoder)


@task(lambda of: Plan([casting.checker(of["language"])], HEARS[0] + HEARS[1] * of["clip"].duration))
def _heard_again(clip: Audio, language: str) -> Iterator[str]:
    """What is understood of a take, sentence by sentence."""
    for segment in engines.load(casting.checker(language)).transcribe(clip, Hearing(language=language)):
        yield segment.text


def better(a: tuple[Take, TakeReport], b: tuple[Take, TakeReport]) -> tuple[Take, TakeReport]:
    """Whichever did better in the self-check; the first on a tie."""
    return b if checking.better(a[1], b[1]) is b[1] else a


def _speaking(words: str, engine: str) -> Plan:
    return Plan([casting.named(engines.SYNTHESIZERS, engine)], SPEAKS[0] + SPEAKS[1] * len(words))


def _listening(seconds: float, engine: str, language: str | None) -> Plan:
    return Plan([casting.recognizes(engine, language)], HEARS[0] + 2 * HEARS[1] * seconds)


def facts(report: TakeReport) -> dict[str, Any]:
    """A self-check as plain values, for API callers."""
    return asdict(report)


def changes(before: Audio, after: Audio) -> tuple[instructions.Change, ...]:
    """What measurably changed from one take to another."""
    return instructions.changes(prosody.measure(before), prosody.measure(after))


def feel(words: str, language: str, clip: Audio) -> Emotion:
    """The emotion of a sentence that was spoken."""
    return casting.load_first(engines.EMOTION_READERS).read(words, language, clip)


def directions(by: Cast = ANY) -> dict[Direction, Route | str]:
    """Every pair of languages with its route, or the reason why these engines lack it."""
    spec = casting.named(engines.TRANSLATORS, by.translator)
    synthesizer = casting.named(engines.SYNTHESIZERS, by.synthesizer)
    unloaded = ALL_PAIRS in spec.capabilities  # a page asks this of engines that nobody wants to load yet
    translator = AllPairs(spec.title, spec.languages) if unloaded else engines.load(spec)
    return translating.directions(casting.recognizer(by), translator, synthesizer, "fluent" in spec.capabilities)


@task(lambda of: Plan(casting.interpreters(of["by"]), TALKS + INTERPRETS * of["clip"].duration))
def interpret(
    clip: Audio, source: str | None, target: str, voice: Voice, by: Cast = ANY, glossary: str = ""
) -> Iterator[Translating]:
    """Speech to speech in another language: Listening, Heard, Translated, Said for each piece, Done.

    Where the translator works sentence by sentence, Translated (all so far) and Said come while Listening goes on.
    glossary: terms and their translations, "bank = orilla", one a line. Raises Unsupported where it can't be kept to.
    """
    ear, spec = casting.recognizer(by, source), casting.named(engines.TRANSLATORS, by.translator)
    terms = glossaries.read(glossary)
    if terms:
        spec.require("glossary")
    interpreter = Interpreter(
        engines.load(ear),
        casting.reader(ear),
        engines.load(spec),
        directions(by),
        "incremental" in spec.capabilities,
        terms,
    )
    return translating.interpret(clip, source, target, interpreter, _speaker(voice, by))


@task(lambda of: _speaking(of["words"], of["by"].synthesizer))
def respeak(words: str, language: str, emotion: str, voice: Voice, by: Cast = ANY) -> Iterator[Translating]:
    """Speak a translation that the visitor has edited."""
    return translating.respeak(speakable(words), language, emotion, _speaker(voice, by))


@task(
    lambda of: Plan(
        [casting.recognizer(of["by"]), *casting.answerers(of["by"])], TALKS + HEARS[1] * of["clip"].duration
    )
)
def converse(
    clip: Audio, before: Conversation, voice: Voice, baseline: Baseline = NO_BASELINE, by: Cast = ANY
) -> Iterator[Talking]:
    """Answer what was said: Listening, Heard, Understood where it was translated, Wrote and Said as they come, Done.

    before: the conversation so far; its language is that of the reply where the one that was heard can't be. voice: of
    the reply; where it doesn't speak the language, the first that does. baseline: how the speaker usually sounds, for
    the arousal hint.
    """
    ear, spec = casting.recognizer(by), casting.named(engines.COMPANIONS, by.companion)
    partner = Partner(
        engines.load(ear),
        casting.reader(ear),
        engines.load(spec),
        translating.TO_ENGLISH in ear.capabilities,
        spec.languages,
        {code: casting.voice_in(code, voice, by) for code in casting.answered(by)},
    )
    return chatting.converse(clip, before, partner, _speaker(voice, by), baseline.usual())


def typed(words: str | None, language: str) -> Turn:
    """A turn that was written, with the feeling of its words. Raises BadInput where nothing can be understood."""
    return chatting.typed(speakable(words), language, casting.load_first(engines.EMOTION_READERS))


@task(lambda of: Plan(casting.answerers(of["by"]), TALKS))
def answer(conversation: Conversation, voice: Voice, by: Cast = ANY) -> Iterator[Talking]:
    """Answer the last turn in the language of the conversation: Wrote and Said as they come, Done. voice: as above."""
    companion = engines.load(casting.named(engines.COMPANIONS, by.companion))
    speaker = _speaker(casting.voice_in(conversation.language, voice, by), by)
    return chatting.answer(conversation, companion, speaker)


def language_of(words: str | None, usual: str, by: Cast = ANY) -> str:
    """The language to answer typed words in: their own, where that is clear and there can be a reply in it.

    usual: the one to take elsewhere, such as that of the conversation so far.
    """
    found = language_id.of_text(words or "")
    return found if found in casting.answered(by) else usual


def ear() -> Ear:
    """Hands-free listening for one visitor; feed it chunks as they come."""
    return Ear(casting.load_first(engines.DETECTORS).endpointer())


def _speaker(voice: Voice, by: Cast) -> Speaker:
    spec = casting.named(engines.SYNTHESIZERS, by.synthesizer)
    engine = engines.load(spec)
    return Speaker(
        engine,
        casting.load_first(engines.WATERMARKERS),
        voice,
        by_words=spec.telling is not None,
        tags=frozenset(tag for tag in TAGS if f"event:{tag}" in spec.capabilities),
        follower=cast("Follower", engine) if "follow" in spec.capabilities else None,
    )
