"""Level, clipping and speed."""

from __future__ import annotations

import numpy as np

from funaudio_core import audio
from funaudio_core.errors import silent_clip_error
from funaudio_core.types import Audio


def set_level(clip: Audio, level: float) -> Audio:
    """Return the clip at an RMS level in dB relative to full scale, in steps of 16 bits as a quiet recording has them.

    Peaks beyond full scale are cut.
    """
    before = audio.rms_db(clip)
    if before <= audio.FLOOR_DB:
        raise silent_clip_error(clip.duration)
    scaled = Audio(clip.samples * np.float32(10 ** ((level - before) / 20)), clip.rate)
    return Audio.from_pcm16(scaled.pcm16(), clip.rate)


def cut_peaks(clip: Audio, decibels: float) -> Audio:
    """Return the clip with all that exceeds the peak less some dB cut off."""
    limit = audio.peak(clip) * 10 ** (-decibels / 20)
    return Audio(np.clip(clip.samples, -limit, limit, dtype=np.float32), clip.rate)


def change_speed(clip: Audio, factor: float) -> Audio:
    """Return the clip `factor` times as fast, its pitch changed by the same factor, as a tape would play it."""
    import soxr

    return Audio(soxr.resample(clip.samples, clip.rate, clip.rate / factor, quality="HQ"), clip.rate)
