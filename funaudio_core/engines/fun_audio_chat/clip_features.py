"""Input features of a clip: Whisper's log mel spectrogram, and how many positions the clip takes."""

from __future__ import annotations

import numpy as np

from funaudio_core import audio
from funaudio_core.engines.cosyvoice.features import Float, whisper_log_mel
from funaudio_core.engines.fun_audio_chat.config import CODE_RATE, GROUP_SIZE, SAMPLE_RATE
from funaudio_core.errors import BadInput
from funaudio_core.types import Audio

MEL_HOP_SAMPLES = 160
# Whisper pads a clip with zeros to its longest input. A frame reaches 200 samples to each side, so this many suffice.
PADDING_SAMPLES = 3 * MEL_HOP_SAMPLES
MIN_SAMPLES = SAMPLE_RATE // CODE_RATE  # of one code; the reference code ignores shorter clips
MAX_SECONDS = 300.0  # longest input of the feature extractor (preprocessor_config.json)


def count_codes(num_samples: int) -> int:
    """Return the number of codes of a clip, 25 a second.

    In floating point as in the reference code: a whole number of codes may come out one lower, 28 for 18,560 samples.
    """
    return int(num_samples / SAMPLE_RATE * CODE_RATE)


def count_positions(num_samples: int) -> int:
    """Return how many positions of the language model a clip takes, 5 a second."""
    return -(-count_codes(num_samples) // GROUP_SIZE)


def count_mel_frames(num_samples: int) -> int:
    """Return the number of mel frames of a clip, 100 a second."""
    return -(-num_samples // MEL_HOP_SAMPLES)


def count_tower_rows(num_mel_frames: int) -> int:
    """Return the number of rows that the audio tower makes of mel frames, 25 a second."""
    return (num_mel_frames + 1) // 2 // 2


def clip_samples(clip: Audio) -> Float:
    """Return the samples of a clip at 16 kHz.

    Raises:
        BadInput: The clip is shorter than one code or longer than the model's limit.
    """
    samples = audio.resample(clip, SAMPLE_RATE).samples
    if len(samples) < MIN_SAMPLES:
        raise BadInput(
            "The recording is too short ({seconds:.2f} s); the model hears nothing below {least:g} s. Record it again.",
            seconds=clip.duration,
            least=MIN_SAMPLES / SAMPLE_RATE,
        )
    if clip.duration > MAX_SECONDS:
        raise BadInput(
            "The recording lasts {seconds:.0f} s; the limit of the model is {most:.0f} s. Use a shorter one.",
            seconds=clip.duration,
            most=MAX_SECONDS,
        )
    return samples


def log_mel(samples: Float) -> Float:
    """Return Whisper's log mel spectrogram of samples at 16 kHz, (128, frames), 100 frames a second."""
    padded = np.pad(samples, (0, PADDING_SAMPLES))
    return whisper_log_mel(padded)[:, : count_mel_frames(len(samples))]
