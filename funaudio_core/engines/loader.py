"""Loading of engines: the ones that this process offers, and those that are in memory."""

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
POLL_SECONDS = 0.5  # between two progress reports


@dataclass(slots=True)
class _Entry:
    """Engine in memory.

    Attributes:
        spec: Its specification.
        engine: The engine.
        used: Time of the last request for it, by time.monotonic().
    """

    spec: EngineSpec[Any]
    engine: object
    used: float


_loaded: OrderedDict[int, _Entry] = OrderedDict()  # the most recently used last
_reserved: dict[int, tuple[EngineSpec[Any], int]] = {}  # engines being built, with the thread; their memory is reserved
_locks: dict[int, threading.Lock] = {}
_guard = threading.Lock()
_changed = threading.Condition(_guard)  # of _loaded and _reserved


@dataclass(frozen=True, slots=True)
class _PendingLoad:
    """Load in progress, shared by all who wait for it.

    Attributes:
        total: Bytes to download.
        downloaded: Bytes by artifact.
        finished: Completed when the engine is loaded or has failed to load.
    """

    total: int
    downloaded: dict[str, int]
    finished: Future[None]


_loads: dict[int, _PendingLoad] = {}
_abandoned_after_fork: list[object] = []  # kept alive: their destructors would wait for threads that don't exist here


def _reset_after_fork() -> None:
    """Reset the state in a forked process, which has a single thread and keeps the engines that are fork-safe."""
    global _guard, _changed  # noqa: PLW0603  (threads that held them don't exist here)
    _guard = threading.Lock()
    _changed = threading.Condition(_guard)
    _locks.clear()
    _reserved.clear()
    _loads.clear()
    unsafe = [key for key, entry in _loaded.items() if not entry.spec.fork_safe]
    _abandoned_after_fork.extend(_loaded.pop(key).engine for key in unsafe)


os.register_at_fork(after_in_child=_reset_after_fork)


@dataclass(frozen=True, slots=True)
class LoadProgress:
    """Progress of the download of an engine, in bytes; when `done` equals `total`, the engine is being built."""

    title: str
    done: int
    total: int


def available(rows: dict[str, EngineSpec[T]]) -> dict[str, EngineSpec[T]]:
    """Return the engines of a table that this process offers, the default one first.

    FUNAUDIO_TIER selects them: "lite" the lite tier only; "full" all but remote ones, the full tier first; "remote"
    remote ones only, or as "auto" if the table has none. "auto" offers remote ones first, then the full tier if there
    is a GPU; without one the lite tier comes first, and engines that need a GPU are left out. A table without an engine
    of the tier is offered as a whole.

    The full tier needs PyTorch; without it "auto" offers the lite tier.

    Raises:
        Unsupported: The tier is "full" and PyTorch is not installed.
    """
    tier = settings.read().tier
    if tier == "full" and not device.has_torch():
        raise Unsupported(
            "FUNAUDIO_TIER is 'full', which needs PyTorch. Install it with `{command}`.", command=INSTALL_COMMAND
        )
    refreshed = {name: spec.refresh() if spec.refresh else spec for name, spec in rows.items()}
    if tier == "remote" and (remote := {name: spec for name, spec in refreshed.items() if spec.tier == "remote"}):
        return remote
    offered = [row for row in refreshed.items() if _is_offered(row[1], tier)] or list(refreshed.items())
    first_tier = "full" if tier == "full" or device.has_gpu() else "lite"
    return dict(sorted(offered, key=lambda row: (row[1].tier != "remote", row[1].tier != first_tier)))


def is_offered(spec: EngineSpec[Any]) -> bool:
    """Return whether this process offers an engine to somebody who knows its name."""
    return _is_offered(spec, settings.read().tier)


def _is_offered(spec: EngineSpec[T], tier: str) -> bool:
    if zerogpu.is_zerogpu() and spec.tier == "full":
        return _key(spec) in _loaded  # ZeroGPU takes over the weights at the start, so none can be loaded later
    if spec.on_demand and (zerogpu.is_zerogpu() or (download_size(spec) and not settings.read().downloads)):
        return False
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


def _require_files(spec: EngineSpec[Any]) -> None:
    if spec.on_demand and (size := download_size(spec)):
        raise Unsupported(
            "{engine} isn't on this machine yet ({size:.1f} GB to download). Choose it on the page and press Download, "
            "run `{command}`, or choose another model.",
            engine=spec.title,
            size=size / 1e9,
            command=" ".join((store.DOWNLOAD_COMMAND, *spec.artifacts)),
        )


def _key(spec: EngineSpec[Any]) -> int:
    """Return the key of an engine, its `load`, which a refreshed specification shares with the original.

    Specifications are module constants, so the id stays valid.
    """
    return id(spec.load)


def load(spec: EngineSpec[T]) -> T:
    """Return an engine, built on the first call and kept; concurrent first calls build it once.

    If it would exceed the memory limit of the settings, the least recently used engines are unloaded first. An engine
    that is still in use is freed when its last user is done.

    Raises:
        Unsupported: It needs PyTorch, which is not installed, or files that nobody has asked for.
    """
    key = _key(spec)
    if key not in _loaded:
        _require_torch(spec)
        _require_files(spec)
    with _guard:
        lock = _locks.setdefault(key, threading.Lock())
    with lock:
        entry = _loaded.get(key)
        if entry is None:
            with _reserve_memory(spec):
                entry = _Entry(spec, spec.load(), time.monotonic())
                with _guard:
                    _loaded[key] = entry
        with _guard:
            if key in _loaded:  # otherwise it was unloaded meanwhile; this caller may still use it
                _loaded.move_to_end(key)
            entry.used = time.monotonic()
        return cast("T", entry.engine)


def loaded_specs() -> tuple[EngineSpec[Any], ...]:
    """Return the loaded engines, the least recently used first."""
    with _guard:
        return tuple(entry.spec for entry in _loaded.values())


def size_bytes(*specs: EngineSpec[Any]) -> int:
    """Return about the memory that the engines take; what they share counts once."""
    counted = {_key(each): each for spec in specs for each in (spec, spec.shares) if each is not None}
    artifacts = [ARTIFACTS[name] for name in {name for spec in counted.values() for name in spec.artifacts}]
    extra = {key: spec.extra_bytes() for key, spec in counted.items() if spec.extra_bytes is not None}
    return sum(artifact.memory_bytes or artifact.size for artifact in artifacts) + sum(extra.values())


def unload(spec: EngineSpec[Any]) -> None:
    """Unload an engine, if it is loaded; those who use it may finish."""
    with _guard:
        entry = _loaded.pop(_key(spec), None)
        _changed.notify_all()
    if entry is not None:
        device.empty_cache()


def unload_idle(seconds: float) -> tuple[str, ...]:
    """Unload engines that were not used for so many seconds, and return their names. load() builds them again."""
    now = time.monotonic()
    with _guard:
        idle = [key for key, entry in _loaded.items() if now - entry.used > seconds]
        names = tuple(_loaded.pop(key).spec.name for key in idle)
        _changed.notify_all()
    if names:
        device.empty_cache()
    return names


@contextmanager
def _reserve_memory(spec: EngineSpec[Any]) -> Iterator[None]:
    """Reserve memory for an engine that the body builds; unload others until it fits beside those that stay.

    Engines that are being built keep their memory: if both don't fit, this waits until one of them is built and can be
    unloaded. On ZeroGPU nothing is unloaded, since all engines are loaded at the start.
    """
    if zerogpu.is_zerogpu():
        yield
        return
    limit, has_unloaded = settings.read().model_memory_bytes or device.model_memory(), False
    with _changed:
        while (
            size_bytes(spec, *(entry.spec for entry in _loaded.values()), *(other for other, _ in _reserved.values()))
            > limit
        ):
            if _loaded:
                _loaded.popitem(last=False)
                has_unloaded = True
            elif _reserved and threading.get_ident() not in (thread for _, thread in _reserved.values()):
                _changed.wait()
            else:  # it exceeds the limit by itself, or is part of an engine that this thread is building
                break
        _reserved[_key(spec)] = spec, threading.get_ident()
    if has_unloaded:
        device.empty_cache()
    try:
        yield
    finally:
        with _changed:
            del _reserved[_key(spec)]
            _changed.notify_all()


def get_loaded(spec: EngineSpec[T]) -> T | None:
    """Return the engine if it is loaded, else None."""
    entry = _loaded.get(_key(spec))
    return None if entry is None else cast("T", entry.engine)


def download_size(spec: EngineSpec[T]) -> int:
    """Return how many bytes must be downloaded before the engine can be loaded."""
    return sum(store.download_size(name) for name in spec.artifacts)


def load_with_progress(spec: EngineSpec[T], poll_seconds: float = POLL_SECONDS) -> Iterator[LoadProgress]:
    """Load an engine and yield its progress every `poll_seconds`; yield nothing if it is loaded already.

    Concurrent calls share one load, which continues when an iterator is closed. Errors of downloading and loading pass
    through.
    """
    if _key(spec) in _loaded:
        return
    _require_torch(spec)
    _require_files(spec)
    with _guard:
        pending = _loads.get(_key(spec))
        if pending is None:
            pending = _loads[_key(spec)] = _PendingLoad(download_size(spec), dict.fromkeys(spec.artifacts, 0), Future())
            threading.Thread(target=_run_load, args=(spec, pending), name=f"loading {spec.name}", daemon=True).start()
    while True:
        wait([pending.finished], poll_seconds)
        if pending.finished.done():
            return pending.finished.result()
        yield LoadProgress(spec.title, min(sum(pending.downloaded.values()), pending.total), pending.total)


def _run_load(spec: EngineSpec[T], pending: _PendingLoad) -> None:
    def progress(name: str, done: int, _total: int) -> None:
        pending.downloaded[name] = done

    try:
        if spec.artifacts:
            store.download(spec.artifacts, progress)
        pending.downloaded[""] = pending.total  # all files are here, so show 100%
        load(spec)
    except BaseException as error:  # noqa: BLE001 (raised by those who wait, who would wait forever without it)
        pending.finished.set_exception(error)
    else:
        pending.finished.set_result(None)
    finally:
        with _guard:
            del _loads[_key(spec)]
