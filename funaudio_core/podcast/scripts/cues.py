"""Scripts in subtitles: SRT and WebVTT, with `<v Name>` or `Name:`."""

from __future__ import annotations

import html
import re

from funaudio_core.errors import BadInput
from funaudio_core.podcast.scripts.lines import RawLine

_STAMP = r"(?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}"
_TIMES = re.compile(rf"\s*(?P<start>{_STAMP})\s*-->\s*(?P<end>{_STAMP})(?:\s+.*)?")
_VOICE = re.compile(r"<v(?:\.[\w.-]+)?\s+(?P<name>[^>]+)>")
_TAG = re.compile(r"</?(?:v|c|b|i|u|ruby|rt|lang)(?:[.\s][^>]*)?>|<\d[\d:.]*>|\{\\[^}]*\}")
_NAMED = re.compile(
    r"\s*-?\s*(?P<name>[^:：<>()（）]{1,40}?)\s*(?:[(（](?P<feeling>[^()（）]{1,60})[)）])?\s*[:：]\s*(?P<text>\S.*)"
)


def looks_like_cues(text: str) -> bool:
    """Return whether a text is SRT or WebVTT, perhaps a damaged one."""
    return text.lstrip().startswith("WEBVTT") or "-->" in text


def read_cues(text: str) -> list[RawLine]:
    """Return the lines of subtitles; a cue without a speaker goes on with the one before.

    Raises:
        BadInput: A cue has no times, times that run backwards, no words, or the first one no speaker.
    """
    lines: list[RawLine] = []
    speaker = ""
    for number, block in _blocks(text):
        found = _read_block(number, block, speaker)
        lines += found
        speaker = found[-1].speaker if found else speaker
    return lines


def _blocks(text: str) -> list[tuple[int, list[str]]]:
    """Return the blocks between empty lines with the number of their first line; headers and notes are left out."""
    blocks: list[tuple[int, list[str]]] = []
    is_new = True
    for number, row in enumerate(text.splitlines(), 1):
        if not row.strip():
            is_new = True
        elif is_new:
            blocks.append((number, [row]))
            is_new = False
        else:
            blocks[-1][1].append(row)
    skipped = ("WEBVTT", "NOTE", "STYLE", "REGION")
    return [block for block in blocks if not block[1][0].startswith(skipped)]


def _read_block(number: int, block: list[str], speaker: str) -> list[RawLine]:
    """Return the lines of one cue."""
    times = 0 if "-->" in block[0] else 1
    if times >= len(block) or "-->" not in block[times]:
        raise BadInput("Line {line}: the subtitle has no times. Write 00:00:01,000 --> 00:00:02,000.", line=number)
    match = _TIMES.fullmatch(block[times])
    if match is None:
        raise BadInput(
            "Line {line}: the times can't be read: {text!r}. Write 00:00:01,000 --> 00:00:02,000.",
            line=number + times,
            text=block[times][:60],
        )
    if _seconds(match["start"]) > _seconds(match["end"]):
        raise BadInput("Line {line}: the subtitle ends before it starts. Correct the times.", line=number + times)
    first = number + times + 1
    rows = block[times + 1 :]
    if not rows:
        raise BadInput("Line {line}: the subtitle has no words. Add them or delete it.", line=number + times)
    return _read_rows(first, rows, speaker)


def _read_rows(number: int, rows: list[str], speaker: str) -> list[RawLine]:
    """Return the lines of the words of one cue."""
    lines: list[RawLine] = []
    for index, row in enumerate(rows, number):
        if "<v" in row and not _VOICE.search(row):
            raise BadInput("Line {line} has a damaged voice tag: {text!r}. Write <v Name>.", line=index, text=row[:60])
        parts = _VOICE.split(row)  # words before the first tag, then names and words in turn
        for name, words in zip(["", *parts[1::2]], parts[::2], strict=True):
            bare = html.unescape(_TAG.sub("", words)).strip()
            named = None if name else _NAMED.fullmatch(bare)
            feeling = ""
            if named and not named["name"].isdigit() and not named["name"].lower().startswith("http"):
                name, bare, feeling = named["name"], named["text"], named["feeling"] or ""  # noqa: PLW2901
            if name:
                speaker = html.unescape(name).strip()
            if bare and lines and not name:
                last = lines[-1]
                lines[-1] = RawLine(last.number, last.speaker, f"{last.text} {bare}", last.feeling)
            elif bare:
                if not speaker:
                    raise BadInput(
                        "Line {line} has no speaker: {text!r}. Begin it with a name and a colon.",
                        line=index,
                        text=bare[:60],
                    )
                lines.append(RawLine(index, speaker, bare, feeling))
    return lines


def _seconds(stamp: str) -> float:
    seconds = 0.0
    for part in stamp.replace(",", ".").split(":"):
        seconds = 60 * seconds + float(part)
    return seconds
