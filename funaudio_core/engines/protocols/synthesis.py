"""Protocols of the engines that speak, and of the watermark of their speech."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from funaudio_core.message import Message
from funaudio_core.types import Audio, SpeechChunk, SpeechRequest, Style, Voice


class Synthesizer(Protocol):
    """Speech synthesis."""

    def stream(self, request: SpeechRequest) -> Iterator[SpeechChunk]:
        """Yield the speech of a request in chunks, each as soon as it is made.

        Raises:
            BadInput: The engine lacks the language or the voice.
        """
        ...


@runtime_checkable
class StreamingSynthesizer(Protocol):
    """Speech synthesis from a text that is still being written (capability "follow")."""

    def stream_text(self, request: SpeechRequest, words: Iterator[str]) -> Iterator[SpeechChunk]:
        """Yield the speech of a text in chunks, starting before the text is complete.

        Each chunk carries the text consumed since the one before. Waiting for a chunk may block until more text is
        written; other requests are not delayed by it.

        Args:
            request: Language, voice, style and the beginning of the text.
            words: Rest of the text, in pieces of any size.

        Raises:
            BadInput: As Synthesizer.stream(); for the text, once that part of it is consumed.
        """
        ...


class VoiceConverter(Protocol):
    """Voice conversion of speech."""

    def convert(self, source: Audio, voice: Voice) -> Iterator[SpeechChunk]:
        """Yield the source's speech in another voice at the same pace; the chunks are as long as the source together.

        Raises:
            BadInput: The source can't be used, or the engine lacks the voice.
        """
        ...


@runtime_checkable
class HasPresetVoices(Protocol):
    """Engine whose weights may contain preset voices, which are known after loading."""

    @property
    def presets(self) -> tuple[str, ...]:
        """Return their names, for Voice.preset."""
        ...


@dataclass(frozen=True, slots=True)
class InstructionPrompt:
    """Instructions of an engine with the capability "instruct".

    Attributes:
        render: Returns the instruction for a style and a language; "" for none.
        presets: Label and instruction of each suggestion on the page.
    """

    render: Callable[[Style, str], str]
    presets: tuple[tuple[Message, str], ...]


class Watermarker(Protocol):
    """Inaudible watermark of synthetic speech."""

    def mark(self, audio: Audio) -> Audio:
        """Return the audio with the mark, at the same rate and length."""
        ...

    def find(self, audio: Audio) -> float:
        """Return the confidence in [0, 1] that the mark is present; .5 or more means yes."""
        ...
