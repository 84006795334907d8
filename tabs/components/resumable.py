"""Long work of a page, done part by part and resumable after Stop, an error, a reload or a restart.

Each part is an event of its own in the browser: on ZeroGPU the page then fetches a fresh token for it, so that each
part is charged to the visitor's quota by itself, and other visitors are served in between. Jobs are stored on disk; the
browser remembers the id of the unfinished one.

A page describes its work as a ResumableTask, wires ResumeControls with the handlers() of that task, and yields its own
values followed by those of the controls. A new request yields discard() first, then start() if it is long. Stop calls
pause() before cancellation.request_stop() and yields show_paused() at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Any

import gradio as gr
from gradio.context import Context

from funaudio_core.errors import BadInput
from funaudio_core.message import Message
from funaudio_core.runtime import jobs
from funaudio_core.runtime.cancellation import Cancelled, cancel_context, iterate_in_context
from funaudio_core.runtime.jobs import Job
from server import session_jobs
from server.events import QUEUE_OPTIONS, queued_handler
from server.request import localize
from tabs.components.strings import add_strings, t

WIDTH = 4  # values of ResumeControls.all()
SKIP = gr.skip()
NO_CHANGE = (SKIP,) * WIDTH
PATIENCE = 30.0  # seconds that whoever worked on a job before has to end
# What the browser calls it, before the page's name. All tabs of a browser share it: nothing is ever taken out, for that
# might be another tab's, and the id of a job that is gone does no harm.
STORED = "funaudio-unfinished"
# Gradio scrambles what the browser stores; a key of its own would be another one after a restart of the app. Nothing is
# kept secret by it: what is stored is the id of the visitor's own job.
KEY = "funaudio"
add_strings({"continue": ("Continue", "继续")})

Step = tuple[str, int]  # a job's id and how many of its parts are done


@dataclass(frozen=True, slots=True)
class ResumableTask:
    """Long work of one page.

    Attributes:
        page: The `__name__` of the page's module.
        kind: Kind of the stored requests; differs from other pages and from formats of earlier releases.
        width: Number of values that the page's handlers yield before those of ResumeControls; the status comes first.
        run_part: Runs and saves the next part of a job; yields the page's values, the last of them with all parts.
        render: Returns the page's values for all finished parts, also if the engine is no longer available.
        pause_message: Returns a message on a paused job.
        can_resume: Returns whether the engine of a job is available.
    """

    page: str
    kind: str
    width: int
    run_part: Callable[[Job], Iterator[tuple[Any, ...]]]
    render: Callable[[Job], tuple[Any, ...]]
    pause_message: Callable[[Job], Message]
    can_resume: Callable[[Job], bool]


@dataclass(frozen=True, slots=True)
class ResumeControls:
    """The components, in the order of their values.

    step: changes when a part is done and another one follows. kept: in the browser, the id of the job that was worked
    on last, in a list, for it stores nothing that is empty but that. note, resume: seen while there is one that rests.
    """

    step: gr.State
    kept: gr.BrowserState
    note: gr.HTML
    resume: gr.Button

    def all(self) -> list[Any]:
        """The components as a list of outputs."""
        return [self.step, self.kept, self.note, self.resume]


def build(name: str) -> ResumeControls:
    """Lay the components out. name: of the page, by which the browser remembers its job."""
    step = gr.State(None)
    here, Context.block = Context.block, _surroundings()[0]
    kept = gr.BrowserState([], storage_key=f"{STORED}-{name}", secret=KEY)
    Context.block = here  # in a tab it would read nothing before that is opened
    note = gr.HTML(visible=False, elem_classes="fa-claim")
    resume = gr.Button(t("continue"), visible=False)
    return ResumeControls(step, kept, note, resume)


def handlers(work: ResumableTask) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """A page's handlers for the next part, given the step, and for Continue, given what the browser keeps."""

    def on_more(step: Step | None) -> Iterator[tuple[Any, ...]]:
        yield from run_next(step, work)

    def on_continue(kept: object) -> Iterator[tuple[Any, ...]]:
        yield from resume(kept, work)

    for handler in (on_more, on_continue):
        handler.__module__ = work.page  # on which Stop ends them
    width = work.width + WIDTH
    more = queued_handler(width=width, status=0, first=lambda step: require_current(step, work))(on_more)

    @wraps(more)
    def on_more_or_rest(step: Step | None) -> Iterator[tuple[Any, ...]]:
        try:
            yield from more(step)
        except gr.Error:
            if _is_due(step, work):  # its turn never came, such as where the line is full: a part would rest by itself
                pause(work)
                yield (*(SKIP,) * work.width, *show_paused(work))
            raise
        if step is not None and session_jobs.owned_elsewhere(step[0]):  # since before it was its turn
            yield from _left(step[0], work)

    return on_more_or_rest, queued_handler(width=width, status=0)(on_continue)


def wire(
    going: ResumeControls,
    work: ResumableTask,
    follows: Callable[..., Any],
    resumed: Callable[..., Any],
    outputs: list[Any],
) -> None:
    """Let a part follow a part, the button go on with the job, and a page that is opened find what is not finished.

    follows, resumed: those of handlers(). outputs: of the page, work.width of them.
    """
    shown = [*outputs, *going.all()]
    going.step.change(
        follows,
        going.step,
        shown,
        trigger_mode="always_last",  # a part that is told of before the one before it is over waits for that
        **QUEUE_OPTIONS,
        show_progress="hidden",
        api_visibility="private",
    )
    going.resume.click(resumed, going.kept, shown, **QUEUE_OPTIONS, api_visibility="private")

    def on_arrival(kept: object) -> tuple[Any, ...]:
        return NO_CHANGE if session_jobs.is_owner(session_jobs.attached_job(work.page)) else offer_resume(kept, work)

    page, tab = _surroundings()
    arrives = [page.load, tab.select] if tab else [page.load]  # what is in a tab shows nothing before that is opened
    gr.on(arrives, on_arrival, going.kept, going.all(), show_progress="hidden", api_visibility="private")


def _surroundings() -> tuple[gr.Blocks, gr.Tab | None]:
    """The app that is being built, and the outermost tab that the caller's components are put into."""
    found, block = None, Context.block
    while block is not None and block.parent is not None:
        found = block if isinstance(block, gr.Tab) else found
        block = block.parent
    assert isinstance(block, gr.Blocks)
    return block, found


def start(job: Job, work: ResumableTask) -> Iterator[tuple[Any, ...]]:
    """Do the first part of a new job, after anew()."""
    session_jobs.attach_job(work.page, job)
    session_jobs.claim_job(job.id)
    yield from _part(job, work)


def discard(work: ResumableTask) -> tuple[Any, ...]:
    """End the job that the page has, if any, and the part of it that is under way; the values that offer none.

    What is under way in another tab goes on there. Raises BadInput where the part does not end.
    """
    id_ = session_jobs.attached_job(work.page)
    session_jobs.release_job(id_)
    if (job := _found([id_], work)) is not None and not session_jobs.owned_elsewhere(id_):
        with job.lock(PATIENCE):  # what it was still saying must not come after what is said next
            pass
    session_jobs.detach_job(work.page, id_)
    return _none()


def require_current(step: Step | None, work: ResumableTask) -> None:
    """Raises Stopped where the part that would follow is not wanted any more; to be asked before waiting in line."""
    if not _is_due(step, work):
        raise Cancelled


def _is_due(step: Step | None, work: ResumableTask) -> bool:
    return step is not None and step[0] == session_jobs.attached_job(work.page) and session_jobs.is_owner(step[0])


def run_next(step: Step | None, work: ResumableTask) -> Iterator[tuple[Any, ...]]:
    """Do the next part."""
    require_current(step, work)  # still, after a while in line
    yield from _part(jobs.get(session_jobs.attached_job(work.page)), work)


def resume(kept: object, work: ResumableTask) -> Iterator[tuple[Any, ...]]:
    """Show what is done of the job that the browser remembers, then do its next part.

    Raises BadInput where it is not kept any more, or where nobody is offered who could do the rest.
    """
    page = (SKIP,) * work.width
    job = _found(kept, work)
    if job is None:
        yield (*page, *_none())
        raise BadInput("This job has expired. Please start again.")
    session_jobs.attach_job(work.page, job)
    session_jobs.claim_job(job.id)
    if job.completed_parts:
        yield (*work.render(job), *NO_CHANGE)
    if not job.finished and not work.can_resume(job):
        session_jobs.detach_job(work.page, job.id)
        job.delete()
        yield (*page, *_none())
        raise BadInput(
            "The model for this job is no longer available. Download what is finished and submit the rest again."
        )
    yield from _part(job, work)


def _part(job: Job, work: ResumableTask) -> Iterator[tuple[Any, ...]]:
    """The next part, if there is one; with the last value the part after it begins, as an event of its own.

    However it ends before that, nothing follows by itself.
    """
    page = (SKIP,) * work.width
    try:
        yield (*page, SKIP, [job.id], gr.HTML(visible=False), gr.Button(visible=False))
        with job.lock(PATIENCE) as wanted:
            for values in iterate_in_context(cancel_context(wanted), iter(()) if job.finished else work.run_part(job)):
                yield (*values, *NO_CHANGE)
                if wanted.is_set():
                    raise Cancelled
            if finished := job.finished:
                session_jobs.detach_job(work.page, job.id)
                job.delete()
            elif not session_jobs.is_owner(job.id):
                raise Cancelled
    except BaseException as reason:
        session_jobs.release_job(job.id)
        if not isinstance(reason, GeneratorExit):  # which says that nobody looks any more
            yield from _left(job.id, work)
        raise
    yield (*page, *(_none() if finished else ((job.id, job.completed_parts), SKIP, SKIP, SKIP)))


def _left(id_: str, work: ResumableTask) -> Iterator[tuple[Any, ...]]:
    """What a page shows whose part of a job ended before its time, unless it has begun something else since."""
    if session_jobs.attached_job(work.page) != id_:
        return
    if session_jobs.owned_elsewhere(id_):
        session_jobs.detach_job(work.page, id_)
        yield (localize("This job is now running in another tab."), *(SKIP,) * (work.width - 1), *_none())
    else:
        yield ("", *(SKIP,) * (work.width - 1), *show_paused(work))


def pause(work: ResumableTask) -> None:
    """Let no further part begin by itself: what Stop does first, before it ends the one under way."""
    session_jobs.release_job(session_jobs.attached_job(work.page))


def show_paused(work: ResumableTask) -> tuple[Any, ...]:
    """Values of a ResumeControls that offer to go on with the job that the page has, if any: what Stop does last.

    Of a job that goes on, since the visitor ordered or continued it meanwhile, nothing is said.
    """
    job = _found([session_jobs.attached_job(work.page)], work)
    if job is None:
        return _none()
    if session_jobs.is_owner(job.id):
        return NO_CHANGE
    told = work.pause_message(job)
    if session_jobs.owned_elsewhere(job.id):  # or here, just before a reload
        told = Message("{told} It is running in another tab. Press Continue to move it here.", told=told)
    return SKIP, [job.id], gr.HTML(localize(told), visible=True), gr.Button(visible=True)


def offer_resume(kept: object, work: ResumableTask) -> tuple[Any, ...]:
    """Values of a ResumeControls that offer to go on with the job that the browser remembers, if it is still there."""
    job = _found(kept, work)
    if job is None:
        return _none()
    session_jobs.attach_job(work.page, job)
    return show_paused(work)


def _none() -> tuple[Any, ...]:
    return SKIP, SKIP, gr.HTML("", visible=False), gr.Button(visible=False)


def _found(kept: object, work: ResumableTask) -> Job | None:
    """The job of this work that a browser, or a script, names in a list; None for whatever else it sends."""
    id_ = kept[0] if isinstance(kept, list) and kept else None
    try:
        job = jobs.get(id_) if isinstance(id_, str) else None
    except BadInput:
        return None
    return job if job is not None and job.request.get("kind") == work.kind else None
