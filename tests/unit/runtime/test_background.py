"""Tests of work in the background: it gives way to requests, runs jobs in turn, and can be stopped."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from funaudio_core import settings
from funaudio_core.errors import BadInput
from funaudio_core.message import Message
from funaudio_core.runtime import cancellation, jobs
from funaudio_core.runtime.background import BackgroundWorker, record_error
from funaudio_core.runtime.jobs import Job
from funaudio_core.runtime.queue import FairQueue, Ticket


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("FUNAUDIO_HOME", str(tmp_path))
    settings.read.cache_clear()
    yield tmp_path
    settings.read.cache_clear()


def unfinished() -> list[Job]:
    return [job for job in jobs.find_all("book") if not job.finished]


def test_background_work_is_served_last_and_counts_for_no_limit() -> None:
    queue = FairQueue(1, 1, 1)
    running = queue.join("first")
    background = queue.join_in_background("background")
    request = queue.join("second")  # the queue has room for one
    assert (queue.queued, request.position.ahead, background.position.ahead) == (1, 0, 1)
    with running:
        pass
    assert request.wait(0)
    assert not background.wait(0)
    with request:
        pass
    assert background.wait(0)


def test_a_request_waits_for_one_part_at_most() -> None:
    queue = FairQueue(1, 10, 4)
    order: list[str] = []
    tickets: list[Ticket] = []
    for _ in range(2):
        jobs.create({"kind": "book"}, 2)

    def run_part(job: Job) -> None:
        job.save_part({}, {})
        order.append(job.id)
        if len(order) == 1:
            tickets.append(queue.join("visitor"))
            threading.Timer(0.2, leave).start()

    def leave() -> None:
        order.append("visitor" if tickets[0].wait(5) else "never")
        tickets[0].__exit__()

    worker = BackgroundWorker(unfinished, run_part, lambda: queue.join_in_background("background"))
    while worker.run_round():
        pass
    assert order[1] == "visitor"
    parts = [order[0], *order[2:]]
    assert parts[:2] == parts[2:]  # in turn
    assert len(set(parts)) == 2


def test_stopped_worker_ends_its_part_and_another_one_goes_on() -> None:
    job, started = jobs.create({"kind": "book"}, 1), threading.Event()

    def run_endless(_: Job) -> None:
        started.set()
        cancellation.sleep(60)

    queue = FairQueue(1, 10, 4)
    worker = BackgroundWorker(unfinished, run_endless, lambda: queue.join_in_background("background"))
    worker.start()
    assert started.wait(10)
    worker.stop()
    assert (job.completed_parts, queue.active) == (0, 0)
    again = BackgroundWorker(unfinished, lambda job: job.save_part({}, {}), lambda: queue.join_in_background("b"))
    assert again.run_round()
    assert job.finished
    assert not again.run_round()


@pytest.mark.parametrize(
    ("error", "reasons"),
    [
        (BadInput("Clip {number} is empty.", number=7), ["Clip 7 is empty."]),
        (ZeroDivisionError(), ["Stopped."]),
        (cancellation.Cancelled(), []),
    ],
)
def test_error_of_a_part_is_recorded_and_goes_on(error: Exception, reasons: list[str]) -> None:
    recorded: list[Message] = []
    with pytest.raises(type(error)), record_error(recorded.append, Message("Stopped.")):
        raise error
    assert recorded == reasons
