"""Tests of encoding, by round trips through the formats."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from funaudio_core import audio
from funaudio_core.audio import encode
from funaudio_core.audio.tempo import change_tempo
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
@pytest.mark.parametrize("name", [name for name in encode.FORMATS if name != "pcm"])
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
    with pytest.raises(BadInput, match=r"'wma'.*mp3, wav, flac, opus, aac, pcm\."):
        encode.encode(tone(24_000), "wma")


@pytest.mark.parametrize("rate", [16_000, 22_050, 24_000])
@pytest.mark.parametrize("name", encode.FORMATS)
def test_a_stream_is_a_file_that_grows_with_each_piece(tmp_path: Path, name: str, rate: int) -> None:
    whole = tone(rate, 3.0)
    encoder = encode.StreamEncoder(name, rate)
    pieces = [encoder.feed(whole.slice(second, second + 1)) for second in range(3)]
    content = b"".join([*pieces, encoder.close()])
    assert all(len(piece) > 0.1 * len(content) for piece in pieces)  # the first second doesn't wait for the last one
    assert encoder.seconds == pytest.approx(3.0)
    if name == "pcm":
        assert content == whole.pcm16().astype("<i2").tobytes()
        return
    path = tmp_path / f"stream.{name}"
    path.write_bytes(content)
    loaded = audio.load(path)
    assert loaded.duration == pytest.approx(3.0, abs=0.15)
    assert dominant_frequency(loaded) == pytest.approx(440, abs=5)
    assert audio.rms_db(loaded) == pytest.approx(audio.rms_db(whole), abs=1)


@pytest.mark.parametrize("factor", [0.5, 0.8, 1.0, 1.7, 2.0])
def test_tempo_changes_the_length_and_not_the_pitch(factor: float) -> None:
    clip = tone(24_000, 2.0)
    changed = change_tempo(clip, factor)
    assert changed.rate == clip.rate
    assert changed.duration == pytest.approx(2.0 / factor, rel=0.03)
    assert dominant_frequency(changed) == pytest.approx(440, abs=5)
    assert audio.rms_db(changed) == pytest.approx(audio.rms_db(clip), abs=1)


def test_tempo_of_nothing_is_nothing() -> None:
    assert len(change_tempo(Audio(np.zeros(0, np.float32), 24_000), 2.0).samples) == 0
    assert change_tempo(tone(24_000, 0.005), 2.0).duration < 0.02
