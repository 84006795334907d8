"""Background work of evaluation runs: one run of each owner at a time, when nobody waits in the queue."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from funaudio_core.evaluation.runs.store import find_active, open_run
from funaudio_core.evaluation.runs.stored_run import RUNNING, STOP_SECONDS, StoredRun
from funaudio_core.gpu import zerogpu
from funaudio_core.message import Message
from funaudio_core.runtime.background import BackgroundWorker, record_error
from funaudio_core.runtime.cancellation import cancel_context, raise_if_cancelled
from funaudio_core.runtime.jobs import Job
from funaudio_core.runtime.queue import Ticket

# Of work between two looks whether somebody waits in the queue; an item that has begun is finished. With a look after
# each, 38 recordings took 40 s with engines that answer at once (2026-11-30).
PART_SECONDS = 3.0
INTERNAL_ERROR = Message("An internal error stopped the evaluation. What is done is kept; press Continue to try again.")


class Budget(Protocol):
    """Computing time that owners have left."""

    def seconds_to_wait(self, owner: str) -> float:
        """Return the seconds until an owner may compute; 0 for now."""

    def charge(self, owner: str, seconds: float) -> None:
        """Take computing time that an owner has used."""


class EvaluationWork:
    """Work on the runs of all owners."""

    def __init__(self, budget: Budget) -> None:
        """Create the work. budget: Computing time of the owners."""
        self._budget = budget

    def find_jobs(self) -> list[Job]:
        """Return, for each owner who has computing time left, the job of the run that waits longest."""
        first: dict[str, Job] = {}
        for run in find_active():
            first.setdefault(run.owner, run.job)
        return [job for owner, job in first.items() if not self._budget.seconds_to_wait(owner)]

    def run_part(self, job: Job) -> None:
        """Process the next items of a run, and charge its owner for the time."""
        start = time.monotonic()
        try:
            process_items(StoredRun(job))
        finally:
            self._budget.charge(job.request["owner"], time.monotonic() - start)


def process_items(run: StoredRun) -> None:
    """Process items in order for PART_SECONDS, or to the end of a system's. An error stops the run, with its reason."""
    end = time.monotonic() + PART_SECONDS
    with record_error(run.fail, INTERNAL_ERROR):
        while run.state == RUNNING:
            run.run_next()
            raise_if_cancelled()
            if run.job.completed_parts % run.num_items == 0 or time.monotonic() >= end:
                return


def process_now(id_: str) -> bool:
    """Process the next items of a run for a page that has them made; return whether there are more.

    Raises:
        BadInput: The run was deleted, or another page holds it.
        FunAudioError: An error stopped the run.
    """
    run = open_run(id_)
    with run.job.lock(STOP_SECONDS) as stop_requested:
        cancel_context(stop_requested).run(process_items, run)
    return run.state == RUNNING


def can_run_in_background() -> bool:
    """Return whether runs go on without the page: everywhere but on ZeroGPU, whose GPUs are lent to visitors.

    There the page calls process_now() again and again.
    """
    return not zerogpu.is_zerogpu()


def start_background(join_queue: Callable[[], Ticket], budget: Budget) -> BackgroundWorker | None:
    """Go on with the runs, those of before a restart too; None if that isn't possible.

    Args:
        join_queue: Returns a ticket of the queue at its lowest place.
        budget: Computing time of the owners.
    """
    if not can_run_in_background():
        return None
    work = EvaluationWork(budget)
    worker = BackgroundWorker(work.find_jobs, work.run_part, join_queue)
    worker.start()
    return worker
