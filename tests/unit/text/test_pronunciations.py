"""Tests of the pronunciation table."""

import pytest

from funaudio_core.errors import BadInput
from funaudio_core.text import speech_markup, split_sentences
from funaudio_core.text.pronunciations import (
    MAX_ENTRIES,
    Pronunciation,
    apply_pronunciations,
    format_table,
    parse_table,
)

TABLE = (Pronunciation("nguyen", "win"), Pronunciation("GIF", ipa="dʒɪf"), Pronunciation("a, b", "ab"))


def test_a_table_is_read_and_written() -> None:
    assert parse_table('nguyen = win\nGIF\t/dʒɪf/\n\n"a, b",ab') == TABLE
    assert parse_table(format_table(TABLE)) == TABLE
    assert parse_table("x = one\nx = two") == (Pronunciation("x", "two"),)


@pytest.mark.parametrize("line", ["nguyen", "= win", "a = ", f"{'a' * 101} = b", "a,b,c"])
def test_other_lines_are_refused(line: str) -> None:
    with pytest.raises(BadInput, match="isn't an entry"):
        parse_table(line)
    with pytest.raises(BadInput, match="too long"):
        parse_table("\n".join(f"w{i} = x" for i in range(MAX_ENTRIES + 1)))


def test_words_are_tagged_but_not_parts_of_words_or_tags() -> None:
    said = apply_pronunciations('Mr Nguyen has a GIF, a gif and <b class="GIF">gifs</b>.', TABLE, "en")
    assert said == (
        'Mr <sub alias="win">Nguyen</sub> has a <phoneme alphabet="ipa" ph="dʒɪf">GIF</phoneme>, a gif and '
        '<b class="GIF">gifs</b>.'
    )
    assert apply_pronunciations("我在重庆行走", (Pronunciation("重庆", "虫庆"),), "zh") == (
        '我在<sub alias="虫庆">重庆</sub>行走'
    )
    assert apply_pronunciations("no change", (), "en") == "no change"


@pytest.mark.parametrize(
    ("row", "written", "said"),
    [
        ("What? Inc = wat ink", "He left What? Inc today. Good.", ["He left wat ink today.", "Good."]),
        ("a, b = ay bee", f"{'word ' * 38}say, a, b", [("word " * 38).rstrip() + " say,", "ay bee"]),
        ("New York City = new yawk", f"{'word ' * 38}New York City it is", [("word " * 38).strip(), "new yawk it is"]),
        ("東京。都 = とうきょうと", "人が東京。都にいる。はい。", ["人がとうきょうとにいる。", "はい。"]),
        ("東京都民 = とみん", f"{'あ' * 198}東京都民だ。", ["あ" * 198, "とみんだ。"]),
    ],
)
def test_words_of_an_entry_are_not_cut_into_sentences(row: str, written: str, said: list[str]) -> None:
    language = "ja" if row[0] == "東" else "en"
    marked = speech_markup.parse(apply_pronunciations(written, parse_table(row), language))
    (piece,) = marked.pieces
    sentences = split_sentences(piece.text, language, 200)
    assert [speech_markup.say(sentence, marked.overrides) for sentence in sentences] == said
