"""Tests of Markdown, HTML and SSML in a text that is to be spoken."""

import pytest

from funaudio_core.text import speech_markup, ssml_values
from funaudio_core.text.speech_markup import Override, Piece, Prosody, parse


@pytest.mark.parametrize(
    ("marked", "shown"),
    [
        ("# News\n\n- one\n- *two* and **three**", "News one two and three"),
        ("See [the page](https://example.org/a_b) or ![a cat](cat.png).", "See the page or a cat."),
        ("[Here][home] it is.\n\n[home]: https://example.org", "Here it is."),
        ("| Name | Age |\n|------|----:|\n| Ann | 5 |", "Name, Age Ann, 5"),
        ("<p>Fish &amp; chips</p><p>at <strong>noon</strong><br/>today</p>", "Fish & chips at noon today"),
        ("a < b, 2*3*4, snake_case and [laughter] stay", "a < b, 2*3*4, snake_case and [laughter] stay"),
        ("<script>alert(1)</script>Hi <!-- no --> there", "Hi there"),
        ("> quoted\n\n---\n\n1. first", "quoted 1. first"),
    ],
)
def test_markup_is_not_read(marked: str, shown: str) -> None:
    assert " ".join(parse(marked).text.split()) == shown


def test_breaks_and_prosody_become_pieces() -> None:
    marked = parse(
        '<speak>One <break time="250ms"/> two '
        '<prosody rate="150%" pitch="+2st" volume="-6dB">three</prosody> four</speak>'
    )
    assert marked.pieces == (
        Piece("One"),
        Piece("", pause_seconds=0.25),
        Piece("two"),
        Piece("three", Prosody(1.5, 2.0, -6.0)),
        Piece("four"),
    )
    assert marked.dropped == ()


def test_words_said_otherwise_keep_what_was_written() -> None:
    marked = parse(
        '<sub alias="World Wide Web">WWW</sub> <say-as interpret-as="characters">abc</say-as> '
        '<phoneme alphabet="ipa" ph="təˈmɑːtəʊ">tomato</phoneme>'
    )
    assert marked.text == "WWW abc tomato"
    assert marked.overrides == (Override("World Wide Web"), Override("a b c"), Override(ipa="təˈmɑːtəʊ"))
    parts = list(speech_markup.split_overrides(marked.pieces[0].text, marked.overrides))
    assert [part for part, override in parts if override] == ["WWW", "abc", "tomato"]


def test_tags_without_effect_are_named() -> None:
    marked = parse(
        '<speak><voice name="x">Hi</voice> <audio src="a.mp3"/><prosody pitch="200Hz">you</prosody>'
        '<phoneme alphabet="x-sampa" ph="x">there</phoneme></speak>'
    )
    assert marked.dropped == ("voice", "audio", "prosody pitch", "phoneme")
    assert " ".join(marked.text.split()) == "Hi you there"


def test_long_breaks_are_limited_and_private_characters_removed() -> None:
    pieces = parse('a<break time="3600s"/>b\ue000\uf8ff').pieces
    assert pieces == (Piece("a"), Piece("", pause_seconds=ssml_values.MAX_BREAK_SECONDS), Piece("b"))
