"""What a page may ask for: the one place where engines meet pipelines. Knows no page and no gradio."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from funaudio_core import engines, instructions, languages, prosody, settings, text
from funaudio_core.engines import Loading
from funaudio_core.engines.base import Companion, Hearing, Recognizer, Spec, Synthesizer, Translator, pick
from funaudio_core.errors import BadInput
from funaudio_core.kept import Kept
from funaudio_core.phrases import joined
from funaudio_core.pipelines import chat as chatting
from funaudio_core.pipelines import check as checking
from funaudio_core.pipelines import doctor
from funaudio_core.pipelines import translate as translating
from funaudio_core.pipelines.background import BackgroundCaptions
from funaudio_core.pipelines.captions import LiveCaptions
from funaudio_core.pipelines.chat import Partner
from funaudio_core.pipelines.check import TakeReport
from funaudio_core.pipelines.doctor import Diagnosis
from funaudio_core.pipelines.ear import Ear
from funaudio_core.pipelines.emotion_timeline import emotion_timeline
from funaudio_core.pipelines.recognize import recognize as _recognize
from funaudio_core.pipelines.speak import Recorder, Take
from funaudio_core.pipelines.speak import speak as _speak
from funaudio_core.pipelines.stages import Heard, Listening, Said, Speaker
from funaudio_core.pipelines.translate import Direction, Interpreter, Route, Translated
from funaudio_core.prosody import Baseline
from funaudio_core.types import Audio, Conversation, Emotion, Line, Span, Spoken, Style, Transcript, Turn, Voice

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cast:
    """Names of the engines that take part; "" takes the one that is offered first, or that fits first."""

    recognizer: str = ""
    translator: str = ""
    companion: str = ""
    synthesizer: str = ""


ANY = Cast()
NO_CHOICE: frozenset[str] = frozenset()
NO_BASELINE = Baseline()
Translating = Listening | Heard | Translated | Said | translating.Done
Talking = Listening | Heard | chatting.Understood | chatting.Wrote | Said | chatting.Done
MIN_SPEED, MAX_SPEED = 0.5, 2.0
TRANSCRIPT_SECONDS, TRANSCRIPTS_KEPT = 600.0, 64  # how long the transcript of a reference is kept, and how many


def recognizers() -> dict[str, Spec[Recognizer]]:
    """Engines that hear, in the order to show them."""
    return engines.offered(engines.RECOGNIZERS)


def synthesizers() -> dict[str, Spec[Synthesizer]]:
    """Engines that speak, in the order to show them."""
    return engines.offered(engines.SYNTHESIZERS)


def polyglot() -> Spec[Recognizer]:
    """The recogniser that hears speech of a language not told beforehand: whichever knows most."""
    return max(recognizers().values(), key=lambda spec: len(spec.languages))


def listeners(recognizer: Spec[Recognizer]) -> list[Spec[Any]]:
    """What hears beside the recogniser: events, and emotion where it doesn't tell that itself."""
    reader = [] if "emotion" in recognizer.capabilities else [_first(engines.EMOTION_READERS)]
    return [_first(engines.DETECTORS), *reader]


def checkers() -> list[Spec[Any]]:
    """What checks a take and marks it."""
    return [polyglot(), _first(engines.SPEAKER_ENCODERS), _first(engines.WATERMARKERS)]


def preload() -> None:
    """Load the engines that are taken by default, so that the first visitor waits for none of them."""
    for table in (
        engines.RECOGNIZERS,
        engines.DETECTORS,
        engines.EMOTION_READERS,
        engines.SYNTHESIZERS,
        engines.COMPANIONS,
        engines.TRANSLATORS,
        engines.SPEAKER_ENCODERS,
        engines.WATERMARKERS,
    ):
        engines.load(_first(table))
    engines.load(polyglot())


def to_fetch(spec: Spec[Any]) -> int:
    """Bytes that must be fetched before an engine can be used for the first time."""
    return engines.to_fetch(spec)


def prepare(*specs: Spec[Any]) -> Iterator[Loading]:
    """Load engines one after the other, telling how far that is; nothing of those that are loaded already."""
    for spec in specs:
        yield from engines.loading(spec)


def recognize(
    clip: Audio,
    language: str | None,
    itn: bool,
    words: bool,
    engine: str = "",
    among: frozenset[str] = NO_CHOICE,
    hotwords: tuple[str, ...] = (),
) -> Iterator[Transcript]:
    """Growing transcripts of a clip.

    language: code, or None to detect it, among the codes of `among` where there are any. engine: "" takes the first
    that knows the language. hotwords: rare words that may occur. Raises Unsupported where the engine can't use them.
    """
    spec = pick(recognizers(), engine) if engine else _hears(language)
    if hotwords:
        spec.require("hotwords")
    hearing = Hearing(language=language, itn=itn, words=words, among=among, hotwords=hotwords)
    detector, reader = _load_first(engines.DETECTORS), _load_first(engines.EMOTION_READERS)
    return _recognize(clip, hearing, engines.load(spec), detector, reader, spec.title, spec.capabilities)


def moods(clip: Audio, transcript: Transcript, engine: str) -> Iterator[Span | None]:
    """How the feeling of the voice moves through a transcribed clip; nothing where the engine can't tell.

    None where there is nothing new yet.
    """
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
    detector, spec = _load_first(engines.DETECTORS), polyglot()
    if language is not None:
        languages.require(language, spec.languages, spec.title)
    live = LiveCaptions(engines.load(spec), detector.endpointer(), Hearing(language=language))
    return BackgroundCaptions(live)


def speakable(words: str | None) -> str:
    """The cleaned text. Raises BadInput where there is none, only symbols, or too much."""
    return text.require_speakable(words or "", settings.read().max_characters)


def line(words: str, language: str, voice: Voice, engine: str = "", speed: float = 1.0, seed: int = 0) -> Line:
    """A checked line to speak. Raises BadInput for a text, language or speed that can't be spoken."""
    spec = _spec(engines.SYNTHESIZERS, engine)
    languages.require(language, spec.languages, spec.title)
    if not MIN_SPEED <= speed <= MAX_SPEED:
        raise BadInput(
            "A speed of {speed:g} is outside {low:g} to {high:g}.", speed=speed, low=MIN_SPEED, high=MAX_SPEED
        )
    return Line(speakable(words), language, voice, Style(rate=speed), seed)


def speak(line: Line, engine: str = "") -> Iterator[Spoken]:
    """Marked speech, piece by piece."""
    return _speak(line, engines.load(_spec(engines.SYNTHESIZERS, engine)), _load_first(engines.WATERMARKERS))


def take(line: Line, engine: str = "") -> Take:
    """The whole line as one take."""
    recorder = Recorder(line.seed)
    for _ in recorder.keep(speak(line, engine)):
        pass
    return recorder.take()


def examine(clip: Audio, typed: str | None) -> tuple[Diagnosis, Transcript]:
    """What the prompt doctor finds in a reference clip, and what was heard in the part of it that is used.

    typed: the visitor's transcript, None or "" where they typed none.
    """
    given = doctor.prepare(clip)
    heard = _heard(given.clip)
    encoder = _load_first(engines.SPEAKER_ENCODERS)
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
    """Listen to a take: what is understood, how near the voice is, how fast it was."""
    return checking.check(
        take_,
        line,
        engines.load(polyglot()),
        _load_first(engines.SPEAKER_ENCODERS),
    )


def better(a: tuple[Take, TakeReport], b: tuple[Take, TakeReport]) -> tuple[Take, TakeReport]:
    """Whichever did better in the self-check; the first on a tie."""
    return b if checking.better(a[1], b[1]) is b[1] else a


def _first(table: dict[str, Spec[T]]) -> Spec[T]:
    return next(iter(engines.offered(table).values()))


def _hears(language: str | None) -> Spec[Recognizer]:
    """The first recogniser that knows the language."""
    if language is None:
        return polyglot()
    offered = recognizers().values()
    return next((spec for spec in offered if language in spec.languages), next(iter(offered)))


def _load_first(table: dict[str, Spec[T]]) -> T:
    return engines.load(_first(table))


def _spec(table: dict[str, Spec[T]], name: str) -> Spec[T]:
    return pick(engines.offered(table), name) if name else _first(table)


def facts(report: TakeReport) -> dict[str, Any]:
    """A self-check as plain values, for API callers."""
    return asdict(report)


def changes(before: Audio, after: Audio) -> tuple[instructions.Change, ...]:
    """What measurably changed from one take to another."""
    return instructions.changes(prosody.measure(before), prosody.measure(after))


def voices(language: str, engine: str = "") -> list[Voice]:
    """Preset voices that speak `language`, the engine's best first."""
    return [voice for voice in _spec(engines.SYNTHESIZERS, engine).voices if voice.language == language]


def preset(name: str, engine: str = "") -> Voice:
    """The preset voice with the id `name`. Raises BadInput where the engine has none of that name."""
    spec = _spec(engines.SYNTHESIZERS, engine)
    for voice in spec.voices:
        if voice.preset == name:
            return voice
    raise BadInput("{engine} has no voice called {name!r}. Choose one from the list.", engine=spec.title, name=name)


def feel(words: str, language: str, clip: Audio) -> Emotion:
    """The emotion of a sentence that was spoken."""
    return _load_first(engines.EMOTION_READERS).read(words, language, clip)


def directions(by: Cast = ANY) -> dict[Direction, Route | str]:
    """Every pair of languages with its route, or the reason why these engines lack it."""
    translator = engines.load(_spec(engines.TRANSLATORS, by.translator))
    return translating.directions(_ear(by), translator, _spec(engines.SYNTHESIZERS, by.synthesizer))


def interpret(clip: Audio, source: str | None, target: str, voice: Voice, by: Cast = ANY) -> Iterator[Translating]:
    """Speech to speech in another language: Listening, Heard, Translated, Said for each piece, Done."""
    interpreter = Interpreter(
        engines.load(_ear(by)),
        _load_first(engines.EMOTION_READERS),
        engines.load(_spec(engines.TRANSLATORS, by.translator)),
        directions(by),
    )
    return translating.interpret(clip, source, target, interpreter, _speaker(voice, by))


def respeak(words: str, language: str, emotion: str, voice: Voice, by: Cast = ANY) -> Iterator[Translating]:
    """Speak a translation that the visitor has edited."""
    return translating.respeak(speakable(words), language, emotion, _speaker(voice, by))


def converse(
    clip: Audio, before: Conversation, voice: Voice, baseline: Baseline = NO_BASELINE, by: Cast = ANY
) -> Iterator[Talking]:
    """Answer what was said: Listening, Heard, Understood where it was translated, Wrote and Said as they come, Done.

    baseline: how the speaker usually sounds, for the arousal hint.
    """
    recognizer = _ear(by)
    partner = Partner(
        engines.load(recognizer),
        _load_first(engines.EMOTION_READERS),
        engines.load(_spec(engines.COMPANIONS, by.companion)),
        translating.TO_ENGLISH in recognizer.capabilities,
    )
    return chatting.converse(clip, before, partner, _speaker(voice, by), baseline.usual())


def typed(words: str | None, language: str) -> Turn:
    """A turn that was written, with the feeling of its words. Raises BadInput where nothing can be understood."""
    return chatting.typed(speakable(words), language, _load_first(engines.EMOTION_READERS))


def answer(conversation: Conversation, voice: Voice, by: Cast = ANY) -> Iterator[Talking]:
    """Answer the last turn: Wrote and Said as they come, Done."""
    companion = engines.load(_spec(engines.COMPANIONS, by.companion))
    return chatting.answer(conversation, companion, _speaker(voice, by))


def companions() -> dict[str, Spec[Companion]]:
    """Engines that answer, in the order to show them."""
    return engines.offered(engines.COMPANIONS)


def translators() -> dict[str, Spec[Translator]]:
    """Engines that translate text, in the order to show them."""
    return engines.offered(engines.TRANSLATORS)


def ear() -> Ear:
    """Hands-free listening for one visitor; feed it chunks as they come."""
    return Ear(_load_first(engines.DETECTORS).endpointer())


def _ear(by: Cast) -> Spec[Recognizer]:
    return pick(recognizers(), by.recognizer) if by.recognizer else polyglot()


def _speaker(voice: Voice, by: Cast) -> Speaker:
    synthesizer = engines.load(_spec(engines.SYNTHESIZERS, by.synthesizer))
    return Speaker(synthesizer, _load_first(engines.WATERMARKERS), voice)
