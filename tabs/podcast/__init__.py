"""The Podcast page: a text becomes a show of several hosts, which its listener can interrupt."""

from __future__ import annotations

from typing import Any

import gradio as gr

from funaudio_core import audio
from funaudio_core.engines import selection
from funaudio_core.errors import BadInput
from funaudio_core.podcast.arranging import ArrangeOptions
from funaudio_core.podcast.authoring.linking import Draft
from funaudio_core.podcast.scripts.reading import read_script
from funaudio_core.podcast.scripts.writing import WRITERS, write_json, write_named
from funaudio_core.podcast.source import paste_source
from funaudio_core.runtime import cancellation
from funaudio_core.tasks import podcast
from funaudio_core.tasks.episodes import Episode, finish_episode, search_watermark
from funaudio_core.tasks.podcast import Studio
from funaudio_core.tasks.podcast_scripts import write_script
from funaudio_core.tasks.synthesis import event_tags
from funaudio_core.text import is_speakable
from server.events import QUEUE_OPTIONS, add_endpoint
from server.params import AudioPath
from server.updates import Inputs, Update, connect
from tabs.components import demonstrations, engine_picker
from tabs.components.demonstrations import Demonstration
from tabs.components.layout import heading
from tabs.components.outputs import download_buttons, write_file
from tabs.components.player import Playback
from tabs.components.strings import t
from tabs.podcast import making
from tabs.podcast.controls import (
    FileControls,
    HostControls,
    ScriptControls,
    ShowOutput,
    SourceControls,
    build_files,
    build_reference,
    build_script,
    build_show,
    build_source,
)
from tabs.podcast.live import STOP_JS, on_files, on_more, on_play, on_said, on_stop
from tabs.podcast.making import on_language, on_make, on_write
from tabs.podcast.requests import PlayRequest
from tabs.podcast.stored import topic_language

NAME = "podcast"


def arrange_podcast(
    text: str,
    hosts: str = "Ada, Ben",
    minutes: float = 3.0,
    form: str = "conversation",
    topic: str = "",
    writer: str = "",
    manners: str = "",
) -> tuple[str, dict[str, Any]]:
    """Arrange a text as the script of a podcast; every statement is a sentence of the text.

    With a chat model, what the hosts say in between is written, and checked against the text; without a text, the model
    writes about the topic, and nothing is checked.

    Args:
        text: Text, Markdown or HTML, in English or Chinese; empty for a show about the topic.
        hosts: One to four names, separated by commas.
        minutes: Length of the show, 1 to 60; about a topic at most 15.
        form: "conversation", "interview", "debate" or "briefing".
        topic: Words that the chosen sentences should be about, or the topic of a show without a text.
        writer: Id of the chat model, such as "qwen2.5-coder-1.5b"; empty for none.
        manners: How each host speaks, such as "cheerful; dry", separated by semicolons; for the chat model.

    Returns:
        The script, one "Name: text" a line with sections as headings; and its lines with the numbers of the source
        sentences, its language, its title, how many lines of the model are used and refused, and whether the script
        was checked against a text.
    """
    names = tuple(name.strip() for name in hosts.replace("，", ",").split(",") if name.strip())
    described = dict(zip(names, manners.replace("；", ";").split(";"), strict=False))
    source = paste_source(text) if is_speakable(text) or not is_speakable(topic) else None
    if source is None and not writer:
        source = making.stored_source(topic)
    language = source.language if source else topic_language(topic)
    draft = Draft((), 0.0)
    for draft in write_script(source, ArrangeOptions(names, minutes, form, topic.strip()), writer, language, described):  # noqa: B007 (only the last is needed)
        cancellation.raise_if_cancelled()
    facts = {
        "language": language,
        "title": source.title if source else topic.strip(),
        "json": write_json(draft.lines, language),
        "used": draft.accepted,
        "refused": len(draft.faults),
        "checked": source is not None,
    }
    return write_named(draft.lines, language), facts


def speak_podcast(
    script: str,
    voices: str = "",
    language: str = "",
    music: str = "calm",
    question: str = "",
    source: str = "",
    title: str = "",
    engine: str = "",
) -> tuple[AudioPath, str, dict[str, Any]]:
    """Speak the script of a podcast, with a question of a listener if you like.

    Args:
        script: The script: "Name: text" lines, JSON, Fountain, SRT, WebVTT, or with tags such as [S1] or <Person1>.
        voices: Ids of the voices in the order of the speakers, separated by commas, such as "af_heart, am_michael";
            empty for different ones.
        language: ISO 639 code of the script; empty to detect it.
        music: "none", "calm", "bright" or "pulse".
        question: Question or opinion of a listener, who interrupts the show in the middle; empty for none.
        source: Text that the question is answered from; empty for the script itself.
        title: Title of the show.
        engine: Model id, such as "kokoro"; empty for the default.

    Returns:
        The MP3 file with chapters; subtitles as WebVTT with the names of the speakers; and length, loudness, chapters,
        voices, and the lowest confidence in [0, 1] that a half minute of the file holds the watermark.
    """
    lines = read_script(script, event_tags(engine))
    code = language or engine_picker.supported_language(making.script_language(lines), engine)
    names = [name.strip() for name in voices.split(",") if name.strip()]
    cast = podcast.fill_cast(lines, code, engine, {}, names)
    studio = Studio(lines, code, cast, engine, paste_source(source) if source else None, title)
    try:
        if question:
            podcast.ask_in_the_middle(studio, question)
        return _write_episode(studio, music)
    finally:
        studio.close()


def _write_episode(studio: Studio, music: str) -> tuple[AudioPath, str, dict[str, Any]]:
    """Return the results of speak_podcast()."""
    episode = next((step for step in finish_episode(studio, music) if isinstance(step, Episode)), None)
    if episode is None:
        raise BadInput("No speech was generated. Add some words to the text.")
    try:
        path = episode.write_beside("mp3")
        watermark = search_watermark(path)
        sound = write_file(path.read_bytes(), "podcast.mp3")
        subtitles = episode.write_beside("vtt").read_text(encoding="utf-8")
    finally:
        episode.close()
    facts = {
        "seconds": round(episode.seconds, 1),
        "loudness": round(episode.report.loudness, 1),
        "chapters": [chapter.title for chapter in episode.book.chapters],
        "voices": {name: host.voice.preset or str(host.voice.name) for name, host in studio.cast.items()},
        "watermark": round(watermark.confidence, 2),
    }
    return sound, subtitles, facts


def _show_demonstration(demonstration: Demonstration) -> Update:
    """Show the script of a stored show and play it."""
    assert demonstration.result is not None
    lines = read_script(demonstration.inputs["script"])
    language = making.script_language(lines)
    title = demonstration.inputs["title"]
    update = making.script_update(lines, language, "", None, title, making.describe_length(lines, language))
    clip = audio.load(demonstration.result)
    transcript = demonstrations.subtitles_html(demonstration.texts["subtitles"])
    update.update(
        live=Playback().add(clip),
        status=demonstrations.stored_text(demonstration),
        transcript=transcript,
        show="",
    )
    return update


def build() -> None:
    """Add the page and connect it."""
    spec = engine_picker.default_synthesizer()
    heading(NAME, spec, selection.recognizer_for_dialogue(), note="podcast.note")
    buttons = demonstrations.build(NAME)
    with gr.Row():
        with gr.Column(scale=2):
            source = build_source()
        with gr.Column(scale=3, elem_classes="fa-results"):
            play = gr.Button(t("podcast.play"), variant="primary", elem_classes="fa-play-show")
            output, stage = build_show()
            stop = gr.Button(t("stop"), variant="stop")
            style, make_files, files = build_files()
    script, hosts = build_script(spec)
    reference = build_reference(spec)
    with gr.Accordion(t("podcast.scripts"), open=False):
        write = gr.Button(t("podcast.scripts"))
        with gr.Row():
            buttons_by_form = download_buttons("podcast.txt", "json", "podcast.fountain", "vtt")
    scripts = dict(zip(WRITERS, buttons_by_form, strict=True))
    connect(write.click, on_write, [script.table, script.language, script.title], scripts)
    request = Inputs(
        PlayRequest,
        table=script.table,
        title=script.title,
        source=script.source,
        language=script.language,
        engine=source.engine,
        reference=reference.inputs(),
        **{f"name_{number}": host.name for number, host in enumerate(hosts, 1)},
        **{f"voice_{number}": host.voice for number, host in enumerate(hosts, 1)},
        **{f"manner_{number}": host.manner for number, host in enumerate(hosts, 1)},
    )
    _wire_script(source, script, hosts)
    _wire_show(request, output, stage, play, stop)
    connect(make_files.click, on_files, [request, output.show, style], output.pick("status"), files, **QUEUE_OPTIONS)
    demonstrations.wire(NAME, buttons, _show_demonstration, output, script)
    add_endpoint(arrange_podcast)
    add_endpoint(speak_podcast)


def _wire_script(source: SourceControls, script: ScriptControls, hosts: list[HostControls]) -> None:
    """Make a script, and offer the voices of its language."""
    connect(source.make.click, on_make, source.inputs(hosts), script, **QUEUE_OPTIONS)
    voices = {f"voice_{number}": host.voice for number, host in enumerate(hosts, 1)}
    for change in (script.language.input, source.engine.change):
        connect(change, on_language, [script.language, source.engine], voices)


def _wire_show(request: Any, output: ShowOutput, stage: gr.HTML, play: gr.Button, stop: gr.Button) -> None:
    """Play a show, make more of it as it is heard, and let its listener speak."""
    connect(play.click, on_play, [request, output.show], output, **QUEUE_OPTIONS)
    shown = output.pick("live", "status", "transcript")
    quiet: dict[str, Any] = {"show_progress": "hidden", **QUEUE_OPTIONS}
    connect(stage.tick, on_more, stage, shown, trigger_mode="once", **quiet)
    connect(stage.submit, on_said, stage, shown, trigger_mode="multiple", **quiet)
    connect(stop.click, on_stop, output.show, shown, js=STOP_JS)


__all__ = ["NAME", "FileControls", "arrange_podcast", "build", "speak_podcast"]
