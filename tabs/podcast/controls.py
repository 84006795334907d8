"""Inputs and outputs of the Podcast page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from funaudio_core.books.reading import SUFFIXES
from funaudio_core.engines import registry, voice_catalog
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.podcast.arranging import FORMATS, MAX_MINUTES, MIN_MINUTES
from funaudio_core.podcast.sound import music
from funaudio_core.tasks.episodes import NO_MUSIC
from funaudio_core.tasks.podcast_scripts import NO_WRITER, default_writer, writers
from server.updates import Inputs, Outputs
from tabs.components import engine_picker, reference_voice
from tabs.components.engine_picker import OWN_VOICE
from tabs.components.inputs import engine_choices, language_choices, voice_choices
from tabs.components.layout import status_line
from tabs.components.model_download import build_download
from tabs.components.outputs import download_buttons, labelled_html
from tabs.components.page.page_load import on_page_load
from tabs.components.player import build_player
from tabs.components.reference_voice import ReferenceControls
from tabs.components.strings import t
from tabs.podcast.requests import NAMES, SourceRequest
from tabs.podcast.stage import PLAYER, build_stage
from tabs.podcast.stored import SAMPLES

MAX_HOSTS = 4
DEFAULT_LANGUAGE = "en"
STATE_SECONDS = 3600
COLUMNS = 5
ARRANGE, SCRIPT = "arrange", "script"
FILE_SUFFIXES = (*SUFFIXES, ".json", ".fountain", ".srt", ".vtt")


@dataclass(frozen=True, slots=True)
class HostControls:
    """Inputs of one host."""

    row: gr.Row
    name: gr.Textbox
    voice: gr.Dropdown
    manner: gr.Textbox


@dataclass(frozen=True, slots=True)
class SourceControls:
    """Inputs that a script is made of."""

    text: gr.Textbox
    file: gr.File
    kind: gr.Radio
    topic: gr.Textbox
    minutes: gr.Slider
    form: gr.Dropdown
    count: gr.Slider
    engine: gr.Dropdown
    writer: gr.Dropdown
    make: gr.Button

    def inputs(self, hosts: Sequence[HostControls]) -> Inputs[SourceRequest]:
        """Return the components as inputs of a handler."""
        names = {f"name_{number}": host.name for number, host in enumerate(hosts, 1)}
        manners = {f"manner_{number}": host.manner for number, host in enumerate(hosts, 1)}
        return Inputs.gather(SourceRequest, self, **names, **manners)


@dataclass(frozen=True, slots=True)
class ScriptControls(Outputs):
    """The script and its hosts, which follow a new script."""

    table: gr.Dataframe
    title: gr.State
    source: gr.State
    language: gr.Dropdown
    script_status: gr.HTML
    name_1: gr.Textbox
    name_2: gr.Textbox
    name_3: gr.Textbox
    name_4: gr.Textbox
    voice_1: gr.Dropdown
    voice_2: gr.Dropdown
    voice_3: gr.Dropdown
    voice_4: gr.Dropdown
    row_1: gr.Row
    row_2: gr.Row
    row_3: gr.Row
    row_4: gr.Row


@dataclass(frozen=True, slots=True)
class ShowOutput(Outputs):
    """What a show appears in."""

    live: gr.HTML
    status: gr.HTML
    transcript: gr.HTML
    show: gr.State


@dataclass(frozen=True, slots=True)
class FileControls(Outputs):
    """Files of an episode."""

    mp3: gr.DownloadButton
    m4a: gr.DownloadButton
    vtt: gr.DownloadButton
    srt: gr.DownloadButton
    json: gr.DownloadButton


def table_value(rows: list[list[str]] | None = None) -> dict[str, Any]:
    """Return the value of the script's table."""
    return {"headers": table_headers(), "data": rows or [[""] * COLUMNS]}


def table_headers() -> list[str]:
    """Return the headers of the script's table in both languages: Gradio doesn't translate them."""
    return ["Speaker 说话人", "Words 台词", "Manner 语气", "Section 章节", "Sources 出处"]


def default_voices(language: str, engine: str) -> list[str]:
    """Return ids of voices for MAX_HOSTS hosts, women and men in turn as far as the engine has them."""
    voices = voice_catalog.voices_for_language(language, engine)
    women = [name for name, voice in voices.items() if voice.sex == "female"]
    men = [name for name, voice in voices.items() if voice.sex == "male"]
    mixed = [name for pair in zip(women, men, strict=False) for name in pair]
    ranked = [*mixed, *(name for name in voices if name not in mixed)] or [""]
    return [ranked[number % len(ranked)] for number in range(MAX_HOSTS)]


def voice_picker_choices(language: str, engine: str) -> list[tuple[str, str]]:
    """Return (label, id) pairs of the voices that a host may have."""
    choices = voice_choices(voice_catalog.voices_for_language(language, engine))
    clones = engine_picker.CLONES in engine_picker.spec_of(engine).capabilities
    return [*choices, (str(t("podcast.own")), OWN_VOICE)] if clones else choices


def build_source() -> SourceControls:
    """Add the inputs that a script is made of."""
    text = gr.Textbox(label=t("podcast.text"), lines=8, max_lines=14)
    samples = [[path.read_text(encoding="utf-8")] for path in sorted(SAMPLES.glob("*.md"))]
    labels = [path.stem.replace("_", " · ") for path in sorted(SAMPLES.glob("*.md"))]
    gr.Examples(samples, text, label=t("podcast.sample"), example_labels=labels)
    file = gr.File(label=t("podcast.file"), file_types=list(FILE_SUFFIXES), type="filepath", height=140)
    kinds = [(str(t(f"podcast.kind.{kind}")), kind) for kind in (ARRANGE, SCRIPT)]
    kind = gr.Radio(kinds, value=ARRANGE, label=t("podcast.kind"))
    with gr.Row():
        minutes = gr.Slider(MIN_MINUTES, MAX_MINUTES, value=3, step=1, label=t("podcast.minutes"), min_width=140)
        count = gr.Slider(1, MAX_HOSTS, value=2, step=1, label=t("podcast.count"), min_width=140)
    with gr.Row():
        forms = [(str(t(f"podcast.form.{form}")), form) for form in FORMATS]
        form = gr.Dropdown(forms, value=FORMATS[0], label=t("podcast.form"), min_width=140)
        topic = gr.Textbox(label=t("podcast.topic"), max_lines=1, min_width=140)
    writer = gr.Dropdown(
        writer_choices(), value=default_writer(), label=t("podcast.writer"), info=t("podcast.writer.how")
    )
    on_page_load(lambda: gr.Dropdown(choices=writer_choices()), writer)
    build_download(registry.CHATBOTS, writer, "podcast", writer_choices)
    engine = engine_picker.build_engine("engine.speaks")
    make = gr.Button(t("podcast.make"), variant="primary")
    return SourceControls(text, file, kind, topic, minutes, form, count, engine, writer, make)


def writer_choices() -> list[tuple[str, str]]:
    """Return (label, name) pairs of what makes a script: no model, or a chat model."""
    offered = writers()
    named = [choice for choice in engine_choices(offered) if choice[1] in offered]
    return [(str(t("podcast.writer.none")), NO_WRITER), *named]


def build_hosts(spec: EngineSpec[Any]) -> list[HostControls]:
    """Add the rows of the hosts. spec: The default synthesizer."""
    language = engine_picker.supported_language(DEFAULT_LANGUAGE, spec.name)
    choices, voices = voice_picker_choices(language, spec.name), default_voices(language, spec.name)
    hosts = []
    for number in range(MAX_HOSTS):
        with gr.Row(visible=number < 2) as row:
            name = gr.Textbox(NAMES["en"][number], label=t("podcast.name"), max_lines=1, min_width=90)
            voice = gr.Dropdown(choices, value=voices[number], label=t("voice"), min_width=160)
            manner = gr.Textbox(
                label=t("podcast.manner"), placeholder=t("podcast.manner.hint"), max_lines=1, min_width=110
            )
        hosts.append(HostControls(row, name, voice, manner))
    return hosts


def build_script(spec: EngineSpec[Any]) -> tuple[ScriptControls, list[HostControls]]:
    """Add the table of the script and its hosts. spec: The default synthesizer."""
    script_status = status_line()
    table = gr.Dataframe(
        table_value(),
        type="array",
        label=t("podcast.table"),
        interactive=True,
        wrap=True,
        max_height=420,
        column_widths=["14%", "50%", "12%", "14%", "10%"],
    )
    title, source = gr.State("", time_to_live=STATE_SECONDS), gr.State("", time_to_live=STATE_SECONDS)
    choices = language_choices(spec.languages)
    language = gr.Dropdown(
        choices, value=engine_picker.supported_language(DEFAULT_LANGUAGE, spec.name), label=t("language")
    )
    hosts = build_hosts(spec)
    rows: dict[str, Any] = {}
    for number, host in enumerate(hosts, 1):
        rows |= {f"name_{number}": host.name, f"voice_{number}": host.voice, f"row_{number}": host.row}
    script = ScriptControls(table, title, source, language, script_status, **rows)
    return script, hosts


def build_reference(spec: EngineSpec[Any]) -> ReferenceControls:
    """Add the block of the visitor's own clip, for engines that clone voices."""
    with gr.Accordion(t("podcast.own"), open=False, visible=engine_picker.CLONES in spec.capabilities):
        return reference_voice.build_reference(examples=False)


def build_show() -> tuple[ShowOutput, gr.HTML]:
    """Add the player, the stage and the transcript of a show; return them and the stage."""
    status = status_line()
    live = build_player(PLAYER)
    stage = build_stage()
    transcript = labelled_html("podcast.transcript")
    return ShowOutput(live, status, transcript, gr.State("", time_to_live=STATE_SECONDS)), stage


def build_files() -> tuple[gr.Dropdown, gr.Button, FileControls]:
    """Add the choice of music, the button that makes the files, and their downloads."""
    styles = [(str(t(f"podcast.music.{style}")), style) for style in (NO_MUSIC, *music.STYLES)]
    with gr.Row():
        style = gr.Dropdown(styles, value=music.STYLES[0], label=t("podcast.music"), min_width=140)
        make = gr.Button(t("podcast.files"))
    with gr.Row(elem_classes="fa-wrap"):
        downloads = FileControls(*download_buttons("podcast.mp3", "podcast.m4a", "vtt", "srt", "json"))
    return style, make, downloads
