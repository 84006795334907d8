"""SHA-256 sums of files for which none is published: recorded from the hub and stored beside the file."""

from __future__ import annotations

import re
from pathlib import Path

from funaudio_core.errors import WeightsMissing
from funaudio_core.weights.catalog import Artifact, File

SUFFIX = ".sha256"  # appended to the name of the hashed file
_SHA256 = re.compile(r"[0-9a-f]{64}")


def hash_path(path: Path) -> Path:
    """Return the path of the file that stores the hash of `path`."""
    return path.with_name(path.name + SUFFIX)


def expected_hash(path: Path, file: File) -> str:
    """Return the SHA-256 that the file at `path` must have; "" if none is published or stored yet."""
    stored = hash_path(path)
    if file.sha256 or not stored.is_file():
        return file.sha256
    found = _SHA256.match(stored.read_text(encoding="ascii", errors="replace"))
    return found[0] if found else ""


def write_hash(path: Path, sha256: str) -> None:
    """Store the SHA-256 that the file at `path` must have, in the format of sha256sum."""
    hash_path(path).write_text(f"{sha256}  {path.name}\n", encoding="ascii")


def cached_hash(cached: Path) -> str:
    """Return the SHA-256 by which the hub's cache names the file behind the link `cached`; "" if there is none."""
    blob = cached.resolve().name
    return blob if _SHA256.fullmatch(blob) else ""


def hub_hash(artifact: Artifact, file: File) -> str:
    """Return the SHA-256 that the hub records for a file at the artifact's revision.

    Raises:
        WeightsMissing: The hub records none; it does so only for files in its large file storage.
        Exception: Errors of the hub's client.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    url = hf_hub_url(artifact.repo, file.remote or file.name, revision=artifact.revision)
    etag = get_hf_file_metadata(url).etag or ""
    if not _SHA256.fullmatch(etag):
        raise WeightsMissing("Hugging Face provides no SHA-256 for {file}, so it can't be verified", file=file.name)
    return etag
