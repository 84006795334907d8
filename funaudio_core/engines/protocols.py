"""Protocols of engines, one verb each, and the types that they share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from funaudio_core.audio.segmentation import Edge
from funaudio_core.errors import Unsupported
from funaudio_core.languages import display_name
from funaudio_core.message import Message
from funaudio_core.types import (
    Audio,
    Conversation,
    Emotion,
    Prosody,
    ReplyStyle,
    Segment,
    Span,
    SpeechChunk,
    SpeechRequest,
    Style,
    Voice,
)

RECOGNITION_RATE = (
    16_000  # Hz; every recogniser and detector of the family works at this rate, so a page may decode to it
)


@dataclass(frozen=True, slots=True)
class RecognitionOptions:
    """How to listen. language: code, or None to detect. itn: digits and punctuation as written text has them.

    words: give word times. english: translate into English while listening (capability "to-english").
    among: the only codes that a detected language may have; empty for all that the engine knows.
    hotwords: names and terms that are likely to be said (capability "hotwords"; other engines don't look at them).
    before: the language of what was said just before, where the clip is what comes after a cut; "" where it is not.
    """

    language: str | None = None
    itn: bool = True
    words: bool = False
    translate_to_english: bool = False
    candidate_languages: frozenset[str] = frozenset()
    hotwords: tuple[str, ...] = ()
    previous_language: str = ""

    @property
    def requested_languages(self) -> frozenset[str]:
        """Every code that is named; an engine lacks none of them, or it refuses."""
        return self.candidate_languages if self.language is None else frozenset({self.language})


class Recognizer(Protocol):
    """Speech to text."""

    def transcribe(self, clip: Audio, hearing: RecognitionOptions) -> Iterator[Segment]:
        """Segments in order of time, each as soon as it is known. Silence gives none."""
        ...


class AudioEventDetector(Protocol):
    """Who-knows-what sound is where: speech, music, singing and other events over time."""

    def detect(self, clip: Audio) -> tuple[Span, ...]:
        """Spans sorted by start; labels are codes of labels.EVENTS; spans of one label never overlap."""
        ...

    def endpointer(self) -> Endpointer:
        """A fresh listener for one live stream."""
        ...


class Endpointer(Protocol):
    """Turn taking in one live stream; holds that stream's state."""

    @property
    def speaking(self) -> bool:
        """Whether a turn has begun and not ended."""
        ...

    def feed(self, chunk: Audio) -> tuple[Edge, ...]:
        """Hear the next chunk, of any length, all at one rate; the edges of speech that it confirms."""
        ...

    def close(self) -> tuple[Edge, ...]:
        """The stream is over: the end of a turn that was still open, if any."""
        ...


class EmotionClassifier(Protocol):
    """Feeling of one utterance."""

    def classify(self, text: str, language: str, clip: Audio, baseline: Prosody | None = None) -> Emotion:
        """Estimate from the words and, where the speaker's baseline is known, from the prosody."""
        ...


class SpeechEmotionRecognizer(Protocol):
    """Feeling of utterances by their sound alone."""

    def classify(self, clips: Sequence[Audio]) -> list[Emotion | None]:
        """The emotion of each clip, of 30 s at most; None where it can't be told."""
        ...


class Synthesizer(Protocol):
    """Text to speech."""

    def stream(self, line: SpeechRequest) -> Iterator[SpeechChunk]:
        """Speech piece by piece, each as soon as it is made; joined, the pieces are the whole line.

        Raises BadInput for a language or voice that the engine lacks.
        """
        ...


@runtime_checkable
class StreamingSynthesizer(Protocol):
    """Text to speech while the text is still being written (capability "follow")."""

    def stream_text(self, line: SpeechRequest, words: Iterator[str]) -> Iterator[SpeechChunk]:
        """Speech of a line whose text goes on with `words`, in pieces of any size; it begins before they have ended.

        Each stretch bears the words read since the one before. Whoever waits for the next one waits for the writer
        too, and nobody else does. Raises as a Synthesizer, of the text once it has come to that.
        """
        ...


class VoiceConverter(Protocol):
    """Speech to speech in another voice."""

    def convert(self, source: Audio, voice: Voice) -> Iterator[SpeechChunk]:
        """What is said in the source, at its own pace, in the voice, as it is made; joined, as long as the source.

        Raises BadInput for a source that can't be read and a voice that the engine lacks.
        """
        ...


@runtime_checkable
class HasPresetVoices(Protocol):
    """An engine whose weights may bring voices of their own, which are known once it is loaded."""

    @property
    def presets(self) -> tuple[str, ...]:
        """Their names, for Voice.preset."""
        ...


@dataclass(frozen=True, slots=True)
class InstructionPrompt:
    """How an engine that reads instructions (capability "instruct") is told how to speak.

    words: of a style and the language of a line, what it is told; "" for nothing. known: (what it asks for, words) of
    instructions to begin with.
    """

    render: Callable[[Style, str], str]
    presets: tuple[tuple[Message, str], ...]


class Chatbot(Protocol):
    """A partner in conversation."""

    def reply(self, conversation: Conversation) -> Iterator[ReplyStyle | str]:
        """The reply in pieces of text as they are written; joined, they are the whole reply.

        A ReplyStyle may come first, from chatbots that say how the reply is to be spoken (capability "delivery").
        """
        ...


@dataclass(frozen=True, slots=True)
class TranslationContext:
    """What a translation is to keep to.

    glossary: (term, its translation) pairs (capability "glossary"). before: (text, its translation) of what comes just
    before the text, in order (capability "incremental").
    """

    glossary: tuple[tuple[str, str], ...] = ()
    previous: tuple[tuple[str, str], ...] = ()


NO_CONTEXT = TranslationContext()


class Translator(Protocol):
    """Text to text in another language.

    Capabilities: "glossary"; "incremental": made for a text that comes sentence by sentence; "fluent": does better from
    a transcript than a recogniser that translates while it listens; "all-pairs": between any two of its languages, so
    that nobody has to load it to know its directions.
    """

    def translate(self, text: str, source: str, target: str, wording: TranslationContext = NO_CONTEXT) -> str:
        """The translation. Raises Unsupported, with the reason, for a direction or a wording that it can't keep to."""
        ...

    def directions(self) -> frozenset[tuple[str, str]]:
        """Every (source, target) pair that works on this machine now."""
        ...


ALL_PAIRS = "all-pairs"


class UnloadedTranslator:
    """The directions of a translator with that capability, also while nobody has loaded it. It translates nothing."""

    def __init__(self, title: str, languages: frozenset[str]) -> None:
        self.title, self.languages = title, languages

    def directions(self) -> frozenset[tuple[str, str]]:
        """Every pair of its languages."""
        return frozenset((a, b) for a in self.languages for b in self.languages if a != b)

    def translate(self, text: str, source: str, target: str, wording: TranslationContext = NO_CONTEXT) -> str:  # noqa: ARG002
        """Raises Unsupported."""
        raise Unsupported(
            "{who} doesn't translate from {source} to {target}.",
            who=self.title,
            source=display_name(source),
            target=display_name(target),
        )


class SpeakerEncoder(Protocol):
    """Voice to vector."""

    def embed(self, clip: Audio) -> NDArray[np.float32]:
        """float32, unit length; the dot product of two embeddings is their speaker similarity in [-1, 1]."""
        ...


class Watermarker(Protocol):
    """Inaudible marking of synthetic speech."""

    def mark(self, audio: Audio) -> Audio:
        """The same sound, same rate and length, with the mark in it."""
        ...

    def find(self, audio: Audio) -> float:
        """How surely the mark is there: [0, 1], at least .5 means found."""
        ...
