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

FRAME = 0.01  # seconds between two probabilities: the hop of the usual 25-ms speech window
SMOOTH = 5  # frames averaged before the threshold; FireRedVAD's own value
LONGEST = 30.0  # seconds; what most recognisers were trained on
GAP = 0.8  # seconds; a pause up to this long stays inside a stretch, as it does inside a sentence
PADDING = 0.2  # seconds kept around speech, for soft onsets and endings
CHAPTER = 120.0  # seconds of a long clip worked on at a time, so that the first result comes soon
CONFIRMATION = 1.0  # seconds; no start of speech is reported later than this after it
_QUIET_FRAME = 0.02  # seconds
CALM = 0.1  # seconds; a cut wants a tenth of a second that is quiet, not one lucky sample

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Edge:
    """Where speech begins (`speech` is True) or ends (False), in seconds from the start of the stream."""

    speech: bool
    time: float


@dataclass(frozen=True, slots=True)
class SpeechStretch:
    """What a recogniser takes at a time, in seconds of the clip, and the speech in it, never none."""

    start: float
    end: float
    speech: tuple[Span, ...]

    @property
    def spoken(self) -> tuple[float, float]:
        """From the first word to the last, without what was kept around them."""
        return max(self.start, self.speech[0].start), min(self.end, self.speech[-1].end)


def spans(
    probabilities: NDArray[np.float32], label: str, threshold: float, shortest: float, silence: float
) -> tuple[Span, ...]:
    """Stretches where the smoothed probability reaches `threshold`, in order.

    probabilities: shape (n,), one every FRAME seconds. Gaps below `silence` seconds are closed first, then
    stretches below `shortest` seconds are dropped. The score is the mean probability.
    """
    if len(probabilities) < SMOOTH:
        return ()
    weights = np.convolve(np.ones(len(probabilities)), np.ones(SMOOTH), "same")
    active = np.convolve(probabilities, np.ones(SMOOTH), "same") / weights >= threshold
    steps = np.diff(np.concatenate(([0], active.astype(np.int8), [0])))
    found: list[tuple[int, int]] = []
    for start, end in zip(np.flatnonzero(steps == 1), np.flatnonzero(steps == -1), strict=True):
        if found and (start - found[-1][1]) * FRAME < silence:
            found[-1] = (found[-1][0], int(end))
        else:
            found.append((int(start), int(end)))
    return tuple(
        Span(label, start * FRAME, end * FRAME, float(probabilities[start:end].mean()))
        for start, end in found
        if (end - start) * FRAME >= shortest
    )


def stretches(
    clip: Audio, listen: Callable[[Audio], Sequence[Span]], longest: float = LONGEST, joined: float = math.inf
) -> Iterator[tuple[SpeechStretch, ...]]:
    """plan() for a clip of any length: one tuple a chapter, in order of time, chapters without speech left out.

    listen: the speech in a piece of sound, as a voice activity detector gives it. Memory stays bounded by a chapter.
    """
    for start, end in chapters(clip):
        chapter = clip.slice(start, end)
        speech = listen(chapter)
        found = []
        for window in plan(chapter, speech, longest, joined=joined):
            inside = [span for span in speech if span.start < window.end and span.end > window.start]
            spoken = tuple(span.shift(start) for span in inside)
            found.append(SpeechStretch(window.start + start, window.end + start, spoken))
        if found:
            yield tuple(found)


def batches(seconds: Sequence[float], budget: float, call: float) -> tuple[tuple[int, ...], ...]:
    """Which stretches to hand over together, as indices into `seconds`, their lengths; each is in one batch.

    A batch costs its longest member times its size, for the others are padded, and `call` seconds on top: the split
    that costs least in all is taken. No batch is padded to more than `budget` seconds, but for one single stretch.
    The batch with the earliest stretch comes first.
    """
    order = sorted(range(len(seconds)), key=seconds.__getitem__)
    best: list[tuple[float, int]] = [(0.0, 0)]  # (cost of the shortest n, where their last batch begins)
    for end in range(1, len(order) + 1):
        longest = seconds[order[end - 1]]
        choices = []
        for begin in range(end - 1, -1, -1):
            padded = longest * (end - begin)
            if padded > budget and begin < end - 1:
                break
            choices.append((best[begin][0] + call + padded, begin))
        best.append(min(choices))
    found = []
    end = len(order)
    while end:
        begin = best[end][1]
        found.append(tuple(sorted(order[begin:end])))
        end = begin
    return tuple(sorted(found))


def in_order(groups: Iterable[Sequence[int]], work: Callable[[Sequence[int]], Sequence[T]]) -> Iterator[T]:
    """What `work` makes of each index, in order of the indices, each as soon as it and all before it are known."""
    known: dict[int, T] = {}
    due = 0
    for group in groups:
        known.update(zip(group, work(group), strict=True))
        while due in known:
            yield known.pop(due)
            due += 1


def plan(
    clip: Audio,
    speech: Sequence[Span],
    longest: float = LONGEST,
    gap: float = GAP,
    padding: float = PADDING,
    joined: float = math.inf,
) -> tuple[Span, ...]:
    """What to hand to a recogniser: stretches of at most `longest` seconds, in order, never overlapping.

    Spans closer than `gap` seconds are taken together, while that makes no more than `joined` seconds; longer silence
    is left out, never filled up. A stretch that would be too long is cut in its later half: in the widest pause
    there, or else at the quietest moment.
    Each is widened by `padding` seconds, at most to the middle of the silence beside it.
    Times stay those of the clip: add a stretch's start to times measured inside it.
    """
    limit = longest - 2 * padding
    cores: list[Span] = []
    group: list[Span] = []
    for span in sorted(speech, key=lambda span: span.start):
        if group and (span.start - group[-1].end > gap or span.end - group[0].start > joined):
            cores += _divide(clip, group, limit)
            group = []
        group.append(span)
    if group:
        cores += _divide(clip, group, limit)
    return tuple(_padded(cores, clip.duration, padding))


def chapters(clip: Audio, longest: float = CHAPTER) -> tuple[tuple[float, float], ...]:
    """(start, end) in seconds of parts of at most `longest`, cut where it is quietest; together they are the clip."""
    parts = []
    start = 0.0
    while clip.duration - start > longest:
        cut = quietest(clip, start + 0.75 * longest, start + longest)
        parts.append((start, cut))
        start = cut
    parts.append((start, clip.duration))
    return tuple(parts)


def quietest(clip: Audio, start: float, end: float, calm: float = CALM) -> float:
    """The middle of the quietest `calm` seconds between start and end; all in seconds."""
    power = 10.0 ** (audio.frame_db(clip.slice(start, end), _QUIET_FRAME) / 10.0)
    width = min(round(calm / _QUIET_FRAME), len(power))
    around = np.convolve(power, np.ones(width), "valid")
    return start + (int(around.argmin()) + width / 2) * _QUIET_FRAME


def _divide(clip: Audio, group: list[Span], limit: float) -> list[Span]:
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
            cut = quietest(clip, low, high)
        cores.append(_core([Span(s.label, s.start, min(s.end, cut), s.score) for s in group if s.start < cut]))
        group = [Span(s.label, max(s.start, cut), s.end, s.score) for s in group if s.end > cut]
    return [*cores, _core(group)]


def _core(group: list[Span]) -> Span:
    seconds = [span.end - span.start for span in group]
    score = sum(span.score * length for span, length in zip(group, seconds, strict=True)) / max(sum(seconds), FRAME)
    return Span(group[0].label, group[0].start, group[-1].end, score)


def _padded(cores: list[Span], duration: float, padding: float) -> list[Span]:
    edges = [-2 * padding, *(edge for core in cores for edge in (core.start, core.end)), duration + 2 * padding]
    padded = []
    for index, core in enumerate(cores):
        before = min(padding, (core.start - edges[2 * index]) / 2)
        after = min(padding, (edges[2 * index + 3] - core.end) / 2)
        start, end = max(0.0, core.start - before), min(duration, core.end + after)
        padded.append(Span(core.label, start, end, core.score))
    return padded


class TurnTaking:
    """Finds where speech begins and ends in a stream of probabilities. One object per stream; not thread-safe.

    silence: seconds without speech that end a turn. shortest: seconds of speech that begin one. threshold: on the
    mean of the last SMOOTH probabilities; .5 is the default of FireRedVAD's streaming model.
    """

    def __init__(self, silence: float, shortest: float = 0.1, threshold: float = 0.5) -> None:
        self.speaking = False
        self._silence, self._shortest, self._threshold = silence, shortest, threshold
        self._recent: deque[float] = deque(maxlen=SMOOTH)
        self._frames = 0  # heard so far
        self._since = 0  # frame at which the present run of speech, or of silence, began
        self._active = False  # whether the last frame was speech

    def push(self, probability: float) -> Edge | None:
        """Take the next frame; the edge that it confirms, if any."""
        self._recent.append(probability)
        active = sum(self._recent) / len(self._recent) >= self._threshold
        if active != self._active:
            self._active, self._since = active, self._frames
        self._frames += 1
        if active == self.speaking:
            return None
        needed = self._shortest if active else self._silence
        if (self._frames - self._since) * FRAME < needed - FRAME / 2:
            return None
        self.speaking = active
        return Edge(active, self._since * FRAME)

    def close(self) -> Edge | None:
        """The end of the stream: ends a turn that is still open."""
        if not self.speaking:
            return None
        self.speaking = False
        return Edge(False, (self._frames if self._active else self._since) * FRAME)
