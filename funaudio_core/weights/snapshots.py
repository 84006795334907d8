"""Check of the files that the hub's client keeps in its cache."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from funaudio_core.errors import WeightsMissing
from funaudio_core.weights import checksums, store


def require_cached_hashes(paths: Iterable[Path]) -> None:
    """Raise WeightsMissing if a file of the hub's cache has another content than its name there says."""
    for path in paths:
        if store.sha256(path) != checksums.cached_hash(path):
            raise WeightsMissing(
                "{path} doesn't match its hash on Hugging Face, or the cache has no symbolic links. "
                "Delete {folder} and start again.",
                path=str(path),
                folder=str(path.parent.parent.parent),
            )
