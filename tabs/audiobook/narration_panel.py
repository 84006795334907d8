"""Narration of the page: begins it, shows it after a reload or in another tab, pauses, goes on and deletes.

It is made by the server; where GPUs are lent to visitors, the page has one part made after the other.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from funaudio_core.errors import BadInput
from funaudio_core.narration import states
from funaudio_core.narration.model import Cast
from funaudio_core.narration.narration import Narration
from funaudio_core.runtime.cancellation import Cancelled
from funaudio_core.tasks import narration as tasks
from server.events import QUEUE_OPTIONS, handler, queued_handler
from server.request import localize
from server.updates import Outputs, Update, connect
from tabs.audiobook import library
from tabs.audiobook.book_panel import BookControls, BookRequest
from tabs.audiobook.player import player_value
from tabs.components import resumable, speech_output
from tabs.components.confirmation import build_confirmed_button
from tabs.components.page.arrivals import is_from_address, wire_arrival
from tabs.components.strings import t

Step = tuple[str, int]  # a narration's id, and a number that changes when a part is made


@dataclass(frozen=True, slots=True)
class NarrationControls(Outputs):
    """Components of the panel.

    Attributes:
        narration: Id of the narration; "" for none.
        last: In the browser, a list with the id of the last narration.
        step: A Step, where the page has the parts made.
        carried: Cast that the next narration takes its voices from, or None.
        begun: Request of the narration, or None.
    """

    narration: gr.State
    last: gr.BrowserState
    step: gr.State
    carried: gr.State
    begun: gr.State
    player: gr.HTML
    panel: gr.Column
    link: gr.HTML


@queued_handler()
def on_listen(request: BookRequest, carried: Cast | None, shown: str, begun: BookRequest | None) -> Iterator[Update]:
    """Plan the book, give everyone a voice, and begin to narrate and play it.

    A narration of the same book goes on; if options were changed, the parts that they concern are made again.
    """
    if shown and begun is not None and request.is_same_book(begun):
        narration = tasks.open_narration(shown)
        if request.options != begun.options:
            narration.set_options(request.options)
        narration.resume()
        tasks.wake()
        yield Update()
    else:
        narration = yield from _begin(request, carried)
    played = show_narration(narration, plays=True)
    yield Update(status=_begun_text(), begun=request, chapter_list=gr.Accordion(open=False), **played)


@queued_handler()
def on_prepare(request: BookRequest, carried: Cast | None) -> Iterator[Update]:
    """Plan the book and give everyone a voice, but narrate nothing yet."""
    narration = yield from _begin(request, carried)
    narration.pause()
    text = localize("Everyone has a voice. Change what you like in the cast, then press Listen.")
    yield Update(status=text, begun=request, chapter_list=gr.Accordion(open=False), **show_narration(narration))


def _begin(request: BookRequest, carried: Cast | None) -> Generator[Update, None, Narration]:
    """Store a narration and return it; yield the status meanwhile."""
    yield Update(status=localize("Finding out who speaks…"))
    source = request.named_source
    plan = library.plan(source, request.chapters, with_notes=request.with_notes)
    cast = tasks.cast_plan(plan, request.engine, carried)
    yield from speech_output.load_synthesizer(request.engine)
    return tasks.create(plan, cast, request.options, library.read(source).cover)


def _begun_text() -> str:
    """Return the status of a narration that has begun."""
    if tasks.can_run_in_background():
        return localize("Narrating. It goes on when you close this page; the private link brings you back.")
    return localize("Narrating while this page is open. It uses your GPU quota, and stops when you close the page.")


def show_narration(narration: Narration, *, plays: bool = False, is_own: bool = True) -> Update:
    """Return the update that shows a narration. is_own: The browser remembers it as its last one."""
    words = localize("Private link to this narration. Anyone who has it can listen, change and delete.")
    link = f'<a href="#audiobook/{narration.id}">{words}</a>'
    return Update(
        narration=narration.id,
        player=player_value(narration.id, plays=plays, is_changed=plays),
        panel=gr.Column(visible=True),
        link=link,
        **({"last": [narration.id]} if is_own else {}),
        **_next_step(narration.id, 0),
    )


def _next_step(narration_id: str, number: int) -> dict[str, Any]:
    """Return the value of `step` that has the next part made, where the page must do that."""
    return {} if tasks.can_run_in_background() else {"step": (narration_id, number)}


def on_arrival(last: object, shown: str) -> Update:
    """Show the narration of the address, or the one that the browser remembers; say so if it was deleted.

    What the browser remembers is its own narration: an address changes nothing in it.
    """
    narration_id = resumable.read_job_id(last)
    if not narration_id or narration_id == shown:
        return Update()
    is_own = not is_from_address(last)
    try:
        narration = tasks.open_narration(narration_id)
        narration.touch()
        return show_narration(narration, is_own=is_own)
    except BadInput:
        found = Update(last=[]) if is_own else Update()
        if not shown:
            found["status"] = localize("This narration no longer exists: it was deleted, or has expired.")
        return found


def _require_step(step: Step | None) -> None:
    """Raise Cancelled if the page has no part to make, such as when it was just opened."""
    if step is None or tasks.can_run_in_background():
        raise Cancelled


@queued_handler(before=_require_step)
def on_step(step: Step) -> Iterator[Update]:
    """Have the next part made, and the one after it by an event of its own."""
    if tasks.make_next_part(step[0]):
        yield Update(step=(step[0], step[1] + 1))


@handler
def on_pause(narration_id: str) -> Update:
    """Make no further parts."""
    tasks.open_narration(narration_id).pause()
    return changed(narration_id, localize("Paused. What is finished can be heard."))


@handler
def on_resume(narration_id: str, step: Step | None) -> Update:
    """Go on."""
    tasks.open_narration(narration_id).resume()
    tasks.wake()
    return Update(**changed(narration_id, _begun_text()), **_next_step(narration_id, step[1] + 1 if step else 0))


@handler
def on_delete(narration_id: str, last: object) -> Update:
    """Delete the narration with all its sound; the browser forgets it, but not another one."""
    tasks.open_narration(narration_id).delete()
    forgotten: Update = Update(last=[]) if resumable.read_job_id(last) == narration_id else Update()
    return Update(
        **forgotten,
        status=localize("Deleted, with all its sound."),
        narration="",
        player=player_value(""),
        panel=gr.Column(visible=False),
    )


def changed(narration_id: str, status: str) -> Update:
    """Return the update after a change of a narration: a status, and the player asks for what is new."""
    return Update(status=status, player=player_value(narration_id, is_changed=True))


def made_again(narration_id: str, count: int) -> Update:
    """Return the update after a change that has so many parts made again, which goes on unless it is paused."""
    if not count:
        return changed(narration_id, localize("Saved. No part is made again."))
    if tasks.open_narration(narration_id).state == states.PAUSED:
        return changed(narration_id, localize("Saved. Parts made again once you go on: {count}.", count=count))
    tasks.wake()
    told = changed(narration_id, localize("Saved. Parts that are made again: {count}.", count=count))
    return Update(**told, **_next_step(narration_id, time.monotonic_ns()))


def build_narration(name: str, player: gr.HTML) -> NarrationControls:
    """Add the panel below the player. name: Name of the page."""
    with gr.Column(visible=False) as panel:
        link = gr.HTML(elem_classes="fa-note")
    last = resumable.build_last_job(name)
    step, carried, begun = gr.State(None), gr.State(None), gr.State(None)
    return NarrationControls(gr.State(""), last, step, carried, begun, player, panel, link)


def build_buttons(panel: gr.Column) -> dict[str, gr.Button]:
    """Add the buttons to the panel; return them by name."""
    with panel, gr.Row():
        return {
            "pause": gr.Button(t("audiobook.pause_making"), size="sm"),
            "resume": gr.Button(t("audiobook.resume_making"), size="sm"),
            "delete": build_confirmed_button("audiobook.delete", "audiobook.delete_question"),
        }


def wire_narration(
    controls: NarrationControls,
    buttons: dict[str, gr.Button],
    starts: tuple[gr.Button, gr.Button],
    book: BookControls,
    status: gr.HTML,
) -> None:
    """Connect the panel. starts: The buttons that listen, and that prepare the cast alone."""
    outputs = ({"status": status}, controls)
    quiet: dict[str, Any] = {"show_progress": "hidden"}
    begun = (*outputs, {"chapter_list": book.chapter_list})
    request = [book.inputs(), controls.carried]
    known = [controls.narration, controls.begun]
    connect(starts[0].click, on_listen, [*request, *known], *begun, **quiet, **QUEUE_OPTIONS)
    connect(starts[1].click, on_prepare, request, *begun, **quiet, **QUEUE_OPTIONS)
    connect(
        controls.step.change, on_step, controls.step, *outputs, trigger_mode="always_last", **quiet, **QUEUE_OPTIONS
    )
    connect(buttons["pause"].click, on_pause, controls.narration, *outputs, **quiet)
    connect(buttons["resume"].click, on_resume, [controls.narration, controls.step], *outputs, **quiet)
    connect(buttons["delete"].click, on_delete, [controls.narration, controls.last], *outputs, **quiet)
    wire_arrival("audiobook", on_arrival, [controls.last, controls.narration], *outputs)
