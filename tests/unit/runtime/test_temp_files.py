"""Tests of temporary files: the next process deletes the leftovers of a killed one, and nothing else."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from funaudio_core import audio, settings
from funaudio_core.gpu import ipc
from funaudio_core.runtime import temp_files
from funaudio_core.tasks import recognition
from server import blocks, sessions
from server.openai_api import routes
from tests.conftest import noise

KEEPER = """
import sys, time
from pathlib import Path  # noqa: E402
from funaudio_core.runtime import temp_files
temp_files.start()
for name, last in zip(sys.argv[1::2], sys.argv[2::2]):
    temp_files.track(Path(name), float(last))
with temp_files.private_dir() as folder:
    (folder / "parcel").write_bytes(b"sound")
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("FUNAUDIO_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(temp_files, "_manifest", None)
    monkeypatch.setattr(temp_files, "_private_root", None)
    settings.read.cache_clear()
    yield tmp_path / "home"
    if temp_files._process_lock is not None:
        temp_files._process_lock.release()
    settings.read.cache_clear()


def keeper(*noted: tuple[Path, float]) -> tuple[subprocess.Popen[str], Path]:
    """Start a process that tracks these files and has a private folder with a file; return both."""
    told = [part for file, last in noted for part in (str(file), str(last))]
    process = subprocess.Popen([sys.executable, "-c", KEEPER, *told], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def file_in(folder: Path) -> Path:
    folder.mkdir()
    (folder / "voice.wav").write_bytes(b"sound")
    return folder / "voice.wav"


def test_what_a_killed_process_noted_is_deleted(tmp_path: Path, home: Path) -> None:
    mine, shared, kept = (file_in(tmp_path / name) for name in ("mine", "shared", "kept"))
    (shared.parent / "another.wav").write_bytes(b"sound")
    process, folder = keeper((mine, float("inf")), (shared, time.time() + 1), (tmp_path / "never" / "there.wav", 0.0))
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    assert [file.name for file in folder.iterdir()] == ["parcel"]
    with next((home / "left").glob("*.list")).open("a") as cut:
        cut.write('["/half a li')
    assert temp_files.start() == 3
    assert not mine.parent.exists()
    assert not folder.exists()
    assert [file.name for file in shared.parent.iterdir()] == ["another.wav"]
    assert kept.exists()
    assert [file.suffix for file in sorted((home / "left").iterdir())] == [".list", ".lock"]  # of this process


def test_what_a_process_that_lives_noted_stays(tmp_path: Path) -> None:
    file = file_in(tmp_path / "mine")
    process, folder = keeper((file, float("inf")))
    try:
        assert temp_files.start() == 0
        assert file.exists()
        assert (folder / "parcel").exists()
    finally:
        process.kill()
        process.wait(30)


def test_what_somebody_uploaded_anew_stays(tmp_path: Path) -> None:
    file = file_in(tmp_path / "shared")
    process, _ = keeper((file, time.time() - 60))
    process.kill()
    process.wait(30)
    assert temp_files.start() == 1  # the file in its folder
    assert file.exists()


def test_files_of_a_visit_are_on_the_list(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    file = file_in(tmp_path / "cache" / "upload")
    temp_files.start()
    sessions.track_upload(file, "somebody")
    try:
        (mine,) = (home / "left").glob("*.list")
        assert str(file) in mine.read_text()
    finally:
        sessions._visits.pop("somebody")


def test_a_file_is_noted_once_for_all_steps_of_a_handler(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    temp_files.start()
    files = [file_in(tmp_path / "cache" / name) for name in ("first", "second")]

    async def nothing(*_args: Any, **_kwargs: Any) -> dict[str, Any]:
        return {}

    async def asks() -> None:
        for file in files:
            for iterator in (None, "begun", "begun", "begun"):  # Gradio reports each step of a stream
                await blocks.SessionBlocks().process_api(
                    inputs=[{"path": str(file)}], session_hash="somebody", iterator=iterator
                )

    monkeypatch.setattr(blocks.SessionBlocks, "_answered", nothing)
    asyncio.run(asks())
    try:
        (mine,) = (home / "left").glob("*.list")
        assert [json.loads(line)[0] for line in mine.read_text().splitlines()] == [str(file) for file in files]
        assert set(sessions._visits["somebody"].files) == set(files)
    finally:
        sessions._visits.pop("somebody")


def test_nobody_else_can_read_the_list(home: Path) -> None:
    temp_files.start()
    assert (home / "left").stat().st_mode & 0o077 == 0
    assert os.access(home / "left", os.W_OK)


def test_folders_of_passing_sound_lie_where_the_next_process_finds_them(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Path] = []

    def load(path: Path, *_: object) -> None:
        assert path.read_bytes() == b"sound"
        assert path.parent.stat().st_mode & 0o077 == 0
        seen.append(path.parent)

    monkeypatch.setattr(audio, "load", load)
    temp_files.start()
    with temp_files.private_dir() as folder:
        seen.append(folder)
        parcel = ipc.dump(noise(1.0, 48_000), folder)
        assert isinstance(parcel, Path)
        assert parcel.parent == seen[0]
    routes._reference(b"sound")
    (tmp_path / "sent").write_bytes(b"sound")
    with (tmp_path / "sent").open("rb") as file:
        order = SimpleNamespace(
            name="clip.wav", file=file, granularities=(), format="json", language=None, engine="", hotwords=()
        )
        monkeypatch.setattr(recognition, "transcribe_long", lambda *_: iter(()))
        assert list(routes._heard(order)) == []  # type: ignore[arg-type]
    assert len(seen) == 3
    (mine,) = (home / "left").glob("*.list")
    assert {folder.parent for folder in seen} == {mine.with_suffix("")}
    assert list(mine.with_suffix("").iterdir()) == []


def test_without_an_app_a_folder_is_a_temporary_one(home: Path) -> None:
    with temp_files.private_dir() as folder:
        assert folder.is_relative_to(Path(tempfile.gettempdir()))
        assert not home.exists()
    assert not folder.exists()
