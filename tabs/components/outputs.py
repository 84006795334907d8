"""What every page shares: pickers fed by tables, sound in and out, errors as sentences. Knows no single page."""

from __future__ import annotations

import logging
import re
import tempfile
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import gradio as gr
from gradio.utils import get_upload_folder

from funaudio_core import audio
from funaudio_core.types import Audio
from server.sessions import track_output
from tabs.components.strings import t

log = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")


def playable(sound: Audio) -> str:
    """Sound as gr.Audio takes it: a file that leaves with the visit, of which Gradio makes no copy."""
    return write_wav(sound, "sound.wav")


def safe_name(text: str, fallback: str) -> str:
    """A file name from a visitor's words: letters, digits, - and _ only, at most 40."""
    name = re.sub(r"[^\w-]+", "_", text, flags=re.UNICODE).strip("_")[:40]
    return name or fallback


def stem(path: str | None, fallback: str) -> str:
    """A file name for results, after the clip they came from."""
    return safe_name(Path(path or "").stem, fallback)


def _place(name: str) -> Path:
    """Where a result may lie until the visit ends: a folder of its own, unguessable, inside Gradio's cache."""
    cache = Path(get_upload_folder())
    cache.mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(dir=cache)) / name
    track_output(path)
    return path


def write_file(content: str | bytes, name: str) -> str:
    """A file for a download."""
    path = _place(name)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def write_wav(sound: Audio, name: str) -> str:
    """A WAV file, 16-bit PCM, for a download."""
    path = _place(name)
    audio.save_wav(sound, path)
    return str(path)


def labelled_html(key: str, value: str = "") -> gr.HTML:
    """HTML in a labelled box, like the other components."""
    return gr.HTML(value, label=t(key), show_label=True, container=True, elem_classes="fa-boxed")


def enabled_download(path: str) -> Any:
    """The update that fills a download button and wakes it."""
    return gr.DownloadButton(value=path, interactive=True)


def disabled_download() -> Any:
    """The update that empties a download button."""
    return gr.DownloadButton(value=None, interactive=False)


def download_buttons(*keys: str) -> list[gr.DownloadButton]:
    """Buttons that sleep until there is something to take away."""
    return [gr.DownloadButton(t(key), interactive=False, size="sm") for key in keys]
