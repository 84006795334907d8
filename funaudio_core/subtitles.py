"""Transcripts and spoken words as subtitles: SRT, WebVTT and JSON. Pure; knows no model and no page."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from funaudio_core.languages import is_spaced
from funaudio_core.types import Segment, Transcript, Word

# Widely used limits of subtitling guides: characters a line by script, two lines, and no cue longer than seven seconds.
LINE = {True: 42, False: 20}
LINES = 2
LONGEST = 7.0  # seconds
PAUSE = 0.6  # seconds of silence between words that start a new cue
_BREAK = re.compile(r"[.!?。！？।,;:，；：、]$")


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle: start and end in seconds, text of at most LINES lines."""

    start: float
    end: float
    text: str


def cues_of(transcript: Transcript) -> tuple[Cue, ...]:
    """Cues of a whole transcript."""
    return cues_of_segments(transcript.segments)


def cues_of_segments(segments: Sequence[Segment]) -> tuple[Cue, ...]:
    """Cues of recognised segments: by word times where they are known, else shared out by length of text."""
    cues: list[Cue] = []
    for segment in segments:
        words = segment.words or _spread(segment)
        cues.extend(cues_of_words(words, segment.language))
    return tuple(cues)


def cues_of_words(words: Sequence[Word], language: str) -> tuple[Cue, ...]:
    """Words gathered into cues: each fits its lines, breaks at punctuation and pauses, and never overlaps the next."""
    spaced = is_spaced(language)
    cues: list[Cue] = []
    group: list[Word] = []
    for word in words:
        if group and _full(group, word, spaced):
            cues.append(_cue(group, spaced))
            group = []
        group.append(word)
    if group:
        cues.append(_cue(group, spaced))
    return tuple(Cue(cue.start, min(cue.end, after.start), cue.text) for cue, after in _with_next(cues))


def _with_next(cues: list[Cue]) -> list[tuple[Cue, Cue]]:
    end = Cue(float("inf"), float("inf"), "")
    return list(zip(cues, [*cues[1:], end], strict=True))


def _full(group: list[Word], word: Word, spaced: bool) -> bool:
    """Whether `word` begins a new cue."""
    text = _joined([*group, word], spaced)
    if len(text) > LINE[spaced] * LINES or word.end - group[0].start > LONGEST or word.start - group[-1].end > PAUSE:
        return True
    # past the first line, a clause or sentence end is a good place to stop
    return len(text) > LINE[spaced] and _BREAK.search(group[-1].text.strip()) is not None


def _joined(words: Sequence[Word], spaced: bool) -> str:
    return (" " if spaced else "").join(word.text.strip() for word in words)


def _cue(group: list[Word], spaced: bool) -> Cue:
    return Cue(group[0].start, max(group[-1].end, group[0].start), _wrapped([w.text.strip() for w in group], spaced))


def _wrapped(words: list[str], spaced: bool) -> str:
    """Words on one line, or on two of about the same length."""
    joiner = " " if spaced else ""
    whole = joiner.join(words)
    if len(whole) <= LINE[spaced] or len(words) < 2:
        return whole
    cuts = [(joiner.join(words[:cut]), joiner.join(words[cut:])) for cut in range(1, len(words))]
    return "\n".join(min(cuts, key=lambda halves: max(len(half) for half in halves)))


def _spread(segment: Segment) -> list[Word]:
    """Word times guessed from the share of each word in the length of the text."""
    parts = segment.text.split() if is_spaced(segment.language) else list(segment.text.replace(" ", ""))
    letters = max(sum(len(part) for part in parts), 1)
    words: list[Word] = []
    start = segment.start
    for part in parts:
        end = start + (segment.end - segment.start) * len(part) / letters
        words.append(Word(part, start, end))
        start = end
    return words


def to_srt(cues: Sequence[Cue]) -> str:
    """SubRip: numbered cues, times as 00:00:00,000."""
    return "".join(f"{n}\n{_time(c.start, ',')} --> {_time(c.end, ',')}\n{c.text}\n\n" for n, c in enumerate(cues, 1))


def to_vtt(cues: Sequence[Cue]) -> str:
    """WebVTT: times as 00:00:00.000; &, < and > escaped, as its specification asks."""
    body = "".join(
        f"{_time(c.start, '.')} --> {_time(c.end, '.')}\n{html.escape(c.text, quote=False)}\n\n" for c in cues
    )
    return f"WEBVTT\n\n{body}"


def _time(seconds: float, mark: str) -> str:
    milliseconds = max(0, round(seconds * 1000))
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{milliseconds // 1000:02d}{mark}{milliseconds % 1000:03d}"


def to_dict(transcript: Transcript) -> dict[str, Any]:
    """Everything known about a transcript as plain values; times in seconds."""
    return {"text": transcript.text, **asdict(transcript)}


def to_json(transcript: Transcript) -> str:
    """to_dict() as JSON, readable, in UTF-8."""
    return json.dumps(to_dict(transcript), ensure_ascii=False, indent=1)
