"""Tests of the temporary folders of processes: deleted by the next start after a kill, kept while the process runs."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import filelock
import pytest

from funaudio_core import audio, settings
from funaudio_core.engines import whisper
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.gpu import ipc
from funaudio_core.runtime import temp_files
from funaudio_core.tasks import recognition
from server.openai_api import speech, transcriptions
from tests.conftest import noise

PROCESS = """
import os, sys, time
from pathlib import Path
from funaudio_core.runtime import temp_files
deleted = temp_files.start()
upload = Path(os.environ["GRADIO_TEMP_DIR"]) / "hash" / "voice.wav"
upload.parent.mkdir(parents=True)
upload.write_bytes(b"sound")
with temp_files.private_dir() as folder:
    (folder / "parcel").write_bytes(b"sound")
    print(deleted, upload, folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("FUNAUDIO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "of the parent process"))
    monkeypatch.setattr(temp_files, "_folder", None)
    monkeypatch.setattr(temp_files, "_lock", None)
    settings.read.cache_clear()
    yield tmp_path / "home"
    if temp_files._lock is not None:
        temp_files._lock.release()
    settings.read.cache_clear()


@dataclass
class RunningProcess:
    """Running process, with the number of files that its start deleted, an upload and a private folder."""

    process: subprocess.Popen[str]
    deleted: int
    upload: Path
    private: Path

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(180)


@contextmanager
def start_process() -> Iterator[RunningProcess]:
    process = subprocess.Popen([sys.executable, "-c", PROCESS], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    deleted, upload, private = process.stdout.readline().split()
    started = RunningProcess(process, int(deleted), Path(upload), Path(private))
    yield started
    started.kill()


def folders(home: Path) -> list[Path]:
    return [path for path in (home / "run").iterdir() if path.is_dir()]


def test_start_sets_the_folder_of_gradio(home: Path) -> None:
    assert temp_files.start() == 0
    (folder,) = folders(home)
    assert Path(os.environ["GRADIO_TEMP_DIR"]) == folder / "gradio"
    assert temp_files.start() == 0  # again
    assert folders(home) == [folder]


def test_files_of_a_killed_process_are_deleted_by_the_next_start(home: Path) -> None:
    with start_process() as killed:
        killed.kill()
        assert killed.upload.exists()
        assert [file.name for file in killed.private.iterdir()] == ["parcel"]
        other = home / "weights"
        other.mkdir()
        (other / "model").write_bytes(b"weights")
        assert temp_files.start() == 2
        (folder,) = folders(home)
        assert not killed.upload.is_relative_to(folder)
        assert (other / "model").exists()


def test_files_of_running_processes_are_kept(home: Path) -> None:
    with start_process() as first, start_process() as second:
        assert (first.deleted, second.deleted) == (0, 0)
        assert temp_files.start() == 0
        assert len(folders(home)) == 3
        first.kill()
        with start_process() as third:
            assert third.deleted == 2
            assert second.upload.exists()
            assert (second.private / "parcel").exists()
        assert not first.upload.exists()


def test_concurrent_starts_delete_a_dead_folder_once(home: Path) -> None:
    with start_process() as killed:
        killed.kill()
    code = PROCESS.replace("time.sleep(600)", "sys.stdin.read()")
    command = [sys.executable, "-c", code]
    with ThreadPoolExecutor(4) as pool:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        processes = list(pool.map(lambda _: subprocess.Popen(command, text=True, **pipes), range(4)))  # type: ignore[call-overload]
    rows = [process.stdout.readline().split() for process in processes]
    assert sorted(int(deleted) for deleted, *_ in rows) == [0, 0, 0, 2]
    assert all(Path(upload).exists() for _, upload, _ in rows)
    for process in processes:
        process.communicate("", timeout=180)


def test_a_start_waits_for_another_start(home: Path) -> None:
    (home / "run").mkdir(parents=True)
    with ThreadPoolExecutor(1) as pool:
        with filelock.FileLock(home / "run" / temp_files.LOCK_NAME):
            started = pool.submit(temp_files.start)
            with pytest.raises(TimeoutError):
                started.result(0.5)
            assert folders(home) == []
        assert started.result(30) == 0
    assert len(folders(home)) == 1


def test_folder_of_a_process_that_died_before_locking_it_is_deleted(home: Path) -> None:
    (home / "run" / "half").mkdir(parents=True)
    assert temp_files.start() == 0
    assert not (home / "run" / "half").exists()


def test_forked_process_uses_the_folder_and_keeps_the_lock(home: Path) -> None:
    temp_files.start()
    (folder,) = folders(home)
    fork = multiprocessing.get_context("fork")
    queue = fork.SimpleQueue()

    def use_folder() -> None:
        with temp_files.private_dir() as private:
            queue.put(str(private.parent))

    process = fork.Process(target=use_folder)
    process.start()
    assert queue.get() == str(folder)
    process.join(180)
    with start_process() as other:
        assert other.deleted == 0
        assert folder.exists()


def test_other_users_cannot_read_the_folders(home: Path) -> None:
    temp_files.start()
    for folder in (home / "run", *folders(home)):
        assert folder.stat().st_mode & 0o077 == 0


def test_uploads_and_ipc_files_are_in_private_folders(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private_folders: list[Path] = []

    def load(path: Path, *_: object, **_options: object) -> None:
        assert path.read_bytes() == b"sound"
        assert path.parent.stat().st_mode & 0o077 == 0
        private_folders.append(path.parent)

    monkeypatch.setattr(audio, "load", load)
    monkeypatch.setattr(audio, "load_channels", load)
    temp_files.start()
    with temp_files.private_dir() as folder:
        private_folders.append(folder)
        parcel = ipc.dump(noise(1.0, 48_000), folder)
        assert isinstance(parcel, Path)
        assert parcel.parent == private_folders[0]
    speech._load_reference(b"sound")
    (tmp_path / "sent").write_bytes(b"sound")
    with (tmp_path / "sent").open("rb") as file:
        request = SimpleNamespace(
            name="clip.wav", file=file, engine=whisper.SPEC, options=RecognitionOptions(), stream=False, speakers=None
        )
        monkeypatch.setattr(recognition, "transcribe_conversation", lambda *_: iter(()))
        assert list(transcriptions._transcribe(request)) == []  # type: ignore[arg-type]
    assert len(private_folders) == 3
    (process_folder,) = folders(home)
    assert {folder.parent for folder in private_folders} == {process_folder}
    assert not [path for path in process_folder.iterdir() if path.is_dir()]


def test_private_folder_without_an_app_is_in_the_temporary_directory(home: Path) -> None:
    with temp_files.private_dir() as folder:
        assert folder.is_relative_to(Path(tempfile.gettempdir()))
        assert not home.exists()
    assert not folder.exists()
