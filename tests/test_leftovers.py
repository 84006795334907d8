"""What an app that was killed leaves of its visitors: deleted by the next one, and nothing else is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from funaudio_core import leftovers, settings
from tabs import visits

KEEPER = """
import sys, time
from pathlib import Path
from funaudio_core import leftovers
leftovers.begin()
for name, last in zip(sys.argv[1::2], sys.argv[2::2]):
    leftovers.note(Path(name), float(last))
print("noted", flush=True)
time.sleep(600)
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("FUNAUDIO_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(leftovers, "_list", None)
    settings.read.cache_clear()
    yield tmp_path / "home"
    if leftovers._held is not None:
        leftovers._held.release()
    settings.read.cache_clear()


def keeper(*noted: tuple[Path, float]) -> subprocess.Popen[str]:
    """A process that has noted these files and lives on."""
    told = [part for file, last in noted for part in (str(file), str(last))]
    process = subprocess.Popen([sys.executable, "-c", KEEPER, *told], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "noted\n"
    return process


def file_in(folder: Path) -> Path:
    folder.mkdir()
    (folder / "voice.wav").write_bytes(b"sound")
    return folder / "voice.wav"


def test_what_a_killed_process_noted_is_deleted(tmp_path: Path, home: Path) -> None:
    mine, shared, kept = (file_in(tmp_path / name) for name in ("mine", "shared", "kept"))
    (shared.parent / "another.wav").write_bytes(b"sound")
    process = keeper((mine, float("inf")), (shared, time.time() + 1), (tmp_path / "never" / "there.wav", 0.0))
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    with next((home / "left").glob("*.list")).open("a") as cut:
        cut.write('["/half a li')
    assert leftovers.begin() == 2
    assert not mine.parent.exists()
    assert [file.name for file in shared.parent.iterdir()] == ["another.wav"]
    assert kept.exists()
    assert len(list((home / "left").glob("*.list"))) == 1  # that of this process


def test_what_a_process_that_lives_noted_stays(tmp_path: Path) -> None:
    file = file_in(tmp_path / "mine")
    process = keeper((file, float("inf")))
    try:
        assert leftovers.begin() == 0
        assert file.exists()
    finally:
        process.kill()
        process.wait(30)


def test_what_somebody_uploaded_anew_stays(tmp_path: Path) -> None:
    file = file_in(tmp_path / "shared")
    process = keeper((file, time.time() - 60))
    process.kill()
    process.wait(30)
    assert leftovers.begin() == 0
    assert file.exists()


def test_files_of_a_visit_are_on_the_list(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    file = file_in(tmp_path / "cache" / "upload")
    leftovers.begin()
    visits.brings(file, "somebody")
    try:
        (mine,) = (home / "left").glob("*.list")
        assert str(file) in mine.read_text()
    finally:
        visits._visits.pop("somebody")


def test_nobody_else_can_read_the_list(home: Path) -> None:
    leftovers.begin()
    assert (home / "left").stat().st_mode & 0o077 == 0
    assert os.access(home / "left", os.W_OK)
