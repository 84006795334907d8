"""Speech that decoded words leave out: where it is, and how the window is split around it."""

from __future__ import annotations

import pytest

from funaudio_core.audio.segmentation import SpeechWindow
from funaudio_core.engines.whisper.coverage import find_omitted, split_at_pauses, split_window
from funaudio_core.types import Span, Word


def spans(*bounds: tuple[float, float]) -> tuple[Span, ...]:
    return tuple(Span("speech", start, end) for start, end in bounds)


def words(*bounds: tuple[float, float]) -> list[Word]:
    return [Word("word", start, end) for start, end in bounds]


THREE = spans((0.0, 1.5), (1.9, 4.4), (4.8, 6.4))


@pytest.mark.parametrize(
    ("aligned", "omitted"),
    [
        (words((0.0, 0.7), (0.7, 1.5)), THREE[1:]),
        (words((0.0, 2.3), (2.3, 3.4), (3.4, 4.3)), (THREE[0], THREE[2])),  # the first word is stretched to the start
        (words((0.0, 0.7), (0.7, 1.4), (1.9, 5.0), (5.0, 6.3)), THREE[1:2]),  # and this one over what it leaves out
        (words((0.0, 1.0), (1.0, 1.4), (2.0, 3.0), (3.0, 4.4), (4.8, 5.8), (5.8, 6.4)), ()),
        ([], THREE),
    ],
)
def test_spans_without_the_end_of_a_word_are_omitted(aligned: list[Word], omitted: tuple[Span, ...]) -> None:
    assert find_omitted(aligned, SpeechWindow(0.0, 6.6, THREE)) == omitted


def test_long_stretches_within_a_span_are_omitted() -> None:
    window = SpeechWindow(0.0, 8.2, spans((0.0, 8.0)))
    assert find_omitted(words((0.0, 1.0), (1.0, 2.0)), window) == spans((2.0, 8.0))
    assert find_omitted(words((0.0, 6.0), (6.0, 7.0)), window) == spans((0.0, 5.0))
    assert find_omitted(words((0.0, 1.0), (1.5, 6.0), (6.0, 7.5)), window) == spans((1.0, 5.0))


def test_short_sounds_and_pauses_are_not_omissions() -> None:
    assert find_omitted(words((0.0, 1.0)), SpeechWindow(0.0, 2.0, spans((0.0, 1.2), (1.5, 1.9)))) == ()
    assert find_omitted(words((0.0, 1.0), (2.2, 3.0)), SpeechWindow(0.0, 3.3, spans((0.0, 3.2)))) == ()


def test_speech_beyond_the_window_is_of_no_concern() -> None:
    window = SpeechWindow(5.0, 10.0, spans((0.0, 20.0)))
    assert find_omitted(words((5.0, 6.0), (6.0, 7.0), (7.4, 8.4), (8.4, 9.6)), window) == ()
    assert find_omitted(words((5.0, 6.0), (6.0, 7.0)), window) == spans((7.0, 10.0))


def test_window_is_split_between_omitted_speech_and_the_rest() -> None:
    window = SpeechWindow(0.0, 6.6, THREE)
    kept, left_out = split_window(window, THREE[1:], is_first=True)
    assert kept.speech == THREE[:1]
    assert left_out.speech == THREE[1:]
    assert (kept.start, left_out.end) == (0.0, 6.6)
    assert 1.5 < kept.end <= left_out.start < 1.9
    assert [part.speech for part in split_window(window, THREE[1:], is_first=False)] == [(each,) for each in THREE]
    assert split_window(window, (), is_first=True) == ()
    assert split_window(window, THREE, is_first=True) == ()  # it would stay whole


def test_window_is_cut_inside_a_span() -> None:
    window = SpeechWindow(0.0, 8.2, spans((0.0, 8.0)))
    before, after = split_window(window, spans((2.0, 8.0)), is_first=True)
    assert before.speech == spans((0.0, 2.0))
    assert after.speech == spans((2.0, 8.0))
    assert before.end == after.start == 2.0


@pytest.mark.parametrize(
    ("speech", "parts"),
    [
        (spans((0.0, 2.4), (2.7, 4.9), (5.6, 8.7), (9.4, 12.0)), [(0.0, 5.25), (5.25, 9.05), (9.05, 12.2)]),
        (spans((0.0, 2.4), (2.7, 4.9), (5.2, 8.7)), [(0.0, 8.9)]),  # short pauses
        (spans((0.0, 1.0), (2.0, 3.5), (4.5, 5.5)), [(0.0, 5.7)]),  # too little speech at the start and at the end
    ],
)
def test_windows_are_split_at_long_pauses(speech: tuple[Span, ...], parts: list[tuple[float, float]]) -> None:
    found = split_at_pauses(SpeechWindow(0.0, speech[-1].end + 0.2, speech))
    assert [(part.start, part.end) for part in found] == [pytest.approx(bounds, abs=0.3) for bounds in parts]
    assert [span for part in found for span in part.speech] == list(speech)
