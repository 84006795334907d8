"""Limiter of true peaks, fed block by block."""

from __future__ import annotations

import numpy as np

from funaudio_core.audio.loudness import SIDE_TAPS, max_overshoot, true_peaks
from funaudio_core.types import Samples

BLOCK_SECONDS = 0.005  # the gain falls within that time before a peak
RELEASE_SECONDS = 0.05  # and rises again with this time constant, longer than a period of a voice
MARGIN_DB = 0.1  # the gain moves between the points at which peaks are measured


class Limiter:
    """Gain that turns down the moments above a ceiling, smoothly; all else passes unchanged.

    Attributes:
        least_gain: Least gain so far, as a factor.
        limited_samples: Number of samples that were turned down so far.
    """

    def __init__(self, rate: int, ceiling_db: float) -> None:
        """Start at a sample rate in Hz, with the highest true peak in dB relative to full scale."""
        self.least_gain, self.limited_samples = 1.0, 0
        self._ceiling = 10 ** ((ceiling_db - MARGIN_DB) / 20)
        self._block = max(SIDE_TAPS, round(BLOCK_SECONDS * rate))
        self._release = 1 - np.exp(-BLOCK_SECONDS / RELEASE_SECONDS)
        self._waiting = np.zeros(SIDE_TAPS, np.float32)  # SIDE_TAPS samples of the past, then those not returned yet
        self._gain = 1.0  # at the first sample that waits
        self._allowed = 1.0  # in the block before it

    def feed(self, samples: Samples) -> Samples:
        """Take float32 samples (n,), and return those that are ready: all but the last 10 ms or so."""
        self._waiting = np.concatenate([self._waiting, samples])
        count = (len(self._waiting) - 2 * SIDE_TAPS) // self._block - 1  # the gain at its end needs one block more
        return self._limit(count) if count > 0 else np.zeros(0, np.float32)

    def close(self) -> Samples:
        """Return the rest."""
        rest = len(self._waiting) - SIDE_TAPS
        count = -(-rest // self._block)
        padding = (count + 1) * self._block - rest + SIDE_TAPS
        self._waiting = np.concatenate([self._waiting, np.zeros(padding, np.float32)])
        return self._limit(count)[:rest]

    def _limit(self, count: int) -> Samples:
        """Return the next `count` blocks."""
        size = count * self._block
        window = self._waiting[: size + self._block + 2 * SIDE_TAPS]
        samples = self._waiting[SIDE_TAPS : SIDE_TAPS + size]
        self._waiting = self._waiting[size:]
        if self._gain == self._allowed == 1.0 and np.abs(window).max() * max_overshoot() <= self._ceiling:
            return samples
        peaks = true_peaks(window, self._ceiling).reshape(count + 1, self._block).max(axis=1)
        allowed = np.minimum(1.0, self._ceiling / np.maximum(peaks, 1e-9))
        edges = self._edges(np.concatenate([[self._allowed], allowed]))
        self._gain, self._allowed = float(edges[-1]), float(allowed[-2])
        gain = np.interp(np.arange(size) / self._block, np.arange(count + 1), edges).astype(np.float32)
        self.least_gain = min(self.least_gain, float(gain.min()))
        self.limited_samples += int(np.count_nonzero(gain < 1.0))
        limited: Samples = samples * gain
        return limited

    def _edges(self, allowed: Samples) -> Samples:
        """Return the gains at the edges of blocks: no more than both neighbours allow, rising slowly.

        Args:
            allowed: Highest gains of the block before and of the blocks to come, (count + 2,).

        Returns:
            Gains at the start of each block and at the end of the last, (count + 1,); the first one is as before.
        """
        edges = np.minimum(allowed[:-1], allowed[1:])
        gain = edges[0] = min(edges[0], self._gain)  # lower only at the very start
        for number in range(1, len(edges)):
            gain = edges[number] = min(edges[number], gain + (1.0 - gain) * self._release)
        edges[edges > 1 - 1e-4] = 1.0
        return edges
