"""Voices, styles, and requests for speech with their results."""

from __future__ import annotations

from dataclasses import dataclass

from funaudio_core.errors import BadInput
from funaudio_core.types.audio import Audio
from funaudio_core.types.recognition import Word


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
