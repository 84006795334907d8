"""The Instruct page: a text, told how to be spoken. Knows tasks, never engines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from html import escape
from typing import Any

import gradio as gr

from funaudio_core.engines import registry, selection, voice_catalog
from funaudio_core.engines.protocols import Synthesizer
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.languages import LANGUAGES
from funaudio_core.pipelines.chunked_synthesis import CheckedTake, SynthesisJob
from funaudio_core.pipelines.synthesize import Take
from funaudio_core.runtime.jobs import Job
from funaudio_core.tasks import cost, synthesis
from funaudio_core.text import instructions
from funaudio_core.types import SpeechRequest, Style
from server.events import QUEUE_OPTIONS, add_endpoint, handler, queued_handler
from server.params import resolve_seed
from server.request import localize
from tabs.components import chunked_speech, engine_picker, resumable, speech_output
from tabs.components.inputs import language_picker
from tabs.components.layout import gpu_note, heading, on_page_load
from tabs.components.outputs import labelled_html, playable, write_wav
from tabs.components.strings import add_strings, t

NAME = "instruct"
TEXT_ID = "fa-instruct-text"
FIRST_INSTRUCTION = "Speak slowly and very happily."
SHOWN = 12  # words that were not understood
# Puts a tag where the cursor is, or around the words that are selected, and tells the page that the text has changed.
INSERT = """() => {
  const area = document.querySelector('#%s textarea');
  const [opens, closes] = [%r, %r];
  const [from, to] = [area.selectionStart, area.selectionEnd];
  const words = closes ? area.value.slice(from, to) : '';
  area.setRangeText(opens + words + closes, from, to, 'end');
  if (closes && !words) area.setSelectionRange(from + opens.length, from + opens.length);
  area.dispatchEvent(new Event('input', {bubbles: true}));
  area.focus();
}"""


MORE = 3  # values beside those of the stage: what was understood, what changed, the neutral take


@queued_handler(width=speech_output.WIDTH + MORE + resumable.WIDTH, status=0)
def on_speak(
    text: str,
    instruction: str,
    language: str,
    voice: str,
    path: str | None,
    transcript: str,
    consent: bool,
    speed: float,
    seed: float,
    compare: bool,
    engine: str,
) -> Iterator[tuple[Any, ...]]:
    """The text as instructed, heard while it is made; then a neutral take and what measurably changed."""
    understood = read(instruction, language, engine)
    yield (
        *speech_output.status_only(localize("Interpreting the instruction…")),
        understood,
        "",
        None,
        *resumable.NO_CHANGE,
    )
    speaker = engine_picker.voice_of(voice, language, engine, path, transcript, consent)
    line = synthesis.speech_request(text, language, speaker, engine, speed, resolve_seed(seed), instruction)
    parts, going = synthesis.split_request(line), resumable.discard(WORK)
    if len(parts) > 1:
        job = synthesis.start_synthesis_job(
            parts, engine, 1, understood=understood, neutral_speed=speed if compare else None
        ).job
        yield from resumable.start(job, WORK)
        return
    kept = list[CheckedTake]()
    for values in speech_output.synthesize(line, engine, 1, kept):
        yield *values, *[speech_output.SKIP] * MORE, *going
        going = resumable.NO_CHANGE
    for values in compared(line, kept[0].take, speed, engine) if compare else ():
        yield *values, *going


def compared(line: SpeechRequest, take: Take, speed: float, engine: str) -> Iterator[tuple[Any, ...]]:
    """Yield the page's values without ResumeControls: a neutral take of the request, and how `take` differs."""
    yield (
        *speech_output.status_only(localize("Generating the neutral version for comparison…")),
        *[speech_output.SKIP] * MORE,
    )
    neutral = synthesis.speak_take(replace(line, style=Style(rate=speed)), engine)
    table = measured(synthesis.compare_prosody(neutral.audio, take.audio))
    yield (
        *speech_output.status_only(speech_output.spoken_by_text(engine)),
        speech_output.SKIP,
        table,
        playable(neutral.audio),
    )


def part(job: Job) -> Iterator[tuple[Any, ...]]:
    """Yield the page's values without ResumeControls: the next chunk of a long text; only the first is compared."""
    for values in chunked_speech.part(job):
        yield *values, *[speech_output.SKIP] * MORE
    text = SynthesisJob(job)
    if job.finished and (speed := text.extra.get("neutral_speed")) is not None:
        yield from compared(text.chunk_request(0), text.load_take(0).take, speed, text.engine)


def shown(job: Job) -> tuple[Any, ...]:
    """Values of the page but for those of its ResumeControls: all that is spoken so far of a long text."""
    return *chunked_speech.shown(job), SynthesisJob(job).extra.get("understood", ""), "", None


WORK = replace(chunked_speech.work_of(__name__), width=speech_output.WIDTH + MORE, run_part=part, render=shown)
on_more, on_continue = resumable.handlers(WORK)


def read(instruction: str, language: str, engine: str) -> str:
    """What comes of an instruction: the words that the engine is told, or what is understood for one that reads none.

    Raises BadInput for an instruction that is too long.
    """
    if engine_picker.spec_of(engine).instruction_prompt is None:
        return show(instructions.interpret(instruction))
    words = synthesis.instruction_for(synthesis.style(instruction, engine=engine), language, engine)
    engine_title = engine_picker.spec_of(engine).title
    if words:
        sentence = localize("Instruction sent to {engine}: “{words}”", engine=engine_title, words=words)
    else:
        sentence = localize(
            "No instruction sent to {engine}: the voice speaks as in its reference clip.", engine=engine_title
        )
    return f'<ul class="fa-doctor"><li>→ {escape(sentence)}</li></ul>'


def show(understood: instructions.Interpretation) -> str:
    """What the instruction came to, and what it could not come to."""
    rows = []
    if understood.wishes:
        wishes = localize("{words}", words=understood.wishes)
        applied = " · ".join(map(localize, instructions.describe(understood.style)))
        rows += [f"<li>✓ {escape(wishes)}</li>", f"<li>→ {escape(applied)}</li>"]
    else:
        none = localize("No instruction recognized, so the text is spoken normally. Try one of the suggestions.")
        rows.append(f"<li>{none}</li>")
    rows += [f'<li class="fa-warn">⚠ {escape(localize(reason))}</li>' for reason in understood.unsupported]
    if understood.unknown:
        unknown = localize("Not recognized: {words}", words=understood.unknown[:SHOWN])
        rows.append(f'<li class="fa-warn">⚠ {escape(unknown)}</li>')
    return f'<ul class="fa-doctor">{"".join(rows)}</ul>'


@handler
def on_instruction(instruction: str, language: str, engine: str) -> str:
    """What comes of it, as it is typed."""
    return read(instruction, language, engine) if instruction.strip() else ""


def measured(changes: tuple[instructions.Change, ...]) -> str:
    """The measured change as a table."""
    head = f"<tr><th></th><th>{localize('Neutral version')}</th><th>{localize('With instruction')}</th><th></th></tr>"
    rows = "".join(
        f"<tr><th>{localize(c.name)}</th><td>{c.before:.2f}</td><td>{c.after:.2f}</td><td>{localize(c.unit)}</td></tr>"
        for c in changes
    )
    return f'<table class="fa-check">{head}{rows}</table>'


@handler
def on_language(language: str, text: str, instruction: str, voice: str, engine: str) -> tuple[Any, str, str]:
    """Voices of that language, its sample line as long as the text is one of the samples, and what is told in it."""
    shown = on_instruction(instruction, language, engine)
    return engine_picker.voices(engine, language, voice), engine_picker.sample(text, language), shown


@handler
def on_engine(engine: str, language: str, text: str, instruction: str, voice: str) -> tuple[Any, ...]:
    """All that an engine changes: languages, text, voices, instruction, what can be told, tags, models and claim."""
    spec = engine_picker.spec_of(engine)
    code = engine_picker.supported_language(language, engine)
    if instruction in map(opening, registry.available(registry.SYNTHESIZERS).values()):
        instruction = opening(spec)
    return (
        engine_picker.languages(engine, code),
        engine_picker.sample(text, code),
        engine_picker.voices(engine, code, voice),
        instruction,
        gr.Dropdown(known(spec), value=None),
        on_instruction(instruction, code, engine),
        gr.Markdown(visible="phones" in spec.capabilities),
        engine_picker.models(engine, *selection.check_engines()),
        t(claim_of(spec)),
        *(gr.Button(interactive=tag.capability in spec.capabilities) for tag in tags()),
    )


def opening(spec: EngineSpec[Synthesizer]) -> str:
    """The instruction to begin with."""
    return spec.instruction_prompt.presets[0][1] if spec.instruction_prompt else FIRST_INSTRUCTION


def known(spec: EngineSpec[Synthesizer]) -> list[tuple[str, str]]:
    """Instructions to pick from, as (label, words)."""
    if spec.instruction_prompt:
        return [(f"{localize(wish)} · {words}", words) for wish, words in spec.instruction_prompt.presets]
    return [(words, words) for row in instructions.PRESETS for words in (row.en, row.zh)]


def tags() -> list[instructions.EventTag]:
    """The event tags that any engine offered here can make."""
    made = frozenset().union(*(spec.capabilities for spec in registry.available(registry.SYNTHESIZERS).values()))
    return [tag for tag in instructions.EVENT_TAGS if tag.capability in made]


def claim_of(spec: EngineSpec[Synthesizer]) -> str:
    """Which words say how far an instruction reaches."""
    return "instruct.claim.told" if spec.instruction_prompt else "instruct.claim"


def instruct(
    text: str, instruction: str, language: str = "en", voice: str = "", seed: int = -1, engine: str = ""
) -> tuple[str, dict[str, Any]]:
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

    Returns:
        The WAV file, and how the instruction was interpreted or what was sent to the model, what isn't supported, and
        the self-check.
    """
    speaker = voice_catalog.get_voice(voice, engine, language)
    line = synthesis.speech_request(text, language, speaker, engine, seed=resolve_seed(seed), instruction=instruction)
    take = synthesis.speak_take(line, engine)
    spec = engine_picker.spec_of(engine)
    facts: dict[str, Any] = {"engine": spec.title, "told": synthesis.instruction_for(line.style, language, engine)}
    if spec.instruction_prompt is None:
        facts |= understood_as_values(instruction)
    facts |= {**synthesis.report_dict(synthesis.self_check(take, line)), "seed": take.seed}
    return write_wav(take.audio, "instruct.wav"), facts


def understood_as_values(instruction: str) -> dict[str, Any]:
    """What show() says, for API callers."""
    understood = instructions.interpret(instruction)
    return {
        "understood": list(map(localize, understood.wishes)),
        "applied": list(map(localize, instructions.describe(understood.style))),
        "beyond": list(map(localize, understood.unsupported)),
        "unknown": list(understood.unknown),
    }


def build() -> None:
    """Lay the page out and wire it."""
    spec = engine_picker.default_synthesizer()
    models, claim = heading(NAME, spec, *selection.check_engines(), claim=claim_of(spec))
    with gr.Row():
        with gr.Column():
            engine = engine_picker.build_engine()
            text = gr.Textbox(LANGUAGES["en"].sample, label=t("zero_shot.text"), lines=3, elem_id=TEXT_ID)
            buttons = _build_tags(spec)
            phones = gr.Markdown(t("instruct.phones"), elem_classes="fa-claim", visible="phones" in spec.capabilities)
            instruction = gr.Textbox(
                opening(spec), label=t("instruct.instruction"), lines=2, max_length=instructions.MAX_LENGTH
            )
            choices = gr.Dropdown(known(spec), value=None, label=t("instruct.known"))
            understood = labelled_html("instruct.understood", on_instruction(opening(spec), "en", spec.name))
            with gr.Row():
                language = language_picker(spec.languages, value="en")
                voice = engine_picker.build_voice("en", "voice")
            own = engine_picker.build_own(voice)
            with gr.Accordion(t("more"), open=False):
                speed = speech_output.build_speed()
                seed = gr.Number(-1, label=t("seed"), precision=0)
                compare = gr.Checkbox(not cost.is_metered(), label=t("instruct.compare"))
            with gr.Row():
                run = gr.Button(t("speak"), variant="primary")
                stop = gr.Button(t("stop"), variant="stop")
            going = resumable.build(NAME)
            gpu_note([text.change, engine.change], cost.estimate_synthesis, [text, language, engine])
        with gr.Column():
            stage = speech_output.build_stage("fa-live-instruct")
            change = labelled_html("instruct.change")
            neutral = gr.Audio(label=t("instruct.neutral"), interactive=False)
    given = [text, instruction, language, voice, own.clip, own.transcript, own.consent, speed, seed, compare, engine]
    outputs = [*stage.all(), understood, change, neutral]
    spoken = run.click(
        on_speak,
        given,
        [*outputs, *going.all()],
        api_name="on_instruct",
        **QUEUE_OPTIONS,
        api_visibility="undocumented",
    )
    engine_picker.refresh_voices(spoken, engine, voice, language)
    resumable.wire(going, WORK, on_more, on_continue, outputs)
    chunked_speech.wire_stop(stop, stage, going, WORK)
    on_page_load(
        lambda: (on_instruction(opening(spec), "en", spec.name), gr.Dropdown(known(spec))), [understood, choices]
    )
    instruction.change(
        on_instruction, [instruction, language, engine], understood, show_progress="hidden", api_visibility="private"
    )
    choices.input(lambda chosen: chosen, choices, instruction, api_visibility="private")
    language.change(
        on_language, [language, text, instruction, voice, engine], [voice, text, understood], api_visibility="private"
    )
    engine.change(
        on_engine,
        [engine, language, text, instruction, voice],
        [language, text, voice, instruction, choices, understood, phones, models, claim, *buttons],
        api_visibility="private",
    )
    add_endpoint(
        instruct,
        [
            gr.Textbox(visible=False),
            gr.Textbox(visible=False),
            gr.Textbox("en", visible=False),
            gr.Textbox("", visible=False),
            gr.Number(-1, precision=0, visible=False),
            gr.Textbox("", visible=False),
        ],
        [gr.Audio(type="filepath", visible=False), gr.JSON(visible=False)],
        NAME,
    )


def _build_tags(spec: EngineSpec[Synthesizer]) -> list[gr.Button]:
    """A button for each tag, asleep where the engine can't make it."""
    buttons = []
    with gr.Row(elem_classes="fa-tags"):
        for tag in tags():
            key = f"tag.{tag.capability.replace(':', '.')}"
            add_strings({key: (tag.opening, f"{tag.opening} · {tag.zh}")})
            button = gr.Button(t(key), size="sm", interactive=tag.capability in spec.capabilities)
            button.click(None, js=INSERT % (TEXT_ID, tag.opening, tag.closing), api_visibility="private")
            buttons.append(button)
    return buttons
