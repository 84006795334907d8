"""Tests of the splitting of long texts with markup."""

import re

import pytest

from funaudio_core.pipelines import chunked_synthesis
from funaudio_core.text import speech_markup, split_text
from funaudio_core.text.marked_chunks import split_marked_text
from funaudio_core.text.speech_markup import Prosody
from funaudio_core.types import SpeechRequest, Voice

WHISPER = re.compile(r"[\[<](/?)whisper[\]>]")
VOICE = Voice("Any", "en", preset="af_heart")
NESTED = (
    'One is here. <prosody rate="slow">Two is slow. Three is <emphasis level="strong">slow too. Four as well. '
    "</emphasis>Five.</prosody> Six is not. Seven is plain."
)


def deliveries(chunks: tuple[str, ...]) -> list[tuple[str, Prosody]]:
    """Return the words of all chunks with their delivery."""
    pieces = [piece for chunk in chunks for piece in speech_markup.parse(chunk).pieces]
    return [(word, piece.prosody) for piece in pieces for word in piece.text.split()]


@pytest.mark.parametrize("most", [13, 20, 30, 45, 70])
def test_prosody_holds_in_the_next_chunk(most: int) -> None:
    chunks = split_marked_text(NESTED, "en", most)
    assert len(chunks) > 1
    assert deliveries(chunks) == deliveries((NESTED,))


@pytest.mark.parametrize(
    ("tag", "attribute"),
    [("sub", 'alias="World Wide Web"'), ("say-as", 'interpret-as="characters"'), ("phoneme", 'ph="wɪn"')],
)
def test_what_is_said_as_one_is_not_cut(tag: str, attribute: str) -> None:
    whole = f"<{tag} {attribute}>bb cc dd ee ff</{tag}>"
    chunks = split_marked_text(f"One aa {whole} gg hh ii jj.", "en", 12)
    assert sum(whole in chunk for chunk in chunks) == 1
    assert deliveries(chunks) == deliveries((f"One aa {whole} gg hh ii jj.",))


def test_a_long_span_is_cut_and_reopened() -> None:
    digits = "1 2 3 4 5. " * 20
    chunks = split_marked_text(f'<say-as interpret-as="digits">{digits}</say-as>', "en", 60)
    assert all(chunk.startswith("<say-as") and chunk.endswith("</say-as>") for chunk in chunks)


def test_attributes_are_not_cut() -> None:
    chunks = split_marked_text(
        'One two. <prosody rate="slow" pitch="+2st" volume="soft">Three four.</prosody>', "en", 12
    )
    assert chunks == ("One two.", '<prosody rate="slow" pitch="+2st" volume="soft">Three four.</prosody>')


def test_a_break_between_chunks_stays() -> None:
    chunks = split_marked_text('One two three.<break time="2s"/> Four five six.', "en", 15)
    assert chunks == ('One two three.<break time="2s"/>', "Four five six.")


def test_event_tags_hold_beside_markup() -> None:
    text = '[whisper]One is here. <prosody rate="slow">Two is.[/whisper] Three is slow.</prosody> Four.'
    assert split_marked_text(text, "en", 24, (WHISPER,)) == (
        "[whisper]One is here.[/whisper]",
        '[whisper]<prosody rate="slow">Two is.[/whisper] Three</prosody>',
        '<prosody rate="slow">is slow.</prosody> Four.',
    )


def test_a_text_without_markup_is_split_as_usual() -> None:
    text = "One is here. 5 < 6 is true. [pause] Two <3 it."
    assert split_marked_text(text, "en", 20) == split_text(text, "en", 20)


def test_stray_tags_do_no_harm() -> None:
    text = '</prosody>One is here.</emphasis> Two <prosody rate="fast">is <prosody/>there. Three.'
    assert deliveries(split_marked_text(text, "en", 14)) == deliveries((text,))


def test_a_closed_tag_does_not_hide_the_end_of_a_sentence() -> None:
    before = SpeechRequest('<prosody rate="slow">One.</prosody>', "en", VOICE)
    assert chunked_synthesis.pause_after(before, 24_000)
