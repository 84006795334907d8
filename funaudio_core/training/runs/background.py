"""Background work of training runs: one run at a time, in short parts, when nobody waits in the queue."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from functools import partial

from funaudio_core.message import Message
from funaudio_core.runtime.background import BackgroundWorker, record_error
from funaudio_core.runtime.cancellation import raise_if_cancelled
from funaudio_core.runtime.jobs import Job
from funaudio_core.runtime.queue import Ticket
from funaudio_core.training.runs import own_clips
from funaudio_core.training.runs.model import (
    ACTIVE_STATES,
    FAILED,
    FINISHED,
    REVIEW,
    SPEAKING,
    TRAINING,
    Epoch,
    Progress,
)
from funaudio_core.training.runs.offer import obstacle
from funaudio_core.training.runs.stored_run import StoredRun, find_active, require_clips
from funaudio_core.training.runs.trainer import words_trainer
from funaudio_core.training.words.model import WordsClip, WordsProgress, WordsRequest

SCRATCH = ("features", "run")  # folders of words.training that nothing needs once there is a result
PART_SECONDS = 10.0  # of training between two looks whether somebody waits in the queue
INTERNAL_ERROR = Message("An internal error stopped the training. What is done is kept; press Go on to try again.")


class TrainingWork:
    """Work on the run that waits longest, until it is done, reviewed or stopped; the others wait for it."""

    def __init__(self) -> None:
        """Create the work with nothing in memory."""
        self._running: dict[str, Generator[None]] = {}  # work that is under way, by the id of its run

    def find_jobs(self) -> list[Job]:
        """Return the job of the run to work on, if there is one; free the memory of any other."""
        found = [run.job for run in find_active()[:1]]
        for id_ in self._running.keys() - {job.id for job in found}:
            self._close(id_)
        return found

    def run_part(self, job: Job) -> None:
        """Make a clip, or work for PART_SECONDS. An error stops the run, which keeps its reason."""
        run = StoredRun(job)
        with record_error(partial(run.change_state, FAILED, ACTIVE_STATES), INTERNAL_ERROR):
            try:
                if run.state == SPEAKING:
                    self._make_clips(run)
                elif run.state == TRAINING and self._advance(run, partial(_train, run)):
                    run.change_state(FINISHED, (TRAINING,))
            except Exception:  # Cancelled too
                self._close(run.id)
                raise

    def _make_clips(self, run: StoredRun) -> None:
        """Speak the next sentence, or cut the next recording of the visitor's; then review them or train."""
        plan = run.plan
        spoken = sum(not clip.is_own for clip in run.clips())
        if spoken < len(plan.sentences):
            sentence = plan.sentences[spoken]
            run.add_clip(words_trainer().speak(sentence, plan.language), sentence.text, sentence.voice)
        elif (recording := own_clips.next_recording(run)) is not None:
            self._advance(run, partial(own_clips.add_clips, run, recording))
        elif plan.has_review:
            run.change_state(REVIEW, (SPEAKING,))
        else:
            require_clips(run.clips())
            run.change_state(TRAINING, (SPEAKING,))

    def _advance(self, run: StoredRun, begin: Callable[[], Generator[None]]) -> bool:
        """Do PART_SECONDS of the work that is under way, or of new work; return whether it is done."""
        run.job.count_files()
        work = self._running.setdefault(run.id, begin())
        end = time.monotonic() + PART_SECONDS
        for _ in work:
            raise_if_cancelled()
            if time.monotonic() >= end:
                return False
        self._close(run.id)
        return True

    def _close(self, id_: str) -> None:
        """End work, which keeps what is done on the disk."""
        if (work := self._running.pop(id_, None)) is not None:
            work.close()


def _train(run: StoredRun) -> Generator[None]:
    """Train with the clips of a run, and save its progress and its result; yield after each piece of work."""
    with closing(words_trainer().train_words(training_request(run), run.folder)) as updates:  # type: ignore[type-var]
        for update in updates:
            run.save_progress(_next_progress(run.progress(), update))
            if update.result is not None:
                run.save_result(update.result)
            yield
    for name in SCRATCH:
        shutil.rmtree(run.folder / name, ignore_errors=True)
    run.job.count_files(is_limited=False)


def training_request(run: StoredRun) -> WordsRequest:
    """Return the request to train with the clips of a run that are kept."""
    clips = [clip for clip in run.clips() if clip.is_kept]
    spoken, own = (
        tuple(
            WordsClip(run.clip_sound(clip.number), clip.text, f"{clip.number + 1}")
            for clip in clips
            if clip.is_own == is_own
        )
        for is_own in (False, True)
    )
    plan = run.plan
    return WordsRequest(plan.terms, plan.language, spoken, own, max_minutes=plan.max_minutes)


def start_background(join_queue: Callable[[], Ticket]) -> BackgroundWorker | None:
    """Go on with the runs, those of before a restart too; None if visitors can't train here.

    Args:
        join_queue: Returns a ticket of the queue at its lowest place.
    """
    if obstacle() is not None:
        return None
    work = TrainingWork()
    worker = BackgroundWorker(work.find_jobs, work.run_part, join_queue)
    worker.start()
    return worker


def _next_progress(progress: Progress, update: WordsProgress) -> Progress:
    """Return the progress with an update, which may repeat steps from before a restart."""
    losses, epochs = progress.losses, progress.epochs
    if update.losses:
        losses = (*(row for row in losses if row[0] < update.done), (update.done, float(update.losses["total"])))
    if update.measures is not None and update.held_out_loss is not None:
        step = losses[-1][0] if losses and update.epoch else 0
        epoch = Epoch(update.epoch, step, update.held_out_loss, update.measures, update.is_best)
        epochs = (*(each for each in epochs if each.number < update.epoch), epoch)
    return replace(
        progress,
        phase=update.phase,
        done=update.done,
        total=update.total,
        losses=losses,
        epochs=epochs,
        seconds_left=update.seconds_left,
    )
