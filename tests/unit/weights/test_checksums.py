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


class LocalHub:
    """Local hub with the interface of the real one; `requests` holds the method of each request for the file."""

    def __init__(self, etag: str, content: bytes = CONTENT) -> None:
        hub = self
        self.requests: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self._answer()

            def do_GET(self) -> None:
                self._answer()
                self.wfile.write(content)

            def _answer(self) -> None:
                if self.path != "/":
                    assert self.path == f"/team/toy/resolve/{ARTIFACT.revision}/model.pt"
                    hub.requests.append(self.command)
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
def start_hub(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., LocalHub]]:
    """Return a function that starts a local hub and points the client at it."""
    hubs: list[LocalHub] = []

    def make(etag: str, content: bytes = CONTENT) -> LocalHub:
        hubs.append(LocalHub(etag, content))
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


def write_to_cache(tmp_path: Path, content: bytes = CONTENT, *, linked: bool = True) -> None:
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


def test_hash_of_the_hub_is_trusted_once_and_stored(home: Path, start_hub: Callable[..., LocalHub]) -> None:
    hub = start_hub(HASH)
    assert store.download_size("toy") == FILE.size
    path = store.artifact_dir("toy") / "model.pt"
    assert path.read_bytes() == CONTENT
    assert checksums.hash_path(path).read_text() == f"{HASH}  model.pt\n"
    assert store.download_size("toy") == 0
    store.artifact_dir("toy")
    assert hub.requests.count("GET") == 1


def test_file_that_changed_is_downloaded_again(home: Path, start_hub: Callable[..., LocalHub]) -> None:
    hub = start_hub(HASH)
    path = store.artifact_dir("toy") / "model.pt"
    path.write_bytes(b"x" + CONTENT[1:])
    assert (store.artifact_dir("toy") / "model.pt").read_bytes() == CONTENT
    assert hub.requests.count("GET") == 2


def test_other_content_under_the_same_name_is_refused(home: Path, start_hub: Callable[..., LocalHub]) -> None:
    start_hub(HASH)
    path = store.artifact_dir("toy") / "model.pt"
    path.unlink()
    start_hub(hashlib.sha256(b"evil").hexdigest(), b"evil")
    with pytest.raises(WeightsMissing, match=r"wrong hash of model\.pt"):
        store.artifact_dir("toy")
    start_hub(HASH)
    assert (store.artifact_dir("toy") / "model.pt").read_bytes() == CONTENT


def test_damaged_hash_file_is_ignored(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    checksums.hash_path(path).write_bytes(b"\xff\x00" * 40)
    assert checksums.expected_hash(path, FILE) == ""


def test_download_with_a_wrong_hash_is_not_kept(home: Path, start_hub: Callable[..., LocalHub]) -> None:
    start_hub(HASH, b"evil")
    with pytest.raises(WeightsMissing, match=r"wrong hash of model\.pt"):
        store.artifact_dir("toy")
    assert not list((home / "weights").rglob("model.pt*"))


@pytest.mark.parametrize("etag", ["", "9a0364b9e99bb480dd25e1f0284c8555"])
def test_file_without_a_sha256_on_the_hub_is_not_downloaded(
    home: Path, start_hub: Callable[..., LocalHub], etag: str
) -> None:
    hub = start_hub(etag)
    with pytest.raises(WeightsMissing, match=r"Hugging Face provides no SHA-256 for model\.pt"):
        store.artifact_dir("toy")
    assert set(hub.requests) == {"HEAD"}


def test_hash_is_read_from_the_hubs_cache(home: Path, tmp_path: Path) -> None:
    write_to_cache(tmp_path)
    assert store.download_size("toy") == 0
    path = store.artifact_dir("toy") / "model.pt"  # offline
    assert checksums.expected_hash(path, FILE) == HASH


def test_damaged_blob_in_the_cache_is_refused(home: Path, tmp_path: Path) -> None:
    write_to_cache(tmp_path, b"damaged")
    with pytest.raises(WeightsMissing, match=r"wrong hash of model\.pt"):
        store.artifact_dir("toy")


def test_plain_file_in_the_cache_needs_the_hub_once(
    home: Path, tmp_path: Path, start_hub: Callable[..., LocalHub]
) -> None:
    write_to_cache(tmp_path, linked=False)
    with pytest.raises(WeightsMissing, match="Hugging Face can't be reached"):
        store.artifact_dir("toy")
    hub = start_hub(HASH)
    assert (store.artifact_dir("toy") / "model.pt").read_bytes() == CONTENT
    assert set(hub.requests) == {"HEAD"}


def test_local_folder_needs_a_hash_file(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "mine" / "toy"
    folder.mkdir(parents=True)
    (folder / "model.pt").write_bytes(CONTENT)
    monkeypatch.setenv("FUNAUDIO_WEIGHTS_DIR", str(folder.parent))
    settings.read.cache_clear()
    with pytest.raises(WeightsMissing, match=r"model\.pt\.sha256 must contain its SHA-256"):
        store.artifact_dir("toy")
    checksums.hash_path(folder / "model.pt").write_text(HASH)
    assert store.artifact_dir("toy") == folder
