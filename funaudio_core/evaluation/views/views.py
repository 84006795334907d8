"""The views of results by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from funaudio_core.evaluation.results import ResultFile
from funaudio_core.evaluation.views import emotions, latency
from funaudio_core.evaluation.views.grid import Grid

VIEWS: dict[str, Callable[[Sequence[ResultFile]], Grid]] = {
    "latency": latency.latency_grid,
    "emotions": emotions.confusion_grid,
}


def build(name: str, files: Sequence[ResultFile]) -> Grid:
    """Return a view of files of results. name: One of VIEWS."""
    return VIEWS[name](files)
