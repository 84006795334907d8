"""The Audio chat page: five abilities of a large audio language model, each with demonstrations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from funaudio_core.engines import registry
from server.events import add_endpoint
from server.updates import Update
from tabs.audio_chat import calling, empathy, manner, questions, texts, understanding
from tabs.audio_chat.controls import build_models, engines_shown, note_key
from tabs.audio_chat.endpoints import answer_clip, ask_clip, call_tools
from tabs.audio_chat.show_demonstrations import SHOW
from tabs.components import demonstrations
from tabs.components.demonstrations import Demonstration
from tabs.components.layout import heading
from tabs.components.strings import t

__all__ = ["ABILITIES", "ENDPOINTS", "NAME", "SHOW", "answer_clip", "ask_clip", "build", "call_tools", "texts"]

NAME = "audio_chat"


ABILITIES = {
    "questions": questions.build,
    "understanding": understanding.build,
    "calling": calling.build,
    "manner": manner.build,
    "empathy": empathy.build,
}
ENDPOINTS: dict[str, Callable[..., Any]] = {
    "questions": answer_clip,
    "understanding": ask_clip,
    "calling": call_tools,
    "manner": answer_clip,
    "empathy": answer_clip,
}  # of each ability


def build() -> None:
    """Add the page and connect it."""
    shown = engines_shown("", "")
    badge_line, note = heading(NAME, *shown, note=note_key(registry.SPOKEN_CHATBOTS[shown[0].name]))
    buttons = demonstrations.build(NAME)
    models = build_models(badge_line, note)
    with gr.Tabs() as tabs:
        for ability, build_ability in ABILITIES.items():
            with gr.Tab(t(f"audio_chat.{ability}"), id=ability):
                outputs = build_ability(models)
            mine = {each.name: buttons[each.name] for each in of_ability(ability)}
            demonstrations.wire(NAME, mine, _shower(ability), {"tabs": tabs}, *outputs)
    for endpoint in (answer_clip, ask_clip, call_tools):
        add_endpoint(endpoint)


def of_ability(ability: str) -> list[Demonstration]:
    """Return the demonstrations of an ability."""
    return [each for each in demonstrations.of_page(NAME) if each.inputs["ability"] == ability]


def _shower(ability: str) -> Callable[[Demonstration], Update]:
    """Return what shows a demonstration and opens the tab of its ability."""

    def show(demonstration: Demonstration) -> Update:
        return Update(**SHOW[ability](demonstration), tabs=gr.Tabs(selected=ability))

    return show
