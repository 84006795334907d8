"""Data set of the example clips, for recognition, and of their texts, for synthesis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput
from funaudio_core.evaluation.items import DataSet, Item
from funaudio_core.voices.examples import EXAMPLES

NAME = "examples"


def example_set(engines: Sequence[EngineSpec[Any]]) -> DataSet:
    """Return the example clips in languages that all engines support. Raise BadInput if there are none."""
    rows = [row for row in EXAMPLES if all(row.language in spec.languages for spec in engines)]
    if not rows:
        raise BadInput("The selected models have no language in common. Select others, or upload your own files.")
    items = (Item(row.file, row.path, row.text, row.language, tags={"emotion": row.emotion}) for row in rows)
    return DataSet(NAME, tuple(items))
