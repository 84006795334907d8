"""The Instruct page: a text, told how to be spoken. Knows tasks, never engines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from html import escape
from typing import Any

import gradio as gr

from funaudio_core import instructions, tasks
from funaudio_core.languages import LANGUAGES
from funaudio_core.types import NEUTRAL, Line, Style
from tabs import common, speaking
from tabs.words import add, say, word

NAME = "instruct"
TEXT_ID = "fa-instruct-text"
FIRST_INSTRUCTION = "Speak slowly and very happily."
SHOWN = 12  # words that were not understood
# Puts a tag where the cursor is and tells the page that the text has changed.
INSERT = """() => {
  const area = document.querySelector('#%s textarea');
  const [from, to] = [area.selectionStart, area.selectionEnd];
  area.setRangeText(%r, from, to, 'end');
  area.dispatchEvent(new Event('input', {bubbles: true}));
  area.focus();
}"""


@common.shows_errors
def on_speak(
    text: str, instruction: str, language: str, preset: str, seed: float, compare: bool, engine: str
) -> Iterator[tuple[Any, ...]]:
    """The text as instructed, heard while it is made; then a neutral take and what measurably changed."""
    understood = instructions.understand(instruction)
    line = line_of(text, language, preset, understood.style, common.draw_seed(seed), engine)
    yield *speaking.says(say("Reading the instruction…")), show(understood), "", None
    kept: list[speaking.Finished] = []
    for values in speaking.perform(line, engine, 1, kept):
        yield *values, *[speaking.SKIP] * 3
    if not compare or not kept:
        return
    yield *speaking.says(say("Making the neutral take to compare with…")), *[speaking.SKIP] * 3
    neutral = tasks.take(replace(line, style=NEUTRAL), engine)
    table = measured(tasks.changes(neutral.audio, kept[0].take.audio))
    yield *speaking.says(speaking.spoken_by(engine)), speaking.SKIP, table, common.playable(neutral.audio)


def line_of(text: str, language: str, preset: str, style: Style, seed: int, engine: str) -> Line:
    """The checked line to speak."""
    line = tasks.line(text, language, tasks.preset(preset, engine), engine, seed=seed)
    return replace(line, style=style)


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


@common.shows_errors
def on_instruction(instruction: str) -> str:
    """What is understood, as it is typed."""
    return show(instructions.understand(instruction)) if instruction.strip() else ""


def measured(changes: tuple[instructions.Change, ...]) -> str:
    """The measured change as a table."""
    head = f"<tr><th></th><th>{say('neutral take')}</th><th>{say('instructed')}</th><th></th></tr>"
    rows = "".join(
        f"<tr><th>{say(c.name)}</th><td>{c.before:.2f}</td><td>{c.after:.2f}</td><td>{say(c.unit)}</td></tr>"
        for c in changes
    )
    return f'<table class="fa-check">{head}{rows}</table>'


@common.shows_errors
def on_language(language: str, text: str, engine: str) -> tuple[Any, str]:
    """Voices of that language, and its sample line as long as the text is one of the samples."""
    voices = common.voice_choices(tasks.voices(language, engine))
    sample = LANGUAGES[language].sample if text in {row.sample for row in LANGUAGES.values()} else text
    return gr.Dropdown(choices=voices, value=voices[0][1]), sample


def instruct(
    text: str, instruction: str, language: str = "en", voice: str = "af_heart", seed: int = -1
) -> tuple[str, dict[str, Any]]:
    """Speak a text as instructed.

    Args:
        text: What to say, up to 5,000 characters; may hold [pause], [breath] and [sigh].
        instruction: How to say it, in English or Chinese, such as "very slowly and sadly" or "请轻声说".
        language: ISO 639 code of the text: en, zh, ja, es, fr, it, pt or hi.
        voice: Preset voice of that language, such as "af_heart".
        seed: A number to repeat a take exactly; -1 draws one.

    Returns:
        The WAV file; what was understood, what could not be honoured, and the self-check.
    """
    engine = next(iter(tasks.synthesizers()))
    understood = instructions.understand(instruction)
    line = line_of(text, language, voice, understood.style, common.draw_seed(seed), engine)
    take = tasks.take(line, engine)
    facts = {
        "understood": list(map(say, understood.wishes)),
        "applied": list(map(say, instructions.describe(understood.style))),
        "beyond": list(map(say, understood.beyond)),
        "unknown": list(understood.unknown),
        **tasks.facts(tasks.check(take, line)),
        "seed": take.seed,
    }
    return common.wav_of(take.audio, "instruct.wav"), facts


def build() -> None:
    """Lay the page out and wire it."""
    table = tasks.synthesizers()
    name, spec = next(iter(table.items()))
    common.heading(NAME, spec, *tasks.checkers(), claim=f"{NAME}.claim")
    with gr.Row():
        with gr.Column():
            text = gr.Textbox(LANGUAGES["en"].sample, label=word("zero_shot.text"), lines=3, elem_id=TEXT_ID)
            with gr.Row(elem_classes="fa-tags"):
                for tag in instructions.EVENT_TAGS:
                    key = f"tag.{tag.tag.strip('[]')}"
                    add({key: (tag.tag, f"{tag.tag} · {tag.zh}")})
                    button = gr.Button(word(key), size="sm", interactive=tag.lite)
                    button.click(None, js=INSERT % (TEXT_ID, tag.tag), api_visibility="private")
            instruction = gr.Textbox(
                FIRST_INSTRUCTION, label=word("instruct.instruction"), lines=2, max_length=instructions.LONGEST
            )
            known = gr.Dropdown(
                [text for row in instructions.KNOWN for text in (row.en, row.zh)],
                value=None,
                label=word("instruct.known"),
            )
            understood = common.boxed("instruct.understood", on_instruction(FIRST_INSTRUCTION))
            with gr.Row():
                language = common.language_picker(spec.languages, value="en")
                voices = common.voice_choices(tasks.voices("en", name))
                preset = gr.Dropdown(voices, value=voices[0][1], label=word("voice"))
            with gr.Accordion(word("more"), open=False):
                engine = common.engine_picker(table)
                seed = gr.Number(-1, label=word("seed"), precision=0)
                compare = gr.Checkbox(True, label=word("instruct.compare"))
            with gr.Row():
                run = gr.Button(word("speak"), variant="primary")
                stop = gr.Button(word("stop"), variant="stop")
        with gr.Column():
            stage = speaking.build_stage("fa-live-instruct")
            change = common.boxed("instruct.change")
            neutral = gr.Audio(label=word("instruct.neutral"), interactive=False)
    run.click(
        on_speak,
        [text, instruction, language, preset, seed, compare, engine],
        [*stage.all(), understood, change, neutral],
        api_name="on_instruct",
        **common.HEAVY,
        api_visibility="undocumented",
    )
    speaking.wire_stop(stop, stage.status, stage.live, __name__)
    common.on_arrival(
        lambda: (
            on_instruction(FIRST_INSTRUCTION),
            gr.Dropdown(choices=common.voice_choices(tasks.voices("en", name))),
        ),
        [understood, preset],
    )
    instruction.change(on_instruction, instruction, understood, show_progress="hidden", api_visibility="private")
    known.input(lambda chosen: chosen, known, instruction, api_visibility="private")
    language.input(on_language, [language, text, engine], [preset, text], api_visibility="private")
    common.expose(
        instruct,
        [
            gr.Textbox(visible=False),
            gr.Textbox(visible=False),
            gr.Textbox("en", visible=False),
            gr.Textbox("af_heart", visible=False),
            gr.Number(-1, precision=0, visible=False),
        ],
        [gr.Audio(type="filepath", visible=False), gr.JSON(visible=False)],
        NAME,
    )
