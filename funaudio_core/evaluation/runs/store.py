"""Stored runs: created for an owner, opened by their ids, and found by the process that works on them."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from funaudio_core import audio
from funaudio_core.engines.protocols import RECOGNITION_RATE
from funaudio_core.errors import BadInput
from funaudio_core.evaluation.items import DataSet, Item
from funaudio_core.evaluation.run_card import make_card
from funaudio_core.evaluation.runs.stored_run import (
    CARDS,
    ITEMS,
    JOB_KIND,
    RUNNING,
    SCORES_SECTION,
    STATE,
    StoredRun,
    items_document,
    state_row,
)
from funaudio_core.evaluation.systems import RECOGNITION, System
from funaudio_core.runtime import jobs
from funaudio_core.runtime.jobs import Json
from funaudio_core.types import Pcm16

LIFETIME_SECONDS = 24 * 3600.0  # after the last use
MAX_ACTIVE = 3  # runs of an owner that are worked on or wait
_creation = threading.Lock()


def create_run(
    data_set: DataSet,
    systems: Sequence[System],
    max_seconds: float,
    protocol: str,
    group_by: str = "",
    section: str = SCORES_SECTION,
    owner: str = "",
) -> StoredRun:
    """Store a run in the state RUNNING.

    Args:
        data_set: The data set. For recognition, its recordings are decoded and kept with the run.
        systems: Systems of one task.
        max_seconds: Longest sound of all recordings together.
        protocol: Name of the scoring protocol under which the results are shown.
        group_by: See scoring.score_file().
        section: SCORES_SECTION or ROBUSTNESS_SECTION.
        owner: Hash of the account that the run is counted for; "" for none, which has no limit.

    Raises:
        BadInput: A recording can't be read or is missing, they are too long, or the owner has MAX_ACTIVE runs.
        FunAudioError: The disk is full, or the jobs take up all that they may.
    """
    task = systems[0].task
    arrays = _decode(data_set.items, max_seconds) if task == RECOGNITION else {}
    request: Json = {
        "kind": JOB_KIND,
        "section": section,
        "owner": owner,
        "task": task,
        "protocol": protocol,
        "group_by": group_by,
        "num_items": len(data_set.items),
    }
    documents: dict[str, Json] = {
        STATE: state_row(RUNNING),
        CARDS: {"cards": [asdict(make_card(system, data_set)) for system in systems]},
        ITEMS: items_document(data_set.items),
    }
    with _creation:
        if owner and len(find_active(owner)) >= MAX_ACTIVE:
            raise BadInput(
                "{count} evaluations of yours are under way. Wait for one of them, or stop it.", count=MAX_ACTIVE
            )
        total = len(data_set.items) * len(systems)
        return StoredRun(jobs.create(request, total, arrays, documents, LIFETIME_SECONDS))


def open_run(id_: str) -> StoredRun:
    """Return the run with this id, whose lifetime starts anew. Raise BadInput if it doesn't exist any more."""
    job = jobs.get(id_)
    if job.request.get("kind") != JOB_KIND:
        raise BadInput("This job has expired. Please start again.")
    job.touch()
    return StoredRun(job)


def find_active(owner: str | None = None) -> list[StoredRun]:
    """Return the runs in the state RUNNING, the one that waits longest first. owner: None for those of everybody."""
    found = []
    for run in _find_all(owner):
        try:
            if run.state == RUNNING:
                found.append((run.active_since, run))
        except BadInput:  # deleted meanwhile
            continue
    return [run for _, run in sorted(found, key=lambda row: row[0])]


def find_latest(owner: str, section: str) -> StoredRun | None:
    """Return the run of an owner in a section whose state changed last; None without any."""
    found = []
    for run in _find_all(owner):
        try:
            if run.section == section:
                found.append((run.active_since, run))
        except BadInput:  # deleted meanwhile
            continue
    return max(found, key=lambda row: row[0])[1] if found else None


def _find_all(owner: str | None) -> list[StoredRun]:
    runs = map(StoredRun, jobs.find_all(JOB_KIND))
    return [run for run in runs if owner is None or run.owner == owner]


def _decode(items: Sequence[Item], max_seconds: float) -> Mapping[str, Pcm16]:
    """Return the recordings by the names of their arrays."""
    arrays: dict[str, Pcm16] = {}
    seconds = 0.0
    for number, item in enumerate(items):
        if item.audio is None:
            raise BadInput("{id} has no recording.", id=item.id)
        clip = audio.load(item.audio, max_seconds, RECOGNITION_RATE)
        seconds += clip.duration
        if seconds > max_seconds:
            raise BadInput(
                "The recordings are longer than {minutes:.0f} minutes together. Use fewer, or the command line.",
                minutes=max_seconds / 60,
            )
        arrays[f"clip{number}"] = clip.pcm16()
    return arrays
