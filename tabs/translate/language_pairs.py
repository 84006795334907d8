"""Source and target languages of the Translate page, by the chosen engines."""

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


def source_choices(engines: selection.EngineChoice) -> list[tuple[str, str]]:
    """Return the spoken languages as (label, code), with AUTO if the recognizer detects the language."""
    spec = selection.recognizer_for_dialogue(engines)
    return language_choices(spec.languages, auto="language-id" in spec.capabilities)


def target_choices(source: str, engines: selection.EngineChoice) -> list[tuple[str, str]]:
    """Return the languages that a source can be translated into and spoken in, as (label, code)."""
    sources = LANGUAGES if source == AUTO else [source]
    routes = translation.directions(engines).items()
    targets = {target for (start, target), route in routes if start in sources and not isinstance(route, str)}
    return language_choices(frozenset(targets))


def target_update(source: str, target: str, engines: selection.EngineChoice) -> Any:
    """Return the update of the target picker; the chosen target stays if it is offered."""
    choices = target_choices(source, engines)
    return gr.Dropdown(choices=choices, value=choice_or_first(choices, target))


def choice_or_first(choices: list[tuple[str, str]], chosen: str) -> str | None:
    """Return a code if it is among the choices, else the first of them; None if there are none."""
    codes = [code for _, code in choices]
    return chosen if chosen in codes else next(iter(codes), None)


def missing_html(source: str, engines: selection.EngineChoice = selection.DEFAULT_CHOICE) -> str:
    """Return the targets that these engines don't support from a source, and each reason once."""
    if source == AUTO:
        source = "en"
    spoken = engine_picker.spec_of(engines.synthesizer).languages
    routes = translation.directions(engines)
    gist = gist_html(source, engines)
    reasons = {b: route for (a, b), route in routes.items() if a == source and b in spoken and isinstance(route, str)}
    if not reasons:
        return gist
    summary = localize(
        "Not available from {source}: {targets}",
        source=Message(LANGUAGES[source].name),
        targets=tuple(Message(LANGUAGES[code].name) for code in reasons),
    )
    items = "".join(f"<li>{escape(localize(reason))}</li>" for reason in dict.fromkeys(reasons.values()))
    return f"{gist}<details><summary>{summary}</summary><ul>{items}</ul></details>"


def gist_html(source: str, engines: selection.EngineChoice) -> str:
    """Return the targets of which a translation from a source gives the gist only; "" if there are none."""
    codes = translation.gist_targets(source, engines)
    if not codes:
        return ""
    names = tuple(Message(LANGUAGES[code].name) for code in LANGUAGES if code in codes)
    return f"<p>{escape(localize('Gist only, with errors: {targets}', targets=names))}</p>"
