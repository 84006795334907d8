"""Spoken questions: a conversation by voice; an interrupted answer is remembered as far as it was heard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from funaudio_core.engines.spoken_chat import HEARS, USER, SpokenTurn
from funaudio_core.errors import BadInput
from funaudio_core.tasks import synthesis
from funaudio_core.types import Transcript
from server import cancellation
from server.events import QUEUE_OPTIONS, queued_handler
from server.request import localize
from server.updates import Outputs, Update, connect
from tabs.audio_chat.controls import PAGE, ModelControls, Models
from tabs.audio_chat.exchange import (
    Answer,
    assistant_turn,
    conversation_of,
    cut_text,
    follow,
    listen,
    made_by,
    require_speech,
)
from tabs.components.inputs import MAX_TURN_SECONDS, build_hands_free, clip_input, read_clip
from tabs.components.layout import status_line
from tabs.components.outputs import write_wav
from tabs.components.player import SILENT, Playback, build_player
from tabs.components.strings import emotion_text, t

PLAYER = "fa-live-audio-chat"
# Reads from the player how many seconds were heard.
HEARD_SECONDS = f"() => parseFloat((document.querySelector('#{PLAYER} .fa-clock') || {{}}).textContent) || 0"
STATE_SECONDS = 3600  # until the conversation of a closed page is deleted
MAX_ROUNDS = 8  # of the history that goes to the model
Messages = tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Talk:
    """Conversation of a session.

    Attributes:
        turns: Role, text, path of the clip and what was heard in it, of each turn.
        messages: Messages as the page shows them.
        marks: Of the last answer, see Answer.
        made_seconds: Length of its speech.
    """

    turns: tuple[tuple[str, str, str, Transcript | None], ...] = ()
    messages: Messages = ()
    marks: tuple[tuple[float, str], ...] = ()
    made_seconds: float = 0.0

    def show(self, **others: Any) -> Update:
        """Return the update that stores and shows the conversation."""
        return Update(talk=self, history=list(self.messages), **others)


@dataclass(frozen=True, slots=True)
class QuestionsOutput(Outputs):
    """Output components."""

    history: gr.Chatbot
    talk: gr.State
    live: gr.HTML
    status: gr.HTML
    text: gr.Textbox


def _stop_answer(message: str | None, *_: object) -> None:
    """Stop the answer under way before a new question waits for its slot."""
    if message:
        cancellation.stop_older(PAGE)


@queued_handler(before=_stop_answer, page=PAGE)
def on_question(path: str | None, talk: Talk, models: Models) -> Iterator[Update]:
    """Answer a recorded question."""
    if not path:
        return
    clip = read_clip(path, limit=MAX_TURN_SECONDS)
    models.own_voice()  # raises its errors before the question is in the conversation
    messages: Messages = (*talk.messages, {"role": "user", "content": {"path": path}})
    talk = replace(talk, messages=messages)
    yield talk.show(live=SILENT, status=localize("Listening…"))
    yield from models.load()
    heard = None
    if HEARS not in models.spec.capabilities:
        heard = yield from listen(clip)
        require_speech(heard)
        mood = emotion_text(heard.emotion) if heard.emotion else ""
        talk = replace(talk, messages=(*messages, message("user", heard.text, mood)))
    talk = replace(talk, turns=(*talk.turns, (USER, "", path, heard)))
    yield from _answer(talk, models)


@queued_handler(before=_stop_answer, page=PAGE)
def on_typed(text: str, talk: Talk, models: Models) -> Iterator[Update]:
    """Answer a typed question."""
    text = synthesis.validate_text(text)
    models.own_voice()
    messages = (*talk.messages, message("user", text))
    talk = replace(talk, turns=(*talk.turns, (USER, text, "", None)), messages=messages)
    yield talk.show(live=SILENT, status=localize("Thinking…"), text="")
    yield from models.load()
    yield from _answer(talk, models)


def _answer(talk: Talk, models: Models) -> Iterator[Update]:
    """Yield the conversation with its growing answer, stored at each step, so that it can be interrupted."""
    asked = talk
    conversation = conversation_of(models, *(_to_turn(models, *turn) for turn in talk.turns[-2 * MAX_ROUNDS - 1 :]))
    yield asked.show(status=localize("Thinking…"))
    playback, answer = Playback(), Answer()
    for answer, sound in follow(conversation, models):
        talk = _with_answer(asked, answer)
        played = {} if sound is None else {"live": playback.add(sound)}
        yield talk.show(status=answer.timing(), **played)
    if not answer.text.strip():
        raise BadInput("The model gave no reply. Rephrase your message.")
    messages = talk.messages
    if (whole := answer.audio) is not None:
        path = write_wav(whole, f"answer_{len(asked.turns) // 2 + 1}.wav")
        messages = (*messages, {"role": "assistant", "content": {"path": path}})
    status = f"{answer.timing()}; {made_by(models)}"
    yield replace(talk, messages=messages).show(status=status)


def _with_answer(asked: Talk, answer: Answer) -> Talk:
    """Return a conversation with the answer to its last turn."""
    text = answer.text.strip()
    return replace(
        asked,
        turns=(*asked.turns, ("assistant", text, "", None)),
        messages=(*asked.messages, message("assistant", text, answer.style)),
        marks=tuple(answer.marks),
        made_seconds=sum(sound.duration for sound in answer.sounds),
    )


def _to_turn(models: Models, role: str, text: str, path: str, heard: Transcript | None) -> SpokenTurn:
    """Return a turn as the model gets it; assistant turns are text alone."""
    if role != USER:
        return assistant_turn(text)
    if path and HEARS in models.spec.capabilities:
        return SpokenTurn(USER, text, (read_clip(path, limit=MAX_TURN_SECONDS),))
    return SpokenTurn(USER, text, heard=heard)


def message(role: str, text: str, note: str = "") -> dict[str, Any]:
    """Return a message; the text is shown as it is, without Markdown."""
    escaped = "".join(f"\\{char}" if char in "\\`*_{}[]<>#|~$" else char for char in text)
    return {"role": role, "content": f"{escaped}\n\n*{note}*" if note else escaped}


def on_interrupt(heard_seconds: float, talk: Talk) -> Iterator[Update]:
    """Stop the answer; only the part of it that was heard stays in the conversation."""
    request = cancellation.request_stop(PAGE)
    kept = keep_heard(talk, heard_seconds)
    yield kept.show(live=SILENT, status=localize("Interrupted."))
    cancellation.wait_until_stopped(request)
    if not request.superseded:
        yield kept.show(live=SILENT, status=localize("Interrupted. What you heard is remembered."))


def keep_heard(talk: Talk, heard_seconds: float) -> Talk:
    """Return a conversation whose last answer is cut where the visitor stopped listening."""
    if not talk.turns or talk.turns[-1][0] == USER or not talk.marks:
        return talk
    text = talk.turns[-1][1]
    heard = cut_text(text, list(talk.marks), heard_seconds, talk.made_seconds)
    if heard == text:
        return talk
    before = next(place for place in reversed(range(len(talk.messages))) if talk.messages[place]["role"] == "user") + 1
    turns = (*talk.turns[:-1], ("assistant", heard, "", None)) if heard else talk.turns[:-1]
    messages = (*talk.messages[:before], *([message("assistant", f"{heard} …")] if heard else []))
    return replace(talk, turns=turns, messages=messages, marks=(), made_seconds=0.0)


def on_clear() -> Iterator[Update]:
    """Delete the conversation."""
    request = cancellation.request_stop(PAGE)
    yield Talk().show(live=SILENT, status="")
    cancellation.wait_until_stopped(request)
    if not request.superseded:
        yield Talk().show(live=SILENT, status="")


def build(models: ModelControls) -> tuple[QuestionsOutput]:
    """Add the ability and connect it."""
    with gr.Row():
        with gr.Column(scale=3):
            history = gr.Chatbot(label=t("audio_chat.history"), height=360, placeholder=t("audio_chat.history.empty"))
            status = status_line()
            live = build_player(PLAYER)
        with gr.Column(scale=2):
            clip = clip_input("audio_chat.questions.clip")
            text = gr.Textbox(
                label=t("audio_chat.type"),
                placeholder=t("audio_chat.type.hint"),
                max_lines=4,
                submit_btn=t("audio_chat.send"),
            )
            with gr.Row():
                interrupt = gr.Button(t("audio_chat.interrupt"), variant="stop", elem_id="fa-audio-chat-interrupt")
                clear = gr.Button(t("audio_chat.clear"))
            mic = build_hands_free()
    talk = gr.State(Talk(), time_to_live=STATE_SECONDS)
    heard = gr.Number(0, visible=False)
    output = QuestionsOutput(history, talk, live, status, text)
    for listen_to, recording in (
        (clip.stop_recording, clip),
        (clip.upload, clip),
        (mic.utterance.change, mic.utterance),
    ):
        connect(listen_to, on_question, [recording, talk, models.inputs()], output, **QUEUE_OPTIONS)
    connect(
        text.submit,
        on_typed,
        [text, talk, models.inputs()],
        output,
        api_name="on_audio_chat_text",
        api_visibility="undocumented",
        **QUEUE_OPTIONS,
    )
    js = f"(_, talk) => [({HEARD_SECONDS})(), talk]"
    for listen_to in (interrupt.click, mic.utterances.change):  # an utterance that starts interrupts the answer
        connect(listen_to, on_interrupt, [heard, talk], output, js=js, trigger_mode="multiple")
    connect(clear.click, on_clear, None, output)
    return (output,)
