"""Division of blocks into chapters, and the choice of the chapters that are narrated."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from funaudio_core.books.blocks import Block
from funaudio_core.books.model import HEADING, PROSE, Chapter, Passage
from funaudio_core.message import Message

Item = tuple[Block, Passage]
_NUMBER_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    "|eighteen|nineteen|(?:twenty|thirty|forty|fifty|sixty)(?:[- ]\\w+)?|first|second|third|fourth|fifth|sixth"
    "|seventh|eighth|ninth|tenth"
)
_NUMBER = rf"(?:\d{{1,4}}|[ivxlcdm]{{1,9}}|the (?:{_NUMBER_WORDS}|last)|{_NUMBER_WORDS})"
_ZH_NUMBER = "[零〇一二两兩三四五六七八九十百千廿卅\\d０-９]{1,9}"
CHAPTER = re.compile(
    rf"(?:chapter|letter|canto|stave|scene|lecture|adventure|capítulo|chapitre|capitolo|kapitel)\.? {_NUMBER}\b.*"
    rf"|(?:prologue|epilogue|conclusion|finale)\b[.:—-]?.{{0,60}}"
    rf"|第\s*{_ZH_NUMBER}\s*[章回节節集折幕篇話话](?![^\s:：.、，—-]{{0,1}}的).{{0,40}}"
    rf"|(?:楔子|序章|序幕|引子|尾声|尾聲|终章|終章|番外)[\s:：]?.{{0,20}}",
    re.IGNORECASE,
)
PART = re.compile(
    rf"(?:part|book|volume|vol\.|act)\.? {_NUMBER}\b.{{0,80}}"
    rf"|第\s*{_ZH_NUMBER}\s*[卷部编編].{{0,30}}|卷\s*{_ZH_NUMBER}.{{0,30}}|[上中下]\s*[卷部册冊篇]",
    re.IGNORECASE,
)
_BARE_NUMBER = re.compile(
    rf"(?:chapter|letter|part|book|volume)?\.?\s*(?:{_NUMBER})?[.:]?|第\s*{_ZH_NUMBER}\s*[章回节節卷部]", re.IGNORECASE
)
_OFF_ROLES = {
    "cover": Message("cover"),
    "titlepage": Message("title page"),
    "halftitlepage": Message("title page"),
    "copyright-page": Message("imprint"),
    "colophon": Message("imprint"),
    "imprint": Message("imprint"),
    "imprimatur": Message("imprint"),
    "toc": Message("contents"),
    "toc-brief": Message("contents"),
    "index": Message("index"),
    "bibliography": Message("bibliography"),
    "endnotes": Message("notes of the book"),
    "footnotes": Message("notes of the book"),
    "rearnotes": Message("notes of the book"),
    "dedication": Message("front matter"),
    "seriespage": Message("publisher's page"),
    "other-credits": Message("publisher's page"),
    "contributors": Message("publisher's page"),
}
_OFF_TITLES: tuple[tuple[re.Pattern[str], Message], ...] = tuple(
    (re.compile(rf"\s*(?:{words})\W*\s*", re.IGNORECASE), Message(reason))
    for words, reason in (
        (r"(?:front |back |book )?cover|封面|封底", "cover"),
        (r"(?:half[- ]?)?title(?:[- ]?page)?|扉页|书名页", "title page"),
        (
            r"copyright.{0,40}|(?:legal )?(?:notice|imprint|disclaimer)s?|colophon|credits|impressum"
            r"|版权.{0,8}|版權.{0,8}|出版信息",
            "imprint",
        ),
        (r"(?:table of |brief |detailed )?contents?|toc|目\s*录|目\s*錄|目次", "contents"),
        (r"list of (?:illustrations|figures|tables|maps|plates)|illustrations|图片目录|插图目录", "contents"),
        (r"(?:general |subject |name )?index|索引", "index"),
        (r"bibliography|works cited|references|further reading|参考文献|參考文獻", "bibliography"),
        (
            r"(?:foot|end)?notes|notes to .{0,60}|(?:transcriber|translator)['’]s notes?"
            r"|注释|註釋|脚注|尾注",
            "notes of the book",
        ),
        (
            r"about(?: the (?:author|publisher|translator|editor|book|type)s?)?"
            r"|(?:also|other (?:books|titles|works)) by .{0,80}"
            r"|(?:books|novels) by .{0,60}|recommendations?|praise for .{0,80}|advertisements?|newsletter.{0,40}"
            r"|关于作者|作者简介|作者簡介|出版说明|内容简介|相关推荐|推荐阅读",
            "publisher's page",
        ),
        (r"dedications?|acknowledge?ments?|献词|致谢|致謝", "front matter"),
    )
)
FRONT_MATTER, OUT_OF_ORDER = Message("front matter"), Message("not part of the reading order")
_KEPT_FRONT = re.compile(
    r"\s*(?:prologue|preface|foreword|introduction|preamble|序.{0,6}|前言|引言|楔子|自序|导言)\W*.{0,40}", re.IGNORECASE
)
_MIN_PROSE = 40  # characters of a chapter that is narrated


def is_chapter_title(title: str) -> bool:
    """Return whether a title is that of a numbered chapter, a prologue or the like."""
    return CHAPTER.fullmatch(title.strip()) is not None


def reason_to_leave_out(title: str, roles: frozenset[str] = frozenset()) -> Message | None:
    """Return the reason why a chapter with this title and these roles isn't narrated, or None."""
    for role in sorted(roles):
        if role in _OFF_ROLES:
            return _OFF_ROLES[role]
    for pattern, reason in _OFF_TITLES:
        if pattern.fullmatch(title):
            return reason
    if "frontmatter" in roles and not _KEPT_FRONT.fullmatch(title):
        return FRONT_MATTER
    return None


def divide_at_headings(items: Sequence[Item], title: str) -> tuple[Chapter, ...]:
    """Divide a book into chapters at its headings.

    Args:
        items: Blocks with their passages.
        title: Title of the book, for the text before the first heading and for a book without headings.

    Returns:
        Chapters; headings of parts without text of their own are set before their first chapter.
    """
    level = _chapter_level(items)
    chapters: list[list[Item]] = [[]]
    for item in items:
        is_start = item[0].kind == HEADING and (item[0].level <= level or is_chapter_title(item[1].text))
        if is_start and chapters[-1] and not _belongs_together(chapters[-1][-1], item):
            chapters.append([])
        chapters[-1].append(item)
    return _name_chapters([chapter for chapter in chapters if chapter], title)


def _chapter_level(items: Sequence[Item]) -> int:
    """Return the level of headings that start chapters: that of numbered chapters, else the first that recurs."""
    headings = [(block.level, passage.text) for block, passage in items if block.kind == HEADING]
    numbered = Counter(level for level, text in headings if is_chapter_title(text))
    if numbered.total() > 1:
        return numbered.most_common(1)[0][0]
    counts = Counter(level for level, _ in headings)
    return next((level for level in sorted(counts) if counts[level] > 1), min(counts, default=1))


def _belongs_together(before: Item, item: Item) -> bool:
    """Return whether a heading goes on with the heading before it: "Chapter 1", "The Eve of the War"."""
    if before[0].kind != HEADING:
        return False
    first, second = before[1].text, item[1].text
    if PART.fullmatch(first) and not _BARE_NUMBER.fullmatch(first):
        return False
    if is_chapter_title(second) or PART.fullmatch(second):
        return False
    return _BARE_NUMBER.fullmatch(first) is not None or item[0].level > before[0].level


def _name_chapters(groups: list[list[Item]], book_title: str) -> tuple[Chapter, ...]:
    """Return chapters with titles and parts; a group of headings alone is put before the next one."""
    chapters: list[Chapter] = []
    waiting: list[Passage] = []
    part = ""
    titles_behind = Counter(_heading(group) for group in groups)
    for group in groups:
        passages = [passage for _, passage in group]
        title = _heading(group)
        if all(passage.kind == HEADING for passage in passages):
            if PART.fullmatch(title):
                part, waiting = title, passages
            elif titles_behind[title] > 1:  # a line of the contents
                titles_behind[title] -= 1
            else:
                waiting += passages
            continue
        chapters.append(Chapter(title or book_title, (*waiting, *passages), part))
        waiting = []
    return tuple(chapters)


def _heading(group: list[Item]) -> str:
    """Return the title of a group: its first headings."""
    words: list[str] = []
    for block, passage in group:
        if block.kind != HEADING:
            break
        words.append(passage.text.rstrip(".:"))
    return ". ".join(words)


def select_chapters(chapters: Sequence[Chapter]) -> tuple[Chapter, ...]:
    """Return the chapters, those left out that aren't text of the book: by title, or too short to be a chapter.

    If none would be left, all are selected.
    """
    numbered = [
        index for index, chapter in enumerate(chapters) if chapter.is_selected and is_chapter_title(chapter.title)
    ]
    first = numbered[0] if len(numbered) > 2 else 0
    chosen = []
    for index, chapter in enumerate(chapters):
        prose = sum(len(passage.text) for passage in chapter.passages if passage.kind in PROSE)
        reason = reason_to_leave_out(chapter.title)
        if reason is None and index < first and not _KEPT_FRONT.fullmatch(chapter.title) and not chapter.part:
            reason = FRONT_MATTER
        if reason is None and not prose:
            reason = Message("no text")
        if reason is None and index < first and prose < _MIN_PROSE:
            reason = FRONT_MATTER
        chosen.append(chapter.leave_out(reason) if chapter.is_selected and reason else chapter)
    if not any(chapter.is_selected for chapter in chosen):
        return tuple(replace(chapter, is_selected=True, reason=None) for chapter in chapters)
    return tuple(chosen)
