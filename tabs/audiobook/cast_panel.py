"""Cast of the narration: who speaks with which voice, heard at a press; every row can be changed, cloned and merged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from funaudio_core import languages
from funaudio_core.books.model import HEADING
from funaudio_core.engines import registry, voice_catalog
from funaudio_core.errors import BadInput
from funaudio_core.narration import stored
from funaudio_core.narration.documents import CLIP_PREFIX
from funaudio_core.narration.model import NARRATOR, UNKNOWN, Cast, Role
from funaudio_core.narration.narration import Narration
from funaudio_core.tasks import narration as tasks
from funaudio_core.tasks import synthesis
from server.events import QUEUE_OPTIONS, handler, queued_handler
from server.request import language, localize
from server.updates import Outputs, Update, connect, values_of
from tabs.audiobook.narration_panel import NarrationControls, made_again
from tabs.audiobook.routes import role_label
from tabs.components import engine_picker, reference_voice
from tabs.components.inputs import voice_choices
from tabs.components.outputs import enabled_download, playable, safe_name, write_file
from tabs.components.reference_voice import ReferenceControls, ReferenceInput
from tabs.components.strings import STRINGS, t

MAX_PITCH, MIN_RATE, MAX_RATE = 4.0, 0.8, 1.25
MAX_SAMPLE_CHARACTERS = 200
SEXES = ("female", "male")
MAX_FILE_BYTES = 2**20
COLUMNS = ("audiobook.cast.role", "audiobook.cast.lines", "audiobook.cast.sex", "voice", "audiobook.cast.listen")
TABLE_JS = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-role]');
  if (button) trigger('select', { role: Number(button.dataset.role), listens: button.matches('.fa-play') });
});
"""


@dataclass(frozen=True, slots=True)
class CastControls(Outputs):
    """Components of the panel.

    Attributes:
        accordion: All the others.
        table: Rows of the cast.
        role: Name of the role that is changed.
        heard: Sample of the role.
    """

    accordion: gr.Accordion
    table: gr.HTML
    role: gr.Dropdown
    voice: gr.Dropdown
    pitch: gr.Slider
    rate: gr.Slider
    heard: gr.Audio
    into: gr.Dropdown
    download: gr.DownloadButton


def show_cast(narration_id: str, chosen: str | None = None) -> Update:
    """Return the update that shows the cast of a narration. chosen: Name of the role to change."""
    if not narration_id:
        return Update(accordion=gr.Accordion(visible=False))
    narration = tasks.open_narration(narration_id)
    cast = narration.cast()
    names = [(role_label(role.name, language()), role.name) for role in cast.roles]
    name = chosen if chosen in {value for _, value in names} else NARRATOR
    others = [pair for pair in names if pair[1] not in (NARRATOR, UNKNOWN, name)]
    file = f"{safe_name(narration.title, 'cast')}.cast.json"
    path = write_file(json.dumps(stored.dump(cast), ensure_ascii=False, indent=1), file)
    return Update(
        accordion=gr.Accordion(visible=True),
        table=table_html(cast),
        role=gr.Dropdown(choices=names, value=name),
        into=gr.Dropdown(choices=others, value=None),
        download=enabled_download(path),
        **_show_role(cast, cast.role(name)),
    )


def _show_role(cast: Cast, role: Role) -> Update:
    """Return the update of the inputs for a role."""
    choices = voice_choices(voice_catalog.voices_for_language(cast.language, cast.engine))
    if role.voice not in {name for _, name in choices}:  # a clip
        choices.append((role.voice_name or role.voice, role.voice))
    return Update(voice=gr.Dropdown(choices=choices, value=role.voice), pitch=role.pitch, rate=role.rate)


def table_html(cast: Cast) -> str:
    """Return the rows of a cast with a button that plays a sample of each."""
    column = int(language() == "zh")
    heads = "".join(f'<th scope="col">{escape(STRINGS[key][column])}</th>' for key in COLUMNS)
    rows = "".join(_row_html(place, role, column) for place, role in enumerate(cast.roles))
    return f'<table class="fa-check fa-cast"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def _row_html(place: int, role: Role, column: int) -> str:
    name = role_label(role.name, ("en", "zh")[column])
    voice = role.voice_name or role.voice
    offset = f" {role.pitch:+g} st" if role.pitch else ""
    shared = f" · {STRINGS['audiobook.cast.extra'][column]}" if role.is_extra else ""
    sex = STRINGS[f"audiobook.cast.{role.sex}"][column] if role.sex in SEXES else "–"
    label = escape(f"{STRINGS['audiobook.cast.listen'][column]}: {name}")
    also = f"<br><small>{escape(', '.join(role.aliases))}</small>" if role.aliases else ""
    cells = [
        f'<button type="button" class="fa-row" data-role="{place}">{escape(name)}</button>{also}',
        str(role.lines) if role.lines else "–",
        sex,
        escape(f"{voice}{offset}{shared}"),
        f'<button type="button" class="fa-play" data-role="{place}" aria-label="{label}"></button>',
    ]
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


@handler
def on_narration(narration_id: str) -> Update:
    """Show the cast of another narration."""
    return show_cast(narration_id)


@handler
def on_role(narration_id: str, name: str) -> Update:
    """Show the voice of the role that is chosen."""
    cast = tasks.open_narration(narration_id).cast()
    names = [(role_label(role.name, language()), role.name) for role in cast.roles]
    others = [pair for pair in names if pair[1] not in (NARRATOR, UNKNOWN, name)]
    return Update(into=gr.Dropdown(choices=others, value=None), **_show_role(cast, cast.role(name)))


@queued_handler()
def on_row(narration_id: str, chosen: gr.EventData) -> Any:
    """Choose the role of a row, and let it be heard if that button was pressed."""
    narration = tasks.open_narration(narration_id)
    role = narration.cast().roles[int(chosen.role)]
    update = show_cast(narration_id, role.name)
    if chosen.listens:
        update["heard"] = _audition(narration, role)
    return values_of(update, list(CastControls.__dataclass_fields__))


@queued_handler()
def on_audition(narration_id: str, name: str, voice: str, pitch: float, rate: float) -> Update:
    """Let the role be heard in the voice that is chosen, before it is used."""
    narration = tasks.open_narration(narration_id)
    role = narration.cast().role(name)
    return Update(heard=_audition(narration, Role(role.name, voice, pitch=pitch, rate=rate)))


def _audition(narration: Narration, role: Role) -> Any:
    """Return the update of the player with a sample line of a role."""
    cast = narration.cast()
    request = tasks.audition(role, cast, sample_line(narration, role.name), narration.voice(role.voice))
    return gr.Audio(value=playable(synthesis.speak_take(request, cast.engine).audio), autoplay=True, visible=True)


def sample_line(narration: Narration, name: str) -> str:
    """Return the longest line of a role up to MAX_SAMPLE_CHARACTERS in the first chapter that has one, or ""."""
    cast = narration.cast()
    for number in range(len(narration.status().chapters)):
        lines = [
            line.text.strip()
            for line in narration.planned_chapter(number).lines
            if cast.role(line.speaker).name == name and line.kind != HEADING
            if len(line.text) <= MAX_SAMPLE_CHARACTERS
        ]
        if lines:
            return max(lines, key=len)
    return ""


@handler
def on_voice(narration_id: str, name: str, voice: str, pitch: float, rate: float) -> Update:
    """Give the role another voice."""
    count = tasks.open_narration(narration_id).change_voice(name, voice, pitch, rate)
    return Update(**made_again(narration_id, count), **show_cast(narration_id, name))


@queued_handler()
def on_clone(narration_id: str, name: str, reference: ReferenceInput) -> Iterator[Update]:
    """Give the role the voice of a clip, with the speaker's consent."""
    yield Update(status=localize("Checking the reference…"))
    narration = tasks.open_narration(narration_id)
    count = narration.change_voice(name, reference.voice())
    yield Update(**made_again(narration_id, count), **show_cast(narration_id, name))


@handler
def on_merge(narration_id: str, name: str, into: str | None) -> Update:
    """Merge the role into another one."""
    if not into:
        raise BadInput("There is no character to merge into. Choose one.")
    count = tasks.open_narration(narration_id).merge_roles(name, into)
    return Update(**made_again(narration_id, count), **show_cast(narration_id, into))


@handler
def on_upload(file: str | None, narration_id: str) -> Update:
    """Take the voices of another volume: for the narration that is shown, or for the next one."""
    if not file:
        return Update()
    cast = read_cast(Path(file))
    if not narration_id:
        status = localize("The cast is used for the next narration.")
        return Update(carried=cast, status=f"{status} {_missing_clips(cast)}".strip())
    narration = tasks.open_narration(narration_id)
    engine, spoken = narration.cast().engine, narration.cast().language
    if (cast.engine, cast.language) != (engine, spoken):
        raise BadInput(
            "This cast is for {title} in {language}. Narrate the book with that model, or choose another file.",
            title=registry.SYNTHESIZERS[cast.engine].title if cast.engine in registry.SYNTHESIZERS else cast.engine,
            language=languages.display_name(cast.language),
        )
    count = narration.set_cast(tasks.cast_plan(narration.plan(), engine, cast))
    again = made_again(narration_id, count)
    again["status"] = f"{again['status']} {_missing_clips(cast)}".strip()
    return Update(carried=cast, **again, **show_cast(narration_id))


def _missing_clips(cast: Cast) -> str:
    """Return a note that names who had the voice of a clip, which the file doesn't hold; "" for nobody."""
    names = tuple(role_label(role.name, language()) for role in cast.roles if role.voice.startswith(CLIP_PREFIX))
    if not names:
        return ""
    return localize("The file holds no clips, so {names} get other voices. Give them their clips again.", names=names)


def read_cast(path: Path) -> Cast:
    """Return the cast in a file. Raise BadInput if there is none."""
    data = path.read_bytes() if path.stat().st_size <= MAX_FILE_BYTES else b""
    try:
        return stored.load_cast(json.loads(data))
    except ValueError:
        raise BadInput("This file isn't a plan or cast saved by this app. Save it again from the page.") from None


def build_cast() -> tuple[CastControls, dict[str, gr.Button | gr.File], ReferenceControls | None]:
    """Add the panel; return it with its buttons, and the block for a clip if the engine can imitate one."""
    with gr.Accordion(t("audiobook.cast"), open=False, visible=False) as accordion:
        table = gr.HTML("", js_on_load=TABLE_JS)
        with gr.Row():
            role = gr.Dropdown([], label=t("audiobook.cast.role"))
            voice = gr.Dropdown([], label=t("voice"))
        with gr.Row():
            pitch = gr.Slider(-MAX_PITCH, MAX_PITCH, 0, step=0.5, label=t("audiobook.cast.pitch"))
            rate = gr.Slider(MIN_RATE, MAX_RATE, 1, step=0.01, label=t("audiobook.cast.rate"))
        with gr.Row():
            listen = gr.Button(t("audiobook.cast.listen"), size="sm")
            save = gr.Button(t("audiobook.cast.save"), size="sm", variant="primary")
        heard = gr.Audio(label=t("audiobook.cast.heard"), interactive=False, type="filepath", visible=False)
        with gr.Row():
            into = gr.Dropdown([], label=t("audiobook.cast.into"))
            merge = gr.Button(t("audiobook.cast.merge"), size="sm")
        buttons: dict[str, gr.Button | gr.File] = {"listen": listen, "save": save, "merge": merge}
        reference = None
        if not engine_picker.default_synthesizer().capabilities.isdisjoint(engine_picker.IMITATES):
            with gr.Accordion(t("audiobook.cast.clip"), open=False):
                reference = reference_voice.build_reference(examples=False)
                buttons["clone"] = gr.Button(t("audiobook.cast.clone"))
        with gr.Row():
            download = gr.DownloadButton(t("audiobook.cast.download"), interactive=False, size="sm")
    with gr.Accordion(t("audiobook.cast.upload"), open=False):
        buttons["upload"] = gr.File(
            label=t("audiobook.cast.upload"), show_label=False, file_types=[".json"], type="filepath", height=90
        )
    controls = CastControls(accordion, table, role, voice, pitch, rate, heard, into, download)
    return controls, buttons, reference


def wire_cast(
    controls: CastControls,
    buttons: dict[str, Any],
    reference: ReferenceControls | None,
    narration: NarrationControls,
    status: gr.HTML,
) -> None:
    """Connect the panel."""
    quiet: dict[str, Any] = {"show_progress": "hidden"}
    changed = ({"status": status, **narration.pick("player", "step")}, controls)
    shown = narration.narration
    how = [controls.voice, controls.pitch, controls.rate]
    connect(shown.change, on_narration, shown, controls, **quiet)
    connect(controls.role.input, on_role, [shown, controls.role], controls, **quiet)
    controls.table.select(
        on_row, shown, list(controls.components().values()), api_visibility="private", **quiet, **QUEUE_OPTIONS
    )
    sample = controls.pick("heard")
    connect(buttons["listen"].click, on_audition, [shown, controls.role, *how], sample, **QUEUE_OPTIONS)
    connect(buttons["save"].click, on_voice, [shown, controls.role, *how], *changed)
    connect(buttons["merge"].click, on_merge, [shown, controls.role, controls.into], *changed)
    upload = [buttons["upload"], shown]
    connect(buttons["upload"].upload, on_upload, upload, *changed, {"carried": narration.carried})
    if reference is not None:
        inputs = [shown, controls.role, reference.inputs()]
        connect(buttons["clone"].click, on_clone, inputs, *changed, **QUEUE_OPTIONS)
