"""Vocabulary: text, words and tags of tokens."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from funaudio_core.engines.sensevoice import prompt
from funaudio_core.engines.sensevoice.ctc import Token
from funaudio_core.engines.sensevoice.tokens import Vocabulary
from funaudio_core.engines.sensevoice.word_times import merge_pieces
from funaudio_core.labels import EMOTIONS, EVENTS
from tests.checkpoints import sensevoice as checkpoints

ROW = 0.06  # seconds


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    path = tmp_path_factory.mktemp("vocabulary") / "bpe.model"
    path.write_bytes(checkpoints.sentencepiece_model())
    return Vocabulary(path)


def tokens(*pieces: str, first: int = 0) -> list[tuple[str, Token]]:
    """Return pieces with tokens of one row each, in every other row."""
    return [(piece, Token(1, first + 2 * i, first + 2 * i + 1, 0.9 - 0.1 * i)) for i, piece in enumerate(pieces)]


def test_tags_are_left_out_of_text_and_words(vocabulary: Vocabulary) -> None:
    assert set(vocabulary.tag_ids) == set(checkpoints.TAGS)
    others = [id_ for id_ in range(vocabulary.size) if id_ not in vocabulary.tag_ids.values()]
    for tag in vocabulary.tag_ids.values():
        ids = [others[40], tag, others[60], tag]
        assert "<|" not in vocabulary.text(ids)
        assert vocabulary.text(ids) == vocabulary.text([others[40], others[60]])
        tokens_of_ids = [Token(id_, place, place + 1, 1.0) for place, id_ in enumerate(ids)]
        assert all("<|" not in word.text for word in vocabulary.words(tokens_of_ids, ROW))
    assert vocabulary.text(range(vocabulary.size)).count("<") == 0


def test_control_pieces_have_no_text(vocabulary: Vocabulary) -> None:
    assert vocabulary.text([0, 1, 2]) == ""
    assert vocabulary.words([Token(id_, id_, id_ + 1, 1.0) for id_ in (0, 1, 2)], ROW) == ()


def test_decoding_keeps_spaces_and_articles(tmp_path: Path, vocabulary: Vocabulary) -> None:
    """The reference joins "One. Two." and deletes every "The."."""
    from sentencepiece import SentencePieceProcessor

    (tmp_path / "bpe.model").write_bytes(checkpoints.sentencepiece_model())
    encode = SentencePieceProcessor(model_file=str(tmp_path / "bpe.model")).encode
    for text in ("the. train leaves. the. world", "今天的天气非常好。", "오늘은 날씨가", "hello 公園 speech."):
        assert vocabulary.text(encode(text)) == text


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        (("▁hel", "lo", "▁world", "."), ["hello", "world."]),
        (("▁今天", "天", "气", "。"), ["今", "天", "天", "气。"]),
        (("▁", "我", "▁use", "GPT", "▁", "了"), ["我", "useGPT", "了"]),
        (("好", "App", "le", "吗", "？"), ["好", "Apple", "吗？"]),
        (("▁오늘", "은", "▁날", "씨"), ["오늘은", "날씨"]),
        (("カ", "ー", "ド", "々"), ["カ", "ー", "ド", "々"]),
        (("▁", "▁"), []),
        ((), []),
    ],
)
def test_pieces_are_merged_into_words(pieces: tuple[str, ...], words: list[str]) -> None:
    found = list(merge_pieces(tokens(*pieces), ROW))
    assert [word.text for word in found] == words
    assert all(word.start <= word.end for word in found)
    assert all(before.end <= after.start + 1e-9 for before, after in pairwise(found))


def test_word_times_match_funasr() -> None:
    """Row f covers [60 f - 30, 60 f + 30) ms, clamped to the start of the clip."""
    first, second = merge_pieces(tokens("▁a", "b", "▁c"), ROW)
    assert (first.start, first.end) == pytest.approx((0.0, 0.150))
    assert (second.start, second.end) == pytest.approx((0.210, 0.270))
    assert first.probability == pytest.approx(0.8)
    shared = list(merge_pieces(tokens("你好吗", first=10), ROW))
    assert [(w.start, w.end) for w in shared] == [pytest.approx((0.57 + 0.02 * i, 0.59 + 0.02 * i)) for i in range(3)]


def logits(vocabulary: Vocabulary, *row_tags: dict[str, float]) -> np.ndarray:
    found = np.full((prompt.PROMPT_ROWS, vocabulary.size), -9.0, np.float32)
    for row, tag_values in zip(found, row_tags, strict=False):
        for tag, value in tag_values.items():
            row[vocabulary.tag_ids[tag]] = value
    return found


def test_tags_become_labels(vocabulary: Vocabulary) -> None:
    result = vocabulary.read_tags(logits(vocabulary, {"yue": 2.0, "zh": 1.0}, {"FEARFUL": 5.0}, {"Cry": 4.0}))
    assert result.language == "yue"
    assert result.language_probability == pytest.approx(1 / (1 + np.exp(-1)), abs=1e-3)
    assert result.emotion is not None
    assert (result.emotion.label, result.emotion.basis) == ("fear", "tags")
    assert result.emotion.confidence > 0.99
    assert result.event is not None
    assert result.event[0] == "crying"


def test_unknown_tags_give_no_emotion_and_no_event(vocabulary: Vocabulary) -> None:
    for event in ("Speech", "Event_UNK", "GBG"):
        result = vocabulary.read_tags(logits(vocabulary, {"en": 1.0}, {"EMO_UNKNOWN": 1.0}, {event: 1.0}))
        assert result.emotion is None
        assert result.event is None


def test_language_is_chosen_from_candidates(vocabulary: Vocabulary) -> None:
    tag_logits = logits(vocabulary, {"zh": 5.0, "ja": 4.0, "en": 1.0})
    assert vocabulary.read_tags(tag_logits).language == "zh"
    allowed = vocabulary.read_tags(tag_logits, frozenset({"ja", "en"}))
    assert allowed.language == "ja"
    assert allowed.language_probability == pytest.approx(1 / (1 + np.exp(-3)), abs=1e-3)


def test_each_label_has_a_tag_of_its_own() -> None:
    tags = [label.tag for table in (EMOTIONS, EVENTS) for label in table.values()]
    assert len(set(tags)) == len(tags)
    assert set(tags) <= set(checkpoints.TAGS)


def test_prompt_rows_match_funasr() -> None:
    assert prompt.prompt_rows(None, True) == (0, 1, 2, 14)
    assert prompt.prompt_rows("yue", False) == (7, 1, 2, 15)
