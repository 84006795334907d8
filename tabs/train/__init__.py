"""The Train page: a recognizer learns a visitor's names and terms, in four steps."""

from __future__ import annotations

import gradio as gr

from funaudio_core.engines import registry, selection
from funaudio_core.training.runs.offer import obstacle
from server.events import add_endpoint, handler
from server.request import localize
from server.updates import Update, connect
from tabs.components import demonstrations, engine_picker
from tabs.components.layout import heading
from tabs.components.page.page_load import on_page_load
from tabs.components.strings import t
from tabs.train.adapter_panel import build_adapter, wire_adapter
from tabs.train.added_panel import build_added, wire_added
from tabs.train.data_panel import build_data, wire_data
from tabs.train.demonstration import show_demonstration
from tabs.train.endpoints import (
    add_adapter,
    delete_adapter,
    delete_training,
    train_words,
    training_progress,
    training_result,
)
from tabs.train.other_targets import TARGETS, WORDS, target_html
from tabs.train.routes import ROUTES
from tabs.train.run_panel import build_run, wire_run

__all__ = ["NAME", "ROUTES", "build", "train_words"]
NAME = "train"


@handler
def on_target(target: str) -> Update:
    """Show the steps for names and terms, or what another training needs and the panel for its adapters."""
    is_shown = target == WORDS
    return Update(
        steps=gr.Row(visible=is_shown),
        needs=gr.HTML(target_html(target), visible=not is_shown),
        added=gr.Row(visible=not is_shown),
    )


def obstacle_html() -> str:
    """Return why visitors can't train here; "" if they can."""
    reason = obstacle()
    return localize(reason) if reason else ""


def build() -> None:
    """Add the page and connect it."""
    heading(NAME, selection.default(registry.RECOGNIZERS), engine_picker.default_synthesizer())
    can_train = obstacle() is None
    notice = gr.HTML(elem_classes="fa-notice", visible=not can_train)
    on_page_load(obstacle_html, notice)
    demos = demonstrations.build(NAME)
    names = [(str(t(f"train.target.{target}")), target) for target in TARGETS]
    target = gr.Radio(names, value=WORDS, label=t("train.target"))
    needs = gr.HTML(elem_classes="fa-report", visible=False)
    with gr.Row() as steps:
        with gr.Column(scale=2):
            data, buttons = build_data(can_train=can_train)
        with gr.Column(scale=3, elem_classes="fa-results"):
            run = build_run(NAME)
            adapter, buttons["delete"] = build_adapter()
    with gr.Row(visible=False) as added:
        panel = build_added()
    shown = {"steps": steps, "needs": needs, "added": added}
    connect(target.change, on_target, target, shown, show_progress="hidden")
    wire_added(*panel)
    wire_data(data, buttons["write"], {"show_progress": "hidden"})
    wire_run(run, adapter, data, buttons)
    demonstrations.wire(NAME, demos, show_demonstration, run, adapter, data)
    wire_adapter(adapter, run.shown, run.status)
    for function in (train_words, training_progress, training_result, delete_training, add_adapter, delete_adapter):
        add_endpoint(function, is_queued=False)  # the background computes
