"""From which language into which the chosen engines go, as choices and reasons. Knows no page."""

from __future__ import annotations

from html import escape
from typing import Any

import gradio as gr

from funaudio_core.engines import selection
from funaudio_core.languages import LANGUAGES
from funaudio_core.message import Message
from funaudio_core.tasks import translation
from server.params import AUTO
from server.request import localize
from tabs.components import engine_picker
from tabs.components.inputs import language_choices


def sources(by: selection.EngineChoice) -> list[tuple[str, str]]:
    """The languages that can be spoken, as (label, code); only a recogniser that tells the language offers to."""
    spec = selection.recognizer_for_dialogue(by)
    return language_choices(spec.languages, auto="language-id" in spec.capabilities)


def reachable(source: str, by: selection.EngineChoice) -> list[tuple[str, str]]:
    """The targets that the source can be translated into and the engine speaks, as (label, code)."""
    spoken = LANGUAGES if source == AUTO else [source]
    routes = translation.directions(by).items()
    reached = {target for (given, target), route in routes if given in spoken and not isinstance(route, str)}
    return language_choices(frozenset(reached))


def targets(source: str, target: str, by: selection.EngineChoice) -> tuple[Any, str]:
    """The update that offers what the source can reach, the chosen target where it is among them; why others aren't."""
    choices = reachable(source, by)
    return gr.Dropdown(choices=choices, value=among(choices, target)), missing(source, by)


def among(choices: list[tuple[str, str]], chosen: str) -> str | None:
    """What is chosen where it is among the choices, else the first of them; None where there are none."""
    codes = [code for _, code in choices]
    return chosen if chosen in codes else next(iter(codes), None)


def missing(source: str, by: selection.EngineChoice = selection.DEFAULT_CHOICE) -> str:
    """The directions that these engines lack, each reason once."""
    if source == AUTO:
        source = "en"
    spoken = engine_picker.spec_of(by.synthesizer).languages
    routes = translation.directions(by)
    refused = {b: route for (a, b), route in routes.items() if a == source and b in spoken and isinstance(route, str)}
    if not refused:
        return ""
    summary = localize(
        "Not available from {source}: {targets}",
        source=Message(LANGUAGES[source].name),
        targets=tuple(Message(LANGUAGES[code].name) for code in refused),
    )
    items = "".join(f"<li>{escape(localize(reason))}</li>" for reason in dict.fromkeys(refused.values()))
    return f"<details><summary>{summary}</summary><ul>{items}</ul></details>"
