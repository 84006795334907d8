"""Work that goes on without a page: one part at a time, when nobody waits in the queue."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from funaudio_core.errors import FunAudioError
from funaudio_core.message import Message
from funaudio_core.runtime.cancellation import Cancelled, cancel_context
from funaudio_core.runtime.jobs import Job
from funaudio_core.runtime.queue import Ticket

LOOK_SECONDS = 30.0  # between two looks for work when nothing wakes the worker
WAIT_SECONDS = 1.0  # between two checks in the queue that the job is still to be run
log = logging.getLogger(__name__)
_started: list[BackgroundWorker] = []


def wake_workers() -> None:
    """Let all workers of the process look for work now."""
    for worker in _started:
        worker.wake()


@contextmanager
def record_error(fail: Callable[[Message], object], internal_error: Message) -> Iterator[None]:
    """Stop a job for good if the body, which runs a part of it, raises an error; the error goes on to the caller.

    A cancellation is no error: the part is run again.

    Args:
        fail: Stops the job with a reason; raises BadInput if the job was deleted.
        internal_error: Reason to show in place of an unexpected error, which is logged.
    """
    try:
        yield
    except Cancelled:
        raise
    except FunAudioError as error:
        fail(error.message)
        raise
    except Exception:
        log.exception("%s", internal_error)
        fail(internal_error)
        raise


class BackgroundWorker:
    """Thread that runs the parts of stored jobs in turn, one part of each.

    It finds its work on disk, so it goes on after a restart of the process.
    """

    def __init__(
        self, find_jobs: Callable[[], list[Job]], run_part: Callable[[Job], object], join_queue: Callable[[], Ticket]
    ) -> None:
        """Create a worker that isn't started.

        Args:
            find_jobs: Returns the jobs that have parts to run.
            run_part: Runs and saves the next part of a job, in record_error(), so that a job that failed isn't found
                again.
            join_queue: Returns a ticket of the queue.
        """
        self._find_jobs, self._run_part, self._join_queue = find_jobs, run_part, join_queue
        self._wake, self._stop = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread."""
        _started.append(self)
        self._thread = threading.Thread(target=self._run, name="background", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look for work now."""
        self._wake.set()

    def stop(self) -> None:
        """Stop between two chunks of a part, which is lost, and wait for that."""
        _started.remove(self)
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            try:
                is_idle = not self.run_round()
            except Exception:  # such as a disk error; try again later
                log.exception("background work failed")
                is_idle = True
            if is_idle:
                self._wake.wait(LOOK_SECONDS)

    def run_round(self) -> bool:
        """Run one part of each job that has some left; return whether any was run to its end."""
        results = [self._run_job(job) for job in self._find_jobs() if not self._stop.is_set()]
        return any(results)

    def _run_job(self, job: Job) -> bool:
        """Run the next part of a job in a slot of the queue, and return whether that worked."""
        with self._join_queue() as ticket:
            while not ticket.wait(WAIT_SECONDS):
                if self._stop.is_set():
                    return False
            if job.id not in {other.id for other in self._find_jobs()}:
                return False
            try:
                with job.lock() as stop_requested:
                    cancel_context(self._stop).run(lambda: cancel_context(stop_requested).run(self._run_part, job))
            except Cancelled:
                log.info("a part of %s was cancelled", job.request.get("kind"))
                return False
            except FunAudioError as error:  # such as a full disk, a job that was deleted, or one that a page holds
                log.warning("a part of %s was not run: %s", job.request.get("kind"), error)
                return False
            except Exception:
                log.exception("a part of %s failed", job.request.get("kind"))
                return False
        return True
