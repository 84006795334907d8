"""Tests of stored jobs: order of parts, resuming, locking and deletion."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
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
from funaudio_core.runtime import job_files, job_locks, jobs
from server import upload_limits
from tests.conftest import ROOT


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("FUNAUDIO_HOME", str(tmp_path))
    settings.read.cache_clear()
    yield tmp_path
    settings.read.cache_clear()


def grow_old(home: Path, name: str) -> None:
    """Let a file or folder of the jobs look as if it had not been touched for longer than a job lives."""
    then = time.time() - jobs.JOB_SECONDS - 100
    os.utime(home / "jobs" / name, (then, then))


def sound(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(-99, 99, 50).astype(np.int16)


def test_parts_are_stored_in_order_and_can_be_loaded() -> None:
    job = jobs.create({"words": "Grüß dich."}, 2, {"clip": sound(1)})
    assert (job.completed_parts, job.finished) == (0, False)
    job.save_part({"text": "a"}, {"sound": sound(2)})
    reopened = jobs.get(job.id)  # as another process would
    assert (reopened.request, reopened.total_parts, reopened.completed_parts) == ({"words": "Grüß dich."}, 2, 1)
    assert np.array_equal(reopened.load_array("clip"), sound(1))
    reopened.save_part({"text": "b"}, {"sound": sound(3), "other": sound(4)})
    assert reopened.finished
    result, arrays = reopened.load_part(1)
    assert result == {"text": "b"}
    assert np.array_equal(arrays["sound"], sound(3))
    assert np.array_equal(arrays["other"], sound(4))
    assert reopened.load_part(0)[0] == {"text": "a"}


def test_incomplete_part_does_not_count(home: Path) -> None:
    job = jobs.create({}, 2)
    np.save(home / "jobs" / job.id / "0.sound.npy", sound(1))  # then the process is killed
    (home / "jobs" / job.id / "0.new").write_text('{"content": ')
    assert jobs.get(job.id).completed_parts == 0
    job.save_part({"text": "again"}, {"sound": sound(2)})
    assert job.load_part(0)[0] == {"text": "again"}


@pytest.mark.parametrize("name", ["", "../order", "0" * 32, "A" * 32, "0" * 31, "0" * 32 + "\n", "0/../" + "0" * 27])
def test_unknown_id_is_an_expired_job(name: str) -> None:
    jobs.create({}, 1)
    with pytest.raises(BadInput, match="Please start again"):
        jobs.get(name)


def test_ids_are_random_and_folders_are_private(home: Path) -> None:
    ids = {jobs.create({}, 1).id for _ in range(50)}
    assert len(ids) == 50
    assert all(len(id_) == 32 for id_ in ids)
    assert all((home / "jobs" / id_).stat().st_mode & 0o077 == 0 for id_ in ids)


def test_deleted_job_is_gone(home: Path) -> None:
    job = jobs.create({}, 1, {"clip": sound(1)})
    job.delete()
    assert list((home / "jobs").iterdir()) == []
    with pytest.raises(BadInput, match="Please start again"):
        job.save_part({}, {"sound": sound(2)})
    with pytest.raises(BadInput, match="Please start again"):
        job.load_array("clip")
    assert list((home / "jobs").iterdir()) == []


def test_job_can_be_locked_once_at_a_time() -> None:
    job = jobs.create({}, 1)
    refused: list[str] = []

    def lock_again() -> None:
        try:
            with jobs.get(job.id).lock():
                pass
        except BadInput as error:
            refused.append(str(error))

    with job.lock():
        thread = threading.Thread(target=lock_again)
        thread.start()
        thread.join(180)
    assert len(refused) == 1
    with jobs.get(job.id).lock():
        pass


def test_job_is_held_by_one_process_and_free_once_that_is_killed() -> None:
    job = jobs.create({}, 1)
    hold = "print('held', flush=True); input()"
    code = f"from funaudio_core.runtime import jobs\nwith jobs.get({job.id!r}).lock():\n    {hold}"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(BadInput, match="already running"), job.lock():
            pass
        assert jobs.delete_stale() == 0
        other.kill()
        other.wait(180)
    with job.lock():
        pass


def test_deleted_job_cannot_be_locked(home: Path) -> None:
    job = jobs.create({}, 1)
    job.delete()
    with pytest.raises(BadInput, match="Please start again"), job.lock():
        pass
    assert list((home / "jobs").iterdir()) == []


def test_waiting_caller_asks_the_holder_to_stop() -> None:
    job, locked = jobs.create({}, 1), threading.Event()
    interrupted: list[bool] = []

    def hold() -> None:
        with job.lock() as stop_requested:
            locked.set()
            interrupted.append(stop_requested.wait(180))

    thread = threading.Thread(target=hold)
    thread.start()
    assert locked.wait(180)
    with job.lock(timeout=180) as stop_requested:
        assert interrupted == [True]
        assert not stop_requested.is_set()
    thread.join(180)


def test_stale_jobs_are_deleted_unless_locked_or_of_longer_life(home: Path) -> None:
    old, locked, fresh = (jobs.create({}, 1) for _ in range(3))
    lasting = jobs.create({}, 0, lifetime_seconds=1e6)
    for job in (old, locked, lasting):
        grow_old(home, job.id)
    with locked.lock():
        assert jobs.delete_stale() == 1
    assert {folder.name for folder in (home / "jobs").iterdir()} == {locked.id, fresh.id, lasting.id}


def test_other_files_are_not_deleted_and_do_not_prevent_deletion(home: Path) -> None:
    old = jobs.create({}, 1)
    (home / "jobs" / ("0" * 32)).write_text("a file")
    (home / "jobs" / "notes").mkdir()
    for path in (home / "jobs").iterdir():
        grow_old(home, path.name)
    assert jobs.delete_stale() == 1
    assert old.id not in {path.name for path in (home / "jobs").iterdir()}
    assert (home / "jobs" / "notes").exists()


def test_job_cannot_be_locked_during_deletion_while_others_can(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, other = jobs.create({}, 1), jobs.create({}, 1)
    grow_old(home, old.id)
    refused: list[str] = []
    rmtree = shutil.rmtree

    def try_to_lock_and_delete(*args: Any, **kwargs: Any) -> None:
        assert job_locks._guard.acquire(timeout=180)  # needed to lock any job
        job_locks._guard.release()
        with other.lock():
            pass
        try:
            with old.lock():
                pass
        except BadInput as error:
            refused.append(str(error))
        rmtree(*args, **kwargs)

    monkeypatch.setattr(shutil, "rmtree", try_to_lock_and_delete)
    assert jobs.delete_stale() == 1
    assert len(refused) == 1
    with other.lock():
        pass


def test_sweeper_continues_after_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def fail() -> None:
        calls.append("jobs")
        raise NotADirectoryError

    class StopSweeping(BaseException):
        pass

    def sleep(_: float) -> None:
        if len(calls) >= 4:
            raise StopSweeping

    monkeypatch.setattr(jobs, "delete_stale", fail)
    monkeypatch.setattr(upload_limits, "delete_stale", lambda _: calls.append("uploads"))
    monkeypatch.setattr(app, "time", SimpleNamespace(sleep=sleep))
    with pytest.raises(StopSweeping):
        app._sweep()
    assert calls == ["jobs", "uploads"] * 2


def fill_disk(home: Path, job: str, name: str) -> None:
    """Make writes to a file of a job fail as on a full disk."""
    (home / "jobs" / job / f"{name}.new").symlink_to("/dev/full")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_full_disk_is_an_error_and_leaves_no_partial_job(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = jobs.create({}, 2)
    fill_disk(home, job.id, "0.sound.npy")
    with pytest.raises(FunAudioError, match="server disk is full"):
        job.save_part({}, {"sound": sound(1)})
    assert job.completed_parts == 0
    assert not list((home / "jobs" / job.id).glob("*.new"))
    job.save_part({}, {"sound": sound(1)})  # the disk has room again
    assert job.completed_parts == 1
    job.delete()
    mkdir = Path.mkdir

    def mkdir_on_full_disk(folder: Path, **options: Any) -> None:
        mkdir(folder, **options)
        fill_disk(home, folder.name, "request.clip.npy")

    monkeypatch.setattr(Path, "mkdir", mkdir_on_full_disk)
    with pytest.raises(FunAudioError, match="server disk is full"):
        jobs.create({}, 1, {"clip": sound(1)})
    assert list((home / "jobs").iterdir()) == []


def test_short_write_is_a_full_disk_and_other_errors_pass_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = jobs.create({}, 1)
    for error, expected in (
        (OSError("50 requested and 10 written"), FunAudioError),
        (PermissionError(13, "no"), OSError),
    ):
        monkeypatch.setattr(np, "save", Mock(side_effect=error))
        with pytest.raises(expected):
            job.save_part({}, {"sound": sound(1)})


def test_pickled_arrays_are_not_loaded(home: Path) -> None:
    job = jobs.create({}, 1)
    np.save(home / "jobs" / job.id / "request.clip.npy", np.array([object()]), allow_pickle=True)
    with pytest.raises(BadInput, match="Please start again"):
        job.load_array("clip")


def test_parts_with_keys_are_found_and_deleted_by_them(home: Path) -> None:
    job = jobs.create({}, 0)
    job.save_part({"text": "b"}, {"sound": sound(2)}, "beef", {"samples": 50})
    job.save_part({"text": "a"}, {"sound": sound(1)}, "cafe")
    reopened = jobs.get(job.id)
    assert (reopened.completed_parts, reopened.has_part("beef"), reopened.has_part("0")) == (2, True, False)
    assert dict(reopened.summaries()) == {"beef": {"samples": 50}, "cafe": {}}
    assert reopened.load_part_result("cafe") == {"text": "a"}
    reopened.delete_parts(["beef"])
    assert (job.completed_parts, job.has_part("beef"), job.has_part("cafe")) == (1, False, True)
    assert not list((home / "jobs" / job.id).glob("beef*"))
    job.save_part({"text": "again"}, {}, "beef")
    assert list(job.summaries()) == ["cafe", "beef"]


def test_half_a_line_of_the_index_counts_as_no_part(home: Path) -> None:
    job = jobs.create({}, 3)
    job.save_part({"text": "a"}, {})
    with (home / "jobs" / job.id / job_files.INDEX).open("ab") as file:
        file.write(b'{"key": "1", "summ')  # then the process is killed
    assert job.completed_parts == 1
    job.save_part({"text": "b"}, {})
    assert (job.completed_parts, job.load_part(1)[0]) == (2, {"text": "b"})


def test_documents_are_replaced_whole(home: Path) -> None:
    job = jobs.create({}, 0, documents={"cast": {"narrator": "Emma"}})
    before = job.document_version("cast")
    assert before
    assert job.document_version("other") == 0
    job.save_document("cast", {"narrator": "Bella"})
    assert jobs.get(job.id).load_document("cast") == {"narrator": "Bella"}
    assert job.document_version("cast") > before
    with pytest.raises(BadInput, match="start again"):
        job.load_document("other")


def test_quota_is_a_sentence_and_deleted_jobs_make_room(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNAUDIO_JOBS_GB", "0.00001")  # 10 kB
    settings.read.cache_clear()
    job, other = jobs.create({}, 3), jobs.create({}, 3)
    job.save_part({}, {"sound": np.zeros(4000, np.int16)})
    with pytest.raises(FunAudioError, match="Delete what you no longer need"):
        other.save_part({}, {"sound": np.zeros(4000, np.int16)})
    assert (job.completed_parts, other.completed_parts) == (1, 0)
    job.delete()
    other.save_part({}, {"sound": np.zeros(4000, np.int16)})
    assert other.completed_parts == 1


def test_files_of_others_count_and_are_deleted_with_their_job(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNAUDIO_JOBS_GB", "0.00001")  # 10 kB
    settings.read.cache_clear()
    job, other = jobs.create({}, 3), jobs.create({}, 3)
    folder = job.file_path("training") / "features"
    folder.mkdir(parents=True)
    (folder / "1.npy").write_bytes(bytes(9000))
    job.count_files()
    with pytest.raises(FunAudioError, match="Delete what you no longer need"):
        other.save_part({}, {"sound": np.zeros(1000, np.int16)})
    (folder / "2.npy").write_bytes(bytes(9000))
    with pytest.raises(FunAudioError, match="Delete what you no longer need"):
        job.count_files()
    job.count_files(is_limited=False)
    job.delete()
    assert not folder.exists()
    other.save_part({}, {"sound": np.zeros(4000, np.int16)})


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_files_that_could_not_be_written_do_not_count(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNAUDIO_JOBS_GB", "0.00001")  # 10 kB
    settings.read.cache_clear()
    job = jobs.create({}, 3)
    fill_disk(home, job.id, "0.sound.npy")
    with pytest.raises(FunAudioError, match="server disk is full"):
        job.save_part({}, {"sound": np.zeros(4000, np.int16)})
    fill_disk(home, job.id, "document.progress.json")
    with pytest.raises(FunAudioError, match="server disk is full"):
        job.save_document("progress", {"text": "x" * 8000})
    job.save_part({}, {"sound": np.zeros(4000, np.int16)})


def test_documents_that_are_replaced_count_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNAUDIO_JOBS_GB", "0.00001")  # 10 kB
    settings.read.cache_clear()
    job = jobs.create({}, 3, documents={"progress": {}})
    for step in range(100):
        job.save_document("progress", {"losses": [step] * 100})
    job.save_part({}, {"sound": np.zeros(4000, np.int16)})


def test_jobs_are_found_by_kind_by_the_process_alone() -> None:
    first, second = jobs.create({"kind": "book"}, 0), jobs.create({"kind": "clip"}, 1)
    assert [job.id for job in jobs.find_all("book")] == [first.id]
    assert second.id not in {job.id for job in jobs.find_all("book")}
