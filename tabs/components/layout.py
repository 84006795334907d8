"""Headings, badges, status lines and notes that the pages share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import Any

import gradio as gr
from gradio.context import Context

from funaudio_core.engines import preload
from funaudio_core.engines.loader import LoadProgress
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.i18n.catalog import translate
from funaudio_core.message import Message
from funaudio_core.tasks import cost as task_cost
from server.events import handler
from server.request import localize
from tabs.components.strings import add_computed_strings, t

MIN_MINUTES_SECONDS = 90.0  # time from which minutes are shown


def badge(spec: EngineSpec[Any], language: str) -> str:
    """Return a badge with the title and the tier of an engine. language: Code of the visitor's language."""
    tier, title = (translate(Message(words), language) for words in (spec.tier, spec.title))
    return f'<span class="fa-badge fa-{spec.tier}">{tier}</span>&nbsp;{title}'


def badges(specs: Sequence[EngineSpec[Any]], language: str) -> str:
    """Return the badges of several engines."""
    return " &nbsp; ".join(badge(spec, language) for spec in specs)


def heading(page: str, *specs: EngineSpec[Any], note: str = "") -> tuple[gr.HTML, gr.Markdown]:
    """Add the heading of a page: one sentence, the badges of its engines and a note on their limits.

    Args:
        page: Name of the page.
        specs: Its engines.
        note: String of the note, if there is one.

    Returns:
        The badges and the note, which may change with the engine.
    """
    gr.Markdown(t(f"{page}.about"), elem_classes="fa-about")
    add_computed_strings({f"{page}.models": lambda language: badges(specs, language)})
    badge_line = gr.HTML(t(f"{page}.models"), elem_classes="fa-models")
    return badge_line, gr.Markdown(t(note) if note else "", elem_classes="fa-note", visible=bool(note))


def missing_models_note() -> None:
    """Add a note on models that this Space does not load, if there are any."""
    if titles := tuple(dict.fromkeys(spec.title for spec in preload.unloaded_engines())):
        note = Message("Not loaded in this Space: {titles}.", titles=titles)
        add_computed_strings({"missing_models": lambda language: translate(note, language)})
        gr.Markdown(t("missing_models"), elem_classes="fa-note")


def status_line() -> gr.HTML:
    """Add the status line of a page."""
    return gr.HTML("", elem_classes="fa-status")


def notes_html(notes: Sequence[Message]) -> str:
    """Return notes on a clip as a list in the visitor's language, for the end of a status line; "" without any."""
    items = "".join(f"<li>{escape(localize(note))}</li>" for note in notes)
    return f'<ul class="fa-notes">{items}</ul>' if items else ""


def loading_text(steps: Iterator[LoadProgress]) -> Iterator[str]:
    """Yield the status while engines are downloaded and loaded."""
    for step in steps:
        if step.done < step.total:
            yield localize(
                "Downloading {engine}: {done:.0f} of {total:.0f} MB (first use only)…",
                engine=step.title,
                done=step.done / 1e6,
                total=step.total / 1e6,
            )
        else:
            yield localize("Loading {engine}…", engine=step.title)


def time_left(seconds: float | None) -> Message:
    """Return the words on the time that work still takes; None is unknown."""
    if seconds is None:
        return Message("time left unknown")
    if seconds < MIN_MINUTES_SECONDS:
        return Message("about {seconds:.0f} s left", seconds=seconds)
    return Message("about {minutes:.0f} min left", minutes=seconds / 60)


def with_time_left(status: str, seconds: float | None) -> str:
    """Return a status with the time left, if it is known."""
    return status if seconds is None else localize("{status} ({left})", status=status, left=time_left(seconds))


def progress_text(done_seconds: float, total_seconds: float) -> str:
    """Return the status while a clip is transcribed."""
    return localize("Transcribed {heard:.0f} of {seconds:.0f} s…", heard=done_seconds, seconds=total_seconds)


def gpu_note(changes: list[Any], cost: Callable[..., tuple[float, int]], inputs: list[Any]) -> None:
    """Add a note on the GPU time of a request where it is metered.

    Args:
        changes: Events that change the cost.
        cost: Returns the seconds and the number of parts for the values of the inputs.
        inputs: Components that the cost depends on.
    """
    if not task_cost.is_metered():
        return
    note = gr.HTML(elem_classes="fa-note")

    @handler
    def on_change(*values: Any) -> str:
        seconds, parts = cost(*values)
        if parts > 1 and seconds:
            return localize("About {seconds:.0f} s of GPU time, in {parts} parts.", seconds=seconds, parts=parts)
        return localize("About {seconds:.0f} s of GPU time.", seconds=seconds) if seconds else ""

    gr.on(changes, on_change, inputs, note, api_visibility="private", show_progress="hidden")


def surrounding_blocks() -> tuple[gr.Blocks, gr.Tab | None]:
    """Return the app that is being built and the outermost tab around the current block."""
    tab, block = None, Context.block
    while block is not None and block.parent is not None:
        tab = block if isinstance(block, gr.Tab) else tab
        block = block.parent
    assert isinstance(block, gr.Blocks)
    return block, tab
