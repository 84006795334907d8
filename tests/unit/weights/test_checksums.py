"""Tests of files without a published hash: the hub's record is trusted once and stored."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from funaudio_core import settings
from funaudio_core.errors import WeightsMissing
from funaudio_core.weights import catalog, checksums, sources, store

CONTENT = b"weights" * 1000
HASH = hashlib.sha256(CONTENT).hexdigest()
FILE = catalog.File("model.pt", 6_900, "")  # its exact size is not published either
ARTIFACT = catalog.Artifact("toy", "Toy model", "MIT", "made here", (FILE,), repo="team/toy", revision="0" * 40)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("FUNAUDIO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setitem(catalog.ARTIFACTS, "toy", ARTIFACT)
    settings.read.cache_clear()
    sources._probe_hub.cache_clear()
    yield tmp_path / "home"
    monkeypatch.undo()
    settings.read.cache_clear()
    sources._probe_hub.cache_clear()


class Hub:
    """Local hub with the interface of the real one; `asked` holds the method of each request for the file."""

    def __init__(self, etag: str, content: bytes = CONTENT) -> None:
        hub = self
        self.asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self._answer()

            def do_GET(self) -> None:
                self._answer()
                self.wfile.write(content)

            def _answer(self) -> None:
                if self.path != "/":
                    assert self.path == f"/team/toy/resolve/{ARTIFACT.revision}/model.pt"
                    hub.asked.append(self.command)
                self.send_response(200)
                headers = {"Content-Length": str(len(content)), "ETag": '"0"', "X-Repo-Commit": ARTIFACT.revision}
                for name, value in (headers | ({"X-Linked-Etag": f'"{etag}"'} if etag else {})).items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Log nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def answering(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Hub]]:
    """Return a function that starts a local hub and points the client at it."""
    hubs: list[Hub] = []

    def make(etag: str, content: bytes = CONTENT) -> Hub:
        hubs.append(Hub(etag, content))
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hubs[-1].address)
        template = hubs[-1].address + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr("huggingface_hub.file_download.HUGGINGFACE_CO_URL_TEMPLATE", template, raising=False)
        settings.read.cache_clear()
        sources._probe_hub.cache_clear()
        return hubs[-1]

    yield make
    for hub in hubs:
        hub.server.shutdown()
        hub.server.server_close()


def in_cache(tmp_path: Path, content: bytes = CONTENT, *, linked: bool = True) -> None:
    """Put the file into the hub's cache: as a link to a blob named by its hash, or as a plain file."""
    repo = tmp_path / "hub" / "models--team--toy"
    snapshot = repo / "snapshots" / ARTIFACT.revision
    snapshot.mkdir(parents=True)
    if not linked:
        (snapshot / "model.pt").write_bytes(content)
        return
    (repo / "blobs").mkdir()
    (repo / "blobs" / HASH).write_bytes(content)
    (snapshot / "model.pt").symlink_to(repo / "blobs" / HASH)


def test_the_hubs_record_is_believed_once_and_kept(home: Path, answering: Callable[..., Hub]) -> None:
    hub = answering(HASH)
    assert store.download_size("toy") == FILE.size
    path = store.artifact_dir("toy") / "model.pt"
    assert path.read_bytes() == CONTENT
    assert checksums.hash_path(path).read_text() == f"{HASH}  model.pt\n"
    assert store.download_size("toy") == 0
    store.artifact_dir("toy")
    assert hub.asked.count("GET") == 1


def test_what_changes_afterwards_is_refused_and_fetched_again(home: Path, answering: Callable[..., Hub]) -> None:
    hub = answering(HASH)
    path = store.artifact_dir("toy") / "model.pt"
    path.write_bytes(b"x" + CONTENT[1:])
    assert (store.artifact_dir("toy") / "model.pt").read_bytes() == CONTENT
    assert hub.asked.count("GET") == 2


def test_another_file_under_the_same_name_is_never_believed(home: Path, answering: Callable[..., Hub]) -> None:
    answering(HASH)
    path = store.artifact_dir("toy") / "model.pt"
    path.unlink()
    answering(hashlib.sha256(b"evil").hexdigest(), b"evil")
    with pytest.raises(WeightsMissing, match=r"wrong hash of model\.pt"):
        store.artifact_dir("toy")
    answering(HASH)
    assert (store.artifact_dir("toy") / "model.pt").read_bytes() == CONTENT


def test_a_damaged_record_is_none(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    checksums.hash_path(path).write_bytes(b"\xff\x00" * 40)
    assert checksums.expected_hash(path, FILE) == ""


def test_a_download_that_is_not_what_the_record_says_is_never_kept(home: Path, answering: Callable[..., Hub]) -> None:
    answering(HASH, b"evil")
    with pytest.raises(WeightsMissing, match=r"wrong hash of model\.pt"):
        store.artifact_dir("toy")
    assert not list((home / "weights").rglob("model.pt*"))


@pytest.mark.parametrize("etag", ["", "9a0364b9e99bb480dd25e1f0284c8555"])
def test_a_file_without_a_sha256_on_the_hub_is_not_fetched(
    home: Path, answering: Callable[..., Hub], etag: str
) -> None:
    hub = answering(etag)
    with pytest.raises(WeightsMissing, match=r"Hugging Face provides no SHA-256 for model\.pt"):
        store.artifact_dir("toy")
    assert set(hub.asked) == {"HEAD"}


def test_the_hubs_cache_tells_the_record_too(home: Path, tmp_path: Path) -> None:
    in_cache(tmp_path)
    assert store.download_size("toy") == 0
    path = store.artifact_dir("toy") / "model.pt"  # offline
    assert checksums.expected_hash(path, FILE) == HASH


def test_a_damaged_blob_is_refused(home: Path, tmp_path: Path) -> None:
    in_cache(tmp_path, b"damaged")
    with pytest.raises(WeightsMissing, match=r"wrong hash of model\.pt"):
        store.artifact_dir("toy")


def test_a_plain_file_in_the_cache_needs_the_hub_once(
    home: Path, tmp_path: Path, answering: Callable[..., Hub]
) -> None:
    in_cache(tmp_path, linked=False)
    with pytest.raises(WeightsMissing, match="Hugging Face can't be reached"):
        store.artifact_dir("toy")
    hub = answering(HASH)
    assert (store.artifact_dir("toy") / "model.pt").read_bytes() == CONTENT
    assert set(hub.asked) == {"HEAD"}


def test_a_folder_of_ones_own_tells_the_hash_beside_the_file(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tmp_path / "mine" / "toy"
    mine.mkdir(parents=True)
    (mine / "model.pt").write_bytes(CONTENT)
    monkeypatch.setenv("FUNAUDIO_WEIGHTS_DIR", str(mine.parent))
    settings.read.cache_clear()
    with pytest.raises(WeightsMissing, match=r"model\.pt\.sha256 must contain its SHA-256"):
        store.artifact_dir("toy")
    checksums.hash_path(mine / "model.pt").write_text(HASH)
    assert store.artifact_dir("toy") == mine
