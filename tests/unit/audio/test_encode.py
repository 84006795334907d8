"""Tests of encoding, by round trips through the formats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from funaudio_core import audio
from funaudio_core.audio import encode
from funaudio_core.errors import BadInput
from funaudio_core.types import Audio


def tone(rate: int, seconds: float = 1.0) -> Audio:
    times = np.arange(int(rate * seconds)) / rate
    return Audio((0.5 * np.sin(2 * np.pi * 440 * times)).astype(np.float32), rate)


def dominant_frequency(clip: Audio) -> float:
    """Return the strongest frequency in Hz."""
    spectrum = np.abs(np.fft.rfft(clip.samples))
    return float(spectrum.argmax() * clip.rate / len(clip.samples))


@pytest.mark.parametrize("rate", [16_000, 22_050, 24_000, 44_100, 50_000])
@pytest.mark.parametrize("name", [name for name, form in encode.FORMATS.items() if form.container])
def test_round_trip_keeps_duration_pitch_and_level(tmp_path: Path, name: str, rate: int) -> None:
    path = tmp_path / f"tone.{name}"
    path.write_bytes(encode.encode(tone(rate), name))
    loaded = audio.load(path)
    assert loaded.duration == pytest.approx(1.0, abs=0.1)  # MP3 and Opus pad to whole frames
    assert dominant_frequency(loaded) == pytest.approx(440, abs=5)
    assert audio.rms_db(loaded) == pytest.approx(audio.rms_db(tone(rate)), abs=1)
    assert loaded.rate >= min(rate, 48_000)


def test_pcm_is_little_endian() -> None:
    clip = tone(24_000)
    np.testing.assert_array_equal(np.frombuffer(encode.encode(clip, "pcm"), "<i2"), clip.pcm16())


def test_long_clip_can_be_encoded() -> None:
    assert len(encode.encode(tone(24_000, 120.0), "opus")) > 100_000


def test_unknown_format_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadInput, match=r"'aac'.*mp3, wav, flac, opus, pcm\."):
        encode.encode(tone(24_000), "aac")
