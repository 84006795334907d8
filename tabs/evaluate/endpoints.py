"""Endpoints and MCP tools of runs: begin one, ask how it is going and for its scores, stop and delete it."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.evaluation import protocols, scoring, tables
from funaudio_core.evaluation.protocols import DEFAULT_PROTOCOL
from funaudio_core.evaluation.runs.background import can_run_in_background
from funaudio_core.evaluation.runs.store import open_run
from funaudio_core.evaluation.runs.stored_run import FINISHED, StoredRun
from funaudio_core.evaluation.systems import RECOGNITION
from funaudio_core.runtime.background import wake_workers
from server.params import AUTO, FilePath, parse_word_list
from tabs.components.outputs import write_file
from tabs.evaluate import report
from tabs.evaluate.controls import FILES_DATA, EvaluateRequest, engines_of


def start_evaluation(
    data: FilePath,
    task: str = RECOGNITION,
    engines: str = "",
    language: str = AUTO,
    protocol: str = DEFAULT_PROTOCOL,
    group_by: str = "",
) -> tuple[str, dict[str, Any]]:
    """Begin to evaluate models on your data; it goes on in the background.

    Args:
        data: ZIP of recordings with transcripts (.txt) or with a list (JSONL, CSV), up to 200; or a list of texts.
        task: "recognition", or "synthesis" (the texts are spoken and heard again).
        engines: Model ids, such as "whisper-base", up to four, separated by commas; empty for the first one.
        language: ISO 639 code of entries without a language; "auto" to detect it.
        protocol: Scoring rules: "fun-audio-chat", "whisper", "seed-tts-eval" or "suite".
        group_by: "language", "length", "emotion", or a field of the list; empty for no groups.

    Returns:
        The id of the evaluation, for evaluation_progress, and the run cards. Who has the id can hear, stop and delete
        it. It is deleted 24 hours after its last use.
    """
    if not can_run_in_background():
        raise Unsupported("On ZeroGPU, whose GPUs are lent to visitors, evaluations run on the page. Run it there.")
    names = list(parse_word_list(engines)) or [next(iter(engines_of(task)))]
    protocols.protocol(protocol)
    run = EvaluateRequest(task, names, FILES_DATA, [data], language, protocol, group_by).create_run()
    wake_workers()
    return run.id, {"items": run.num_items, "cards": list(map(asdict, run.cards))}


def evaluation_progress(evaluation: str) -> tuple[str, dict[str, Any]]:
    """Tell how an evaluation is going, with the scores so far.

    Args:
        evaluation: Id of the evaluation, from start_evaluation.

    Returns:
        Its state: "running", "paused", "failed" or "finished"; and its progress: results, failures, the seconds that
        are left (null if unknown), and scores with 95 % intervals, by system and group.
    """
    run = open_run(evaluation)
    status = run.status()
    facts = {
        "done": status.done,
        "total": status.total,
        "failures": status.failures,
        "seconds_left": status.seconds_left,
        "message": str(status.message),
        "scores": _scores(run),
    }
    return status.state, facts


def evaluation_results(evaluation: str) -> tuple[FilePath, dict[str, Any]]:
    """Return the results of a finished evaluation.

    Args:
        evaluation: Id of the evaluation, from start_evaluation.

    Returns:
        ZIP with a file of results for each model, which `python -m funaudio_core.evaluate score` and the page read;
        and the scores.
    """
    run = open_run(evaluation)
    if run.state != FINISHED:
        raise BadInput("This evaluation isn't finished. Ask evaluation_progress, and try again later.")
    with tempfile.TemporaryDirectory() as folder:
        packed = report.pack(run.write_results(Path(folder)))
    return write_file(packed, "results.zip"), {"scores": _scores(run)}


def delete_evaluation(evaluation: str) -> str:
    """Stop an evaluation and delete its recordings and results.

    Args:
        evaluation: Id of the evaluation, from start_evaluation.

    Returns:
        The id.
    """
    open_run(evaluation).delete()
    return evaluation


def _scores(run: StoredRun) -> list[dict[str, Any]]:
    """Return the scores so far as plain values."""
    protocol = protocols.protocol(run.protocol)
    with tempfile.TemporaryDirectory() as folder:
        files = run.write_results(Path(folder))
        rows = [
            tables.Row(file.card, score) for file in files for score in scoring.score_file(file, protocol, run.group_by)
        ]
    found: list[dict[str, Any]] = json.loads(tables.render(rows, protocol, "json"))
    return found
