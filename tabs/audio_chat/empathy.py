"""Voice empathy: two clips with the same words, answered side by side, with the emotion that was heard and without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape
from typing import Any

import gradio as gr

from funaudio_core.engines.llm.audio_chat_prompts import PERSONA
from funaudio_core.engines.spoken_chat import HEARS, USER, SpokenTurn
from funaudio_core.types import Transcript
from server.events import QUEUE_OPTIONS, queued_handler
from server.request import localize
from server.updates import Outputs, Update, connect
from tabs.audio_chat.controls import PAGE, ModelControls, Models
from tabs.audio_chat.exchange import conversation_of, follow, listen, made_by, require_speech, user_turn
from tabs.audio_chat.understanding import on_stop
from tabs.components.inputs import MAX_TURN_SECONDS, clip_examples, clip_input, read_clip
from tabs.components.layout import status_line
from tabs.components.outputs import labelled_html, playable
from tabs.components.strings import emotion_text, t

LITE_PERSONA = "You are a warm, kind friend who notices how people feel."
SIDES = ("first", "second")


@dataclass(frozen=True, slots=True)
class EmpathyOutput(Outputs):
    """Output components: emotion, both answers and speech of the first clip, then of the second."""

    status: gr.HTML
    first_with: gr.HTML
    first_sound: gr.Audio
    first_without: gr.HTML
    second_with: gr.HTML
    second_sound: gr.Audio
    second_without: gr.HTML


@dataclass(frozen=True, slots=True)
class EmpathyInputs(Outputs):
    """Inputs that a demonstration fills in."""

    first: gr.Audio
    second: gr.Audio


@queued_handler(page=PAGE)
def on_both(first: str | None, second: str | None, models: Models) -> Iterator[Update]:
    """Answer each clip with the emotion that was heard in it, then the words alone."""
    empty = Update(first_with="", first_sound=None, first_without="")
    empty |= Update(second_with="", second_sound=None, second_without="")
    yield Update(**empty, status=localize("Listening…"))
    clips = [(side, path) for side, path in zip(SIDES, (first, second), strict=True) if path]
    if not clips:
        read_clip(None)
    yield from models.load()
    for side, path in clips:
        yield from _answer_clip(side, path, models)
    yield Update(status=made_by(models))


def persona_of(models: Models) -> str:
    """Return the published role for a model that was trained with it, else a plain one."""
    return PERSONA if HEARS in models.spec.capabilities else LITE_PERSONA


def _answer_clip(side: str, path: str, models: Models) -> Iterator[Update]:
    """Yield the answers to one clip."""
    clip = read_clip(path, limit=MAX_TURN_SECONDS)
    heard = yield from listen(clip)
    require_speech(heard)
    yield Update(status=localize("Thinking…"), **{f"{side}_with": _html(heard, "", "")})
    conversation = conversation_of(models, user_turn(models, clip, "", heard), persona=persona_of(models))
    for answer, _ in follow(conversation, models):
        yield Update(status=answer.timing(), **{f"{side}_with": _html(heard, answer.text, answer.style)})
    if answer.audio is not None:
        yield Update(**{f"{side}_sound": playable(answer.audio)})
    plain = SpokenTurn(USER, heard.text)
    conversation = replace(conversation, turns=(plain,), speak=False)
    for answer, _ in follow(conversation, models):
        yield Update(status=answer.timing(), **{f"{side}_without": f"<p>{escape(answer.text.strip())}</p>"})


def _html(heard: Transcript, text: str, style: str) -> str:
    """Return the emotion that was heard, the words, the answer and its style."""
    mood = emotion_text(heard.emotion) if heard.emotion else localize("none")
    lines = [localize("Heard: {emotion}. “{words}”", emotion=mood, words=heard.text), text.strip()]
    if style:
        lines.append(localize("Style of the answer: {style}", style=style))
    return "".join(f"<p>{escape(line)}</p>" for line in lines if line)


def build(models: ModelControls) -> tuple[EmpathyOutput, EmpathyInputs]:
    """Add the ability and connect it."""
    clips: list[gr.Audio] = []
    outputs: dict[str, Any] = {}
    with gr.Row():
        run = gr.Button(t("audio_chat.empathy.run"), variant="primary")
        stop = gr.Button(t("stop"), variant="stop")
    status = status_line()
    with gr.Row():
        for side in SIDES:
            with gr.Column(min_width=300):
                clip = clip_input(f"audio_chat.empathy.{side}")
                clip_examples(clip)
                clips.append(clip)
                outputs[f"{side}_with"] = labelled_html("audio_chat.empathy.with")
                outputs[f"{side}_sound"] = gr.Audio(label=t("result"), interactive=False, type="filepath")
                outputs[f"{side}_without"] = labelled_html("audio_chat.empathy.without")
    output = EmpathyOutput(status, **outputs)
    connect(
        run.click,
        on_both,
        [*clips, models.inputs()],
        output,
        api_name="on_audio_chat_empathy",
        api_visibility="undocumented",
        **QUEUE_OPTIONS,
    )
    connect(stop.click, on_stop, None, output.pick("status"))
    return output, EmpathyInputs(*clips)
