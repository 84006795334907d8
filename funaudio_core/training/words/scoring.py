"""Measures of what was recognized: the names and terms that are right, and error rates."""

from __future__ import annotations

from collections.abc import Sequence

from funaudio_core.languages import is_spaced
from funaudio_core.text import error_rate
from funaudio_core.training.words.model import HeldOutText, Measures, PlannedSentence, TermResult


def has_term(text: str, term: str, language: str) -> bool:
    """Return whether a text contains a name or term as whole words, without regard to capitals and punctuation."""
    said, wanted = error_rate.normalize(text, language), error_rate.normalize(term, language)
    return f" {wanted} " in f" {said} " if is_spaced(language) else wanted in said


def measure(sentences: Sequence[PlannedSentence], texts: Sequence[str], language: str) -> Measures:
    """Return the measures of held-out sentences and of what was recognized of each."""
    rows = list(zip(sentences, texts, strict=True))
    with_terms = [(sentence, text) for sentence, text in rows if sentence.term]
    right = sum(has_term(text, sentence.term, language) for sentence, text in with_terms)
    return Measures(
        names_right=right / max(1, len(with_terms)),
        error_rate=_joint_error_rate(with_terms, language),
        general_error_rate=_joint_error_rate([row for row in rows if not row[0].term], language),
    )


def count_terms(texts: Sequence[HeldOutText], language: str) -> tuple[TermResult, ...]:
    """Return the result for each name and term, in the order of their first sentences."""
    terms = dict.fromkeys(text.term for text in texts if text.term)
    return tuple(
        TermResult(
            term,
            spoken=sum(text.term == term for text in texts),
            before=sum(text.term == term and has_term(text.before, term, language) for text in texts),
            after=sum(text.term == term and has_term(text.after, term, language) for text in texts),
        )
        for term in terms
    )


def _joint_error_rate(rows: Sequence[tuple[PlannedSentence, str]], language: str) -> float:
    """Return the errors of all sentences divided by their words, or by characters in languages without spaces."""
    errors, total = 0.0, 0
    for sentence, text in rows:
        normal = error_rate.normalize(sentence.text, language)
        size = len(normal.split()) if is_spaced(language) else len(normal)
        errors += error_rate.error_rate(sentence.text, text, language) * size
        total += size
    return errors / max(1, total)
