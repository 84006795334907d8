"""Endpoints and MCP tools: begin a training of names and terms, ask how it is going, take the result, delete it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from funaudio_core.errors import BadInput
from funaudio_core.training.runs import added
from funaudio_core.training.runs.adapters import delete_engine, delete_run
from funaudio_core.training.runs.model import FAILED, STOPPED
from funaudio_core.training.runs.stored_run import open_run
from server import admission
from server.params import FilePath
from server.request import account_id
from server.sessions import track_upload
from tabs.components.outputs import safe_name, write_file
from tabs.train.adapter_panel import pack_adapter
from tabs.train.data_panel import WordsRequest
from tabs.train.run_panel import begin_run


def train_words(terms: str, language: str = "en", sentences: str = "") -> tuple[str, dict[str, Any]]:
    """Begin to teach a recognizer names and terms; it goes on in the background and takes minutes.

    Args:
        terms: Names and terms that the recognizer gets wrong, one a line.
        language: ISO 639 code of the sentences, such as "en" or "zh".
        sentences: Sentences with these terms that our voices speak, one a line; empty to have them written.

    Returns:
        The id of the training, for training_progress and training_result, and the sentences. Who has the id can use
        and delete the training. It is deleted 24 hours after its last use.
    """
    run = begin_run(WordsRequest(terms, language, sentences), has_review=False)
    return run.id, {"terms": list(run.plan.terms), "sentences": [each.text for each in run.plan.sentences]}


def training_progress(training: str) -> tuple[str, dict[str, Any]]:
    """Tell how a training is going.

    Args:
        training: Id of the training, from train_words.

    Returns:
        Its state: "speaking" (the clips are made), "review" (it waits for its visitor), "training", "stopped",
        "finished" or "failed"; and its progress: clips, phase, losses, the measures of each epoch, and the seconds
        that are left (null if unknown).
    """
    run = open_run(training)
    status = run.status()
    facts = {
        "clips": status.clips,
        "total_clips": status.total_clips,
        "is_waiting": status.is_waiting,
        "message": str(status.message),
        **asdict(status.progress),
    }
    return status.state, facts


def training_result(training: str) -> tuple[FilePath, dict[str, Any]]:
    """Return the recognizer that a training made.

    Args:
        training: Id of the training, from train_words.

    Returns:
        The adapter with its card as a ZIP archive; and its facts: the name by which `recognize` takes it as engine,
        the measures before and after on held-out sentences, each term, and what was recognized before and after.
    """
    run = open_run(training)
    result = run.result()
    if result is None:
        if run.state in (STOPPED, FAILED):
            raise BadInput("This training has stopped. Go on with it on the page, or begin another one.")
        raise BadInput("This training isn't finished. Ask training_progress, and try again later.")
    facts = {**asdict(result), "adapter": result.adapter.name}
    return write_file(pack_adapter(result), f"{safe_name(result.title, 'adapter')}.zip"), facts


def delete_training(training: str) -> str:
    """Stop a training and delete its clips, its features and its adapter.

    Args:
        training: Id of the training, from train_words.

    Returns:
        The id.
    """
    delete_run(open_run(training))
    return training


def add_adapter(archive: FilePath) -> tuple[str, dict[str, Any]]:
    """Add an adapter that a training command made, as a model that only you know.

    Args:
        archive: ZIP with adapter.safetensors and adapter.json.

    Returns:
        The name by which the adapter is chosen as engine, for the tools that recognize, speak or answer; and its card:
        base, data, consent, losses. It is deleted 24 hours after its last use.
    """
    admission.check_rate_limit(account_id())
    track_upload(archive)
    found = added.add_adapter([Path(archive)])
    return found.engine, {"title": found.title, **asdict(found.card)}


def delete_adapter(engine: str) -> str:
    """Delete an adapter, and the training that made it if there is one.

    Args:
        engine: Name of its engine, from add_adapter or training_result.

    Returns:
        The name.
    """
    added.find_added(engine)
    delete_engine(engine)
    return engine
