"""Division of a window: at pauses between languages, and around speech that the decoded words leave out.

Whisper writes one language and one phrase at a time: of two languages with a short pause between them it may leave out
one, and of a phrase said twelve times eleven. The words of a result are aligned with the audio, and where nothing is
aligned with speech, that part is decoded again on its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from funaudio_core.audio.segmentation import PADDING_SECONDS, SpeechWindow
from funaudio_core.types import Span, Word

MAX_WORD_SECONDS = 1.0  # the alignment stretches the first word after omitted speech over it, so only its end counts
MIN_SPAN_SECONDS = 0.5  # of speech between two pauses; shorter ones are breaths and hesitations
MIN_LANGUAGE_PAUSE_SECONDS = 0.5  # between two languages; shorter pauses are within sentences
MIN_LANGUAGE_SPEECH_SECONDS = 2.0  # of which the language is detected
MIN_STRETCH_SECONDS = 1.5  # without a word inside one span; slow speakers pause less


def find_omitted(words: Sequence[Word], window: SpeechWindow) -> tuple[Span, ...]:
    """Return the stretches of a window's speech that no word covers, in order. words: Aligned, in times of the clip."""
    covered = [(max(word.start, word.end - MAX_WORD_SECONDS), word.end) for word in words]
    return tuple(part for span in _speech(window) for part in _omitted_in_span(covered, span))


def _speech(window: SpeechWindow) -> list[Span]:
    """Return the speech of a window, of which a long span may begin before it and end after it."""
    return [Span(s.label, max(s.start, window.start), min(s.end, window.end), s.score) for s in window.speech]


def _omitted_in_span(covered: Sequence[tuple[float, float]], span: Span) -> list[Span]:
    """Return the whole span if no word ends in it, else its long stretches without a word."""
    inside = [(start, end) for start, end in covered if span.start < end and start < span.end]
    if not any(span.start < end <= span.end + PADDING_SECONDS for _, end in inside):
        return [span] if span.end - span.start >= MIN_SPAN_SECONDS else []
    found, last = [], span.start
    for start, end in [*sorted(inside), (span.end, span.end)]:
        if start - last >= MIN_STRETCH_SECONDS:
            found.append(Span(span.label, last, start, span.score))
        last = max(last, end)
    return found


def split_at_pauses(window: SpeechWindow) -> tuple[SpeechWindow, ...]:
    """Return the parts of a window between long pauses, each with enough speech to detect its language."""
    groups: list[list[Span]] = []
    for span in _speech(window):
        is_apart = bool(groups) and span.start - groups[-1][-1].end >= MIN_LANGUAGE_PAUSE_SECONDS
        if not groups or (is_apart and _seconds(groups[-1]) >= MIN_LANGUAGE_SPEECH_SECONDS):
            groups.append([])
        groups[-1].append(span)
    if len(groups) > 1 and _seconds(groups[-1]) < MIN_LANGUAGE_SPEECH_SECONDS:
        last = groups.pop()
        groups[-1] += last
    return _cut_between(window, groups)


def _seconds(spans: Sequence[Span]) -> float:
    return sum(span.end - span.start for span in spans)


def split_window(window: SpeechWindow, omitted: Sequence[Span], is_first: bool) -> tuple[SpeechWindow, ...]:
    """Return the window in parts that are omitted and parts that are not, each with its speech; none if it stays whole.

    Args:
        window: The window.
        omitted: Result of find_omitted().
        is_first: Whether the window is split for the first time: neighbouring spans then stay together as context.
    """
    groups: list[tuple[bool, list[Span]]] = []
    for is_omitted, piece in (each for span in _speech(window) for each in _cut(span, omitted)):
        if is_first and groups and groups[-1][0] == is_omitted:
            groups[-1][1].append(piece)
        else:
            groups.append((is_omitted, [piece]))
    if not omitted or len(groups) < 2:
        return ()
    return _cut_between(window, [pieces for _, pieces in groups])


def _cut_between(window: SpeechWindow, groups: Sequence[list[Span]]) -> tuple[SpeechWindow, ...]:
    """Return the parts of a window that hold these groups of its speech, cut in the middle of the pauses."""
    cuts = [(before[-1].end + after[0].start) / 2 for before, after in pairwise(groups)]
    edges = zip([window.start, *cuts], [*cuts, window.end], strict=True)
    return tuple(
        SpeechWindow(
            max(start, pieces[0].start - PADDING_SECONDS), min(end, pieces[-1].end + PADDING_SECONDS), tuple(pieces)
        )
        for (start, end), pieces in zip(edges, groups, strict=True)
    )


def _cut(span: Span, omitted: Sequence[Span]) -> list[tuple[bool, Span]]:
    """Return the pieces of a span, each with whether it is omitted."""
    pieces, start = [], span.start
    for part in omitted:
        if part.end <= span.start or part.start >= span.end:
            continue
        if part.start > start:
            pieces.append((False, Span(span.label, start, part.start, span.score)))
        pieces.append((True, part))
        start = part.end
    if start < span.end:
        pieces.append((False, Span(span.label, start, span.end, span.score)))
    return pieces
