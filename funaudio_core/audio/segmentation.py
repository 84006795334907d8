"""Segmentation: speech spans from frame probabilities, and windows of speech that fit a recognizer."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from funaudio_core import audio
from funaudio_core.types import Audio, Span

FRAME_SECONDS = 0.01  # between two probabilities: the hop of the usual 25-ms analysis window
SMOOTHING_FRAMES = 5  # averaged before the threshold; FireRedVAD's own value
MAX_WINDOW_SECONDS = 30.0  # most recognizers were trained on no more
MAX_GAP_SECONDS = 0.8  # a pause up to this long, as within a sentence, stays inside a window
PADDING_SECONDS = 0.2  # around speech, for soft onsets and endings
CHAPTER_SECONDS = 120.0  # of a long clip processed at a time, so that the first result comes soon
MAX_CONFIRMATION_SECONDS = 1.0  # the start of speech is reported within this time
_LEVEL_FRAME_SECONDS = 0.02
QUIET_SECONDS = 0.1  # a cut needs this much quiet, not one quiet sample

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Edge:
    """Start (`speech` is True) or end of speech, in seconds from the start of the stream."""

    speech: bool
    time: float


@dataclass(frozen=True, slots=True)
class SpeechWindow:
    """Part of a clip for one call of a recognizer, in seconds of the clip, and the speech in it (at least one span)."""

    start: float
    end: float
    speech: tuple[Span, ...]

    @property
    def speech_bounds(self) -> tuple[float, float]:
        """Return start and end of the speech, without the padding."""
        return max(self.start, self.speech[0].start), min(self.end, self.speech[-1].end)


def find_spans(
    probabilities: NDArray[np.float32], label: str, threshold: float, min_seconds: float, max_gap: float
) -> tuple[Span, ...]:
    """Return the spans in which the smoothed probability reaches `threshold`, in order.

    Args:
        probabilities: Shape (n,), one every FRAME_SECONDS.
        label: Label of the spans.
        threshold: Least smoothed probability.
        min_seconds: Shorter spans are dropped, after gaps are closed.
        max_gap: Shorter gaps, in seconds, are closed.

    Returns:
        Spans, scored by their mean probability.
    """
    if len(probabilities) < SMOOTHING_FRAMES:
        return ()
    weights = np.convolve(np.ones(len(probabilities)), np.ones(SMOOTHING_FRAMES), "same")
    active = np.convolve(probabilities, np.ones(SMOOTHING_FRAMES), "same") / weights >= threshold
    steps = np.diff(np.concatenate(([0], active.astype(np.int8), [0])))
    found: list[tuple[int, int]] = []
    for start, end in zip(np.flatnonzero(steps == 1), np.flatnonzero(steps == -1), strict=True):
        if found and (start - found[-1][1]) * FRAME_SECONDS < max_gap:
            found[-1] = (found[-1][0], int(end))
        else:
            found.append((int(start), int(end)))
    return tuple(
        Span(label, start * FRAME_SECONDS, end * FRAME_SECONDS, float(probabilities[start:end].mean()))
        for start, end in found
        if (end - start) * FRAME_SECONDS >= min_seconds
    )


def find_windows(
    clip: Audio,
    detect_speech: Callable[[Audio], Sequence[Span]],
    max_seconds: float = MAX_WINDOW_SECONDS,
    max_merged: float = math.inf,
) -> Iterator[tuple[SpeechWindow, ...]]:
    """Yield the windows of each chapter of a clip in order, skipping chapters without speech.

    Memory is bounded by a chapter.

    Args:
        clip: Clip of any length.
        detect_speech: Returns the speech spans of a clip (voice activity detection).
        max_seconds: Maximum length of a window.
        max_merged: Maximum length of spans merged into one window.
    """
    for start, end in split_chapters(clip):
        chapter = clip.slice(start, end)
        speech = detect_speech(chapter)
        found = []
        for window in plan_windows(chapter, speech, max_seconds, max_merged=max_merged):
            inside = [span for span in speech if span.start < window.end and span.end > window.start]
            spoken = tuple(span.shift(start) for span in inside)
            found.append(SpeechWindow(window.start + start, window.end + start, spoken))
        if found:
            yield tuple(found)


def plan_batches(durations: Sequence[float], max_padded: float, call_cost: float) -> tuple[tuple[int, ...], ...]:
    """Return indices into `durations`, grouped into batches of least total cost; every index is in one batch.

    A batch costs its longest duration times its size, because shorter ones are padded, plus `call_cost` seconds. The
    batch with the earliest index comes first.

    Args:
        durations: Lengths in seconds.
        max_padded: Maximum padded seconds of a batch with more than one member.
        call_cost: Fixed cost of a batch in seconds.
    """
    order = sorted(range(len(durations)), key=durations.__getitem__)
    best: list[tuple[float, int]] = [(0.0, 0)]  # for the n shortest: (cost, index at which their last batch begins)
    for end in range(1, len(order) + 1):
        longest = durations[order[end - 1]]
        choices = []
        for begin in range(end - 1, -1, -1):
            padded = longest * (end - begin)
            if padded > max_padded and begin < end - 1:
                break
            choices.append((best[begin][0] + call_cost + padded, begin))
        best.append(min(choices))
    found = []
    end = len(order)
    while end:
        begin = best[end][1]
        found.append(tuple(sorted(order[begin:end])))
        end = begin
    return tuple(sorted(found))


def map_in_order(groups: Iterable[Sequence[int]], work: Callable[[Sequence[int]], Sequence[T]]) -> Iterator[T]:
    """Yield the results of `work` in order of the indices, each as soon as all before it are ready."""
    ready: dict[int, T] = {}
    next_index = 0
    for group in groups:
        ready.update(zip(group, work(group), strict=True))
        while next_index in ready:
            yield ready.pop(next_index)
            next_index += 1


def plan_windows(
    clip: Audio,
    speech: Sequence[Span],
    max_seconds: float = MAX_WINDOW_SECONDS,
    max_gap: float = MAX_GAP_SECONDS,
    padding: float = PADDING_SECONDS,
    max_merged: float = math.inf,
) -> tuple[Span, ...]:
    """Return non-overlapping windows of at most `max_seconds` for a recognizer, in order, in times of the clip.

    Longer silence is left out. A window that would be too long is cut in its later half: in the widest pause there, or
    else at the quietest moment. Padding extends at most to the middle of the silence beside a window.

    Args:
        clip: The clip.
        speech: Its speech spans, whose labels the windows get; those of different labels are never merged.
        max_seconds: Maximum length of a window.
        max_gap: Spans closer than this, in seconds, are merged.
        padding: Seconds added on either side.
        max_merged: Maximum seconds of merged spans.
    """
    limit = max_seconds - 2 * padding
    cores: list[Span] = []
    group: list[Span] = []
    for span in sorted(speech, key=lambda span: span.start):
        is_apart = group and (span.label != group[-1].label or span.start - group[-1].end > max_gap)
        if group and (is_apart or span.end - group[0].start > max_merged):
            cores += _split_group(clip, group, limit)
            group = []
        group.append(span)
    if group:
        cores += _split_group(clip, group, limit)
    return tuple(_pad(cores, clip.duration, padding))


def split_chapters(clip: Audio, max_seconds: float = CHAPTER_SECONDS) -> tuple[tuple[float, float], ...]:
    """Return (start, end) in seconds of consecutive parts of at most `max_seconds`, cut at quiet moments."""
    parts = []
    start = 0.0
    while clip.duration - start > max_seconds:
        cut = find_quietest(clip, start + 0.75 * max_seconds, start + max_seconds)
        parts.append((start, cut))
        start = cut
    parts.append((start, clip.duration))
    return tuple(parts)


def find_quietest(clip: Audio, start: float, end: float, width: float = QUIET_SECONDS) -> float:
    """Return the middle of the quietest `width` seconds between `start` and `end`, in seconds."""
    power = 10.0 ** (audio.frame_db(clip.slice(start, end), _LEVEL_FRAME_SECONDS) / 10.0)
    frames = min(round(width / _LEVEL_FRAME_SECONDS), len(power))
    around = np.convolve(power, np.ones(frames), "valid")
    return start + (int(around.argmin()) + frames / 2) * _LEVEL_FRAME_SECONDS


def _split_group(clip: Audio, group: list[Span], limit: float) -> list[Span]:
    """Split spans that belong together into merged spans of at most `limit` seconds."""
    cores = []
    while group[-1].end - group[0].start > limit:
        low, high = group[0].start + limit / 2, group[0].start + limit
        pauses = [
            (min(after.start, high) - max(before.end, low), (min(after.start, high) + max(before.end, low)) / 2)
            for before, after in pairwise(group)
        ]
        width, cut = max(pauses, default=(0.0, 0.0))
        if width <= 0.0:
            cut = find_quietest(clip, low, high)
        cores.append(_merge_spans([Span(s.label, s.start, min(s.end, cut), s.score) for s in group if s.start < cut]))
        group = [Span(s.label, max(s.start, cut), s.end, s.score) for s in group if s.end > cut]
    return [*cores, _merge_spans(group)]


def _merge_spans(group: list[Span]) -> Span:
    """Return one span over all, its score weighted by length."""
    seconds = [span.end - span.start for span in group]
    score = sum(span.score * length for span, length in zip(group, seconds, strict=True)) / max(
        sum(seconds), FRAME_SECONDS
    )
    return Span(group[0].label, group[0].start, group[-1].end, score)


def _pad(cores: list[Span], duration: float, padding: float) -> list[Span]:
    """Extend spans by `padding` seconds, at most to the middle of the silence beside them."""
    edges = [-2 * padding, *(edge for core in cores for edge in (core.start, core.end)), duration + 2 * padding]
    padded = []
    for index, core in enumerate(cores):
        before = min(padding, (core.start - edges[2 * index]) / 2)
        after = min(padding, (edges[2 * index + 3] - core.end) / 2)
        start, end = max(0.0, core.start - before), min(duration, core.end + after)
        padded.append(Span(core.label, start, end, core.score))
    return padded


class TurnDetector:
    """Detector of speech start and end in a stream of probabilities. One object per stream; not thread-safe."""

    def __init__(self, max_gap: float, min_seconds: float = 0.1, threshold: float = 0.5) -> None:
        """Create a detector for a new stream.

        Args:
            max_gap: Seconds without speech that end a turn.
            min_seconds: Seconds of speech that begin a turn.
            threshold: Least mean of the last SMOOTHING_FRAMES probabilities; 0.5 is FireRedVAD's own for streams.
        """
        self.speaking = False
        self._max_gap, self._min_seconds, self._threshold = max_gap, min_seconds, threshold
        self._recent: deque[float] = deque(maxlen=SMOOTHING_FRAMES)
        self._frames = 0  # pushed so far
        self._run_start = 0  # first frame of the current run of speech or silence
        self._active = False  # whether the last frame was speech

    def push(self, probability: float) -> Edge | None:
        """Add a frame's probability, and return the edge it confirms, if any."""
        self._recent.append(probability)
        active = sum(self._recent) / len(self._recent) >= self._threshold
        if active != self._active:
            self._active, self._run_start = active, self._frames
        self._frames += 1
        if active == self.speaking:
            return None
        needed = self._min_seconds if active else self._max_gap
        if (self._frames - self._run_start) * FRAME_SECONDS < needed - FRAME_SECONDS / 2:
            return None
        self.speaking = active
        return Edge(active, self._run_start * FRAME_SECONDS)

    def close(self) -> Edge | None:
        """End the stream, and return the end of a turn that is still open."""
        if not self.speaking:
            return None
        self.speaking = False
        return Edge(False, (self._frames if self._active else self._run_start) * FRAME_SECONDS)
