"""Texts beside the sound of a recording: SRT, WebVTT and JSON, written cue by cue.

All times are counted in samples of what the sound files hold.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

from funaudio_core.languages import is_spaced
from funaudio_core.narration.export.files import write_atomically
from funaudio_core.narration.export.recording import NARRATOR, RecordedBook
from funaudio_core.narration.export.samples import ChapterSpan, chapter_spans
from funaudio_core.narration.export.timed_text import TimedSegment, TimedSentence, timed_segments
from funaudio_core.runtime.cancellation import raise_if_cancelled
from funaudio_core.text.subtitles import VTT_HEADER, Cue, separate_cues, srt_cue, vtt_cue, word_cues
from funaudio_core.types import Word


def write_srt(book: RecordedBook, path: Path) -> None:
    """Write the text of a recording as SubRip, with the name of a speaker where the speaker changes."""

    def write(file: TextIO) -> None:
        speaker = NARRATOR
        for number, cue in enumerate(book_cues(book), 1):
            file.write(srt_cue(number, replace(cue, speaker="" if cue.speaker == speaker else cue.speaker)))
            speaker = cue.speaker

    _write(path, write)


def write_vtt(book: RecordedBook, path: Path, *, with_words: bool = True) -> None:
    """Write the text of a recording as WebVTT with voice tags, and with a time stamp for each word."""

    def write(file: TextIO) -> None:
        file.write(VTT_HEADER)
        file.writelines(vtt_cue(cue, with_words=with_words) for cue in book_cues(book))

    _write(path, write)


def write_json(book: RecordedBook, path: Path) -> None:
    """Write all that is known of a recording as JSON: speakers, chapters, segments, sentences and words."""
    _write(path, lambda file: file.writelines(json_pieces(book)))


def book_cues(book: RecordedBook) -> Iterator[Cue]:
    """Yield the cues of a whole recording, sentence by sentence; none overlaps, and the last ends with the sound."""
    return separate_cues(_sentence_cues(book))


def json_pieces(book: RecordedBook) -> Iterator[str]:
    """Yield the JSON of a recording, segment by segment."""
    spans = chapter_spans(book)
    head = {
        "title": book.title,
        "authors": book.authors,
        "language": book.language,
        "date": book.date,
        "description": book.description,
        "series": book.series,
        "series_position": book.series_position,
        "sample_rate": book.rate,
        "samples": spans[-1].end,
        "duration": _seconds(spans[-1].end, book.rate),
        "speakers": [{"name": speaker, "voice": voice} for speaker, voice in book.voices.items()],
    }
    yield _dump(head)[:-1] + ',"chapters":[\n'
    for number, span in enumerate(spans):
        values = {
            "title": span.chapter.title,
            "part": span.chapter.part,
            "start_sample": span.start,
            "end_sample": span.end,
            "start": _seconds(span.start, book.rate),
            "end": _seconds(span.end, book.rate),
        }
        yield ("," if number else "") + _dump(values)[:-1] + ',"segments":[\n'
        for index, timed in enumerate(timed_segments(span.chapter, book.rate, book.language)):
            raise_if_cancelled()
            yield ("," if index else "") + _dump(_segment_values(timed, span.start, book.rate)) + "\n"
        yield "]}\n"
    yield "]}\n"


def _sentence_cues(book: RecordedBook) -> Iterator[Cue]:
    """Yield the cues in order, the last one to the end of the last sound; they may overlap."""
    spans, last, sound_end = chapter_spans(book), None, 0
    seconds = spans[-1].end / book.rate
    for span in spans:
        for timed in timed_segments(span.chapter, book.rate, book.language):
            raise_if_cancelled()
            sound_end = span.start + timed.end
            for sentence in timed.sentences:
                for cue in word_cues(_cue_words(timed, sentence, span, book), book.language):
                    if last:
                        yield last
                    last = replace(cue, end=min(cue.end, seconds), speaker=timed.segment.speaker)
    if last:
        yield replace(last, end=max(last.end, sound_end / book.rate))


def _cue_words(timed: TimedSegment, sentence: TimedSentence, span: ChapterSpan, book: RecordedBook) -> list[Word]:
    """Return the words of a sentence with all that stands between them, in seconds of the recording."""
    text, spaced, marks = timed.segment.text, is_spaced(book.language), sentence.words
    words: list[Word] = []
    start = sentence.text_start
    for number, mark in enumerate(marks):
        end = marks[number + 1].text_start if number + 1 < len(marks) else sentence.text_end
        first, last = (span.start + mark.start) / book.rate, (span.start + mark.end) / book.rate
        if words and spaced and not text[start - 1].isspace():  # "well-known" stays one word
            words[-1] = replace(words[-1], text=words[-1].text + text[start:end], end=last)
        else:
            words.append(Word(text[start:end], first, last))
        start = end
    if not words:
        times = (span.start + sentence.start) / book.rate, (span.start + sentence.end) / book.rate
        return [Word(text[sentence.text_start : sentence.text_end], *times)]
    return words


def _segment_values(timed: TimedSegment, offset: int, rate: int) -> dict[str, Any]:
    """Return the values of a segment; `offset` is the first sample of its chapter."""
    segment = timed.segment

    def times(start: int, end: int) -> dict[str, float]:
        return {"start": _seconds(offset + start, rate), "end": _seconds(offset + end, rate)}

    return {
        "speaker": segment.speaker,
        "kind": segment.kind,
        "passage": segment.passage,
        "text": segment.text,
        **times(timed.start, timed.end),
        "sentences": [
            {
                "text": segment.text[sentence.text_start : sentence.text_end],
                **times(sentence.start, sentence.end),
                "words": [
                    {"text": segment.text[word.text_start : word.text_end], **times(word.start, word.end)}
                    for word in sentence.words
                ],
            }
            for sentence in timed.sentences
        ],
    }


def _write(path: Path, write: Callable[[TextIO], None]) -> None:
    with write_atomically(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        write(file)


def _seconds(samples: int, rate: int) -> float:
    return round(samples / rate, 6)


def _dump(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))
