"""The Instruct page: a text, spoken as an instruction says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr

from funaudio_core.engines import registry, selection, voice_catalog
from funaudio_core.engines.protocols import Synthesizer
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.pipelines.chunked_synthesis import SynthesisJob
from funaudio_core.pipelines.synthesize import Take
from funaudio_core.runtime.jobs import Job
from funaudio_core.tasks import cost, synthesis
from funaudio_core.types import SpeechRequest, Style
from server.events import QUEUE_OPTIONS, add_endpoint, handler, queued_handler
from server.params import AudioPath, resolve_seed
from server.request import localize
from server.updates import Update, connect
from tabs.components import chunked_speech, demonstrations, engine_picker, resumable, speech_output, spoken_text
from tabs.components.demonstrations import Demonstration
from tabs.components.layout import gpu_note, heading, surrounding_blocks
from tabs.components.outputs import disabled_download, labelled_html, playable, write_wav
from tabs.components.page.page_load import page_opened
from tabs.components.page.page_names import add_aliases
from tabs.components.strings import t
from tabs.instruct import view
from tabs.instruct.controls import (
    InstructControls,
    InstructOutput,
    InstructRequest,
    build_controls,
)

NAME = "instruct"
add_aliases(NAME, "tts", "speak")


@queued_handler()
def on_speak(request: InstructRequest) -> Iterator[Update]:
    """Speak the text as instructed, heard while it is made; then make a neutral take and compare."""
    spec = engine_picker.spec_of(request.engine)
    understood = view.understood_html(request.instruction, request.language, spec)
    status = localize("Interpreting the instruction…")
    yield Update(status=status, understood=understood, change="", neutral=None)
    voice = request.voice.resolve(request.language, request.engine)
    speech = synthesis.speech_request(
        spoken_text.apply_table(request.text, request.pronunciations, request.language),
        request.language,
        voice,
        request.engine,
        request.speed,
        resolve_seed(request.seed),
        request.instruction,
    )
    parts = synthesis.split_request(speech)
    yield TASK.discard()
    if len(parts) > 1:
        neutral_speed = request.speed if request.compare else None
        job = synthesis.start_synthesis_job(
            parts, request.engine, 1, understood=understood, neutral_speed=neutral_speed
        ).job
        yield from TASK.start(job)
        return
    checked = yield from speech_output.synthesize(speech, request.engine, 1)
    if request.compare:
        yield from _compare(speech, checked.take, request.speed, request.engine)


def _compare(speech: SpeechRequest, take: Take, speed: float, engine: str) -> Iterator[Update]:
    """Make a neutral take of a request and show the differences."""
    yield Update(status=localize("Generating the neutral version for comparison…"))
    tempo = speech.style.tempo
    neutral = synthesis.speak_take(replace(speech, style=Style(rate=speed / tempo, tempo=tempo)), engine)
    change = view.change_html(synthesis.compare_prosody(neutral.audio, take.audio))
    yield Update(status=speech_output.generated_text(engine), change=change, neutral=playable(neutral.audio))


def _run_part(job: Job) -> Iterator[Update]:
    """Speak the next chunk of a long text; compare the first chunk at the end."""
    yield from chunked_speech.run_part(job)
    synthesis_job = SynthesisJob(job)
    if job.finished and (speed := synthesis_job.extra.get("neutral_speed")) is not None:
        yield from _compare(
            synthesis_job.chunk_request(0), synthesis_job.load_take(0).take, speed, synthesis_job.engine
        )


def _render(job: Job) -> Update:
    understood = SynthesisJob(job).extra.get("understood", "")
    return Update(**chunked_speech.render(job), understood=understood, change="", neutral=None)


TASK = replace(chunked_speech.make_task(__name__), run_part=_run_part, render=_render)


@handler
def on_instruction(instruction: str, language: str, engine: str) -> str:
    """Show how an instruction is understood, as it is typed."""
    spec = engine_picker.spec_of(engine)
    return view.understood_html(instruction, language, spec) if instruction.strip() else ""


@handler
def on_language(language: str, text: str, voice: str, engine: str) -> Update:
    """Update voices and sample text for a language."""
    return Update(voice=engine_picker.voices(engine, language, voice), text=engine_picker.sample(text, language))


@handler
def on_engine(engine: str, language: str, text: str, instruction: str, voice: str) -> Update:
    """Update the page for an engine."""
    spec = engine_picker.spec_of(engine)
    code = engine_picker.supported_language(language, engine)
    if instruction in map(view.first_instruction, registry.available(registry.SYNTHESIZERS).values()):
        instruction = view.first_instruction(spec)
    return Update(
        language=engine_picker.languages(engine, code),
        text=engine_picker.sample(text, code),
        voice=engine_picker.voices(engine, code, voice),
        instruction=instruction,
        presets=gr.Dropdown(view.preset_choices(spec), value=None),
        phones=gr.Markdown(visible="phones" in spec.capabilities),
        badges=engine_picker.badges_html(engine, *selection.check_engines()),
        note=t(view.note_key(spec)),
        **{tag.capability: gr.Button(interactive=tag.capability in spec.capabilities) for tag in view.event_tags()},
    )


def instruct(
    text: str,
    instruction: str,
    language: str = "en",
    voice: str = "",
    seed: int = -1,
    engine: str = "",
    pronunciations: str = "",
) -> tuple[AudioPath, dict[str, Any]]:
    """Speak a text as instructed.

    Args:
        text: Text to speak, up to 5,000 characters; may contain tags that the model supports, such as [breath] or
            [sigh].
        instruction: How to speak, in English or Chinese, such as "very slowly and sadly" or "请轻声说".
        language: ISO 639 code of the text, one that the model supports, such as "en" or "zh".
        voice: Voice of the model: for kokoro a preset such as "af_heart", for cosyvoice3 an example clip such as
            "en_neutral". Empty for the default of the language.
        seed: Number that makes a result repeatable; -1 for a random one.
        engine: Model id, such as "cosyvoice3" or "kokoro"; empty for the default.
        pronunciations: How words are said, one "word = respelling" or "word = /IPA/" a line.

    Returns:
        The WAV file, and how the instruction was interpreted or what was sent to the model, what isn't supported, the
        self-check, and the words with their times.
    """
    speaker = voice_catalog.get_voice(voice, engine, language)
    said = spoken_text.apply_table(text, pronunciations, language)
    speech = synthesis.speech_request(said, language, speaker, engine, seed=resolve_seed(seed), instruction=instruction)
    take = synthesis.speak_take(speech, engine)
    spec = engine_picker.spec_of(engine)
    facts: dict[str, Any] = {
        "engine": spec.title,
        "sent_instruction": synthesis.instruction_for(speech.style, language, engine),
    }
    if spec.instruction_prompt is None:
        facts |= view.interpretation_dict(instruction)
    facts |= {**synthesis.report_dict(synthesis.self_check(take, speech)), "seed": take.seed}
    facts["words"] = synthesis.word_table(take)
    return write_wav(take.audio, "instruct.wav"), facts


def _show_demonstration(demonstration: Demonstration) -> Update:
    given = demonstration.inputs
    return demonstrations.speech_update(
        demonstration,
        text=given["text"],
        instruction=given["instruction"],
        language=given["language"],
        voice=engine_picker.voices("", given["language"], given["voice"]),
        seed_used=given["seed"],
        report="",
        change="",
        neutral=None,
        **{name: disabled_download() for name in ("srt", "vtt")},
    )


def build() -> None:
    """Add the page and connect it."""
    spec = engine_picker.default_synthesizer()
    badge_line, note = heading(NAME, spec, *selection.check_engines(), note=view.note_key(spec))
    buttons = demonstrations.build(NAME)
    with gr.Row():
        with gr.Column():
            controls = build_controls(spec)
            run, stop = speech_output.build_buttons("speak")
            resume = resumable.build(NAME)
            inputs = [controls.text, controls.language, controls.engine]
            gpu_note([controls.text.change, controls.engine.change], cost.estimate_synthesis, inputs)
        with gr.Column(elem_classes="fa-results"):
            speech = speech_output.build_output("fa-live-instruct")
            change = labelled_html("instruct.change")
            neutral = gr.Audio(label=t("instruct.neutral"), interactive=False)
    output = InstructOutput(**speech.components(), understood=controls.understood, change=change, neutral=neutral)
    event = connect(
        run.click,
        on_speak,
        controls.inputs(),
        output,
        resume,
        api_name="on_instruct",
        api_visibility="undocumented",
        **QUEUE_OPTIONS,
    )
    engine_picker.refresh_voices(event, controls.engine, controls.voice.voice, controls.language)
    resumable.wire(resume, TASK, output)
    chunked_speech.wire_pause(stop, output, resume, TASK)
    _wire_controls(controls, spec, badge_line, note)
    filled = {"text": controls.text, "instruction": controls.instruction, "language": controls.language}
    demonstrations.wire(NAME, buttons, _show_demonstration, output, filled, {"voice": controls.voice.voice})
    add_endpoint(instruct)


def _wire_controls(
    controls: InstructControls, spec: EngineSpec[Synthesizer], badge_line: gr.HTML, note: gr.Markdown
) -> None:
    """Let the controls follow each other. spec: The default engine."""
    followers = {
        "language": controls.language,
        "text": controls.text,
        "voice": controls.voice.voice,
        "instruction": controls.instruction,
        "presets": controls.presets,
        "phones": controls.phones,
        "badges": badge_line,
        "note": note,
        **controls.tags,
    }
    instruction, presets, language = controls.instruction, controls.presets, controls.language
    page_opened(lambda: gr.Dropdown(view.preset_choices(spec)), None, presets)
    gr.on(  # one function, so that no answer to an earlier instruction arrives last
        [surrounding_blocks()[0].load, instruction.change, language.change, controls.engine.change],
        on_instruction,
        [instruction, language, controls.engine],
        controls.understood,
        trigger_mode="always_last",
        show_progress="hidden",
        api_visibility="private",
    )
    presets.input(lambda chosen: chosen, presets, instruction, api_visibility="private")
    inputs = [language, controls.text, controls.voice.voice, controls.engine]
    connect(language.change, on_language, inputs, {name: followers[name] for name in ("voice", "text")})
    inputs = [controls.engine, language, controls.text, instruction, controls.voice.voice]
    connect(controls.engine.change, on_engine, inputs, followers)
