"""Tests of spans, windows, batches and turn detection on synthetic signals."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from funaudio_core.audio import segmentation
from funaudio_core.audio.segmentation import Edge, TurnDetector
from funaudio_core.types import Audio, Span

RATE = 8_000


def noise(seconds: float, quiet: tuple[float, float] | None = None) -> Audio:
    """Return white noise, nearly silent between the two times of `quiet`."""
    samples = np.random.default_rng(3).normal(0, 0.1, round(seconds * RATE)).astype(np.float32)
    if quiet:
        samples[round(quiet[0] * RATE) : round(quiet[1] * RATE)] *= 1e-3
    return Audio(samples, RATE)


def speech(*times: tuple[float, float]) -> list[Span]:
    return [Span("speech", start, end) for start, end in times]


def probabilities(*runs: tuple[int, float]) -> np.ndarray:
    return np.concatenate([np.full(count, value, np.float32) for count, value in runs])


def test_spans_close_short_gaps_and_drop_short_runs() -> None:
    spans = segmentation.find_spans(
        probabilities((50, 0), (100, 0.9), (10, 0), (100, 0.9), (80, 0), (8, 0.9), (50, 0)), "speech", 0.5, 0.15, 0.2
    )
    assert len(spans) == 1
    assert (spans[0].start, spans[0].end) == pytest.approx((0.5, 2.6), abs=0.03)
    assert spans[0].score == pytest.approx(0.86, abs=0.05)


def test_no_spans_in_silence_or_a_too_short_clip() -> None:
    assert segmentation.find_spans(np.zeros(500, np.float32), "speech", 0.5, 0.1, 0.2) == ()
    assert segmentation.find_spans(np.ones(2, np.float32), "speech", 0.5, 0.1, 0.2) == ()


def test_near_spans_share_a_window_and_long_silence_is_left_out() -> None:
    windows = segmentation.plan_windows(
        noise(20), speech((1, 2), (2.5, 4), (9, 10)), max_seconds=15, max_gap=0.8, padding=0.2
    )
    assert [(span.start, span.end) for span in windows] == [pytest.approx((0.8, 4.2)), pytest.approx((8.8, 10.2))]


def test_long_window_is_cut_at_its_quietest_moment() -> None:
    windows = segmentation.plan_windows(noise(20, quiet=(8.0, 8.3)), speech((0.5, 19)), max_seconds=12, padding=0.2)
    assert len(windows) == 2
    assert 8.0 < windows[0].end == windows[1].start < 8.3


def test_long_window_is_cut_in_its_longest_pause() -> None:
    windows = segmentation.plan_windows(
        noise(20), speech((0, 7), (7.1, 9), (9.6, 10.5), (10.6, 18)), max_seconds=12, padding=0.1
    )
    assert [(round(span.start, 1), round(span.end, 1)) for span in windows] == [(0.0, 9.1), (9.5, 18.1)]


@pytest.mark.parametrize("seed", range(20))
def test_windows_contain_all_speech_in_order_and_none_is_too_long(seed: int) -> None:
    random = np.random.default_rng(seed)
    times = np.cumsum(random.exponential(2.0, 40))
    spans = speech(*zip(times[::2].tolist(), times[1::2].tolist(), strict=True))
    clip = noise(float(times[-1]) + 1)
    windows = segmentation.plan_windows(clip, spans, max_seconds=6.0)
    assert all(span.end - span.start <= 6.0 + 1e-9 for span in windows)
    assert all(before.end <= after.start + 1e-9 for before, after in pairwise(windows))
    assert windows[0].start >= 0
    assert windows[-1].end <= clip.duration
    for moment in (moment for span in spans for moment in np.linspace(span.start, span.end, 9)):
        assert any(span.start - 1e-9 <= moment <= span.end + 1e-9 for span in windows)


def test_no_windows_without_speech() -> None:
    assert segmentation.plan_windows(noise(5), []) == ()


def test_chapters_cover_the_clip_and_are_cut_where_it_is_quiet() -> None:
    clip = noise(25, quiet=(9.0, 9.4))
    parts = segmentation.split_chapters(clip, max_seconds=10)
    assert parts[0][0] == 0
    assert parts[-1][1] == clip.duration
    assert all(before[1] == after[0] for before, after in pairwise(parts))
    assert 9.0 < parts[0][1] < 9.4
    assert segmentation.split_chapters(noise(5), max_seconds=10) == ((0.0, 5.0),)


def test_sentences_are_merged_up_to_a_length() -> None:
    spans = speech((0, 6), (6.5, 12), (12.5, 14), (14.5, 40))
    windows = segmentation.plan_windows(noise(41), spans, max_seconds=30, padding=0.0, max_merged=15.0)
    assert [(span.start, span.end) for span in windows] == [(0, 14), (14.5, 40)]
    assert len(segmentation.plan_windows(noise(41), speech((0, 40)), max_seconds=30, max_merged=15.0)) == 2


def test_windows_have_their_speech_and_times_relative_to_the_whole_clip() -> None:
    clip = noise(300)
    chapter_seconds: list[float] = []

    def detect(piece: Audio) -> list[Span]:
        chapter_seconds.append(piece.duration)
        return speech((1, 3), (3.2, 4), (20, 22)) if len(chapter_seconds) != 2 else []

    chapters = list(segmentation.find_windows(clip, detect, max_seconds=15))
    assert max(chapter_seconds) <= segmentation.CHAPTER_SECONDS
    assert sum(chapter_seconds) == pytest.approx(300, abs=0.01)
    assert len(chapters) == len(chapter_seconds) - 1
    first, second = chapters[-1]
    start = 300 - chapter_seconds[-1]
    assert (first.start, first.end) == pytest.approx((start + 0.8, start + 4.2), abs=0.01)
    assert first.speech_bounds == pytest.approx((start + 1, start + 4), abs=0.01)
    assert len(first.speech) == 2
    assert second.start == pytest.approx(start + 19.8, abs=0.01)


@pytest.mark.parametrize("seed", range(20))
def test_batches_contain_each_window_once_within_the_budget(seed: int) -> None:
    random = np.random.default_rng(seed)
    seconds = random.uniform(0.5, 30, random.integers(1, 40)).tolist()
    batches = segmentation.plan_batches(seconds, max_padded=60, call_cost=1.5)
    assert sorted(index for batch in batches for index in batch) == list(range(len(seconds)))
    assert all(len(batch) * max(seconds[i] for i in batch) <= 60 for batch in batches)
    assert [min(batch) for batch in batches] == sorted(min(batch) for batch in batches)


def test_batches_balance_padding_against_calls() -> None:
    assert segmentation.plan_batches([], 60, 1.0) == ()
    assert segmentation.plan_batches([1.0, 20.0, 1.1], 60, 1.0) == ((0, 2), (1,))
    assert segmentation.plan_batches([1.0, 20.0, 1.1], 60, 100.0) == ((0, 1, 2),)
    assert segmentation.plan_batches([1.0, 1.0], 60, 0.0) in (((0,), (1,)), ((0, 1),))
    assert segmentation.plan_batches([90.0, 90.0], 60, 1.0) == ((0,), (1,))


def test_results_are_yielded_in_order_as_soon_as_possible() -> None:
    processed: list[int] = []

    def process(group: Sequence[int]) -> list[str]:
        processed.extend(group)
        return [str(index) for index in group]

    stream = segmentation.map_in_order(((0, 3), (1,), (2, 4)), process)
    assert next(stream) == "0"
    assert processed == [0, 3]
    assert next(stream) == "1"
    assert processed == [0, 3, 1]
    assert list(stream) == ["2", "3", "4"]


def edges(turns: TurnDetector, *runs: tuple[int, float]) -> list[tuple[int, Edge]]:
    pushed = [(index, turns.push(float(value))) for index, value in enumerate(probabilities(*runs))]
    return [(index, edge) for index, edge in pushed if edge]


def test_turns_start_and_end_at_the_true_times() -> None:
    (start_frame, start), (end_frame, end) = edges(TurnDetector(max_gap=0.5), (100, 0.0), (200, 1.0), (100, 0.0))
    assert start.speech
    assert start.time == pytest.approx(1.0, abs=0.04)
    assert start_frame == pytest.approx(110, abs=4)
    assert not end.speech
    assert end.time == pytest.approx(3.0, abs=0.04)
    assert end_frame == pytest.approx(350, abs=4)


def test_short_pauses_and_clicks_give_no_edges() -> None:
    assert len(edges(TurnDetector(max_gap=0.5), (50, 0.0), (100, 1.0), (40, 0.0), (100, 1.0))) == 1
    assert edges(TurnDetector(max_gap=0.5), (50, 0.0), (6, 1.0), (50, 0.0)) == []


def test_closing_ends_an_open_turn_once() -> None:
    turns = TurnDetector(max_gap=0.5)
    edges(turns, (100, 1.0), (20, 0.0))
    edge = turns.close()
    assert edge is not None
    assert edge.time == pytest.approx(1.0, abs=0.04)
    assert turns.close() is None
