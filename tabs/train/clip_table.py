"""Table of the clips of a run: each is heard, its words can be changed, and it can be left out."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import gradio as gr

from funaudio_core.engines import registry
from funaudio_core.message import Message
from funaudio_core.training.data.clip_rows import REASONS
from funaudio_core.training.runs.model import BY_VISITOR, Clip
from funaudio_core.training.words.model import WordsCost
from server.request import localize
from tabs.components.layout import MIN_MINUTES_SECONDS
from tabs.train.progress_view import scrolling_table
from tabs.train.routes import CLIP, sound_url

# Tells the server which row was changed; a checkbox and a text box do so when they are left.
CHANGE_JS = """
element.addEventListener('change', (event) => {
  const row = event.target.closest('[data-clip]');
  if (!row) return;
  const [text, kept] = [row.querySelector('input[type=text]'), row.querySelector('input[type=checkbox]')];
  row.classList.toggle('fa-left-out', !kept.checked);
  trigger('select', { clip: Number(row.dataset.clip), text: text.value, kept: kept.checked });
});
"""


def build_table() -> gr.HTML:
    """Add the table. It selects the row that the visitor changes."""
    return gr.HTML("", js_on_load=CHANGE_JS, elem_classes="fa-report")


def table_html(run_id: str, clips: Sequence[Clip], *, is_editable: bool) -> str:
    """Return the rows of the clips."""
    if not clips:
        return ""
    titles = ("", localize("Words"), localize("Spoken by"), localize("Length"), localize("Used"))
    body = "".join(_row_html(run_id, clip, is_editable=is_editable) for clip in clips)
    return scrolling_table(localize("Clips"), titles, body, "fa-clips")


def _row_html(run_id: str, clip: Clip, *, is_editable: bool) -> str:
    number = clip.number + 1
    lock = "" if is_editable else " disabled"
    words = localize("Words of clip {number}", number=number)
    used = localize("Use clip {number}", number=number)
    text = f'<input type="text" value="{escape(clip.text)}" aria-label="{escape(words)}"{lock}>'
    box = f'<input type="checkbox" aria-label="{escape(used)}"{" checked" if clip.is_kept else ""}{lock}>'
    reason = f"<small>{escape(localize(reason_text(clip)))}</small>" if clip.reason else ""
    cells = (
        play_html(sound_url(run_id, CLIP, clip.number), clip.text),
        text,
        escape(clip.source if clip.is_own else voice_name(clip.source)),
        localize("{seconds:.1f} s", seconds=clip.seconds),
        f"<label>{box}</label> {reason}",
    )
    classes = "" if clip.is_kept else ' class="fa-left-out"'
    return f'<tr data-clip="{clip.number}"{classes}>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def voice_name(id_: str) -> str:
    """Return the name of one of our voices."""
    voices = registry.SYNTHESIZERS["kokoro"].voices
    return next((localize(voice.name) for voice in voices if voice.preset == id_), id_)


def play_html(url: str, text: str) -> str:
    """Return a button that plays a sound. text: What is said in it."""
    label = escape(localize("Play: {text}", text=text))
    return (
        f'<button type="button" class="fa-play" data-file="{url}" aria-label="{label}" aria-pressed="false"></button>'
    )


def reason_text(clip: Clip) -> Message:
    """Return why a clip isn't kept."""
    return Message("You left it out.") if clip.reason == BY_VISITOR else REASONS[clip.reason]


def cost_text(cost: WordsCost) -> str:
    """Return the cost of a training before its start."""
    return localize(
        "{clips} clips are used. The training takes about {time}, up to {memory:.1f} GB of memory and {disk:.0f} MB on "
        "the disk, when nobody else uses the server.",
        clips=cost.clips,
        time=duration(cost.seconds),
        memory=cost.memory_bytes / 1e9,
        disk=cost.disk_bytes / 1e6,
    )


def duration(seconds: float) -> Message:
    """Return a length of time in words."""
    if seconds < MIN_MINUTES_SECONDS:
        return Message("{seconds:.0f} s", seconds=seconds)
    return Message("{minutes:.0f} min", minutes=seconds / 60)
