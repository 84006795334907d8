"""Phrases of an English text that mean people: pronouns, names, nouns, and the subjects of sentences."""

from __future__ import annotations

import re
from itertools import islice, pairwise

from funaudio_core.books.speakers.english_names import NAME, EnglishNames
from funaudio_core.books.speakers.english_words import (
    ADVERBS,
    BODY_PARTS,
    FEMALE_NOUNS,
    KIN,
    MALE_NOUNS,
    PERSON_NOUNS,
    SPEECH_VERBS,
)
from funaudio_core.books.speakers.types import FEMALE, IMPLICIT, MALE, PRONOUN, Mention

_PRONOUNS = {"he": MALE, "she": FEMALE, "they": "", "i": "", "we": "", "it": ""}
POSSESSIVES = {"his": "he", "her": "she", "my": "i", "our": "we", "their": "they", "its": "it"}
_DETERMINER = re.compile(
    r"(the other|the|an?|his|her|my|our|their|its|this|that|another|one of (?:the|his|her|my|their)|some|both|"
    r"two of the)\s+",
    re.IGNORECASE,
)
_SUBJECT_PRONOUN = re.compile(r"(he|she|they|I|we|it)\b(?![’'])", re.IGNORECASE)
WORD = re.compile(r"[A-Za-zà-ÿ][\w’'-]*")
_LEAD = re.compile(r"[\s,—–-]*")
_SENTENCE = re.compile(r"(?<=[.!?…])[\"”’)]*\s+|\n+")
_ABBREVIATED = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|Prof|Rev|Capt|Col|Gen|Lt|Sgt|Messrs)\.$")
_OPENING_WORDS = re.compile(
    r"(?:(?:but|and|then|so|now|yet|still|or|for|at last|at once|at this|again|presently|suddenly|meanwhile|perhaps|"
    r"even|only|soon|finally|instantly|immediately|here|there|in reply|in answer|for answer|after (?:a|that)[\w ]*|"
    r"for a (?:moment|while|minute)|a moment later|with (?:a|an|this|that|these)[^,.]{0,50})\b,?\s*)+",
    re.IGNORECASE,
)
_NOUN_END = re.compile(
    r"(?:who|whom|which|that|with|in|at|to|from|as|and|but|for|of|on|by|after|before|when|while|without|then|again|"
    r"through|over|under|beside|behind|into|upon|between|rather|[\w-]+ly|\w{2,}ing)$",
    re.IGNORECASE,
)
_CLAUSE_START = re.compile(r"[,;]\s+(?:(?:and|but|then|when|while|as|for|so) )?")
_APPEARING = re.compile(
    r"\b(?:stood|sat|came|lay|appeared|entered|walked|emerged|stepped|burst|knelt) (?=(?:an?|the) )"
)
_MAX_NOUN_WORDS = 6
_MAX_FREE_WORDS = 4  # of a noun phrase whose head isn't a known noun


class EnglishPhrases:
    """Phrases of one text; positions are indices into it."""

    def __init__(self, text: str, names: EnglishNames) -> None:
        self._text = text
        self._names = names

    def sex_of(self, key: str) -> str:
        """Return the sex that a name or a noun tells."""
        noun = key.rsplit(maxsplit=1)[-1].lower()
        if key.startswith(("the ", "his ", "her ", "my ", "their ", "our ")) or key.islower():
            return FEMALE if noun in FEMALE_NOUNS else MALE if noun in MALE_NOUNS else ""
        return self._names.sex(key)

    def person_before(self, end: int, start: int) -> Mention | None:
        """Return the person directly before a verb, adverbs between."""
        words = list(WORD.finditer(self._text, start, end))
        while words and (words[-1].group().lower() in ADVERBS or words[-1].group().endswith("ly")):
            words.pop()
        for count in range(1, min(_MAX_NOUN_WORDS, len(words)) + 1):
            place = words[-count].start()
            found = self.person(place, end)
            stop = self._end_of(found, end) if found else None
            if found and stop is not None and stop >= words[-1].end():
                return found
        return None

    def _end_of(self, found: Mention, end: int) -> int | None:
        """Return the index after a mention's words."""
        match = NAME.match(self._text, found.start, end) or _SUBJECT_PRONOUN.match(self._text, found.start, end)
        if match and self._text[found.start : match.end()]:
            return match.end()
        words = islice(WORD.finditer(self._text, found.start, end), _MAX_NOUN_WORDS)
        head = found.key.split()[-1]
        return next((word.end() for word in words if word.group().lower() == head), None)

    def verb_after(self, found: Mention, end: int) -> str:
        """Return the word after a mention, adverbs left out, or ""."""
        place = self._end_of(found, end)
        if place is None:
            return ""
        word = WORD.match(self._text, self.skip_adverbs(place, end), end)
        return word.group() if word else ""

    def skip_adverbs(self, position: int, end: int) -> int:
        """Return the index of the next word that is no adverb."""
        for word in WORD.finditer(self._text, position, end):
            is_adverb = word.group() in ADVERBS or (word.group().endswith("ly") and word.group().islower())
            if not is_adverb or self._text[position : word.start()].strip(" ,"):
                return word.start()
        return end

    def person(self, position: int, end: int, *, is_free: bool = False) -> Mention | None:
        """Return the person that the words at a position mean."""
        pronoun = _SUBJECT_PRONOUN.match(self._text, position, end)
        if pronoun and (pronoun[1] != "i"):
            key = pronoun[1].lower()
            return Mention(key, position, True, _PRONOUNS[key], PRONOUN)
        match = NAME.match(self._text, position, end)
        named = self._named(match, end) if match else None
        return named or self._described(position, end, is_free=is_free)

    def _named(self, match: re.Match[str], end: int) -> Mention | None:
        key = self._names.key(match.group())
        owned = re.compile(r"[’']s?\s+(?:[\w-]+\s+){0,2}?(\w+)").match(self._text, match.end(), end)
        if owned and owned[1] in KIN:
            return noun_mention(owned[1], match.start(), key or "")
        if owned:
            return Mention(key, match.start(), sex=self.sex_of(key)) if key and owned[1] in BODY_PARTS else None
        return Mention(key, match.start(), sex=self.sex_of(key)) if key else None

    def _described(self, position: int, end: int, *, is_free: bool) -> Mention | None:
        """Return the person of a noun phrase: "his wife", "the old man", "her voice"."""
        determiner = _DETERMINER.match(self._text, position, end)
        if determiner is None:
            return None
        owner = POSSESSIVES.get(determiner[1].lower().split()[-1], "")
        words: list[re.Match[str]] = []
        for word in WORD.finditer(self._text, determiner.end(), end):
            gap = self._text[words[-1].end() if words else determiner.end() : word.start()]
            if gap.strip() or _NOUN_END.match(word.group()) or len(words) >= _MAX_NOUN_WORDS:
                break
            words.append(word)
            noun = re.sub("[’']s?$", "", word.group().lower())
            if noun in PERSON_NOUNS and noun != word.group().lower():
                owned = WORD.match(self._text, word.end() + 1, end)
                return noun_mention(noun, position, owner) if owned and owned.group() in BODY_PARTS else None
            if noun in BODY_PARTS and owner:
                return Mention(owner, position, True, _PRONOUNS[owner], PRONOUN)
            if noun in PERSON_NOUNS and not self._continues_noun(word, end):
                return noun_mention(noun, position, owner)
        name = NAME.match(self._text, determiner.end(), end)
        if name and (key := self._names.key(name.group())):
            return Mention(key, position, sex=self.sex_of(key))
        if is_free and words and words[-1].group().islower():
            return noun_mention(words[-1].group().lower(), position, owner)
        return None

    def _continues_noun(self, word: re.Match[str], end: int) -> bool:
        """Return whether another noun for people follows: "the old lady's maid", "the ship captain"."""
        after = WORD.match(self._text, word.end() + 1, end)
        return after is not None and after.group().lower() in PERSON_NOUNS

    def free_noun(self, position: int, end: int) -> Mention | None:
        """Return a noun phrase whose verb is one of speech though its noun isn't known to be a person."""
        determiner = _DETERMINER.match(self._text, position, end)
        if determiner is None:
            return None
        words = list(WORD.finditer(self._text, determiner.end(), min(end, determiner.end() + 60)))[
            : _MAX_FREE_WORDS + 1
        ]
        for before, verb in pairwise(words):
            if verb.group() in SPEECH_VERBS and not self._text[before.end() : verb.start()].strip():
                return noun_mention(before.group().lower(), position, POSSESSIVES.get(determiner[1].lower(), ""))
        return None

    def sentences(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return the sentences of text[start:end]."""
        ends = [
            match.end()
            for match in _SENTENCE.finditer(self._text, start, end)
            if not _ABBREVIATED.search(self._text, max(start, match.start() - 8), match.start())
        ]
        found = [(first + blank_length(self._text, first, last), last) for first, last in pairwise([start, *ends, end])]
        return [(first, last) for first, last in found if first < last]

    def sentence_subject(self, start: int, end: int) -> Mention | None:
        """Return the person that a sentence begins with, or that follows its first clause."""
        opening = _OPENING_WORDS.match(self._text, start, end)
        places = [opening.end() if opening else start]
        places += [match.end() for match in _CLAUSE_START.finditer(self._text, start, end)]
        appearing = _APPEARING.search(self._text, start, end)
        for place in [*places[:3], *([appearing.end()] if appearing else [])]:
            found = self.person(place, end)
            if found is not None:
                kind = PRONOUN if found.is_pronoun and found.key != "i" else IMPLICIT
                return Mention(
                    found.key, found.start, found.is_pronoun, found.sex, kind, self._text[start:end][:80], found.owner
                )
        return None


def noun_mention(noun: str, start: int, owner: str) -> Mention:
    """Return the mention of a noun; a relative keeps whose it is."""
    sex = FEMALE if noun in FEMALE_NOUNS else MALE if noun in MALE_NOUNS else ""
    return Mention(f"the {noun}", start, sex=sex, owner=owner if noun in KIN else "")


def blank_length(text: str, start: int, end: int) -> int:
    """Return the number of spaces, commas and dashes at the start."""
    match = _LEAD.match(text, start, end)
    return match.end() - start if match else 0
