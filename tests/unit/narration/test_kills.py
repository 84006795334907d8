"""Tests of narrations whose process is killed: the sound is the same, sample for sample."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from funaudio_core.narration import states
from funaudio_core.narration.narration import Narration
from funaudio_core.tasks import narration as tasks
from tests.conftest import ROOT, START_SECONDS, free_port, running
from tests.unit.narration.books import long_book

KILLS = int(os.environ.get("FUNAUDIO_TEST_KILLS", "4"))
MAX_PARTS = 3  # of one process, the last of which may be cut off
MAX_DELAY_SECONDS = 0.3  # within a part; a part takes about as long


def kill_while_narrating(id_: str, random_: random.Random) -> None:
    """Start a process that narrates, and kill it at a random moment of its first, second or third part."""
    command = [sys.executable, "-m", "tests.unit.narration.narrate", id_]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        for _ in range(random_.randrange(MAX_PARTS)):
            print(file=process.stdin, flush=True)
            process.stdout.readline()
        print(file=process.stdin, flush=True)
        time.sleep(random_.uniform(0, MAX_DELAY_SECONDS))
        process.kill()


def sound_of(narration: Narration) -> list[np.ndarray]:
    lengths = [narration.chapter(row.number).num_samples for row in narration.status().chapters]
    return [narration.read(number, 0, length) for number, length in enumerate(lengths)]


@pytest.mark.slow
@pytest.mark.usefixtures("fake_engines")
def test_killed_narration_goes_on_to_the_same_sound(home: Path) -> None:
    plan = tasks.plan_book(long_book(2, 4 * KILLS))
    whole, killed = (tasks.create(plan, tasks.cast_plan(plan)) for _ in range(2))
    killed.pause()
    while tasks.make_next_part(whole.id):
        pass
    killed.resume()
    random_, done = random.Random(7), 0
    for _ in range(KILLS):
        kill_while_narrating(killed.id, random_)
        status = killed.status()
        assert status.parts_done >= done  # what was finished stays
        done = status.parts_done
    assert done < status.parts_total
    while tasks.make_next_part(killed.id):
        pass
    assert killed.state == states.FINISHED
    for one, other in zip(sound_of(whole), sound_of(killed), strict=True):
        assert np.array_equal(one, other)
    folder = home / "jobs" / killed.id
    assert {path.name for path in folder.glob("*.sound.npy")} == {
        path.name for path in (home / "jobs" / whole.id).glob("*.sound.npy")
    }


@pytest.mark.slow
@pytest.mark.usefixtures("fake_engines")
def test_two_processes_never_make_the_same_part() -> None:
    plan = tasks.plan_book(long_book(1, 4))
    narration = tasks.create(plan, tasks.cast_plan(plan))
    command = [sys.executable, "-m", "tests.unit.narration.narrate", narration.id]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()

        def parts_after_a_round() -> int:
            print(file=process.stdin, flush=True)
            assert process.stdout is not None
            return int(process.stdout.readline())

        with narration.job.lock():
            assert parts_after_a_round() == 0
        assert parts_after_a_round() == 1
        process.kill()
    assert tasks.make_next_part(narration.id)
    assert narration.status().parts_done == 2


@pytest.mark.slow
@pytest.mark.usefixtures("fake_engines")
def test_app_goes_on_with_a_narration_after_it_was_killed(home: Path) -> None:
    plan = tasks.plan_book(long_book(1, 60))
    narration = tasks.create(plan, tasks.cast_plan(plan))

    def wait_until(is_reached: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not is_reached() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert is_reached()

    port = free_port()
    with running(["-m", "tests.fakes"], home / "log.txt", port) as app:
        wait_until(lambda: narration.status().parts_done >= 1)
        app.kill()
        app.wait(180)
    done = narration.status()
    assert (done.state, done.parts_done < done.parts_total) == (states.RUNNING, True)
    with running(["-m", "tests.fakes"], home / "log.txt", port):  # nobody opens a page
        wait_until(lambda: narration.state == states.FINISHED)
    assert narration.status().parts_done == done.parts_total
