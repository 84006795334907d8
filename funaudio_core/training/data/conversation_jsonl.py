"""Training data of Fun-Audio-Chat: conversations as its plugin for LLaMA-Factory reads them, one a line.

Each sound is itself an object in JSON, whose codes are written as tokens: `<|audio_pad|>` 25 times a second for a clip
that is heard; ten `<|audio_bos|>` and then `[AU0000]` to `[AU6560]` for the speech of a reply.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from funaudio_core.message import Message
from funaudio_core.training.data.json_lines import JsonLine, Line, read_json_lines, write_json_lines

SOUND = "<|audio_bos|><|AUDIO|><|audio_eos|>"  # stands for a sound in the content of a message
DELAY_TOKENS = 10  # before the codes of a reply
NUM_CODES = 6561
SYSTEM, USER, ASSISTANT = "system", "user", "assistant"
_PAD, _DELAY = "<|audio_pad|>", "<|audio_bos|>"
_TOKENS = re.compile(r"((?:<\|audio_pad\|>)*)((?:<\|audio_bos\|>)*)((?:\[AU\d{4}\])*)")
_CODE = re.compile(r"\[AU(\d{4})\]")


@dataclass(frozen=True, slots=True)
class ConversationSound:
    """Sound of a conversation.

    Attributes:
        path: Path of a clip that is heard; "" for the speech of a reply.
        text: Text of a reply that is spoken, or "".
        pads: Codes of a clip that is heard, 25 a second; their values aren't used.
        delay: Codes of silence before those of a reply, 10 as published.
        codes: Speech codes of a reply.
        reference_path: Path of the recorded reply, for people.
        reference_text: Transcript of the clip, for people.
    """

    path: str = ""
    text: str = ""
    pads: int = 0
    delay: int = 0
    codes: tuple[int, ...] = ()
    reference_path: str = ""
    reference_text: str = ""


@dataclass(frozen=True, slots=True)
class ConversationTurn:
    """Turn of USER or ASSISTANT; each SOUND in its content stands for the next sound of the conversation."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class TrainingConversation:
    """Conversation: turns of user and assistant in alternation, with a system text and sounds in order."""

    system: str
    turns: tuple[ConversationTurn, ...]
    sounds: tuple[ConversationSound, ...] = ()


def read_conversations(path: Path) -> tuple[TrainingConversation, ...]:
    """Read a file.

    Raises:
        BadInput: A line can't be used; the message names it.
    """
    return tuple(_parse(found) for found in read_json_lines(path))


def write_conversations(conversations: Sequence[TrainingConversation], path: Path) -> None:
    """Write a file; one that is there is replaced as a whole."""
    write_json_lines(
        (
            {
                "system": row.system,
                "messages": [{"role": turn.role, "content": turn.content} for turn in row.turns],
                "audio": [_dump_sound(sound) for sound in row.sounds],
            }
            for row in conversations
        ),
        path,
    )


def _parse(found: JsonLine) -> TrainingConversation:
    messages = found.fields.get("messages")
    if not isinstance(messages, list) or not messages:
        raise found.line.error(Message("The field {name!r} must be a list.", name="messages"))
    turns = [_parse_turn(found.line, message) for message in messages]
    system = found.text("system", "")
    if turns[0].role == SYSTEM:
        system, turns = turns[0].content, turns[1:]
    if [turn.role for turn in turns] != [USER, ASSISTANT] * (len(turns) // 2) or not turns:
        raise found.line.error(Message("Turns of the user and of the assistant must alternate; the user begins."))
    sounds = tuple(_parse_sound(found.line, written) for written in found.texts("audio"))
    placeholders = sum(turn.content.count(SOUND) for turn in turns)
    if placeholders != len(sounds):
        raise found.line.error(
            Message("The messages name {named} sounds, but there are {given}.", named=placeholders, given=len(sounds))
        )
    return TrainingConversation(system, tuple(turns), sounds)


def _parse_turn(line: Line, message: object) -> ConversationTurn:
    if isinstance(message, dict):
        role, content = message.get("role"), message.get("content")
        if isinstance(role, str) and isinstance(content, str):
            return ConversationTurn(role, content)
    raise line.error(Message("Each message must have a 'role' and a 'content'."))


def _parse_sound(line: Line, written: str) -> ConversationSound:
    try:
        fields: Any = json.loads(written)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise line.error(Message("Each entry of 'audio' must be an object in JSON, written as a text."))
    values = JsonLine(line, fields)
    match = _TOKENS.fullmatch(values.text("token"))
    if match is None:
        raise line.error(Message("The tokens of a sound must be {pads} or {codes}.", pads=_PAD, codes="[AU0000]"))
    codes = tuple(int(code) for code in _CODE.findall(match[3]))
    if codes and max(codes) >= NUM_CODES:
        raise line.error(
            Message("The speech code {code} is too high; {most} is the highest.", code=max(codes), most=NUM_CODES - 1)
        )
    sound = ConversationSound(
        path="" if codes and match[2] else values.text("path", values.text("wav_path", "")),
        text=values.text("text", ""),
        pads=match[1].count(_PAD),
        delay=match[2].count(_DELAY),
        codes=codes,
        reference_path=values.text("ref_path", ""),
        reference_text=values.text("ref_text", ""),
    )
    if not sound.pads and not sound.codes:
        raise line.error(Message("A sound has no tokens."))
    if not sound.codes and not sound.path:
        raise line.error(Message("A clip that is heard has no path."))
    return sound


def _dump_sound(sound: ConversationSound) -> str:
    token = _PAD * sound.pads + _DELAY * sound.delay + "".join(f"[AU{code:04d}]" for code in sound.codes)
    fields = {
        "path": sound.path,
        "text": sound.text,
        "token": token,
        "ref_path": sound.reference_path,
        "ref_text": sound.reference_text,
    }
    return json.dumps(fields, ensure_ascii=False, sort_keys=True)
