"""Names of people in an English text: which words are names, which names mean the same person, and their sex."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import lru_cache
from typing import NamedTuple

from funaudio_core.books.speakers.english_words import (
    ACTIONS,
    FEMALE_NAMES,
    FEMALE_NOUNS,
    FEMALE_TITLES,
    GIVEN_TITLES,
    MALE_NAMES,
    MALE_NOUNS,
    MALE_TITLES,
    NICKNAMES,
    NO_NAMES,
    PERSON_NOUNS,
    SPEECH_VERBS,
    TITLES,
    WEAK_TITLES,
)
from funaudio_core.books.speakers.types import FEMALE, MALE

_TITLE_WORDS = "|".join(sorted((title.capitalize() for title in TITLES), key=len, reverse=True))
_CAPITALISED = r"(?:(?:Mc|Mac|O[’']|D[’'])?[A-Z][a-zà-ÿ]+(?:-[A-Za-z][a-zà-ÿ]+)*|[A-Z]\.(?=\s+[A-Z]))"
NAME = re.compile(  # the look at the first letter rules out most places at once
    rf"(?=[A-Z])\b(?:(?:{_TITLE_WORDS})\b\.?\s+)*{_CAPITALISED}(?:\s+(?:(?:de|von|van|of|du|la)\s+)?{_CAPITALISED}){{0,2}}"
)
_PRONOUN = re.compile(r"\b(he|him|his|himself|she|her|hers|herself)\b", re.IGNORECASE)
_PLACE_BEFORE = re.compile(r"\b(?:in|at|into|near|through|towards?|from|via|around|across|of|to)\s+(?:the\s+)?$")
_VERB_BEFORE = re.compile(r"(\w+)\s+(?:the\s+)?$")
_WORD_AFTER = re.compile(r"(?:\s+\w+ly)?\s+(\w+)")
_NOBLE = frozenset({"lady", "sir", "lord"})
_MIN_VOTES = 0.65  # share of the pronouns near a name that decides its sex
MIN_WEAK_SHARE = 0.2  # of its uses, in which a name is the subject of an action
_VOTE_CHARACTERS = 90
Key = tuple[str, str]  # kind and word, of names that mean the same person


class Surface(NamedTuple):
    """Name as written, in lower case: titles, and the other words."""

    titles: tuple[str, ...]
    words: tuple[str, ...]


@lru_cache(maxsize=4096)
def parse_name(name: str) -> Surface:
    """Return the parts of a name; words that can't begin a name are left out at its start."""
    words = [word.strip(".").lower() for word in name.split()]
    while len(words) > 1 and words[0] in NO_NAMES - TITLES:
        words.pop(0)
    titles: list[str] = []
    while len(words) > 1 and words[0] in TITLES:
        title = words.pop(0)
        if title not in WEAK_TITLES:
            titles.append(title)
    return Surface(tuple(titles), tuple(words))


class EnglishNames:
    """Names of a text.

    Args of the constructor are the text and its narration, in which pronouns tell the sex of a name.

    Attributes:
        narrated: Names of the cast that narration uses.
    """

    def __init__(self, text: str, narration: list[tuple[int, int]]) -> None:
        self._counts: Counter[Surface] = Counter()
        self._written: dict[Surface, Counter[str]] = defaultdict(Counter)
        self._strong: Counter[Surface] = Counter()
        self._articles: Counter[Surface] = Counter()  # uses after "the", as of ships
        self._weak: Counter[Surface] = Counter()
        for match in NAME.finditer(text):
            self._count(text, match)
        self._keys: dict[Surface, Key] = {}
        self._assign_keys()
        self._merge_titled()
        self._sexes: dict[Key, str] = {}
        votes: dict[Key, Counter[str]] = defaultdict(Counter)
        for start, end in narration:
            self._vote(text[start:end], votes)
        for surface, key in self._keys.items():
            self._sexes[key] = self._sexes.get(key) or _sex_of_name(surface)
        for key, found in votes.items():
            if not self._sexes.get(key) and found.total():
                sex, count = found.most_common(1)[0]
                self._sexes[key] = sex if count >= _MIN_VOTES * found.total() else ""
        self._displays = self._choose_displays()
        names = {match.group() for start, end in narration for match in NAME.finditer(text, start, end)}
        self.narrated = {display for name in names if (display := self.key(name)) is not None}

    def key(self, name: str) -> str | None:
        """Return the name in the cast of a name as written, or None if it isn't a person's."""
        key = self._keys.get(parse_name(name))
        return self._displays.get(key) if key else None

    def sex(self, display: str) -> str:
        """Return the sex of a name in the cast, or ""."""
        key = self._keys.get(parse_name(display))
        return self._sexes.get(key, "") if key else ""

    def aliases(self, display: str) -> set[str]:
        """Return the other names of a name in the cast."""
        key = self._keys.get(parse_name(display))
        same = (surface for surface, other in self._keys.items() if other == key)
        return {self._written[surface].most_common(1)[0][0] for surface in same} - {display}

    def _count(self, text: str, match: re.Match[str]) -> None:
        """Count a name with the evidence that it is a person's."""
        surface = parse_name(match.group())
        if surface.words[0] in NO_NAMES or (
            len(surface.words) == 1 and surface.words[0] in TITLES and not surface.titles
        ):
            return
        self._counts[surface] += 1
        self._written[surface][_as_written(match.group(), surface)] += 1
        before = text[max(0, match.start() - 24) : match.start()]
        after = _WORD_AFTER.match(text, match.end())
        verb = after[1] if after else ""
        previous = _VERB_BEFORE.search(before)
        is_spoken = verb in SPEECH_VERBS or (previous is not None and previous[1] in SPEECH_VERBS)
        self._articles[surface] += before.endswith("the ")
        is_given = surface.words[0] in FEMALE_NAMES or surface.words[0] in MALE_NAMES
        self._strong[surface] += bool(surface.titles) + is_spoken + is_given
        self._weak[surface] += (verb in ACTIONS or verb.endswith("ed")) - bool(_PLACE_BEFORE.search(before))

    def _is_person(self, surface: Surface) -> bool:
        count = self._counts[surface]
        if self._strong[surface] > 0:
            return self._articles[surface] < count or surface.words[-1] in PERSON_NOUNS or self._strong[surface] > 1
        return self._weak[surface] > max(1, MIN_WEAK_SHARE * count) and self._articles[surface] < count / 2

    def _assign_keys(self) -> None:
        """Give each person's name its key."""
        people = [surface for surface in self._counts if self._is_person(surface)]
        titled = {(_title_class(s.titles), s.words[-1]) for s in people if s.titles and not _is_given(s)}
        surnames: dict[str, Counter[str]] = defaultdict(Counter)
        for surface in people:
            if _is_given(surface) and len(surface.words) > 1:
                surnames[_plain(surface.words[0])][surface.words[-1]] += self._counts[surface]
        for surface in people:
            first, last = _plain(surface.words[0]), surface.words[-1]
            if set(surface.titles) & _NOBLE:
                self._keys[surface] = (surface.titles[-1], surface.words[0])
            elif not surface.titles and len(surface.words) == 1 and ("mr", last) in titled:
                self._keys[surface] = ("mr", last)
            elif _is_given(surface):
                self._keys[surface] = ("given", self._given_key(first, surface, surnames))
            elif surface.titles:
                self._keys[surface] = (_title_class(surface.titles), last)
            else:
                classes = sorted(kind for kind, word in titled if word == last)
                kind = "mr" if "mr" in classes else classes[0] if len(classes) == 1 else "bare"
                self._keys[surface] = (kind, last)

    def _given_key(self, first: str, surface: Surface, surnames: dict[str, Counter[str]]) -> str:
        """Return a given name, with the surname where several people have the given name."""
        if len(surnames[first]) < 2:
            return first
        surname = surface.words[-1] if len(surface.words) > 1 else surnames[first].most_common(1)[0][0]
        return f"{first} {surname}"

    def _merge_titled(self) -> None:
        """Join "Mr. Bingley" and "Charles Bingley" where only one such given name has the surname."""
        owners: dict[tuple[str, str], set[Key]] = defaultdict(set)
        for surface, key in self._keys.items():
            if key[0] == "given" and len(surface.words) > 1:
                if surface.titles:  # beside "Miss Jane Bates", "Miss Bates" is somebody else
                    owners[(_title_class(surface.titles), surface.words[-1])] |= {("", ""), key}
                    continue
                sex = _sex_of_name(surface)
                owners[("mr" if sex == MALE else "miss", surface.words[-1])].add(key)
                owners[("bare", surface.words[-1])].add(key)
        for surface, key in self._keys.items():
            if len(owners.get(key, ())) == 1:
                self._keys[surface] = next(iter(owners[key]))

    def _vote(self, narration: str, votes: dict[Key, Counter[str]]) -> None:
        """Count the pronoun that follows each name in its sentence, if no other name stands between."""
        found = [(match, self._keys.get(parse_name(match.group()))) for match in NAME.finditer(narration)]
        people = [(match, key) for match, key in found if key is not None]
        for index, (match, key) in enumerate(people):
            end = people[index + 1][0].start() if index + 1 < len(people) else len(narration)
            stretch = re.split(r"[.!?;](?:\s|$)", narration[match.end() : min(end, match.end() + _VOTE_CHARACTERS)])[0]
            pronoun = _PRONOUN.search(stretch)
            if pronoun:
                votes[key][FEMALE if pronoun[1].lower().startswith(("she", "her")) else MALE] += 1

    def _choose_displays(self) -> dict[Key, str]:
        """Return the most frequent name of each key, with a title where the key has one."""
        found: dict[Key, Counter[str]] = defaultdict(Counter)
        for surface, key in self._keys.items():
            name, _ = self._written[surface].most_common(1)[0]
            bonus = 10_000 if key[0] in ("mr", "mrs", "miss") and surface.titles and len(surface.words) == 1 else 0
            found[key][name] += self._counts[surface] + bonus
        return {key: names.most_common(1)[0][0] for key, names in found.items()}


def _as_written(name: str, surface: Surface) -> str:
    """Return a name without words before it that aren't part of it."""
    words = name.split()
    return " ".join(words[-(len(surface.words) + len(surface.titles)) :])


def _is_given(surface: Surface) -> bool:
    """Return whether a name begins with a given name; after Mr, Mrs or a rank a single word is a surname."""
    is_surname = len(surface.words) == 1 and bool(set(surface.titles) - GIVEN_TITLES)
    return not is_surname and (surface.words[0] in FEMALE_NAMES or surface.words[0] in MALE_NAMES)


def _plain(given: str) -> str:
    return NICKNAMES.get(given, given)


def _title_class(titles: tuple[str, ...]) -> str:
    """Return the class of titles: those of one class with one surname mean one person."""
    title = titles[-1]
    if title in ("mrs", "mme", "madame", "señora", "frau", "signora"):
        return "mrs"
    return "miss" if title in FEMALE_TITLES else "mr"


def _sex_of_name(surface: Surface) -> str:
    """Return the sex that titles or a given name tell, or ""."""
    for title in surface.titles:
        if title in FEMALE_TITLES | MALE_TITLES:
            return FEMALE if title in FEMALE_TITLES else MALE
    for word in (surface.words[0], surface.words[-1]):
        is_female, is_male = word in FEMALE_NAMES or word in FEMALE_NOUNS, word in MALE_NAMES or word in MALE_NOUNS
        if is_female != is_male:
            return FEMALE if is_female else MALE
    return ""
