"""Steps 2 to 4: the run of the page, shown by its state, also after a reload and in another tab."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from funaudio_core.errors import BadInput
from funaudio_core.runtime.background import wake_workers
from funaudio_core.training.runs.adapters import delete_run
from funaudio_core.training.runs.background import training_request
from funaudio_core.training.runs.model import ACTIVE_STATES, FAILED, REVIEW, SPEAKING, STOPPED
from funaudio_core.training.runs.offer import require_offer
from funaudio_core.training.runs.stored_run import StoredRun, create_run, open_run
from funaudio_core.training.runs.trainer import words_trainer
from server import admission
from server.events import handler
from server.request import account_id, localize
from server.updates import Outputs, Update, connect
from tabs.components import resumable, trained_engines
from tabs.components.layout import status_line
from tabs.components.page.arrivals import wire_arrival
from tabs.components.strings import STRINGS, t
from tabs.train.adapter_panel import AdapterControls, hide_adapter, show_adapter
from tabs.train.clip_table import build_table, cost_text, table_html
from tabs.train.data_panel import DataControls, WordsRequest
from tabs.train.page_strings import CONSENT
from tabs.train.progress_view import progress_html, status_text

TICK_SECONDS = 2.0  # between two looks at a run that is under way
Shown = tuple[str, str, int]  # id of a run, its state, and its clips, as the page shows them
QUIET: dict[str, Any] = {"show_progress": "hidden"}


@dataclass(frozen=True, slots=True)
class RunControls(Outputs):
    """Components of the steps.

    Attributes:
        shown: A Shown, or None without a run.
        last: In the browser, a list with the id of the last run.
        timer: Looks at the run while it is under way.
        status: State in a sentence.
        link: Link to the run.
    """

    shown: gr.State
    last: gr.BrowserState
    timer: gr.Timer
    status: gr.HTML
    link: gr.HTML
    stop: gr.Button
    resume: gr.Button
    clips_later: gr.Markdown
    clips: gr.HTML
    cost: gr.HTML
    start: gr.Button
    progress_later: gr.Markdown
    progress: gr.HTML


@handler
def on_prepare(request: WordsRequest, shown: Shown | None) -> Update:
    """Have the clips made, to be looked at before the training."""
    return _begin(request, shown, has_review=True)


@handler
def on_run(request: WordsRequest, shown: Shown | None) -> Update:
    """Have the clips made and train with them at once."""
    return _begin(request, shown, has_review=False)


def _begin(request: WordsRequest, shown: Shown | None, *, has_review: bool) -> Update:
    """Begin a run in place of the shown one, which is deleted unless it has a result."""
    run = begin_run(request, has_review=has_review)
    with suppress(BadInput):  # the shown one is gone
        if shown is not None and (before := open_run(shown[0])).result() is None:
            delete_run(before)
    written = "\n".join(sentence.text for sentence in run.plan.sentences)
    return Update(**show_run(run, None), sentences=written)


def begin_run(request: WordsRequest, *, has_review: bool) -> StoredRun:
    """Store a run of the caller, on which the background begins to work.

    Raises:
        Unsupported: Visitors can't train here.
        BadInput: The request lacks something, or the caller has an active run.
        FunAudioError: The caller sent too many requests, or the disk is full.
    """
    require_offer()
    admission.check_rate_limit(account_id())
    uploads = request.uploads()
    consent = STRINGS[CONSENT][0] if uploads else ""
    run = create_run(request.plan(has_review=has_review), account_id(), uploads, consent)
    wake_workers()
    return run


@handler
def on_tick(shown: Shown | None) -> Update:
    """Show what has changed since."""
    if shown is None:
        return Update(timer=gr.Timer(active=False))
    try:
        return show_run(open_run(shown[0]), shown)
    except BadInput as error:
        return Update(**hide_run(localize(error.message)))


def show_run(run: StoredRun, shown: Shown | None) -> Update:
    """Return the update that shows a run; the tables stay as they are unless they changed, since somebody edits them.

    Args:
        run: The run.
        shown: State that the page shows.
    """
    status = run.status()
    now: Shown = (run.id, status.state, status.clips)
    update = Update(
        shown=now,
        last=[run.id],
        timer=gr.Timer(active=status.state in ACTIVE_STATES),
        status=status_text(status),
        progress=progress_html(status.progress),
    )
    if now == shown:
        return update
    is_in_review = status.state == REVIEW
    words = localize("Private link to this run. Anyone who has it can hear, use and delete it.")
    return Update(
        **update,
        **show_adapter(run),
        link=f'<a href="#train/{run.id}">{escape(words)}</a>',
        stop=gr.Button(visible=status.state in ACTIVE_STATES),
        resume=gr.Button(visible=status.state in (STOPPED, FAILED)),
        start=gr.Button(visible=is_in_review),
        clips_later=gr.Markdown(visible=not status.clips),
        clips=table_html(run.id, run.clips(), is_editable=is_in_review),
        cost=_cost(run) if is_in_review else "",
        progress_later=gr.Markdown(visible=status.state in (SPEAKING, REVIEW)),
    )


def _cost(run: StoredRun) -> str:
    return cost_text(words_trainer().estimate(training_request(run)))


def hide_run(status: str = "") -> Update:
    """Return the update that empties the steps."""
    hidden = {name: gr.Button(visible=False) for name in ("stop", "resume", "start")}
    notes = {name: gr.Markdown(visible=True) for name in ("clips_later", "progress_later")}
    empty = dict.fromkeys(("link", "clips", "cost", "progress"), "")
    timer = gr.Timer(active=False)
    return Update(shown=None, last=[], timer=timer, status=status, **hidden, **notes, **empty, **hide_adapter())


def on_arrival(last: object, shown: Shown | None) -> Update:
    """Show the run of the address, or the one that the browser remembers."""
    id_ = resumable.read_job_id(last)
    if not id_ or (shown is not None and shown[0] == id_):
        return Update()
    try:
        run = open_run(id_)
    except BadInput:
        return Update(last=[])
    plan = run.plan
    sentences = "\n".join(sentence.text for sentence in plan.sentences)
    return Update(**show_run(run, None), terms="\n".join(plan.terms), language=plan.language, sentences=sentences)


@handler
def on_start(shown: Shown | None) -> Update:
    """Begin to train with the clips that are kept."""
    run = _shown_run(shown)
    run.start_training()
    wake_workers()
    return show_run(run, shown)


@handler
def on_stop(shown: Shown | None) -> Iterator[Update]:
    """Stop the run, which can go on later."""
    run = _shown_run(shown)
    yield Update(status=localize("Stopping…"))
    run.stop()
    wake_workers()  # which frees the memory
    yield show_run(run, shown)


@handler
def on_resume(shown: Shown | None) -> Update:
    """Go on after a stop or an error."""
    require_offer()
    run = _shown_run(shown)
    run.go_on()
    wake_workers()
    return show_run(run, shown)


@handler
def on_delete(shown: Shown | None, remembered: object) -> Update:
    """Delete the run with its clips, features and adapter."""
    run = _shown_run(shown)
    result = run.result()
    delete_run(run)
    wake_workers()  # which frees the memory
    names = trained_engines.forget(remembered, result.engine) if result else remembered
    return Update(**hide_run(localize("Deleted: clips, features and adapter.")), remembered=names)


@handler
def on_change(shown: Shown | None, changed: gr.EventData) -> Any:
    """Save the row of the table that the visitor has changed."""
    run = _shown_run(shown)
    run.change_clip(int(changed.clip), str(changed.text), is_kept=bool(changed.kept))
    return _cost(run)


def _shown_run(shown: Shown | None) -> StoredRun:
    if shown is None:
        raise BadInput("There is no run yet. Begin with your names and terms.")
    return open_run(shown[0])


def build_run(name: str) -> RunControls:
    """Add steps 2 and 3 below a status line. name: Name of the page."""
    status = status_line()
    link = gr.HTML(elem_classes="fa-note")
    with gr.Row():
        stop = gr.Button(t("train.stop"), variant="stop", size="sm", visible=False)
        resume = gr.Button(t("train.resume"), size="sm", visible=False)
    gr.Markdown(t("train.check"), elem_classes="fa-step")
    clips_later = gr.Markdown(t("train.check.later"), elem_classes="fa-note")
    clips = build_table()
    cost = gr.HTML(elem_classes="fa-note")
    start = gr.Button(t("train.start"), variant="primary", visible=False)
    gr.Markdown(t("train.training"), elem_classes="fa-step")
    progress_later = gr.Markdown(t("train.training.later"), elem_classes="fa-note")
    progress = gr.HTML(elem_classes="fa-report")
    return RunControls(
        shown=gr.State(None),
        last=resumable.build_last_job(name),
        timer=gr.Timer(TICK_SECONDS, active=False),
        status=status,
        link=link,
        stop=stop,
        resume=resume,
        clips_later=clips_later,
        clips=clips,
        cost=cost,
        start=start,
        progress_later=progress_later,
        progress=progress,
    )


def wire_run(run: RunControls, adapter: AdapterControls, data: DataControls, buttons: dict[str, gr.Button]) -> None:
    """Connect the steps. buttons: Those named "prepare", "run" and "delete"."""
    outputs = (run, adapter)
    for name, begin in (("prepare", on_prepare), ("run", on_run)):
        connect(buttons[name].click, begin, [data.inputs(), run.shown], *outputs, data.pick("sentences"), **QUIET)
    for event, function in (
        (run.timer.tick, on_tick),
        (run.start.click, on_start),
        (run.stop.click, on_stop),
        (run.resume.click, on_resume),
    ):
        connect(event, function, run.shown, *outputs, **QUIET)
    memory = trained_engines.memory()
    connect(buttons["delete"].click, on_delete, [run.shown, memory], *outputs, {"remembered": memory}, **QUIET)
    run.clips.select(on_change, run.shown, run.cost, api_visibility="private", **QUIET)
    filled = data.pick("terms", "language", "sentences")
    wire_arrival("train", on_arrival, [run.last, run.shown], *outputs, filled)
