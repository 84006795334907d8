"""Audio and its samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from funaudio_core.errors import BadInput
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

    @classmethod
    def from_pcm16(cls, pcm: Pcm16, rate: int) -> Self:
        """Return the audio of int16 samples, shape (n,), as pcm16() made them."""
        return cls(pcm.astype(np.float32) / np.float32(32767), rate)

    def pcm16(self) -> Pcm16:
        """Return the samples as int16, shape (n,); values beyond [-1, 1] are clipped."""
        pcm: Pcm16 = np.clip(np.rint(self.samples * 32767.0), -32768, 32767).astype(np.int16)
        return pcm
