"""Choice of the central sentences of a source by TF-IDF."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from funaudio_core.podcast.pace import count_words, is_spaced
from funaudio_core.podcast.source import Source, SourceSentence
from funaudio_core.podcast.terms import Weights, dot, terms_of, unit_vector
from funaudio_core.text import ends_sentence

MIN_WORDS, MAX_WORDS = {True: 5, False: 8}, {True: 45, False: 90}  # of a sentence, by whether words have spaces
SECTION_WORDS = {True: 90, False: 160}  # of a section in the show, at least
POSITION_BONUS = 0.15  # of the first sentence of a section
DANGLING_FACTOR = 0.6  # of a sentence that leans on the one before it
REDUNDANT = 0.6  # similarity to a chosen sentence at which another one is left out
TOPIC_WEIGHT = 2.0
DANGLING = re.compile(
    r"(?:he|she|it|they|this|these|those|that|but|and|or|so|yet|however|therefore|thus|then|also|moreover|nevertheless|"
    r"instead|such|his|her|their|its|for example|in addition|as a result|another)\b|"
    r"(?:他|她|它|这|那|但|而|所以|因此|然而|不过|并且|此外|同时|于是|其|另外|例如|比如)",
    re.IGNORECASE,
)
_PAIRS = (("“", "”"), ("(", ")"), ("「", "」"), ("《", "》"), ("（", "）"))


@dataclass(frozen=True, slots=True)
class Choice:
    """Sentences chosen from one section, in the order of the source."""

    section: int
    sentences: tuple[SourceSentence, ...]


def choose_sentences(source: Source, words: int, topic: str = "") -> list[Choice]:
    """Return the central sentences of a source, at most about `words` words in all.

    Args:
        source: The source.
        words: Words, in a script without spaces characters.
        topic: Words that the sentences should be about; "" for the whole source.
    """
    vectors = [unit_vector(terms, source.rarity) for terms in source.terms]
    scores = _scores(source, vectors, topic)
    budgets = _budgets(source, scores, words)
    choices, spare = [], 0.0
    sections = source.sections()
    for section in sorted(budgets):
        allowed = budgets[section] + spare
        chosen = _choose(source, sections[section], scores, vectors, allowed)
        spare = allowed - sum(count_words(each.text, source.language) for each in chosen)
        if chosen:
            choices.append(Choice(section, tuple(chosen)))
    return choices


def _scores(source: Source, vectors: Sequence[Weights], topic: str) -> list[float]:
    """Return the centrality of each sentence, 0 for one that can't be read alone."""
    centre = _centroid(vectors)
    section_centres = [_centroid([vectors[each.number - 1] for each in sentences]) for sentences in source.sections()]
    wanted = unit_vector(terms_of(topic, source.language), source.rarity)
    scores = []
    previous = -1
    for sentence, vector in zip(source.sentences, vectors, strict=True):
        score = dot(vector, centre) + dot(vector, section_centres[sentence.section])
        score += TOPIC_WEIGHT * dot(vector, wanted)
        if sentence.section != previous:
            score += POSITION_BONUS
        previous = sentence.section
        if DANGLING.match(sentence.text):
            score *= DANGLING_FACTOR
        scores.append(score if _is_readable(sentence.text, source.language) else 0.0)
    return scores


def _centroid(vectors: Sequence[Weights]) -> Weights:
    total: Counter[str] = Counter()
    for vector in vectors:
        for term, weight in vector.items():
            total[term] += weight  # type: ignore[assignment]  # a Counter of floats
    norm = sum(weight * weight for weight in total.values()) ** 0.5
    return {term: weight / norm for term, weight in total.items()} if norm else {}


def _is_readable(text: str, language: str) -> bool:
    """Return whether a sentence is whole, neither too short nor too long, and opens no quote that it doesn't close."""
    spaced = is_spaced(language)
    return (
        MIN_WORDS[spaced] <= count_words(text, language) <= MAX_WORDS[spaced]
        and ends_sentence(text)
        and all(text.count(left) == text.count(right) for left, right in _PAIRS)
        and text.count('"') % 2 == 0
    )


def _budgets(source: Source, scores: Sequence[float], words: int) -> dict[int, float]:
    """Return the words of each section of the show: those with the best sentences, by their length and quality."""
    spaced = is_spaced(source.language)
    lengths = [
        sum(count_words(each.text, source.language) for each in sentences if scores[each.number - 1] > 0)
        for sentences in source.sections()
    ]
    best = [0.0] * len(source.headings)
    for sentence, score in zip(source.sentences, scores, strict=True):
        best[sentence.section] = max(best[sentence.section], score)
    most = max(1, words // SECTION_WORDS[spaced])
    ranked = sorted((index for index, length in enumerate(lengths) if length), key=lambda index: -best[index])
    kept: list[int] = []
    for index in ranked:
        if len(kept) >= most and sum(lengths[each] for each in kept) >= 1.3 * words:
            break
        kept.append(index)
    shares = {index: best[index] * lengths[index] ** 0.5 for index in kept}
    total = sum(shares.values()) or 1.0
    return {index: words * share / total for index, share in shares.items()}


def _choose(
    source: Source,
    sentences: Sequence[SourceSentence],
    scores: Sequence[float],
    vectors: Sequence[Weights],
    words: float,
) -> list[SourceSentence]:
    """Return the best sentences of a section up to a number of words, none like another one."""
    chosen: list[SourceSentence] = []
    used = 0.0
    for sentence in sorted(sentences, key=lambda each: -scores[each.number - 1]):
        size = count_words(sentence.text, source.language)
        if scores[sentence.number - 1] <= 0 or (chosen and used + size > words + 0.5 * size):
            continue
        vector = vectors[sentence.number - 1]
        if any(dot(vector, vectors[each.number - 1]) > REDUNDANT for each in chosen):
            continue
        chosen.append(sentence)
        used += size
    return sorted(chosen, key=lambda each: each.number)
