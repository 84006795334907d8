"""How the feeling of a voice moves through a clip: a window slides over the speech. Knows Protocols, never engines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from funaudio_core.engines.protocols import SpeechEmotionRecognizer
from funaudio_core.errors import BadInput
from funaudio_core.types import Audio, Emotion, Span

WINDOW_SECONDS = 3.0  # seconds; a short sentence: less holds too few words for a feeling
HOP_SECONDS = 1.0  # seconds
MIN_WINDOW_SECONDS, MAX_WINDOW_SECONDS = 0.5, 30.0  # seconds of a window
BATCH_WINDOWS = 32  # windows handed over together: bounded memory, and spans come while the rest is scanned


def emotion_timeline(
    clip: Audio,
    speech: Sequence[Span],
    recognizer: SpeechEmotionRecognizer,
    window: float = WINDOW_SECONDS,
    hop: float = HOP_SECONDS,
) -> Iterator[Span | None]:
    """Stretches of one emotion (labels.EMOTIONS) in order of time, each once it is over; they never overlap.

    None comes after every AT_ONCE windows, so that whoever wants to stop need not wait for the end of a long stretch.

    speech: where somebody speaks, sorted by start. A window of `window` seconds is read every `hop` seconds; what is
    read counts for the `hop` seconds in its middle. Where nobody speaks nothing is read, and where no emotion can be
    told there is a gap. The score is the mean confidence. Raises BadInput for a window or hop that makes no sense.
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
    return _spans(clip, _cells(clip.duration, speech, hop), recognizer, hop, window)


def _cells(duration: float, speech: Sequence[Span], hop: float) -> list[tuple[float, float]]:
    """Pieces of `hop` seconds, cut down to where somebody speaks in them; those with less than a tenth are left out."""
    cells = []
    for index in range(int(-(-duration // hop))):
        low, high = index * hop, min((index + 1) * hop, duration)
        spoken = [(max(low, s.start), min(high, s.end)) for s in speech if s.start < high and s.end > low]
        if sum(end - start for start, end in spoken) >= hop / 10:
            cells.append((spoken[0][0], spoken[-1][1]))
    return cells


def _spans(
    clip: Audio, cells: list[tuple[float, float]], scanner: SpeechEmotionRecognizer, hop: float, window: float
) -> Iterator[Span | None]:
    growing: Span | None = None
    for first in range(0, len(cells), BATCH_WINDOWS):
        some = cells[first : first + BATCH_WINDOWS]
        middles = [(start + end) / 2 for start, end in some]
        found = scanner.classify([clip.slice(middle - window / 2, middle + window / 2) for middle in middles])
        for (start, end), emotion in zip(some, found, strict=True):
            if growing is not None and not _goes_on(growing, emotion, start, hop):
                yield growing
                growing = None
            if emotion is not None:
                growing = _grown(growing, Span(emotion.label, start, end, emotion.confidence))
        yield None
    if growing is not None:
        yield growing


def _goes_on(span: Span, emotion: Emotion | None, start: float, hop: float) -> bool:
    return emotion is not None and emotion.label == span.label and start - span.end < hop


def _grown(span: Span | None, cell: Span) -> Span:
    if span is None:
        return cell
    old, new = span.end - span.start, cell.end - cell.start
    return replace(span, end=cell.end, score=(span.score * old + cell.score * new) / (old + new))
