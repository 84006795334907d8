"""Long work of a page, done part by part and resumable after Stop, an error, a reload or a restart.

Each part is an event of its own in the browser: on ZeroGPU the page then fetches a fresh token for it, so that each
part is charged to the visitor's quota by itself, and other visitors are served in between. Jobs are stored on disk; the
browser remembers the id of the last one. A job has one owner, a session, and one of the states of JobState.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import wraps
from typing import Any

import gradio as gr

from funaudio_core.errors import BadInput
from funaudio_core.message import Message
from funaudio_core.runtime import jobs
from funaudio_core.runtime.cancellation import Cancelled, cancel_context, iterate_in_context
from funaudio_core.runtime.jobs import Job
from server import session_jobs
from server.events import QUEUE_OPTIONS, queued_handler
from server.request import localize
from server.session_jobs import JobState
from server.updates import Outputs, Update, connect
from tabs.components.layout import surrounding_blocks
from tabs.components.page.arrivals import build_browser_memory
from tabs.components.page.page_load import page_opened
from tabs.components.strings import add_strings, t

LOCK_TIMEOUT_SECONDS = 30.0  # for the current part of a job to end
# Key of the browser's storage, before the page's name. All tabs share it, so nothing is ever removed: it might be
# another tab's, and the id of a deleted job does no harm.
STORAGE_KEY = "funaudio-unfinished"
add_strings({"continue": ("Continue", "继续")})

Step = tuple[str, int]  # a job's id and the number of its finished parts


@dataclass(frozen=True, slots=True)
class ResumeControls(Outputs):
    """Components of resumable work.

    Attributes:
        step: Changes when a part is finished and another one follows.
        last_job: In the browser, a list with the id of the last job; Gradio stores no empty value but a list.
        note: Message on the paused job.
        resume: The button Continue, visible with the note.
    """

    step: gr.State
    last_job: gr.BrowserState
    note: gr.HTML
    resume: gr.Button


@dataclass(frozen=True, slots=True)
class ResumableTask:
    """Long work of one page.

    All updates are those of the page's outputs, which include `status`, and of ResumeControls.

    Attributes:
        page: The `__name__` of the page's module.
        kind: Kind of the stored requests; differs from other pages and from formats of earlier releases.
        run_part: Runs and saves the next part of a job; the last update shows all finished parts.
        render: Returns an update with all finished parts, also if the engine is no longer available.
        pause_message: Returns a message on a paused job.
        can_resume: Returns whether the engine of a job is available.
    """

    page: str
    kind: str
    run_part: Callable[[Job], Iterator[Update]]
    render: Callable[[Job], Update]
    pause_message: Callable[[Job], Message]
    can_resume: Callable[[Job], bool]

    def state(self) -> JobState:
        """Return the state of the page's job in this session."""
        return self._current_job()[0]

    def start(self, job: Job) -> Iterator[Update]:
        """Run the first part of a new job. The caller has called discard()."""
        session_jobs.attach_job(self.page, job)
        yield from self._run_part(job)

    def run_next_part(self, step: Step | None) -> Iterator[Update]:
        """Run the next part, unless the job was paused or replaced while this waited in the queue."""
        self.require_current(step)
        yield from self._run_part(jobs.get(session_jobs.attached_job(self.page)))

    def resume(self, last_job: object) -> Iterator[Update]:
        """Show the finished parts of the job that the browser remembers, then run its next part.

        Args:
            last_job: Value of ResumeControls.last_job.

        Raises:
            BadInput: The job expired, is open in another tab, or its engine is no longer available.
        """
        job = self._find(read_job_id(last_job))
        if job is None:
            yield _hidden()
            raise BadInput("This job has expired. Please start again.")
        if not session_jobs.attach_job(self.page, job):
            raise BadInput("This job is open in another tab. Continue it there, or close that tab and try again.")
        if job.completed_parts:
            yield self.render(job)
        if not job.finished and not self.can_resume(job):
            session_jobs.delete_job(job.id)
            yield _hidden()
            raise BadInput(
                "The model for this job is no longer available. Download what is finished and submit the rest again."
            )
        yield from self._run_part(job)

    def pause(self) -> None:
        """Let no further part start by itself. Call before cancellation.request_stop()."""
        session_jobs.set_running(session_jobs.attached_job(self.page), False)

    def discard(self) -> Update:
        """Delete the page's job once its current part has ended; return the update that hides the controls.

        Raises:
            BadInput: The part doesn't end in time.
        """
        self.pause()
        job_id = session_jobs.attached_job(self.page)
        if (job := self._find(job_id)) is not None:
            with job.lock(LOCK_TIMEOUT_SECONDS):  # its updates must not arrive after newer ones
                pass
        session_jobs.delete_job(job_id)
        return _hidden()

    def offer(self, last_job: object) -> Update:
        """Return an update that offers to resume the job that the browser remembers, if it still exists."""
        state = self.state()
        if state is JobState.RUNNING:
            return Update()
        job = self._find(read_job_id(last_job))
        if job is None or state is JobState.SHOWN:
            return _hidden()
        if session_jobs.attach_job(self.page, job):
            return self.show()
        if job.finished:  # the other tab shows it
            return _hidden()
        message = Message("{message} It is open in another tab.", message=self.pause_message(job))
        return Update(last_job=[job.id], note=gr.HTML(localize(message), visible=True), resume=gr.Button(visible=True))

    def show(self) -> Update:
        """Return an update of the controls by the state of the page's job."""
        state, job = self._current_job()
        if state is JobState.RUNNING:
            return Update()
        if job is None or state is JobState.SHOWN:
            return _hidden()
        note = gr.HTML(localize(self.pause_message(job)), visible=True)
        return Update(last_job=[job.id], note=note, resume=gr.Button(visible=True))

    def is_current(self, step: Step | None) -> bool:
        """Return whether the part after a step is still to run."""
        return step is not None and step[0] == session_jobs.attached_job(self.page) and session_jobs.is_running(step[0])

    def require_current(self, step: Step | None) -> None:
        """Raise Cancelled if the part after a step is no longer to run."""
        if not self.is_current(step):
            raise Cancelled

    def _run_part(self, job: Job) -> Iterator[Update]:
        """Run the next part, if there is one; the last update starts the part after it as an event of its own.

        Anything that ends the part early pauses the job.
        """
        session_jobs.set_running(job.id, True)
        try:
            yield Update(last_job=[job.id], **_hidden())
            with job.lock(LOCK_TIMEOUT_SECONDS) as stop_requested:
                updates = iter(()) if job.finished else self.run_part(job)
                for update in iterate_in_context(cancel_context(stop_requested), updates):
                    yield update
                    if stop_requested.is_set():
                        raise Cancelled
                if is_finished := job.finished:
                    session_jobs.set_shown(job.id)
        except GeneratorExit:  # the browser left
            session_jobs.set_running(job.id, False)
            raise
        except BaseException:
            session_jobs.set_running(job.id, False)
            yield from self.show_interrupted(job.id)
            raise
        yield _hidden() if is_finished else Update(step=(job.id, job.completed_parts))

    def show_interrupted(self, job_id: str) -> Iterator[Update]:
        """Yield an update after a part of a job ended early, unless the page has something else to show since."""
        if session_jobs.attached_job(self.page) == job_id:
            yield Update(status="", **self.show())
        elif session_jobs.is_owned_elsewhere(job_id):
            yield Update(status=localize("This job is now open in another tab."), **_hidden())

    def _current_job(self) -> tuple[JobState, Job | None]:
        """Return the state of the page's job, and the job unless the state is IDLE or EXPIRED."""
        job_id = session_jobs.attached_job(self.page)
        job = self._find(job_id)
        if job is None:
            return (JobState.EXPIRED if job_id else JobState.IDLE), None
        if session_jobs.is_running(job_id):
            return JobState.RUNNING, job
        if session_jobs.is_shown(job_id):
            return JobState.SHOWN, job
        return (JobState.DONE if job.finished else JobState.PAUSED), job

    def _find(self, job_id: str) -> Job | None:
        """Return a job of this kind, or None if it doesn't exist any more."""
        try:
            job = jobs.get(job_id)
        except BadInput:
            return None
        return job if job.request.get("kind") == self.kind else None


def _hidden() -> Update:
    """Return the update that hides the controls."""
    return Update(note=gr.HTML("", visible=False), resume=gr.Button(visible=False))


def read_job_id(last_job: object) -> str:
    """Return the id in the value of ResumeControls.last_job, which a script may have forged."""
    job_id = last_job[0] if isinstance(last_job, list) and last_job else ""
    return job_id if isinstance(job_id, str) else ""


def build(name: str) -> ResumeControls:
    """Add the components. name: Name of the page, under which the browser remembers its job."""
    step = gr.State(None)
    last_job = build_last_job(name)
    note = gr.HTML(visible=False, elem_classes="fa-note")
    resume = gr.Button(t("continue"), visible=False)
    return ResumeControls(step, last_job, note, resume)


def build_last_job(name: str) -> gr.BrowserState:
    """Add the browser's memory of a page's last job, a list with its id. name: Name of the page."""
    return build_browser_memory(f"{STORAGE_KEY}-{name}")


def handlers(task: ResumableTask) -> tuple[Callable[..., Iterator[Update]], Callable[..., Iterator[Update]]]:
    """Return a page's handlers of ResumeControls: of a new step, given the step, and of Continue, given `last_job`."""

    def on_next(step: Step | None) -> Generator[Update]:
        yield from task.run_next_part(step)

    def on_continue(last_job: object) -> Iterator[Update]:
        yield from task.resume(last_job)

    queued_next = queued_handler(before=task.require_current, page=task.page)(on_next)

    @wraps(queued_next)
    def on_step(step: Step | None) -> Iterator[Update]:
        has_begun = False
        try:
            with closing(queued_next(step)) as updates:
                for update in updates:
                    has_begun |= "last_job" in update
                    yield update
        except gr.Error:
            if task.is_current(step):  # the queue was full
                task.pause()
                yield task.show()
            raise
        if not has_begun and step is not None and session_jobs.is_owned_elsewhere(step[0]):
            yield from task.show_interrupted(step[0])

    return on_step, queued_handler(page=task.page)(on_continue)


def wire(controls: ResumeControls, task: ResumableTask, outputs: Outputs | Mapping[str, Any]) -> None:
    """Run parts one after the other, resume on Continue, and offer the last job when the page is opened.

    Args:
        controls: The components.
        task: Work of the page.
        outputs: Outputs of the page.
    """
    on_step, on_continue = handlers(task)
    connect(
        controls.step.change,
        on_step,
        controls.step,
        outputs,
        controls,
        trigger_mode="always_last",  # a step that arrives during a part waits for its end
        show_progress="hidden",
        **QUEUE_OPTIONS,
    )
    connect(controls.resume.click, on_continue, controls.last_job, outputs, controls, **QUEUE_OPTIONS)
    _, tab = surrounding_blocks()
    offered = controls.pick("last_job", "note", "resume")  # a State among the outputs would count as changed
    connect(page_opened, task.offer, controls.last_job, offered)
    if tab:  # a tab shows nothing before it is opened
        connect(tab.select, task.offer, controls.last_job, offered, show_progress="hidden")
