"""Translation tasks for the pages and the API."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace

from funaudio_core.engines import loader, registry, selection
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.engines.selection import DEFAULT_CHOICE, EngineChoice
from funaudio_core.engines.translators import DirectedTranslator, translators_by_direction, used_translators
from funaudio_core.errors import FunAudioError
from funaudio_core.gpu.scheduler import gpu_task
from funaudio_core.pipelines import translate as translating
from funaudio_core.pipelines import translation_routes
from funaudio_core.pipelines.stages import Progress, Recognized, SpeechPiece
from funaudio_core.pipelines.translate import Translated, TranslationSetup
from funaudio_core.pipelines.translation_routes import Direction, Route
from funaudio_core.tasks import recognition
from funaudio_core.tasks.cost import CHAT_COST, TRANSLATION_COST, gpu_cost, synthesis_cost
from funaudio_core.tasks.synthesis import speaker_for, validate_text
from funaudio_core.text import glossary as glossaries
from funaudio_core.types import Audio, Segment, Transcript, Voice

log = logging.getLogger(__name__)
TranslationEvent = Progress | Recognized | Translated | SpeechPiece | translating.Done


def directions(engines: EngineChoice = DEFAULT_CHOICE) -> dict[Direction, Route | str]:
    """Return the route of each pair of languages, or the reason why these engines do not support it."""
    translator = DirectedTranslator(engines.translator)
    synthesizer = selection.resolve(registry.SYNTHESIZERS, engines.synthesizer)
    return translation_routes.directions(
        selection.recognizer_for_dialogue(engines), translator, synthesizer, translator.directions_with("fluent")
    )


def gist_targets(source: str, engines: EngineChoice = DEFAULT_CHOICE) -> frozenset[str]:
    """Return the codes of the languages of which a translation from `source` gives the gist only."""
    owners = translators_by_direction(engines.translator)
    gist_pairs = {pair for pair, spec in owners.items() if pair in spec.gist_directions}
    return frozenset(
        target
        for (start, target), route in directions(engines).items()
        if start == source and isinstance(route, Route) and route.text_pair in gist_pairs
    )


@gpu_task(
    lambda of: gpu_cost(
        selection.translation_engines(of["engines"]), CHAT_COST + TRANSLATION_COST * of["clip"].duration
    )
)
def translate_speech(
    clip: Audio,
    source: str | None,
    target: str,
    voice: Voice,
    engines: EngineChoice = DEFAULT_CHOICE,
    glossary: str = "",
) -> Iterator[TranslationEvent]:
    """Translate a clip into speech in another language.

    Yields Progress, Recognized, Translated, a SpeechPiece for each chunk, then Done. If the translator is incremental,
    Translated (all text so far) and SpeechPiece come between Progress events.
    glossary: One term and its translation per line, "bank = orilla".

    Raises:
        Unsupported: If the translator does not support glossaries.
    """
    ear, translator = selection.recognizer_for_dialogue(engines, source), DirectedTranslator(engines.translator)
    terms = glossaries.parse_glossary(glossary)
    if terms and not translator.directions_with("glossary"):
        used_translators(engines.translator)[-1].require("glossary")
    interpreter = TranslationSetup(
        loader.load(ear),
        selection.emotion_classifier_for(ear),
        translator,
        directions(engines),
        translator.directions_with("incremental"),
        terms,
        selection.load_default(registry.DETECTORS),
    )
    return translating.translate_speech(clip, source, target, interpreter, speaker_for(voice, engines))


def translate_to_english(channels: Sequence[Audio], options: RecognitionOptions, engine: str) -> Iterator[Transcript]:
    """Yield growing transcripts in English of a clip, or of the channels of a call.

    The recognizer translates while it listens, unless a translator that does better (capability "fluent") is here for
    the first language of the clip: then its segments are recognized and translated as text.

    Args:
        channels: One clip, or the channels of a call, of equal length.
        options: Options of the recognizer; `translate_to_english` is set as needed.
        engine: Name of a recognizer with the capability "to-english".
    """
    translator = DirectedTranslator()
    sources = {source for source, target in translator.directions_with("fluent") if target == "en"}
    if sources:
        found: dict[Segment, Segment] = {}  # their English
        heard = recognition.transcribe_conversation(channels, replace(options, translate_to_english=False), engine)
        for transcript in heard:
            if not found and transcript.segments and transcript.segments[0].language not in {*sources, "en"}:
                break
            for segment in transcript.segments:
                if segment not in found:
                    channel = channels[int(segment.speaker or 1) - 1]
                    found[segment] = _to_english(segment, channel, options, engine, translator)
            yield replace(transcript, segments=tuple(map(found.__getitem__, transcript.segments)), language="en")
        else:
            return
    yield from recognition.transcribe_conversation(channels, replace(options, translate_to_english=True), engine)


def _to_english(
    segment: Segment, channel: Audio, options: RecognitionOptions, engine: str, translator: DirectedTranslator
) -> Segment:
    """Return a segment in English, by text if possible, else by the recognizer."""
    if segment.language == "en":
        return segment
    text = ""
    if (segment.language, "en") in translator.directions_with("fluent"):
        try:
            text = translator.translate(segment.text, segment.language, "en")
        except FunAudioError as error:  # such as an unusable answer
            log.info("translation by the recognizer instead: %s", error)
    if not text:
        part = channel.slice(segment.start, segment.end)
        asked = replace(options, language=segment.language, translate_to_english=True)
        for transcript in recognition.transcribe_long(part, asked, engine):
            text = transcript.text
    return replace(segment, text=text, language="en", words=())


@gpu_task(lambda of: synthesis_cost(of["words"], of["engines"].synthesizer))
def respeak(
    words: str, language: str, emotion: str, voice: Voice, engines: EngineChoice = DEFAULT_CHOICE
) -> Iterator[TranslationEvent]:
    """Speak a translation that was edited by the visitor."""
    return translating.respeak(validate_text(words), language, emotion, speaker_for(voice, engines))
