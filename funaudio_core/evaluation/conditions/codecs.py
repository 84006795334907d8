"""Round trips through speech codecs, aligned with the clip to the sample."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.random import Generator

from funaudio_core import audio
from funaudio_core.audio.samples import to_float32
from funaudio_core.types import Audio

TELEPHONE_RATE = 8_000  # Hz, of G.711
PACKET_SECONDS = 0.02  # of speech in a packet of a telephone line
WIDE_RATE = 16_000  # Hz, at which Opus and MP3 are fed; they lower the bandwidth by the bit rate


def telephone(clip: Audio, lost_percent: float, random: Generator, law: Literal["alaw", "mulaw"]) -> Audio:
    """Return the clip after G.711 at 8 kHz, with silence in place of lost packets of 20 ms.

    Args:
        clip: The clip.
        lost_percent: Share of the packets that are lost, in percent.
        random: Chooses the packets.
        law: "alaw" or "mulaw".
    """
    narrow = audio.resample(clip, TELEPHONE_RATE)
    samples = _code(narrow, _Codec(law, f"pcm_{law}")).samples
    size = round(PACKET_SECONDS * TELEPHONE_RATE)
    packets = -(-len(samples) // size)
    for packet in random.permutation(packets)[: round(packets * lost_percent / 100)]:
        samples[packet * size : (packet + 1) * size] = 0
    return _restore(Audio(samples, TELEPHONE_RATE), clip)


def opus(clip: Audio, kilobits: float) -> Audio:
    """Return the clip after Opus for voice at a constant bit rate, in kbit/s."""
    return _code_wide(clip, _Codec("ogg", "libopus", kilobits, (("application", "voip"), ("vbr", "off"))))


def mp3(clip: Audio, kilobits: float) -> Audio:
    """Return the clip after MP3 at a constant bit rate, in kbit/s."""
    return _code_wide(clip, _Codec("mp3", "libmp3lame", kilobits))


@dataclass(frozen=True, slots=True)
class _Codec:
    """FFmpeg's names of a container and an encoder, its bit rate in kbit/s (0 for none to choose) and its options."""

    container: str
    encoder: str
    kilobits: float = 0.0
    options: tuple[tuple[str, str], ...] = ()


def _code_wide(clip: Audio, codec: _Codec) -> Audio:
    return _restore(_code(audio.resample(clip, WIDE_RATE), codec), clip)


def _code(clip: Audio, codec: _Codec) -> Audio:
    """Return the clip encoded and decoded, at the rate of the decoder.

    The containers of Opus and MP3 state the delay of the encoder, which the decoder removes.
    """
    import av

    file = io.BytesIO()
    with av.open(file, "w", format=codec.container) as out:
        stream: Any = out.add_stream(codec.encoder, rate=clip.rate, layout="mono", options=dict(codec.options))
        if codec.kilobits:
            stream.bit_rate = round(codec.kilobits * 1000)
        frame = av.AudioFrame.from_ndarray(clip.pcm16()[None], "s16", "mono")
        frame.sample_rate = clip.rate
        resampler = av.AudioResampler(stream.codec_context.format, "mono", clip.rate)
        for part in (*resampler.resample(frame), *resampler.resample(None), None):
            for packet in stream.encode(part):
                out.mux(packet)
    file.seek(0)
    raw = codec.container in ("alaw", "mulaw")  # without a header
    options = {"sample_rate": str(clip.rate)} if raw else {}
    with av.open(file, "r", format=codec.container, options=options) as coded:
        frames = [(part.sample_rate, part.to_ndarray().reshape(-1)) for part in coded.decode(audio=0)]
    return Audio(to_float32(np.concatenate([samples for _, samples in frames])), frames[0][0])


def _restore(coded: Audio, clip: Audio) -> Audio:
    """Return the coded sound at the rate and with the length of the clip."""
    samples = audio.resample(coded, clip.rate).samples[: len(clip.samples)]
    return Audio(np.pad(samples, (0, len(clip.samples) - len(samples))), clip.rate)
