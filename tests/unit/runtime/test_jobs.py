"""Tests of stored jobs: order of parts, resuming, locking and deletion."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest

import app
from funaudio_core import settings
from funaudio_core.errors import BadInput, FunAudioError
from funaudio_core.runtime import jobs
from server import upload_limits


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("FUNAUDIO_HOME", str(tmp_path))
    settings.read.cache_clear()
    yield tmp_path
    settings.read.cache_clear()


def sound(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(-99, 99, 50).astype(np.int16)


def test_parts_are_kept_in_order_and_found_again() -> None:
    job = jobs.create({"words": "Grüß dich."}, 2, {"clip": sound(1)})
    assert (job.completed_parts, job.finished) == (0, False)
    job.save_part({"text": "a"}, {"sound": sound(2)})
    again = jobs.get(job.id)  # as another process does
    assert (again.request, again.total_parts, again.completed_parts) == ({"words": "Grüß dich."}, 2, 1)
    assert np.array_equal(again.load_array("clip"), sound(1))
    again.save_part({"text": "b"}, {"sound": sound(3), "other": sound(4)})
    assert again.finished
    note, arrays = again.load_part(1)
    assert note == {"text": "b"}
    assert np.array_equal(arrays["sound"], sound(3))
    assert np.array_equal(arrays["other"], sound(4))
    assert again.load_part(0)[0] == {"text": "a"}


def test_a_part_that_was_being_written_does_not_count(home: Path) -> None:
    job = jobs.create({}, 2)
    np.save(home / "jobs" / job.id / "0.sound.npy", sound(1))  # then the process is killed
    (home / "jobs" / job.id / "0.new").write_text('{"content": ')
    assert jobs.get(job.id).completed_parts == 0
    job.save_part({"text": "anew"}, {"sound": sound(2)})
    assert job.load_part(0)[0] == {"text": "anew"}


@pytest.mark.parametrize("name", ["", "../order", "0" * 32, "A" * 32, "0" * 31, "0" * 32 + "\n", "0/../" + "0" * 27])
def test_a_job_that_is_not_there_is_a_sentence(name: str) -> None:
    jobs.create({}, 1)
    with pytest.raises(BadInput, match="Please start again"):
        jobs.get(name)


def test_ids_can_not_be_guessed_and_others_can_not_look(home: Path) -> None:
    ids = {jobs.create({}, 1).id for _ in range(50)}
    assert len(ids) == 50
    assert all(len(each) == 32 for each in ids)
    assert all((home / "jobs" / each).stat().st_mode & 0o077 == 0 for each in ids)


def test_what_was_ended_is_gone(home: Path) -> None:
    job = jobs.create({}, 1, {"clip": sound(1)})
    job.delete()
    assert list((home / "jobs").iterdir()) == []
    with pytest.raises(BadInput, match="Please start again"):
        job.save_part({}, {"sound": sound(2)})
    with pytest.raises(BadInput, match="Please start again"):
        job.load_array("clip")
    assert list((home / "jobs").iterdir()) == []


def test_one_at_a_time() -> None:
    job = jobs.create({}, 1)
    refused: list[str] = []

    def other() -> None:
        try:
            with jobs.get(job.id).lock():
                pass
        except BadInput as error:
            refused.append(str(error))

    with job.lock():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(30)
    assert len(refused) == 1
    with jobs.get(job.id).lock():
        pass


def test_whoever_works_on_it_is_asked_to_end_by_whoever_waits() -> None:
    job, began = jobs.create({}, 1), threading.Event()
    asked: list[bool] = []

    def other() -> None:
        with job.lock() as wanted:
            began.set()
            asked.append(wanted.wait(30))

    thread = threading.Thread(target=other)
    thread.start()
    assert began.wait(30)
    with job.lock(timeout=30) as wanted:
        assert asked == [True]
        assert not wanted.is_set()
    thread.join(30)


def test_old_ones_are_swept_but_for_those_at_work(home: Path) -> None:
    old, busy, fresh = (jobs.create({}, 1) for _ in range(3))
    for job in (old, busy):
        os.utime(home / "jobs" / job.id, (time.time() - 100, time.time() - 100))
    with busy.lock():
        assert jobs.delete_stale(50) == 1
    assert {each.name for each in (home / "jobs").iterdir()} == {busy.id, fresh.id}


def test_what_is_no_job_is_not_swept_and_keeps_no_job_from_that(home: Path) -> None:
    old = jobs.create({}, 1)
    (home / "jobs" / ("0" * 32)).write_text("a file")
    (home / "jobs" / "notes").mkdir()
    for path in (home / "jobs").iterdir():
        os.utime(path, (time.time() - 100, time.time() - 100))
    assert jobs.delete_stale(50) == 1
    assert old.id not in {each.name for each in (home / "jobs").iterdir()}
    assert (home / "jobs" / "notes").exists()


def test_nobody_begins_to_work_on_what_is_being_swept_and_others_wait_for_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, other = jobs.create({}, 1), jobs.create({}, 1)
    os.utime(home / "jobs" / old.id, (time.time() - 100, time.time() - 100))
    refused: list[str] = []
    rmtree = shutil.rmtree

    def slowly(*args: Any, **kwargs: Any) -> None:
        assert jobs._guard.acquire(timeout=5)  # needed to lock any job
        jobs._guard.release()
        with other.lock():
            pass
        try:
            with old.lock():
                pass
        except BadInput as error:
            refused.append(str(error))
        rmtree(*args, **kwargs)

    monkeypatch.setattr(shutil, "rmtree", slowly)
    assert jobs.delete_stale(50) == 1
    assert len(refused) == 1
    with other.lock():
        pass


def test_the_sweeper_goes_on_after_whatever_goes_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    swept: list[str] = []

    def fails(_: float) -> None:
        swept.append("jobs")
        raise NotADirectoryError

    class Enough(BaseException):
        pass

    def sleeps(_: float) -> None:
        if len(swept) >= 4:
            raise Enough

    monkeypatch.setattr(jobs, "delete_stale", fails)
    monkeypatch.setattr(upload_limits, "delete_stale", lambda _: swept.append("uploads"))
    monkeypatch.setattr(app, "time", SimpleNamespace(sleep=sleeps))
    with pytest.raises(Enough):
        app._sweep()
    assert swept == ["jobs", "uploads"] * 2


def full(home: Path, job: str, name: str) -> None:
    """Put a file of a job on a full disk."""
    (home / "jobs" / job / name).symlink_to("/dev/full")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_full_disk_is_a_sentence_and_there_is_no_half_a_job(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = jobs.create({}, 2)
    full(home, job.id, "0.sound.npy")
    with pytest.raises(FunAudioError, match="server disk is full"):
        job.save_part({}, {"sound": sound(1)})
    assert job.completed_parts == 0
    (home / "jobs" / job.id / "0.sound.npy").unlink()
    job.save_part({}, {"sound": sound(1)})  # the disk has room again
    assert job.completed_parts == 1
    job.delete()
    mkdir = Path.mkdir

    def on_a_full_disk(folder: Path, **how: Any) -> None:
        mkdir(folder, **how)
        full(home, folder.name, "request.clip.npy")

    monkeypatch.setattr(Path, "mkdir", on_a_full_disk)
    with pytest.raises(FunAudioError, match="server disk is full"):
        jobs.create({}, 1, {"clip": sound(1)})
    assert list((home / "jobs").iterdir()) == []


def test_what_numpy_could_not_write_whole_is_a_full_disk_and_else_it_is_our_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = jobs.create({}, 1)
    for error, told in ((OSError("50 requested and 10 written"), FunAudioError), (PermissionError(13, "no"), OSError)):
        monkeypatch.setattr(np, "save", Mock(side_effect=error))
        with pytest.raises(told):
            job.save_part({}, {"sound": sound(1)})


def test_nothing_from_disk_is_run(home: Path) -> None:
    job = jobs.create({}, 1)
    np.save(home / "jobs" / job.id / "request.clip.npy", np.array([object()]), allow_pickle=True)
    with pytest.raises(BadInput, match="Please start again"):
        job.load_array("clip")
