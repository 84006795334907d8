"""Fixtures, markers and helpers that tests share."""

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
from tests.groups import GroupScheduling, rank

ROOT = Path(__file__).parent.parent
ANSWER_SECONDS = 180  # timeout of a plain request, while the app may be computing
START_SECONDS = 900  # timeout; loading takes ten seconds, on a busy machine far more
SLOW_SECONDS = 5.0  # a test that takes longer is marked `slow`
FOLDER_MARKERS = {"browser": ("browser", "slow"), "zerogpu": ("zerogpu", "slow"), "remote": ("remote", "slow")}
SERVERS = ("site", "real_site", "cosyvoice_site", "full_tier_site")  # fixtures of this file that start a server
SERVER_MARKERS = {"real_site": ("real", "slow"), "cosyvoice_site": ("slow",), "full_tier_site": ("slow",)}


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark a test by its folder and by the server it needs."""
    for marker in FOLDER_MARKERS.get(item.path.parent.name, ()):
        item.add_marker(marker)
    fixtures: dict[str, Any] = getattr(item, "_fixtureinfo").name2fixturedefs  # noqa: B009 (pytest has no public name)
    shared = [name for name in SERVERS if name in fixtures and fixtures[name][-1].scope == "session"]
    for marker in SERVER_MARKERS.get(shared[0], ()) if shared else ():
        item.add_marker(marker)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Return the scheduler of pytest-xdist."""
    return GroupScheduling(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the files with long tests first."""
    files: dict[Path, int] = {}
    for item in items:
        files[item.path] = min(rank(item), files.get(item.path, rank(item)))
    items.sort(key=lambda item: files[item.path])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a slow test without the marker `slow` if FUNAUDIO_TEST_DURATIONS is 1."""
    report = yield
    is_checked = os.environ.get("FUNAUDIO_TEST_DURATIONS") == "1" and report.when == "call" and report.passed
    if is_checked and call.duration > SLOW_SECONDS and item.get_closest_marker("slow") is None:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} took {call.duration:.1f} s: make it faster or mark it `slow`."
    return report


def example(language: str, emotion: str = "neutral") -> Example:
    """Return the example clip of a language and an emotion."""
    return next(row for row in EXAMPLES if row.language == language and row.emotion == emotion)


def ffmpeg() -> str:
    """Return the path of ffmpeg, which makes files in rare formats."""
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())


def write(path: Path, sound: Audio) -> Path:
    """Write audio as a 16-bit file in the format of the suffix, and return its path."""
    soundfile.write(path, sound.pcm16(), sound.rate)
    return path


def noise(seconds: float, rate: int = 16_000, level: float = 0.1) -> Audio:
    """Return white noise, the same every time."""
    samples = np.random.default_rng(0).normal(scale=level, size=int(seconds * rate))
    return Audio(samples.astype(np.float32), rate)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of the app with the scripted engines of tests/fakes.py."""
    folder = tmp_path_factory.mktemp("site")
    stored = {"FUNAUDIO_LISTENING_TESTS_DIR": str(folder / "listening_tests")}
    with serve(["-m", "tests.fakes"], folder / "log.txt", **stored) as address:
        yield address


@pytest.fixture(scope="session")
def real_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of the app with the models of the lite tier, as `make demo` runs it."""
    with serve(["app.py"], tmp_path_factory.mktemp("real_site") / "log.txt") as address:
        yield address


@pytest.fixture
def full_tier(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set the full tier, which offers every engine."""
    monkeypatch.setenv("FUNAUDIO_TIER", "full")
    settings.read.cache_clear()
    yield
    settings.read.cache_clear()


@contextmanager
def cached_hub(folder: Path, *artifacts: Artifact) -> Iterator[pytest.MonkeyPatch]:
    """Use the hub cache folder/"hub" offline, with these artifacts in place of the published ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUNAUDIO_HOME", str(folder / "home"))
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(folder / "hub"))
        for artifact in artifacts:
            patch.setitem(ARTIFACTS, artifact.name, artifact)
        settings.read.cache_clear()
        sources._probe_hub.cache_clear()
        yield patch
    settings.read.cache_clear()
    sources._probe_hub.cache_clear()


@pytest.fixture(scope="session")
def cosyvoice_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of the app with the full tier and tiny random CosyVoice models, whose speech means nothing."""
    folder = tmp_path_factory.mktemp("cosyvoice")
    command = ["-m", "tests.checkpoints.cosyvoice", str(folder / "hub"), "app.py"]
    with serve(command, folder / "log.txt", FUNAUDIO_HOME=str(lite_home(folder)), FUNAUDIO_TIER="full") as address:
        yield address


@pytest.fixture(scope="session")
def full_tier_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of the app with a tiny random recognizer, chatbot and synthesizer of the full tier."""
    folder = tmp_path_factory.mktemp("full_tier")
    command = ["-m", "tests.checkpoints.full_tier", str(folder / "hub"), "app.py"]
    hub = {"HF_HUB_CACHE": str(folder / "hub"), "HF_HUB_OFFLINE": "1"}
    home = str(lite_home(folder))
    with serve(command, folder / "log.txt", FUNAUDIO_HOME=home, FUNAUDIO_TIER="full", **hub) as address:
        yield address


def lite_home(folder: Path) -> Path:
    """Create a FUNAUDIO_HOME with the files of the lite tier, and return its path.

    Files derived from random weights then stay out of the real one.
    """
    home = folder / "home"
    home.mkdir()
    for part in ("weights", "derived"):
        (settings.read().home / part).mkdir(parents=True, exist_ok=True)
        shutil.copytree(settings.read().home / part, home / part, copy_function=os.link)
    return home


@contextmanager
def little_gpu_time(folder: Path, seconds: str) -> Iterator[Path]:
    """Limit calls to so many seconds of a GPU, in a FUNAUDIO_HOME made by lite_home().

    Yields:
        The path of that folder, in which jobs are stored.
    """
    with pytest.MonkeyPatch.context() as patch:
        home = lite_home(folder)
        patch.setenv("FUNAUDIO_HOME", str(home))
        patch.setenv("FUNAUDIO_GPU_MAX_SECONDS", seconds)
        settings.read.cache_clear()
        yield home
    settings.read.cache_clear()


@contextmanager
def serve(command: list[str], log: Path, **environment: str) -> Iterator[str]:
    """Run an app in its own process and yield its address; its output goes to `log`."""
    port = free_port()
    with running(command, log, port, **environment):
        yield address_at(port)


def free_port() -> int:
    """Return a port that is not in use."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def address_at(port: int) -> str:
    """Return the address of an app that listens at a port."""
    return f"http://127.0.0.1:{port}/"


@contextmanager
def running(command: list[str], log: Path, port: int, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run an app at a given port, and yield its process once it answers."""
    with log.open("a") as output:
        server = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env={**os.environ, "FUNAUDIO_PORT": str(port), **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_ready(address_at(port), server, log)
        yield server
    finally:
        server.terminate()
        server.wait(START_SECONDS)


def _wait_until_ready(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the app answers; if it does not, fail with its log."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if httpx.get(address, timeout=30).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    pytest.fail(f"the app did not come up:\n{log.read_text()[-3000:]}")
