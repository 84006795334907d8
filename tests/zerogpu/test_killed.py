"""Tests of GPU processes that are killed: the waiting user gets an error, and the next click works."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from funaudio_core.gpu import ipc
from funaudio_core.runtime import temp_files
from tests.zerogpu.test_scheduler import run_script

RECLAIMED = "Error: The GPU was reclaimed before the job finished. Try again with a shorter text or clip."
ONE_SECOND = [4 * 24_000]  # received bytes of audio


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the report of tests/zerogpu/killed.py, run with its own FUNAUDIO_HOME."""
    return run_script("killed", FUNAUDIO_HOME=str(tmp_path_factory.mktemp("home")))


@pytest.mark.parametrize("moment", ["killed", "cut off"])
def test_waiting_user_gets_an_error(report: dict[str, Any], moment: str) -> None:
    assert (report[moment]["error"], report[moment]["received"]) == (RECLAIMED, ONE_SECOND)


def test_exit_of_a_process_is_an_error(report: dict[str, Any]) -> None:
    assert report["left"]["error"].startswith("Error: Something went wrong on our side")
    assert "leave ended without a final reply" in report["log"]


@pytest.mark.parametrize("moment", ["after", "idle", "after that", "last"])
def test_next_click_works(report: dict[str, Any], moment: str) -> None:
    assert (report[moment]["error"], report[moment]["received"]) == ("", ONE_SECOND)


def test_gpus_slots_and_folders_are_freed(report: dict[str, Any]) -> None:
    clicks = [click for click in report.values() if isinstance(click, dict)]
    assert len(clicks) == 7
    for click in clicks:
        assert (click["out"], click["active_and_queued"], click["stops"], click["remaining_folders"]) == (
            0,
            [0, 0],
            0,
            [],
        )
        assert click["ipc_folders"] >= 1
    assert report["out"] == 0


def test_large_ipc_objects_are_files_that_are_deleted_on_load() -> None:
    with temp_files.private_dir() as folder:
        small, large, unread = (ipc.dump(bytes(size), folder) for size in (10, 100_000, 100_000))
        assert isinstance(small, bytes)
        assert isinstance(large, Path)
        assert large.stat().st_mode & 0o077 == 0
        assert (ipc.load(small), ipc.load(large)) == (bytes(10), bytes(100_000))
        assert not large.exists()
        assert isinstance(unread, Path)
    assert not unread.exists()
