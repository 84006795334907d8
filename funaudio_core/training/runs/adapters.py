"""Engines that runs have made or visitors have added: their lifetime and their deletion."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from funaudio_core.errors import BadInput
from funaudio_core.runtime import jobs
from funaudio_core.training.runs.added import delete_added, keep_added
from funaudio_core.training.runs.stored_run import JOB_KIND, StoredRun
from funaudio_core.training.runs.trainer import words_trainer


def delete_run(run: StoredRun) -> None:
    """Stop a run and delete its clips, features and adapter from the disk."""
    result = run.result()
    run.stop()
    if result is not None:
        words_trainer().delete_adapter(result.engine)
    run.delete()


def delete_engine(name: str) -> None:
    """Delete the adapter of an engine, with the run that made it if there is one."""
    delete_added(name)
    for run in _runs_of((name,)):
        delete_run(run)


def keep_engines(names: Collection[str]) -> None:
    """Start the lifetime of the runs anew that made these engines, and of the adapters that were added as these."""
    keep_added(names)
    for run in _runs_of(names):
        run.job.touch()


def _runs_of(names: Collection[str]) -> Iterator[StoredRun]:
    """Yield the runs that made these engines."""
    for job in jobs.find_all(JOB_KIND) if names else ():
        try:
            run = StoredRun(job)
            if (result := run.result()) is not None and result.engine in names:
                yield run
        except BadInput:  # deleted meanwhile
            continue
