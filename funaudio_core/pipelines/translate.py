"""Speech translation: recognition, text translation and speech.

With a translator that works sentence by sentence (capability "incremental"), utterances are translated and spoken while
the rest of the clip is still being recognized; any other translator gets the whole transcript.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from funaudio_core.engines.protocols import (
    AudioEventDetector,
    EmotionClassifier,
    Recognizer,
    TranslationContext,
    Translator,
)
from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.languages import display_name, join_sentences
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
from funaudio_core.pipelines.translation_routes import Direction, Route
from funaudio_core.runtime.prefetch import prefetch
from funaudio_core.text import ends_sentence
from funaudio_core.types import Audio, Prosody, ReplyStyle, Segment

MAX_UNIT_CHARACTERS = 300  # of text without the end of a sentence, after which it is translated all the same
CONTEXT_UTTERANCES = 2  # previous utterances that the translator gets with each


@dataclass(frozen=True, slots=True)
class Translated:
    """Translation so far, as text; a page may have it edited and call respeak()."""

    text: str
    language: str


@dataclass(frozen=True, eq=False, slots=True)
class Done:
    """End of a translation.

    Attributes:
        recognized: The recognized clip; None after respeak().
        translated: The whole translation.
        source_cues: Subtitles of the clip.
        target_cues: Subtitles of the take.
        take: Speech of the translation.
        seconds: That it all took.
    """

    recognized: Recognized | None
    translated: Translated
    source_cues: tuple[Segment, ...]
    target_cues: tuple[Segment, ...]
    take: Take
    seconds: float


@dataclass(frozen=True, eq=False, slots=True)
class TranslationSetup:
    """Engines of a translation, except those that speak.

    Attributes:
        recognizer: Recognizes the clip.
        emotion_classifier: Estimates the emotion; None if the recognizer does.
        translator: Translates the text.
        routes: Result of directions().
        incremental_pairs: Directions of texts in which the translator has the capability "incremental".
        glossary: See TranslationContext.
        detector: Finds speech that the recognizer left out.
    """

    recognizer: Recognizer
    emotion_classifier: EmotionClassifier | None
    translator: Translator
    routes: Mapping[Direction, Route | str]
    incremental_pairs: frozenset[Direction] = frozenset()
    glossary: tuple[tuple[str, str], ...] = ()
    detector: AudioEventDetector | None = None


def translate_speech(
    clip: Audio,
    source: str | None,
    target: str,
    setup: TranslationSetup,
    speaker: Speaker,
    baseline: Prosody | None = None,
) -> Generator[Progress | Recognized | Translated | SpeechPiece | Done]:
    """Translate a clip into speech with the emotion of the clip. Closing the generator stops everything.

    Args:
        clip: The recording.
        source: Code of its language; None to detect it.
        target: Code of the language to translate into.
        setup: Engines and routes.
        speaker: Speaks the translation.
        baseline: Of the clip's speaker, for the emotion.

    Yields:
        Progress, Recognized, Translated, a SpeechPiece for each piece of speech, then Done. With an incremental
        translator, Translated (all text so far) and SpeechPiece come before Recognized as well, and each utterance is
        spoken with its own emotion.

    Raises:
        BadInput: There is no speech in the clip, or it is in the target language already.
        Unsupported: There is no route, or its only step is the recognizer although there is a glossary.
    """
    started_at = time.monotonic()
    events = _recognize(clip, source, setup, baseline)
    output = _SpokenTranslation(speaker, target)
    if setup.incremental_pairs:
        recognized = yield from _translate_incrementally(clip, events, setup, output, baseline)
    else:
        recognized = yield from _forward(events)
    if not output.texts:
        text = yield from _translate_whole(clip, recognized, target, setup)
        yield output.add(text)
        yield from output.speak(text, style_for_emotion(recognized.emotion))
    yield output.done(recognized, started_at)


def respeak(text: str, language: str, emotion: str, speaker: Speaker) -> Generator[SpeechPiece | Done]:
    """Speak an edited translation with the emotion of the clip, a code of labels.EMOTIONS."""
    started_at = time.monotonic()
    output = _SpokenTranslation(speaker, language)
    output.add(text)
    yield from output.speak(text, emotion)
    yield output.done(None, started_at)


class _SpokenTranslation:
    """Growing translation into one language, and its speech; texts: its parts so far."""

    def __init__(self, speaker: Speaker, language: str) -> None:
        """Start empty."""
        self.texts: list[str] = []
        self.language = language
        self._speaker = speaker
        self._recorder = Recorder(speaker.seed)
        self._cues: list[Segment] = []

    def add(self, text: str) -> Translated:
        """Append a part of the translation; return the translation so far."""
        self.texts.append(text)
        return self._translated()

    def speak(self, text: str, emotion: str) -> Iterator[SpeechPiece]:
        """Speak a part of the translation with an emotion, a code of labels.EMOTIONS."""
        for piece in self._speaker.speak(text, self.language, ReplyStyle(emotion), self._recorder):
            start = self._cues[-1].end if self._cues else 0.0
            self._cues.append(Segment(start, start + piece.chunk.audio.duration, piece.chunk.text, self.language))
            yield piece

    def done(self, recognized: Recognized | None, started_at: float) -> Done:
        """Return the final event.

        Raises:
            BadInput: Nothing was spoken.
        """
        source_cues = recognized.cues if recognized else ()
        seconds = time.monotonic() - started_at
        take = self._recorder.take()
        return Done(recognized, self._translated(), source_cues, tuple(self._cues), take, seconds)

    def _translated(self) -> Translated:
        return Translated(join_sentences(self.texts, self.language), self.language)


def _recognize(
    clip: Audio, source: str | None, setup: TranslationSetup, baseline: Prosody | None
) -> Generator[Progress | Recognized]:
    """Yield the progress of the recognition, then its result."""
    recognized = yield from transcribe(
        clip, source, setup.recognizer, setup.emotion_classifier, baseline, setup.detector
    )
    yield recognized


def _forward(events: Iterator[Progress | Recognized]) -> Generator[Progress | Recognized, None, Recognized]:
    """Yield the events of the recognition; return its result."""
    for event in events:
        yield event
        if isinstance(event, Recognized):
            recognized = event
    return recognized


def _translate_incrementally(
    clip: Audio,
    events: Iterator[Progress | Recognized],
    setup: TranslationSetup,
    output: _SpokenTranslation,
    baseline: Prosody | None,
) -> Generator[Progress | Recognized | Translated | SpeechPiece, None, Recognized]:
    """Translate and speak each utterance as soon as it is complete, while a thread continues the recognition.

    Nothing is translated if the route begins with the recognizer, which needs the whole clip.

    Yields:
        The events of the recognition, and Translated and SpeechPiece for each utterance.

    Returns:
        The result of the recognition.
    """
    previous: list[tuple[str, str]] = []  # texts with their translations
    translated_cues = 0
    route: Route | str | None = None
    with closing(prefetch(events)) as prefetched:
        for event in prefetched:
            yield event
            is_last = isinstance(event, Recognized)
            if isinstance(event, Recognized):
                recognized = event
            if not isinstance(route, Route):  # the first words may be in another language than the rest
                if isinstance(event, Recognized):
                    route = _route(event.language, output.language, setup)
                else:
                    route = setup.routes.get((main_language(event.cues), output.language))
            if not isinstance(route, Route) or route.via_recognizer or route.text_pair not in setup.incremental_pairs:
                continue
            for cues in _utterances(event.cues[translated_cues:], is_last=is_last):
                translated_cues += len(cues)
                text = join_sentences([cue.text for cue in cues], route.text_pair[0])
                context = TranslationContext(setup.glossary, tuple(previous[-CONTEXT_UTTERANCES:]))
                translation = setup.translator.translate(text, *route.text_pair, context)
                previous.append((text, translation))
                yield output.add(translation)
                part = clip.slice(cues[0].start, cues[-1].end)
                emotion = emotion_of(text, route.text_pair[0], part, cues, setup.emotion_classifier, baseline)
                yield from output.speak(translation, style_for_emotion(emotion))
    return recognized


def _utterances(cues: Sequence[Segment], *, is_last: bool) -> Iterator[Sequence[Segment]]:
    """Yield cues grouped up to the end of a sentence or to MAX_UNIT_CHARACTERS; an unfinished group only if last."""
    first = 0
    for count, cue in enumerate(cues, 1):
        group = cues[first:count]
        if (
            ends_sentence(cue.text)
            or sum(len(each.text) for each in group) > MAX_UNIT_CHARACTERS
            or (is_last and count == len(cues))
        ):
            yield group
            first = count


def _route(source: str, target: str, setup: TranslationSetup) -> Route:
    """Return the route of a direction; for errors see translate_speech()."""
    if source == target:
        raise BadInput(
            "The clip is already in {language}. Choose another target language.", language=display_name(target)
        )
    route = setup.routes.get((source, target))
    if route is None:
        raise Unsupported(
            "Translation from {language} isn't supported. Choose another language.", language=display_name(source)
        )
    if isinstance(route, str):
        raise Unsupported(route)
    if route.text_pair is None and setup.glossary:
        raise Unsupported(
            "A glossary can't be used from {source} to {target}, which is translated directly from speech. "
            "Remove it, or choose another translation model.",
            source=display_name(source),
            target=display_name(target),
        )
    return route


def _translate_whole(
    clip: Audio, recognized: Recognized, target: str, setup: TranslationSetup
) -> Generator[Progress, None, str]:
    """Translate the whole transcript; return the translation."""
    route = _route(recognized.language, target, setup)
    text = recognized.text
    if route.via_recognizer:
        text = yield from translate_to_english(clip, recognized, setup.recognizer)
    if route.text_pair is None:
        return text
    return setup.translator.translate(text, *route.text_pair, TranslationContext(setup.glossary))
