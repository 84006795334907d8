"""Conversations with a chatbot."""

from __future__ import annotations

from dataclasses import dataclass

from funaudio_core.types.recognition import Emotion


@dataclass(frozen=True, slots=True)
class ReplyStyle:
    """Style of a reply, chosen by the chatbot: code of labels.EMOTIONS, and a few English words ("softly") or ""."""

    emotion: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """Message of a conversation.

    Attributes:
        role: "user" or "assistant".
        text: Text; the assistant's may hold event tags such as [laughter].
        emotion: Emotion of the user.
        events: Codes of labels.EVENTS that were detected in the user's speech.
        style: Style of the assistant's reply, if the chatbot chose one.
    """

    role: str
    text: str
    emotion: Emotion | None = None
    events: tuple[str, ...] = ()
    style: ReplyStyle | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """Input of a chatbot.

    Attributes:
        turns: Turns so far; the last one is the user's.
        persona: Description of the role to play.
        language: Language of the reply, ISO 639 code.
        tags: Names of event tags that the voice of the reply can make, such as "laughter".
        seed: Seed of the sampling.
    """

    turns: tuple[Turn, ...]
    persona: str = ""
    language: str = "en"
    tags: tuple[str, ...] = ()
    seed: int = 0
