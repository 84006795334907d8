"""Pronunciation table: words and how they are said."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from io import StringIO

from funaudio_core.errors import BadInput
from funaudio_core.languages import is_spaced
from funaudio_core.text import clean

MAX_ENTRIES = 500
MAX_LENGTH = 100  # characters of a word or of how it is said
_SEPARATOR = re.compile(r"\s*(?:\t|=>|->|→|=)\s*")
_IPA = re.compile(r"/([^/]+)/")
_MARKED = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Pronunciation:
    """Word and how it is said.

    Attributes:
        word: As written; letters of either case match unless it has capitals.
        spoken: Respelling in ordinary letters; "" if `ipa` is given.
        ipa: Phonemes of the International Phonetic Alphabet.
    """

    word: str
    spoken: str = ""
    ipa: str = ""

    @property
    def said(self) -> str:
        """Return how the word is said as the table shows it, IPA between slashes."""
        return f"/{self.ipa}/" if self.ipa else self.spoken


def parse_table(text: str) -> tuple[Pronunciation, ...]:
    """Return the entries of a table; the last one wins if a word repeats.

    Args:
        text: One entry a line: the word, then a tab, "=" or a comma, then a respelling, or IPA between slashes. A CSV
            file is such a table.

    Raises:
        BadInput: A line has another form, or there are more than MAX_ENTRIES entries.
    """
    entries: dict[str, Pronunciation] = {}
    for line in text.lstrip("\ufeff").splitlines():
        if line.strip():
            entry = _parse_line(line.strip())
            entries[entry.word] = entry
    if len(entries) > MAX_ENTRIES:
        raise BadInput(
            "The pronunciation table is too long ({count} words; the limit is {most}). Shorten it.",
            count=len(entries),
            most=MAX_ENTRIES,
        )
    return tuple(entries.values())


def format_table(table: Sequence[Pronunciation]) -> str:
    """Return a table as CSV, for parse_table()."""
    out = StringIO()
    csv.writer(out, lineterminator="\n").writerows((entry.word, entry.said) for entry in table)
    return out.getvalue()


def apply_pronunciations(text: str, table: Sequence[Pronunciation], language: str) -> str:
    """Return the text with the words of a table in SSML tags that say how they sound; tags stay."""
    if not table:
        return text
    by_word = {entry.word: entry for entry in table}
    by_lower = {entry.word.lower(): entry for entry in table if entry.word == entry.word.lower()}
    words = "|".join(re.escape(word) for word in sorted(by_word, key=len, reverse=True))
    pattern = re.compile(rf"(?<!\w)(?:{words})(?!\w)" if is_spaced(language) else words, re.IGNORECASE)

    def tag(match: re.Match[str]) -> str:
        written = match.group()
        entry = by_word.get(written) or by_lower.get(written.lower())
        if entry is None:
            return written
        if entry.ipa:
            return f'<phoneme alphabet="ipa" ph="{escape(entry.ipa)}">{escape(written)}</phoneme>'
        return f'<sub alias="{escape(entry.spoken)}">{escape(written)}</sub>'

    position, out = 0, []
    for markup in _MARKED.finditer(text):
        out += [pattern.sub(tag, text[position : markup.start()]), markup.group()]
        position = markup.end()
    return "".join(out) + pattern.sub(tag, text[position:])


def _parse_line(line: str) -> Pronunciation:
    parts = _SEPARATOR.split(line, maxsplit=1)
    if len(parts) == 1:
        parts = next(csv.reader([line]), [])
    parts = [clean(part) for part in parts]
    if len(parts) != 2 or not all(parts) or max(map(len, parts)) > MAX_LENGTH:
        raise BadInput(
            "{line!r} isn't an entry of a pronunciation table. Write a word and how it is said on each line, such as: "
            "Nguyen = win, or: Nguyen = /wɪn/",
            line=line[:80],
        )
    word, said = parts
    ipa = _IPA.fullmatch(said)
    return Pronunciation(word, ipa=ipa[1]) if ipa else Pronunciation(word, said)
