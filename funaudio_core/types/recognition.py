"""Results of recognition: words, events, emotions and transcripts."""

from __future__ import annotations

from dataclasses import dataclass, replace

from funaudio_core.languages import join_sentences
from funaudio_core.message import Message


@dataclass(frozen=True, slots=True)
class Word:
    """Word, or character in a script without spaces, with its times in seconds."""

    text: str
    start: float
    end: float
    probability: float = 1.0

    def shift(self, seconds: float) -> Word:
        """Return the word `seconds` later."""
        return replace(self, start=self.start + seconds, end=self.end + seconds)


@dataclass(frozen=True, slots=True)
class Prosody:
    """Measured delivery.

    Attributes:
        f0: Median fundamental frequency in Hz; nan if nothing is voiced.
        f0_range: Standard deviation of F0 in semitones.
        level: dB relative to full scale.
        rate: Syllable-like onsets a second.
        voiced: Share of voiced frames among the active ones, in [0, 1].
    """

    f0: float
    f0_range: float
    level: float
    rate: float
    voiced: float


@dataclass(frozen=True, slots=True)
class Span:
    """Acoustic event (labels.EVENTS) from `start` to `end` seconds, with a score in [0, 1]."""

    label: str
    start: float
    end: float
    score: float = 1.0

    def shift(self, seconds: float) -> Span:
        """Return the span `seconds` later."""
        return replace(self, start=self.start + seconds, end=self.end + seconds)


@dataclass(frozen=True, slots=True)
class Emotion:
    """Estimated emotion.

    Attributes:
        label: Code of labels.EMOTIONS.
        confidence: In [0, 1].
        arousal: Standard deviations above the speaker's baseline; None without a baseline.
        basis: Evidence, for the page to show: "words", "words + prosody" or "tags".
    """

    label: str
    confidence: float
    arousal: float | None = None
    basis: str = "words"


@dataclass(frozen=True, slots=True)
class Segment:
    """Recognized segment: seconds from the start of the clip, text in `language` (code), `speaker` "" if unknown."""

    start: float
    end: float
    text: str
    language: str
    language_probability: float = 1.0
    words: tuple[Word, ...] = ()
    emotion: Emotion | None = None
    events: tuple[Span, ...] = ()
    speaker: str = ""

    def shift(self, seconds: float) -> Segment:
        """Return the segment, with its words and events, `seconds` later."""
        return replace(
            self,
            start=self.start + seconds,
            end=self.end + seconds,
            words=tuple(word.shift(seconds) for word in self.words),
            events=tuple(event.shift(seconds) for event in self.events),
        )


@dataclass(frozen=True, slots=True)
class Transcript:
    """Transcript of a clip of `duration` seconds by `engine` (title of an EngineSpec); `notes` as in Audio."""

    segments: tuple[Segment, ...]
    language: str
    language_probability: float
    duration: float
    engine: str
    events: tuple[Span, ...] = ()
    emotion: Emotion | None = None
    notes: tuple[Message, ...] = ()

    @property
    def text(self) -> str:
        """Return the text of all segments, joined as the language is written."""
        return join_sentences([segment.text for segment in self.segments], self.language)
