"""The Clone page: a reference clip and a text to the text in that voice. Knows tasks, never engines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from funaudio_core import languages, tasks
from tabs import common, reference, speaking
from tabs.words import word

NAME = "zero_shot"


@common.shows_errors
def on_speak(*order: Any) -> Iterator[tuple[Any, ...]]:
    """The text in the voice of the clip; see reference.speak."""
    yield from reference.speak(*order)


def clone(
    clip: str,
    text: str,
    language: str = "en",
    transcript: str = "",
    speed: float = 1.0,
    seed: int = -1,
    consent: bool = False,
) -> tuple[str, dict[str, Any]]:
    """Speak a text in the voice of a reference clip.

    Args:
        clip: Audio file with 3 to 30 seconds of one speaker.
        text: What to say, up to 5,000 characters.
        language: ISO 639 code of the text: en, zh, ja, es, fr, it, pt or hi.
        transcript: What is said in the clip; left empty, it is recognised.
        speed: 0.5 to 2.0.
        seed: A number to repeat a take exactly; -1 draws one.
        consent: True states that the voice is yours or that its owner agrees.

    Returns:
        The WAV file, and the self-check: error rate, similarity, first-audio seconds, real-time factor, seed.
    """
    engine = next(iter(tasks.synthesizers()))
    voice = reference.voice_of(clip, transcript, consent)
    line = tasks.line(text, language, voice, engine, speed=speed, seed=common.draw_seed(seed))
    take = tasks.take(line, engine)
    report = tasks.check(take, line)
    return common.wav_of(take.audio, "clone.wav"), {**tasks.facts(report), "seed": take.seed}


def build() -> None:
    """Lay the page out and wire it."""
    table = tasks.synthesizers()
    spec = next(iter(table.values()))
    common.heading(NAME, spec, *tasks.checkers(), claim=f"{NAME}.claim")
    with gr.Row():
        with gr.Column():
            ref = reference.build_reference()
            text = gr.Textbox(label=word("zero_shot.text"), lines=3, value=languages.LANGUAGES["en"].sample)
            language = common.language_picker(spec.languages, value="en")
            order = speaking.build_order(table)
        with gr.Column():
            stage = speaking.build_stage("fa-live-zero-shot")
    speaking.wire(order, stage, on_speak, [ref.clip, ref.transcript, text, language], ref.consent, "on_clone")
    common.expose(
        clone,
        [
            gr.Audio(type="filepath", visible=False),
            gr.Textbox(visible=False),
            gr.Textbox("en", visible=False),
            gr.Textbox("", visible=False),
            gr.Number(1.0, visible=False),
            gr.Number(-1, precision=0, visible=False),
            gr.Checkbox(False, visible=False),
        ],
        [gr.Audio(type="filepath", visible=False), gr.JSON(visible=False)],
        "clone",
    )
