"""Speech in one language to speech in another, stage by stage. Knows Protocols, never engines.

A translator that works sentence by sentence (capability "incremental") has what is heard translated and spoken while
the rest is still being heard; any other gets the whole transcript.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from funaudio_core.engines.protocols import EmotionClassifier, Recognizer, Synthesizer, TranslationContext, Translator
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.languages import LANGUAGES, display_name, join_sentences
from funaudio_core.message import Message
from funaudio_core.pipelines.stages import (
    Progress,
    Recognized,
    Speaker,
    SpeechPiece,
    emotion_of,
    main_language,
    style_for_emotion,
    transcribe,
    translate_to_english,
)
from funaudio_core.pipelines.synthesize import Recorder, Take
from funaudio_core.runtime.prefetch import prefetch
from funaudio_core.text import ends_sentence
from funaudio_core.types import Audio, Prosody, ReplyStyle, Segment

TO_ENGLISH = "to-english"  # the capability of recognisers that translate while they listen
MAX_UNIT_CHARACTERS = 300  # characters of speech without an end of a sentence that are translated at once
CONTEXT_UTTERANCES = 2  # utterances before one that its translator is shown


@dataclass(frozen=True, slots=True)
class Route:
    """How one language becomes another. by_ear: the recogniser makes English of it first.

    text: the (source, target) that the translator does after that, None where nothing is left to do.
    """

    via_recognizer: bool
    text_pair: tuple[str, str] | None


Direction = tuple[str, str]  # (source, target), codes of languages.LANGUAGES


@dataclass(frozen=True, slots=True)
class Translated:
    """The translation as text, as far as it goes; a page may have it edited and call `respeak`."""

    text: str
    language: str


@dataclass(frozen=True, eq=False, slots=True)
class Done:
    """The end. source: subtitles of the clip, target: of the take, in seconds; heard is None after `respeak`."""

    recognized: Recognized | None
    translated: Translated
    source_cues: tuple[Segment, ...]
    target_cues: tuple[Segment, ...]
    take: Take
    seconds: float


@dataclass(frozen=True, eq=False, slots=True)
class TranslationSetup:
    """Everyone who takes part but the one who speaks. reader: of stages.hear. routes: from `directions`.

    incremental: whether the translator has that capability. glossary: see TranslationContext.
    """

    recognizer: Recognizer
    emotion_classifier: EmotionClassifier | None
    translator: Translator
    routes: Mapping[Direction, Route | str]
    incremental: bool = False
    glossary: tuple[tuple[str, str], ...] = ()


def directions(
    recognizer: EngineSpec[Recognizer],
    translator: Translator,
    synthesizer: EngineSpec[Synthesizer],
    fluent: bool = False,
) -> dict[Direction, Route | str]:
    """For every pair of languages the Route, or the reason why there is none, for the page to show.

    English is heard rather than translated where the recogniser can, unless the translator is fluent (a capability);
    elsewhere one text step is better than two.
    """
    by_ear = TO_ENGLISH in recognizer.capabilities
    texts = translator.directions()
    found: dict[Direction, Route | str] = {}
    for source in LANGUAGES:
        for target in LANGUAGES:
            if source == target:
                continue
            if source not in recognizer.languages:
                found[source, target] = Message(
                    "{engine} doesn't recognize {language}.", engine=recognizer.title, language=display_name(source)
                )
            elif target not in synthesizer.languages:
                found[source, target] = Message(
                    "{engine} doesn't speak {language}.", engine=synthesizer.title, language=display_name(target)
                )
            elif by_ear and target == "en" and not (fluent and (source, target) in texts):
                found[source, target] = Route(via_recognizer=True, text_pair=None)
            elif (source, target) in texts:
                found[source, target] = Route(via_recognizer=False, text_pair=(source, target))
            elif by_ear and ("en", target) in texts:
                found[source, target] = Route(via_recognizer=True, text_pair=("en", target))
            else:
                found[source, target] = _refusal(translator, source, target)
    return found


def _refusal(translator: Translator, source: str, target: str) -> str:
    """The translator's own reason for lacking a direction."""
    try:
        translator.translate("", source, target)
    except Unsupported as reason:
        return reason.message
    return Message(
        "Translation from {source} to {target} isn't supported.",
        source=display_name(source),
        target=display_name(target),
    )


def translate_speech(
    clip: Audio,
    source: str | None,
    target: str,
    setup: TranslationSetup,
    speaker: Speaker,
    usual: Prosody | None = None,
) -> Generator[Progress | Recognized | Translated | SpeechPiece | Done]:
    """Listening as it goes on, Heard, then Translated, then Said for every piece of speech, then Done.

    An incremental translator has Translated, growing, and Said come between, before all is heard; each utterance is
    spoken with its own feeling. source: None to detect it. usual: the speaker's baseline for the feeling, which carries
    over to the voice. Closing the iterator stops all of it. Raises BadInput for silence or a clip that is in `target`
    already, Unsupported for a direction without a route or a glossary that its route has no use for.
    """
    began = time.monotonic()
    hearing = _hearing(clip, source, setup, usual)
    said = _Speech(speaker, target)
    if setup.incremental:
        heard = yield from _while_heard(clip, hearing, setup, said, usual)
    else:
        heard = yield from _shown(hearing)
    if not said.texts:
        text = yield from _translation(clip, heard, target, setup)
        yield said.add(text)
        yield from said.speak(text, style_for_emotion(heard.emotion))
    yield said.done(heard, began)


def respeak(text: str, language: str, emotion: str, speaker: Speaker) -> Generator[SpeechPiece | Done]:
    """Speak a translation that was edited by hand, with the feeling (a code of labels.EMOTIONS) that was heard."""
    began = time.monotonic()
    said = _Speech(speaker, language)
    said.add(text)
    yield from said.speak(text, emotion)
    yield said.done(None, began)


class _Speech:
    """A translation into `language` and its speech, growing. texts: what was translated so far."""

    def __init__(self, speaker: Speaker, language: str) -> None:
        self.texts: list[str] = []
        self.language = language
        self._speaker = speaker
        self._recorder = Recorder(speaker.seed)
        self._cues: list[Segment] = []

    def add(self, text: str) -> Translated:
        """More of the translation; all so far."""
        self.texts.append(text)
        return self._translated()

    def speak(self, text: str, mood: str) -> Iterator[SpeechPiece]:
        """A part of it, piece by piece. mood: a code of labels.EMOTIONS."""
        for said in self._speaker.speak(text, self.language, ReplyStyle(mood), self._recorder):
            start = self._cues[-1].end if self._cues else 0.0
            self._cues.append(Segment(start, start + said.chunk.audio.duration, said.chunk.text, self.language))
            yield said

    def done(self, heard: Recognized | None, began: float) -> Done:
        """The end. Raises BadInput where nothing could be spoken."""
        source = heard.cues if heard else ()
        seconds = time.monotonic() - began
        return Done(heard, self._translated(), source, tuple(self._cues), self._recorder.take(), seconds)

    def _translated(self) -> Translated:
        return Translated(join_sentences(self.texts, self.language), self.language)


def _hearing(
    clip: Audio, source: str | None, interpreter: TranslationSetup, usual: Prosody | None
) -> Generator[Progress | Recognized]:
    """Listening as it goes on, then Heard."""
    heard = yield from transcribe(clip, source, interpreter.recognizer, interpreter.emotion_classifier, usual)
    yield heard


def _shown(hearing: Iterator[Progress | Recognized]) -> Generator[Progress | Recognized, None, Recognized]:
    """The same events; returns the last."""
    for event in hearing:
        yield event
        if isinstance(event, Recognized):
            heard = event
    return heard


def _while_heard(
    clip: Audio,
    hearing: Iterator[Progress | Recognized],
    interpreter: TranslationSetup,
    said: _Speech,
    usual: Prosody | None,
) -> Generator[Progress | Recognized | Translated | SpeechPiece, None, Recognized]:
    """Every utterance is translated and spoken as soon as it is complete, while a thread hears on; returns all of it.

    Nothing is translated where the route begins by ear: that needs the whole clip.
    """
    before: list[tuple[str, str]] = []
    begun = 0  # cues that are translated
    route: Route | str | None = None
    with closing(prefetch(hearing)) as events:
        for event in events:
            yield event
            if isinstance(event, Recognized):
                heard = event
            if not isinstance(route, Route):  # the first words may be in another language than most
                if isinstance(event, Recognized):
                    route = _route(event.language, said.language, interpreter)
                else:
                    route = interpreter.routes.get((main_language(event.cues), said.language))
            if not isinstance(route, Route) or route.via_recognizer or route.text_pair is None:
                continue
            for cues in _utterances(event.cues[begun:], over=isinstance(event, Recognized)):
                begun += len(cues)
                text = join_sentences([cue.text for cue in cues], route.text_pair[0])
                wording = TranslationContext(interpreter.glossary, tuple(before[-CONTEXT_UTTERANCES:]))
                translated = interpreter.translator.translate(text, *route.text_pair, wording)
                before.append((text, translated))
                yield said.add(translated)
                part = clip.slice(cues[0].start, cues[-1].end)
                mood = emotion_of(text, route.text_pair[0], part, cues, interpreter.emotion_classifier, usual)
                yield from said.speak(translated, style_for_emotion(mood))
    return heard


def _utterances(cues: Sequence[Segment], *, over: bool) -> Iterator[Sequence[Segment]]:
    """Cues put together up to the end of a sentence, or to LONGEST; what is left only where nothing comes any more."""
    first = 0
    for place, cue in enumerate(cues, 1):
        part = cues[first:place]
        if (
            ends_sentence(cue.text)
            or sum(len(each.text) for each in part) > MAX_UNIT_CHARACTERS
            or (over and place == len(cues))
        ):
            yield part
            first = place


def _route(source: str, target: str, interpreter: TranslationSetup) -> Route:
    """The route from what is heard. Raises BadInput where it is `target` already, Unsupported where there is none."""
    if source == target:
        raise BadInput(
            "The clip is already in {language}. Choose another target language.", language=display_name(target)
        )
    route = interpreter.routes.get((source, target))
    if route is None:
        raise Unsupported(
            "Translation from {language} isn't supported. Choose another language.", language=display_name(source)
        )
    if isinstance(route, str):
        raise Unsupported(route)
    if route.text_pair is None and interpreter.glossary:
        raise Unsupported(
            "A glossary can't be used from {source} to {target}, which is translated directly from speech. "
            "Remove it, or choose another translation model.",
            source=display_name(source),
            target=display_name(target),
        )
    return route


def _translation(
    clip: Audio, heard: Recognized, target: str, interpreter: TranslationSetup
) -> Generator[Progress, None, str]:
    route = _route(heard.language, target, interpreter)
    text = heard.text
    if route.via_recognizer:
        text = yield from translate_to_english(clip, heard, interpreter.recognizer)
    if route.text_pair is None:
        return text
    return interpreter.translator.translate(text, *route.text_pair, TranslationContext(interpreter.glossary))
