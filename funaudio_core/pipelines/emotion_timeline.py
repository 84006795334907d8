"""Emotions of a voice over time, estimated in windows that slide over the speech of a clip."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from funaudio_core.engines.protocols import SpeechEmotionRecognizer
from funaudio_core.errors import BadInput
from funaudio_core.types import Audio, Emotion, Span

WINDOW_SECONDS = 3.0  # a short sentence; shorter windows have too few words for an emotion
HOP_SECONDS = 1.0  # between windows
MIN_WINDOW_SECONDS, MAX_WINDOW_SECONDS = 0.5, 30.0
BATCH_WINDOWS = 32  # classified together: bounds the memory, and spans are yielded while the rest is classified


def emotion_timeline(
    clip: Audio,
    speech: Sequence[Span],
    recognizer: SpeechEmotionRecognizer,
    window: float = WINDOW_SECONDS,
    hop: float = HOP_SECONDS,
) -> Iterator[Span | None]:
    """Return the spans of one emotion each, in order of time and without overlap.

    A window of `window` seconds is classified every `hop` seconds; the result counts for the `hop` seconds in its
    middle. There are gaps where there is no speech, and where the emotion is unknown.

    Args:
        clip: The recording.
        speech: Its speech, sorted by start.
        recognizer: Estimates the emotions.
        window: Length of a window in seconds.
        hop: Seconds from one window to the next.

    Returns:
        Spans labelled with codes of labels.EMOTIONS, each as soon as it has ended, scored by the mean confidence; and
        None after every BATCH_WINDOWS windows, so that the caller can stop during a long span.

    Raises:
        BadInput: The window or the hop is out of range.
    """
    if not (MIN_WINDOW_SECONDS <= window <= MAX_WINDOW_SECONDS and MIN_WINDOW_SECONDS / 2 <= hop <= window):
        raise BadInput(
            "A window of {window:g} s with a hop of {hop:g} s isn't supported. "
            "Use a window of {low:g} to {high:g} s and a hop no longer than the window.",
            window=window,
            hop=hop,
            low=MIN_WINDOW_SECONDS,
            high=MAX_WINDOW_SECONDS,
        )
    return _classify_cells(clip, _cells(clip.duration, speech, hop), recognizer, hop, window)


def _cells(duration: float, speech: Sequence[Span], hop: float) -> list[tuple[float, float]]:
    """Return start and end of the speech in each piece of `hop` seconds; pieces with little speech are left out."""
    cells = []
    for index in range(int(-(-duration // hop))):
        start, end = index * hop, min((index + 1) * hop, duration)
        spoken = [(max(start, s.start), min(end, s.end)) for s in speech if s.start < end and s.end > start]
        if sum(span_end - span_start for span_start, span_end in spoken) >= hop / 10:  # less is not worth a window
            cells.append((spoken[0][0], spoken[-1][1]))
    return cells


def _classify_cells(
    clip: Audio, cells: list[tuple[float, float]], recognizer: SpeechEmotionRecognizer, hop: float, window: float
) -> Iterator[Span | None]:
    """Yield the spans of consecutive cells with the same emotion, and None after each batch."""
    current: Span | None = None
    for first in range(0, len(cells), BATCH_WINDOWS):
        batch = cells[first : first + BATCH_WINDOWS]
        middles = [(start + end) / 2 for start, end in batch]
        emotions = recognizer.classify([clip.slice(middle - window / 2, middle + window / 2) for middle in middles])
        for (start, end), emotion in zip(batch, emotions, strict=True):
            if current is not None and not _continues(current, emotion, start, hop):
                yield current
                current = None
            if emotion is not None:
                current = _extend(current, Span(emotion.label, start, end, emotion.confidence))
        yield None
    if current is not None:
        yield current


def _continues(span: Span, emotion: Emotion | None, start: float, hop: float) -> bool:
    return emotion is not None and emotion.label == span.label and start - span.end < hop


def _extend(span: Span | None, cell: Span) -> Span:
    if span is None:
        return cell
    span_seconds, cell_seconds = span.end - span.start, cell.end - cell.start
    score = (span.score * span_seconds + cell.score * cell_seconds) / (span_seconds + cell_seconds)
    return replace(span, end=cell.end, score=score)
