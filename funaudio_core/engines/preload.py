"""Who takes part: which engines are offered for what, and with which voices. Knows no pipeline and no page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from funaudio_core import settings
from funaudio_core.engines import loader, registry
from funaudio_core.engines.loader import LoadProgress
from funaudio_core.engines.selection import cpu_recognizer, default, default_auto_recognizer
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.gpu import zerogpu

T = TypeVar("T")
# What a ZeroGPU Space may hold, each in every process it forks.
MODEL_GROUPS: dict[str, tuple[dict[str, EngineSpec[Any]], ...]] = {
    "asr": (registry.RECOGNIZERS,),
    "tts": (registry.SYNTHESIZERS,),
    "llm": (registry.CHATBOTS, registry.TRANSLATORS),
}


def preload() -> None:
    """Load the engines that are taken by default, so that the first visitor waits for none of them.

    Where GPUs are lent, every engine of the full tier that the Space's profile names: none can be loaded later.
    """
    if zerogpu.is_zerogpu():  # models must be on the GPU before the first call, from the main thread
        for part in settings.read().preload:
            for spec in (spec for table in MODEL_GROUPS[part] for spec in table.values() if spec.tier == "full"):
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
        loader.load(default(table))
    loader.load(default_auto_recognizer())
    loader.load(cpu_recognizer())


def unloaded_engines() -> list[EngineSpec[Any]]:
    """Engines of the full tier that this Space's profile leaves out; none where they can be loaded when needed."""
    if not zerogpu.is_zerogpu():
        return []
    tables = {id(table): table for tables in MODEL_GROUPS.values() for table in tables}
    specs = [spec for table in tables.values() for spec in table.values() if spec.tier == "full"]
    return [spec for spec in specs if loader.get_loaded(spec) is None]


def loaded_models() -> tuple[tuple[str, int], ...]:
    """Models that are loaded, as (title, bytes of their files), whoever was asked for longest ago first.

    One that has several parts to play is told once.
    """
    parts: dict[str, list[EngineSpec[Any]]] = {}
    for spec in loader.loaded_specs():
        parts.setdefault(spec.title, []).append(spec)
    return tuple((title, loader.size_bytes(*specs)) for title, specs in parts.items())


def unload_idle(seconds: float) -> tuple[str, ...]:
    """Let go of engines that nobody asked for in so many seconds; their names."""
    return loader.unload_idle(seconds)


def download_size(spec: EngineSpec[Any]) -> int:
    """Bytes that must be fetched before an engine can be used for the first time."""
    return loader.download_size(spec)


def load_all(*specs: EngineSpec[Any]) -> Iterator[LoadProgress]:
    """Load engines one after the other, telling how far that is; nothing of those that are loaded already."""
    for spec in specs:
        yield from loader.load_with_progress(spec)
