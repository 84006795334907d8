"""Data types shared by all layers, as frozen dataclasses."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from funaudio_core.errors import BadInput
from funaudio_core.languages import join_sentences
from funaudio_core.message import Message

Samples = NDArray[np.float32]
Pcm16 = NDArray[np.int16]
MIN_RATE = 4_000  # Hz; lower rates lose speech
MAX_RATE = 384_000  # Hz


def check_rate(rate: int) -> None:
    """Raise BadInput if a sample rate in Hz is out of range."""
    if not MIN_RATE <= rate <= MAX_RATE:
        raise BadInput(
            "A sample rate of {rate} Hz isn't supported. Use {low} to {high} Hz.",
            rate=rate,
            low=MIN_RATE,
            high=MAX_RATE,
        )


@dataclass(frozen=True, eq=False, slots=True)
class Audio:
    """Mono audio with its sample rate.

    Attributes:
        samples: float32, shape (n,), nominally in [-1, 1], all finite.
        rate: Sample rate in Hz.
        notes: Sentences on what was mended or ignored when the clip was decoded; parts and copies have none.

    Raises:
        BadInput: The array breaks any of that.
    """

    samples: Samples
    rate: int
    notes: tuple[Message, ...] = ()

    def __post_init__(self) -> None:
        """Validate the samples and the rate."""
        if self.samples.ndim != 1 or self.samples.dtype != np.float32:
            raise BadInput(
                "Audio must be mono float32; got shape {shape}, {type}. Convert it with audio.from_array().",
                shape=str(self.samples.shape),
                type=str(self.samples.dtype),
            )
        check_rate(self.rate)
        if not np.isfinite(self.samples).all():
            raise BadInput("The clip contains invalid samples. Export it again, for example as 16-bit WAV.")

    @property
    def duration(self) -> float:
        """Return the length in seconds."""
        return len(self.samples) / self.rate

    def slice(self, start: float, end: float) -> Audio:
        """Return the part from `start` to `end` seconds, clamped to the clip; it shares memory, see copy()."""
        first = max(0, round(start * self.rate))
        return Audio(self.samples[first : max(first, round(end * self.rate))], self.rate)

    def copy(self) -> Audio:
        """Return the audio in memory of its own, so that a part that is stored doesn't keep the whole clip alive."""
        return self if self.samples.base is None else Audio(self.samples.copy(), self.rate)

    def pcm16(self) -> Pcm16:
        """Return the samples as int16, shape (n,); values beyond [-1, 1] are clipped."""
        pcm: Pcm16 = np.clip(np.rint(self.samples * 32767.0), -32768, 32767).astype(np.int16)
        return pcm


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


@dataclass(frozen=True, eq=False, slots=True)
class Voice:
    """Speaker: a preset of an engine, or a reference clip with its transcript.

    Attributes:
        name: Name for people.
        language: ISO 639 code.
        preset: Id of the preset; None for a reference voice.
        clip: Reference clip; None for a preset.
        text: Transcript of the clip.
        sex: "female" or "male"; "" if unknown.

    Raises:
        BadInput: Both or neither of preset and clip are given.
    """

    name: str
    language: str
    preset: str | None = None
    clip: Audio | None = None
    text: str = ""
    sex: str = ""

    def __post_init__(self) -> None:
        """Validate that there is either a preset or a clip."""
        if (self.preset is None) == (self.clip is None):
            raise BadInput(
                "The voice {name!r} needs either a preset or a reference clip, not both or neither.", name=self.name
            )


@dataclass(frozen=True, slots=True)
class Style:
    """Changes to the voice's neutral delivery.

    Attributes:
        rate: Factor on the speaking rate.
        pitch: Shift in semitones.
        range: Factor on the spread of log F0.
        level: Shift in dB.
        pause: Factor on pauses.
        jitter: Depth of a pitch tremor in semitones.
        whisper: No voicing.
        emotion: Code of labels.EMOTIONS, for engines that support emotions.
        instruction: Free text, for engines that follow instructions.
        tempo: Factor on the speed of the finished speech, beyond the rates that engines speak at.
    """

    rate: float = 1.0
    pitch: float = 0.0
    range: float = 1.0
    level: float = 0.0
    pause: float = 1.0
    jitter: float = 0.0
    whisper: bool = False
    emotion: str = "neutral"
    instruction: str = ""
    tempo: float = 1.0


NEUTRAL = Style()


@dataclass(frozen=True, eq=False, slots=True)
class SpeechRequest:
    """Request for speech: text (may hold event tags such as [pause]), its language, voice, style and seed."""

    text: str
    language: str
    voice: Voice
    style: Style = NEUTRAL
    seed: int = 0


@dataclass(frozen=True, eq=False, slots=True)
class SpeechChunk:
    """Chunk of speech as a synthesizer yields it, one sentence or less.

    Attributes:
        audio: The audio.
        text: Text of the chunk.
        words: Words with times in seconds from the start of the chunk; () if the engine has no word times.
    """

    audio: Audio
    text: str
    words: tuple[Word, ...] = ()


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
