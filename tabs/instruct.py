"""The Instruct page: a text, told how to be spoken. Knows tasks, never engines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from html import escape
from typing import Any

import gradio as gr

from funaudio_core.engines import selection, voice_catalog
from funaudio_core.engines.protocols import Synthesizer
from funaudio_core.engines.spec import Spec
from funaudio_core.languages import LANGUAGES
from funaudio_core.pipelines.chunked_synthesis import Finished, LongText
from funaudio_core.pipelines.synthesize import Take
from funaudio_core.runtime.jobs import Job
from funaudio_core.tasks import cost, synthesis
from funaudio_core.text import instructions
from funaudio_core.types import Line, Style
from server.events import HEAVY, computes, expose, shows_errors
from server.params import draw_seed
from server.request import say
from tabs.components import chunked_speech, engine_picker, resumable, speech_output
from tabs.components.inputs import language_picker
from tabs.components.layout import gpu_note, heading, on_arrival
from tabs.components.outputs import boxed, playable, wav_of
from tabs.components.strings import add, word

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


@computes(width=speech_output.WIDTH + MORE + resumable.WIDTH, status=0)
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
    yield *speech_output.says(say("Reading the instruction…")), understood, "", None, *resumable.SAME
    speaker = engine_picker.voice_of(voice, language, engine, path, transcript, consent)
    line = synthesis.line(text, language, speaker, engine, speed, draw_seed(seed), instruction)
    parts, going = synthesis.stretched(line), resumable.anew(WORK)
    if len(parts) > 1:
        job = synthesis.long_text(parts, engine, 1, understood=understood, neutral_speed=speed if compare else None).job
        yield from resumable.begun(job, WORK)
        return
    kept = list[Finished]()
    for values in speech_output.perform(line, engine, 1, kept):
        yield *values, *[speech_output.SKIP] * MORE, *going
        going = resumable.SAME
    for values in compared(line, kept[0].take, speed, engine) if compare else ():
        yield *values, *going


def compared(line: Line, take: Take, speed: float, engine: str) -> Iterator[tuple[Any, ...]]:
    """Values of the page but for those of its GoingOn: a neutral take of the line, and what is different in `take`."""
    yield *speech_output.says(say("Making the neutral take to compare with…")), *[speech_output.SKIP] * MORE
    neutral = synthesis.take(replace(line, style=Style(rate=speed)), engine)
    table = measured(synthesis.changes(neutral.audio, take.audio))
    yield *speech_output.says(speech_output.spoken_by(engine)), speech_output.SKIP, table, playable(neutral.audio)


def part(job: Job) -> Iterator[tuple[Any, ...]]:
    """Values of the page but for those of its GoingOn: the next stretch of a long text. Of all that may be compared,
    the first stretch is.
    """
    for values in chunked_speech.part(job):
        yield *values, *[speech_output.SKIP] * MORE
    text = LongText(job)
    if job.finished and (speed := text.extra.get("neutral_speed")) is not None:
        yield from compared(text.line(0), text.spoken(0).take, speed, text.engine)


def shown(job: Job) -> tuple[Any, ...]:
    """Values of the page but for those of its GoingOn: all that is spoken so far of a long text."""
    return *chunked_speech.shown(job), LongText(job).extra.get("understood", ""), "", None


WORK = replace(chunked_speech.work_of(__name__), width=speech_output.WIDTH + MORE, part=part, shown=shown)
on_more, on_continue = resumable.handlers(WORK)


def read(instruction: str, language: str, engine: str) -> str:
    """What comes of an instruction: the words that the engine is told, or what is understood for one that reads none.

    Raises BadInput for an instruction that is too long.
    """
    if engine_picker.spec_of(engine).telling is None:
        return show(instructions.understand(instruction))
    words = synthesis.told(synthesis.style(instruction, engine=engine), language, engine)
    engine_title = engine_picker.spec_of(engine).title
    if words:
        sentence = say("{engine} is told, word for word: “{words}”", engine=engine_title, words=words)
    else:
        sentence = say("{engine} is told nothing: the voice speaks as it does in its clip.", engine=engine_title)
    return f'<ul class="fa-doctor"><li>→ {escape(sentence)}</li></ul>'


def show(understood: instructions.Understood) -> str:
    """What the instruction came to, and what it could not come to."""
    rows = []
    if understood.wishes:
        wishes = say("{words}", words=understood.wishes)
        applied = " · ".join(map(say, instructions.describe(understood.style)))
        rows += [f"<li>✓ {escape(wishes)}</li>", f"<li>→ {escape(applied)}</li>"]
    else:
        none = say("No wish was understood: the text is spoken as it is. Pick one from the list to see how.")
        rows.append(f"<li>{none}</li>")
    rows += [f'<li class="fa-warn">⚠ {escape(say(reason))}</li>' for reason in understood.beyond]
    if understood.unknown:
        unknown = say("not understood: {words}", words=understood.unknown[:SHOWN])
        rows.append(f'<li class="fa-warn">⚠ {escape(unknown)}</li>')
    return f'<ul class="fa-doctor">{"".join(rows)}</ul>'


@shows_errors
def on_instruction(instruction: str, language: str, engine: str) -> str:
    """What comes of it, as it is typed."""
    return read(instruction, language, engine) if instruction.strip() else ""


def measured(changes: tuple[instructions.Change, ...]) -> str:
    """The measured change as a table."""
    head = f"<tr><th></th><th>{say('neutral take')}</th><th>{say('instructed')}</th><th></th></tr>"
    rows = "".join(
        f"<tr><th>{say(c.name)}</th><td>{c.before:.2f}</td><td>{c.after:.2f}</td><td>{say(c.unit)}</td></tr>"
        for c in changes
    )
    return f'<table class="fa-check">{head}{rows}</table>'


@shows_errors
def on_language(language: str, text: str, instruction: str, voice: str, engine: str) -> tuple[Any, str, str]:
    """Voices of that language, its sample line as long as the text is one of the samples, and what is told in it."""
    shown = on_instruction(instruction, language, engine)
    return engine_picker.voices(engine, language, voice), engine_picker.sample(text, language), shown


@shows_errors
def on_engine(engine: str, language: str, text: str, instruction: str, voice: str) -> tuple[Any, ...]:
    """All that an engine changes: languages, text, voices, instruction, what can be told, tags, models and claim."""
    spec = engine_picker.spec_of(engine)
    code = engine_picker.kept(language, engine)
    if instruction in map(opening, selection.synthesizers().values()):
        instruction = opening(spec)
    return (
        engine_picker.languages(engine, code),
        engine_picker.sample(text, code),
        engine_picker.voices(engine, code, voice),
        instruction,
        gr.Dropdown(known(spec), value=None),
        on_instruction(instruction, code, engine),
        gr.Markdown(visible="phones" in spec.capabilities),
        engine_picker.models(engine, *selection.checkers()),
        word(claim_of(spec)),
        *(gr.Button(interactive=tag.capability in spec.capabilities) for tag in tags()),
    )


def opening(spec: Spec[Synthesizer]) -> str:
    """The instruction to begin with."""
    return spec.telling.known[0][1] if spec.telling else FIRST_INSTRUCTION


def known(spec: Spec[Synthesizer]) -> list[tuple[str, str]]:
    """Instructions to pick from, as (label, words)."""
    if spec.telling:
        return [(f"{say(wish)} · {words}", words) for wish, words in spec.telling.known]
    return [(words, words) for row in instructions.KNOWN for words in (row.en, row.zh)]


def tags() -> list[instructions.EventTag]:
    """The event tags that any engine offered here can make."""
    made = frozenset().union(*(spec.capabilities for spec in selection.synthesizers().values()))
    return [tag for tag in instructions.EVENT_TAGS if tag.capability in made]


def claim_of(spec: Spec[Synthesizer]) -> str:
    """Which words say how far an instruction reaches."""
    return "instruct.claim.told" if spec.telling else "instruct.claim"


def instruct(
    text: str, instruction: str, language: str = "en", voice: str = "", seed: int = -1, engine: str = ""
) -> tuple[str, dict[str, Any]]:
    """Speak a text as instructed.

    Args:
        text: What to say, up to 5,000 characters; may hold tags that the model makes, such as [breath] or [sigh].
        instruction: How to say it, in English or Chinese, such as "very slowly and sadly" or "请轻声说".
        language: ISO 639 code of the text, one that the model speaks, such as "en" or "zh".
        voice: A voice of the model: of kokoro such as "af_heart", of cosyvoice3 an example clip such as "en_neutral".
            Empty takes the first for the language.
        seed: A number to repeat a take exactly; -1 draws one.
        engine: Model id, such as "cosyvoice3" or "kokoro"; empty takes the one offered first.

    Returns:
        The WAV file; what the model was told or what was understood, what could not be honoured, and the self-check.
    """
    speaker = voice_catalog.preset(voice, engine, language)
    line = synthesis.line(text, language, speaker, engine, seed=draw_seed(seed), instruction=instruction)
    take = synthesis.take(line, engine)
    spec = engine_picker.spec_of(engine)
    facts: dict[str, Any] = {"engine": spec.title, "told": synthesis.told(line.style, language, engine)}
    if spec.telling is None:
        facts |= understood_as_values(instruction)
    facts |= {**synthesis.facts(synthesis.check(take, line)), "seed": take.seed}
    return wav_of(take.audio, "instruct.wav"), facts


def understood_as_values(instruction: str) -> dict[str, Any]:
    """What show() says, for API callers."""
    understood = instructions.understand(instruction)
    return {
        "understood": list(map(say, understood.wishes)),
        "applied": list(map(say, instructions.describe(understood.style))),
        "beyond": list(map(say, understood.beyond)),
        "unknown": list(understood.unknown),
    }


def build() -> None:
    """Lay the page out and wire it."""
    spec = engine_picker.first()
    models, claim = heading(NAME, spec, *selection.checkers(), claim=claim_of(spec))
    with gr.Row():
        with gr.Column():
            engine = engine_picker.build_engine()
            text = gr.Textbox(LANGUAGES["en"].sample, label=word("zero_shot.text"), lines=3, elem_id=TEXT_ID)
            buttons = _build_tags(spec)
            phones = gr.Markdown(
                word("instruct.phones"), elem_classes="fa-claim", visible="phones" in spec.capabilities
            )
            instruction = gr.Textbox(
                opening(spec), label=word("instruct.instruction"), lines=2, max_length=instructions.LONGEST
            )
            choices = gr.Dropdown(known(spec), value=None, label=word("instruct.known"))
            understood = boxed("instruct.understood", on_instruction(opening(spec), "en", spec.name))
            with gr.Row():
                language = language_picker(spec.languages, value="en")
                voice = engine_picker.build_voice("en", "voice")
            own = engine_picker.build_own(voice)
            with gr.Accordion(word("more"), open=False):
                speed = speech_output.build_speed()
                seed = gr.Number(-1, label=word("seed"), precision=0)
                compare = gr.Checkbox(not cost.lent(), label=word("instruct.compare"))
            with gr.Row():
                run = gr.Button(word("speak"), variant="primary")
                stop = gr.Button(word("stop"), variant="stop")
            going = resumable.build(NAME)
            gpu_note([text.change, engine.change], cost.gpu_to_speak, [text, language, engine])
        with gr.Column():
            stage = speech_output.build_stage("fa-live-instruct")
            change = boxed("instruct.change")
            neutral = gr.Audio(label=word("instruct.neutral"), interactive=False)
    given = [text, instruction, language, voice, own.clip, own.transcript, own.consent, speed, seed, compare, engine]
    outputs = [*stage.all(), understood, change, neutral]
    spoken = run.click(
        on_speak,
        given,
        [*outputs, *going.all()],
        api_name="on_instruct",
        **HEAVY,
        api_visibility="undocumented",
    )
    engine_picker.refresh(spoken, engine, voice, language)
    resumable.wire(going, WORK, on_more, on_continue, outputs)
    chunked_speech.wire_stop(stop, stage, going, WORK)
    on_arrival(
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
    expose(
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


def _build_tags(spec: Spec[Synthesizer]) -> list[gr.Button]:
    """A button for each tag, asleep where the engine can't make it."""
    buttons = []
    with gr.Row(elem_classes="fa-tags"):
        for tag in tags():
            key = f"tag.{tag.capability.replace(':', '.')}"
            add({key: (tag.opens, f"{tag.opens} · {tag.zh}")})
            button = gr.Button(word(key), size="sm", interactive=tag.capability in spec.capabilities)
            button.click(None, js=INSERT % (TEXT_ID, tag.opens, tag.closes), api_visibility="private")
            buttons.append(button)
    return buttons
