"""Protocols of the engines that listen: recognition, events and emotions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from funaudio_core.audio.segmentation import Edge
from funaudio_core.types import Audio, Emotion, Prosody, Segment, Span

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
