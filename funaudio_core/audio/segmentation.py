"""From frame-wise probabilities to spans, and from spans to stretches that a recogniser can take.

Shared by every recogniser. Pure NumPy: knows no model.
"""

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

FRAME_SECONDS = 0.01  # seconds between two probabilities: the hop of the usual 25-ms speech window
SMOOTHING_FRAMES = 5  # frames averaged before the threshold; FireRedVAD's own value
MAX_WINDOW_SECONDS = 30.0  # seconds; what most recognisers were trained on
MAX_GAP_SECONDS = 0.8  # seconds; a pause up to this long stays inside a stretch, as it does inside a sentence
PADDING_SECONDS = 0.2  # seconds kept around speech, for soft onsets and endings
CHAPTER_SECONDS = 120.0  # seconds of a long clip worked on at a time, so that the first result comes soon
MAX_CONFIRMATION_SECONDS = 1.0  # seconds; no start of speech is reported later than this after it
_LEVEL_FRAME_SECONDS = 0.02  # seconds
QUIET_SECONDS = 0.1  # seconds; a cut wants a tenth of a second that is quiet, not one lucky sample

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Edge:
    """Where speech begins (`speech` is True) or ends (False), in seconds from the start of the stream."""

    speech: bool
    time: float


@dataclass(frozen=True, slots=True)
class SpeechWindow:
    """What a recogniser takes at a time, in seconds of the clip, and the speech in it, never none."""

    start: float
    end: float
    speech: tuple[Span, ...]

    @property
    def speech_bounds(self) -> tuple[float, float]:
        """From the first word to the last, without what was kept around them."""
        return max(self.start, self.speech[0].start), min(self.end, self.speech[-1].end)


def find_spans(
    probabilities: NDArray[np.float32], label: str, threshold: float, min_seconds: float, max_gap: float
) -> tuple[Span, ...]:
    """Stretches where the smoothed probability reaches `threshold`, in order.

    probabilities: shape (n,), one every FRAME seconds. Gaps below `silence` seconds are closed first, then
    stretches below `shortest` seconds are dropped. The score is the mean probability.
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
    clip: Audio, detect_speech: Callable[[Audio], Sequence[Span]], max_seconds: float = MAX_WINDOW_SECONDS, max_merged: float = math.inf
) -> Iterator[tuple[SpeechWindow, ...]]:
    """plan() for a clip of any length: one tuple a chapter, in order of time, chapters without speech left out.

    listen: the speech in a piece of sound, as a voice activity detector gives it. Memory stays bounded by a chapter.
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
    """Which stretches to hand over together, as indices into `seconds`, their lengths; each is in one batch.

    A batch costs its longest member times its size, for the others are padded, and `call` seconds on top: the split
    that costs least in all is taken. No batch is padded to more than `budget` seconds, but for one single stretch.
    The batch with the earliest stretch comes first.
    """
    order = sorted(range(len(durations)), key=durations.__getitem__)
    best: list[tuple[float, int]] = [(0.0, 0)]  # (cost of the shortest n, where their last batch begins)
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
    """What `work` makes of each index, in order of the indices, each as soon as it and all before it are known."""
    known: dict[int, T] = {}
    due = 0
    for group in groups:
        known.update(zip(group, work(group), strict=True))
        while due in known:
            yield known.pop(due)
            due += 1


def plan_windows(
    clip: Audio,
    speech: Sequence[Span],
    max_seconds: float = MAX_WINDOW_SECONDS,
    max_gap: float = MAX_GAP_SECONDS,
    padding: float = PADDING_SECONDS,
    max_merged: float = math.inf,
) -> tuple[Span, ...]:
    """What to hand to a recogniser: stretches of at most `longest` seconds, in order, never overlapping.

    Spans closer than `gap` seconds are taken together, while that makes no more than `joined` seconds; longer silence
    is left out, never filled up. A stretch that would be too long is cut in its later half: in the widest pause
    there, or else at the quietest moment.
    Each is widened by `padding` seconds, at most to the middle of the silence beside it.
    Times stay those of the clip: add a stretch's start to times measured inside it.
    """
    limit = max_seconds - 2 * padding
    cores: list[Span] = []
    group: list[Span] = []
    for span in sorted(speech, key=lambda span: span.start):
        if group and (span.start - group[-1].end > max_gap or span.end - group[0].start > max_merged):
            cores += _split_group(clip, group, limit)
            group = []
        group.append(span)
    if group:
        cores += _split_group(clip, group, limit)
    return tuple(_pad(cores, clip.duration, padding))


def split_chapters(clip: Audio, max_seconds: float = CHAPTER_SECONDS) -> tuple[tuple[float, float], ...]:
    """(start, end) in seconds of parts of at most `longest`, cut where it is quietest; together they are the clip."""
    parts = []
    start = 0.0
    while clip.duration - start > max_seconds:
        cut = find_quietest(clip, start + 0.75 * max_seconds, start + max_seconds)
        parts.append((start, cut))
        start = cut
    parts.append((start, clip.duration))
    return tuple(parts)


def find_quietest(clip: Audio, start: float, end: float, width: float = QUIET_SECONDS) -> float:
    """The middle of the quietest `calm` seconds between start and end; all in seconds."""
    power = 10.0 ** (audio.frame_db(clip.slice(start, end), _LEVEL_FRAME_SECONDS) / 10.0)
    frames = min(round(width / _LEVEL_FRAME_SECONDS), len(power))
    around = np.convolve(power, np.ones(frames), "valid")
    return start + (int(around.argmin()) + frames / 2) * _LEVEL_FRAME_SECONDS


def _split_group(clip: Audio, group: list[Span], limit: float) -> list[Span]:
    """One core per stretch of at most `limit` seconds, from spans that belong together."""
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
    seconds = [span.end - span.start for span in group]
    score = sum(span.score * length for span, length in zip(group, seconds, strict=True)) / max(sum(seconds), FRAME_SECONDS)
    return Span(group[0].label, group[0].start, group[-1].end, score)


def _pad(cores: list[Span], duration: float, padding: float) -> list[Span]:
    edges = [-2 * padding, *(edge for core in cores for edge in (core.start, core.end)), duration + 2 * padding]
    padded = []
    for index, core in enumerate(cores):
        before = min(padding, (core.start - edges[2 * index]) / 2)
        after = min(padding, (edges[2 * index + 3] - core.end) / 2)
        start, end = max(0.0, core.start - before), min(duration, core.end + after)
        padded.append(Span(core.label, start, end, core.score))
    return padded


class TurnDetector:
    """Finds where speech begins and ends in a stream of probabilities. One object per stream; not thread-safe.

    silence: seconds without speech that end a turn. shortest: seconds of speech that begin one. threshold: on the
    mean of the last SMOOTH probabilities; .5 is the default of FireRedVAD's streaming model.
    """

    def __init__(self, max_gap: float, min_seconds: float = 0.1, threshold: float = 0.5) -> None:
        self.speaking = False
        self._max_gap, self._min_seconds, self._threshold = max_gap, min_seconds, threshold
        self._recent: deque[float] = deque(maxlen=SMOOTHING_FRAMES)
        self._frames = 0  # heard so far
        self._run_start = 0  # frame at which the present run of speech, or of silence, began
        self._active = False  # whether the last frame was speech

    def push(self, probability: float) -> Edge | None:
        """Take the next frame; the edge that it confirms, if any."""
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
        """The end of the stream: ends a turn that is still open."""
        if not self.speaking:
            return None
        self.speaking = False
        return Edge(False, (self._frames if self._active else self._run_start) * FRAME_SECONDS)
