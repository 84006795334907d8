"""Names of people in a Chinese text: found without a parser, by titles, surnames and the subjects of speech."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator

from funaudio_core.books.speakers.chinese_words import (
    DOUBLE_SURNAMES,
    FEMALE_CHARACTERS,
    FEMALE_NOUNS,
    FEMALE_TITLES,
    MALE_CHARACTERS,
    MALE_NOUNS,
    MALE_TITLES,
    MODIFIERS,
    NO_NAME_CHARACTERS,
    NO_NAMES,
    OTHER_TITLES,
    PERSON_NOUNS,
    SURNAMES,
    VERBS,
)
from funaudio_core.books.speakers.types import FEMALE, MALE, Quotation

_TITLES = tuple(sorted((*FEMALE_TITLES, *MALE_TITLES, *OTHER_TITLES), key=len, reverse=True))
_LONG_TITLES = tuple(title for title in _TITLES if len(title) > 1)
_SURNAME = f"(?:{'|'.join(DOUBLE_SURNAMES)}|[{''.join(sorted(SURNAMES))}])"
_TITLED = re.compile(rf"{_SURNAME}(?:{'|'.join(_LONG_TITLES)}|[嫂伯婶姨姑爷公氏总妈](?![\u4e00-\u9fff]?们))")
_PREFIXED = re.compile(rf"阿[\u4e00-\u9fffA-Z](?!们)|[老小]{_SURNAME}(?=[\u4e00-\u9fff，。！？：；”])")
_MODIFIER_END = re.compile(rf"(?:{'|'.join(sorted(MODIFIERS, key=len, reverse=True))}|[\u4e00-\u9fff]{{2,4}}地)$")
_VERB_END = re.compile(rf"(?:{'|'.join(sorted(VERBS, key=len, reverse=True))})(?:道|着|了|过|起来|出来|一声|一句|说)*$")
_VERB_START = re.compile(rf"(?:{'|'.join(sorted(VERBS, key=len, reverse=True))})")
_FULL_NAME = re.compile(rf"(?:^|(?<=[。！？；，：”」』\n\u3000 ]))({_SURNAME}[\u4e00-\u9fff]{{1,2}})")
_EDGE = re.compile(r"[，,：:；;。！？!?…—\n“”「」『』]")
_SENTENCE_EDGE = re.compile(r"[。！？!?；;…\n]")
_VOCATIVE = re.compile(r"[“「『\"]([\u4e00-\u9fff]{2,3})[！，!,]")
_SUBJECT_START = re.compile(
    r"([\u4e00-\u9fff]{2,3}?)(?=[在正从一把被对向听见看又便就也不已连忙急笑说道问答喊叫却才都大冷低小高厉怒叹哭慌忽突接拍点摇抬回转站坐走愣怔])"
)
_SUBJECT_PRONOUN = re.compile("[，。！？；”][一-鿿]{0,2}([他她])(?!们)")
_ACTOR = re.compile(r"([\u4e00-\u9fff]{2})(?=[\u4e00-\u9fff]{1,2}[了着起])")
_BEFORE_NAME = frozenset("对向和跟与把被给的是叫请听见看着了让问连同为替像找等当")
_MAX_NAME = 4
_MIN_REPEATS = 2
_SENTENCE_CHARACTERS = 40


class ChineseNames:
    """Names of a text; made from the text and its quotations."""

    def __init__(self, text: str, quotations: list[Quotation]) -> None:
        self._text = text
        self._inside = [(quotation.start, quotation.end) for quotation in quotations]
        self._counts: Counter[str] = Counter()
        self._starts: Counter[str] = Counter()  # what sentences with a verb of speech begin with
        for quotation in quotations:
            self._read_tags(quotation)
        for pattern in (_TITLED, _PREFIXED):
            for match in pattern.finditer(text):
                if self._is_outside(match) and match.group() not in NO_NAMES and match.group() not in PERSON_NOUNS:
                    self._counts[match.group()] += 1
        self._read_full_names()
        for name, count in self._starts.items():
            if not any(name.startswith(known) for known in self._counts) and not name.startswith(tuple(PERSON_NOUNS)):
                self._counts[name] += count
        self._names = {name for name in self._counts if not self._is_part(name)}
        everything = self._names | PERSON_NOUNS
        self._longest = max(map(len, everything))
        self._by_first: dict[str, list[str]] = defaultdict(list)
        for name in sorted(everything, key=len, reverse=True):
            self._by_first[name[0]].append(name)
        self._groups = self._group()
        self._sexes = self._read_sexes()

    def is_name(self, word: str) -> bool:
        """Return whether a word is a name of the text."""
        return word in self._names

    def looks_like_name(self, word: str) -> bool:
        """Return whether a word has the form of a name with a prefix or a title."""
        return bool(_TITLED.fullmatch(word) or _PREFIXED.match(f"{word}，")) and len(word) > 1 and word not in NO_NAMES

    def is_narrated(self, name: str) -> bool:
        """Return whether narration uses a name."""
        return any(self._is_outside(match) for match in re.finditer(re.escape(name), self._text))

    def match(self, position: int, end: int) -> str | None:
        """Return the longest name or noun for a person at a position."""
        if position >= end:
            return None
        names = self._by_first.get(self._text[position], ())
        return next(
            (name for name in names if self._text.startswith(name, position) and position + len(name) <= end), None
        )

    def find(self, start: int, end: int) -> Iterator[tuple[int, int, str]]:
        """Yield start, end and word of the names and nouns in text[start:end]."""
        position = start
        while position < end:
            name = self.match(position, end)
            if name is None or (len(name) == 1 and name not in self._names):
                position += 1
                continue
            yield position, position + len(name), name
            position += len(name)

    def canonical(self, name: str) -> str:
        """Return the name under which a person is listed."""
        return self._groups.get(name, name)

    def aliases(self, name: str) -> set[str]:
        """Return the other names of a person."""
        return {other for other, display in self._groups.items() if display == name and other != name}

    def sex(self, name: str) -> str:
        """Return the sex of a name or noun, or ""."""
        return self._sexes.get(self.canonical(name)) or _sex_of_name(name)

    def _is_outside(self, match: re.Match[str]) -> bool:
        """Return whether a word stands in narration, or where somebody is addressed."""
        before = self._text[max(0, match.start() - 1) : match.start()]
        if match.re is _TITLED and "\u4e00" <= before <= "\u9fff" and before not in _BEFORE_NAME:
            return False  # 班经理 in 值班经理
        index = bisect_right(self._inside, (match.start(), len(self._text))) - 1
        if index < 0 or match.start() >= self._inside[index][1]:
            return True
        is_addressed = (
            self._text[match.start() - 1] in '“「『"，！' and self._text[match.end() : match.end() + 1] in "，！。？…"
        )
        return is_addressed and not self._text.startswith(("阿呀", "阿弥"), match.start())

    def _read_tags(self, quotation: Quotation) -> None:
        """Count what stands before the verb of speech next to a quotation, at the start of a sentence."""
        before = self._text[slice(*quotation.before)].rstrip("：:，, \u3000")
        sentence = _SENTENCE_EDGE.split(before)[-1].strip()
        if before != self._text[slice(*quotation.before)].rstrip():
            self._count_subject(sentence)
        after = _EDGE.split(self._text[slice(*quotation.after)].lstrip())[0].strip()
        self._count_subject(after)
        actor = _ACTOR.match(after)
        if actor and _may_be_name(actor[1]):
            self._starts[actor[1]] += 1
        vocative = _VOCATIVE.match(self._text, quotation.start, quotation.end)
        if vocative and _may_be_name(vocative[1]) and re.search(rf"(?:^|[。！？”」\n]){vocative[1]}", self._text):
            self._counts[vocative[1]] += 1

    def _count_subject(self, clause: str) -> None:
        start = _SUBJECT_START.match(clause)
        clause = _EDGE.split(clause)[-1] if "，" not in clause else ""
        match = _VERB_END.search(clause)
        if match is None:
            if start and _may_be_name(start[1]):
                self._starts[start[1]] += 1
            return
        subject = clause[: match.start()]
        while (modifier := _MODIFIER_END.search(subject)) and modifier.start() > 0:
            subject = subject[: modifier.start()]
        is_short = 0 < len(subject) <= _MAX_NAME
        is_classical = len(subject) != 1 or match.group() in ("曰", "道", "云", "问")
        if start and len(start[1]) < len(subject) and _may_be_name(start[1]):
            self._starts[start[1]] += 1
        if is_short and is_classical and _may_be_name(subject):
            self._counts[subject] += 1

    def _read_full_names(self) -> None:
        """Count surnames with one or two characters that recur at the start of clauses."""
        found: Counter[str] = Counter()
        for match in _FULL_NAME.finditer(self._text):
            name = match[1]
            for length in {len(name), len(name) - 1}:
                part = name[:length]
                if (
                    length > 1
                    and not any(char in NO_NAME_CHARACTERS for char in part[1:])
                    and part not in NO_NAMES | PERSON_NOUNS
                ):
                    found[part] += 1
        for name, count in found.items():
            longer = [other for other in found if other != name and other.startswith(name) and found[other] == count]
            if count >= _MIN_REPEATS and not longer and name not in self._counts:
                if any(name.startswith(known) and known != name for known in self._counts):
                    continue
                self._counts[name] = count

    def _is_part(self, name: str) -> bool:
        """Return whether a candidate is a name with the start of a verb phrase, or a piece of a longer name."""
        shorter = [other for other in self._counts if other != name and name.startswith(other) and len(other) > 1]
        return any(self._counts[other] >= self._counts[name] and not name.endswith(_TITLES) for other in shorter)

    def _group(self) -> dict[str, str]:
        """Return the listed name of each name: a given name belongs to the one full name that ends with it."""
        groups = {}
        for name in self._names:
            full = [
                other
                for other in self._names
                if other != name and len(other) > len(name) and _is_short_form(name, other)
            ]
            if len(full) == 1:
                groups[name] = full[0]
        return {name: groups.get(display, display) for name, display in groups.items()} | {
            display: display for display in groups.values() if display not in groups
        }

    def _read_sexes(self) -> dict[str, str]:
        """Return the sexes that pronouns in the sentence of a name tell."""
        votes: dict[str, Counter[str]] = defaultdict(Counter)
        for name in self._names:
            for match in re.finditer(re.escape(name), self._text):
                stretch = self._text[match.end() : match.end() + _SENTENCE_CHARACTERS]
                pronoun = _SUBJECT_PRONOUN.search(stretch)
                if pronoun and not any(other in stretch[: pronoun.start()] for other in self._names):
                    votes[self.canonical(name)][FEMALE if pronoun[1] == "她" else MALE] += 1
        sexes = {name: _sex_of_name(name) for name in self._groups.values()}
        for name in self._names:
            display = self.canonical(name)
            sexes[display] = sexes.get(display) or _sex_of_name(name)
        for name, found in votes.items():
            sex, count = found.most_common(1)[0]
            if count > found.total() / 2 and not _has_sure_sex(name):
                sexes[name] = sex
        return sexes


def _may_be_name(word: str) -> bool:
    """Return whether a word has no common character and isn't another word."""
    return not set(word) & NO_NAME_CHARACTERS and word not in NO_NAMES and word not in PERSON_NOUNS


def _is_short_form(name: str, full: str) -> bool:
    """Return whether a name is a short form of a full one: 熙凤, 凤姐 of 王熙凤; 老方 of 方师傅."""
    if full.endswith(name) and full[0] in SURNAMES and not full.endswith(_LONG_TITLES):
        return True
    if len(name) == 2 and name[1] in "姐哥儿嫂爷" and len(full) == 3 and full[0] in SURNAMES:
        return name[0] in full[1:]
    return name[0] in "老小" and len(name) == 2 and full.startswith(name[1]) and full.endswith(_TITLES)


def _has_sure_sex(name: str) -> bool:
    return name in FEMALE_NOUNS | MALE_NOUNS or name.endswith(FEMALE_TITLES)


def _sex_of_name(name: str) -> str:
    """Return the sex that a noun, a title or the characters of a name tell, or ""."""
    if name in FEMALE_NOUNS or name.endswith(FEMALE_TITLES):
        return FEMALE
    if name in MALE_NOUNS or name.endswith(MALE_TITLES):
        return MALE
    given = name[1:] if len(name) > 1 else name
    female, male = sum(char in FEMALE_CHARACTERS for char in given), sum(char in MALE_CHARACTERS for char in given)
    return FEMALE if female > male else MALE if male > female else ""
