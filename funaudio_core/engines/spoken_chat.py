"""Protocol of spoken chatbots: models that hear and speak themselves, and chat models behind a recognizer.

Capabilities: HEARS, the clips themselves; without it a chatbot reads SpokenTurn.heard. SPEAKS, itself; without it a
synthesizer speaks its text. TOOLS: calls functions. UNDERSTANDS: answers questions about a clip in text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from funaudio_core.types import Audio, ReplyStyle, Transcript, Voice

USER, ASSISTANT = "user", "assistant"
HEARS, SPEAKS, TOOLS, UNDERSTANDS = "hears", "speech", "tools", "understands"


@dataclass(frozen=True, eq=False, slots=True)
class SpokenTurn:
    """Turn of a spoken conversation.

    Attributes:
        role: USER or ASSISTANT.
        text: Typed text, an instruction on the clips, or the text of the assistant's reply.
        clips: Recordings of the user.
        heard: Transcript of the clips with events, speakers and emotions, for chatbots without HEARS.
    """

    role: str
    text: str = ""
    clips: tuple[Audio, ...] = ()
    heard: Transcript | None = None


@dataclass(frozen=True, eq=False, slots=True)
class SpokenConversation:
    """Input of a spoken chatbot. Replies are sampled, so equal conversations need equal seeds for equal replies.

    Attributes:
        turns: Turns so far; the last one is the user's.
        speak: Speech as well as text (capability "speech").
        persona: Description of the role to play; "" for none.
        tools: Functions that the model may call, as JSON schemas in OpenAI's form (capability "tools").
        voice: Voice of the speech: a clip, or a preset of the engine; None for its default.
        max_tokens: Most text tokens of the reply.
        seed: Seed of the sampling.
        language: Code of the language of the reply; a chatbot with HEARS chooses it itself.
    """

    turns: tuple[SpokenTurn, ...]
    speak: bool = True
    persona: str = ""
    tools: tuple[Mapping[str, Any], ...] = ()
    voice: Voice | None = None
    max_tokens: int = 512
    seed: int = 0
    language: str = "en"


@dataclass(frozen=True, eq=False, slots=True)
class ReplyPiece:
    """Piece of a reply, as soon as it is known.

    Attributes:
        text: Text since the piece before.
        audio: Speech since the piece before; None for none. It follows its text by up to a second.
        dropped_turns: Earliest turns that the model did not get, since the conversation exceeds its context. Only the
            first piece of a reply has it.
        at: Seconds into the speech of the reply at which the text is said, if the chatbot speaks itself.
        said: Text of the audio, if a synthesizer speaks.
        style: Style of the reply, in which a synthesizer should speak it; None if the chatbot chose none.
    """

    text: str = ""
    audio: Audio | None = None
    dropped_turns: int = 0
    at: float | None = None
    said: str = ""
    style: ReplyStyle | None = None


class SpokenChatbot(Protocol):
    """Partner in a spoken conversation. It keeps no conversation between calls."""

    def converse(self, conversation: SpokenConversation) -> Iterator[ReplyPiece]:
        """Yield the reply in pieces. Closing the iterator ends the work.

        Raises:
            BadInput: A clip, the voice or the length of the last turn can't be used.
            Unsupported: The conversation needs a capability that the engine lacks.
        """
        ...
