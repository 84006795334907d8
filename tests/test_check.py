"""The self-check measures what it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from funaudio_core.engines.base import Hearing
from funaudio_core.pipelines import check
from funaudio_core.pipelines.speak import Take
from funaudio_core.types import Audio, Line, Segment, Voice

RATE = 16_000


class Parrot:
    """Hears always the same."""

    def __init__(self, text: str) -> None:
        self._text = text

    def transcribe(self, clip: Audio, hearing: Hearing) -> Iterator[Segment]:
        yield Segment(0.0, clip.duration, self._text, hearing.language or "en")


class Loudness:
    """Takes level for identity: enough to tell two voices apart here."""

    def embed(self, clip: Audio) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        level = float(np.abs(clip.samples).mean())
        return np.array([np.cos(level), np.sin(level)], np.float32)


def _tone(seconds: float, level: float, lead: float = 0.0) -> Audio:
    tone = level * np.sin(np.arange(int(seconds * RATE)) * 0.2)
    return Audio(np.concatenate([np.zeros(int(lead * RATE)), tone]).astype(np.float32), RATE)


def _take(sound: Audio, text: str) -> Take:
    return Take(sound, text, (), (), first_audio=0.3, seconds=1.0, seed=1)


def _line(voice: Voice) -> Line:
    return Line("one two three four", "en", voice)


PRESET = Voice("p", "en", preset="p")


def test_errors_are_counted_against_the_text() -> None:
    take = _take(_tone(2.0, 0.3), "one two three four")
    report = check.check(take, _line(PRESET), Parrot("one two free four"), Loudness())
    assert report.measure == "WER"
    assert report.error_rate == pytest.approx(0.25)
    assert not report.good_enough
    assert check.check(take, _line(PRESET), Parrot("One, two, three, four!"), Loudness()).good_enough
    assert report.rtf == pytest.approx(0.5)
    assert report.similarity is None


def test_similarity_is_measured_against_the_reference() -> None:
    take = _take(_tone(2.0, 0.3), "one two three four")
    near = Voice("r", "en", clip=_tone(3.0, 0.3))
    far = Voice("r", "en", clip=_tone(3.0, 0.9))
    scores = [check.check(take, _line(v), Parrot("one two three four"), Loudness()).similarity for v in (near, far)]
    assert scores[0] is not None
    assert scores[1] is not None
    assert scores[0] > scores[1]


def test_leading_silence_in_seconds() -> None:
    assert check.leading_silence(_tone(1.0, 0.5, lead=0.4)) == pytest.approx(0.4, abs=0.02)


def test_better_prefers_fewer_errors_then_the_nearer_voice() -> None:
    base = check.TakeReport("WER", 0.1, "", 0.7, 0.3, 0.5, 0.0)
    assert check.better(base, replace(base, error_rate=0.0, similarity=0.1)).error_rate == 0.0
    assert check.better(base, replace(base, similarity=0.8)).similarity == 0.8
    assert check.better(base, replace(base)) is base
