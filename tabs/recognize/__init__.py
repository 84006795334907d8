"""The Recognize page: a clip or the microphone becomes rich text, a timeline and subtitles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from funaudio_core import audio
from funaudio_core.engines import registry, selection
from funaudio_core.engines.protocols import RECOGNITION_RATE, RecognitionOptions
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.pipelines.speakers.labels import name_speakers
from funaudio_core.tasks import cost as task_cost
from funaudio_core.tasks import recognition
from funaudio_core.text import subtitles
from server.events import QUEUE_OPTIONS, add_endpoint, handler, queued_handler
from server.params import AUTO, OFF, AudioPath, parse_language, parse_speakers
from server.request import language as language_of_visitor
from server.request import localize
from server.updates import Update, connect
from tabs.components import demonstrations, resumable, speech_output
from tabs.components.demonstrations import Demonstration
from tabs.components.drawings import timeline
from tabs.components.inputs import (
    clip_examples,
    clip_input,
    language_choices,
    read_channels,
)
from tabs.components.layout import (
    badges,
    gpu_note,
    heading,
    status_line,
)
from tabs.components.page.page_load import page_opened
from tabs.components.page.page_names import add_aliases
from tabs.components.strings import t
from tabs.recognize import live_captions
from tabs.recognize import transcript as transcript_view
from tabs.recognize.controls import (
    RecognizeControls,
    RecognizeRequest,
    build_controls,
)
from tabs.recognize.transcription import TASK, load_engines, transcribe

NAME = "recognize"
add_aliases(NAME, "asr", "transcribe")


@queued_handler()
def on_recognize(request: RecognizeRequest) -> Iterator[Update]:
    """Transcribe a clip, shown as it grows; a clip that is too long for one call becomes a job."""
    channels = read_channels(request.clip, rate=RECOGNITION_RATE)
    options = request.job_options()
    yield Update(**transcript_view.empty_update(localize("Transcribing…")), **TASK.discard())
    yield from load_engines(options)
    if task_cost.chunk_count(channels[0].duration) == 1:
        yield from transcribe(channels, options)
        return
    job = recognition.start_recognition_job(channels, options).job
    del channels  # hours of it; the parts are read from disk
    yield from TASK.start(job)


def cost(path: str | None, engine: str, language: str) -> tuple[float, int]:
    """Return the GPU seconds (0 off ZeroGPU) and the number of parts that a clip takes."""
    if not path:
        return 0.0, 1
    return task_cost.estimate_recognition(audio.declared_duration(path), engine, parse_language(language))


def recognize(
    clip: AudioPath, language: str = AUTO, itn: bool = True, engine: str = "", speakers: str = OFF
) -> tuple[str, dict[str, Any]]:
    """Transcribe speech with language, emotion, sound events, timestamps and speakers.

    Args:
        clip: Audio file (WAV, MP3, M4A, OGG, WebM, FLAC), up to two hours.
        language: ISO 639 code of the spoken language, such as "en" or "zh", or "auto".
        itn: Format numbers and punctuation; false gives the plain spoken words.
        engine: Model id, such as "whisper-base" or "sensevoice-small"; empty for the one that suits the language.
        speakers: "auto" to tell speakers apart, the number of speakers if you know it, or "off".

    Returns:
        The text, and a structured result: segments with start and end in seconds, language, emotion, events, speaker.
    """
    options = RecognitionOptions(language=parse_language(language), itn=itn, words=True)
    channels = read_channels(clip, rate=RECOGNITION_RATE)
    transcripts = recognition.transcribe_conversation(channels, options, engine, parse_speakers(speakers))
    transcript = recognition.final_transcript(transcripts)
    transcript = name_speakers(transcript, transcript_view.default_names(transcript))
    return transcript.text, subtitles.to_dict(transcript)


@handler
def on_select(table: list[list[str]], chosen: gr.SelectData) -> Any:
    """Move the player to the segment that was clicked."""
    minutes, seconds = str(table[chosen.index[0]][0]).split(":")
    return gr.Audio(playback_position=int(minutes) * 60 + float(seconds))


def on_stop() -> Iterator[Update]:
    """Stop what the visitor runs; a long clip is paused."""
    yield from speech_output.stop_task(TASK)


def on_engine(engine: str, language: str, candidates: list[str]) -> Update:
    """Update languages, hotwords, badges and note for an engine; the chosen language stays if it is supported."""
    spec = selection.resolve(registry.RECOGNIZERS, engine)
    detects = "language-id" in spec.capabilities
    choices = language_choices(spec.languages, detects)
    candidates = [code for code in candidates if code in spec.languages and detects]
    return Update(
        language=gr.Dropdown(choices, value=language if language in spec.languages else choices[0][1]),
        candidate_languages=gr.Dropdown(language_choices(spec.languages), value=candidates, visible=detects),
        hotwords=gr.Textbox(visible=True) if "hotwords" in spec.capabilities else gr.Textbox("", visible=False),
        badges=badges([spec, *selection.analysis_engines(spec)], language_of_visitor()),
        note=t(note_key(spec)),
    )


def note_key(spec: EngineSpec[Any]) -> str:
    """Return the key of the note on the emotions of an engine."""
    return "recognize.note.tags" if "emotion" in spec.capabilities else "recognize.note"


def build() -> None:
    """Add the page and connect it."""
    first = selection.default(registry.RECOGNIZERS)
    badge_line, note = heading(NAME, first, *selection.analysis_engines(first), note=note_key(first))
    buttons = demonstrations.build(NAME)
    controls = build_controls(first)
    outputs = {
        "language": controls.language,
        "candidate_languages": controls.candidate_languages,
        "hotwords": controls.hotwords,
        "badges": badge_line,
        "note": note,
    }
    connect(
        controls.engine.change, on_engine, [controls.engine, controls.language, controls.candidate_languages], outputs
    )
    if first.refresh is not None:  # its server may have reported more since the page was built

        def on_open() -> Update:
            return on_engine(first.name, AUTO, [])

        connect(page_opened, on_open, None, outputs)
    with gr.Tabs():
        with gr.Tab(t("recognize.file"), id=f"{NAME}/file"):
            _build_file(controls, buttons)
        with gr.Tab(t("recognize.live"), id=f"{NAME}/live"):
            live_captions.build(controls.language)


def _show_demonstration(demonstration: Demonstration) -> Update:
    assert demonstration.clip is not None
    transcript = timeline.from_dict(demonstration.facts)
    wave = timeline.waveform(audio.load(demonstration.clip).samples)
    update = transcript_view.final_update(transcript, wave, (), demonstration.name)
    status = demonstrations.stored_text(demonstration)
    return Update(**{**update, "status": status}, clip=demonstrations.clip_value(demonstration), language=AUTO)


def _build_file(controls: RecognizeControls, buttons: dict[str, gr.Button]) -> None:
    with gr.Row():
        with gr.Column(scale=2):
            clip = clip_input("clip")
            run, stop = speech_output.build_buttons("recognize.run")
            gpu_note([clip.change, controls.engine.change], cost, [clip, controls.engine, controls.language])
            clip_examples(clip)
        with gr.Column(scale=3, elem_classes="fa-results"):
            status = status_line()
            resume = resumable.build(NAME)
            output = transcript_view.build_output(status)
    resumable.wire(resume, TASK, output)
    filled = {"clip": clip, "language": controls.language}
    demonstrations.wire(NAME, buttons, _show_demonstration, output, filled)
    connect(
        run.click,
        on_recognize,
        controls.inputs(clip),
        output,
        resume,
        api_name="on_recognize",
        api_visibility="undocumented",
        **QUEUE_OPTIONS,
    )
    connect(stop.click, on_stop, None, output.pick("status"), resume)
    transcript_view.wire_names(output)
    output.table.select(on_select, output.table, clip, api_visibility="private")
    add_endpoint(recognize)
