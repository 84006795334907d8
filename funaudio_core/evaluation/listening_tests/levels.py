"""Takes that are compared: one sample rate, one loudness, and an anchor of low quality."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from funaudio_core import audio
from funaudio_core.audio.loudness import LoudnessMeter, PeakMeter
from funaudio_core.errors import BadInput
from funaudio_core.types import Audio

RATE = 24_000  # Hz, of all takes: the rate of most engines, which would otherwise give some of them away
TARGET_LUFS = -23.0  # of EBU R128
MAX_PEAK_DB = -1.0  # true peak; a sentence with a higher one is quieter in all its takes
TOLERANCE_LU = 0.1  # largest difference of two takes of a sentence
MIN_SECONDS = 0.5  # the gate of the loudness needs 0.4 s
ANCHOR_HZ, ANCHOR_STOP_HZ = 3_500.0, 4_000.0  # of ITU-R BS.1534; full attenuation above the second


def match_loudness(takes: Sequence[Audio]) -> list[Audio]:
    """Return takes of one sentence at RATE, equally loud within TOLERANCE_LU.

    Raises:
        BadInput: A take is silent.
    """
    clips = [_pad(audio.resample(take, RATE)) for take in takes]
    levels = [loudness(clip) for clip in clips]
    if not all(np.isfinite(levels)):
        raise BadInput("A take is silent, so it can't be compared. Choose another voice or another sentence.")
    target = min([TARGET_LUFS, *(level + MAX_PEAK_DB - _peak(clip) for level, clip in zip(levels, clips, strict=True))])
    return [
        Audio(clip.samples * np.float32(10 ** ((target - level) / 20)), RATE)
        for level, clip in zip(levels, clips, strict=True)
    ]


def loudness(clip: Audio) -> float:
    """Return the integrated loudness in LUFS; -inf for silence."""
    meter = LoudnessMeter(clip.rate)
    meter.feed(clip.samples)
    return meter.loudness


def make_anchor(clip: Audio) -> Audio:
    """Return a clip without what lies above ANCHOR_STOP_HZ; the edge from ANCHOR_HZ on is a raised cosine."""
    spectrum = np.fft.rfft(clip.samples)
    hertz = np.fft.rfftfreq(len(clip.samples), 1 / clip.rate)
    edge = np.clip((hertz - ANCHOR_HZ) / (ANCHOR_STOP_HZ - ANCHOR_HZ), 0, 1)
    filtered = np.fft.irfft(spectrum * (0.5 + 0.5 * np.cos(np.pi * edge)), len(clip.samples))
    return Audio(filtered.astype(np.float32), clip.rate)


def _pad(clip: Audio) -> Audio:
    """Return a clip with silence at its end if it is shorter than MIN_SECONDS."""
    missing = round(MIN_SECONDS * clip.rate) - len(clip.samples)
    return clip if missing <= 0 else Audio(np.pad(clip.samples, (0, missing)), clip.rate)


def _peak(clip: Audio) -> float:
    """Return the true peak in dB relative to full scale."""
    meter = PeakMeter()
    meter.feed(clip.samples)
    return meter.decibels
