"""Decode, process and encode audio."""

from funaudio_core.audio.decode import HIGHEST, load, seconds
from funaudio_core.audio.signal import (
    FLOOR_DB,
    FRAME_SECONDS,
    SILENCE_DB,
    concat,
    fade,
    format_duration,
    frame_db,
    from_array,
    is_silent,
    normalize_level,
    peak,
    resample,
    rms_db,
    save_wav,
)

__all__ = [
    "FLOOR_DB",
    "FRAME_SECONDS",
    "HIGHEST",
    "SILENCE_DB",
    "concat",
    "fade",
    "format_duration",
    "frame_db",
    "from_array",
    "is_silent",
    "load",
    "normalize_level",
    "peak",
    "resample",
    "rms_db",
    "save_wav",
    "seconds",
]
