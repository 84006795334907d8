"""Clips, servers and markers that tests share."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

from funaudio_core import settings
from funaudio_core.types import Audio
from funaudio_core.voices.examples import EXAMPLES, Example
from funaudio_core.weights import sources
from funaudio_core.weights.catalog import ARTIFACTS, Artifact

ROOT = Path(__file__).parent.parent
ANSWER_SECONDS = 120  # for a plain request, while the app may be computing
START_SECONDS = 300  # loading takes ten; a busy machine may need far more
SLOW_SECONDS = 5.0  # a test that takes longer is marked `slow`
FOLDER_MARKERS = {"browser": ("browser", "slow"), "zerogpu": ("zerogpu", "slow"), "remote": ("remote", "slow")}
SERVERS = ("site", "real_site", "cosyvoice_site", "full_tier_site")  # fixtures of this file that start one
SERVER_MARKERS = {"real_site": ("real", "slow"), "cosyvoice_site": ("slow",), "full_tier_site": ("slow",)}


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark a test by its folder and by the server it needs."""
    for marker in FOLDER_MARKERS.get(item.path.parent.name, ()):
        item.add_marker(marker)
    fixtures: dict[str, Any] = getattr(item, "_fixtureinfo").name2fixturedefs  # noqa: B009 (pytest has no public name)
    shared = [name for name in SERVERS if name in fixtures and fixtures[name][-1].scope == "session"]
    for marker in SERVER_MARKERS.get(shared[0], ()) if shared else ():
        item.add_marker(marker)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that takes long without the marker `slow`, where FUNAUDIO_TEST_DURATIONS=1 asks for it."""
    report = yield
    checked = os.environ.get("FUNAUDIO_TEST_DURATIONS") == "1" and report.when == "call" and report.passed
    if checked and call.duration > SLOW_SECONDS and item.get_closest_marker("slow") is None:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} took {call.duration:.1f} s: make it faster or mark it `slow`."
    return report


def example(language: str, emotion: str = "neutral") -> Example:
    """The example clip of that language and emotion."""
    return next(row for row in EXAMPLES if row.language == language and row.emotion == emotion)


def ffmpeg() -> str:
    """The program that makes odd formats."""
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())


def write(path: Path, sound: Audio) -> Path:
    """The sound as a 16-bit file in the format that the suffix names."""
    soundfile.write(path, sound.pcm16(), sound.rate)
    return path


def noise(seconds: float, rate: int = 16_000, level: float = 0.1) -> Audio:
    """White noise, the same every time."""
    samples = np.random.default_rng(0).normal(scale=level, size=int(seconds * rate))
    return Audio(samples.astype(np.float32), rate)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the app with the scripted engines of tests/fakes.py."""
    with serve(["-m", "tests.fakes"], tmp_path_factory.mktemp("site") / "log.txt") as address:
        yield address


@pytest.fixture(scope="session")
def real_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the app with the models of the lite tier, as `make demo` runs it."""
    with serve(["app.py"], tmp_path_factory.mktemp("real_site") / "log.txt") as address:
        yield address


@pytest.fixture
def full_tier(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Offers every engine, the full tier first."""
    monkeypatch.setenv("FUNAUDIO_TIER", "full")
    settings.read.cache_clear()
    yield
    settings.read.cache_clear()


@contextmanager
def cached_hub(folder: Path, *rows: Artifact) -> Iterator[pytest.MonkeyPatch]:
    """A hub's cache at folder/"hub" that alone is asked for files, and in which these rows are the published ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUNAUDIO_HOME", str(folder / "home"))
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(folder / "hub"))
        for row in rows:
            patch.setitem(ARTIFACTS, row.name, row)
        settings.read.cache_clear()
        sources._probe_hub.cache_clear()
        yield patch
    settings.read.cache_clear()
    sources._probe_hub.cache_clear()


@pytest.fixture(scope="session")
def cosyvoice_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app with the full tier first, CosyVoice being tiny and random: its words mean nothing, all else is real."""
    folder = tmp_path_factory.mktemp("cosyvoice")
    command = ["-m", "tests.checkpoints_cosyvoice", str(folder / "hub"), "app.py"]
    with serve(command, folder / "log.txt", FUNAUDIO_HOME=str(lite_home(folder)), FUNAUDIO_TIER="full") as address:
        yield address


@pytest.fixture(scope="session")
def full_tier_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app with the full tier first, its ear, mind and voice tiny and random."""
    folder = tmp_path_factory.mktemp("minds")
    command = ["-m", "tests.checkpoints_minds", str(folder / "hub"), "app.py"]
    hub = {"HF_HUB_CACHE": str(folder / "hub"), "HF_HUB_OFFLINE": "1"}
    home = str(lite_home(folder))
    with serve(command, folder / "log.txt", FUNAUDIO_HOME=home, FUNAUDIO_TIER="full", **hub) as address:
        yield address


def lite_home(folder: Path) -> Path:
    """A cache of our own with the lite tier's files, so that what is derived from random weights stays out of it."""
    home = folder / "home"
    home.mkdir()
    for part in ("weights", "derived"):
        (settings.read().home / part).mkdir(parents=True, exist_ok=True)
        shutil.copytree(settings.read().home / part, home / part, copy_function=os.link)
    return home


@contextmanager
def little_gpu_time(folder: Path, seconds: str) -> Iterator[Path]:
    """The cache of our own, as of lite_home(), where calls may take so many seconds of a GPU: jobs lie there."""
    with pytest.MonkeyPatch.context() as patch:
        home = lite_home(folder)
        patch.setenv("FUNAUDIO_HOME", str(home))
        patch.setenv("FUNAUDIO_GPU_MAX_SECONDS", seconds)
        settings.read.cache_clear()
        yield home
    settings.read.cache_clear()


@contextmanager
def serve(command: list[str], log: Path, **environment: str) -> Iterator[str]:
    """The address of an app that Python runs in a process of its own; what it prints goes to `log`."""
    port = free_port()
    with running(command, log, port, **environment):
        yield address_at(port)


def free_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def address_at(port: int) -> str:
    """Where an app that listens at a port is found."""
    return f"http://127.0.0.1:{port}/"


@contextmanager
def running(command: list[str], log: Path, port: int, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """serve() at a port of one's own: the process of the app, which answers already."""
    with log.open("a") as out:
        server = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env={**os.environ, "FUNAUDIO_PORT": str(port), **environment},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(address_at(port), server, log)
        yield server
    finally:
        server.terminate()
        server.wait(30)


def _wait(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Until the app answers; its log in the message where it does not."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if httpx.get(address, timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.5)
    pytest.fail(f"the app did not come up:\n{log.read_text()[-3000:]}")
