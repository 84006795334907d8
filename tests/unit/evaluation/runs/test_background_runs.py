"""Tests of runs in the background: turns of owners, computing time, stop and go on, errors that stop a run."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from funaudio_core import settings
from funaudio_core.engines import registry
from funaudio_core.errors import BadInput, FunAudioError, WeightsMissing
from funaudio_core.evaluation.items import DataSet, Item
from funaudio_core.evaluation.runs import background
from funaudio_core.evaluation.runs.background import EvaluationWork, process_now, start_background
from funaudio_core.evaluation.runs.store import MAX_ACTIVE, create_run, find_active, find_latest, open_run
from funaudio_core.evaluation.runs.stored_run import FAILED, FINISHED, PAUSED, RUNNING, SCORES_SECTION, StoredRun
from funaudio_core.evaluation.systems import RECOGNITION, make_system
from funaudio_core.runtime import cancellation, jobs
from funaudio_core.runtime.background import wake_workers
from funaudio_core.runtime.queue import FairQueue
from funaudio_core.tasks import recognition
from funaudio_core.voices.examples import EXAMPLES
from tests import fakes
from tests.unit.evaluation.budgets import Unlimited, UsedUp

CLIPS = DataSet("clips", tuple(Item(row.file, row.path, row.text, row.language) for row in EXAMPLES[:3]))
PATIENCE_SECONDS = 120


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("FUNAUDIO_HOME", str(tmp_path))
    settings.read.cache_clear()
    with fakes.installed():
        yield tmp_path
    settings.read.cache_clear()


def begin(owner: str = "anna") -> StoredRun:
    return create_run(CLIPS, [make_system(RECOGNITION, "")], 60.0, "suite", owner=owner)


def wait_for(run: StoredRun, state: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while run.state != state:
        assert time.monotonic() < deadline, run.status()
        threading.Event().wait(0.01)


@pytest.fixture
def worker() -> Iterator[Unlimited]:
    """Run the background, and yield what it charges."""
    queue, budget = FairQueue(1, 10, 4), Unlimited()
    started = start_background(lambda: queue.join_in_background("background"), budget)
    assert started is not None
    yield budget
    started.stop()


def test_run_is_finished_without_a_page_and_its_owner_pays(worker: Unlimited) -> None:
    run = begin()
    wake_workers()
    wait_for(run, FINISHED)
    status = run.status()
    assert (status.done, status.total, status.failures, status.seconds_left) == (3, 3, 0, 0)
    assert worker.used.keys() == {"anna"}
    assert worker.used["anna"] > 0


def test_owners_take_turns_and_each_has_one_run_at_a_time() -> None:
    first, second, other = begin(), begin(), begin("bert")
    work = EvaluationWork(Unlimited())
    assert [job.id for job in work.find_jobs()] == [first.id, other.id]
    first.pause()
    assert [job.id for job in work.find_jobs()] == [second.id, other.id]
    first.resume()  # behind the one that waits longer
    assert [job.id for job in work.find_jobs()] == [second.id, other.id]
    assert [job.id for job in EvaluationWork(UsedUp("anna")).find_jobs()] == [other.id]


def test_owner_has_few_runs_under_way_but_any_number_of_others() -> None:
    runs = [begin() for _ in range(MAX_ACTIVE)]
    with pytest.raises(BadInput, match=f"{MAX_ACTIVE} evaluations of yours"):
        begin()
    begin("bert")
    runs[0].pause()
    latest = begin()
    assert len(find_active("anna")) == MAX_ACTIVE
    assert {run.id for run in find_active()} >= {run.id for run in runs[1:]}
    assert (found := find_latest("anna", SCORES_SECTION)) is not None
    assert found.id == latest.id
    assert find_latest("nobody", SCORES_SECTION) is None


def test_stop_interrupts_an_item_and_going_on_repeats_it(worker: Unlimited, monkeypatch: pytest.MonkeyPatch) -> None:
    transcribe, has_begun, release = recognition.transcribe_long, threading.Event(), threading.Event()

    def hold(*arguments: Any, **options: Any) -> Iterator[Any]:
        has_begun.set()
        while not release.is_set():
            cancellation.sleep(0.01)
        yield from transcribe(*arguments, **options)

    monkeypatch.setattr(recognition, "transcribe_long", hold)
    run = begin()
    wake_workers()
    assert has_begun.wait(PATIENCE_SECONDS)
    open_run(run.id).pause()  # from any tab
    assert (run.state, run.status().done) == (PAUSED, 0)
    release.set()
    wake_workers()
    open_run(run.id).resume()
    wake_workers()
    wait_for(run, FINISHED)
    assert [result.id for _, results in run.results() for result in results] == [item.id for item in CLIPS.items]


def test_error_of_the_engine_stops_the_run_until_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> Iterator[Any]:
        raise WeightsMissing("Whisper base can't be downloaded.")

    run = begin()
    with monkeypatch.context() as patch:
        patch.setattr(recognition, "transcribe_long", fail)
        with pytest.raises(WeightsMissing):
            process_now(run.id)
    assert (run.state, str(run.status().message)) == (FAILED, "Whisper base can't be downloaded.")
    assert find_active() == []
    run.resume()
    while process_now(run.id):
        pass
    assert (run.state, run.status().failures) == (FINISHED, 0)


def test_engine_that_is_gone_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    run = begin()
    with monkeypatch.context() as patch:  # undone before the scripted engines are
        patch.delitem(registry.RECOGNIZERS, run.cards[0].engine)
        with pytest.raises(FunAudioError):
            process_now(run.id)
    assert (run.state, run.status().done) == (FAILED, 0)


def test_defect_stops_the_run_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    run = begin()
    monkeypatch.setattr(StoredRun, "run_next", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        process_now(run.id)
    assert run.status().message == background.INTERNAL_ERROR


def test_deleted_run_is_gone_for_the_background(worker: Unlimited) -> None:
    run, other = begin(), begin("bert")
    run.delete()
    wake_workers()
    wait_for(other, FINISHED)
    with pytest.raises(BadInput, match="expired"):
        open_run(run.id)
    with pytest.raises(BadInput, match="expired"):
        open_run(jobs.create({"kind": "another"}, 1).id)


def test_page_works_off_runs_where_gpus_are_lent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACES_ZERO_GPU", "1")
    assert not background.can_run_in_background()
    assert start_background(lambda: FairQueue(1, 1, 1).join_in_background("b"), Unlimited()) is None
    run = begin()
    assert run.state == RUNNING
    while process_now(run.id):
        pass
    assert run.state == FINISHED


def test_failures_are_counted_and_time_left_is_estimated() -> None:
    silent = DataSet("set", tuple(replace(item, text="x") for item in CLIPS.items))
    run = create_run(silent, [make_system(RECOGNITION, "")], 60.0, "suite")
    assert run.status().seconds_left is None
    run.run_next()
    left = run.status().seconds_left
    assert left is not None
    assert left > 0
