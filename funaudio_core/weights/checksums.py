"""Hashes that nobody has published: what the hub records of a file, kept beside our copy of it. Fetches no file."""

from __future__ import annotations

import re
from pathlib import Path

from funaudio_core.errors import WeightsMissing
from funaudio_core.weights.catalog import Artifact, File

SUFFIX = ".sha256"  # of the file that holds the hash, beside the one that it is of
_SHA256 = re.compile(r"[0-9a-f]{64}")


def hash_path(path: Path) -> Path:
    """Where the hash of the file at `path` is kept."""
    return path.with_name(path.name + SUFFIX)


def expected_hash(path: Path, file: File) -> str:
    """The SHA-256 that the file at `path` must have; "" where it is neither published nor kept yet."""
    stored = hash_path(path)
    if file.sha256 or not stored.is_file():
        return file.sha256
    found = _SHA256.match(stored.read_text(encoding="ascii", errors="replace"))
    return found[0] if found else ""


def write_hash(path: Path, sha256: str) -> None:
    """From now on the file at `path` must have this hash. Written as sha256sum writes it."""
    hash_path(path).write_text(f"{sha256}  {path.name}\n", encoding="ascii")


def cached_hash(cached: Path) -> str:
    """The SHA-256 by which the hub's cache files what it holds at `cached`, a link; "" where it holds no such link."""
    blob = cached.resolve().name
    return blob if _SHA256.fullmatch(blob) else ""


def hub_hash(artifact: Artifact, file: File) -> str:
    """The SHA-256 that the hub records of the file at the artifact's revision.

    Raises WeightsMissing where it records none (of files outside its large file storage), whatever the hub raises where
    it does not answer.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    url = hf_hub_url(artifact.repo, file.remote or file.name, revision=artifact.revision)
    etag = get_hf_file_metadata(url).etag or ""
    if not _SHA256.fullmatch(etag):
        raise WeightsMissing("Hugging Face provides no SHA-256 for {file}, so it can't be verified", file=file.name)
    return etag
