"""Which engines this process offers, and the one place that loads and keeps them. Knows no engine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import TypeVar, cast

from funaudio_core import gpu, settings, weights
from funaudio_core.engines.base import Spec

T = TypeVar("T")
LOOK_SECONDS = 0.5  # between two looks at how far loading is

_loaded: dict[int, object] = {}
_locks: dict[int, threading.Lock] = {}
_guard = threading.Lock()


@dataclass(frozen=True, slots=True)
class Loading:
    """How far an engine has been fetched, in bytes; where done equals total, it is being built of them."""

    title: str
    done: int
    total: int


def offered(rows: dict[str, Spec[T]]) -> dict[str, Spec[T]]:
    """The engines of a table that this process offers, the one to take by default first.

    FUNAUDIO_TIER says which: "lite" those of the lite tier alone, "full" all of them, led by the full tier, and "auto"
    all of them, led by the full tier where there is a GPU and by the lite tier where there is none.
    """
    tiers = {spec.tier for spec in rows.values()}
    if settings.read().tier == "lite" and "lite" in tiers:
        return {name: spec for name, spec in rows.items() if spec.tier == "lite"}
    if len(tiers) == 1:
        return rows
    first = "full" if settings.read().tier == "full" or gpu.available() else "lite"
    return dict(sorted(rows.items(), key=lambda row: row[1].tier != first))


def load(spec: Spec[T]) -> T:
    """The engine of `spec`, built on the first call and kept; simultaneous first calls build it once."""
    key = id(spec)  # Specs are module constants: they live as long as the process
    with _guard:
        lock = _locks.setdefault(key, threading.Lock())
    with lock:
        if key not in _loaded:
            _loaded[key] = spec.load()
        return cast("T", _loaded[key])


def to_fetch(spec: Spec[T]) -> int:
    """Bytes that must be fetched before the engine can be loaded for the first time."""
    return sum(weights.to_fetch(name) for name in spec.weights)


def loading(spec: Spec[T], every: float = LOOK_SECONDS) -> Iterator[Loading]:
    """Loads the engine, telling how far that is every so many seconds; nothing where it is loaded already.

    Whoever closes the iterator leaves; the loading goes on for the next one. Raises what fetching or loading raises.
    """
    if id(spec) in _loaded:
        return
    total = to_fetch(spec)
    fetched = dict.fromkeys(spec.weights, 0)
    over: Future[None] = Future()

    def progress(name: str, done: int, _total: int) -> None:
        fetched[name] = done

    def work() -> None:
        try:
            if spec.weights:
                weights.gather(spec.weights, progress)
            load(spec)
        except Exception as error:  # noqa: BLE001 (whoever waits raises it)
            over.set_exception(error)
        else:
            over.set_result(None)

    threading.Thread(target=work, name=f"loading {spec.name}", daemon=True).start()
    while True:
        wait([over], every)
        if over.done():
            return over.result()
        yield Loading(spec.title, min(sum(fetched.values()), total), total)
