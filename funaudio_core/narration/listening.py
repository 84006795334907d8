"""Errors of each sentence of a part that was heard again. Names and words with a given pronunciation aren't errors."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from funaudio_core.languages import is_spaced
from funaudio_core.text.error_rate import normalize
from funaudio_core.text.spoken_form import spoken_form

RETRY_RATE = 0.34  # more than a recognizer gets wrong of a sentence that is spoken well, short ones aside
FLAG_RATE = 0.5
LOST_RUN = 4  # so many words or characters lost in a row are a gap that a listener notices
MIN_RETRY_ERRORS = 2  # one wrong word of a short sentence is likely the recognizer's


@dataclass(frozen=True, slots=True)
class Hearing:
    """Result for a sentence.

    Attributes:
        error_rate: Share of wrong words, or characters in languages without spaces.
        errors: Number of them.
        lost_run: Longest run of them that is missing.
        heard: What was understood in its place.
    """

    error_rate: float
    errors: int
    lost_run: int
    heard: str

    @property
    def is_doubtful(self) -> bool:
        """Return whether another take is worth while."""
        return (self.error_rate > RETRY_RATE and self.errors >= MIN_RETRY_ERRORS) or self.is_flagged

    @property
    def is_flagged(self) -> bool:
        """Return whether the listener should be told."""
        return self.error_rate > FLAG_RATE or self.lost_run >= LOST_RUN


PERFECT = Hearing(0.0, 0, 0, "")


def hear(sentences: Sequence[str], heard: str, language: str, names: Collection[str] = ()) -> list[Hearing]:
    """Compare sentences with what a recognizer understood of all of them.

    Args:
        sentences: Sentences in order.
        heard: Text of the recognizer.
        language: ISO 639 code.
        names: Words that the recognizer may spell in another way.

    Returns:
        A result for each sentence, as written or as spoken, whichever has fewer errors.
    """
    ignored = {token for name in names for token in _tokens(name, language)}
    as_written = _compare([_tokens(sentence, language) for sentence in sentences], _tokens(heard, language), ignored)
    if not any(found.errors for found in as_written):
        return as_written
    spoken = [_tokens(spoken_form(sentence, language), language) for sentence in sentences]
    as_spoken = _compare(spoken, _tokens(spoken_form(heard, language), language), ignored)
    return [min(pair, key=lambda found: found.error_rate) for pair in zip(as_written, as_spoken, strict=True)]


def _tokens(words: str, language: str) -> list[str]:
    """Return the words, or characters in languages without spaces."""
    normal = normalize(words, language)
    return normal.split() if is_spaced(language) else [char for char in normal if not char.isspace()]


def _compare(sentences: Sequence[list[str]], heard: list[str], ignored: Collection[str]) -> list[Hearing]:
    """Return the errors of each sentence by an alignment of all sentences."""
    import jiwer

    wanted = [token for sentence in sentences for token in sentence]
    owners = [number for number, sentence in enumerate(sentences) for _ in sentence]
    if not wanted:
        return [PERFECT for _ in sentences]
    errors, runs, longest = ([0] * len(sentences) for _ in range(3))
    understood: list[list[str]] = [[] for _ in sentences]
    for chunk in jiwer.process_words(" ".join(wanted), " ".join(heard) or " ").alignments[0]:
        kind, start, end = chunk.type, chunk.ref_start_idx, chunk.ref_end_idx
        if kind == "insert":
            near = wanted[max(0, start - 1) : start + 1]
            owner = owners[min(start, len(owners) - 1)]
            added = heard[chunk.hyp_start_idx : chunk.hyp_end_idx]
            understood[owner] += added
            if not any(token in ignored for token in near):
                errors[owner] += len(added)
            continue
        for offset in range(end - start):
            owner, token = owners[start + offset], wanted[start + offset]
            is_wrong = kind != "equal" and token not in ignored
            is_lost = kind == "delete" and is_wrong
            errors[owner] += is_wrong
            runs[owner] = runs[owner] + 1 if is_lost else 0
            longest[owner] = max(longest[owner], runs[owner])
            if kind != "delete":
                understood[owner].append(heard[chunk.hyp_start_idx + offset])
    return [
        Hearing(errors[number] / max(len(sentence), 1), errors[number], longest[number], " ".join(understood[number]))
        for number, sentence in enumerate(sentences)
    ]
