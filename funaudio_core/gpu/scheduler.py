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
    gpu_seconds: float
    arguments: bytes | Path
    folder: Path
    parent_pid: int


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
    def is_final(self) -> bool:
        """Whether nothing comes after this one."""
        return self.error is not None or self.seconds is not None or self.failed


DURATIONS = DurationEstimator()
_TASKS: dict[str, Callable[..., Iterator[Any]]] = {}


def _worker_main(call: _Call) -> Iterator[bytes | Path]:
    """Runs in the process: the task, each _Item packed."""
    global _in_worker  # noqa: PLW0603  (of a process of its own)
    if not _in_worker:
        threading.Thread(target=_exit_with_parent, args=(call.parent_pid,), daemon=True).start()
    _in_worker = True
    began = time.monotonic()
    try:
        args, kwargs = ipc.load(call.arguments)
        with closing(prefetch_with_heartbeat(_TASKS[call.name](*args, **kwargs), HEARTBEAT_SECONDS)) as items:
            for item in items:
                yield ipc.dump(_Reply(value=item), call.folder)
    except FunAudioError as error:
        yield ipc.dump(_Reply(error=error), call.folder)
    except Exception:  # what is our fault must not lose its traceback on the way
        log.exception("%s failed", call.name)
        yield ipc.dump(_Reply(failed=True), call.folder)
    else:
        yield ipc.dump(_Reply(seconds=time.monotonic() - began), call.folder)


def _exit_with_parent(parent_pid: int) -> None:
    """End this process once the one that forked it is gone, such as where it was killed: nobody else would."""
    while os.getppid() == parent_pid:
        time.sleep(HEARTBEAT_SECONDS)
    os._exit(1)


_in_worker = False  # whether this is a process that was lent a GPU: tasks within a task need no other
_gpu_worker = zerogpu.zerogpu_function(_worker_main, lambda call: call.gpu_seconds)


def estimate_seconds(name: str, cost: GpuCost) -> float:
    """Seconds of a GPU that a call of a task would ask for; 0 where none is lent or none is needed."""
    return DURATIONS.estimate(_key(name, cost), cost.seconds) if _needs_worker(cost) else 0.0


def gpu_task(
    estimate_cost: Callable[[Mapping[str, Any]], GpuCost],
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
            plan = estimate_cost(bound.arguments)
            if not _needs_worker(plan):
                return function(*args, **kwargs)
            return _run_on_gpu(name, plan, args, kwargs)

        return scheduled

    return register


def _needs_worker(cost: GpuCost) -> bool:
    return zerogpu.is_zerogpu() and cost.needs_gpu


def _key(name: str, cost: GpuCost) -> str:
    return f"{name} {cost.key}"


def _run_on_gpu(name: str, cost: GpuCost, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[Any]:
    key = _key(name, cost)
    gpu_seconds, started = DURATIONS.estimate(key, cost.seconds), time.monotonic()
    try:
        with closing(_replies(name, gpu_seconds, (args, kwargs))) as replies:
            for reply in replies:
                if reply.value is not None:
                    yield reply.value[0]
                elif reply.error is not None:
                    raise reply.error
                elif reply.failed:
                    raise RuntimeError(f"{name} failed in the process that was lent a GPU; its traceback is above.")
                elif reply.seconds is not None:
                    DURATIONS.record(key, cost.seconds, reply.seconds)
                else:
                    cancellation.raise_if_cancelled()
    except (
        zerogpu.GpuPreempted
    ):  # nobody tells why, nor when the GPU was lent: of the time gone by, some may be that in line
        if time.monotonic() - started >= TIMEOUT_SHARE * gpu_seconds:
            DURATIONS.record_timeout(key, cost.seconds, gpu_seconds)
        raise


def _replies(name: str, gpu_seconds: float, arguments: tuple[Any, ...]) -> Generator[_Reply]:
    """All that the process gives, _Order saying what it gets; one that was killed before it began is replaced once.

    Raises gpu.NotLent where there is none, or where it is killed later.
    """
    last: _Reply | None = None
    for replaced in (False, True):
        try:
            with temp_files.private_dir() as folder:
                payloads = _gpu_worker(_Call(name, gpu_seconds, ipc.dump(arguments, folder), folder, os.getpid()))
                with closing(cast("Generator[bytes | Path]", payloads)):
                    for payload in payloads:
                        last = ipc.load(payload)
                        yield last
            break
        except Exception as error:
            refusal = zerogpu.parse_spaces_error(error)
            if isinstance(refusal, zerogpu.GpuPreempted) and last is None and not replaced:
                log.warning("the process for %s was killed before it began; another is asked for", name)
                continue
            if refusal is not None:
                raise refusal from error
            raise
    if last is None or not last.is_final:
        raise RuntimeError(f"{name} ended without a word in the process that was lent a GPU.")
