"""Limiter of true peaks, fed block by block."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from funaudio_core.audio.loudness import SIDE_TAPS, max_overshoot, true_peaks
from funaudio_core.types import Samples

Floats = NDArray[np.float64]

BLOCK_SECONDS = 0.005  # the gain falls within that time before a peak
# And rises again by that much: within 100 ms after a peak that was 6 dB too high, within 20 ms after one of 1 dB, so
# that it doesn't follow the periods of a voice.
RECOVERY_PER_SECOND = 5.0
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
        self._block = block_samples(rate)
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
        allowed = _allowed_gains(peaks, self._ceiling)
        edges = _edge_gains(np.concatenate([[self._allowed], allowed]), self._gain)
        self._gain, self._allowed = float(edges[-1]), float(allowed[-2])
        gain = np.interp(np.arange(size) / self._block, np.arange(count + 1), edges).astype(np.float32)
        self.least_gain = min(self.least_gain, float(gain.min()))
        self.limited_samples += int(np.count_nonzero(gain < 1.0))
        limited: Samples = samples * gain
        return limited


def block_samples(rate: int) -> int:
    """Return the number of samples in a block of the limiter."""
    return max(SIDE_TAPS, round(BLOCK_SECONDS * rate))


def expected_gains(peaks: Samples, ceiling_db: float) -> Floats:
    """Return the mean gain that a limiter will have in each block, (n,).

    Args:
        peaks: Highest magnitude in each block of `block_samples`, (n,).
        ceiling_db: As of the limiter.
    """
    allowed = _allowed_gains(peaks, 10 ** ((ceiling_db - MARGIN_DB) / 20))
    edges = _edge_gains(np.concatenate([[1.0], allowed, [1.0]]), 1.0)
    gains: Floats = (edges[:-1] + edges[1:]) / 2
    return gains


def _allowed_gains(peaks: Samples, ceiling: float) -> Floats:
    """Return the highest gains at which peaks stay below a ceiling, at most 1."""
    allowed: Floats = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    return allowed


def _edge_gains(allowed: Floats, before: float) -> Floats:
    """Return the gains at the edges of blocks: no more than both neighbours allow, rising slowly.

    Args:
        allowed: Highest gains of the block before the first edge, and of those after each edge, (n + 1,).
        before: Highest gain at the first edge.

    Returns:
        Gains at the edges, (n,).
    """
    edges = np.minimum(allowed[:-1], allowed[1:]).astype(np.float64)
    edges[0] = min(edges[0], before)
    rise = RECOVERY_PER_SECOND * BLOCK_SECONDS * np.arange(len(edges))
    gains: Floats = np.minimum.accumulate(edges - rise) + rise
    gains[gains > 1 - 1e-6] = 1.0  # of rounding
    return gains
