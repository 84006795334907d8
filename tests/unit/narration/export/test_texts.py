"""Tests of subtitles and JSON of recordings."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from funaudio_core.errors import FunAudioError
from funaudio_core.narration.export.recording import (
    RecordedBook,
    RecordedChapter,
    RecordedSegment,
    SentenceMark,
)
from funaudio_core.narration.export.samples import chapter_spans
from funaudio_core.narration.export.texts import book_cues, write_json, write_srt, write_vtt
from funaudio_core.narration.export.timed_text import timed_segments
from funaudio_core.types import Word
from tests.unit.narration.export.recordings import RATE, build_book, build_segment

STAMP = re.compile(r"<(\d\d):(\d\d):(\d\d\.\d\d\d)>")


def _dialogue(folder: Path) -> RecordedBook:
    """Return a chapter with a heading, and a paragraph of three segments by two speakers."""
    texts = [
        ("Chapter I", "", "heading", 0),
        ("“Come in at once, well-known friend! It is cold,” ", "Kate", "paragraph", 1),
        ("she said to the man at the door. ", "", "paragraph", 1),
        ("“Thank you & good-bye.”", "Tom", "paragraph", 1),
    ]
    segments = [
        build_segment(folder, text, number, seconds=3.0, speaker=speaker, kind=kind, passage=passage)
        for number, (text, speaker, kind, passage) in enumerate(texts)
    ]
    return RecordedBook("Doors", RATE, [RecordedChapter("Chapter I", segments)], voices={"": "Heart", "Kate": "Bella"})


def _seconds(hours: str, minutes: str, rest: str) -> float:
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def test_cues_hold_every_word_and_do_not_overlap(tmp_path: Path) -> None:
    book = _dialogue(tmp_path)
    cues = list(book_cues(book))
    written = " ".join(segment.text for segment in book.chapters[0].segments).split()
    assert " ".join(cue.text for cue in cues).split() == written
    assert all(first.end <= second.start for first, second in pairwise(cues))
    last = book.chapters[0].segments[-1]
    assert cues[-1].end == pytest.approx((book.chapters[0].total_samples - last.pause_samples) / RATE)
    assert [cue.speaker for cue in cues] == ["", "Kate", "Kate", "", "Tom"]


def test_cues_start_with_their_first_word(tmp_path: Path) -> None:
    book = _dialogue(tmp_path)
    starts = [cue.start for cue in book_cues(book)]
    assert starts[0] == 0.0
    assert starts[1] == pytest.approx(3.3)
    assert starts[3] == pytest.approx(6.6)


def test_vtt_has_voices_and_rising_stamps_of_words(tmp_path: Path) -> None:
    write_vtt(_dialogue(tmp_path), tmp_path / "book.vtt")
    vtt = (tmp_path / "book.vtt").read_text(encoding="utf-8")
    assert vtt.startswith("WEBVTT\n\n00:00:00.000 --> ")
    assert "<v Kate>“Come <00:00:03.633>in <00:00:03.967>at" in vtt
    assert "<v Tom>“Thank <00:00:10.650>you <00:00:11.400>&amp; <00:00:12.150>good-bye.”</v>" in vtt
    for block in vtt.strip().split("\n\n")[1:]:
        start, end = (_seconds(*time.split(":")) for time in block.split("\n")[0].split(" --> "))
        stamps = [start, *(_seconds(*found) for found in STAMP.findall(block)), end]
        assert stamps == sorted(stamps)


def test_srt_names_a_speaker_where_the_speaker_changes(tmp_path: Path) -> None:
    write_srt(_dialogue(tmp_path), tmp_path / "book.srt")
    srt = (tmp_path / "book.srt").read_text(encoding="utf-8")
    assert srt.count("Kate: ") == srt.count("Tom: ") == 1
    assert "<" not in srt
    assert re.findall(r"^\d+$", srt, re.MULTILINE) == ["1", "2", "3", "4", "5"]


def test_three_hundred_chapters_do_not_drift(tmp_path: Path) -> None:
    chapter = build_book(tmp_path, ["One two three."], seconds=0.703).chapters[0]
    book = RecordedBook("Long", RATE, [chapter] * 300)
    cues = list(book_cues(book))
    spans = chapter_spans(book)
    assert len(cues) == 600
    assert [round(cue.start * RATE) for cue in cues[::2]] == [span.start for span in spans]
    write_json(book, tmp_path / "book.json")
    read = json.loads((tmp_path / "book.json").read_text(encoding="utf-8"))
    assert [chapter["start_sample"] for chapter in read["chapters"]] == [span.start for span in spans]
    assert read["chapters"][-1]["end_sample"] == read["samples"] == spans[-1].end


def test_json_holds_speakers_sentences_and_words(tmp_path: Path) -> None:
    book = _dialogue(tmp_path)
    write_json(book, tmp_path / "book.json")
    read = json.loads((tmp_path / "book.json").read_text(encoding="utf-8"))
    assert read["speakers"] == [{"name": "", "voice": "Heart"}, {"name": "Kate", "voice": "Bella"}]
    segments = read["chapters"][0]["segments"]
    assert [segment["text"] for segment in segments] == [segment.text for segment in book.chapters[0].segments]
    assert [sentence["text"] for sentence in segments[1]["sentences"]] == [
        "“Come in at once, well-known friend!",
        "It is cold,”",
    ]
    assert segments[1]["sentences"][1]["words"][0] == {"text": "It", "start": 5.3, "end": pytest.approx(5.6, abs=0.01)}


def _timed(segment: RecordedSegment, language: str = "en") -> list[tuple[str, float, float, int]]:
    (timed,) = timed_segments(RecordedChapter("", [segment]), RATE, language)
    return [
        (segment.text[one.text_start : one.text_end], one.start / RATE, one.end / RATE, len(one.words))
        for one in timed.sentences
    ]


def test_marks_of_sentences_are_kept_and_put_in_order(tmp_path: Path) -> None:
    segment = build_segment(tmp_path, "One two. Three four.", 0, seconds=2.0)
    marks = (SentenceMark(0, 8, 0.1, 0.9), SentenceMark(9, 20, 0.8, 9.0))
    assert _timed(replace(segment, sentences=marks)) == [("One two.", 0.1, 0.9, 2), ("Three four.", 0.9, 2.0, 2)]


def test_words_in_another_form_do_not_misplace_the_rest(tmp_path: Path) -> None:
    segment = build_segment(tmp_path, "In 1990 he left. He came back.", 0, seconds=3.0)
    spoken = ["In", "nineteen", "ninety", "he", "left.", "He", "came", "back."]
    words = tuple(Word(word, 0.3 * number, 0.3 * number + 0.3) for number, word in enumerate(spoken))
    first, second = _timed(replace(segment, words=words))
    assert (first[0], second[0]) == ("In 1990 he left.", "He came back.")
    assert (*first[1:], *second[1:]) == pytest.approx((0.0, 1.5, 3, 1.5, 2.4, 3))


@pytest.mark.parametrize(("text", "language", "expected"), [("他来了。她走了。", "zh", 2), ("¿Vienes? Sí.", "es", 2)])
def test_without_words_times_are_estimated(text: str, language: str, expected: int, tmp_path: Path) -> None:
    sentences = _timed(replace(build_segment(tmp_path, text, 0), words=()), language)
    assert len(sentences) == expected
    assert sentences[0][1] == 0.0
    assert sentences[-1][2] == 1.0


@pytest.mark.parametrize("text", ["", "—", "” "])
def test_segments_without_words_have_no_sentences(text: str, tmp_path: Path) -> None:
    assert _timed(replace(build_segment(tmp_path, "x", 0), text=text, words=())) == []


@pytest.mark.parametrize("seed", range(60))
def test_times_of_any_text_rise_and_no_word_is_lost(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    language = chance.choice(["en", "zh", "fr", "hi"])
    letters = "他来了好，。！？“” Ok" if language == "zh" else "abcé  .,!?—“”'\n-"
    segments = []
    for number in range(6):
        text = "".join(chance.choices(letters, k=chance.randint(0, 60)))
        segment = build_segment(
            tmp_path, text, number, seconds=chance.choice([0.0, 0.2, 2.0]), pause=chance.choice([0, 1])
        )
        shuffled = [Word(word.text, chance.uniform(-1, 3), chance.uniform(-1, 3)) for word in segment.words]
        words = chance.choice([segment.words, (), tuple(shuffled), segment.words[1::2]])
        segments.append(replace(segment, words=words, passage=number // 2))
    chapter = RecordedChapter("Any", segments)
    last = 0
    for timed in timed_segments(chapter, RATE, language):
        position = 0
        for sentence in timed.sentences:
            assert position <= sentence.text_start < sentence.text_end
            assert not timed.segment.text[position : sentence.text_start].strip()
            position = sentence.text_end
            times = [last, sentence.start, *(time for word in sentence.words for time in (word.start, word.end))]
            assert times == sorted(times)
            last = max(times[-1], sentence.end)
            assert last <= timed.end
        assert not timed.sentences or not timed.segment.text[position:].strip()
    if chapter.total_samples:
        cues = list(book_cues(RecordedBook("Any", RATE, [chapter], language=language)))
        assert all(first.start < first.end <= second.start for first, second in pairwise(cues))


def test_verse_is_timed_line_by_line(tmp_path: Path) -> None:
    segment = build_segment(tmp_path, "The moon is up\nThe stars are out", 0, kind="verse")
    assert [sentence[0] for sentence in _timed(segment)] == ["The moon is up", "The stars are out"]


def test_a_recording_without_sound_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(FunAudioError, match="no sound to export"):
        write_srt(RecordedBook("Empty", RATE, []), tmp_path / "book.srt")
    assert not list(tmp_path.iterdir())
