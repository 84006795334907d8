"""Run that is kept on disk: its plan, the clips with the visitor's changes, the progress and the result."""

from __future__ import annotations

import hashlib
import shutil
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from funaudio_core.errors import BadInput
from funaudio_core.message import Message
from funaudio_core.runtime import jobs
from funaudio_core.runtime.jobs import Job
from funaudio_core.training.runs.model import (
    ACTIVE_STATES,
    BY_VISITOR,
    FAILED,
    REVIEW,
    SPEAKING,
    STOPPED,
    TRAINING,
    Clip,
    Progress,
    RunPlan,
    RunStatus,
    Upload,
)
from funaudio_core.training.runs.trainer import trainer_name
from funaudio_core.training.words.model import HeldOutText, Measures, TermResult, WordsResult
from funaudio_core.types import Audio

JOB_KIND = "words 1"  # version of the stored format
LIFETIME_SECONDS = 24 * 3600.0  # after the last use
STOP_SECONDS = 30.0  # for the current step to end
_STATE, _EDITS, _PROGRESS, _RESULT = "state", "edits", "progress", "result"  # documents
_CLIP, _SOUND = "clip", "sound"  # start of the key of a part, and its array
_transition = threading.Lock()  # of states


class StoredRun:
    """Stored run. All changes are on disk when a method returns; objects of the same id are interchangeable.

    Each method raises BadInput if the run was deleted.

    Attributes:
        job: The stored job.
        plan: What is learned.
    """

    def __init__(self, job: Job) -> None:
        """Wrap a stored job."""
        self.job = job
        self.plan = RunPlan.from_json(job.request["plan"])

    @property
    def id(self) -> str:
        """Return the random id, which opens the run to anyone who has it."""
        return self.job.id

    @property
    def folder(self) -> Path:
        """Return the folder of the training, which is deleted with the run."""
        return self.job.file_path("training")

    @property
    def state(self) -> str:
        """Return the state; see model."""
        return str(self.job.load_document(_STATE)["state"])

    @property
    def active_since(self) -> float:
        """Return the time from which the run waits for its turn, in epoch seconds."""
        return float(self.job.load_document(_STATE)["since"])

    def status(self) -> RunStatus:
        """Return the state; it costs milliseconds, so a page may ask every second."""
        row = self.job.load_document(_STATE)
        message = Message(row["template"], **row["values"]) if row["template"] else Message("")
        is_waiting = row["state"] in ACTIVE_STATES and any(run.id != self.id for run in find_active()[:1])
        clips = len(self._clip_rows())
        return RunStatus(row["state"], message, clips, len(self.plan.sentences), self.progress(), is_waiting)

    def change_state(self, state: str, allowed: Collection[str], message: Message | None = None) -> bool:
        """Change the state if it is one of those that are allowed; return whether it was."""
        with _transition:
            before = self.job.load_document(_STATE)
            if before["state"] not in allowed:
                return False
            row = _state_row(state, message)
            if before["state"] in ACTIVE_STATES and state in ACTIVE_STATES:
                row["since"] = before["since"]
            row["stopped"] = before["state"] if state in (STOPPED, FAILED) else ""
            self.job.save_document(_STATE, row)
            return True

    def stop(self) -> None:
        """Stop what runs; go_on() goes on. Raise BadInput if the current step doesn't end in time."""
        if self.change_state(STOPPED, ACTIVE_STATES):
            with self.job.lock(STOP_SECONDS):
                pass

    def go_on(self) -> bool:
        """Go on after a stop or an error; return whether there was something to go on with."""
        stopped = self.job.load_document(_STATE)["stopped"]
        return bool(stopped) and self.change_state(stopped, (STOPPED, FAILED))

    def start_training(self) -> bool:
        """Begin to train with the clips that are kept; return whether the run waited for that."""
        if self.state == REVIEW:
            require_clips(self.clips())
        return self.change_state(TRAINING, (REVIEW,))

    def clips(self) -> list[Clip]:
        """Return the clips with the visitor's changes."""
        edits = self.job.load_document(_EDITS)
        return [_edited(Clip(**row), edits.get(str(row["number"]))) for row in self._clip_rows()]

    def add_clip(self, sound: Audio, text: str, source: str, *, is_own: bool = False, reason: str = "") -> Clip:
        """Save a clip, which is kept unless there is a reason against it."""
        number = len(self._clip_rows())
        clip = Clip(number, text, source, is_own, sound.duration, is_kept=not reason, reason=reason)
        self.job.save_part({"rate": sound.rate}, {_SOUND: sound.pcm16()}, f"{_CLIP}{number}", asdict(clip))
        return clip

    def change_clip(self, number: int, text: str, *, is_kept: bool) -> None:
        """Change the words of a clip, and whether it is used.

        Raises:
            BadInput: There is no such clip, a clip that is kept has no words, or the training has begun.
        """
        if self.state != REVIEW:
            raise BadInput("The training has begun, so the clips can't be changed any more. Start a new run.")
        if not self.job.has_part(f"{_CLIP}{number}"):
            raise BadInput("There is no clip {number}. Reload the page.", number=number + 1)
        if is_kept and not text.strip():
            raise BadInput("Clip {number} has no words. Write what is said, or leave it out.", number=number + 1)
        edits = self.job.load_document(_EDITS)
        self.job.save_document(_EDITS, {**edits, str(number): {"text": text.strip(), "is_kept": is_kept}})

    def clip_sound(self, number: int) -> Audio:
        """Return the sound of a clip. Raise BadInput if there is none."""
        row, arrays = self.job.load_part(f"{_CLIP}{number}")
        return Audio.from_pcm16(arrays[_SOUND], row["rate"])

    def progress(self) -> Progress:
        """Return the progress of the training."""
        return Progress.from_json(self.job.load_document(_PROGRESS))

    def save_progress(self, progress: Progress) -> None:
        """Save the progress of the training."""
        self.job.save_document(_PROGRESS, asdict(progress))

    def result(self) -> WordsResult | None:
        """Return the result, if there is one."""
        if not self.job.document_version(_RESULT):
            return None
        return read_result(self.job.load_document(_RESULT))

    def save_result(self, result: WordsResult) -> None:
        """Save the result."""
        self.job.save_document(_RESULT, {**asdict(result), "adapter": str(result.adapter)})

    def delete(self) -> None:
        """Stop the run and delete all of it."""
        self.change_state(STOPPED, ACTIVE_STATES)
        with self.job.lock(STOP_SECONDS):
            self.job.delete()

    def _clip_rows(self) -> list[dict[str, Any]]:
        return [row for key, row in self.job.summaries().items() if key.startswith(_CLIP)]


def create_run(plan: RunPlan, account: str, uploads: Sequence[Upload] = (), consent: str = "") -> StoredRun:
    """Store a run in the state SPEAKING.

    Args:
        plan: The plan.
        account: Account of the visitor, who may have one active run.
        uploads: Recordings of the visitor's, which are kept with the run.
        consent: Sentence that the visitor agreed to, kept with the recordings.

    Raises:
        BadInput: The visitor has an active run, or a recording is gone.
        FunAudioError: The disk is full, or the jobs take up all that they may.
    """
    owner = hashlib.sha256(account.encode()).hexdigest()  # of a network address or a login
    with _transition:
        if any(run.job.request["owner"] == owner for run in find_active()):
            raise BadInput("A training of yours is under way. Wait for it, or stop it.")
        rows = [{"name": upload.name, "text": upload.text} for upload in uploads]
        request = {
            "kind": JOB_KIND,
            "trainer": trainer_name(),
            "plan": asdict(plan),
            "owner": owner,
            "uploads": rows,
            "consent": consent,
        }
        documents = {_STATE: _state_row(STOPPED), _EDITS: {}, _PROGRESS: asdict(Progress())}
        job = jobs.create(request, 0, documents=documents, lifetime_seconds=LIFETIME_SECONDS)
        try:
            for number, upload in enumerate(uploads):
                _copy(upload, upload_path(job, number))
            job.count_files()
            job.save_document(_STATE, _state_row(SPEAKING))
        except BaseException:
            job.delete()
            raise
    return StoredRun(job)


def upload_path(job: Job, number: int) -> Path:
    """Return the path of a recording in a job, with which it is deleted."""
    return job.file_path(f"upload{number}")


def open_run(id_: str) -> StoredRun:
    """Return the run with this id, whose lifetime starts anew. Raise BadInput if it doesn't exist any more."""
    job = jobs.get(id_)
    if job.request.get("kind") != JOB_KIND:
        raise BadInput("This job has expired. Please start again.")
    job.touch()
    return StoredRun(job)


def find_active() -> list[StoredRun]:
    """Return the runs in which the background works or is to work, the one that waits longest first."""
    found = []
    for job in jobs.find_all(JOB_KIND):
        try:
            run = StoredRun(job)
            if run.state in ACTIVE_STATES and job.request["trainer"] == trainer_name():
                found.append((run.active_since, run))
        except BadInput:  # deleted meanwhile
            continue
    return [run for _, run in sorted(found, key=lambda row: row[0])]


def require_clips(clips: Sequence[Clip]) -> None:
    """Raise BadInput if no clip is kept."""
    if not any(clip.is_kept for clip in clips):
        raise BadInput("No clip is kept. Keep some of them.")


def read_result(row: dict[str, Any]) -> WordsResult:
    """Return a result that was saved."""
    return WordsResult(
        **{
            **row,
            "adapter": Path(row["adapter"]),
            "before": Measures(**row["before"]),
            "after": Measures(**row["after"]),
            "terms": tuple(TermResult(**each) for each in row["terms"]),
            "texts": tuple(HeldOutText(**each) for each in row["texts"]),
        }
    )


def _state_row(state: str, message: Message | None = None) -> dict[str, Any]:
    """Return the document of a state."""
    template, values = (message.template, message.values) if message else ("", {})
    return {"state": state, "template": template, "values": values, "since": time.time(), "stopped": ""}


def _copy(upload: Upload, path: Path) -> None:
    try:
        shutil.copyfile(upload.path, path)
    except FileNotFoundError:
        raise BadInput("{file} was deleted after a while. Choose it again.", file=upload.name) from None


def _edited(clip: Clip, edit: dict[str, Any] | None) -> Clip:
    """Return a clip with the visitor's changes."""
    if edit is None:
        return clip
    reason = "" if edit["is_kept"] else clip.reason or BY_VISITOR
    return replace(clip, text=edit["text"], is_kept=edit["is_kept"], reason=reason)
