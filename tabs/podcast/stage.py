"""The stage of a show: the transcript that follows the sound, and how a listener joins in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from funaudio_core.podcast.source import Source
from tabs.components.page.browser_script import IN_LANGUAGE
from tabs.components.strings import strings_by_language, t
from tabs.podcast import words  # noqa: F401 (adds the strings)

PLAYER = "fa-live-podcast"
_FOLDER = Path(__file__).parent
MAX_CLIP_SECONDS = 30  # of one utterance
AHEAD_SECONDS = 25  # the page asks for more when less is ready
_KEYS = (
    "podcast.talk",
    "podcast.talk.how",
    "podcast.listening",
    "podcast.say",
    "podcast.send",
    "podcast.next",
    "podcast.repeat",
    "podcast.slower",
    "podcast.faster",
    "podcast.hands_free",
    "podcast.microphone",
)


@dataclass(frozen=True, slots=True)
class Row:
    """Sentence of the transcript.

    Attributes:
        id: Number of the sentence in the player; 0 for words of the listener.
        speaker: Name of the host; "" for the listener.
        text: Its words.
        kind: Kind of the piece, see funaudio_core.podcast.pieces, or "listener".
        section: Title of the section that begins with it, or "".
        sources: Numbers of source sentences.
        number: Number of its section; -1 if it isn't of the script.
    """

    id: int
    speaker: str
    text: str
    kind: str
    section: str = ""
    sources: tuple[int, ...] = ()
    number: int = -1


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def build_stage() -> gr.HTML:
    """Add the controls by which a listener joins in; its value is the last message to the server."""
    constants = {
        "STRINGS": {key: strings_by_language(key) for key in _KEYS},
        "PLAYER": PLAYER,
        "AHEAD": AHEAD_SECONDS,
        "MAX_CLIP_MS": 1000 * MAX_CLIP_SECONDS,
    }
    lines = "".join(f"const {name} = {json.dumps(value)};" for name, value in constants.items())
    return gr.HTML(
        "",
        html_template=_read("stage.html"),
        css_template=_read("stage.css"),
        js_on_load=lines + IN_LANGUAGE + _read("microphone.js") + _read("stage.js"),
        label=t("podcast.stage"),
        show_label=True,
        container=True,
        elem_id="fa-podcast-stage",
        elem_classes="fa-boxed",
    )


def transcript_html(
    rows: Sequence[Row], colors: dict[str, str], show: str, epoch: int, state: str, source: Source | None, you: str
) -> str:
    """Return the transcript of a show, with its state for the stage.

    Args:
        rows: Its sentences.
        colors: Color of each host.
        show: Id of the show.
        epoch: Number of interruptions.
        state: "playing", "stopped" or "ended".
        source: Text that sentences are quoted from.
        you: Name of the listener.
    """
    parts: list[str] = []
    speaker: str | None = None
    for row in rows:
        if row.section:
            parts.append(f"<h2>{escape(row.section)}</h2>")
            speaker = None
        name = row.speaker or you
        if name != speaker:
            color = colors.get(row.speaker, "var(--body-text-color-subdued)")
            parts.append(f'<span class="fa-speaker" style="--fa-speaker: {color}">{escape(name)}</span>')
            speaker = name
        mark = f' data-piece="{row.id}"' if row.id else ""
        parts.append(f'<span class="fa-piece"{mark}>{escape(row.text)}{_citations(row, source)}</span> ')
    return (
        f'<div class="fa-show fa-transcript" tabindex="0" data-show="{show}" data-epoch="{epoch}" '
        f'data-state="{state}">{"".join(parts)}</div>'
    )


def _citations(row: Row, source: Source | None) -> str:
    """Return the numbers of the source sentences, with their words as hints."""
    if source is None:
        return ""
    known = [number for number in row.sources if 0 < number <= len(source.sentences)]
    return "".join(f'<sup title="{escape(source.sentences[number - 1].text)}">[{number}]</sup>' for number in known)


def read_message(value: Any) -> dict[str, Any]:
    """Return the last message of the stage; {} for a damaged one."""
    try:
        message = json.loads(value or "{}")
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}
