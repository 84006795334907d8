"""A process that was lent a GPU and is killed: whoever waited for it is told, and the next click works."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from funaudio_core.gpu import ipc
from funaudio_core.runtime import temp_files
from tests.zerogpu.test_scheduler import told

TAKEN = "Error: The GPU was reclaimed before the job finished. Try again with a shorter text or clip."
SECOND = [4 * 24_000]  # bytes of sound that came back


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What tests/zerogpu/killed.py found, in a home of its own."""
    return told("killed", FUNAUDIO_HOME=str(tmp_path_factory.mktemp("home")))


@pytest.mark.parametrize("moment", ["amid", "cut off"])
def test_whoever_waited_is_told(report: dict[str, Any], moment: str) -> None:
    assert (report[moment]["told"], report[moment]["got"]) == (TAKEN, SECOND)


def test_a_process_that_gives_up_is_no_silent_end(report: dict[str, Any]) -> None:
    assert report["left"]["told"].startswith("Error: Something went wrong on our side")
    assert "leave ended without a final reply" in report["log"]


@pytest.mark.parametrize("moment", ["after", "idle", "after that", "last"])
def test_the_next_click_works(report: dict[str, Any], moment: str) -> None:
    assert (report[moment]["told"], report[moment]["got"]) == ("", SECOND)


def test_nothing_of_it_is_left(report: dict[str, Any]) -> None:
    clicks = [found for found in report.values() if isinstance(found, dict)]
    assert len(clicks) == 7
    for found in clicks:
        assert (found["out"], found["places"], found["stops"], found["folders"]) == (0, [0, 0], 0, [])
        assert found["passed"] >= 1
    assert report["out"] == 0


def test_large_parcels_are_files_that_go_when_they_are_fetched() -> None:
    with temp_files.private_dir() as folder:
        small, large, forgotten = (ipc.dump(bytes(size), folder) for size in (10, 100_000, 100_000))
        assert isinstance(small, bytes)
        assert isinstance(large, Path)
        assert large.stat().st_mode & 0o077 == 0
        assert (ipc.load(small), ipc.load(large)) == (bytes(10), bytes(100_000))
        assert not large.exists()
        assert isinstance(forgotten, Path)
    assert not forgotten.exists()
