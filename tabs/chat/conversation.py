"""The conversation of the Chat page, and an exchange while it happens."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from funaudio_core.audio.prosody import NO_BASELINE, Baseline
from funaudio_core.message import Message
from funaudio_core.pipelines.chat import Done, ReplyDelta, TranslatedInput
from funaudio_core.pipelines.stages import Progress, Recognized, SpeechPiece
from funaudio_core.runtime import telemetry
from funaudio_core.runtime.prefetch import prefetch_with_heartbeat
from funaudio_core.tasks import chat
from funaudio_core.types import Audio, Turn
from server.request import localize
from server.updates import Update
from tabs.chat import history
from tabs.components import engine_picker
from tabs.components.layout import progress_text
from tabs.components.outputs import write_wav
from tabs.components.player import Playback

DEFAULT_LANGUAGE = "en"  # of the first reply, if the user's language leaves a choice
UPDATE_SECONDS = 0.1  # between two updates of a growing reply; each sends the whole history to the page
ChatMessage = dict[str, Any]


@dataclass(frozen=True)
class ChatState:
    """A session's conversation.

    Attributes:
        turns: Turns as the model gets them.
        messages: Messages as the page shows them.
        baseline: How the visitor usually sounds.
        language: Language of the last reply.
    """

    turns: tuple[Turn, ...] = ()
    messages: tuple[ChatMessage, ...] = ()
    baseline: Baseline = NO_BASELINE
    language: str = DEFAULT_LANGUAGE

    def add(self, turn: Turn, *messages: ChatMessage) -> ChatState:
        """Return the conversation with one more turn."""
        return replace(self, turns=(*self.turns, turn), messages=(*self.messages, *messages))

    def update(self, **others: Any) -> Update:
        """Return the update that stores the conversation and shows it."""
        return Update(history=list(self.messages), state=self, **others)


def text_message(role: str, content: str) -> ChatMessage:
    """Return a message with Markdown."""
    return {"role": role, "content": content}


def audio_message(role: str, path: str) -> ChatMessage:
    """Return a message with an audio file."""
    return {"role": role, "content": {"path": path}}


def run_exchange(
    events: Iterator[chat.ChatEvent], state: ChatState, engine: str, path: str | None = None, clip: Audio | None = None
) -> Iterator[Update]:
    """Show an exchange while it happens.

    Each update stores the conversation, so that an interrupted reply is remembered as far as it was shown.

    Args:
        events: Events of the chat task.
        state: Conversation before the exchange.
        engine: Name of the synthesizer.
        path: Path of the user's clip, None if the message was typed.
        clip: The clip.

    Yields:
        Updates of `history`, `state`, `live` and `status`.
    """
    playback = Playback()
    written = ""
    for event in _join_deltas(events):
        if isinstance(event, Progress):
            yield Update(status=progress_text(event.seconds, clip.duration if clip else 0.0))
        elif isinstance(event, Recognized):
            turn = Turn("user", event.text, event.emotion, event.events)
            audio_messages = [audio_message("user", path)] if path else []
            notes = [localize(note) for note in (*(clip.notes if clip else ()), *event.notes)]
            shown = history.with_notes(history.user_message(turn), *notes)
            state = state.add(turn, *audio_messages, text_message("user", shown))
            yield state.update(status=localize("Thinking…"))
        elif isinstance(event, TranslatedInput):
            state = _translate_input(state, event.text)
        elif isinstance(event, ReplyDelta):
            written += event.delta
            shown = history.with_notes(history.reply_message(written), history.style_text(event.style))
            reply = Turn("assistant", written.strip(), style=event.style)
            yield state.add(reply, text_message("assistant", shown)).update(status=localize("Speaking…"))
        elif isinstance(event, SpeechPiece):
            yield Update(live=playback.add(event.chunk.audio))
        else:
            telemetry.record_speech(event.first_audio_seconds, event.take.seconds, event.take.audio.duration)
            baseline = state.baseline.add_clip(clip) if clip else state.baseline  # measured after the reply
            state = replace(state, baseline=baseline, language=event.language)
            yield _finish(event, state, engine_picker.spec_of(engine).title)


def _translate_input(state: ChatState, text: str) -> ChatState:
    """Return the conversation with the last turn translated for the model, and a message that says so."""
    note = history.with_notes(history.escape_markdown(text), localize("translated to English for the model"))
    turns = (*state.turns[:-1], replace(state.turns[-1], text=text))
    return replace(state, turns=turns, messages=(*state.messages, text_message("user", note)))


def _join_deltas(events: Iterator[chat.ChatEvent]) -> Iterator[chat.ChatEvent]:
    """Yield the events, prefetched, with the deltas of a reply that come within UPDATE_SECONDS joined.

    Deltas never come after an event or an error that follows them.
    """
    pending: list[ReplyDelta] = []
    updated = float("-inf")
    try:
        for beat in prefetch_with_heartbeat(events, UPDATE_SECONDS):
            event = beat[0] if beat else None
            if isinstance(event, ReplyDelta):
                pending.append(event)
                if time.monotonic() < updated + UPDATE_SECONDS:
                    continue
            if pending:
                yield _joined(pending)
                pending, updated = [], time.monotonic()
            if event is not None and not isinstance(event, ReplyDelta):
                yield event
    except Exception:
        if pending:
            yield _joined(pending)
        raise


def _joined(deltas: Sequence[ReplyDelta]) -> ReplyDelta:
    return replace(deltas[-1], delta="".join(each.delta for each in deltas))


def _finish(done: Done, state: ChatState, engine: str) -> Update:
    """Return the update that shows a finished reply."""
    reply = done.turns[1]
    path = write_wav(done.take.audio, f"reply_{len(state.turns) // 2 + 1}.wav")
    first_audio = Message("first audio after {seconds:.1f} s", seconds=done.first_audio_seconds)
    notes = (
        history.style_text(reply.style),
        history.language_note(done.language, DEFAULT_LANGUAGE),
        localize(first_audio),
    )
    words = history.with_notes(history.reply_message(reply.text), *notes)
    state = state.add(reply, text_message("assistant", words), audio_message("assistant", path))
    status = localize(
        "{first_sound}, {seconds:.1f} s in total; generated by {engine}",
        first_sound=first_audio,
        seconds=done.seconds,
        engine=engine,
    )
    return state.update(status=status)
