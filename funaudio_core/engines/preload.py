"""Who takes part: which engines are offered for what, and with which voices. Knows no pipeline and no page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from funaudio_core import settings
from funaudio_core.engines import loader, registry
from funaudio_core.engines.loader import Loading
from funaudio_core.engines.selection import first, listener, polyglot
from funaudio_core.engines.spec import Spec
from funaudio_core.gpu import zerogpu

T = TypeVar("T")
# What a ZeroGPU Space may hold, each in every process it forks.
PROFILES: dict[str, tuple[dict[str, Spec[Any]], ...]] = {
    "ears": (registry.RECOGNIZERS,),
    "voice": (registry.SYNTHESIZERS,),
    "minds": (registry.COMPANIONS, registry.TRANSLATORS),
}


def preload() -> None:
    """Load the engines that are taken by default, so that the first visitor waits for none of them.

    Where GPUs are lent, every engine of the full tier that the Space's profile names: none can be loaded later.
    """
    if zerogpu.lends():  # models must be on the GPU before the first call, from the main thread
        for part in settings.read().profile:
            for spec in (spec for table in PROFILES[part] for spec in table.values() if spec.tier == "full"):
                loader.load(spec)
    for table in (
        registry.RECOGNIZERS,
        registry.DETECTORS,
        registry.EMOTION_READERS,
        registry.SYNTHESIZERS,
        registry.COMPANIONS,
        registry.TRANSLATORS,
        registry.SPEAKER_ENCODERS,
        registry.WATERMARKERS,
    ):
        loader.load(first(table))
    loader.load(polyglot())
    loader.load(listener())


def left_out() -> list[Spec[Any]]:
    """Engines of the full tier that this Space's profile leaves out; none where they can be loaded when needed."""
    if not zerogpu.lends():
        return []
    tables = {id(table): table for tables in PROFILES.values() for table in tables}
    specs = [spec for table in tables.values() for spec in table.values() if spec.tier == "full"]
    return [spec for spec in specs if loader.loaded(spec) is None]


def in_memory() -> tuple[tuple[str, int], ...]:
    """Models that are loaded, as (title, bytes of their files), whoever was asked for longest ago first.

    One that has several parts to play is told once.
    """
    parts: dict[str, list[Spec[Any]]] = {}
    for spec in loader.in_memory():
        parts.setdefault(spec.title, []).append(spec)
    return tuple((title, loader.size(*specs)) for title, specs in parts.items())


def release_idle(seconds: float) -> tuple[str, ...]:
    """Let go of engines that nobody asked for in so many seconds; their names."""
    return loader.release_idle(seconds)


def to_fetch(spec: Spec[Any]) -> int:
    """Bytes that must be fetched before an engine can be used for the first time."""
    return loader.to_fetch(spec)


def prepare(*specs: Spec[Any]) -> Iterator[Loading]:
    """Load engines one after the other, telling how far that is; nothing of those that are loaded already."""
    for spec in specs:
        yield from loader.loading(spec)
