"""Tests of sentence splitting and cleaning."""

from typing import SupportsIndex

import pytest

from funaudio_core import languages, text
from funaudio_core.errors import BadInput


def test_sentences_end_at_punctuation() -> None:
    assert text.split_sentences("One. Two! Three?", "en") == ["One.", "Two!", "Three?"]
    assert text.split_sentences("今天很好。我们走吧！好吗？", "zh") == ["今天很好。", "我们走吧！", "好吗？"]


def test_abbreviations_and_numbers_do_not_end_a_sentence() -> None:
    assert text.split_sentences("Dr. Smith paid 3.50 euros. He left.", "en") == [
        "Dr. Smith paid 3.50 euros.",
        "He left.",
    ]


def test_long_sentences_are_split_without_loss() -> None:
    long = "word, " * 200
    pieces = text.split_sentences(long, "en", 100)
    assert all(len(piece) <= 100 for piece in pieces)
    assert "".join(pieces).replace(" ", "") == long.replace(" ", "")
    unbroken = "字" * 1000
    assert "".join(text.split_sentences(unbroken, "zh", 90)) == unbroken


@pytest.mark.parametrize("blank", ["", "   \n\t", "\u200b\u0000"])
def test_blank_text_is_refused(blank: str) -> None:
    with pytest.raises(BadInput, match="no text"):
        text.require_speakable(blank, 100)


def test_symbols_alone_and_too_long_texts_are_refused() -> None:
    with pytest.raises(BadInput):
        text.require_speakable("😀😀🎉", 100)
    with pytest.raises(BadInput, match=r"only symbols"):
        text.require_speakable("?!...", 100)
    with pytest.raises(BadInput, match="100,000 characters; the limit is 5,000"):
        text.require_speakable("a" * 100_000, 5_000)


def test_cleaning_drops_controls_and_emoji_but_keeps_letters() -> None:
    assert text.clean("Hi\u0007 there 😀!\r\nनमस्ते") == "Hi there !\nनमस्ते"


def test_buffer_returns_each_sentence_once() -> None:
    buffer = text.SentenceBuffer("en")
    sentences: list[str] = []
    for char in "First one. Second one! And the third":
        sentences += buffer.push(char)
    assert sentences == ["First one.", "Second one!"]
    assert buffer.flush() == ["And the third"]
    assert buffer.flush() == []


def test_buffer_returns_repeated_sentences() -> None:
    buffer = text.SentenceBuffer("en")
    assert buffer.push("No. No. No. ") + buffer.flush() == ["No.", "No.", "No."]


def test_buffer_tells_a_complete_sentence_from_an_abbreviation() -> None:
    for begin, complete in (
        ("I see. ", ["I see."]),
        ("I see.", []),  # may become "I see..."
        ("I met Dr. ", []),
        ("Yes, ", []),
        ("好的。", ["好的。"]),
        ("", []),
    ):
        buffer = text.SentenceBuffer("en")
        assert buffer.push(begin) == []
        assert buffer.take_complete() == complete
        assert buffer.pending == ("" if complete else begin)


def test_buffer_releases_the_beginning_of_a_sentence() -> None:
    buffer = text.SentenceBuffer("en")
    buffer.push("First of all, n")
    assert buffer.take(14) == "First of all, "
    assert buffer.pending == "n"
    assert buffer.push("ot now. And") == ["not now."]


class SliceCountingString(str):
    """String that counts the characters sliced out of it."""

    sliced = 0

    def __getitem__(self, index: SupportsIndex | slice) -> str:
        part = super().__getitem__(index)
        self.sliced += len(part)
        return part


def test_splitting_takes_linear_time() -> None:
    long = SliceCountingString("Dr. No. 5 went home, e.g. by train. " * 500)
    assert len(text.split_sentences(long, "en")) == 500
    assert long.sliced < 10 * len(long)


def test_abbreviation_must_be_a_whole_word() -> None:
    assert text.split_sentences(f"{'a' * 30}dr. Left.", "en") == [f"{'a' * 30}dr.", "Left."]
    assert text.split_sentences("No.  5 left. No. Yes.", "en") == ["No.  5 left.", "No.", "Yes."]


def test_joining_puts_spaces_by_language() -> None:
    assert languages.join_sentences(["A b.", "C."], "en") == "A b. C."
    assert languages.join_sentences(["你好。", "再见。"], "zh") == "你好。再见。"
