"""Result files and the components that show them."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from funaudio_core import audio
from funaudio_core.types import Audio
from server.request import localize
from server.sessions import track_output
from tabs.components.strings import t

MAX_NAME_CHARACTERS = 40
MIN_DOWNLOAD_PIXELS = 96  # of a button; three fit side by side on a phone


def playable(clip: Audio) -> str:
    """Write a clip to a file for gr.Audio, which is deleted with the session and which Gradio does not copy."""
    return write_wav(clip, "sound.wav")


def safe_name(text: str, fallback: str) -> str:
    """Return a file name made of the letters, digits, - and _ of a text, or the fallback if there are none."""
    name = re.sub(r"[^\w-]+", "_", text, flags=re.UNICODE).strip("_")[:MAX_NAME_CHARACTERS]
    return name or fallback


def stem(path: str | None, fallback: str) -> str:
    """Return a name for result files after the clip that they come from."""
    return safe_name(Path(path or "").stem, fallback)


def new_folder() -> Path:
    """Return a new folder with a random name in Gradio's cache; track_output() is to be told of files in it."""
    cache = Path(get_upload_folder())
    cache.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=cache))


def output_path(name: str) -> Path:
    """Return a path in a new folder; the file is deleted with the session."""
    path = new_folder() / name
    track_output(path)
    return path


def write_file(content: str | bytes, name: str) -> str:
    """Write a file for a download and return its path."""
    path = output_path(name)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def write_wav(clip: Audio, name: str) -> str:
    """Write a 16-bit WAV file for a download and return its path."""
    path = output_path(name)
    audio.save_wav(clip, path)
    return str(path)


def watermark_text(is_marked: bool) -> str:
    """Return whether the watermark was found in a file, see find_watermark()."""
    if is_marked:
        return localize("The watermark was found in every 30 s of it.")
    return localize("The watermark was not found in all of it.")


def labelled_html(key: str, value: str = "") -> gr.HTML:
    """Add HTML in a labelled box, like that of other components. key: String of the label."""
    return gr.HTML(value, label=t(key), show_label=True, container=True, elem_classes="fa-boxed")


def enabled_download(path: str) -> Any:
    """Return the update of a download button that offers a file."""
    return gr.DownloadButton(value=path, interactive=True)


def disabled_download() -> Any:
    """Return the update of a download button that offers nothing."""
    return gr.DownloadButton(value=None, interactive=False)


def download_buttons(*keys: str) -> list[gr.DownloadButton]:
    """Add disabled download buttons. keys: Strings of their labels."""
    return [gr.DownloadButton(t(key), interactive=False, size="sm", min_width=MIN_DOWNLOAD_PIXELS) for key in keys]
