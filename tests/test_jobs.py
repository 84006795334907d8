"""Long work on disk: parts in order, gone on with by another process, nobody else's, gone when it is over."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from funaudio_core import jobs, settings
from funaudio_core.errors import BadInput


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("FUNAUDIO_HOME", str(tmp_path))
    settings.read.cache_clear()
    yield tmp_path
    settings.read.cache_clear()


def sound(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(-99, 99, 50).astype(np.int16)


def test_parts_are_kept_in_order_and_found_again() -> None:
    job = jobs.begin({"words": "Grüß dich."}, 2, {"clip": sound(1)})
    assert (job.done, job.finished) == (0, False)
    job.keep({"text": "a"}, {"sound": sound(2)})
    again = jobs.find(job.id)  # as another process would
    assert (again.order, again.total, again.done) == ({"words": "Grüß dich."}, 2, 1)
    assert np.array_equal(again.array("clip"), sound(1))
    again.keep({"text": "b"}, {"sound": sound(3), "other": sound(4)})
    assert again.finished
    note, arrays = again.part(1)
    assert note == {"text": "b"}
    assert np.array_equal(arrays["sound"], sound(3))
    assert np.array_equal(arrays["other"], sound(4))
    assert again.part(0)[0] == {"text": "a"}


def test_a_part_that_was_being_written_does_not_count(home: Path) -> None:
    job = jobs.begin({}, 2)
    np.save(home / "jobs" / job.id / "0.sound.npy", sound(1))  # and then the process was killed
    (home / "jobs" / job.id / "0.new").write_text('{"of": ')
    assert jobs.find(job.id).done == 0
    job.keep({"text": "anew"}, {"sound": sound(2)})
    assert job.part(0)[0] == {"text": "anew"}


@pytest.mark.parametrize("name", ["", "../order", "0" * 32, "A" * 32, "0" * 31, "0" * 32 + "\n", "0/../" + "0" * 27])
def test_a_job_that_is_not_there_is_a_sentence(name: str) -> None:
    jobs.begin({}, 1)
    with pytest.raises(BadInput, match="Begin it anew"):
        jobs.find(name)


def test_ids_can_not_be_guessed_and_others_can_not_look(home: Path) -> None:
    ids = {jobs.begin({}, 1).id for _ in range(50)}
    assert len(ids) == 50
    assert all(len(each) == 32 for each in ids)
    assert all((home / "jobs" / each).stat().st_mode & 0o077 == 0 for each in ids)


def test_what_was_ended_is_gone(home: Path) -> None:
    job = jobs.begin({}, 1, {"clip": sound(1)})
    job.end()
    assert list((home / "jobs").iterdir()) == []
    with pytest.raises(BadInput, match="Begin it anew"):
        job.keep({}, {"sound": sound(2)})
    with pytest.raises(BadInput, match="Begin it anew"):
        job.array("clip")
    assert list((home / "jobs").iterdir()) == []


def test_one_at_a_time() -> None:
    job = jobs.begin({}, 1)
    refused: list[str] = []

    def other() -> None:
        try:
            with jobs.find(job.id).work():
                pass
        except BadInput as error:
            refused.append(str(error))

    with job.work():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(30)
    assert len(refused) == 1
    with jobs.find(job.id).work():
        pass


def test_whoever_works_on_it_is_asked_to_end_by_whoever_waits() -> None:
    job, began = jobs.begin({}, 1), threading.Event()
    asked: list[bool] = []

    def other() -> None:
        with job.work() as wanted:
            began.set()
            asked.append(wanted.wait(30))

    thread = threading.Thread(target=other)
    thread.start()
    assert began.wait(30)
    with job.work(patience=30) as wanted:
        assert asked == [True]
        assert not wanted.is_set()
    thread.join(30)


def test_old_ones_are_swept_but_for_those_at_work(home: Path) -> None:
    old, busy, fresh = (jobs.begin({}, 1) for _ in range(3))
    for job in (old, busy):
        os.utime(home / "jobs" / job.id, (time.time() - 100, time.time() - 100))
    with busy.work():
        assert jobs.sweep(50) == 1
    assert {each.name for each in (home / "jobs").iterdir()} == {busy.id, fresh.id}


def test_nothing_from_disk_is_run(home: Path) -> None:
    job = jobs.begin({}, 1)
    np.save(home / "jobs" / job.id / "order.clip.npy", np.array([object()]), allow_pickle=True)
    with pytest.raises(BadInput, match="Begin it anew"):
        job.array("clip")
