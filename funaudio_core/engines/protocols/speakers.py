"""Protocols of the engines that tell speakers apart."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from funaudio_core.types import Audio, Samples


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
