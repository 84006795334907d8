"""Protocols of the engines, and types that they share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
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
    Samples,
    Segment,
    Span,
    SpeechChunk,
    SpeechRequest,
    Style,
    Voice,
)

RECOGNITION_RATE = 16_000  # Hz; all recognizers and detectors work at this rate, so a page may decode to it


@dataclass(frozen=True, slots=True)
class RecognitionOptions:
    """Options of a recognizer.

    Attributes:
        language: Code; None to detect it.
        itn: Write digits and punctuation as in written text (inverse text normalization).
        words: Return word times.
        translate_to_english: Translate while recognizing (capability "to-english").
        candidate_languages: Codes that a detected language is chosen from; empty for all that the engine supports.
        hotwords: Names and terms that are likely to occur (capability "hotwords"; other engines ignore them).
        prompt: Text that might precede the clip, for its style and spelling (capability "prompt").
        previous_language: Code of the language before the clip if it continues a longer recording; "" if not.
    """

    language: str | None = None
    itn: bool = True
    words: bool = False
    translate_to_english: bool = False
    candidate_languages: frozenset[str] = frozenset()
    hotwords: tuple[str, ...] = ()
    prompt: str = ""
    previous_language: str = ""

    @property
    def requested_languages(self) -> frozenset[str]:
        """Return the code of each language that the engine must support."""
        return self.candidate_languages if self.language is None else frozenset({self.language})


class Recognizer(Protocol):
    """Speech recognition."""

    def transcribe(self, clip: Audio, options: RecognitionOptions) -> Iterator[Segment]:
        """Yield segments in order of time, each as soon as it is known; none for silence."""
        ...


class AudioEventDetector(Protocol):
    """Detection of speech, music, singing and other audio events."""

    def detect(self, clip: Audio) -> tuple[Span, ...]:
        """Return spans sorted by start, labelled with codes of labels.EVENTS; spans of one label never overlap."""
        ...

    def endpointer(self) -> Endpointer:
        """Return an endpointer for a new stream."""
        ...


class Endpointer(Protocol):
    """Detector of starts and ends of speech in one live stream. Stateful."""

    @property
    def is_speaking(self) -> bool:
        """Return whether a turn has begun and not ended."""
        ...

    def feed(self, chunk: Audio) -> tuple[Edge, ...]:
        """Process the next chunk, of any length and the same rate as before; return the edges that it confirms."""
        ...

    def close(self) -> tuple[Edge, ...]:
        """End the stream; return the end of a turn that was still open, if any."""
        ...


class EmotionClassifier(Protocol):
    """Estimation of the emotion of one utterance from its words and its prosody."""

    def classify(self, text: str, language: str, clip: Audio, baseline: Prosody | None = None) -> Emotion:
        """Return the emotion by the words and, if the speaker's baseline is known, by the prosody."""
        ...


class SpeechEmotionRecognizer(Protocol):
    """Estimation of emotions from audio alone."""

    def classify(self, clips: Sequence[Audio]) -> list[Emotion | None]:
        """Return the emotion of each clip, None if it is unknown; clips have at most 30 s."""
        ...


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


class Chatbot(Protocol):
    """Partner in a conversation."""

    def reply(self, conversation: Conversation) -> Iterator[ReplyStyle | str]:
        """Yield the text of the reply in pieces, as they are written.

        A chatbot with the capability "delivery" may yield a ReplyStyle first.
        """
        ...


@dataclass(frozen=True, slots=True)
class TranslationContext:
    """Terms and sentences that a translation should be consistent with.

    Attributes:
        glossary: Terms with their translations (capability "glossary").
        previous: Preceding texts with their translations, in order (capability "incremental").
    """

    glossary: tuple[tuple[str, str], ...] = ()
    previous: tuple[tuple[str, str], ...] = ()


NO_CONTEXT = TranslationContext()


class Translator(Protocol):
    """Text translation.

    Capabilities: "glossary"; "incremental": suited for texts that arrive sentence by sentence; "fluent": translates a
    transcript better than a recognizer translates speech; "all-pairs": between any two of its languages, so that its
    directions are known before it is loaded.
    """

    def translate(self, text: str, source: str, target: str, context: TranslationContext = NO_CONTEXT) -> str:
        """Translate a text.

        Raises:
            Unsupported: The direction or the context is not supported; the message has the reason.
        """
        ...

    def directions(self) -> frozenset[tuple[str, str]]:
        """Return each (source, target) pair that is available now."""
        ...


ALL_PAIRS = "all-pairs"


class UnloadedTranslator:
    """Directions of a translator that are known before it is loaded; it cannot translate."""

    def __init__(
        self, title: str, languages: frozenset[str], directions: frozenset[tuple[str, str]] | None = None
    ) -> None:
        """Set the translator's directions.

        Args:
            title: Its name in errors.
            languages: Codes of its languages.
            directions: Each (source, target); None for all pairs of its languages.
        """
        self.title, self.languages = title, languages
        self._directions = frozenset(permutations(languages, 2)) if directions is None else directions

    def directions(self) -> frozenset[tuple[str, str]]:
        """Return each (source, target)."""
        return self._directions

    def translate(self, text: str, source: str, target: str, context: TranslationContext = NO_CONTEXT) -> str:  # noqa: ARG002
        """Raise Unsupported."""
        raise Unsupported(
            "{who} doesn't translate from {source} to {target}.",
            who=self.title,
            source=display_name(source),
            target=display_name(target),
        )


class SpeakerEncoder(Protocol):
    """Speaker embedding of a voice.

    Attributes:
        size: Length of an embedding.
    """

    size: int

    def embed(self, clip: Audio) -> NDArray[np.float32]:
        """Return a unit vector, float32; the dot product of two is their speaker similarity in [-1, 1]."""
        ...


class SpeakerSegmenter(Protocol):
    """Detection of the speakers within a window of a clip, whose numbers mean nothing beyond the window.

    Attributes:
        window_seconds: Length of a whole window.
        frame_seconds: Time from one frame to the next.
        shape: Frames and speakers of a whole window.
    """

    window_seconds: float
    frame_seconds: float
    shape: tuple[int, int]

    def segment(self, window: Samples) -> NDArray[np.float32]:
        """Return the probability that each speaker of a window speaks, by frame.

        Args:
            window: float32 (n,) at RECOGNITION_RATE, at most `window_seconds`.

        Returns:
            float32 (frames, speakers) in [0, 1]; frame i is at i * frame_seconds.
        """
        ...


class Watermarker(Protocol):
    """Inaudible watermark of synthetic speech."""

    def mark(self, audio: Audio) -> Audio:
        """Return the audio with the mark, at the same rate and length."""
        ...

    def find(self, audio: Audio) -> float:
        """Return the confidence in [0, 1] that the mark is present; .5 or more means yes."""
        ...
