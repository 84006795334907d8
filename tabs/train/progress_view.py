"""Progress of a run: its state in a sentence, the curve of the losses, and the measures of each epoch."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from funaudio_core.message import Message
from funaudio_core.training.runs.model import (
    FAILED,
    FINISHED,
    REVIEW,
    SPEAKING,
    STOPPED,
    Epoch,
    Progress,
    RunStatus,
)
from server.request import localize
from tabs.components.drawings import loss_curve
from tabs.components.drawings.loss_curve import LossPoint
from tabs.components.layout import with_time_left

PHASES = {
    "": Message("Preparing the training"),
    "speaking": Message("Speaking the sentences that are only measured"),
    "features": Message("Reading the clips"),
    "training": Message("Training, steps"),
    "checking": Message("Checking on held-out sentences"),
    "merging": Message("Making the recognizer"),
}


def status_text(status: RunStatus) -> str:
    """Return the state of a run in a sentence."""
    if status.is_waiting:
        return localize("Waiting: another training is under way. Yours starts by itself, also when you close the page.")
    if status.state == SPEAKING:
        return localize("Making the clips: {done} of {total}…", done=status.clips, total=status.total_clips)
    fixed = {
        REVIEW: localize("The clips are made. Listen to some, correct what is wrong, then start the training."),
        STOPPED: localize("Stopped. What is done is kept; press Go on to continue."),
        FINISHED: localize("Finished. Hear the difference below."),
        FAILED: localize(status.message),
    }
    if status.state in fixed:
        return fixed[status.state]
    progress = status.progress
    phase = localize(PHASES.get(progress.phase, PHASES[""]))
    words = localize("{phase}: {done} of {total}", phase=phase, done=progress.done, total=progress.total)
    return with_time_left(words if progress.total else phase, progress.seconds_left)


def progress_html(progress: Progress) -> str:
    """Return the curve of the losses above the measures; "" before there are any."""
    training = [LossPoint(step, loss) for step, loss in progress.losses]
    held_out = [LossPoint(epoch.step, epoch.held_out_loss) for epoch in progress.epochs]
    return loss_curve.draw(training, held_out) + epochs_html(progress.epochs)


def epochs_html(epochs: Sequence[Epoch]) -> str:
    """Return the table of the measures, a row for each epoch."""
    if not epochs:
        return ""
    titles = (
        localize("Epoch"),
        localize("Names and terms right"),
        localize("Errors in sentences with them"),
        localize("Errors in other sentences"),
        localize("Held-out loss"),
    )
    kept = next((epoch.number for epoch in reversed(epochs) if epoch.is_best), None)
    body = "".join(_epoch_html(epoch, is_kept=epoch.number == kept) for epoch in epochs)
    return scrolling_table(localize("Measures"), titles, body)


def scrolling_table(name: str, titles: Sequence[str], body: str, classes: str = "") -> str:
    """Return a table that the keyboard can scroll.

    Args:
        name: Name for screen readers.
        titles: Titles of the columns.
        body: HTML of the rows.
        classes: Further classes.
    """
    head = "".join(f'<th scope="col">{escape(title)}</th>' for title in titles)
    return (
        f'<div class="fa-scroll {classes}" tabindex="0" role="region" aria-label="{escape(name)}">'
        f'<table class="fa-check"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _epoch_html(epoch: Epoch, *, is_kept: bool) -> str:
    name = str(epoch.number) if epoch.number else localize("before")
    measures = epoch.measures
    cells = (
        percent(measures.names_right),
        percent(measures.error_rate),
        percent(measures.general_error_rate),
        f"{epoch.held_out_loss:.3f}",
    )
    mark = f" <small>{escape(localize('kept'))}</small>" if is_kept else ""
    classes = ' class="fa-best"' if is_kept else ""
    return f'<tr{classes}><th scope="row">{escape(name)}{mark}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def percent(share: float) -> str:
    """Return a share as a percentage."""
    return f"{100 * share:.1f} %"
