"""Answers to a listener out of the source: the sentence that answers, or that the text does not tell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from funaudio_core.podcast.choosing import DANGLING
from funaudio_core.podcast.listening.question_words import (
    ASKS,
    ASKS_CHINESE,
    CHINESE_ASKING,
    EXPLAINS,
    KINDS,
    OPTIONAL,
    QUESTION_MARK,
    SYNONYMS,
)
from funaudio_core.podcast.pace import is_spaced
from funaudio_core.podcast.source import Source, SourceSentence
from funaudio_core.podcast.terms import terms_of

K1, B = 1.2, 0.6  # BM25
MIN_COVERAGE = {
    True: 0.55,
    False: 0.45,
}  # share of the weight of a question's terms that an answer and its context hold
REFERENCE_WEIGHT = 0.9  # of a term in the sentence that "it" or "he" refers to
CONTEXT_WEIGHT = 0.4  # of a term that only the neighbours of a sentence hold
KIND_BONUS = 1.6  # of a sentence that has the kind of thing which the question asks for


@dataclass(frozen=True, slots=True)
class _Unit:
    """One thing that a question names.

    Attributes:
        terms: Terms that stand for it, or, for a sequence, that make it up.
        weight: Weight.
        is_optional: An answer may lack it.
        is_sequence: The terms are pairs of characters of one word.
    """

    terms: frozenset[str]
    weight: float
    is_optional: bool = False
    is_sequence: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """Sentences of the source that answer a question; none if the text does not tell."""

    sentences: tuple[SourceSentence, ...]
    confidence: float

    @property
    def is_known(self) -> bool:
        """Return whether the source answers."""
        return bool(self.sentences)


def is_question(utterance: str) -> bool:
    """Return whether an utterance asks for something."""
    text = utterance.strip()
    return bool(QUESTION_MARK.search(text) or ASKS.search(text) or ASKS_CHINESE.search(text))


class Librarian:
    """Searcher of answers in one source. Stateless after its first search."""

    def __init__(self, source: Source) -> None:
        """Take the source."""
        self._source = source

    @cached_property
    def _mean_length(self) -> float:
        return sum(map(len, self._source.terms)) / max(1, len(self._source.terms))

    def answer(self, question: str) -> Answer:
        """Return the sentence that answers a question, with a neighbour without which it can't be understood.

        A sentence counts if it and its neighbours hold enough of the question's terms, weighted by rarity.
        """
        units = self._units(question)
        needed = [unit for unit in units if not unit.is_optional] or units
        total = sum(unit.weight for unit in needed)
        best, best_score = -1, 0.0
        for index in range(len(self._held)):
            coverage = sum(unit.weight * self._share(index, unit) for unit in needed) / total if total else 0.0
            if coverage < MIN_COVERAGE[is_spaced(self._source.language)]:
                continue
            relevance = sum(unit.weight * self._share(index, unit) for unit in units) / self._length_factor(index)
            score = relevance * self._kind_factor(question, index)
            if score > best_score:
                best, best_score = index, score
        if best < 0:
            return Answer((), 0.0)
        return Answer(self._with_neighbour(best, question), best_score / total)

    def _units(self, question: str) -> list[_Unit]:
        """Return what a question is about."""
        rarity = self._source.rarity
        greatest = max(rarity.values(), default=1.0)
        if not is_spaced(self._source.language):
            return _chinese_units(CHINESE_ASKING.sub("，", question), self._source.language, rarity, greatest)
        units = []
        for term in dict.fromkeys(terms_of(question, self._source.language)):
            terms = frozenset({term}).union(*(group for group in SYNONYMS if term in group))
            known = [rarity[each] for each in terms if each in rarity]
            units.append(_Unit(terms, rarity.get(term, max(known, default=greatest)), term in OPTIONAL))
        return units

    @cached_property
    def _held(self) -> list[tuple[frozenset[str], frozenset[str], frozenset[str]]]:
        """Return for each sentence its terms, those of what its first word refers to, and those around it."""
        sentences, terms = self._source.sentences, [frozenset(each) for each in self._source.terms]
        headings = [frozenset(terms_of(heading, self._source.language)) for heading in self._source.headings]
        held = []
        referred: frozenset[str] = frozenset()
        for index, sentence in enumerate(sentences):
            is_first = not index or sentences[index - 1].section != sentence.section
            leans = not is_first and DANGLING.match(sentence.text) is not None
            referred = referred | terms[index - 1] if leans else frozenset()
            near = [each for each in (index - 2, index - 1, index + 1) if 0 <= each < len(sentences)]
            around = headings[sentence.section].union(
                *(terms[each] for each in near if sentences[each].section == sentence.section)
            )
            held.append((terms[index], referred, around))
        return held

    def _share(self, index: int, unit: _Unit) -> float:
        """Return 1 if a sentence holds a unit, less if only what it refers to or what is around it does."""
        own, referred, around = self._held[index]
        if unit.is_sequence:
            count = len(unit.terms)
            share = len(unit.terms & own) / count
            return max(
                share,
                REFERENCE_WEIGHT * len(unit.terms & (own | referred)) / count,
                CONTEXT_WEIGHT * len(unit.terms & (own | around)) / count,
            )
        if unit.terms & own:
            return 1.0
        if unit.terms & referred:
            return REFERENCE_WEIGHT
        return CONTEXT_WEIGHT if unit.terms & around else 0.0

    def _length_factor(self, index: int) -> float:
        """Return the factor by which BM25 discounts a long sentence."""
        length = len(self._source.terms[index]) / self._mean_length
        return 1 + K1 * (1 - B + B * length)

    def _kind_factor(self, question: str, index: int) -> float:
        """Return KIND_BONUS if a sentence holds the kind of thing that is asked for, else 1."""
        text = self._source.sentences[index].text
        lowered = question.casefold()
        fits = [bool(held.search(text)) for asked, held in KINDS if asked.search(lowered)]
        return KIND_BONUS if fits and all(fits) else 1.0

    def _with_neighbour(self, index: int, question: str) -> tuple[SourceSentence, ...]:
        """Return a sentence, after the one that it refers to, or before the reason or the way that follows from it."""
        sentences = self._source.sentences
        sentence = sentences[index]
        if index and self._held[index][1]:
            return (sentences[index - 1], sentence)
        has_next = index + 1 < len(sentences) and sentences[index + 1].section == sentence.section
        if has_next and EXPLAINS.search(question) and DANGLING.match(sentences[index + 1].text):
            return (sentence, sentences[index + 1])
        return (sentence,)


def _chinese_units(question: str, language: str, rarity: dict[str, float], greatest: float) -> list[_Unit]:
    """Return the units of a Chinese question: neighbouring pairs that the source knows make one.

    A pair of characters that the source lacks is a unit if it shares no character with one that it has.
    """
    units = []
    for clause in re.split(r"[^\w·]+", question):
        run: list[str] = []
        terms = terms_of(clause, language)
        for term in terms:
            if run and (term not in rarity or term[0] != run[-1][-1]):
                units.append(_Unit(frozenset(run), max(rarity[each] for each in run), is_sequence=True))
                run = []
            if term in rarity:
                run.append(term)
        if run:
            units.append(_Unit(frozenset(run), max(rarity[each] for each in run), is_sequence=True))
        letters = {char for term in terms if term in rarity for char in term}
        strange = [term for term in terms if term not in rarity and not letters & set(term)]
        units += [_Unit(frozenset({term}), greatest) for term in strange[::2]]
    return units
