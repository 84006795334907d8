"""Stored results of the lite models on the example clips: the demonstration of the page."""

from __future__ import annotations

from typing import Any

from funaudio_core.evaluation import protocols, tables
from funaudio_core.evaluation.protocols import DEFAULT_PROTOCOL
from funaudio_core.evaluation.results import ResultFile
from funaudio_core.evaluation.scoring import score_file
from funaudio_core.voices.examples import FOLDER

STORED_RESULTS = FOLDER / "evaluation"  # python -m funaudio_core.evaluate run examples --out examples_audio/evaluation


def stored_results() -> list[ResultFile]:
    """Return the stored results of the lite models on the example clips."""
    return [ResultFile.open(path) for path in sorted(STORED_RESULTS.glob("*.jsonl"))]


def stored_scores() -> list[dict[str, Any]]:
    """Return the scores of stored_results(), for the start page."""
    found = ((file, score_file(file, protocols.protocol(DEFAULT_PROTOCOL))[0]) for file in stored_results())
    return [
        {
            "system": tables.system_label(file.card),
            "task": file.card.task,
            "date": file.card.date[:10],
            "utterances": score.utterances,
            "languages": len({result.language for result in file.results()}),
            "measure": score.measure,
            "rate": score.rate,
        }
        for file, score in found
    ]
