"""Runs of a section of the page: begun, shown by their state also after a reload and in other tabs, stopped, resumed.

The server works on them; where GPUs are lent to visitors, the page has the items processed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from funaudio_core.engines import preload
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput
from funaudio_core.evaluation.runs import background
from funaudio_core.evaluation.runs.store import find_active, find_latest, open_run
from funaudio_core.evaluation.runs.stored_run import FAILED, FINISHED, PAUSED, RUNNING, RunStatus, StoredRun
from funaudio_core.runtime.background import wake_workers
from funaudio_core.runtime.cancellation import Cancelled
from server import admission
from server.events import QUEUE_OPTIONS, handler, queued_handler
from server.request import account_name, localize, owner_id
from server.updates import Outputs, Update, connect
from tabs.components import resumable
from tabs.components.layout import loading_text, time_left
from tabs.components.page.arrivals import wire_arrival
from tabs.components.strings import t

TICK_SECONDS = 2.0  # between two looks at a run
REDRAW_SHARE = 0.1  # of the results between two drawings of those so far
MINUTE = 60.0
QUIET: dict[str, Any] = {"show_progress": "hidden"}
Shown = tuple[str, str, int]  # id of a run, its state, and its results, as the page shows them
Step = tuple[str, int]  # id of a run, and another number each time, where the page has the items processed


@dataclass(frozen=True, slots=True)
class RunControls(Outputs):
    """Components of the runs of a section.

    Attributes:
        shown: A Shown, or None without a run.
        last: In the browser, a list with the id of the last run.
        step: A Step, or None.
        timer: Looks at the run until it is finished.
        link: Link to the run.
        resume: Button that goes on.
    """

    shown: gr.State
    last: gr.BrowserState
    step: gr.State
    timer: gr.Timer
    link: gr.HTML
    resume: gr.Button


@dataclass(frozen=True, slots=True)
class RunSection:
    """Section of the page that shows runs.

    Attributes:
        page: The `__name__` of the section's module.
        name: Section of its stored runs, and of the browser's memory of them.
        has_link: The address of the page can name a run of this section.
        render: Returns the update with the results so far; with everything if the run is finished.
    """

    page: str
    name: str
    has_link: bool
    render: Callable[[StoredRun], Update]

    def begin(self, engine: EngineSpec[Any], make: Callable[[], StoredRun], last: object) -> Iterator[Update]:
        """Store a run in place of the last one, which is deleted, and begin to work on it.

        Args:
            engine: The engine that is needed first.
            make: Stores the run.
            last: What the browser remembers, see RunControls.
        """
        for status in loading_text(preload.load_all(engine)):
            yield Update(status=status)
        with suppress(BadInput):  # there is none any more
            open_run(resumable.read_job_id(last)).delete()
        run = make()
        wake_workers()
        yield self.show(run, None)

    def show(self, run: StoredRun, shown: Shown | None) -> Update:
        """Return the update that shows a run; the results are drawn again when enough of them are new.

        Args:
            run: The run.
            shown: State that the page shows.
        """
        status = run.status()
        before = shown if shown is not None and shown[0] == run.id else None
        new = status.done - before[2] if before else status.done
        is_drawn = before is None or before[1] != status.state or new >= max(1, REDRAW_SHARE * status.total)
        update = Update(
            last=[run.id],
            timer=gr.Timer(active=status.state != FINISHED),
            status=_status_text(run, status),
            **self._next_step(run, before),
        )
        if not is_drawn:
            return update
        return Update(
            **{**(self.render(run) if status.done else {}), **update},
            shown=(run.id, status.state, status.done),
            link=self._link(run),
            resume=gr.Button(visible=status.state in (PAUSED, FAILED)),
        )

    def _next_step(self, run: StoredRun, before: Shown | None) -> dict[str, Any]:
        """Return the value of `step` that has the next items processed, where the page must do that and begins to."""
        is_begun = before is not None and before[1] == RUNNING
        if background.can_run_in_background() or is_begun or run.state != RUNNING:
            return {}
        return {"step": (run.id, time.monotonic_ns())}

    def _link(self, run: StoredRun) -> str:
        if not self.has_link:
            return ""
        words = localize("Private link to this evaluation. Anyone who has it can hear, stop and go on with it.")
        return f'<a href="#{self.name}/{run.id}">{escape(words)}</a>'

    def hide(self, status: str) -> Update:
        """Return the update that shows no run any more, until the tab is opened again."""
        timer, resume = gr.Timer(active=False), gr.Button(visible=False)
        return Update(shown=None, link="", timer=timer, resume=resume, status=status)

    def on_tick(self, shown: Shown | None) -> Update:
        """Show what has changed since."""
        if shown is None:
            return Update(timer=gr.Timer(active=False))
        try:
            return self.show(open_run(shown[0]), shown)
        except BadInput as error:
            return Update(**self.hide(localize(error.message)), last=[])

    def on_stop(self, shown: Shown | None) -> Iterator[Update]:
        """Stop the run, which can go on later."""
        if shown is None:
            return
        run = open_run(shown[0])
        yield Update(status=localize("Stopping…"))
        run.pause()
        yield self.show(run, shown)

    def on_resume(self, shown: Shown | None) -> Update:
        """Go on after a stop or an error."""
        if shown is None:
            return Update()
        run = open_run(shown[0])
        run.resume()
        wake_workers()
        return self.show(run, shown)

    def on_arrival(self, last: object, shown: Shown | None) -> Update:
        """Show the run of the address, the one that the browser remembers, or the last one of the login."""
        run = self._find(resumable.read_job_id(last))
        if run is None:
            return Update(last=[]) if last else Update()
        return self.show(run, shown)

    def _find(self, id_: str) -> StoredRun | None:
        with suppress(BadInput):
            if id_ and (run := open_run(id_)).section == self.name:
                return run
        return find_latest(owner_id(), self.name) if account_name() else None

    def require_step(self, step: Step | None) -> None:
        """Raise Cancelled if the page has no items to process, such as when it was just opened."""
        if step is None or background.can_run_in_background():
            raise Cancelled

    def on_step(self, step: Step) -> Iterator[Update]:
        """Have the next items processed, and those after them by an event of its own."""
        if background.process_now(step[0]):
            yield Update(step=(step[0], time.monotonic_ns()))


def _status_text(run: StoredRun, status: RunStatus) -> str:
    """Return the state of a run in a sentence."""
    if status.state == FINISHED:
        if status.failures:
            return localize("Finished, with {failures} failures: see the utterances.", failures=status.failures)
        return localize("Finished.")
    if status.state == FAILED:
        return localize(status.message)
    done, total = status.done, status.total
    if status.state == PAUSED:
        return localize(
            "Stopped: {done} of {total} results are there. Press Continue to go on.", done=done, total=total
        )
    if wait := admission.OwnerBudget().seconds_to_wait(run.owner):
        return localize(
            "{done} of {total} results. The computing time for this hour is used up; it goes on in {minutes:.0f} min.",
            done=done,
            total=total,
            minutes=max(1.0, wait / MINUTE),
        )
    if any(other.id != run.id for other in find_active(run.owner)[:1]):
        return localize(
            "{done} of {total} results. It goes on when your other evaluation is done.", done=done, total=total
        )
    return localize("{done} of {total} results, {left}…", done=done, total=total, left=time_left(status.seconds_left))


def build_runs(name: str) -> RunControls:
    """Add the components below a status line. name: Section of the runs."""
    return RunControls(
        shown=gr.State(None),
        last=resumable.build_last_job(name),
        step=gr.State(None),
        timer=gr.Timer(TICK_SECONDS, active=False),
        link=gr.HTML(elem_classes="fa-note"),
        resume=gr.Button(t("continue"), visible=False),
    )


def wire_runs(section: RunSection, controls: RunControls, stop: gr.Button, output: Outputs) -> None:
    """Connect the components of a section.

    Args:
        section: The section.
        controls: Its components.
        stop: Button that stops the run.
        output: Outputs of the section, among them `status`.
    """
    outputs = (output, controls)
    for event, function in (
        (controls.timer.tick, section.on_tick),
        (stop.click, section.on_stop),
        (controls.resume.click, section.on_resume),
    ):
        connect(event, handler(function), controls.shown, *outputs, **QUIET)
    step = queued_handler(before=section.require_step, page=section.page)(_named(section.on_step))
    connect(controls.step.change, step, controls.step, *outputs, trigger_mode="always_last", **QUIET, **QUEUE_OPTIONS)
    wire_arrival(section.name, section.on_arrival, [controls.last, controls.shown], *outputs)


def _named(on_step: Callable[[Step], Iterator[Update]]) -> Callable[[Step], Iterator[Update]]:
    """Return the handler as a function, on which queued_handler() can set a module."""

    def on_run_step(step: Step) -> Iterator[Update]:
        yield from on_step(step)

    return on_run_step
