"""Tests of subtitles: line limits, words and times, and round trips."""

from __future__ import annotations

import json
import random
import re
from itertools import pairwise

import pytest

from funaudio_core.text import subtitles
from funaudio_core.types import Emotion, Segment, Span, Transcript, Word

TEXT = (
    "The museum opens at nine in the morning, and closes at five in the afternoon. On Sundays it opens later, because "
    "most of the people who work there like to sleep a little longer than on other days of the week."
)


def _words(text: str, seconds: float = 0.4) -> tuple[Word, ...]:
    return tuple(Word(word, n * seconds, (n + 1) * seconds) for n, word in enumerate(text.split()))


def _parse(srt: str) -> list[tuple[float, float, str]]:
    def seconds(stamp: str) -> float:
        hours, minutes, rest = stamp.replace(",", ".").split(":")
        return int(hours) * 3600 + int(minutes) * 60 + float(rest)

    cues = re.findall(r"\d+\n(\S+) --> (\S+)\n(.*?)\n\n", srt, re.DOTALL)
    return [(seconds(a), seconds(b), text) for a, b, text in cues]


def test_cues_fit_the_limits_and_keep_all_words() -> None:
    cues = subtitles.word_cues(_words(TEXT), "en")
    assert " ".join(cue.text for cue in cues).split() == TEXT.split()
    for cue in cues:
        assert len(cue.text.split("\n")) <= subtitles.MAX_LINES
        assert all(len(line) <= subtitles.MAX_LINE_LENGTH[True] for line in cue.text.split("\n"))
        assert 0 < cue.end - cue.start <= subtitles.MAX_CUE_SECONDS
    assert all(a.end <= b.start for a, b in pairwise(cues))


def _segment(text: str, start: float, step: float, *, with_words: bool = True) -> Segment:
    words = tuple(word.shift(start) for word in _words(text, step))
    return Segment(start, words[-1].end, text, "en", words=words if with_words else ())


@pytest.mark.parametrize("with_words", [True, False])
@pytest.mark.parametrize("gap", [0.1, 0.0, -0.4])
def test_no_cue_ends_after_the_next_segment_starts(gap: float, with_words: bool) -> None:
    fast = "He counted every crate twice before anybody thought of asking why"
    first = _segment(fast, 0.0, 0.15, with_words=with_words)
    second = _segment("Then the bell rang", first.end + gap, 0.3, with_words=with_words)
    cues = subtitles.segment_cues([first, second])
    assert all(a.end <= b.start for a, b in pairwise(cues))
    assert all(cue.start < cue.end for cue in cues)
    assert " ".join(cue.text for cue in cues).split() == f"{fast} Then the bell rang".split()


def test_cues_that_start_together_follow_each_other() -> None:
    cues = subtitles.segment_cues([_segment(text, 1.0, 0.0) for text in ("One", "Two", "Three")])
    assert [cue.text for cue in cues] == ["One", "Two", "Three"]
    assert all(a.start < a.end <= b.start for a, b in pairwise(cues))


@pytest.mark.parametrize("seed", range(40))
def test_cues_of_random_words_fit_the_limits_and_keep_all_words(seed: int) -> None:
    random_numbers = random.Random(seed)
    words = [
        "".join(random_numbers.choices("abcdefg,.", k=random_numbers.randint(1, 14))) + "x"
        for _ in range(random_numbers.randint(0, 60))
    ]
    length, gap = random_numbers.uniform(0.05, 1.0), random_numbers.choice([0.0, 0.3, 0.7])
    times = [n * (length + gap) for n in range(len(words))]
    cues = subtitles.word_cues([Word(w, t, t + length) for w, t in zip(words, times, strict=True)], "en")
    lines = [line for cue in cues for line in cue.text.split("\n")]
    assert " ".join(lines).split() == words
    assert all(len(cue.text.split("\n")) <= subtitles.MAX_LINES for cue in cues)
    assert all(len(line) <= subtitles.MAX_LINE_LENGTH[True] for line in lines)
    assert all(cue.start < cue.end for cue in cues)
    assert all(a.end <= b.start for a, b in pairwise(cues))


def test_punctuation_stays_with_the_word_before() -> None:
    words = [
        Word(char, n * 0.2, n * 0.2 + 0.2) for n, char in enumerate("今天的天气真的非常好我们一起去公园里散步吧。")
    ]
    (cue,) = subtitles.word_cues(words, "zh")
    assert not any(line.startswith("。") for line in cue.text.split("\n"))


def test_short_cue_is_prolonged_into_the_silence_after_it() -> None:
    words = (Word("Extraordinarily", 0.0, 0.2), Word("Hello", 3.0, 3.4))
    first, second = subtitles.word_cues(words, "en")
    assert first.end == pytest.approx(len("Extraordinarily") / subtitles.CHARS_PER_SECOND[True])
    assert second.start == 3.0


def test_chinese_lines_keep_latin_words_whole_and_never_start_with_punctuation() -> None:
    text = (
        "我们用 Gradio 和 Python 做一个网页，它能听，也能说，还能把 Hello World 翻译成中文，真是太好了！大家都很喜欢。"
    )
    cues = subtitles.segment_cues([Segment(0.0, 12.0, text, "zh")])
    lines = [line for cue in cues for line in cue.text.split("\n")]
    assert all(0 < len(line) <= subtitles.MAX_LINE_LENGTH[False] for line in lines)
    assert not any(line[0] in "，。！" for line in lines)
    for word in ("Gradio", "Python", "Hello", "World"):
        assert any(word in line for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_a_pause_starts_a_new_cue() -> None:
    words = (Word("Hello", 0.0, 0.4), Word("there", 0.4, 0.8), Word("again", 3.0, 3.4))
    assert [cue.text for cue in subtitles.word_cues(words, "en")] == ["Hello there", "again"]


def test_srt_round_trip() -> None:
    cues = subtitles.word_cues(_words(TEXT), "en")
    parsed = _parse(subtitles.to_srt(cues))
    assert [text for _, _, text in parsed] == [cue.text for cue in cues]
    assert all(
        abs(a - cue.start) < 0.001 and abs(b - cue.end) < 0.001 for (a, b, _), cue in zip(parsed, cues, strict=True)
    )


def test_times_over_an_hour_are_rounded_and_formatted() -> None:
    assert "01:00:01,000 --> 01:00:02,500" in subtitles.to_srt([subtitles.Cue(3600.9996, 3602.5, "x")])


def test_vtt_is_escaped() -> None:
    vtt = subtitles.to_vtt([subtitles.Cue(0, 1, "a < b & c --> d")])
    assert vtt.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n")
    assert "a &lt; b &amp; c --&gt; d" in vtt


def test_segment_without_word_times_is_divided_evenly() -> None:
    segment = Segment(2.0, 6.0, "今天的天气非常好，我们一起去公园散步吧，顺便买一点水果和牛奶回家。", "zh")
    cues = subtitles.segment_cues([segment])
    assert cues[0].start == 2.0
    assert abs(cues[-1].end - 6.0) < 1e-6
    assert "".join(cue.text.replace("\n", "") for cue in cues) == segment.text
    assert all(len(line) <= subtitles.MAX_LINE_LENGTH[False] for cue in cues for line in cue.text.split("\n"))


def test_json_contains_text_emotions_and_events() -> None:
    segment = Segment(0.0, 1.0, "Hi.", "en", emotion=Emotion("happy", 0.8), events=(Span("music", 0.0, 1.0, 0.9),))
    transcript = Transcript((segment,), "en", 0.99, 1.0, "Whisper", emotion=Emotion("happy", 0.8))
    data = json.loads(subtitles.to_json(transcript))
    assert data["text"] == "Hi."
    assert data["segments"][0]["emotion"]["label"] == "happy"
    assert data["segments"][0]["events"][0]["label"] == "music"
    assert data["engine"] == "Whisper"


def test_no_cues_give_an_empty_but_valid_file() -> None:
    assert subtitles.to_srt([]) == ""
    assert subtitles.to_vtt([]) == "WEBVTT\n\n"


def test_subtitles_name_the_speakers() -> None:
    spoken = (Segment(0.0, 1.0, "Hello.", "en", speaker="Ann"), Segment(1.5, 2.5, "Hi & bye.", "en", speaker="<Bob>"))
    cues = subtitles.segment_cues((*spoken, Segment(3.0, 4.0, "Somebody.", "en")))
    assert [line for line in subtitles.to_srt(cues).split("\n") if "." in line] == [
        "Ann: Hello.",
        "<Bob>: Hi & bye.",
        "Somebody.",
    ]
    texts = [block.split("\n")[1] for block in subtitles.to_vtt(cues).split("\n\n")[1:4]]
    assert texts == ["<v Ann>Hello.</v>", "<v &lt;Bob&gt;>Hi &amp; bye.</v>", "Somebody."]
