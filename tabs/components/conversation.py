"""A conversation as the Chat page keeps and shows it, and an exchange as it goes on. Knows tasks, never engines."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from funaudio_core.audio.prosody import Baseline
from funaudio_core.message import Phrase
from funaudio_core.pipelines.chat import Done, Understood, Wrote
from funaudio_core.pipelines.stages import Heard, Listening, Said
from funaudio_core.runtime import telemetry
from funaudio_core.runtime.prefetch import beating
from funaudio_core.tasks import chat, recognition
from funaudio_core.types import Audio, Turn
from server.request import say
from tabs.components import chat_history, engine_picker
from tabs.components.layout import heard_of
from tabs.components.outputs import wav_of
from tabs.components.player import Playback

USUAL = "en"  # language of the first reply, where what is said leaves a choice
SKIP = gr.skip()
PACE = 0.1  # seconds between two updates for words; the page is sent its whole history with each
Message = dict[str, Any]


@dataclass(frozen=True)
class Talk:
    """One visitor's conversation: what the model remembers, what the page shows, how the visitor usually sounds.

    language: of the last reply.
    """

    turns: tuple[Turn, ...] = ()
    shown: tuple[Message, ...] = ()
    baseline: Baseline = recognition.NO_BASELINE
    language: str = USUAL

    def said(self, turn: Turn, *shown: Message) -> Talk:
        """The conversation with one more turn."""
        return replace(self, turns=(*self.turns, turn), shown=(*self.shown, *shown))


def message(role: str, content: str) -> Message:
    """Words as the history takes them. content: Markdown."""
    return {"role": role, "content": content}


def sound(role: str, path: str) -> Message:
    """Sound as the history takes it."""
    return {"role": role, "content": {"path": path}}


def exchange(
    events: Iterator[chat.Talking], talk: Talk, engine: str, path: str | None = None, clip: Audio | None = None
) -> Iterator[tuple[Any, ...]]:
    """Values for (history, talk, player, status, text box) as the exchange goes on.

    The conversation is handed over at every step, so that an interrupted reply is remembered as far as it was shown.
    """
    playback = Playback()
    written = ""
    for event in _paced(events):
        if isinstance(event, Listening):
            yield (SKIP, SKIP, SKIP, heard_of(event.seconds, clip.duration if clip else 0.0), SKIP)
        elif isinstance(event, Heard):
            turn = Turn("user", event.text, event.emotion, event.events)
            clip_said = [sound("user", path)] if path else []
            talk = talk.said(turn, *clip_said, message("user", chat_history.heard(turn)))
            yield (list(talk.shown), talk, SKIP, say("Thinking…"), SKIP)
        elif isinstance(event, Understood):
            note = chat_history.noted(chat_history.plain(event.text), say("understood through English"))
            talk = replace(talk, turns=(*talk.turns[:-1], replace(talk.turns[-1], text=event.text)))
            talk = replace(talk, shown=(*talk.shown, message("user", note)))
        elif isinstance(event, Wrote):
            written += event.delta
            shown = chat_history.noted(chat_history.reply(written), chat_history.manner(event.delivery))
            reply = Turn("assistant", written.strip(), delivery=event.delivery)
            so_far = talk.said(reply, message("assistant", shown))
            yield (list(so_far.shown), so_far, SKIP, say("Speaking…"), SKIP)
        elif isinstance(event, Said):
            yield (SKIP, SKIP, playback.add(event.piece.audio), SKIP, SKIP)
        else:
            telemetry.spoke(event.first_sound, event.take.seconds, event.take.audio.duration)
            usually = talk.baseline.heard(clip) if clip else talk.baseline  # measured when nobody waits for it
            talk = replace(talk, baseline=usually, language=event.language)
            yield _finished(event, talk, engine_picker.spec_of(engine).title)


def _paced(events: Iterator[chat.Talking]) -> Iterator[chat.Talking]:
    """The same, the next made while the page shows the one before; words that come within PACE of others wait for it.

    They come as one, and never behind what was made after them: their sound, or an error.
    """
    kept: list[Wrote] = []
    shown = float("-inf")
    try:
        for beat in beating(events, PACE):
            event = beat[0] if beat else None
            if isinstance(event, Wrote):
                kept.append(event)
                if time.monotonic() < shown + PACE:
                    continue
            if kept:
                yield _joined(kept)
                kept, shown = [], time.monotonic()
            if event is not None and not isinstance(event, Wrote):
                yield event
    except Exception:
        if kept:
            yield _joined(kept)
        raise


def _joined(words: Sequence[Wrote]) -> Wrote:
    return replace(words[-1], delta="".join(each.delta for each in words))


def _finished(done: Done, talk: Talk, engine: str) -> tuple[Any, ...]:
    reply = done.turns[1]
    spoken = wav_of(done.take.audio, f"reply_{len(talk.turns) // 2 + 1}.wav")
    title = Phrase("first sound after {seconds:.1f} s", seconds=done.first_sound)
    notes = chat_history.manner(reply.delivery), chat_history.spoken_in(done.language, USUAL), say(title)
    words = chat_history.noted(chat_history.reply(reply.text), *notes)
    talk = talk.said(reply, message("assistant", words), sound("assistant", spoken))
    status = say(
        "{first_sound}, all in {seconds:.1f} s; spoken by {engine}",
        first_sound=title,
        seconds=done.seconds,
        engine=engine,
    )
    return list(talk.shown), talk, SKIP, status, SKIP
