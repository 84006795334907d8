"""Encoding of audio to WAV, MP3, FLAC, Opus or raw PCM."""

from __future__ import annotations

import io
from dataclasses import dataclass

from funaudio_core.audio import resample
from funaudio_core.errors import BadInput
from funaudio_core.types import Audio

BLOCK_SAMPLES = 65_536  # per write: libsndfile's Vorbis and Opus writers keep a whole block on the stack


@dataclass(frozen=True, slots=True)
class Format:
    """Audio file format.

    Attributes:
        media_type: MIME type.
        container: libsndfile's name of the container; "" for raw samples.
        subtype: libsndfile's name of the encoding.
        rates: Supported sample rates in Hz, ascending; empty for any.
    """

    media_type: str
    container: str = ""
    subtype: str = ""
    rates: tuple[int, ...] = ()


# Rates by the standards: MPEG-1, 2 and 2.5 Layer III; RFC 6716.
MP3_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
OPUS_RATES = (8_000, 12_000, 16_000, 24_000, 48_000)
FORMATS = {
    "mp3": Format("audio/mpeg", "MP3", "MPEG_LAYER_III", MP3_RATES),
    "wav": Format("audio/wav", "WAV", "PCM_16"),
    "flac": Format("audio/flac", "FLAC", "PCM_16"),
    "opus": Format("audio/ogg", "OGG", "OPUS", OPUS_RATES),
    "pcm": Format("audio/pcm"),
}


def get_format(name: str) -> Format:
    """Return the format called `name`. Raise BadInput, naming the choices, if there is none."""
    if name not in FORMATS:
        raise BadInput(
            "Audio format {format!r} isn't supported. Choose one of: {choices}.", format=name, choices=tuple(FORMATS)
        )
    return FORMATS[name]


def encode(audio: Audio, name: str) -> bytes:
    """Return the audio as a file of the format `name`, resampled if the format doesn't support its rate.

    "pcm" is 16-bit little-endian mono at the audio's own rate.

    Raises:
        BadInput: The format is unknown.
    """
    form = get_format(name)
    if not form.container:
        return audio.pcm16().astype("<i2").tobytes()
    import soundfile

    if form.rates and audio.rate not in form.rates:
        audio = resample(audio, next((rate for rate in form.rates if rate > audio.rate), form.rates[-1]))
    samples, file = audio.pcm16(), io.BytesIO()
    with soundfile.SoundFile(file, "w", audio.rate, 1, form.subtype, format=form.container) as out:
        for start in range(0, len(samples), BLOCK_SAMPLES):
            out.write(samples[start : start + BLOCK_SAMPLES])
    return file.getvalue()
