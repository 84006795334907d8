"""Resampling, joining, measuring and writing of audio."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from funaudio_core.errors import BadInput
from funaudio_core.message import Message, join_messages
from funaudio_core.types import Audio, Samples

FLOOR_DB = -120.0  # level of digital silence, relative to full scale; below 16-bit quantization noise
SILENCE_DB = -60.0  # a quieter frame holds no usable speech
FRAME_SECONDS = 0.02
QUIET_DB, INAUDIBLE_DB = -40.0, -80.0  # speech between them is raised to TARGET_DB before anything listens
TARGET_DB = -20.0
GROUP_FRAMES, CLICK_FRAMES = 20, 4  # sounds of fewer than CLICK_FRAMES + 1 in a group are clicks, not speech


def resample(audio: Audio, rate: int) -> Audio:
    """Return the audio at `rate` Hz (soxr, high quality); the same object if that is its rate."""
    if audio.rate == rate:
        return audio
    if len(audio.samples) == 0:
        return Audio(audio.samples, rate)
    import soxr

    return Audio(soxr.resample(audio.samples, audio.rate, rate, quality="HQ"), rate)


def concat(pieces: Sequence[Audio], gaps: float | Sequence[float] = 0.0) -> Audio:
    """Join clips.

    Args:
        pieces: Clips of one rate, at least one.
        gaps: Seconds of silence between neighbours: one value, or one for each join.

    Raises:
        BadInput: There are no clips, their rates differ, or the number of gaps doesn't fit.
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


def mix(channels: Sequence[Audio]) -> Audio:
    """Return the mean of channels of equal rate and length, at least one; one alone is returned as it is."""
    if len(channels) == 1:
        return channels[0]
    mean = channels[0].samples.copy()
    for channel in channels[1:]:
        mean += channel.samples
    mean /= np.float32(len(channels))
    return Audio(mean, channels[0].rate, channels[0].notes)


def save_wav(audio: Audio, path: str | Path) -> Path:
    """Write a 16-bit PCM mono WAV file at the audio's own rate, and return its path."""
    path = Path(path)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(audio.rate)
        out.writeframes(audio.pcm16().astype("<i2").tobytes())
    return path


def fade(audio: Audio, start: float = 0.0, end: float = 0.0) -> Audio:
    """Fade in over `start` and out over `end` seconds with a raised cosine, each at most the whole clip."""
    samples = audio.samples.copy()
    rise = min(len(samples), round(start * audio.rate))
    fall = min(len(samples), round(end * audio.rate))
    if rise:
        samples[:rise] *= _ramp(rise)
    if fall:
        samples[-fall:] *= _ramp(fall)[::-1]
    return Audio(samples, audio.rate)


def peak(audio: Audio) -> float:
    """Return the largest magnitude, 1 being full scale; 0 for an empty clip."""
    if len(audio.samples) == 0:
        return 0.0
    return float(max(audio.samples.max(), -audio.samples.min()))


def rms_db(audio: Audio) -> float:
    """Return the RMS level in dB relative to full scale, at least FLOOR_DB."""
    if len(audio.samples) == 0:
        return FLOOR_DB
    return _decibels(float(np.dot(audio.samples, audio.samples)) / len(audio.samples))


def frame_db(audio: Audio, seconds: float = FRAME_SECONDS) -> NDArray[np.float64]:
    """Return the RMS level of each whole frame in dB relative to full scale; shape (frames,), at least one."""
    size = max(1, round(seconds * audio.rate))
    count = len(audio.samples) // size
    if count == 0:
        return np.array([rms_db(audio)])
    frames = audio.samples[: count * size].reshape(count, size)
    power = np.einsum("ij,ij->i", frames, frames, dtype=np.float64) / size
    levels: NDArray[np.float64] = 10.0 * np.log10(np.maximum(power, 10.0 ** (FLOOR_DB / 10.0)))
    return levels


def is_silent(audio: Audio, threshold_db: float = SILENCE_DB) -> bool:
    """Return whether even the loudest frame is below `threshold_db`."""
    return bool(frame_db(audio).max() < threshold_db)


def normalize_level(audio: Audio, target_db: float = -20.0, ceiling: float = 0.98) -> Audio:
    """Scale to an RMS level of `target_db`, or less to keep the peak below `ceiling`; silence is unchanged."""
    top = peak(audio)
    if top == 0.0:
        return audio
    gain = min(10.0 ** ((target_db - rms_db(audio)) / 20.0), ceiling / top)
    return Audio(audio.samples * np.float32(gain), audio.rate)


def raise_level(audio: Audio) -> Audio:
    """Return quiet speech at the usual level, in the same memory, with a note; other clips as they are.

    Louder clicks are clipped.
    """
    levels = frame_db(audio)
    groups = levels[: len(levels) // GROUP_FRAMES * GROUP_FRAMES].reshape(-1, GROUP_FRAMES)
    level = float(np.sort(groups, axis=1)[:, -CLICK_FRAMES - 1].max() if len(groups) else levels.max())
    if not INAUDIBLE_DB <= level < QUIET_DB:
        return audio
    gain = TARGET_DB - level
    note = Message("The clip is very quiet ({level:.0f} dB). It was raised by {gain:.0f} dB.", level=level, gain=gain)
    np.multiply(audio.samples, np.float32(10.0 ** (gain / 20.0)), out=audio.samples)
    np.clip(audio.samples, -1.0, 1.0, out=audio.samples)
    return Audio(audio.samples, audio.rate, (*audio.notes, note))


def format_duration(seconds: float) -> str:
    """Return a duration for people: "45 s", "2 min", "2 min 5 s", "1 h 30 min"."""
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
