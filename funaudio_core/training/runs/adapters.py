"""Recognizers that runs have made: their lifetime and their deletion."""

from __future__ import annotations

from collections.abc import Collection

from funaudio_core.errors import BadInput
from funaudio_core.runtime import jobs
from funaudio_core.training.runs.stored_run import JOB_KIND, StoredRun
from funaudio_core.training.runs.trainer import words_trainer


def delete_run(run: StoredRun) -> None:
    """Stop a run and delete its clips, features and adapter from the disk."""
    result = run.result()
    run.stop()
    if result is not None:
        words_trainer().delete_adapter(result.engine)
    run.delete()


def keep_engines(names: Collection[str]) -> None:
    """Start the lifetime of the runs anew that made these recognizers."""
    for job in jobs.find_all(JOB_KIND) if names else ():
        try:
            result = StoredRun(job).result()
            if result is not None and result.engine in names:
                job.touch()
        except BadInput:  # deleted meanwhile
            continue
