"""Long work on a page, part by part, each an event of its own in the browser, gone on with after whatever ended it.

On ZeroGPU the page fetches a fresh token for every event, so that each part comes out of the visitor's quota by itself,
and between two parts others have their turn. A job lies on disk; which one the page has not finished, the browser
remembers. Knows no single page and no task.

A page describes its work as a `Work`, builds and wires a GoingOn, and has three handlers around begun(), follows() and
resumed(), each with computes(width=work.width + WIDTH): the page's own values, then those of the GoingOn. Its Stop
calls rest() before common.halt() and shows resting() at its end; whatever else it begins anew shows anew().
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.context import Context

from funaudio_core import jobs
from funaudio_core.contexts import within
from funaudio_core.errors import BadInput
from funaudio_core.jobs import Job
from funaudio_core.phrases import Phrase
from funaudio_core.stopping import Stopped, heeding
from tabs import common, visits
from tabs.words import add, say, word

WIDTH = 4  # values of GoingOn.all()
SKIP = gr.skip()
SAME = (SKIP,) * WIDTH
PATIENCE = 30.0  # seconds that whoever worked on a job before has to end
STORED = "funaudio-unfinished"  # what the browser calls it, before the page's name
# Gradio scrambles what the browser stores; a key of its own would be another one after a restart of the app. Nothing is
# kept secret by it: what is stored is the id of the visitor's own job.
KEY = "funaudio"
add({"continue": ("Continue", "继续")})

Step = tuple[str, int]  # a job's id and how many of its parts are done


@dataclass(frozen=True, slots=True)
class Work:
    """The long work of one page.

    page: the `__name__` of its module. width: how many values its handlers yield before those of the GoingOn.
    part: does the next part of a job and keeps what came of it; yields the page's values, the last of them with
    everything that is done so far. shown: the page's values that show what is done so far. told: a sentence on a job
    that is not finished.
    """

    page: str
    width: int
    part: Callable[[Job], Iterator[tuple[Any, ...]]]
    shown: Callable[[Job], tuple[Any, ...]]
    told: Callable[[Job], Phrase]


@dataclass(frozen=True, slots=True)
class GoingOn:
    """The components, in the order of their values.

    step: changes when a part is done and another one follows. kept: in the browser, the id of the job that is not
    finished, in a list, for it stores nothing that is empty but that. note, resume: seen while there is one that rests.
    """

    step: gr.State
    kept: gr.BrowserState
    note: gr.HTML
    resume: gr.Button

    def all(self) -> list[Any]:
        """The components as a list of outputs."""
        return [self.step, self.kept, self.note, self.resume]


def build(name: str) -> GoingOn:
    """Lay the components out. name: of the page, by which the browser remembers its job."""
    step = gr.State(None)
    here, Context.block = Context.block, _surroundings()[0]
    kept = gr.BrowserState([], storage_key=f"{STORED}-{name}", secret=KEY)
    Context.block = here  # in a tab it would read nothing before that is opened
    note = gr.HTML(visible=False, elem_classes="fa-claim")
    resume = gr.Button(word("continue"), visible=False)
    return GoingOn(step, kept, note, resume)


def wire(
    going: GoingOn, work: Work, follows: Callable[..., Any], resumed: Callable[..., Any], outputs: list[Any]
) -> None:
    """Let a part follow a part, the button go on with the job, and a page that is opened find what is not finished.

    follows, resumed: the page's handlers around the functions of that name. outputs: of the page, work.width of them.
    """
    shown = [*outputs, *going.all()]
    part = going.step.change(
        follows,
        going.step,
        shown,
        trigger_mode="always_last",  # a part that is told of before the one before it is over waits for that
        **common.HEAVY,
        show_progress="hidden",
        api_visibility="private",
    )
    again = going.resume.click(resumed, going.kept, shown, **common.HEAVY, api_visibility="private")

    def on_refused() -> tuple[Any, Any]:  # such as where the line is full
        rest(work)
        return resting(work)

    for event in (part, again):
        event.failure(on_refused, None, [going.note, going.resume], show_progress="hidden", api_visibility="private")

    def on_arrival(kept: list[str]) -> tuple[Any, ...]:
        return offered(kept, work)[1:] if kept and not visits.going(work.page) else SAME[1:]

    page, tab = _surroundings()
    arrives = [page.load, tab.select] if tab else [page.load]  # what is in a tab shows nothing before that is opened
    seen = [going.kept, going.note, going.resume]
    gr.on(arrives, on_arrival, going.kept, seen, show_progress="hidden", api_visibility="private")


def _surroundings() -> tuple[gr.Blocks, gr.Tab | None]:
    """The app that is being built, and the outermost tab that the caller's components are put into."""
    found, block = None, Context.block
    while block is not None and block.parent is not None:
        found = block if isinstance(block, gr.Tab) else found
        block = block.parent
    assert isinstance(block, gr.Blocks)
    return block, found


def begun(job: Job, work: Work) -> Iterator[tuple[Any, ...]]:
    """Do the first part of a new job, in place of the one that the page had."""
    anew(work)
    visits.holds(work.page, job)
    visits.goes(work.page, True)
    yield from _part(job, work)


def anew(work: Work) -> tuple[Any, ...]:
    """End the job that the page has, if any, and the part of it that is under way; the values that offer none."""
    going, id_ = visits.going(work.page), visits.held(work.page)
    visits.goes(work.page, False)
    if going and (job := _found([id_])) is not None:
        with job.work(PATIENCE):  # what it was still saying must not come after what is said next
            pass
    visits.releases(work.page)
    return _none()


def due(step: Step | None, work: Work) -> None:
    """Raises Stopped where the part that would follow is not wanted any more; to be asked before waiting in line."""
    if step is None or step[0] != visits.held(work.page) or not visits.going(work.page):
        raise Stopped


def follows(step: Step, work: Work) -> Iterator[tuple[Any, ...]]:
    """Do the next part."""
    due(step, work)
    yield from _part(jobs.find(step[0]), work)


def resumed(kept: list[str], work: Work) -> Iterator[tuple[Any, ...]]:
    """Show what is done of the job that the browser remembers, then do its next part.

    Raises BadInput where it is not kept any more.
    """
    job = _found(kept)
    if job is None:
        yield (*(SKIP,) * work.width, *_none())
        raise BadInput("This job is not kept any more. Begin it anew.")
    visits.holds(work.page, job)
    visits.goes(work.page, True)
    if job.done:
        yield (*work.shown(job), *SAME)
    yield from _part(job, work)


def _part(job: Job, work: Work) -> Iterator[tuple[Any, ...]]:
    """The next part, if there is one; with the last value the part after it begins, as an event of its own."""
    page = (SKIP,) * work.width
    yield (*page, SKIP, [job.id], gr.HTML(visible=False), gr.Button(visible=False))
    try:
        with job.work(PATIENCE) as wanted:
            for values in within(heeding(wanted), iter(()) if job.finished else work.part(job)):
                yield (*values, *SAME)
                if wanted.is_set():
                    raise Stopped
    except Stopped:
        raise
    except Exception:
        visits.goes(work.page, False)
        yield (*page, *offered([job.id], work))
        raise
    if job.finished:
        visits.releases(work.page)
        job.end()
        yield (*page, *_none())
    else:
        yield (*page, (job.id, job.done), SKIP, SKIP, SKIP)


def rest(work: Work) -> None:
    """Let no further part begin by itself: what Stop does first, before it ends the one under way."""
    visits.goes(work.page, False)


def resting(work: Work) -> tuple[Any, Any]:
    """Values of note and resume that offer to go on with the job that the page has, if any: what Stop does last."""
    return offered([visits.held(work.page)], work)[2:]


def offered(kept: list[str], work: Work) -> tuple[Any, ...]:
    """Values of a GoingOn that offer to go on with the job that the browser remembers, if it is still there."""
    job = _found(kept)
    if job is None:
        return _none()
    visits.holds(work.page, job)
    return SKIP, SKIP, gr.HTML(say(work.told(job)), visible=True), gr.Button(visible=True)


def _none() -> tuple[Any, ...]:
    return SKIP, [], gr.HTML("", visible=False), gr.Button(visible=False)


def _found(kept: list[str]) -> Job | None:
    try:
        return jobs.find(kept[0]) if kept else None
    except BadInput:
        return None
