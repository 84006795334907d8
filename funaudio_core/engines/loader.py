"""Which engines this process offers, and the one place that loads and keeps them. Knows no engine."""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from funaudio_core import settings
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import Unsupported
from funaudio_core.gpu import device, zerogpu
from funaudio_core.weights import store
from funaudio_core.weights.catalog import ARTIFACTS

T = TypeVar("T")
INSTALL_COMMAND = "make install FULL=1"  # installs what the full tier needs
POLL_SECONDS = 0.5  # between two looks at how far loading is


@dataclass(slots=True)
class _Entry:
    """An engine in memory. used: when it was asked for last, by time.monotonic()."""

    spec: EngineSpec[Any]
    engine: object
    used: float


_loaded: OrderedDict[int, _Entry] = OrderedDict()  # whoever was asked for last stands last
_reserved: dict[
    int, tuple[EngineSpec[Any], int]
] = {}  # those for which there is room and that are being built, by which thread
_locks: dict[int, threading.Lock] = {}
_guard = threading.Lock()
_changed = threading.Condition(_guard)  # of _loaded and _coming


@dataclass(frozen=True, slots=True)
class _Load:
    """One loading, which everybody who asks for it watches. fetched: bytes by artifact."""

    total: int
    fetched: dict[str, int]
    over: Future[None]


_loads: dict[int, _Load] = {}
_abandoned_after_fork: list[object] = []  # by a fork; to end them would wait for threads that are not there


def _reset_after_fork() -> None:
    """What a process that was just forked has of all this: no thread but its own, and what works without others."""
    global _guard, _changed  # noqa: PLW0603  (whoever held them is not here)
    _guard = threading.Lock()
    _changed = threading.Condition(_guard)
    _locks.clear()
    _reserved.clear()
    _loads.clear()
    gone = [key for key, kept in _loaded.items() if not kept.spec.fork_safe]
    _abandoned_after_fork.extend(_loaded.pop(key).engine for key in gone)


os.register_at_fork(after_in_child=_reset_after_fork)


@dataclass(frozen=True, slots=True)
class LoadProgress:
    """How far an engine has been fetched, in bytes; where done equals total, it is being built of them."""

    title: str
    done: int
    total: int


def available(rows: dict[str, EngineSpec[T]]) -> dict[str, EngineSpec[T]]:
    """The engines of a table that this process offers, the one to take by default first.

    FUNAUDIO_TIER says which: "lite" those of the lite tier alone, "full" all but remote ones, led by the full tier, and
    "auto" all of them, remote ones first, then the full tier where there is a GPU; where there is none, those that do
    without one, led by the lite tier. "remote" takes nothing but remote engines; of a table without one the same as
    "auto". A table that a tier would leave empty is offered whole.
    The full tier needs PyTorch: without it "auto" offers the lite tier, and "full" raises Unsupported.
    """
    tier = settings.read().tier
    if tier == "full" and not device.has_torch():
        raise Unsupported(
            "FUNAUDIO_TIER is 'full', which needs PyTorch. Install it with `{command}`.", command=INSTALL_COMMAND
        )
    known = {name: spec.refreshed() if spec.refreshed else spec for name, spec in rows.items()}
    if tier == "remote" and (remote := {name: spec for name, spec in known.items() if spec.tier == "remote"}):
        return remote
    may = [row for row in known.items() if _fits(row[1], tier)] or list(known.items())
    first = "full" if tier == "full" or device.has_gpu() else "lite"
    return dict(sorted(may, key=lambda row: (row[1].tier != "remote", row[1].tier != first)))


def _fits(spec: EngineSpec[T], tier: str) -> bool:
    if zerogpu.is_zerogpu() and spec.tier == "full":
        return _key(spec) in _loaded  # what was not there at the start can't come later: weights are handed out then
    if spec.tier == "remote":
        return tier not in ("lite", "full")
    if spec.tier == "full" and not device.has_torch():
        return False
    return spec.tier == "lite" if tier == "lite" else tier == "full" or device.has_gpu() or not spec.needs_gpu


def _require_torch(spec: EngineSpec[Any]) -> None:
    if spec.tier == "full" and not device.has_torch():
        raise Unsupported(
            "{engine} needs PyTorch. Install it with `{command}`.", engine=spec.title, command=INSTALL_COMMAND
        )


def _key(spec: EngineSpec[Any]) -> int:
    """What an engine is kept by: its `load`, which Specs share where one has learnt more than the other.

    Specs are module constants and live as long as the process.
    """
    return id(spec.load)


def load(spec: EngineSpec[T]) -> T:
    """The engine of `spec`, built on the first call and kept; simultaneous first calls build it once.

    Where the memory that settings allow would be exceeded, those that nobody asked for longest leave first, before
    others are built as well. One that is still at work is given back when that is done.
    """
    _require_torch(spec)
    key = _key(spec)
    with _guard:
        lock = _locks.setdefault(key, threading.Lock())
    with lock:
        kept = _loaded.get(key)
        if kept is None:
            with _reserve_memory(spec):
                kept = _Entry(spec, spec.load(), time.monotonic())
                with _guard:
                    _loaded[key] = kept
        with _guard:
            if key in _loaded:  # else it had to leave meanwhile, and stays only for whoever asked
                _loaded.move_to_end(key)
            kept.used = time.monotonic()
        return cast("T", kept.engine)


def loaded_specs() -> tuple[EngineSpec[Any], ...]:
    """The engines that are loaded, whoever was asked for longest ago first."""
    with _guard:
        return tuple(kept.spec for kept in _loaded.values())


def size_bytes(*specs: EngineSpec[Any]) -> int:
    """Bytes of the files of all of them, which is about what they take in memory; those that several use count once."""
    return sum(ARTIFACTS[name].size for name in {name for spec in specs for name in spec.artifacts})


def unload_idle(seconds: float) -> tuple[str, ...]:
    """Let go of engines that nobody asked for in so many seconds; their names. They are loaded anew when needed."""
    now = time.monotonic()
    with _guard:
        idle = [key for key, kept in _loaded.items() if now - kept.used > seconds]
        names = tuple(_loaded.pop(key).spec.name for key in idle)
        _changed.notify_all()
    if names:
        device.empty_cache()
    return names


@contextmanager
def _reserve_memory(spec: EngineSpec[Any]) -> Iterator[None]:
    """Room for what the body builds and puts into _loaded: engines leave until it fits beside those that stay.

    Others that are being built keep theirs: where both don't fit, this waits until one is there and can leave. Never on
    a GPU that is lent, whose engines are all there.
    """
    if zerogpu.is_zerogpu():
        yield
        return
    room, gone = settings.read().model_memory_bytes or device.model_memory(), False
    with _changed:
        while (
            size_bytes(spec, *(kept.spec for kept in _loaded.values()), *(each for each, _ in _reserved.values()))
            > room
        ):
            if _loaded:
                _loaded.popitem(last=False)
                gone = True
            elif _reserved and threading.get_ident() not in (thread for _, thread in _reserved.values()):
                _changed.wait()
            else:  # it is larger than all the room there is, or part of what this thread builds
                break
        _reserved[_key(spec)] = spec, threading.get_ident()
    if gone:
        device.empty_cache()
    try:
        yield
    finally:
        with _changed:
            del _reserved[_key(spec)]
            _changed.notify_all()


def get_loaded(spec: EngineSpec[T]) -> T | None:
    """The engine where it is loaded already."""
    kept = _loaded.get(_key(spec))
    return None if kept is None else cast("T", kept.engine)


def download_size(spec: EngineSpec[T]) -> int:
    """Bytes that must be fetched before the engine can be loaded for the first time."""
    return sum(store.download_size(name) for name in spec.artifacts)


def load_with_progress(spec: EngineSpec[T], every: float = POLL_SECONDS) -> Iterator[LoadProgress]:
    """Loads the engine, telling how far that is every so many seconds; nothing where it is loaded already.

    Whoever closes the iterator leaves; the loading goes on for the next one. Raises what fetching or loading raises.
    """
    if _key(spec) in _loaded:
        return
    _require_torch(spec)
    with _guard:
        work = _loads.get(_key(spec))
        if work is None:
            work = _loads[_key(spec)] = _Load(download_size(spec), dict.fromkeys(spec.artifacts, 0), Future())
            threading.Thread(target=_work, args=(spec, work), name=f"loading {spec.name}", daemon=True).start()
    while True:
        wait([work.over], every)
        if work.over.done():
            return work.over.result()
        yield LoadProgress(spec.title, min(sum(work.fetched.values()), work.total), work.total)


def _work(spec: EngineSpec[T], work: _Load) -> None:
    def progress(name: str, done: int, _total: int) -> None:
        work.fetched[name] = done

    try:
        if spec.artifacts:
            store.download(spec.artifacts, progress)
        work.fetched[""] = work.total  # all of it is here
        load(spec)
    except BaseException as error:  # noqa: BLE001 (whoever waits raises it, and would wait for ever without)
        work.over.set_exception(error)
    else:
        work.over.set_result(None)
    finally:
        with _guard:
            del _loads[_key(spec)]
