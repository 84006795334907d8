"""Tests of sentence splitting and cleaning."""

from typing import SupportsIndex

import pytest

from funaudio_core import languages, text
from funaudio_core.errors import BadInput


def test_sentences_end_at_their_marks() -> None:
    assert text.split_sentences("One. Two! Three?", "en") == ["One.", "Two!", "Three?"]
    assert text.split_sentences("今天很好。我们走吧！好吗？", "zh") == ["今天很好。", "我们走吧！", "好吗？"]


def test_abbreviations_and_numbers_do_not_end_one() -> None:
    assert text.split_sentences("Dr. Smith paid 3.50 euros. He left.", "en") == [
        "Dr. Smith paid 3.50 euros.",
        "He left.",
    ]


def test_long_sentences_are_cut_and_nothing_is_lost() -> None:
    long = "word, " * 200
    pieces = text.split_sentences(long, "en", 100)
    assert all(len(piece) <= 100 for piece in pieces)
    assert "".join(pieces).replace(" ", "") == long.replace(" ", "")
    unbroken = "字" * 1000
    assert "".join(text.split_sentences(unbroken, "zh", 90)) == unbroken


@pytest.mark.parametrize("nothing", ["", "   \n\t", "\u200b\u0000"])
def test_nothing_to_speak_is_refused(nothing: str) -> None:
    with pytest.raises(BadInput, match="no text"):
        text.require_speakable(nothing, 100)


def test_only_emoji_is_refused_and_too_much_names_the_limit() -> None:
    with pytest.raises(BadInput):
        text.require_speakable("😀😀🎉", 100)
    with pytest.raises(BadInput, match=r"only symbols"):
        text.require_speakable("?!...", 100)
    with pytest.raises(BadInput, match="100,000 characters; the limit is 5,000"):
        text.require_speakable("a" * 100_000, 5_000)


def test_cleaning_drops_controls_and_emoji_but_keeps_letters() -> None:
    assert text.clean("Hi\u0007 there 😀!\r\nनमस्ते") == "Hi there !\nनमस्ते"


def test_buffer_gives_each_sentence_once() -> None:
    buffer = text.SentenceBuffer("en")
    got: list[str] = []
    for char in "First one. Second one! And the third":
        got += buffer.push(char)
    assert got == ["First one.", "Second one!"]
    assert buffer.flush() == ["And the third"]
    assert buffer.flush() == []


def test_buffer_is_not_confused_by_repeated_sentences() -> None:
    buffer = text.SentenceBuffer("en")
    assert buffer.push("No. No. No. ") + buffer.flush() == ["No.", "No.", "No."]


def test_buffer_knows_a_sentence_that_has_ended_from_an_abbreviation() -> None:
    for begun, ended in (
        ("I see. ", ["I see."]),
        ("I see.", []),  # may become "I see..."
        ("I met Dr. ", []),
        ("Yes, ", []),
        ("好的。", ["好的。"]),
        ("", []),
    ):
        buffer = text.SentenceBuffer("en")
        assert buffer.push(begun) == []
        assert buffer.take_complete() == ended
        assert buffer.pending == ("" if ended else begun)


def test_buffer_lets_go_of_the_beginning_of_a_sentence() -> None:
    buffer = text.SentenceBuffer("en")
    buffer.push("First of all, n")
    assert buffer.take(14) == "First of all, "
    assert buffer.pending == "n"
    assert buffer.push("ot now. And") == ["not now."]


class Counted(str):
    """String that counts the characters sliced out of it."""

    taken = 0

    def __getitem__(self, place: SupportsIndex | slice) -> str:
        part = super().__getitem__(place)
        self.taken += len(part)
        return part


def test_the_work_of_splitting_grows_with_the_text_and_not_with_its_square() -> None:
    long = Counted("Dr. No. 5 went home, e.g. by train. " * 500)
    assert len(text.split_sentences(long, "en")) == 500
    assert long.taken < 10 * len(long)


def test_an_abbreviation_is_the_whole_word() -> None:
    assert text.split_sentences(f"{'a' * 30}dr. Left.", "en") == [f"{'a' * 30}dr.", "Left."]
    assert text.split_sentences("No.  5 left. No. Yes.", "en") == ["No.  5 left.", "No.", "Yes."]


def test_joining_follows_the_script() -> None:
    assert languages.join_sentences(["A b.", "C."], "en") == "A b. C."
    assert languages.join_sentences(["你好。", "再见。"], "zh") == "你好。再见。"
