"""Loading of engines at start-up and on demand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from funaudio_core import settings
from funaudio_core.engines import loader, registry
from funaudio_core.engines.adapted import links
from funaudio_core.engines.loader import LoadProgress
from funaudio_core.engines.selection import cpu_recognizer, default, default_auto_recognizer
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.engines.spoken_chat import HEARS
from funaudio_core.gpu import zerogpu
from funaudio_core.runtime import malloc
from funaudio_core.text import language_id

T = TypeVar("T")
# Engines that a ZeroGPU Space may preload by group; each process that it forks gets a copy.
MODEL_GROUPS: dict[str, tuple[dict[str, EngineSpec[Any]], ...]] = {
    "asr": (registry.RECOGNIZERS,),
    "tts": (registry.SYNTHESIZERS,),
    "llm": (registry.CHATBOTS, registry.TRANSLATORS),
    # Other spoken chatbots are those of "llm".
    "audio-chat": ({name: spec for name, spec in registry.SPOKEN_CHATBOTS.items() if HEARS in spec.capabilities},),
}


def preload() -> None:
    """Load the default engines with their dictionaries and other data, and the language classifier.

    On ZeroGPU, also load every full-tier engine of the groups in FUNAUDIO_PRELOAD: none can be loaded later.
    """
    if zerogpu.is_zerogpu():  # models must be on the GPU before the first call, from the main thread
        for group in settings.read().preload:
            for spec in (spec for table in MODEL_GROUPS[group] for spec in table.values() if spec.tier == "full"):
                loader.load(spec)
    for table in (
        registry.RECOGNIZERS,
        registry.DETECTORS,
        registry.EMOTION_CLASSIFIERS,
        registry.SYNTHESIZERS,
        registry.CHATBOTS,
        registry.TRANSLATORS,
        registry.SPEAKER_ENCODERS,
        registry.WATERMARKERS,
    ):
        spec = default(table)
        loader.load(spec)
        if spec.prepare:
            spec.prepare()
    loader.load(default_auto_recognizer())
    loader.load(cpu_recognizer())
    language_id.load()
    malloc.trim()  # files were read into memory that is free now


def unloaded_engines() -> list[EngineSpec[Any]]:
    """Return the full-tier engines that a ZeroGPU Space did not load; elsewhere none, since they load on demand."""
    if not zerogpu.is_zerogpu():
        return []
    tables = {id(table): table for tables in MODEL_GROUPS.values() for table in tables}
    specs = [spec for table in tables.values() for spec in table.values() if spec.tier == "full"]
    return [spec for spec in specs if loader.get_loaded(spec) is None]


def loaded_models() -> tuple[tuple[str, int], ...]:
    """Return title and file size in bytes of each loaded model, the least recently used first.

    A model that several engines share appears once.
    """
    specs_by_title: dict[str, list[EngineSpec[Any]]] = {}
    for spec in loader.loaded_specs():
        specs_by_title.setdefault(links.public_title(spec), []).append(spec)
    return tuple((title, loader.size_bytes(*specs)) for title, specs in specs_by_title.items())


def load_all(*specs: EngineSpec[Any]) -> Iterator[LoadProgress]:
    """Load engines one after the other and yield the progress; engines that are loaded yield nothing."""
    for spec in specs:
        yield from loader.load_with_progress(spec)
