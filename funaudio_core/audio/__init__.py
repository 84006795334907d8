"""Decoding, processing and encoding of audio."""

from funaudio_core.audio.container import declared_duration
from funaudio_core.audio.decode import MAX_DECODED_RATE, load, load_channels
from funaudio_core.audio.samples import from_array
from funaudio_core.audio.signal import (
    FLOOR_DB,
    FRAME_SECONDS,
    SILENCE_DB,
    concat,
    fade,
    format_duration,
    frame_db,
    is_silent,
    mix,
    normalize_level,
    peak,
    raise_level,
    resample,
    rms_db,
    save_wav,
)

__all__ = [
    "FLOOR_DB",
    "FRAME_SECONDS",
    "MAX_DECODED_RATE",
    "SILENCE_DB",
    "concat",
    "declared_duration",
    "fade",
    "format_duration",
    "frame_db",
    "from_array",
    "is_silent",
    "load",
    "load_channels",
    "mix",
    "normalize_level",
    "peak",
    "raise_level",
    "resample",
    "rms_db",
    "save_wav",
]
