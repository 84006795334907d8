"""Emotion timeline: windows over speech, spans of one emotion, and gaps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from funaudio_core.errors import BadInput
from funaudio_core.pipelines.emotion_timeline import BATCH_WINDOWS, emotion_timeline
from funaudio_core.types import Audio, Emotion, Span

RATE = 8_000


class LevelEmotionRecognizer:
    """Recognizer by the level in the middle of a window: loud is angry, quiet is sad, anything between is unknown."""

    def __init__(self) -> None:
        self.windows: list[float] = []
        self.calls = 0

    def classify(self, clips: Sequence[Audio]) -> list[Emotion | None]:
        self.calls += 1
        self.windows += [clip.duration for clip in clips]
        return [self._one(clip.samples[len(clip.samples) // 2]) for clip in clips]

    def _one(self, level: float) -> Emotion | None:
        if level > 0.8:
            return Emotion("angry", 0.9)
        return Emotion("sad", 0.5) if level < 0.2 else None


def clip(*parts: tuple[float, float]) -> Audio:
    """Return parts of given (seconds, level), concatenated."""
    return Audio(np.concatenate([np.full(round(s * RATE), level, np.float32) for s, level in parts]), RATE)


def speech(*times: tuple[float, float]) -> list[Span]:
    return [Span("speech", start, end) for start, end in times]


def times(spans: Sequence[Span]) -> list[tuple[str, float, float]]:
    return [(span.label, round(span.start, 2), round(span.end, 2)) for span in spans]


def test_spans_follow_the_voice() -> None:
    sound = clip((5, 0.9), (4, 0.5), (6, 0.1))
    found = spans_of(emotion_timeline(sound, speech((0, 15)), LevelEmotionRecognizer(), window=3.0, hop=1.0))
    assert times(found) == [("angry", 0, 5), ("sad", 9, 15)]
    assert [span.score for span in found] == pytest.approx([0.9, 0.5])


def test_iteration_can_stop_during_long_span() -> None:
    recognizer = LevelEmotionRecognizer()
    stream = emotion_timeline(clip((400, 0.1)), speech((0, 400)), recognizer)
    assert next(stream) is None
    assert recognizer.calls == 1
    stream.close()  # type: ignore[attr-defined]


def spans_of(stream: Iterator[Span | None]) -> list[Span]:
    """Return the spans without the None values between them."""
    return [span for span in stream if span is not None]


def test_silence_is_not_classified_and_leaves_gap() -> None:
    recognizer = LevelEmotionRecognizer()
    found = spans_of(emotion_timeline(clip((20, 0.9)), speech((2.5, 5.0), (12.0, 14.0)), recognizer))
    assert times(found) == [("angry", 2.5, 5.0), ("angry", 12.0, 14.0)]
    assert len(recognizer.windows) == 5
    assert spans_of(emotion_timeline(clip((20, 0.9)), [], recognizer)) == []


def test_short_pauses_do_not_split_span() -> None:
    found = spans_of(emotion_timeline(clip((6, 0.1)), speech((0.0, 2.8), (3.3, 6.0)), LevelEmotionRecognizer()))
    assert times(found) == [("sad", 0.0, 6.0)]


def test_long_clip_is_classified_in_batches() -> None:
    recognizer = LevelEmotionRecognizer()
    sound = clip(*[(10, 0.9), (10, 0.1)] * 20)
    stream = emotion_timeline(sound, speech((0, sound.duration)), recognizer)
    first = next(stream)
    assert first is not None
    assert first.label == "angry"
    assert recognizer.calls == 1
    assert [span.label for span in spans_of(stream)] == ["sad", "angry"] * 19 + ["sad"]
    assert recognizer.calls == -(-400 // BATCH_WINDOWS)
    assert max(recognizer.windows) == pytest.approx(3.0)


@pytest.mark.parametrize(("window", "hop"), [(0.1, 0.1), (3.0, 4.0), (31.0, 1.0), (3.0, 0.0)])
def test_invalid_windows_are_refused(window: float, hop: float) -> None:
    with pytest.raises(BadInput, match="isn't supported"):
        emotion_timeline(clip((5, 0.5)), speech((0, 5)), LevelEmotionRecognizer(), window, hop)
