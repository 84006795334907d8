"""Editor of one line: who speaks it, with what feeling, and how; only the parts that hold it are made again."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from funaudio_core.labels import EMOTIONS
from funaudio_core.narration import states
from funaudio_core.narration.model import Line
from funaudio_core.narration.narration import Narration
from funaudio_core.tasks import narration as tasks
from server.events import handler
from server.request import language, localize
from server.updates import Inputs, Outputs, Update, connect, values_of
from tabs.audiobook.narration_panel import NarrationControls, made_again
from tabs.audiobook.routes import role_label
from tabs.components.strings import t

MAX_LEVEL_DB = 6.0
Place = tuple[int, int]  # numbers of the chapter and of the line in it


@dataclass(frozen=True, slots=True)
class LineRequest:
    """Values of a line that can be changed; the names are those of Line."""

    speaker: str
    emotion: str
    is_whispered: bool
    level: float
    manner: str
    said: str


@dataclass(frozen=True, slots=True)
class LineControls(Outputs):
    """Components of the editor.

    Attributes:
        place: Place of the line, or None.
        editor: Group of all the others.
    """

    place: gr.State
    editor: gr.Group
    written: gr.HTML
    speaker: gr.Dropdown
    emotion: gr.Dropdown
    is_whispered: gr.Checkbox
    level: gr.Slider
    manner: gr.Textbox
    said: gr.Textbox

    def inputs(self) -> Inputs[LineRequest]:
        """Return the components as inputs of a handler."""
        return Inputs.gather(LineRequest, self)


@handler
def on_select(narration_id: str, chosen: gr.EventData) -> Any:
    """Show the line that the listener wants to change, or have the chapter made first that they opened."""
    narration = tasks.open_narration(narration_id)
    chapter, number = int(chosen.chapter), int(chosen.line)
    if number < 0:
        if narration.state == states.RUNNING:
            narration.resume(first_chapter=chapter)
            tasks.wake()
        update = Update()
    else:
        update = show_line(narration, (chapter, number))
    return values_of(update, list(LineControls.__dataclass_fields__))


def show_line(narration: Narration, place: Place) -> Update:
    """Return the update that shows a line."""
    line = narration.planned_chapter(place[0]).lines[place[1]]
    cast = narration.cast()
    roles = [(role_label(role.name, language()), role.name) for role in cast.roles]
    return Update(
        place=place,
        editor=gr.Group(visible=True),
        written=f'<blockquote class="fa-written">{escape(line.text.strip())}</blockquote>{_evidence(line)}',
        speaker=gr.Dropdown(choices=roles, value=cast.role(line.speaker).name),
        emotion=gr.Dropdown(choices=_emotions(), value=line.emotion),
        is_whispered=line.is_whispered,
        level=line.level,
        manner=line.manner,
        said=line.said,
    )


def _emotions() -> list[tuple[str, str]]:
    return [(localize(label.en), code) for code, label in EMOTIONS.items()]


def _evidence(line: Line) -> str:
    """Return the words that the guess of the speaker rests on."""
    if not line.evidence_words:
        return ""
    return f"<p>{escape(localize('The speaker was told by: {words}', words=line.evidence_words))}</p>"


@handler
def on_save(narration_id: str, place: Place | None, request: LineRequest) -> Update:
    """Change the line, and have the parts made again that hold it."""
    if place is None:
        return Update()
    narration = tasks.open_narration(narration_id)
    line = narration.planned_chapter(place[0]).lines[place[1]]
    shown = {
        "speaker": narration.cast().role(line.speaker).name,
        **{name: getattr(line, name) for name in ("emotion", "is_whispered", "level", "manner", "said")},
    }
    values = {name: getattr(request, name) for name in shown}
    changes = {name: value for name, value in values.items() if value != shown[name]}
    return made_again(narration_id, narration.change_line(*place, **changes) if changes else 0)


def build_editor() -> tuple[LineControls, gr.Button]:
    """Add the editor, invisible until a line is chosen; return it with its button."""
    with gr.Group(visible=False, elem_classes="fa-line-editor") as editor:
        written = gr.HTML(padding=True)
        with gr.Row():
            speaker = gr.Dropdown([], label=t("audiobook.line.speaker"))
            emotion = gr.Dropdown([], label=t("audiobook.line.emotion"))
        with gr.Row():
            level = gr.Slider(-MAX_LEVEL_DB, MAX_LEVEL_DB, 0, step=0.5, label=t("audiobook.line.level"))
            is_whispered = gr.Checkbox(False, label=t("audiobook.whispered"))
        with gr.Row():
            manner = gr.Textbox(label=t("audiobook.line.manner"), max_lines=1)
            said = gr.Textbox(label=t("audiobook.line.said"), max_lines=3)
        save = gr.Button(t("audiobook.line.save"))
    controls = LineControls(gr.State(None), editor, written, speaker, emotion, is_whispered, level, manner, said)
    return controls, save


def wire_editor(controls: LineControls, save: gr.Button, narration: NarrationControls, status: gr.HTML) -> None:
    """Connect the editor."""
    narration.player.select(
        on_select,
        narration.narration,
        list(controls.components().values()),
        api_visibility="private",
        show_progress="hidden",
    )
    outputs = {"status": status, **narration.pick("player", "step")}
    connect(save.click, on_save, [narration.narration, controls.place, controls.inputs()], outputs)
