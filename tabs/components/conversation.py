"""A conversation as the Chat page keeps and shows it, and an exchange as it goes on. Knows tasks, never engines."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from funaudio_core.audio.prosody import NO_BASELINE, Baseline
from funaudio_core.message import Message
from funaudio_core.pipelines.chat import Done, ReplyDelta, TranslatedInput
from funaudio_core.pipelines.stages import Progress, Recognized, SpeechPiece
from funaudio_core.runtime import telemetry
from funaudio_core.runtime.prefetch import prefetch_with_heartbeat
from funaudio_core.tasks import chat
from funaudio_core.types import Audio, Turn
from server.request import localize
from tabs.components import chat_history, engine_picker
from tabs.components.layout import progress_text
from tabs.components.outputs import write_wav
from tabs.components.player import Playback

DEFAULT_LANGUAGE = "en"  # language of the first reply, where what is said leaves a choice
SKIP = gr.skip()
PACE = 0.1  # seconds between two updates for words; the page is sent its whole history with each
ChatMessage = dict[str, Any]


@dataclass(frozen=True)
class ChatState:
    """One visitor's conversation: what the model remembers, what the page shows, how the visitor usually sounds.

    language: of the last reply.
    """

    turns: tuple[Turn, ...] = ()
    shown: tuple[ChatMessage, ...] = ()
    baseline: Baseline = NO_BASELINE
    language: str = DEFAULT_LANGUAGE

    def said(self, turn: Turn, *shown: ChatMessage) -> ChatState:
        """The conversation with one more turn."""
        return replace(self, turns=(*self.turns, turn), shown=(*self.shown, *shown))


def message(role: str, content: str) -> ChatMessage:
    """Words as the history takes them. content: Markdown."""
    return {"role": role, "content": content}


def sound(role: str, path: str) -> ChatMessage:
    """Sound as the history takes it."""
    return {"role": role, "content": {"path": path}}


def run_exchange(
    events: Iterator[chat.ChatEvent], talk: ChatState, engine: str, path: str | None = None, clip: Audio | None = None
) -> Iterator[tuple[Any, ...]]:
    """Values for (history, talk, player, status, text box) as the exchange goes on.

    The conversation is handed over at every step, so that an interrupted reply is remembered as far as it was shown.
    """
    playback = Playback()
    written = ""
    for event in _paced(events):
        if isinstance(event, Progress):
            yield (SKIP, SKIP, SKIP, progress_text(event.seconds, clip.duration if clip else 0.0), SKIP)
        elif isinstance(event, Recognized):
            turn = Turn("user", event.text, event.emotion, event.events)
            clip_said = [sound("user", path)] if path else []
            talk = talk.said(turn, *clip_said, message("user", chat_history.heard(turn)))
            yield (list(talk.shown), talk, SKIP, localize("Thinking…"), SKIP)
        elif isinstance(event, TranslatedInput):
            note = chat_history.with_notes(
                chat_history.plain(event.text), localize("translated to English for the model")
            )
            talk = replace(talk, turns=(*talk.turns[:-1], replace(talk.turns[-1], text=event.text)))
            talk = replace(talk, shown=(*talk.shown, message("user", note)))
        elif isinstance(event, ReplyDelta):
            written += event.delta
            shown = chat_history.with_notes(chat_history.reply(written), chat_history.style_text(event.style))
            reply = Turn("assistant", written.strip(), style=event.style)
            so_far = talk.said(reply, message("assistant", shown))
            yield (list(so_far.shown), so_far, SKIP, localize("Speaking…"), SKIP)
        elif isinstance(event, SpeechPiece):
            yield (SKIP, SKIP, playback.add(event.chunk.audio), SKIP, SKIP)
        else:
            telemetry.record_speech(event.first_audio_seconds, event.take.seconds, event.take.audio.duration)
            usually = talk.baseline.add_clip(clip) if clip else talk.baseline  # measured when nobody waits for it
            talk = replace(talk, baseline=usually, language=event.language)
            yield _finished(event, talk, engine_picker.spec_of(engine).title)


def _paced(events: Iterator[chat.ChatEvent]) -> Iterator[chat.ChatEvent]:
    """The same, the next made while the page shows the one before; words that come within PACE of others wait for it.

    They come as one, and never behind what was made after them: their sound, or an error.
    """
    kept: list[ReplyDelta] = []
    shown = float("-inf")
    try:
        for beat in prefetch_with_heartbeat(events, PACE):
            event = beat[0] if beat else None
            if isinstance(event, ReplyDelta):
                kept.append(event)
                if time.monotonic() < shown + PACE:
                    continue
            if kept:
                yield _joined(kept)
                kept, shown = [], time.monotonic()
            if event is not None and not isinstance(event, ReplyDelta):
                yield event
    except Exception:
        if kept:
            yield _joined(kept)
        raise


def _joined(words: Sequence[ReplyDelta]) -> ReplyDelta:
    return replace(words[-1], delta="".join(each.delta for each in words))


def _finished(done: Done, talk: ChatState, engine: str) -> tuple[Any, ...]:
    reply = done.turns[1]
    spoken = write_wav(done.take.audio, f"reply_{len(talk.turns) // 2 + 1}.wav")
    title = Message("first audio after {seconds:.1f} s", seconds=done.first_audio_seconds)
    notes = (
        chat_history.style_text(reply.style),
        chat_history.spoken_in(done.language, DEFAULT_LANGUAGE),
        localize(title),
    )
    words = chat_history.with_notes(chat_history.reply(reply.text), *notes)
    talk = talk.said(reply, message("assistant", words), sound("assistant", spoken))
    status = localize(
        "{first_sound}, {seconds:.1f} s in total; generated by {engine}",
        first_sound=title,
        seconds=done.seconds,
        engine=engine,
    )
    return list(talk.shown), talk, SKIP, status, SKIP
