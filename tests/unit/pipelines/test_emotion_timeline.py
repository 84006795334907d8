"""The emotion timeline: windows over speech alone, runs of one feeling, and honest gaps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from funaudio_core.errors import BadInput
from funaudio_core.pipelines.emotion_timeline import BATCH_WINDOWS, emotion_timeline
from funaudio_core.types import Audio, Emotion, Span

RATE = 8_000


class Feels:
    """Reads the feeling from the level of the window's middle: loud is angry, quiet is sad, between it can't tell."""

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
    """(seconds, level) one after the other."""
    return Audio(np.concatenate([np.full(round(s * RATE), level, np.float32) for s, level in parts]), RATE)


def speech(*times: tuple[float, float]) -> list[Span]:
    return [Span("speech", start, end) for start, end in times]


def times(spans: Sequence[Span]) -> list[tuple[str, float, float]]:
    return [(span.label, round(span.start, 2), round(span.end, 2)) for span in spans]


def test_feelings_change_where_the_voice_does() -> None:
    sound = clip((5, 0.9), (4, 0.5), (6, 0.1))
    found = told(emotion_timeline(sound, speech((0, 15)), Feels(), window=3.0, hop=1.0))
    assert times(found) == [("angry", 0, 5), ("sad", 9, 15)]
    assert [span.score for span in found] == pytest.approx([0.9, 0.5])


def test_one_long_feeling_can_be_left_on_the_way() -> None:
    scanner = Feels()
    stream = emotion_timeline(clip((400, 0.1)), speech((0, 400)), scanner)
    assert next(stream) is None
    assert scanner.calls == 1
    stream.close()  # type: ignore[attr-defined]


def told(stream: Iterator[Span | None]) -> list[Span]:
    """The stretches alone, without the steps between them."""
    return [span for span in stream if span is not None]


def test_silence_is_never_read_and_leaves_a_gap() -> None:
    scanner = Feels()
    found = told(emotion_timeline(clip((20, 0.9)), speech((2.5, 5.0), (12.0, 14.0)), scanner))
    assert times(found) == [("angry", 2.5, 5.0), ("angry", 12.0, 14.0)]
    assert len(scanner.windows) == 5
    assert told(emotion_timeline(clip((20, 0.9)), [], scanner)) == []


def test_short_pauses_do_not_cut_a_feeling() -> None:
    found = told(emotion_timeline(clip((6, 0.1)), speech((0.0, 2.8), (3.3, 6.0)), Feels()))
    assert times(found) == [("sad", 0.0, 6.0)]


def test_long_clips_come_piece_by_piece() -> None:
    scanner = Feels()
    sound = clip(*[(10, 0.9), (10, 0.1)] * 20)
    stream = emotion_timeline(sound, speech((0, sound.duration)), scanner)
    first = next(stream)
    assert first is not None
    assert first.label == "angry"
    assert scanner.calls == 1
    assert [span.label for span in told(stream)] == ["sad", "angry"] * 19 + ["sad"]
    assert scanner.calls == -(-400 // BATCH_WINDOWS)
    assert max(scanner.windows) == pytest.approx(3.0)


@pytest.mark.parametrize(("window", "hop"), [(0.1, 0.1), (3.0, 4.0), (31.0, 1.0), (3.0, 0.0)])
def test_windows_that_make_no_sense_are_refused(window: float, hop: float) -> None:
    with pytest.raises(BadInput, match="isn't supported"):
        emotion_timeline(clip((5, 0.5)), speech((0, 5)), Feels(), window, hop)
