"""What every page shares: pickers fed by tables, sound in and out, errors as sentences. Knows no single page."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ParamSpec, TypeVar

import gradio as gr

from funaudio_core.engines import preload
from funaudio_core.engines.loader import Loading
from funaudio_core.engines.spec import Spec
from funaudio_core.i18n.catalog import said
from funaudio_core.message import Phrase
from funaudio_core.tasks import cost as task_cost
from server.events import shows_errors
from server.request import say
from tabs.components.strings import add, word

log = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")


def badge(spec: Spec[Any], language: str) -> str:
    """A small mark that names the model and its tier."""
    tier, title = (said(Phrase(words), language) for words in (spec.tier, spec.title))
    return f'<span class="fa-badge fa-{spec.tier}">{tier}</span>&nbsp;{title}'


def heading(page: str, *specs: Spec[Any], claim: str = "") -> tuple[gr.HTML, gr.Markdown]:
    """One sentence on what the page does, which models answer, and, where needed, what can't be claimed.

    claim: key of that last one in words. Returns the models and the claim, for pages where they change with the engine.
    """
    gr.Markdown(word(f"{page}.about"), elem_classes="fa-about")
    english, chinese = (badges(specs, language) for language in ("en", "zh"))
    add({f"{page}.models": (english, chinese)})
    models = gr.HTML(word(f"{page}.models"), elem_classes="fa-models")
    return models, gr.Markdown(word(claim) if claim else "", elem_classes="fa-claim", visible=bool(claim))


def left_out() -> None:
    """Say which models a Space was started without, where it was."""
    if titles := tuple(dict.fromkeys(spec.title for spec in preload.left_out())):
        note = Phrase("Not loaded in this Space: {titles}.", titles=titles)
        add({"left_out": (str(note), said(note, "zh"))})
        gr.Markdown(word("left_out"), elem_classes="fa-claim")


def badges(specs: Sequence[Spec[Any]], language: str) -> str:
    """The marks of all models that answer on a page."""
    return " &nbsp; ".join(badge(spec, language) for spec in specs)


def status_line() -> gr.HTML:
    """Where a page says what is happening."""
    return gr.HTML("", elem_classes="fa-status")


def loading(steps: Iterator[Loading]) -> Iterator[str]:
    """The status while an engine is fetched and built."""
    for step in steps:
        if step.done < step.total:
            yield say(
                "Downloading {engine}: {done:.0f} of {total:.0f} MB, this first time only…",
                engine=step.title,
                done=step.done / 1e6,
                total=step.total / 1e6,
            )
        else:
            yield say("Loading {engine}…", engine=step.title)


def heard_of(heard: float, seconds: float) -> str:
    """The status while a clip of so many seconds is being heard."""
    return say("Heard {heard:.0f} of {seconds:.0f} s…", heard=heard, seconds=seconds)


def gpu_note(changes: list[Any], cost: Callable[..., tuple[float, int]], inputs: list[Any]) -> None:
    """Where GPUs are lent, a line that tells what an order will take of the visitor's quota; nothing elsewhere.

    changes: the events after which cost(*inputs), in seconds and in how many parts, is told anew.
    """
    if not task_cost.lent():
        return
    note = gr.HTML(elem_classes="fa-claim")

    @shows_errors
    def on_change(*given: Any) -> str:
        seconds, parts = cost(*given)
        if parts > 1 and seconds:
            return say("About {seconds:.0f} s of GPU time, in {parts} parts.", seconds=seconds, parts=parts)
        return say("About {seconds:.0f} s of GPU time.", seconds=seconds) if seconds else ""

    gr.on(changes, on_change, inputs, note, api_visibility="private", show_progress="hidden")


def on_arrival(function: Callable[[], Any], outputs: Any) -> None:
    """Fill in, as soon as the page is opened, what the server has to say in the visitor's language."""
    gr.on(None, function, None, outputs, show_progress="hidden", api_visibility="private")
