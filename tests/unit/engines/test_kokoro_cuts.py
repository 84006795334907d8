"""Division of a sentence into pieces: at pauses, after .7 s, growing, none for short sentences."""

import numpy as np
import pytest

from funaudio_core.engines.kokoro.phonemized import PhonemizedWord
from funaudio_core.engines.kokoro.render import ONSET_LEAD_FRAMES, find_cuts

EDGE_FRAMES = 12


def cut(words: list[tuple[str, int]]) -> dict[int, int]:
    """Return the cuts of words, given as suffix and frames; frames are counted from the first word."""
    phonemized = [PhonemizedWord(f"word{i}", "a", suffix) for i, (suffix, _) in enumerate(words)]
    durations = [EDGE_FRAMES]
    for suffix, frames in words:
        durations += [frames - len(suffix), *[1] * len(suffix)]
    starts = np.concatenate([[0], np.cumsum([*durations, EDGE_FRAMES])])
    return {word: frame - EDGE_FRAMES for word, frame in find_cuts(phonemized, starts).items()}


def test_pieces_grow() -> None:
    cuts = cut([(" ", 10)] * 40)
    assert list(cuts) == [3, 9, 21]
    assert cuts[3] == 30 - ONSET_LEAD_FRAMES


def test_pause_ends_the_first_piece_early() -> None:
    words = [(" ", 12)] * 20
    assert next(iter(cut(words))) == 3
    words[1] = (", ", 12)
    assert next(iter(cut(words))) == 2


@pytest.mark.parametrize("count", [1, 9])
def test_short_sentence_is_whole(count: int) -> None:
    assert cut([(" ", 10)] * count) == {}


def test_last_piece_is_not_tiny() -> None:
    assert cut([(" ", 55), (" ", 50), (" ", 20)]) == {1: 55 - ONSET_LEAD_FRAMES}
