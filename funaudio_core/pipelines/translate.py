"""Speech in one language to speech in another, stage by stage. Knows Protocols, never engines."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass

from funaudio_core.engines.base import EmotionReader, Recognizer, Spec, Synthesizer, Translator
from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.languages import LANGUAGES, name
from funaudio_core.phrases import Phrase
from funaudio_core.pipelines.speak import Recorder, Take
from funaudio_core.pipelines.stages import Heard, Listening, Said, Speaker, feeling, hear, in_english
from funaudio_core.types import Audio, Prosody, Segment

TO_ENGLISH = "to-english"  # the capability of recognisers that translate while they listen


@dataclass(frozen=True, slots=True)
class Route:
    """How one language becomes another. by_ear: the recogniser makes English of it first.

    text: the (source, target) that the translator does after that, None where nothing is left to do.
    """

    by_ear: bool
    text: tuple[str, str] | None


Direction = tuple[str, str]  # (source, target), codes of languages.LANGUAGES


@dataclass(frozen=True, slots=True)
class Translated:
    """The translation as text; a page may have it edited and call `respeak`."""

    text: str
    language: str


@dataclass(frozen=True, eq=False, slots=True)
class Done:
    """The end. source: subtitles of the clip, target: of the take, in seconds; heard is None after `respeak`."""

    heard: Heard | None
    translated: Translated
    source: tuple[Segment, ...]
    target: tuple[Segment, ...]
    take: Take
    seconds: float


@dataclass(frozen=True, eq=False, slots=True)
class Interpreter:
    """Everyone who takes part but the one who speaks. routes: from `directions`."""

    recognizer: Recognizer
    reader: EmotionReader
    translator: Translator
    routes: Mapping[Direction, Route | str]


def directions(
    recognizer: Spec[Recognizer], translator: Translator, synthesizer: Spec[Synthesizer]
) -> dict[Direction, Route | str]:
    """For every pair of languages the Route, or the reason why there is none, for the page to show.

    English is heard rather than translated where the recogniser can; elsewhere one text step is better than two.
    """
    by_ear = TO_ENGLISH in recognizer.capabilities
    texts = translator.directions()
    found: dict[Direction, Route | str] = {}
    for source in LANGUAGES:
        for target in LANGUAGES:
            if source == target:
                continue
            if source not in recognizer.languages:
                found[source, target] = Phrase(
                    "{engine} does not understand {language}.", engine=recognizer.title, language=name(source)
                )
            elif target not in synthesizer.languages:
                found[source, target] = Phrase(
                    "{engine} does not speak {language}.", engine=synthesizer.title, language=name(target)
                )
            elif by_ear and target == "en":
                found[source, target] = Route(by_ear=True, text=None)
            elif (source, target) in texts:
                found[source, target] = Route(by_ear=False, text=(source, target))
            elif by_ear and ("en", target) in texts:
                found[source, target] = Route(by_ear=True, text=("en", target))
            else:
                found[source, target] = _refusal(translator, source, target)
    return found


def _refusal(translator: Translator, source: str, target: str) -> str:
    """The translator's own reason for lacking a direction."""
    try:
        translator.translate("", source, target)
    except Unsupported as reason:
        return reason.phrase
    return Phrase("Nothing here translates from {source} to {target}.", source=name(source), target=name(target))


def interpret(
    clip: Audio,
    source: str | None,
    target: str,
    interpreter: Interpreter,
    speaker: Speaker,
    usual: Prosody | None = None,
) -> Generator[Listening | Heard | Translated | Said | Done]:
    """Listening as it goes on, Heard, then Translated, then Said for every piece of speech, then Done.

    source: None to detect it. usual: the speaker's baseline for the feeling, which carries over to the voice.
    Raises BadInput for silence or a clip that is in `target` already, Unsupported for a direction without a route.
    """
    began = time.monotonic()
    heard = yield from hear(clip, source, interpreter.recognizer, interpreter.reader, usual)
    yield heard
    text = yield from _translation(clip, heard, target, interpreter)
    translated = Translated(text, target)
    yield translated
    yield from _spoken(heard, translated, feeling(heard.emotion), speaker, began)


def respeak(text: str, language: str, emotion: str, speaker: Speaker) -> Generator[Said | Done]:
    """Speak a translation that was edited by hand, with the feeling (a code of labels.EMOTIONS) that was heard."""
    return _spoken(None, Translated(text, language), emotion, speaker, time.monotonic())


def _translation(clip: Audio, heard: Heard, target: str, interpreter: Interpreter) -> Generator[Listening, None, str]:
    if heard.language == target:
        raise BadInput(
            "The clip is in {language} already. Choose another language to translate into.", language=name(target)
        )
    route = interpreter.routes.get((heard.language, target))
    if route is None:
        raise Unsupported("Nothing here translates {language}.", language=name(heard.language))
    if isinstance(route, str):
        raise Unsupported(route)
    text = heard.text
    if route.by_ear:
        text = yield from in_english(clip, heard, interpreter.recognizer)
    return interpreter.translator.translate(text, *route.text) if route.text else text


def _spoken(
    heard: Heard | None, translated: Translated, mood: str, speaker: Speaker, began: float
) -> Generator[Said | Done]:
    recorder = Recorder(speaker.seed)
    cues: list[Segment] = []
    for said in speaker.say(translated.text, translated.language, mood, recorder):
        start = cues[-1].end if cues else 0.0
        cues.append(Segment(start, start + said.piece.audio.duration, said.piece.text, translated.language))
        yield said
    source = heard.cues if heard else ()
    yield Done(heard, translated, source, tuple(cues), recorder.take(), time.monotonic() - began)
