"""Translation tasks for the pages and the API."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from funaudio_core.engines import loader, registry, selection
from funaudio_core.engines.protocols import ALL_PAIRS, UnloadedTranslator
from funaudio_core.engines.selection import DEFAULT_CHOICE, EngineChoice
from funaudio_core.gpu.scheduler import gpu_task
from funaudio_core.pipelines import translate as translating
from funaudio_core.pipelines import translation_routes
from funaudio_core.pipelines.stages import Progress, Recognized, SpeechPiece
from funaudio_core.pipelines.translate import Translated, TranslationSetup
from funaudio_core.pipelines.translation_routes import Direction, Route
from funaudio_core.tasks.cost import CHAT_COST, TRANSLATION_COST, gpu_cost, synthesis_cost
from funaudio_core.tasks.synthesis import speaker_for, validate_text
from funaudio_core.text import glossary as glossaries
from funaudio_core.types import Audio, Voice

log = logging.getLogger(__name__)
TranslationEvent = Progress | Recognized | Translated | SpeechPiece | translating.Done


def directions(engines: EngineChoice = DEFAULT_CHOICE) -> dict[Direction, Route | str]:
    """Return the route of each pair of languages, or the reason why these engines do not support it."""
    spec = selection.resolve(registry.TRANSLATORS, engines.translator)
    synthesizer = selection.resolve(registry.SYNTHESIZERS, engines.synthesizer)
    is_known = ALL_PAIRS in spec.capabilities or spec.directions  # no need to load the model
    pairs = spec.directions or None
    translator = UnloadedTranslator(spec.title, spec.languages, pairs) if is_known else loader.load(spec)
    return translation_routes.directions(
        selection.recognizer_for_dialogue(engines), translator, synthesizer, "fluent" in spec.capabilities
    )


def gist_targets(source: str, engines: EngineChoice = DEFAULT_CHOICE) -> frozenset[str]:
    """Return the codes of the languages of which a translation from `source` gives the gist only."""
    gist_pairs = selection.resolve(registry.TRANSLATORS, engines.translator).gist_directions
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
    ear, spec = (
        selection.recognizer_for_dialogue(engines, source),
        selection.resolve(registry.TRANSLATORS, engines.translator),
    )
    terms = glossaries.parse_glossary(glossary)
    if terms:
        spec.require("glossary")
    interpreter = TranslationSetup(
        loader.load(ear),
        selection.emotion_classifier_for(ear),
        loader.load(spec),
        directions(engines),
        "incremental" in spec.capabilities,
        terms,
    )
    return translating.translate_speech(clip, source, target, interpreter, speaker_for(voice, engines))


@gpu_task(lambda of: synthesis_cost(of["words"], of["engines"].synthesizer))
def respeak(
    words: str, language: str, emotion: str, voice: Voice, engines: EngineChoice = DEFAULT_CHOICE
) -> Iterator[TranslationEvent]:
    """Speak a translation that was edited by the visitor."""
    return translating.respeak(validate_text(words), language, emotion, speaker_for(voice, engines))
