"""Recordings of the visitor's in a run: kept with it, and cut into clips."""

from __future__ import annotations

from collections.abc import Generator

from funaudio_core.training.data.clip_rows import ClipRow
from funaudio_core.training.data.preparation import PreparationOptions, Recording, load_clip, prepare_clips
from funaudio_core.training.runs.stored_run import StoredRun, upload_path
from funaudio_core.training.words import MAX_CLIP_SECONDS


def next_recording(run: StoredRun) -> int | None:
    """Return the number of the next recording to cut, or None."""
    numbers = range(len(run.job.request["uploads"]))
    return next((number for number in numbers if not run.job.has_part(f"recording{number}")), None)


def add_clips(run: StoredRun, number: int) -> Generator[None]:
    """Cut a recording into clips, transcribe and check them; yield after each piece of work.

    Raises:
        BadInput: It can't be decoded.
    """
    row = run.job.request["uploads"][number]
    recording = Recording(row["name"], upload_path(run.job, number), row["text"], run.plan.language)
    rows: tuple[ClipRow, ...] = ()
    for step in prepare_clips([recording], PreparationOptions(run.plan.language)):
        rows = step.rows
        yield
    done = sum(clip.source == recording.name for clip in run.clips())  # by a process that was killed
    for clip in rows[done:]:
        sound = load_clip(clip, [recording])
        reason = "" if clip.kept else clip.reason
        if sound.duration > MAX_CLIP_SECONDS:
            reason = "long"
        run.add_clip(sound, clip.text, recording.name, is_own=True, reason=reason)
        yield
    run.job.save_part({}, {}, f"recording{number}")
