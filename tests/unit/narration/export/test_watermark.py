"""Tests of the search for the watermark in files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from funaudio_core.audio import save_wav
from funaudio_core.narration.export.watermark import Stretch, find_watermark
from funaudio_core.types import Audio
from tests.conftest import noise

RATE = 16_000


class ToneFinder:
    """Watermarker whose mark is a loud start of the sound that it is given."""

    def mark(self, audio: Audio) -> Audio:
        return audio

    def find(self, audio: Audio) -> float:
        return 1.0 if np.abs(audio.samples[:100]).max() > 0.5 else 0.0


def _write(path: Path, seconds: float, marked: tuple[float, ...], silent: tuple[float, float] = (0.0, 0.0)) -> Path:
    samples = noise(seconds, RATE, 0.05).samples.copy()
    samples[round(silent[0] * RATE) : round(silent[1] * RATE)] = 0.0
    for second in marked:
        samples[round(second * RATE) : round(second * RATE) + 100] = 0.9
    return save_wav(Audio(samples, RATE), path / "sound.wav")


def test_every_thirty_seconds_are_searched(tmp_path: Path) -> None:
    report = find_watermark(_write(tmp_path, 100.0, (0.0, 60.0)), ToneFinder())
    assert report.stretches == (Stretch(0.0, 30.0, 1.0), Stretch(30.0, 60.0, 0.0), Stretch(60.0, 100.0, 1.0))
    assert report.unmarked == (Stretch(30.0, 60.0, 0.0),)
    assert not report.is_marked


def test_silence_needs_no_mark(tmp_path: Path) -> None:
    shares: list[float] = []
    report = find_watermark(_write(tmp_path, 80.0, (0.0,), (30.0, 80.0)), ToneFinder(), shares.append)
    assert [stretch.confidence for stretch in report.stretches] == [1.0, None, None]
    assert report.is_marked
    assert shares == pytest.approx([30 / 80, 60 / 80, 1.0])


def test_a_silent_file_is_not_marked(tmp_path: Path) -> None:
    assert not find_watermark(_write(tmp_path, 5.0, (), (0.0, 5.0)), ToneFinder()).is_marked
