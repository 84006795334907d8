"""Scripts with the speaker before each line: `Name: text`, `姓名：文本`, `Speaker 1:`, `[S1]`, `[SPEAKER0]`."""

from __future__ import annotations

import re
from collections import Counter

from funaudio_core.errors import BadInput
from funaudio_core.podcast.scripts.lines import DIRECTION, MAX_NAME_CHARACTERS, RawLine

_FEELING = r"(?:[(（]\s*(?P<round>[^()（）]{0,60})\s*[)）]|【(?P<square>[^【】]{0,60})】|\[(?P<box>[^\[\]]{0,60})\])"
_MARKS = r"[*_]{0,3}"
_NAMED = re.compile(
    rf"\s*(?:[-•>]\s+)?{_MARKS}\s*(?P<name>[^:：()（）【】\[\]{{}}<>|/\\]{{1,80}}?)\s*{_MARKS}\s*{_FEELING}?\s*{_MARKS}"
    rf"\s*(?P<colon>[:：])\s*{_MARKS}\s*(?P<text>.*?)\s*"
)
_TAG = re.compile(r"\[\s*(?P<kind>S|SPEAKER)[ _]?(?P<number>\d{1,2})\s*\]\s*[:：]?", re.IGNORECASE)
_OPEN_TAG = re.compile(r"\s*\[\s*(?:S|SPEAKER)[ _]?\d{0,2}\s*(?:[^\]\d\s].*)?$", re.IGNORECASE)
_NUMBERED = re.compile(r"(?:speaker|person|host|voice)[ _]?(\d{1,2})", re.IGNORECASE)
_SECTION = re.compile(r"\s*#{1,6}\s+(?P<title>.+?)\s*#*\s*")
_TIME = re.compile(r"\W*\d[\d:.,\s]*\W*")
_SENTENCE_MARK = re.compile(r"[,;!?，。！？；…“”\"]|\.(?!\s*[A-Z])")
_NOT_SPEAKERS = frozenset(
    "http https ftp mailto note notes warning example title scene music sound sfx time date place chapter section "
    "episode summary ps p.s re subject transcript script setting 注 注意 例如 例 时间 地点 标题 题目 音乐 音效 场景 "
    "备注 提示 比如 也就是说 换句话说 总之".split()
)


def read_named(text: str) -> list[RawLine]:
    """Return the lines of a script with a speaker before each.

    Raises:
        BadInput: The first line has no speaker, or a tag is damaged.
    """
    rows = list(enumerate(text.splitlines(), 1))
    frequency = Counter(match["name"].strip().casefold() for _, row in rows if (match := _NAMED.fullmatch(row)))
    lines: list[RawLine] = []
    section = ""
    for number, row in rows:
        if not row.strip() or not row.strip(" \t-—=*_#"):
            continue
        if heading := _SECTION.fullmatch(row):
            section = heading["title"]
            continue
        found = _read_tags(number, row) or _read_name(number, row, frequency)
        if found:
            first = found[0]
            found[0] = RawLine(number, first.speaker, first.text, first.feeling, (), section)
            section = ""
            lines += found
        elif not lines:
            raise BadInput(
                "Line {line} has no speaker: {text!r}. Begin it with a name and a colon.", line=number, text=row[:60]
            )
        else:
            last = lines[-1]
            lines[-1] = RawLine(last.number, last.speaker, f"{last.text} {row}", last.feeling, (), last.section)
    return lines


def has_speakers(text: str) -> bool:
    """Return whether a line of the text has a speaker."""
    rows = text.splitlines()
    frequency = Counter(match["name"].strip().casefold() for row in rows if (match := _NAMED.fullmatch(row)))
    return any(
        _TAG.match(row.strip()) or ((match := _NAMED.fullmatch(row)) and _is_name(match["name"], frequency))
        for row in rows
    )


def _read_tags(number: int, row: str) -> list[RawLine]:
    """Return the lines of a row with tags such as [S1], of which it may hold several; [] without any."""
    tags = list(_TAG.finditer(row))
    if not tags:
        if _OPEN_TAG.fullmatch(row):
            raise BadInput("Line {line} has a damaged tag: {text!r}. Write [S1] or [S2].", line=number, text=row[:60])
        return []
    if row[: tags[0].start()].strip():
        return []
    ends = [*(tag.start() for tag in tags[1:]), len(row)]
    return [
        RawLine(number, f"{tag['kind'].upper()}{int(tag['number'])}", row[tag.end() : end])
        for tag, end in zip(tags, ends, strict=True)
    ]


def _read_name(number: int, row: str, frequency: Counter[str]) -> list[RawLine]:
    """Return the line of a row that begins with a name and a colon; [] if it has none."""
    match = _NAMED.fullmatch(row)
    if match is None or not _is_name(match["name"], frequency):
        return []
    name = match["name"].strip()
    feeling = match["round"] or match["square"] or match["box"] or ""
    if len(name) > MAX_NAME_CHARACTERS:
        raise BadInput(
            "Line {line} has no usable speaker: {name!r}. A name has 1 to {most} characters.",
            line=number,
            name=name[:60],
            most=MAX_NAME_CHARACTERS,
        )
    return [RawLine(number, name, match["text"], feeling)]


def _is_name(name: str, frequency: Counter[str]) -> bool:
    """Return whether the words before a colon are a speaker: no time, no address, no beginning of a sentence."""
    name = name.strip(" \t*_")
    words = name.split()
    if not name or _TIME.fullmatch(name) or name.casefold() in _NOT_SPEAKERS or _SENTENCE_MARK.search(name):
        return False
    if _NUMBERED.fullmatch(name) or (frequency[name.casefold()] > 1 and len(words) <= 4):
        return True
    if name.isascii() or any("a" <= letter.casefold() <= "z" for letter in name):
        return len(words) <= 4 and all(not word[0].islower() or word in ("de", "von", "van", "the") for word in words)
    return len(name) <= 8 and DIRECTION.fullmatch(name) is None


def unify_numbers(lines: list[RawLine]) -> list[RawLine]:
    """Return the lines with S1, SPEAKER0, Person1 and the like called “Speaker 1”, counted from 1."""
    pattern = re.compile(r"(?:S|SPEAKER|PERSON)[ _]?(\d{1,2})", re.IGNORECASE)
    numbers = {line.speaker: int(match[1]) for line in lines if (match := pattern.fullmatch(line.speaker))}
    offset = 1 if 0 in numbers.values() else 0
    return [
        RawLine(
            line.number,
            f"Speaker {numbers[line.speaker] + offset}" if line.speaker in numbers else line.speaker,
            line.text,
            line.feeling,
            line.sources,
            line.section,
        )
        for line in lines
    ]
