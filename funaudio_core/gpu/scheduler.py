"""Runs a task where its engines are: here, or in a process that is lent a GPU for as long as it takes. Knows no task.

All tasks share one lent function, so that one process, once it has the models on the GPU, serves whatever comes next.
Whenever that process is killed, whoever waits for it is told so: see parcels.
"""

from __future__ import annotations

import functools
import inspect
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from funaudio_core import settings
from funaudio_core.errors import FunAudioError
from funaudio_core.gpu import ipc, zerogpu
from funaudio_core.runtime import cancellation, temp_files
from funaudio_core.runtime.prefetch import prefetch_with_heartbeat

log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")
HEARTBEAT_SECONDS = 0.5  # seconds at most between two signs of life of a process, at which it can be told to stop
MIN_SECONDS = 5.0  # seconds that are asked for at least: what a process needs to begin at all
SAFETY_FACTOR = 1.25  # x what was needed so far, so that a slow moment does not end the work
HISTORY = 32  # runs by which the estimate of a task is corrected
TIMEOUT_SHARE = (
    0.9  # of the seconds that were asked for: a process that is killed later than that was killed for their end
)
TIMEOUT_FACTOR = 1.5  # x what was asked for is what such work is taken to need


@dataclass(frozen=True, slots=True)
class GpuCost:
    """Estimated cost of a call.

    Attributes:
        seconds: GPU time, a first guess from the input.
        key: Names of the engines that take part; durations are learnt by task and key.
        needs_gpu: Whether any of them needs a GPU.
    """

    seconds: float
    key: str
    needs_gpu: bool


class DurationEstimator:
    """How long tasks take, told by how long they took. Thread-safe."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._ratios: dict[str, deque[float]] = {}

    def estimate(self, key: str, guess: float) -> float:
        """Seconds to ask for where the guess from the input is `guess`: at least LEAST, at most what settings allow."""
        with self._guard:
            ratios = sorted(self._ratios.get(key, ()))
        usual = ratios[int(0.9 * (len(ratios) - 1))] if ratios else 1.0
        return min(max(SAFETY_FACTOR * usual * guess, MIN_SECONDS), settings.read().gpu_max_seconds)

    def record(self, key: str, guess: float, seconds: float) -> None:
        """A run took so many seconds where `guess` was the guess."""
        self._remember(key, seconds / max(guess, 0.1), 1)

    def record_timeout(self, key: str, guess: float, asked: float) -> None:
        """A run was not done after the `asked` seconds: the next one is to be given more, whatever others took."""
        outvoting = HISTORY // 10 + 2  # more than the tenth of all runs that ask() leaves out
        self._remember(key, TIMEOUT_FACTOR * asked / max(guess, 0.1), outvoting)

    def _remember(self, key: str, ratio: float, times: int) -> None:
        with self._guard:
            self._ratios.setdefault(key, deque(maxlen=HISTORY)).extend([ratio] * times)


@dataclass(frozen=True, slots=True)
class _Call:
    """What the process gets. asked: seconds. given: the arguments, packed. folder: for what it packs itself.

    parent: the process that gives the order.
    """

    name: str
    asked: float
    given: bytes | Path
    folder: Path
    parent: int


@dataclass(frozen=True, slots=True)
class _Reply:
    """What the process gives: a value of the task, an error that is a sentence, or, last of all, seconds it took.

    One without any of these is a sign of life; one with `failed` ends what went wrong by our own fault.
    """

    value: tuple[Any] | None = None
    error: FunAudioError | None = None
    seconds: float | None = None
    failed: bool = False

    @property
    def over(self) -> bool:
        """Whether nothing comes after this one."""
        return self.error is not None or self.seconds is not None or self.failed


DURATIONS = DurationEstimator()
_TASKS: dict[str, Callable[..., Iterator[Any]]] = {}


def _worker_main(order: _Call) -> Iterator[bytes | Path]:
    """Runs in the process: the task, each _Item packed."""
    global _in_worker  # noqa: PLW0603  (of a process of its own)
    if not _in_worker:
        threading.Thread(target=_exit_with_parent, args=(order.parent,), daemon=True).start()
    _in_worker = True
    began = time.monotonic()
    try:
        args, kwargs = ipc.load(order.given)
        with closing(prefetch_with_heartbeat(_TASKS[order.name](*args, **kwargs), HEARTBEAT_SECONDS)) as items:
            for item in items:
                yield ipc.dump(_Reply(value=item), order.folder)
    except FunAudioError as error:
        yield ipc.dump(_Reply(error=error), order.folder)
    except Exception:  # what is our fault must not lose its traceback on the way
        log.exception("%s failed", order.name)
        yield ipc.dump(_Reply(failed=True), order.folder)
    else:
        yield ipc.dump(_Reply(seconds=time.monotonic() - began), order.folder)


def _exit_with_parent(parent: int) -> None:
    """End this process once the one that forked it is gone, such as where it was killed: nobody else would."""
    while os.getppid() == parent:
        time.sleep(HEARTBEAT_SECONDS)
    os._exit(1)


_in_worker = False  # whether this is a process that was lent a GPU: tasks within a task need no other
_gpu_worker = zerogpu.zerogpu_function(_worker_main, lambda order: order.asked)


def estimate_seconds(name: str, plan: GpuCost) -> float:
    """Seconds of a GPU that a call of a task would ask for; 0 where none is lent or none is needed."""
    return DURATIONS.estimate(_key(name, plan), plan.seconds) if _needs_worker(plan) else 0.0


def gpu_task(
    planned: Callable[[Mapping[str, Any]], GpuCost],
) -> Callable[[Callable[P, Iterator[T]]], Callable[P, Iterator[T]]]:
    """Makes a function that returns an iterator a task: where GPUs are lent and one of its engines needs one, it runs
    in a process that has one, else here.

    planned: what a call with these arguments, by name and with their defaults, will need. What goes in and what comes
    out must pickle. Closing the iterator ends the work within BEAT and the step under way. Raises what the function
    raises; where ZeroGPU refuses, gpu.NotLent that says why.
    """

    def register(function: Callable[P, Iterator[T]]) -> Callable[P, Iterator[T]]:
        name, signature = function.__name__, inspect.signature(function)
        _TASKS[name] = function

        @functools.wraps(function)
        def scheduled(*args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
            if _in_worker or not zerogpu.is_zerogpu():
                return function(*args, **kwargs)
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            plan = planned(bound.arguments)
            if not _needs_worker(plan):
                return function(*args, **kwargs)
            return _run_on_gpu(name, plan, args, kwargs)

        return scheduled

    return register


def _needs_worker(plan: GpuCost) -> bool:
    return zerogpu.is_zerogpu() and plan.needs_gpu


def _key(name: str, plan: GpuCost) -> str:
    return f"{name} {plan.key}"


def _run_on_gpu(name: str, plan: GpuCost, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[Any]:
    key = _key(name, plan)
    asked, began = DURATIONS.estimate(key, plan.seconds), time.monotonic()
    try:
        with closing(_replies(name, asked, (args, kwargs))) as items:
            for item in items:
                if item.value is not None:
                    yield item.value[0]
                elif item.error is not None:
                    raise item.error
                elif item.failed:
                    raise RuntimeError(f"{name} failed in the process that was lent a GPU; its traceback is above.")
                elif item.seconds is not None:
                    DURATIONS.record(key, plan.seconds, item.seconds)
                else:
                    cancellation.raise_if_cancelled()
    except (
        zerogpu.GpuPreempted
    ):  # nobody tells why, nor when the GPU was lent: of the time gone by, some may be that in line
        if time.monotonic() - began >= TIMEOUT_SHARE * asked:
            DURATIONS.record_timeout(key, plan.seconds, asked)
        raise


def _replies(name: str, asked: float, given: tuple[Any, ...]) -> Generator[_Reply]:
    """All that the process gives, _Order saying what it gets; one that was killed before it began is replaced once.

    Raises gpu.NotLent where there is none, or where it is killed later.
    """
    last: _Reply | None = None
    for replaced in (False, True):
        try:
            with temp_files.private_dir() as folder:
                packed = _gpu_worker(_Call(name, asked, ipc.dump(given, folder), folder, os.getpid()))
                with closing(cast("Generator[bytes | Path]", packed)):
                    for parcel in packed:
                        last = ipc.load(parcel)
                        yield last
            break
        except Exception as error:
            sentence = zerogpu.parse_spaces_error(error)
            if isinstance(sentence, zerogpu.GpuPreempted) and last is None and not replaced:
                log.warning("the process for %s was killed before it began; another is asked for", name)
                continue
            if sentence is not None:
                raise sentence from error
            raise
    if last is None or not last.over:
        raise RuntimeError(f"{name} ended without a word in the process that was lent a GPU.")
