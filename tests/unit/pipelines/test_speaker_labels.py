"""Tests of the speakers of a transcript: labels by time, splits at words, names, and calls with a speaker a channel."""

from __future__ import annotations

from dataclasses import replace

import pytest

from funaudio_core.pipelines.speakers.channels import merge_channels
from funaudio_core.pipelines.speakers.diarize import SpeakerTurn
from funaudio_core.pipelines.speakers.labels import label_segments, name_speakers, speakers_of
from funaudio_core.types import Segment, Span, Transcript, Word

TURNS = (SpeakerTurn(1, 0.0, 2.0), SpeakerTurn(2, 2.2, 5.0), SpeakerTurn(1, 5.5, 8.0))


def segment(text: str, start: float, end: float, language: str = "en", spaced: bool = True) -> Segment:
    """Return a segment whose words share its time equally."""
    parts = text.split() if spaced else list(text)
    step = (end - start) / len(parts)
    words = tuple(Word(f" {part}", start + i * step, start + (i + 1) * step) for i, part in enumerate(parts))
    return Segment(start, end, text, language, words=words)


def labelled(*segments: Segment, turns: tuple[SpeakerTurn, ...] = TURNS) -> list[tuple[str, str]]:
    return [(part.speaker, part.text) for part in label_segments(segments, turns)]


def test_a_segment_within_a_turn_keeps_its_text() -> None:
    whole = segment("Good morning, everybody.", 0.1, 1.9)
    assert label_segments([whole], TURNS)[0].text == whole.text
    assert labelled(whole, segment("Hello!", 2.5, 3.0)) == [("1", "Good morning, everybody."), ("2", "Hello!")]


def test_a_segment_is_split_where_the_speaker_changes() -> None:
    parts = label_segments([segment("How are you? Fine, thanks a lot.", 0.6, 4.1)], TURNS)
    assert [(part.speaker, part.text) for part in parts] == [("1", "How are you?"), ("2", "Fine, thanks a lot.")]
    assert parts[0].end <= parts[1].start
    assert [len(part.words) for part in parts] == [3, 4]


def test_a_segment_without_spaces_is_split_between_characters() -> None:
    turns = (SpeakerTurn(1, 0.0, 2.0), SpeakerTurn(2, 2.0, 5.0))
    assert labelled(segment("你好吗我很好", 0.5, 3.5, "zh", spaced=False), turns=turns) == [
        ("1", "你好吗"),
        ("2", "我很好"),
    ]


def test_a_run_shorter_than_a_word_does_not_split() -> None:
    turns = (SpeakerTurn(1, 0.0, 1.0), SpeakerTurn(2, 1.0, 1.1), SpeakerTurn(1, 1.1, 3.0))
    assert labelled(segment("one two three four five six", 0.4, 1.6), turns=turns) == [
        ("1", "one two three four five six")
    ]


def test_a_number_written_in_digits_stays_with_its_speaker() -> None:
    words = segment("at seven thirty sharp. See you at the gate then.", 0.6, 4.1).words
    whole = Segment(0.6, 4.1, "at 7:30 sharp. See you at the gate then.", "en", words=words)
    turns = (SpeakerTurn(1, 0.0, words[3].end), SpeakerTurn(2, words[4].start, 5.0))
    assert labelled(whole, turns=turns) == [("1", "at 7:30 sharp."), ("2", "See you at the gate then.")]


def test_without_words_the_longest_turn_counts() -> None:
    bare = Segment(1.5, 4.0, "Fine, thanks.", "en")
    assert labelled(bare) == [("2", "Fine, thanks.")]


def test_segments_far_from_all_turns_have_no_speaker() -> None:
    assert labelled(segment("Later on.", 20.0, 21.0)) == [("", "Later on.")]


def test_events_go_to_the_part_in_which_they_occur() -> None:
    event = Span("laughter", 3.0, 3.5)
    whole = segment("How are you? Fine, thanks a lot.", 0.6, 4.1)
    parts = label_segments([replace(whole, events=(event,))], TURNS)
    assert [part.events for part in parts] == [(), (event,)]


@pytest.mark.parametrize("names", [{"1": "Ann"}, {"1": "Ann", "2": "<Bob>"}])
def test_speakers_are_renamed(names: dict[str, str]) -> None:
    heard = Transcript(label_segments([segment("Yes.", 0.2, 1.0), segment("No.", 3.0, 3.5)], TURNS), "en", 1, 8, "Test")
    assert speakers_of(heard) == ("1", "2")
    assert speakers_of(name_speakers(heard, names)) == ("Ann", names.get("2", "2"))


def test_channels_become_speakers_in_order_of_time() -> None:
    speech = [(Span("speech", 0.0, 3.0, 0.8),), (Span("speech", 2.0, 5.0, 0.9),)]
    first = Transcript((segment("Hello.", 0.5, 1.0), segment("Bye.", 4.0, 4.5)), "en", 1.0, 6.0, "Test", speech[0])
    second = Transcript((segment("Hi there.", 2.0, 3.0),), "en", 1.0, 6.0, "Test", speech[1])
    merged = merge_channels([first, second])
    assert [(part.speaker, part.text) for part in merged.segments] == [
        ("1", "Hello."),
        ("2", "Hi there."),
        ("1", "Bye."),
    ]
    assert merged.events == (Span("speech", 0.0, 5.0, 0.9),)
    assert (merged.duration, merged.language) == (6.0, "en")
