"""Masking of features for training, after SpecAugment: a band of frequencies and a stretch of time become zero."""

from __future__ import annotations

import numpy as np

from funaudio_core.engines.sanm.frontend import Float

MAX_MASKED_MELS = 30  # these two as published; widths are drawn below them
MAX_MASKED_ROWS = 12


def mask_features(features: Float, num_mels: int, rng: np.random.Generator) -> Float:
    """Return a copy of normalized features with a masked band and a masked stretch.

    The band is the same in all mel frames that a row stacks; published code masks a different one in each.

    Args:
        features: float32 (rows, stacked frames * num_mels).
        num_mels: Mel bands of a frame.
        rng: For the widths and places.
    """
    masked = np.array(features, np.float32)
    frames = masked.reshape(len(masked), -1, num_mels)
    width = int(rng.integers(MAX_MASKED_MELS))
    first = int(rng.integers(max(1, num_mels - width)))
    frames[:, :, first : first + width] = 0
    rows = int(rng.integers(MAX_MASKED_ROWS))
    start = int(rng.integers(max(1, len(masked) - rows)))
    masked[start : start + rows] = 0
    return masked
