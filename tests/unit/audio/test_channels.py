"""Tests of files whose two channels hold different speakers, and of those whose channels do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from funaudio_core import audio
from funaudio_core.audio import decode
from funaudio_core.audio.container import Source, TrackStatistics, read_frames
from funaudio_core.types import Samples
from tests.conftest import example

RATE = 16_000
FIRST, SECOND = (audio.load(example(*row).path, rate=RATE).samples for row in (("en", "happy"), ("en", "angry")))


def placed(*parts: tuple[float, Samples], seconds: float = 12.0) -> Samples:
    """Return silence with sounds at some seconds."""
    samples = np.zeros(round(seconds * RATE), np.float32)
    for start, part in parts:
        samples[round(start * RATE) :][: len(part)] += part
    return samples


def write(path: Path, *channels: Samples, suffix: str = "wav") -> Path:
    soundfile.write(path / f"clip.{suffix}", np.stack(channels, axis=1), RATE)
    return path / f"clip.{suffix}"


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg"])
@pytest.mark.parametrize("overlap", [0.0, 1.5])
def test_a_speaker_on_each_channel_is_split(tmp_path: Path, suffix: str, overlap: float) -> None:
    left = placed((0.5, FIRST), (8.0 - overlap, FIRST))
    right = placed((4.2 - overlap, SECOND))
    channels = audio.load_channels(write(tmp_path, left, right, suffix=suffix), rate=RATE)
    assert len(channels) == 2
    for channel, expected in zip(channels, (left, right), strict=True):
        assert np.corrcoef(channel.samples[: len(expected)], expected[: len(channel.samples)])[0, 1] > 0.95
        assert "two channels hold different speakers" in str(channel.notes[0])


def test_a_call_is_decoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, opened = write(tmp_path, placed((0.5, FIRST), (8.0, FIRST)), placed((4.2, SECOND))), []

    def read_once(*arguments: Any) -> Any:
        opened.append(arguments)
        return read_frames(*arguments)

    monkeypatch.setattr(decode, "read_frames", read_once)
    assert len(audio.load_channels(path, rate=RATE)) == 2
    assert len(opened) == 1


def test_channels_with_the_same_speakers_are_joined_while_they_are_decoded(tmp_path: Path) -> None:
    talk = np.tile(placed((0.5, FIRST), (5.0, SECOND)), 6)
    found = TrackStatistics()
    source = Source(is_split=True)
    samples, _ = decode._decode(write(tmp_path, talk, 0.5 * talk), source, found, None, RATE)
    assert samples.shape == talk.shape
    np.testing.assert_allclose(samples, 0.75 * talk, atol=1e-3)


def test_speech_on_both_channels_is_mixed(tmp_path: Path) -> None:
    talk = placed((0.5, FIRST), (5.0, SECOND))
    for other in (talk, 0.3 * talk, np.roll(talk, 160), 0 * talk):  # a copy, quieter, ten ms later, and a dead channel
        (clip,) = audio.load_channels(write(tmp_path, talk, other), rate=RATE)
        assert clip.notes == ()


def test_independent_noise_on_both_channels_is_mixed(tmp_path: Path) -> None:
    noises = np.random.default_rng(0).normal(scale=0.05, size=(2, 8 * RATE)).astype(np.float32)
    swell = np.repeat(np.random.default_rng(1).uniform(0.1, 1.0, 32), RATE // 4).astype(np.float32)
    assert len(audio.load_channels(write(tmp_path, *(noises * swell)), rate=RATE)) == 1


def test_a_call_is_mixed_for_those_who_take_one_clip(tmp_path: Path) -> None:
    left, right = placed((0.5, FIRST)), placed((4.2, SECOND))
    clip = audio.load(write(tmp_path, left, right), rate=RATE)
    np.testing.assert_allclose(clip.samples, (left + right) / 2, atol=1e-3)


def test_the_mix_of_channels_is_their_mean() -> None:
    channels = [audio.from_array(RATE, values) for values in (np.ones(4, np.float32), np.zeros(4, np.float32))]
    assert audio.mix(channels).samples.tolist() == [0.5] * 4
    assert audio.mix(channels[:1]) is channels[0]
