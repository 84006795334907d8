"""The words every layer uses, as frozen dataclasses. Knows no model, no file and no page."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from funaudio_core.errors import BadInput
from funaudio_core.languages import join_sentences

Samples = NDArray[np.float32]
Pcm16 = NDArray[np.int16]

MIN_RATE = 4_000  # Hz; below this nothing in speech survives
MAX_RATE = 384_000  # Hz


def check_rate(rate: int) -> None:
    """Raise BadInput for a sample rate, Hz, that no speech comes with."""
    if not MIN_RATE <= rate <= MAX_RATE:
        raise BadInput(
            "A sample rate of {rate} Hz isn't supported. Use {low} to {high} Hz.",
            rate=rate,
            low=MIN_RATE,
            high=MAX_RATE,
        )


@dataclass(frozen=True, eq=False, slots=True)
class Audio:
    """Mono sound that carries its rate.

    samples: float32, shape (n,), nominally in [-1, 1], every value finite.
    rate: samples per second, Hz.
    Raises BadInput where the array breaks any of that.
    """

    samples: Samples
    rate: int

    def __post_init__(self) -> None:
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
        """Length in seconds."""
        return len(self.samples) / self.rate

    def slice(self, start: float, end: float) -> Audio:
        """The part from start to end, in seconds, clamped to the clip; see alone()."""
        first = max(0, round(start * self.rate))
        return Audio(self.samples[first : max(first, round(end * self.rate))], self.rate)

    def copy(self) -> Audio:
        """The same sound in memory of its own: a part that is kept must not keep all that it was cut from."""
        return self if self.samples.base is None else Audio(self.samples.copy(), self.rate)

    def pcm16(self) -> Pcm16:
        """int16, shape (n,); values beyond [-1, 1] are clipped."""
        pcm: Pcm16 = np.clip(np.rint(self.samples * 32767.0), -32768, 32767).astype(np.int16)
        return pcm


@dataclass(frozen=True, slots=True)
class Word:
    """One word (or one character where the script has no spaces) with its times in seconds."""

    text: str
    start: float
    end: float
    probability: float = 1.0

    def shift(self, seconds: float) -> Word:
        """The same word, later by `seconds`."""
        return replace(self, start=self.start + seconds, end=self.end + seconds)


@dataclass(frozen=True, slots=True)
class Prosody:
    """Measured delivery. f0: median, Hz (nan where nothing is voiced). f0_range: standard deviation, semitones.

    level: dB relative to full scale. rate: syllable-like onsets a second. voiced: share of active frames in [0, 1].
    """

    f0: float
    f0_range: float
    level: float
    rate: float
    voiced: float


@dataclass(frozen=True, slots=True)
class Span:
    """A labelled stretch of time: an acoustic event (labels.EVENTS) from start to end, seconds; score in [0, 1]."""

    label: str
    start: float
    end: float
    score: float = 1.0

    def shift(self, seconds: float) -> Span:
        """The same span, later by `seconds`."""
        return replace(self, start=self.start + seconds, end=self.end + seconds)


@dataclass(frozen=True, slots=True)
class Emotion:
    """An estimate of feeling.

    label: a code of labels.EMOTIONS. confidence: [0, 1].
    arousal: standard deviations above the speaker's own baseline, None while no baseline is known.
    basis: what it rests on, for the page to say ("words", "words + prosody", "tags").
    """

    label: str
    confidence: float
    arousal: float | None = None
    basis: str = "words"


@dataclass(frozen=True, slots=True)
class Segment:
    """A recognised stretch: times in seconds from the start of the clip, text in `language` (ISO 639 code)."""

    start: float
    end: float
    text: str
    language: str
    language_probability: float = 1.0
    words: tuple[Word, ...] = ()
    emotion: Emotion | None = None
    events: tuple[Span, ...] = ()

    def shift(self, seconds: float) -> Segment:
        """The same segment, with its words and events, later by `seconds`."""
        return replace(
            self,
            start=self.start + seconds,
            end=self.end + seconds,
            words=tuple(word.shift(seconds) for word in self.words),
            events=tuple(event.shift(seconds) for event in self.events),
        )


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard in a clip of `duration` seconds, by `engine` (the title of a Spec)."""

    segments: tuple[Segment, ...]
    language: str
    language_probability: float
    duration: float
    engine: str
    events: tuple[Span, ...] = ()
    emotion: Emotion | None = None

    @property
    def text(self) -> str:
        """All segments as one text, joined the way the language writes."""
        return join_sentences([segment.text for segment in self.segments], self.language)


@dataclass(frozen=True, eq=False, slots=True)
class Voice:
    """Who speaks: a preset of an engine (`preset` is its id) or a reference speaker (clip + what is said in it)."""

    name: str
    language: str
    preset: str | None = None
    clip: Audio | None = None
    text: str = ""

    def __post_init__(self) -> None:
        if (self.preset is None) == (self.clip is None):
            raise BadInput(
                "The voice {name!r} needs either a preset or a reference clip, not both or neither.", name=self.name
            )


@dataclass(frozen=True, slots=True)
class Style:
    """How to speak, as changes to the voice's own neutral delivery.

    rate: x (1 = as it is). pitch: semitones. range: x on the spread of log F0. level: dB. pause: x on pauses.
    jitter: depth of a pitch tremor, semitones. whisper: no voicing. emotion: a code of labels.EMOTIONS, for
    engines that take emotion as such. instruction: the visitor's own words, for engines that read them.
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


NEUTRAL = Style()


@dataclass(frozen=True, eq=False, slots=True)
class SpeechRequest:
    """Something to be spoken: text (may hold event tags such as [pause]), its language, speaker, style and seed."""

    text: str
    language: str
    voice: Voice
    style: Style = NEUTRAL
    seed: int = 0


@dataclass(frozen=True, eq=False, slots=True)
class SpeechChunk:
    """A piece of speech as it leaves a synthesizer, one sentence or less.

    words: exact times in seconds from the start of this piece, () where the engine knows none.
    """

    audio: Audio
    text: str
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class ReplyStyle:
    """How a reply is to be spoken, as its writer wants it.

    emotion: a code of labels.EMOTIONS. manner: more, in a few English words such as "softly and slowly", or "".
    """

    emotion: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation. role: "user" or "assistant".

    Of the user's: emotion, and events, codes of labels.EVENTS that were heard with the words. Of the assistant's:
    delivery, where the companion chose one; the text may hold event tags such as [laughter].
    """

    role: str
    text: str
    emotion: Emotion | None = None
    events: tuple[str, ...] = ()
    style: ReplyStyle | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """Everything a companion may know: persona, turns so far (the last one is the user's), language of the reply.

    tags: names of the event tags that the voice which speaks the reply can make, such as "laughter". seed: decides
    among the replies that a companion might give.
    """

    turns: tuple[Turn, ...]
    persona: str = ""
    language: str = "en"
    tags: tuple[str, ...] = ()
    seed: int = 0
