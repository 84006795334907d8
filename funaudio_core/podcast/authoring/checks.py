"""Checks of lines that a language model wrote: nothing about the subject that the source doesn't say.

They compare words, names, numbers, quotations and negations with the sentences that a line rests on. They don't
understand it: a line that says something else with the same words passes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from funaudio_core.podcast.authoring.small_talk import NEGATION, NUMBER, SMALL_TALK, SMALL_TALK_CHARACTERS
from funaudio_core.podcast.pace import count_words, is_spaced
from funaudio_core.podcast.terms import terms_of
from funaudio_core.text import clean, ends_sentence, is_speakable
from funaudio_core.text.markup import strip_markup

EMPTY, MARKUP, SPEAKER, LANGUAGE, LONG, UNFINISHED, REPEATED, NO_QUESTION = (
    "no words",
    "markup",
    "names a speaker",
    "another language",
    "too long",
    "unfinished",
    "repeated",
    "no question",
)
QUOTATION, NUMBERS, NAME, DENIAL, INVENTED = (
    "a quotation",
    "a number",
    "a name",
    "a negation",
    "other words",
)
MAX_QUOTED_WORDS, MAX_QUOTED_HAN = 3, 8  # of a name or a title; more are somebody's words
MAX_SCRIPT_SHARE = 0.1  # of letters in another script
_SPEAKER = re.compile(r"\s*(?:[^\W\d_][\w'’-]*\s){0,2}[^\W\d_][\w'’-]*\s?:\s|\s*[\u3400-\u9fff·]{1,6}：")
_QUOTED = re.compile(r"“([^”]*)”?|\"([^\"]*)\"?|「([^」]*)」?|『([^』]*)』?|(?<!\w)'([^']{4,})'(?!\w)")
_NAME = re.compile(r"(?<![.!?“\"]\s)(?<!^)\b[A-Z][a-zA-Z'’-]+")
_HAN = re.compile(r"[\u3400-\u9fff]")
_HAN_RUN = re.compile(r"[\u3400-\u9fff]+")
_BRACKETS = re.compile(r"[{}\[\]<>|\\*_#`~]")


@dataclass(frozen=True)
class Ground:
    """What a line may rest on.

    Attributes:
        language: ISO 639 code.
        texts: Sentences of the source.
        names: Further words that may be mentioned: names of the hosts, the title, the heading.
    """

    language: str
    texts: tuple[str, ...]
    names: tuple[str, ...] = ()

    @cached_property
    def text(self) -> str:
        """Return everything in one text."""
        return " ".join((*self.texts, *self.names))

    @cached_property
    def terms(self) -> frozenset[str]:
        """Return the terms, in Chinese pairs of neighbouring characters and single ones."""
        if is_spaced(self.language):
            return frozenset(terms_of(self.text, self.language))
        runs = _HAN_RUN.findall(self.text)
        pairs = {"".join(pair) for run in runs for pair in pairwise(run)}
        return frozenset(pairs.union(*runs, re.findall(r"[a-z]+", self.text.casefold())))


def find_form_fault(text: str, language: str, max_words: int, tags: frozenset[str] = frozenset()) -> str:
    """Return what makes a line unfit to be spoken, one of the constants; "" for nothing.

    Args:
        text: The line.
        language: ISO 639 code.
        max_words: Most words, in a script without spaces characters.
        tags: Names of event tags that may stand in it.
    """
    bare = strip_markup(text)
    if not is_speakable(bare):
        return EMPTY
    kept = re.sub(rf"\[(?:{'|'.join(map(re.escape, sorted(tags)))})\]", "", text) if tags else text
    if "\n" in text.strip() or _BRACKETS.search(kept) or strip_markup(kept).split() != clean(kept).split():
        return MARKUP
    if _SPEAKER.match(text):
        return SPEAKER
    if not _is_written_in(bare, language):
        return LANGUAGE
    if count_words(bare, language) > max_words:
        return LONG
    return "" if ends_sentence(bare) else UNFINISHED


def _is_written_in(text: str, language: str) -> bool:
    """Return whether a text has the letters of a language, Chinese or one in Latin script."""
    letters = [char for char in text if char.isalpha()]
    if not is_spaced(language):
        return 2 * len(_HAN.findall(text)) >= len(letters)
    return sum(ord(char) > 0x24F for char in letters) <= MAX_SCRIPT_SHARE * len(letters)


def find_invention(text: str, ground: Ground, unknown_share: float = 0.0) -> str:
    """Return what a line says beyond its ground, one of the constants; "" for nothing.

    Args:
        text: The line.
        ground: What it may rest on.
        unknown_share: Share of its meaningful words that the ground may lack.
    """
    words = strip_markup(text)
    quoted = [next(filter(None, groups), "") for groups in _QUOTED.findall(words)]
    if any(_plain(each) not in _plain(ground.text) for each in quoted):
        return QUOTATION
    told = {number.casefold() for number in NUMBER.findall(ground.text)}
    if any(number.casefold() not in told for number in NUMBER.findall(words)):
        return NUMBERS
    lowered = ground.text.casefold()
    if any(name.casefold().removesuffix("'s").removesuffix("’s") not in lowered for name in _NAME.findall(words)):
        return NAME
    if not is_question(words) and NEGATION.search(words) and not NEGATION.search(ground.text):
        return DENIAL
    unknown, count = _count_unknown(words, ground)
    return INVENTED if unknown > unknown_share * count else ""


def has_quotation(text: str) -> bool:
    """Return whether a line quotes more than a name or a title."""
    quoted = [next(filter(None, groups), "") for groups in _QUOTED.findall(text)]
    return any(len(each.split()) > MAX_QUOTED_WORDS or len(_HAN.findall(each)) > MAX_QUOTED_HAN for each in quoted)


def is_question(text: str) -> bool:
    """Return whether a line ends as a question."""
    return text.rstrip(" \"'”’」』)）]").endswith(("?", "？"))


def _plain(text: str) -> str:
    """Return a text in small letters without marks and spaces, to compare quotations."""
    return "".join(char for char in text.casefold() if char.isalnum())


def _count_unknown(text: str, ground: Ground) -> tuple[int, int]:
    """Return how many meaningful words of a text its ground lacks, and how many it has."""
    if is_spaced(ground.language):
        terms = [term for term in terms_of(text, ground.language) if term not in SMALL_TALK and "'" not in term]
        return sum(term not in ground.terms for term in terms), len(terms)
    found = [is_known for run in _HAN_RUN.findall(text) for is_known in _known_pairs(run, ground.terms)]
    latin = [word in ground.terms for word in re.findall(r"[a-z]+", text.casefold())]
    return (found + latin).count(False), len(found) + len(latin)


def _known_pairs(run: str, terms: Iterable[str]) -> list[bool]:
    """Return for each pair of meaningful Chinese characters, or single one, whether the ground has it."""
    known = []
    padded = f"的{run}的"
    for index, char in enumerate(run, 1):
        if char in SMALL_TALK_CHARACTERS:
            continue
        following = padded[index + 1]
        if following not in SMALL_TALK_CHARACTERS:
            known.append(char + following in terms)
        elif padded[index - 1] in SMALL_TALK_CHARACTERS:
            known.append(char in terms)
    return known


def cited(text: str, numbers: Sequence[int], texts: Sequence[str], ground: Ground) -> tuple[int, ...]:
    """Return the numbers of the sentences that a line takes up: those with one of its meaningful words.

    Args:
        text: The line.
        numbers: Numbers of the sentences.
        texts: The sentences.
        ground: What the line rests on.
    """
    if is_spaced(ground.language):
        own = {term for term in terms_of(text, ground.language) if term not in SMALL_TALK}
    else:
        own = {
            pair for pair in terms_of(text, ground.language) if not any(char in SMALL_TALK_CHARACTERS for char in pair)
        }
    return tuple(
        number
        for number, sentence in zip(numbers, texts, strict=True)
        if own.intersection(terms_of(sentence, ground.language))
    )
