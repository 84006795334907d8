"""Download of a model that is offered on demand: the visitor is asked, sees the progress and can cancel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from funaudio_core.engines import loader, selection
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import FunAudioError, WeightsMissing
from funaudio_core.weights import downloads
from funaudio_core.weights.downloads import DownloadProgress
from server import admission, cancellation
from server.events import handler
from server.request import account_id, localize
from server.updates import Outputs, Update, connect
from tabs.components import trained_engines
from tabs.components.inputs import engine_choices, parse_engine
from tabs.components.layout import status_line, time_left
from tabs.components.strings import t

UNQUEUED: dict[str, Any] = {"concurrency_id": "download", "concurrency_limit": None}  # a download computes nothing


@dataclass(frozen=True, slots=True)
class DownloadOutput(Outputs):
    """Output components of a download. picker: The engines, whose labels name what is left to download."""

    picker: gr.Dropdown
    box: gr.Column
    question: gr.HTML
    run: gr.Button
    cancel: gr.Button
    status: gr.HTML


Choices = Callable[[], list[tuple[str, str]]]


def build_download(
    table: dict[str, EngineSpec[Any]], picker: gr.Dropdown, page: str, choices: Choices | None = None
) -> None:
    """Add the question, which is visible while the chosen engine needs a download that nobody has asked for.

    Args:
        table: Table of the registry that the picker offers.
        picker: Picker of the engine.
        page: Name of the page.
        choices: Returns what the picker offers; None for the available engines of the table and the visitor's own.
    """
    with gr.Column(visible=False) as box:
        question = gr.HTML(elem_classes="fa-note")
        with gr.Row():
            run = gr.Button("", variant="primary")
            cancel = gr.Button(t("download.stop"), variant="stop", visible=False)
        status = status_line()
    output = DownloadOutput(picker, box, question, run, cancel, status)
    module = f"{__name__}.{page}"
    connect(picker.change, _choice_handler(table), picker, output.pick("box", "question", "run"))
    known = [picker, trained_engines.memory()]
    connect(run.click, _download_handler(table, module, choices), known, output, **UNQUEUED)
    connect(cancel.click, _cancel_handler(module), None, output.pick("run", "cancel", "status"), **UNQUEUED)


def _choice_handler(table: dict[str, EngineSpec[Any]]) -> Callable[[str], Update]:
    """Return the handler that asks whether to download the chosen engine."""

    @handler
    def on_choice(engine: str) -> Update:
        spec = selection.resolve(table, parse_engine(engine))
        size = loader.download_size(spec) / 1e9
        if not (spec.on_demand and size):
            return Update(box=gr.Column(visible=False))
        question = localize(
            "{engine} isn't on this server yet. It is downloaded once, for all visitors.", engine=spec.title
        )
        run = gr.Button(localize("Download {size:.1f} GB and use it", size=size))
        return Update(box=gr.Column(visible=True), question=question, run=run)

    return on_choice


def _download_handler(
    table: dict[str, EngineSpec[Any]], module: str, choices: Choices | None = None
) -> Callable[[str, object], Iterator[Update]]:
    """Return the handler that downloads the chosen engine. module: Name by which it can be stopped."""

    def on_download(engine: str, remembered: object) -> Iterator[Update]:
        admission.check_rate_limit(account_id())
        spec = selection.resolve(table, parse_engine(engine))
        running = {"run": gr.Button(interactive=False), "cancel": gr.Button(visible=True)}
        yield Update(status=localize("Starting the download…"), **running)
        try:
            for name in spec.artifacts:
                for progress in downloads.follow(name):
                    yield Update(status=progress_text(spec.title, progress))
        except WeightsMissing as error:
            failure = localize(
                "{engine} couldn't be downloaded. Try again, or choose another model. ({reason})",
                engine=spec.title,
                reason=error.message,
            )
            yield Update(status=failure, **_idle())
            return
        except FunAudioError as error:  # such as too many who wait
            yield Update(status=localize(error.message), **_idle())
            return
        rows = choices() if choices else engine_choices(trained_engines.offered_engines(remembered, table))
        ready = gr.Dropdown(choices=rows)
        yield Update(status="", box=gr.Column(visible=False), picker=ready, **_idle())

    on_download.__module__ = module
    return handler(on_download)


def _cancel_handler(module: str) -> Callable[[], Iterator[Update]]:
    """Return the handler that stops the download; others who wait for the same one go on."""

    @handler
    def on_cancel() -> Iterator[Update]:
        yield Update(status=localize("Stopping…"))
        cancellation.wait_until_stopped(cancellation.request_stop(module))
        yield Update(status=localize("Stopped. What is downloaded so far is kept for the next time."), **_idle())

    return on_cancel


def _idle() -> dict[str, Any]:
    """Return the updates of the buttons while nothing is downloaded."""
    return {"run": gr.Button(interactive=True), "cancel": gr.Button(visible=False)}


def progress_text(title: str, progress: DownloadProgress) -> str:
    """Return the status while a model is downloaded."""
    return localize(
        "Downloading {engine}: {done:.0f} of {total:.0f} MB, {left}…",
        engine=title,
        done=progress.done / 1e6,
        total=progress.total / 1e6,
        left=time_left(progress.seconds_left),
    )
