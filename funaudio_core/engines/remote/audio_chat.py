"""Spoken chatbot behind /chat/completions: a model that hears clips and answers in text.

vLLM serves Fun-Audio-Chat so; it drops the part of the model that speaks.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from funaudio_core import audio
from funaudio_core.audio.encode import encode
from funaudio_core.engines.llm.audio_chat_prompts import system_prompt
from funaudio_core.engines.llm.chat_model import SYSTEM
from funaudio_core.engines.protocols import RECOGNITION_RATE
from funaudio_core.engines.remote.chat_completions import RemoteChatModel
from funaudio_core.engines.spoken_chat import USER, ReplyPiece, SpokenConversation, SpokenTurn
from funaudio_core.errors import BadInput
from funaudio_core.types import Audio

MAX_CLIP_SECONDS = 300.0  # of all clips of a conversation, as far as the model hears; 13 MB as base64


class RemoteSpokenChatbot:
    """Model on a server that hears. Thread-safe: it keeps no state between calls."""

    def __init__(self, model: RemoteChatModel) -> None:
        """Set the model."""
        self._model = model

    def converse(self, conversation: SpokenConversation) -> Iterator[ReplyPiece]:
        """Yield the text of the most probable reply; see SpokenChatbot.

        The earliest turns are left out if the clips are longer than MAX_CLIP_SECONDS.

        Raises:
            BadInput: There is no question, or its clips are too long.
            FunAudioError: The request fails.
        """
        turns = conversation.turns
        if not turns or turns[-1].role != USER or not (turns[-1].clips or turns[-1].text.strip()):
            raise BadInput("There is no question to answer. Record or type one.")
        kept = _fit(turns)
        system = system_prompt(speak=False, persona=conversation.persona, tools=conversation.tools)
        messages = [{"role": SYSTEM, "content": system}, *map(_message, kept)]
        return self._reply(messages, conversation.max_tokens, len(turns) - len(kept))

    def _reply(
        self, messages: Sequence[Mapping[str, Any]], max_tokens: int, dropped_turns: int
    ) -> Iterator[ReplyPiece]:
        if dropped_turns:
            yield ReplyPiece(dropped_turns=dropped_turns)
        for piece in self._model.complete(messages, max_tokens, None):
            yield ReplyPiece(piece)


def _fit(turns: Sequence[SpokenTurn]) -> Sequence[SpokenTurn]:
    """Return the last turns, from a turn of the user on, whose clips are short enough together."""
    left = MAX_CLIP_SECONDS - _seconds(turns[-1])
    if left < 0:
        raise BadInput(
            "The recording lasts {seconds:.0f} s; the limit of the model is {most:.0f} s. Use a shorter one.",
            seconds=_seconds(turns[-1]),
            most=MAX_CLIP_SECONDS,
        )
    first = len(turns) - 1
    for place in reversed(range(first)):
        left -= _seconds(turns[place])
        if left < 0:
            break
        if turns[place].role == USER:
            first = place
    return turns[first:]


def _seconds(turn: SpokenTurn) -> float:
    return sum(clip.duration for clip in turn.clips)


def _message(turn: SpokenTurn) -> dict[str, Any]:
    """Return a turn in OpenAI's form: clips in front of the text, as the model was trained."""
    if not turn.clips:
        return {"role": turn.role, "content": turn.text}
    parts: list[dict[str, Any]] = [{"type": "input_audio", "input_audio": _clip(clip)} for clip in turn.clips]
    return {"role": turn.role, "content": [*parts, *([{"type": "text", "text": turn.text}] if turn.text else [])]}


def _clip(clip: Audio) -> dict[str, str]:
    content = encode(audio.resample(clip, RECOGNITION_RATE), "wav")
    return {"data": base64.b64encode(content).decode(), "format": "wav"}
