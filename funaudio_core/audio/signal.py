"""Pure functions on samples: decode, resample, join, measure, save. Knows no model and no page."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from funaudio_core.errors import BadInput
from funaudio_core.message import Message, join_messages
from funaudio_core.types import Audio, Samples

MAX_CHANNELS = 64
MIN_SECONDS = 0.1  # shorter than any syllable
MAX_PEAK = 16.0  # x full scale; above it, floats are integers that nobody scaled
FLOOR_DB = -120.0  # what silence measures, dB relative to full scale; below 16-bit quantisation noise
SILENCE_DB = -60.0  # dB; a frame quieter than this holds no usable speech
FRAME_SECONDS = 0.02
EXPORT_AGAIN = Message("Export the clip again, for example as 16-bit WAV or MP3.")


def from_array(rate: int, array: NDArray[Any]) -> Audio:
    """Audio from a NumPy array, shape (n,) or (n, channels); channels are averaged.

    uint8, int16 and int32 are scaled by their full range; floats are taken as they are, nominally in [-1, 1].
    Raises BadInput for an empty array, another shape or type, values that are not numbers or far beyond [-1, 1].
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


def resample(audio: Audio, rate: int) -> Audio:
    """The same sound at `rate` Hz (soxr, high quality); the very same object where nothing changes."""
    if audio.rate == rate:
        return audio
    if len(audio.samples) == 0:
        return Audio(audio.samples, rate)
    import soxr

    return Audio(soxr.resample(audio.samples, audio.rate, rate, quality="HQ"), rate)


def concat(pieces: Sequence[Audio], gaps: float | Sequence[float] = 0.0) -> Audio:
    """The pieces one after another. gaps: seconds of silence between neighbours, one value or one for each join.

    Raises BadInput where nothing is given, rates differ, or the number of gaps does not fit.
    """
    if not pieces:
        raise BadInput("There is nothing to join. Pass at least one audio clip.")
    rates = sorted({piece.rate for piece in pieces})
    if len(rates) > 1:
        raise BadInput("Clips at {rates} Hz can't be joined. Resample them to one rate first.", rates=tuple(rates))
    joins = len(pieces) - 1
    silences = [gaps] * joins if isinstance(gaps, int | float) else list(gaps)
    if len(silences) != joins:
        raise BadInput(
            "{pieces} clips need {joins} gaps between them, but {gaps} were given.",
            pieces=len(pieces),
            joins=joins,
            gaps=len(silences),
        )
    parts: list[Samples] = [pieces[0].samples]
    for gap, piece in zip(silences, pieces[1:], strict=True):
        parts += [np.zeros(round(gap * rates[0]), np.float32), piece.samples]
    return Audio(np.concatenate(parts), rates[0])


def save_wav(audio: Audio, path: str | Path) -> Path:
    """Write 16-bit PCM WAV, mono, at the audio's own rate; returns the path."""
    path = Path(path)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(audio.rate)
        out.writeframes(audio.pcm16().astype("<i2").tobytes())
    return path


def fade(audio: Audio, start: float = 0.0, end: float = 0.0) -> Audio:
    """Fade in over `start` and out over `end` seconds with a raised cosine; each at most the whole clip."""
    samples = audio.samples.copy()
    rise = min(len(samples), round(start * audio.rate))
    fall = min(len(samples), round(end * audio.rate))
    if rise:
        samples[:rise] *= _ramp(rise)
    if fall:
        samples[-fall:] *= _ramp(fall)[::-1]
    return Audio(samples, audio.rate)


def peak(audio: Audio) -> float:
    """The largest magnitude, x full scale; 0 for an empty clip."""
    if len(audio.samples) == 0:
        return 0.0
    return float(max(audio.samples.max(), -audio.samples.min()))


def rms_db(audio: Audio) -> float:
    """Root mean square in dB relative to full scale, not below FLOOR_DB."""
    if len(audio.samples) == 0:
        return FLOOR_DB
    return _decibels(float(np.dot(audio.samples, audio.samples)) / len(audio.samples))


def frame_db(audio: Audio, seconds: float = FRAME_SECONDS) -> NDArray[np.float64]:
    """RMS of each whole frame of `seconds`, dB relative to full scale; shape (frames,); at least one frame."""
    size = max(1, round(seconds * audio.rate))
    count = len(audio.samples) // size
    if count == 0:
        return np.array([rms_db(audio)])
    frames = audio.samples[: count * size].reshape(count, size)
    power = np.einsum("ij,ij->i", frames, frames, dtype=np.float64) / size
    levels: NDArray[np.float64] = 10.0 * np.log10(np.maximum(power, 10.0 ** (FLOOR_DB / 10.0)))
    return levels


def is_silent(audio: Audio, threshold_db: float = SILENCE_DB) -> bool:
    """Whether even the loudest 20-ms frame stays below `threshold_db`."""
    return bool(frame_db(audio).max() < threshold_db)


def normalize_level(audio: Audio, target_db: float = -20.0, ceiling: float = 0.98) -> Audio:
    """Scale to an RMS of `target_db`, less where the peak would pass `ceiling`; digital silence stays as it is."""
    top = peak(audio)
    if top == 0.0:
        return audio
    gain = min(10.0 ** ((target_db - rms_db(audio)) / 20.0), ceiling / top)
    return Audio(audio.samples * np.float32(gain), audio.rate)


def format_duration(seconds: float) -> str:
    """A length of time for people: "45 s", "2 min", "2 min 5 s", "1 h 30 min"."""
    if seconds < 60:
        return Message("{count:g} s", count=seconds)
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = (
        (hours, Message("{count} h", count=hours)),
        (minutes, Message("{count} min", count=minutes)),
        (0 if hours else rest, Message("{count:g} s", count=rest)),
    )
    return join_messages([words for count, words in parts if count])


def _ramp(size: int) -> Samples:
    return (0.5 - 0.5 * np.cos(np.pi * (np.arange(size) + 0.5) / size)).astype(np.float32)


def _decibels(power: float) -> float:
    return max(FLOOR_DB, 10.0 * float(np.log10(max(power, 1e-30))))


def to_float32(array: NDArray[Any]) -> Samples:
    """float32 of the same shape, integers divided by their full range."""
    if array.dtype == np.uint8:
        return (array.astype(np.float32) - 128.0) / np.float32(128.0)
    if array.dtype in (np.int16, np.int32):
        return (array / -float(np.iinfo(array.dtype).min)).astype(np.float32)
    if array.dtype.kind == "f":
        return array.astype(np.float32)
    raise sample_type_error(str(array.dtype))


def sample_type_error(name: str) -> BadInput:
    return BadInput("Samples of type {type} aren't supported. Use uint8, int16, int32 or float.", type=name)


def build_audio(samples: Samples, rate: int) -> Audio:
    audio = Audio(np.ascontiguousarray(samples), rate)
    top = peak(audio)
    if top > MAX_PEAK:
        raise BadInput(
            "Sample values reach {top:.3g}; float samples must be within [-1, 1]. {remedy}", top=top, remedy=EXPORT_AGAIN
        )
    return audio
