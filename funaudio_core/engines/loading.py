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
class _Work:
    """One loading, which everybody who asks for it watches. fetched: bytes by artifact."""

    total: int
    fetched: dict[str, int]
    over: Future[None]


_under_way: dict[int, _Work] = {}


@dataclass(frozen=True, slots=True)
class Loading:
    """How far an engine has been fetched, in bytes; where done equals total, it is being built of them."""

    title: str
    done: int
    total: int


def offered(rows: dict[str, Spec[T]]) -> dict[str, Spec[T]]:
    """The engines of a table that this process offers, the one to take by default first.

    FUNAUDIO_TIER says which: "lite" those of the lite tier alone, "full" all of them, led by the full tier, and "auto"
    all of them, led by the full tier, where there is a GPU; where there is none, those that do without one, led by the
    lite tier. A table that a tier would leave empty is offered whole.
    """
    tier = settings.read().tier
    may = [row for row in rows.items() if _fits(row[1], tier)] or list(rows.items())
    first = "full" if tier == "full" or gpu.available() else "lite"
    return dict(sorted(may, key=lambda row: row[1].tier != first))


def _fits(spec: Spec[T], tier: str) -> bool:
    return spec.tier == "lite" if tier == "lite" else tier == "full" or gpu.available() or not spec.gpu


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
    with _guard:
        work = _under_way.get(id(spec))
        if work is None:
            work = _under_way[id(spec)] = _Work(to_fetch(spec), dict.fromkeys(spec.weights, 0), Future())
            threading.Thread(target=_work, args=(spec, work), name=f"loading {spec.name}", daemon=True).start()
    while True:
        wait([work.over], every)
        if work.over.done():
            return work.over.result()
        yield Loading(spec.title, min(sum(work.fetched.values()), work.total), work.total)


def _work(spec: Spec[T], work: _Work) -> None:
    def progress(name: str, done: int, _total: int) -> None:
        work.fetched[name] = done

    try:
        if spec.weights:
            weights.gather(spec.weights, progress)
        work.fetched[""] = work.total  # all of it is here
        load(spec)
    except Exception as error:  # noqa: BLE001 (whoever waits raises it)
        work.over.set_exception(error)
    else:
        work.over.set_result(None)
    finally:
        with _guard:
            del _under_way[id(spec)]
