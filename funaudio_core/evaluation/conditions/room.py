"""Reverberation by the response of a synthetic room: the direct sound, then noise that decays exponentially."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from funaudio_core.types import Audio, Samples

DELAY_SECONDS = 0.005  # of the first reflection: 1.7 m more than the direct path
DECAY_DB = 60.0  # of the tail within the reverberation time
_BLOCK_RESPONSES = 4  # responses to a block of the convolution


def room_response(rate: int, seconds: float, random: Generator) -> Samples:
    """Return a response with a reverberation time (RT60), float32 (n,).

    Direct sound and tail have the same energy, as at the critical distance of a room, and together an energy of 1.
    """
    times = np.arange(round((DELAY_SECONDS + seconds) * rate)) / rate
    tail = random.standard_normal(len(times)) * 10 ** (-DECAY_DB / 20 * (times - DELAY_SECONDS) / seconds)
    tail[: round(DELAY_SECONDS * rate)] = 0
    tail /= np.sqrt(np.sum(tail**2))
    tail[0] = 1
    response: Samples = (tail / np.sqrt(2)).astype(np.float32)
    return response


def reverberate(clip: Audio, seconds: float, random: Generator) -> Audio:
    """Return the clip in a room with a reverberation time (RT60) in seconds.

    The direct sound is where it was, the last reflections follow the clip, and the energy is that of the clip, or less
    if the sound would exceed full scale.
    """
    response = room_response(clip.rate, seconds, random)
    wet = convolve(clip.samples, response)
    energy = float(np.dot(wet, wet))
    gain = np.sqrt(float(np.dot(clip.samples, clip.samples)) / energy) if energy else 1.0
    wet *= np.float32(min(gain, 1 / max(float(np.abs(wet).max(initial=0)), 1e-9)))
    return Audio(wet, clip.rate)


def convolve(samples: Samples, response: Samples) -> Samples:
    """Return the whole convolution, float32 (n + m - 1,), block by block."""
    total = np.zeros(len(samples) + len(response) - 1, np.float32)
    size = 1 << (_BLOCK_RESPONSES * len(response)).bit_length()
    step = size - len(response) + 1
    spectrum = np.fft.rfft(response, size)
    for start in range(0, len(samples), step):
        block = np.fft.irfft(np.fft.rfft(samples[start : start + step], size) * spectrum, size)
        end = min(len(total), start + size)
        total[start:end] += block[: end - start].astype(np.float32)
    return total
