"""What every page shares: pickers fed by tables, sound in and out, errors as sentences. Knows no single page."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ParamSpec, TypeVar

import gradio as gr

from funaudio_core.engines import preload
from funaudio_core.engines.loader import LoadProgress
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.i18n.catalog import translate
from funaudio_core.message import Message
from funaudio_core.tasks import cost as task_cost
from server.events import handler
from server.request import localize
from tabs.components.strings import add_strings, t

log = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")


def badge(spec: EngineSpec[Any], language: str) -> str:
    """A small mark that names the model and its tier."""
    tier, title = (translate(Message(words), language) for words in (spec.tier, spec.title))
    return f'<span class="fa-badge fa-{spec.tier}">{tier}</span>&nbsp;{title}'


def heading(page: str, *specs: EngineSpec[Any], claim: str = "") -> tuple[gr.HTML, gr.Markdown]:
    """One sentence on what the page does, which models answer, and, where needed, what can't be claimed.

    claim: key of that last one in words. Returns the models and the claim, for pages where they change with the engine.
    """
    gr.Markdown(t(f"{page}.about"), elem_classes="fa-about")
    english, chinese = (badges(specs, language) for language in ("en", "zh"))
    add_strings({f"{page}.models": (english, chinese)})
    models = gr.HTML(t(f"{page}.models"), elem_classes="fa-models")
    return models, gr.Markdown(t(claim) if claim else "", elem_classes="fa-claim", visible=bool(claim))


def missing_models_note() -> None:
    """Say which models a Space was started without, where it was."""
    if titles := tuple(dict.fromkeys(spec.title for spec in preload.unloaded_engines())):
        note = Message("Not loaded in this Space: {titles}.", titles=titles)
        add_strings({"left_out": (str(note), translate(note, "zh"))})
        gr.Markdown(t("left_out"), elem_classes="fa-claim")


def badges(specs: Sequence[EngineSpec[Any]], language: str) -> str:
    """The marks of all models that answer on a page."""
    return " &nbsp; ".join(badge(spec, language) for spec in specs)


def status_line() -> gr.HTML:
    """Where a page says what is happening."""
    return gr.HTML("", elem_classes="fa-status")


def loading_text(steps: Iterator[LoadProgress]) -> Iterator[str]:
    """The status while an engine is fetched and built."""
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


def progress_text(heard: float, seconds: float) -> str:
    """The status while a clip of so many seconds is being heard."""
    return localize("Transcribed {heard:.0f} of {seconds:.0f} s…", heard=heard, seconds=seconds)


def gpu_note(changes: list[Any], cost: Callable[..., tuple[float, int]], inputs: list[Any]) -> None:
    """Where GPUs are lent, a line that tells what an order will take of the visitor's quota; nothing elsewhere.

    changes: the events after which cost(*inputs), in seconds and in how many parts, is told anew.
    """
    if not task_cost.is_metered():
        return
    note = gr.HTML(elem_classes="fa-claim")

    @handler
    def on_change(*given: Any) -> str:
        seconds, parts = cost(*given)
        if parts > 1 and seconds:
            return localize("About {seconds:.0f} s of GPU time, in {parts} parts.", seconds=seconds, parts=parts)
        return localize("About {seconds:.0f} s of GPU time.", seconds=seconds) if seconds else ""

    gr.on(changes, on_change, inputs, note, api_visibility="private", show_progress="hidden")


def on_page_load(function: Callable[[], Any], outputs: Any) -> None:
    """Fill in, as soon as the page is opened, what the server has to say in the visitor's language."""
    gr.on(None, function, None, outputs, show_progress="hidden", api_visibility="private")
