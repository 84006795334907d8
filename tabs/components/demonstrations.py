"""Stored demonstrations of a page: one click fills in everything, shows the result and plays it at once."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.routing import Mount

from funaudio_core import audio
from funaudio_core.i18n.po_files import translate_string
from funaudio_core.types import Word
from funaudio_core.voices.examples import FOLDER
from server.events import handler
from server.page.static_files import FolderFiles
from server.request import localize
from server.updates import Outputs, Update, connect
from tabs.components.outputs import disabled_download, enabled_download, write_file, write_wav
from tabs.components.player import Playback
from tabs.components.strings import add_strings, t


class _SoundFiles(FolderFiles):
    """Sound files of a folder; its other files are not found."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """Return the path and the status of a file (overrides FolderFiles)."""
        return super().lookup_path(path) if path.endswith(SOUND_SUFFIXES) else ("", None)


SOUND_SUFFIXES = (".flac", ".mp3")
FILES_ROUTE = Mount("/examples", _SoundFiles(directory=FOLDER))
TABLE = FOLDER / "demonstrations.json"
RESULTS = FOLDER / "demonstrations"
SUFFIX = ".mp3"
_VOICE_CUE = re.compile(r"^<v ([^>]+)>(.*?)(?:</v>)?$", re.MULTILINE)  # its text is escaped as in HTML
add_strings(
    {
        "demonstrations": ("Demonstrations: heard at once", "演示：点击即听"),
        "demonstrations.silent": ("Demonstrations: seen at once", "演示：点击即看"),
    }
)


@dataclass(frozen=True, slots=True)
class Demonstration:
    """Inputs of a page with the stored result.

    Attributes:
        page: Name of the page.
        name: Name, unique on the page.
        english: Title.
        chinese: Title.
        inputs: Arguments of the page's endpoint; clips are names of files in FOLDER.
        texts: Texts of the result by name, such as "reply".
        facts: What else the endpoint returned.
        engines: Titles of the models.
        date: Day on which the result was made, ISO 8601.
        command: Command that made it.
    """

    page: str
    name: str
    english: str
    chinese: str
    inputs: dict[str, Any]
    texts: dict[str, str]
    facts: dict[str, Any]
    engines: list[str]
    date: str
    command: str

    @property
    def clip(self) -> Path | None:
        """Return the path of the clip that goes in, if there is one."""
        return FOLDER / self.inputs["clip"] if "clip" in self.inputs else None

    @property
    def result(self) -> Path | None:
        """Return the path of the audio that comes out, if there is any."""
        path = RESULTS / f"{self.page}-{self.name}{SUFFIX}"
        return path if path.exists() else None

    @property
    def title_key(self) -> str:
        """Return the key of the title."""
        return f"demonstrations.{self.page}.{self.name}"

    def title(self, language: str) -> str:
        """Return the title in a language of the interface."""
        return self.chinese if language == "zh" else translate_string(self.title_key, self.english, language)

    @property
    def button_id(self) -> str:
        """Return the element id of the button on the page."""
        return f"fa-demo-{self.page}-{self.name}".replace("_", "-")


@cache
def load_all() -> tuple[Demonstration, ...]:
    """Read the table."""
    return tuple(Demonstration(**row) for row in json.loads(TABLE.read_text(encoding="utf-8")))


def of_page(page: str) -> list[Demonstration]:
    """Return the demonstrations of a page."""
    return [each for each in load_all() if each.page == page]


add_strings({each.title_key: (each.english, each.chinese) for each in load_all()})


def stored_text(demonstration: Demonstration) -> str:
    """Return the status below a stored result."""
    return localize(
        "Stored result, made by {engines} on {date}. Run it to make a new one.",
        engines=", ".join(demonstration.engines),
        date=demonstration.date,
    )


def build(page: str, *, silent: bool = False) -> dict[str, gr.Button]:
    """Add a button for each demonstration of a page; return them by name, for wire().

    Args:
        page: Name of the page.
        silent: Nothing is heard at once.
    """
    buttons = {}
    with gr.Row(elem_classes="fa-demos"):
        gr.HTML(t("demonstrations.silent" if silent else "demonstrations"), elem_classes="fa-demos-title")
        for each in of_page(page):
            buttons[each.name] = gr.Button(t(each.title_key), size="sm", elem_id=each.button_id)
    return buttons


def wire(
    page: str,
    buttons: Mapping[str, gr.Button],
    show: Callable[[Demonstration], Update],
    *outputs: Outputs | Mapping[str, Any],
) -> None:
    """Let the buttons show the demonstrations.

    Args:
        page: Name of the page.
        buttons: Result of build(), or some of them.
        show: Returns the update that fills in a demonstration and shows its result.
        outputs: Components that `show` updates.
    """
    for each in of_page(page):
        if each.name not in buttons:
            continue
        connect(buttons[each.name].click, handler(_make_handler(each, show)), None, *outputs, show_progress="hidden")


def _make_handler(demonstration: Demonstration, show: Callable[[Demonstration], Update]) -> Callable[[], Update]:
    def on_demonstration() -> Update:
        return show(demonstration)

    return on_demonstration


def clip_value(demonstration: Demonstration) -> str | None:
    """Return the value of a clip input: a copy of the clip that goes in, deleted with the session."""
    path = demonstration.clip
    return write_file(path.read_bytes(), path.name) if path else None


def stored_playback(demonstration: Demonstration) -> str:
    """Return the value of the player that plays the stored result, with its words if their times are stored."""
    assert demonstration.result is not None
    words = tuple(Word(*row) for row in demonstration.facts.get("words", ()))
    return Playback().add(audio.load(demonstration.result), words)


def speech_update(demonstration: Demonstration, **others: Any) -> Update:
    """Return the update of a page that speaks: plays the stored result and offers it for download.

    Args:
        demonstration: The demonstration.
        others: Values of other outputs.
    """
    assert demonstration.result is not None
    clip = audio.load(demonstration.result)
    path = write_wav(clip, f"{demonstration.name}.wav")
    return Update(
        status=stored_text(demonstration),
        live=stored_playback(demonstration),
        result=path,
        wav=enabled_download(path),
        **others,
    )


def voice_update(demonstration: Demonstration) -> Update:
    """Return the update of a cloning page: clip, text, language and the result."""
    no_subtitles = {name: disabled_download() for name in ("srt", "vtt")}
    return speech_update(
        demonstration,
        clip=clip_value(demonstration),
        text=demonstration.inputs["text"],
        language=demonstration.inputs["language"],
        report="",
        seed_used=demonstration.inputs["seed"],
        **no_subtitles,
    )


def subtitles_html(vtt: str) -> str:
    """Return the words of WebVTT with voices as a transcript, the speakers named where they change."""
    parts: list[str] = []
    speaker = ""
    for name, words in _VOICE_CUE.findall(vtt):
        if name != speaker:
            parts.append(f'<span class="fa-speaker">{name}</span>')
            speaker = name
        parts.append(f"{words} ")
    return f'<div class="fa-transcript" dir="auto">{"".join(parts)}</div>'
