"""Tests of runs whose process is killed at random moments: the finished run equals one that was never interrupted."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from funaudio_core import settings
from funaudio_core.engines.registry import RECOGNIZERS
from funaudio_core.evaluation.example_set import example_set
from funaudio_core.evaluation.results import ResultFile
from funaudio_core.evaluation.runs.store import create_run, open_run
from funaudio_core.evaluation.runs.stored_run import FINISHED, StoredRun
from funaudio_core.evaluation.systems import RECOGNITION, SYNTHESIS, make_system
from tests import fakes
from tests.conftest import ROOT, START_SECONDS

KILLS = int(os.environ.get("FUNAUDIO_TEST_KILLS", "4"))
MAX_DELAY_SECONDS = 0.02  # of a kill; an item takes about as long
SYSTEMS = [make_system(RECOGNITION, ""), make_system(SYNTHESIS, "")]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("FUNAUDIO_HOME", str(tmp_path / "home"))
    settings.read.cache_clear()
    with fakes.installed():
        yield tmp_path / "home"
    settings.read.cache_clear()


def start(*command: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, stdout=subprocess.PIPE, text=True)


def kill_after(process: subprocess.Popen[str], is_reached: Callable[[], bool], random_: random.Random) -> None:
    """Kill a process at a random moment after an event, unless it ends before."""
    while not is_reached() and process.poll() is None:
        time.sleep(random_.uniform(0, MAX_DELAY_SECONDS))
    time.sleep(random_.uniform(0, MAX_DELAY_SECONDS))
    process.kill()
    process.wait(START_SECONDS)


def facts(file: ResultFile) -> list[dict[str, Any]]:
    """Return the results without times by the clock."""
    clock = ("compute_seconds", "first_seconds")
    rows = [{name: getattr(row, name) for name in row.__slots__ if name not in clock} for row in file.results()]
    assert rows
    return rows


def results_of(run: StoredRun, folder: Path) -> list[list[dict[str, Any]]]:
    folder.mkdir()
    return [facts(file) for file in run.write_results(folder)]


@pytest.mark.slow
@pytest.mark.parametrize("system", SYSTEMS, ids=[system.task for system in SYSTEMS])
def test_killed_background_loses_nothing(system: Any, tmp_path: Path) -> None:
    data = example_set([RECOGNIZERS["whisper-base"], system.engine()])
    whole, killed = (create_run(data, [system], 600.0, "suite") for _ in range(2))
    while not whole.job.finished:
        whole.run_next()
    random_, done = random.Random(7), 0
    for _ in range(KILLS):
        enough = done + random_.randrange(1 + len(data.items) // KILLS)
        kill_after(start("tests.unit.evaluation.work"), lambda: killed.job.completed_parts >= enough, random_)  # noqa: B023
        assert killed.job.completed_parts >= done  # what was finished stays
        done = killed.job.completed_parts
    assert start("tests.unit.evaluation.work").wait(START_SECONDS) == 0
    assert open_run(killed.id).state == FINISHED
    assert results_of(killed, tmp_path / "killed") == results_of(whole, tmp_path / "whole")


@pytest.mark.slow
def test_killed_command_loses_nothing(tmp_path: Path) -> None:
    command = ("tests.unit.evaluation.command", "run", "examples", "--engine", "whisper-base", "--out")
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert start(*command, str(whole)).wait(START_SECONDS) == 0
    name = "examples.recognition.whisper-base.jsonl"
    random_, size = random.Random(7), (whole / name).stat().st_size

    def written() -> int:
        return (killed / name).stat().st_size if (killed / name).exists() else 0

    for number in range(KILLS):
        enough = written() + random_.randrange(1, 1 + size // KILLS)
        kill_after(start(*command, str(killed)), lambda: written() >= enough, random_)  # noqa: B023
        with (killed / name).open("ab") as file:  # as if the kill had come within a line
            file.write(b'{"id":"'[:number])
    assert start(*command, str(killed)).wait(START_SECONDS) == 0
    assert facts(ResultFile.open(killed / name)) == facts(ResultFile.open(whole / name))
