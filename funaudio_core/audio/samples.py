"""Conversion of raw samples of any type to Audio."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from funaudio_core.audio.signal import peak
from funaudio_core.errors import BadInput
from funaudio_core.message import Message
from funaudio_core.types import Audio, Samples

MAX_CHANNELS = 64
MAX_PEAK = 16.0  # times full scale; floats above it are unscaled integers
EXPORT_AGAIN = Message("Export the clip again, for example as 16-bit WAV or MP3.")


def from_array(rate: int, array: NDArray[Any]) -> Audio:
    """Return Audio from a NumPy array, shape (n,) or (n, channels); channels are averaged.

    uint8, int16 and int32 are scaled by their full range; floats are taken as they are, nominally in [-1, 1].

    Raises:
        BadInput: The array is empty, has another shape or type, or values that are not finite or far beyond [-1, 1].
    """
    array = np.asarray(array)
    if array.size == 0:
        raise BadInput("The clip is empty. Record or upload at least one second of audio.")
    if array.ndim == 2 and array.shape[1] > MAX_CHANNELS:
        raise BadInput(
            "An array of shape {shape} has too many channels. Pass (samples, channels).", shape=str(array.shape)
        )
    if array.ndim not in (1, 2):
        raise BadInput(
            "An array of shape {shape} isn't audio. Pass (samples,) or (samples, channels).", shape=str(array.shape)
        )
    scaled = to_float32(array)
    return build_audio(scaled if scaled.ndim == 1 else scaled.mean(axis=1, dtype=np.float32), rate)


def build_audio(samples: Samples, rate: int) -> Audio:
    """Return mono float32 samples as Audio. Raise BadInput if they exceed MAX_PEAK."""
    audio = Audio(np.ascontiguousarray(samples), rate)
    top = peak(audio)
    if top > MAX_PEAK:
        raise BadInput(
            "Sample values reach {top:.3g}; float samples must be within [-1, 1]. {remedy}",
            top=top,
            remedy=EXPORT_AGAIN,
        )
    return audio


def to_float32(array: NDArray[Any]) -> Samples:
    """Return the array as float32, integers divided by their full range. Raise BadInput for other types."""
    if array.dtype == np.uint8:
        return (array.astype(np.float32) - 128.0) / np.float32(128.0)
    if array.dtype in (np.int16, np.int32):
        return (array / -float(np.iinfo(array.dtype).min)).astype(np.float32)
    if array.dtype.kind == "f":
        return array.astype(np.float32)
    raise sample_type_error(str(array.dtype))


def sample_type_error(name: str) -> BadInput:
    """Return the error for an unsupported type of samples."""
    return BadInput("Samples of type {type} aren't supported. Use uint8, int16, int32 or float.", type=name)
