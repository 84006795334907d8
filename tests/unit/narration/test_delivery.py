"""Tests of the delivery of lines: tags after quotations, pauses, styles, instructions of the full tier."""

from __future__ import annotations

from dataclasses import replace

import pytest

from funaudio_core.engines import registry
from funaudio_core.engines.cosyvoice import instruction
from funaudio_core.narration import delivery
from funaudio_core.narration.model import NARRATOR, Line, Options, Role
from funaudio_core.text.pronunciations import Pronunciation

SPEC = registry.SYNTHESIZERS["kokoro"]
NARRATION, QUOTE = Line("He paused.", 0, "paragraph"), Line("“Go,” ", 0, "paragraph", "Tom", is_quotation=True)


@pytest.mark.parametrize(
    ("before", "words", "spoken"),
    [
        ("“Go,” ", "he said.", "he said,"),
        ("“Go!” ", "he said.", "he said,"),
        ("“Go,” ", "Tom said.", "Tom said,"),
        ("“Go!” ", "Tom left the room.", "Tom left the room."),
        ("“Go.” ", "the door closed.", "the door closed."),
        ("“走吧，”", "他说。", "他说，"),
        ("「走吧！」", "他说。", "他说，"),
        ("“Go,” ", "he said, and then told us the whole long story of his journey over the sea.", None),
    ],
)
def test_tag_after_a_quotation_does_not_fall_like_a_sentence(before: str, words: str, spoken: str | None) -> None:
    line = Line(words, 0, "paragraph")
    said = delivery.words_of(line, replace(QUOTE, text=before), "en", Options())
    assert said == (words if spoken is None else spoken)
    other = delivery.words_of(replace(line, passage=1), replace(QUOTE, text=before), "en", Options())
    assert other == words


def test_pauses_grow_with_what_lies_between() -> None:
    after = [
        (QUOTE, replace(NARRATION, text="he said.")),
        (NARRATION, replace(QUOTE, text="“Yes.”")),
        (QUOTE, replace(QUOTE, speaker="Anna")),
        (NARRATION, replace(NARRATION, passage=1)),
        (replace(NARRATION, kind="heading"), replace(NARRATION, passage=1)),
        (NARRATION, replace(NARRATION, passage=1, follows_break=True)),
        (NARRATION, None),
    ]
    pauses = [delivery.pause_after(line, following, Options()) for line, following in after]
    assert pauses == [0.12, 0.3, 0.3, 0.55, 1.0, 1.4, 2.0]
    assert delivery.pause_after(NARRATION, None, Options(pause=2.0)) == 4.0


def test_styles_follow_the_line_and_the_role() -> None:
    role, options = Role("Tom", "am_puck", pitch=-1.5, rate=1.05), Options(rate=0.9)
    plain = delivery.style_of(QUOTE, role, options, SPEC)
    assert (plain.pitch, plain.rate, plain.level, plain.whisper) == (-1.5, 1.05, 0.0, False)
    shout = delivery.style_of(replace(QUOTE, emotion="angry", level=4.0), role, options, SPEC)
    assert shout.level - plain.level >= 4
    assert shout.pitch > plain.pitch
    whisper = delivery.style_of(replace(QUOTE, is_whispered=True), role, options, SPEC)
    assert whisper.whisper
    assert whisper.level - plain.level <= -3
    narration = delivery.style_of(NARRATION, Role(NARRATOR, "af_heart"), options, SPEC)
    assert narration.rate == pytest.approx(0.9)
    heading = delivery.style_of(replace(NARRATION, kind="heading"), Role(NARRATOR, "af_heart"), options, SPEC)
    assert heading.rate < narration.rate


def test_engine_with_instructions_gets_the_manner_in_words() -> None:
    spec = replace(SPEC, instruction_prompt=instruction.instruction_prompt(3))
    line = replace(QUOTE, emotion="angry", manner="through her teeth")
    style = delivery.style_of(line, Role("Tom", "x"), Options(), spec)
    assert style.instruction == "Please say a sentence in a angry voice, through her teeth."
    assert not style.whisper
    plain = delivery.style_of(replace(QUOTE, emotion="sad"), Role("Tom", "x"), Options(), spec)
    assert instruction.choose_instruction(plain) == instruction.EMOTION_INSTRUCTIONS["sad"]
    whisper = delivery.style_of(replace(QUOTE, is_whispered=True), Role("Tom", "x"), Options(), spec)
    assert "whispering" in whisper.instruction


def test_pronunciations_change_exactly_their_words() -> None:
    options = Options(pronunciations=(Pronunciation("Bree", spoken="brie"),))
    words = delivery.words_of(Line("Bree met the breeze.", 0, "paragraph"), None, "en", options)
    assert words == '<sub alias="brie">Bree</sub> met the breeze.'


@pytest.mark.parametrize(
    ("heading", "language", "words", "text"),
    [
        ("XIV", "en", '<sub alias="fourteen">XIV</sub>', "14"),
        ("I", "en", '<sub alias="one">I</sub>', "1"),
        ("IV. The Garden", "en", '<sub alias="four">IV</sub>. The Garden', "4. The Garden"),
        ("I – What I Saw", "en", '<sub alias="one">I</sub> – What I Saw', "1 – What I Saw"),
        ("XIV.", "fr", '<sub alias="quatorze">XIV</sub>.', "14."),
        ("XXI", "zh", '<sub alias="二十一">XXI</sub>', "21"),
        ("VII", "ru", '<sub alias="7">VII</sub>', "7"),
    ],
)
def test_roman_numbers_of_headings_are_numbers(heading: str, language: str, words: str, text: str) -> None:
    line = Line(heading, 0, "heading")
    assert delivery.words_of(line, None, language, Options()) == words
    assert delivery.text_of(line) == text


@pytest.mark.parametrize(
    "words", ["L. Frank Baum", "C", "I Go Home", "IIII", "X-Ray", "V for Victory", "MIX", "Chapter XIV", "II-a"]
)
def test_other_headings_and_paragraphs_stay(words: str) -> None:
    for line in (Line(words, 0, "heading"), Line("XIV", 0, "paragraph"), Line("I", 0, "heading", said="Eye")):
        assert delivery.words_of(line, None, "en", Options()) == delivery.text_of(line) == (line.said or line.text)


def test_the_pronunciation_table_decides_about_roman_numbers() -> None:
    options = Options(pronunciations=(Pronunciation("XIV", spoken="X I V"), Pronunciation("Ada", spoken="Ayda")))
    assert delivery.words_of(Line("XIV", 0, "heading"), None, "en", options) == '<sub alias="X I V">XIV</sub>'
    said = delivery.words_of(Line("II. Ada", 0, "heading"), None, "en", options)
    assert said == '<sub alias="two">II</sub>. <sub alias="Ayda">Ada</sub>'
