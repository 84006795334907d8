"""Tests of the shared data types: validation, slicing and joining."""

from __future__ import annotations

import numpy as np
import pytest

from funaudio_core.errors import BadInput
from funaudio_core.types import Audio, Segment, Transcript, Voice, Word


def test_audio_refuses_invalid_samples_and_rates() -> None:
    with pytest.raises(BadInput, match="mono float32"):
        Audio(np.zeros((2, 10), np.float32), 16_000)
    with pytest.raises(BadInput, match="mono float32"):
        Audio(np.zeros(10, np.float64), 16_000)
    with pytest.raises(BadInput, match="invalid samples"):
        Audio(np.array([0.0, np.inf], np.float32), 16_000)
    with pytest.raises(BadInput, match="10 Hz"):
        Audio(np.zeros(10, np.float32), 10)


def test_slice_takes_seconds_and_is_clamped() -> None:
    clip = Audio(np.linspace(0, 1, 16_000, endpoint=False, dtype=np.float32), 16_000)
    assert clip.slice(0.25, 0.5).duration == pytest.approx(0.25)
    assert clip.slice(0.25, 0.5).samples[0] == pytest.approx(0.25)
    assert clip.slice(-1, 99).duration == clip.duration
    assert clip.slice(2, 3).duration == 0


def test_pcm_is_clipped_not_wrapped() -> None:
    assert Audio(np.array([-2.0, -1.0, 0.0, 1.0, 2.0], np.float32), 16_000).pcm16().tolist() == [
        -32768,
        -32767,
        0,
        32767,
        32767,
    ]


def test_voice_is_either_a_preset_or_a_clip() -> None:
    with pytest.raises(BadInput, match="either"):
        Voice("x", "en")
    with pytest.raises(BadInput, match="either"):
        Voice("x", "en", preset="p", clip=Audio(np.zeros(10, np.float32), 16_000))


def test_transcript_text_has_spaces_by_language() -> None:
    english = (Segment(0, 1, "One.", "en"), Segment(1, 2, "Two.", "en"))
    chinese = (Segment(0, 1, "你好。", "zh"), Segment(1, 2, "再见。", "zh"))
    assert Transcript(english, "en", 1.0, 2.0, "x").text == "One. Two."
    assert Transcript(chinese, "zh", 1.0, 2.0, "x").text == "你好。再见。"


def test_words_shift() -> None:
    assert Word("a", 1.0, 2.0, 0.5).shift(0.5) == Word("a", 1.5, 2.5, 0.5)
