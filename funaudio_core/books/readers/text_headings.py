"""Headings in text without markup: numbered chapters, bare numbers, and titles alone."""

from __future__ import annotations

import re
from itertools import pairwise

from funaudio_core.books.blocks import Block
from funaudio_core.books.chapters import CHAPTER, PART
from funaudio_core.books.model import HEADING, PARAGRAPH, VERSE

PART_LEVEL, CHAPTER_LEVEL, SUBTITLE_LEVEL = 1, 2, 3
MAX_HEADING = 90  # characters
_MAX_TITLE = 60
_MAX_CHINESE_TITLE = 24
_BARE_NUMBER = re.compile(r"(?:[IVXLC]{1,8}|\d{1,3})\.?|[一二三四五六七八九十百]{1,4}[、.]?")
_SENTENCE = re.compile(r".*[。！？；，,;:：…][”’」』）)]*|.*[“”「」『』\"].*|[‘—-].*|.*[a-z][.!?][\"”’]?")
_NUMBERED = re.compile(r"(?:\w+\.?\s+(?:the\s+)?[\w-]+)(.*)", re.DOTALL)
_SENTENCE_GOES_ON = re.compile(r"\s+[a-z]")
_MIN_TITLES = 3  # titles alone must recur


def mark_headings(blocks: list[Block]) -> list[Block]:
    """Return the blocks with their headings marked.

    Numbered chapters count first; without any, bare numbers that recur; without those, short lines without a full
    stop that stand before text.
    """
    found = [block for block in blocks if block.kind in (PARAGRAPH, VERSE) and _is_numbered(block)]
    for block in found:
        level = PART_LEVEL if PART.fullmatch(_one_line(block)) else CHAPTER_LEVEL
        block.kind, block.text, block.level = HEADING, _one_line(block), level
    if any(block.level == CHAPTER_LEVEL for block in found):
        _mark_subtitles(blocks)
        return blocks
    numbers = [block for block in blocks if block.kind == PARAGRAPH and _BARE_NUMBER.fullmatch(block.text.strip())]
    titles = numbers if len(numbers) >= _MIN_TITLES else _titles_alone(blocks)
    for block in titles:
        block.kind, block.level = HEADING, CHAPTER_LEVEL
    if titles is numbers and numbers:
        _mark_subtitles(blocks)
    return blocks


def _one_line(block: Block) -> str:
    return " ".join(block.text.split())


def _is_numbered(block: Block) -> bool:
    """Return whether a block is the heading of a chapter or a part; "Chapter 2 was long" is none."""
    text = _one_line(block)
    if len(text) > MAX_HEADING or block.text.count("\n") > 2:
        return False
    if not (CHAPTER.fullmatch(text) or PART.fullmatch(text)):
        return False
    if ord(text[0]) >= 0x2E80:
        return not text.endswith(("。", "，", "；", "”"))
    rest = _NUMBERED.fullmatch(text)
    return not (rest and _SENTENCE_GOES_ON.match(rest[1])) and not text.endswith((",", ";", '"', "”"))


def _mark_subtitles(blocks: list[Block]) -> None:
    """Mark the title that stands in a line of its own below the number of a chapter."""
    for number, title in pairwise(blocks):
        is_number = number.kind == HEADING and number.level <= CHAPTER_LEVEL and len(number.text) <= 24
        if is_number and title.kind == PARAGRAPH and _is_title(title.text) and " ".join(number.text.split()[2:]) == "":
            title.kind, title.level = HEADING, SUBTITLE_LEVEL


def _is_title(text: str) -> bool:
    """Return whether a line may be a title: short, and no sentence."""
    most = _MAX_CHINESE_TITLE if text and ord(text[0]) >= 0x2E80 else _MAX_TITLE
    if not 0 < len(text) <= most or _SENTENCE.fullmatch(text) or "\n" in text:
        return False
    words = text.split()
    return ord(text[0]) >= 0x2E80 or text.isupper() or (text[0].isupper() and len(words) <= 10)


def _titles_alone(blocks: list[Block]) -> list[Block]:
    """Return short lines without a full stop, each before text; () if there are too few or most lines are such."""
    titles = [
        block
        for block, after in pairwise(blocks)
        if block.kind == PARAGRAPH and _is_title(block.text) and after.kind != HEADING and not _is_title(after.text)
    ]
    texts = sum(block.kind == PARAGRAPH for block in blocks) - len(titles)
    return titles if _MIN_TITLES <= len(titles) <= texts else []
