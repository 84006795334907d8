"""GPU tasks: run in this process, or on ZeroGPU in a forked process with a GPU.

All tasks share one ZeroGPU function, so that a process with the models on its GPU serves later calls as well. If the
process is killed, its caller gets an error: see `ipc`.
"""

from __future__ import annotations

import functools
import inspect
import logging
import os
import threading
import time
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
HEARTBEAT_SECONDS = 0.5  # maximum between two replies of a worker; a worker can be stopped at each
MIN_SECONDS = 5.0  # minimum GPU time to request: a worker needs it to start
SAFETY_FACTOR = 1.25  # on the expected duration, so that a slow moment does not end the work
LATEST_WEIGHT = 0.2  # of the latest run in the moving average
TIMEOUT_SHARE = 0.9  # of the requested time: a worker killed after it has timed out
TIMEOUT_FACTOR = 1.5  # on the requested time after a timeout
_MIN_GUESS_SECONDS = 0.1  # keeps the ratio of duration to guess finite


@dataclass(frozen=True, slots=True)
class GpuCost:
    """Estimated cost of a call.

    Attributes:
        seconds: GPU time, a first guess from the input.
        key: Names of the engines that take part; durations are averaged by task and key.
        needs_gpu: Whether any of them needs a GPU.
    """

    seconds: float
    key: str
    needs_gpu: bool


class DurationEstimator:
    """Estimator of GPU time: a guess from the input, corrected by a moving average of earlier runs. Thread-safe."""

    def __init__(self) -> None:
        """Create an estimator without history."""
        self._guard = threading.Lock()
        self._ratios: dict[str, float] = {}  # moving average of duration / guess

    def estimate(self, key: str, guess: float) -> float:
        """Return the seconds to request for a guess, from MIN_SECONDS up to the limit of the settings."""
        with self._guard:
            ratio = self._ratios.get(key, 1.0)
        return min(max(SAFETY_FACTOR * ratio * guess, MIN_SECONDS), settings.read().gpu_max_seconds)

    def record(self, key: str, guess: float, seconds: float) -> None:
        """Add the duration of a finished run to the average."""
        ratio = seconds / max(guess, _MIN_GUESS_SECONDS)
        with self._guard:
            average = self._ratios.get(key, ratio)
            self._ratios[key] = (1 - LATEST_WEIGHT) * average + LATEST_WEIGHT * ratio

    def record_timeout(self, key: str, guess: float, gpu_seconds: float) -> None:
        """Raise the average after a run that did not end within the requested `gpu_seconds`."""
        ratio = TIMEOUT_FACTOR * gpu_seconds / max(guess, _MIN_GUESS_SECONDS)
        with self._guard:  # never lowered: the limit of the settings may have cut the request
            self._ratios[key] = max(self._ratios.get(key, 1.0), ratio)


@dataclass(frozen=True, slots=True)
class _Call:
    """Call of a task in a worker process.

    Attributes:
        name: Name of the task.
        gpu_seconds: GPU time to request.
        arguments: Pickled positional and keyword arguments.
        folder: Folder for the worker's large replies.
        parent_pid: Process that makes the call.
    """

    name: str
    gpu_seconds: float
    arguments: bytes | Path
    folder: Path
    parent_pid: int


@dataclass(frozen=True, slots=True)
class _Reply:
    """Reply of a worker process; one without any field set is a heartbeat.

    Attributes:
        value: 1-tuple with an item of the task.
        error: Error for people, which ends the call.
        seconds: Duration of the finished call.
        failed: Whether the task failed with an unexpected exception, logged by the worker.
    """

    value: tuple[Any] | None = None
    error: FunAudioError | None = None
    seconds: float | None = None
    failed: bool = False

    @property
    def is_final(self) -> bool:
        """Return whether no reply follows."""
        return self.error is not None or self.seconds is not None or self.failed


DURATIONS = DurationEstimator()
_TASKS: dict[str, Callable[..., Iterator[Any]]] = {}


def _worker_main(call: _Call) -> Iterator[bytes | Path]:
    """Run a task in the worker process, and yield its replies as payloads."""
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
    except Exception:  # a traceback does not pickle: log it here
        log.exception("%s failed", call.name)
        yield ipc.dump(_Reply(failed=True), call.folder)
    else:
        yield ipc.dump(_Reply(seconds=time.monotonic() - began), call.folder)


def _exit_with_parent(parent_pid: int) -> None:
    """End this process when the one that forked it is gone; nothing else would."""
    while os.getppid() == parent_pid:
        time.sleep(HEARTBEAT_SECONDS)
    os._exit(1)


_in_worker = False  # whether this process has a GPU: a task within a task runs here
_gpu_worker = zerogpu.zerogpu_function(_worker_main, lambda call: call.gpu_seconds)


def estimate_seconds(name: str, cost: GpuCost) -> float:
    """Return the GPU seconds that a call of a task would request; 0 if it needs no worker."""
    return DURATIONS.estimate(_key(name, cost), cost.seconds) if _needs_worker(cost) else 0.0


def gpu_task(
    estimate_cost: Callable[[Mapping[str, Any]], GpuCost],
) -> Callable[[Callable[P, Iterator[T]]], Callable[P, Iterator[T]]]:
    """Make a generator function a task, which on ZeroGPU runs in a process with a GPU if its engines need one.

    Arguments and items must pickle. Closing the iterator stops the work within HEARTBEAT_SECONDS and the current step.
    The decorated function raises GpuUnavailable if ZeroGPU refuses.

    Args:
        estimate_cost: Returns the cost of a call from its arguments by name, defaults included.
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
            cost = estimate_cost(bound.arguments)
            if not _needs_worker(cost):
                return function(*args, **kwargs)
            return _run_on_gpu(name, cost, args, kwargs)

        return scheduled

    return register


def _needs_worker(cost: GpuCost) -> bool:
    return zerogpu.is_zerogpu() and cost.needs_gpu


def _key(name: str, cost: GpuCost) -> str:
    return f"{name} {cost.key}"


def _run_on_gpu(name: str, cost: GpuCost, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[Any]:
    """Yield the items of a task that runs in a worker, and record its duration."""
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
                    raise RuntimeError(f"{name} failed in the GPU worker; its traceback is logged above.")
                elif reply.seconds is not None:
                    DURATIONS.record(key, cost.seconds, reply.seconds)
                else:
                    cancellation.raise_if_cancelled()
    except zerogpu.GpuPreempted:
        # ZeroGPU gives no reason, and the elapsed time may include time in its queue
        if time.monotonic() - started >= TIMEOUT_SHARE * gpu_seconds:
            DURATIONS.record_timeout(key, cost.seconds, gpu_seconds)
        raise


def _replies(name: str, gpu_seconds: float, arguments: tuple[Any, ...]) -> Generator[_Reply]:
    """Yield the replies of a worker; if it is killed before the first one, start another, once.

    Raises:
        GpuUnavailable: ZeroGPU has no GPU, or killed the worker.
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
        raise RuntimeError(f"{name} ended without a final reply from the GPU worker.")
