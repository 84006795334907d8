"""Subtitles from transcripts and word times: SRT, WebVTT and JSON."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from funaudio_core.languages import is_spaced
from funaudio_core.types import Segment, Transcript, Word

# Limits common in subtitling guides. Keys: whether the script has spaces between words.
MAX_LINE_LENGTH = {True: 42, False: 20}
MAX_LINES = 2
MAX_CUE_SECONDS = 7.0
CHARS_PER_SECOND = {True: 17.0, False: 9.0}  # comfortable reading speed; a cue is extended to it if there is silence
PAUSE_SECONDS = 0.6  # a longer silence between words starts a new cue
MIN_CUE_SECONDS = 0.05  # players drop cues without a duration
VTT_HEADER = "WEBVTT\n\n"
_BREAK = re.compile(r"[.!?。！？।,;:，；：、]$")
_CLOSING = "，。！？、；：,.!?;:…”’」』）)》】"  # never begin a line
# Unbreakable unit of a script without spaces: a Latin word or one character, with the marks that follow it.
_UNIT = re.compile(rf"(?:[A-Za-z0-9'’%-]+|\S)[{re.escape(_CLOSING)}]*")


@dataclass(frozen=True, slots=True)
class Cue:
    """Subtitle.

    Attributes:
        start: Seconds.
        end: Seconds.
        text: At most MAX_LINES lines.
        speaker: Name of the speaker; "" if unknown.
        words: The words of the text in order, with their times.
    """

    start: float
    end: float
    text: str
    speaker: str = ""
    words: tuple[Word, ...] = ()


def transcript_cues(transcript: Transcript) -> tuple[Cue, ...]:
    """Return the cues of a transcript."""
    return segment_cues(transcript.segments)


def segment_cues(segments: Sequence[Segment]) -> tuple[Cue, ...]:
    """Return the cues of segments, none after the next one starts; without word times, time is divided by length."""
    cues: list[Cue] = []
    for segment in segments:
        words = segment.words or estimate_words(segment)
        cues.extend(replace(cue, speaker=segment.speaker) for cue in word_cues(words, segment.language))
    return _separate(cues)


def _separate(cues: Sequence[Cue]) -> tuple[Cue, ...]:
    """Return cues in order of their start, each ending before the next one starts, the words unchanged."""
    return tuple(separate_cues(sorted(cues, key=lambda cue: cue.start)))


def separate_cues(cues: Iterable[Cue]) -> Iterator[Cue]:
    """Yield cues that are in order of their start, each ending before the next one starts, the words unchanged."""
    last: Cue | None = None
    for cue in cues:
        start = cue.start
        if last:
            start = max(start, last.start + MIN_CUE_SECONDS)
            yield replace(last, end=min(last.end, start))
        last = replace(cue, start=start, end=max(cue.end, start + MIN_CUE_SECONDS))
    if last:
        yield last


def word_cues(words: Sequence[Word], language: str) -> tuple[Cue, ...]:
    """Group words into cues that fit their lines, break at punctuation and pauses, and don't overlap.

    A cue too short to read is extended into the silence after it.
    """
    spaced = is_spaced(language)
    groups: list[list[Word]] = []
    for word in words:
        if not word.text.strip():
            continue
        if not groups or _starts_new_cue(groups[-1], word, spaced):
            groups.append([])
        groups[-1].append(word)
    return _separate([_cue(group, spaced) for group in groups])


def _starts_new_cue(group: list[Word], word: Word, spaced: bool) -> bool:
    """Return whether `word` starts a new cue after the words of `group`."""
    if _is_mark(word.text.strip()):
        return False
    together = [*_texts(group), word.text.strip()]
    if (
        word.end - group[0].start > MAX_CUE_SECONDS
        or word.start - group[-1].end > PAUSE_SECONDS
        or not _fits(together, spaced)
    ):
        return True
    # beyond the first line, break after a clause or sentence
    return (
        len(_join_words(together, spaced)) > MAX_LINE_LENGTH[spaced]
        and _BREAK.search(group[-1].text.strip()) is not None
    )


def _is_mark(word: str) -> bool:
    """Return whether the word is only closing marks, which belong to the word before."""
    return not word.strip(_CLOSING)


def _texts(group: Sequence[Word]) -> list[str]:
    return [word.text.strip() for word in group]


def _join_words(words: Sequence[str], spaced: bool) -> str:
    """Return the words on one line; in a script without spaces, only neighbouring Latin words get one."""
    if spaced:
        return " ".join(words)
    line = ""
    for word in words:
        line += " " if line[-1:].isascii() and line[-1:].isalnum() and word[0].isascii() and word[0].isalnum() else ""
        line += word
    return line


def _fits(words: list[str], spaced: bool) -> bool:
    return all(len(line) <= MAX_LINE_LENGTH[spaced] for line in _wrap(words, spaced).split("\n"))


def _cue(group: list[Word], spaced: bool) -> Cue:
    """Return the cue of some words, long enough to be read."""
    text = _wrap(_texts(group), spaced)
    start = group[0].start
    return Cue(start, max(group[-1].end, start + len(text) / CHARS_PER_SECOND[spaced]), text, words=tuple(group))


def _wrap(words: list[str], spaced: bool) -> str:
    """Return the words on one line, or on two lines of similar length."""
    whole = _join_words(words, spaced)
    cuts = [cut for cut in range(1, len(words)) if not _is_mark(words[cut])]
    if len(whole) <= MAX_LINE_LENGTH[spaced] or not cuts:
        return whole
    halves = [(_join_words(words[:cut], spaced), _join_words(words[cut:], spaced)) for cut in cuts]
    return "\n".join(min(halves, key=lambda pair: max(len(half) for half in pair)))


def estimate_words(segment: Segment) -> list[Word]:
    """Estimate word times from the length of each word."""
    parts = segment.text.split() if is_spaced(segment.language) else _UNIT.findall(segment.text)
    letters = max(sum(len(part) for part in parts), 1)
    words: list[Word] = []
    start = segment.start
    for part in parts:
        end = start + (segment.end - segment.start) * len(part) / letters
        words.append(Word(part, start, end))
        start = end
    return words


def to_srt(cues: Sequence[Cue]) -> str:
    """Return the cues as SubRip, with the speaker before the text."""
    return "".join(srt_cue(number, cue) for number, cue in enumerate(cues, 1))


def srt_cue(number: int, cue: Cue) -> str:
    """Return a cue of SubRip with its number, from 1."""
    speaker = f"{cue.speaker}: " if cue.speaker else ""
    return f"{number}\n{_timestamp(cue.start, ',')} --> {_timestamp(cue.end, ',')}\n{speaker}{cue.text}\n\n"


def to_vtt(cues: Sequence[Cue]) -> str:
    """Return the cues as WebVTT, with &, < and > escaped as its specification requires, and speakers as voice tags."""
    return VTT_HEADER + "".join(vtt_cue(cue) for cue in cues)


def vtt_cue(cue: Cue, *, with_words: bool = False) -> str:
    """Return a cue of WebVTT; `with_words` puts a time stamp before each word but the first."""
    text = _stamp_words(cue) if with_words else html.escape(cue.text, quote=False)
    if cue.speaker:
        text = f"<v {html.escape(cue.speaker, quote=False)}>{text}</v>"
    return f"{_timestamp(cue.start, '.')} --> {_timestamp(cue.end, '.')}\n{text}\n\n"


def _stamp_words(cue: Cue) -> str:
    """Return the escaped text of a cue with the times of its words, rising and within the cue as WebVTT requires."""
    stamped, position, last = "", 0, _timestamp(cue.start, ".")
    for word in cue.words:
        found = cue.text.find(word.text.strip(), position)
        stamp = _timestamp(word.start, ".")
        if found < 0 or not last < stamp < _timestamp(cue.end, "."):
            continue
        stamped += f"{html.escape(cue.text[position:found], quote=False)}<{stamp}>"
        position, last = found, stamp
    return stamped + html.escape(cue.text[position:], quote=False)


def _timestamp(seconds: float, mark: str) -> str:
    milliseconds = max(0, round(seconds * 1000))
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{milliseconds // 1000:02d}{mark}{milliseconds % 1000:03d}"


def to_dict(transcript: Transcript) -> dict[str, Any]:
    """Return a transcript as plain values; times in seconds."""
    return {"text": transcript.text, **asdict(transcript)}


def to_json(transcript: Transcript) -> str:
    """Return a transcript as indented JSON."""
    return json.dumps(to_dict(transcript), ensure_ascii=False, indent=1)
