"""Encoding of audio to WAV, MP3, FLAC, Opus, AAC or raw PCM, as a whole or piece by piece."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from funaudio_core.audio import resample
from funaudio_core.errors import BadInput
from funaudio_core.types import Audio

BLOCK_SAMPLES = 65_536  # per write: libsndfile's Vorbis and Opus writers keep a whole block on the stack
OPUS_PAGE_MICROSECONDS = 100_000  # FFmpeg's default of a second would hold the last words back
BITS_PER_SECOND = 64_000  # of MP3, AAC and Opus in a stream: speech in mono has no use for more


@dataclass(frozen=True, slots=True)
class Format:
    """Audio file format.

    Attributes:
        media_type: MIME type.
        container: libsndfile's name of the container; "" if it has none.
        subtype: libsndfile's name of the encoding.
        rates: Supported sample rates in Hz, ascending; empty for any.
        muxer: FFmpeg's name of the container; "" for raw samples.
        codec: FFmpeg's name of the encoder.
        has_length: The container states the length at its start, which in a stream is unknown.
    """

    media_type: str
    container: str = ""
    subtype: str = ""
    rates: tuple[int, ...] = ()
    muxer: str = ""
    codec: str = ""
    has_length: bool = False


# Rates by the standards: MPEG-1, 2 and 2.5 Layer III; RFC 6716; ISO/IEC 14496-3.
MP3_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
OPUS_RATES = (8_000, 12_000, 16_000, 24_000, 48_000)
AAC_RATES = (*MP3_RATES, 64_000, 88_200, 96_000)
FORMATS = {
    "mp3": Format("audio/mpeg", "MP3", "MPEG_LAYER_III", MP3_RATES, "mp3", "libmp3lame"),
    "wav": Format("audio/wav", "WAV", "PCM_16", (), "wav", "pcm_s16le", has_length=True),
    "flac": Format("audio/flac", "FLAC", "PCM_16", (), "flac", "flac", has_length=True),
    "opus": Format("audio/ogg", "OGG", "OPUS", OPUS_RATES, "ogg", "libopus"),
    "aac": Format("audio/aac", "", "", AAC_RATES, "adts", "aac"),
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
        encoder = StreamEncoder(name, audio.rate)
        return encoder.feed(audio) + encoder.close()
    import soundfile

    rate = _supported_rate(form, audio.rate)
    audio, file = audio if rate == audio.rate else resample(audio, rate), io.BytesIO()
    samples = audio.pcm16()
    with soundfile.SoundFile(file, "w", audio.rate, 1, form.subtype, format=form.container) as out:
        for start in range(0, len(samples), BLOCK_SAMPLES):
            out.write(samples[start : start + BLOCK_SAMPLES])
    return file.getvalue()


def _supported_rate(form: Format, rate: int) -> int:
    """Return the rate if the format supports it, else the next higher one, else its highest."""
    if not form.rates or rate in form.rates:
        return rate
    return next((supported for supported in form.rates if supported > rate), form.rates[-1])


class StreamEncoder:
    """Encoder of audio that arrives in pieces; the bytes of all pieces together are one file.

    The length in the header of a format that has one is unknown: players read to the end of the stream.

    Attributes:
        rate: Sample rate of the pieces in Hz.
        seconds: Length of the pieces so far.
    """

    def __init__(self, name: str, rate: int) -> None:
        """Start a stream.

        Args:
            name: Name of the format, see FORMATS.
            rate: Sample rate of all pieces in Hz; resampled if the format doesn't support it.

        Raises:
            BadInput: The format is unknown.
        """
        form = get_format(name)
        self.rate, self.seconds, self._bytes = rate, 0.0, bytearray()
        self._container: Any = None  # of PyAV; None for raw samples
        if not form.muxer:
            return
        import av

        options = {"flush_packets": "1", "write_xing": "0"} if name == "mp3" else {"flush_packets": "1"}
        if name == "opus":
            options["page_duration"] = str(OPUS_PAGE_MICROSECONDS)
        self._container = av.open(_Sink(self._bytes), "w", format=form.muxer, options=options)
        encoded_rate = _supported_rate(form, rate)
        self._stream: Any = self._container.add_stream(form.codec, rate=encoded_rate, layout="mono")
        if not form.has_length:
            self._stream.bit_rate = BITS_PER_SECOND
        self._resampler = av.AudioResampler(self._stream.codec_context.format, "mono", encoded_rate)

    def feed(self, audio: Audio) -> bytes:
        """Return the bytes that a piece completes; some of its sound may follow with the next piece."""
        self.seconds += audio.duration
        if self._container is None:
            return audio.pcm16().astype("<i2").tobytes()
        import av

        frame = av.AudioFrame.from_ndarray(audio.pcm16()[None], "s16", "mono")
        frame.sample_rate = self.rate
        for part in self._resampler.resample(frame):
            self._mux(part)
        return self._take()

    def close(self) -> bytes:
        """Return the rest of the stream."""
        if self._container is None:
            return b""
        for part in self._resampler.resample(None):
            self._mux(part)
        self._mux(None)
        self._container.close()
        return self._take()

    def _mux(self, frame: Any) -> None:  # noqa: ANN401 (av.AudioFrame, or None at the end)
        for packet in self._stream.encode(frame):
            self._container.mux(packet)

    def _take(self) -> bytes:
        taken = bytes(self._bytes)
        self._bytes.clear()
        return taken


class _Sink:
    """File that can't seek, for a container in a stream."""

    def __init__(self, content: bytearray) -> None:
        self._content = content

    def write(self, data: bytes) -> int:
        """Append data; return its size."""
        self._content += data
        return len(data)
