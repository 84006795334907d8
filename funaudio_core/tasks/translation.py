"""What a page may ask for: the one place where engines meet pipelines. Knows no page and no gradio."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from funaudio_core.engines import loader, registry, selection
from funaudio_core.engines.protocols import ALL_PAIRS, AllPairs
from funaudio_core.engines.selection import ANY, Cast
from funaudio_core.gpu.scheduler import task
from funaudio_core.pipelines import translate as translating
from funaudio_core.pipelines.stages import Heard, Listening, Said
from funaudio_core.pipelines.translate import Direction, Interpreter, Route, Translated
from funaudio_core.tasks.cost import INTERPRETS, TALKS, _speaking, gpu_cost
from funaudio_core.tasks.synthesis import _speaker, speakable
from funaudio_core.text import glossary as glossaries
from funaudio_core.types import Audio, Voice

log = logging.getLogger(__name__)
Translating = Listening | Heard | Translated | Said | translating.Done


def directions(by: Cast = ANY) -> dict[Direction, Route | str]:
    """Every pair of languages with its route, or the reason why these engines lack it."""
    spec = selection.named(registry.TRANSLATORS, by.translator)
    synthesizer = selection.named(registry.SYNTHESIZERS, by.synthesizer)
    unloaded = ALL_PAIRS in spec.capabilities  # a page asks this of engines that nobody wants to load yet
    translator = AllPairs(spec.title, spec.languages) if unloaded else loader.load(spec)
    return translating.directions(selection.recognizer(by), translator, synthesizer, "fluent" in spec.capabilities)


@task(lambda of: gpu_cost(selection.interpreters(of["by"]), TALKS + INTERPRETS * of["clip"].duration))
def interpret(
    clip: Audio, source: str | None, target: str, voice: Voice, by: Cast = ANY, glossary: str = ""
) -> Iterator[Translating]:
    """Speech to speech in another language: Listening, Heard, Translated, Said for each piece, Done.

    Where the translator works sentence by sentence, Translated (all so far) and Said come while Listening goes on.
    glossary: terms and their translations, "bank = orilla", one a line. Raises Unsupported where it can't be kept to.
    """
    ear, spec = selection.recognizer(by, source), selection.named(registry.TRANSLATORS, by.translator)
    terms = glossaries.read(glossary)
    if terms:
        spec.require("glossary")
    interpreter = Interpreter(
        loader.load(ear),
        selection.reader(ear),
        loader.load(spec),
        directions(by),
        "incremental" in spec.capabilities,
        terms,
    )
    return translating.interpret(clip, source, target, interpreter, _speaker(voice, by))


@task(lambda of: _speaking(of["words"], of["by"].synthesizer))
def respeak(words: str, language: str, emotion: str, voice: Voice, by: Cast = ANY) -> Iterator[Translating]:
    """Speak a translation that the visitor has edited."""
    return translating.respeak(speakable(words), language, emotion, _speaker(voice, by))
