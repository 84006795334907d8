"""Feeling and manner of quotations: by the narrator's cues first, then by their own words and marks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from funaudio_core.books.speakers.feeling_words import TABLES, FeelingWords
from funaudio_core.books.speakers.types import Quotation, Span

CUE_WEIGHT, HINT_WEIGHT, WORD_WEIGHT = 2.0, 0.6, 1.3
EXCLAMATION_FACTOR = 1.4
SHORT_FACTOR = 1.3  # of a quotation that says little else
SHOUT_WEIGHT = 1.0  # of an exclamation that is shouted
_SHORT_CHARACTERS = {"en": 24, "zh": 8}
CARRIED_WEIGHT = 0.7  # of the feeling of the turn before
MIN_WEIGHT = 1.5  # a feeling with less is left neutral: a wrong sob is worse than a plain line
ECHO_WEIGHT = 1.6  # of surprise, where a quotation repeats the end of the one before as a question
_OPENING = re.compile(r"[“\"‘「『]((?:[\w’']+ ){0,2}[\w’']{3,}|[\u4e00-\u9fff]{2,6})[?？!！]")
SOFT_DB, LOUD_DB = -3.0, 4.0
_ORDER = ("fear", "angry", "surprise", "happy", "sad", "disgust")  # of equal weights
_CUE_CHARACTERS = 110  # of narration on each side
_SENTENCE = re.compile(r"(?<=[.!?。！？；;])(?<!Mr\.)(?<!Mrs\.)(?<!Dr\.)[\"”’]?\s*")


def feel(text: str, language: str, quotations: Sequence[Quotation], spans: Sequence[Span]) -> list[Span]:
    """Return the spans of quotations with their feelings.

    Args:
        text: The text.
        language: A language of TABLES.
        quotations: Its quotations, with their speakers.
        spans: A span for each.
    """
    table = TABLES[language]
    felt: list[Span] = []
    cues = [_cue(text, quotations, index) for index in range(len(quotations))]
    for index, (quotation, span) in enumerate(zip(quotations, spans, strict=True)):
        if not quotation.is_speech:
            felt.append(span)
            continue
        words = text[quotation.start : quotation.end]
        weights = _weigh(words, cues[index], table, is_short=len(words) <= _SHORT_CHARACTERS[language])
        if _echoes(text, quotations, index):
            weights["surprise"] += ECHO_WEIGHT
        _carry(weights, text, quotations, felt, index)
        best = max(_ORDER, key=lambda emotion: weights[emotion])
        emotion = best if weights[best] >= MIN_WEIGHT else "neutral"
        level = LOUD_DB if table.loud.search(cues[index]) else SOFT_DB if table.soft.search(cues[index]) else 0.0
        is_whispered = table.whisper.search(cues[index]) is not None
        felt.append(replace(span, emotion=emotion, is_whispered=is_whispered, level=level))
    return felt


def _cue(text: str, quotations: Sequence[Quotation], index: int) -> str:
    """Return the narration that tells how a quotation is said: the sentences beside it, and its speaker's tag."""
    quotation = quotations[index]
    before, after = text[slice(*quotation.before)], text[slice(*quotation.after)]
    last = [sentence for sentence in _SENTENCE.split(before[-2 * _CUE_CHARACTERS :]) if sentence.strip()][-1:]
    first = [sentence for sentence in _SENTENCE.split(after[: 2 * _CUE_CHARACTERS]) if sentence.strip()][:1]
    is_next = first and first[0].rstrip().endswith(("：", ":")) and len(after) == len(first[0])
    if is_next or (quotation.evidence.words and quotation.evidence.words in before):
        first = []  # about somebody else
    if last and index and _is_of_previous(quotations, index, before):
        last = []
    words = [
        quotation.evidence.words,
        *(part[-_CUE_CHARACTERS:] for part in last),
        *(part[:_CUE_CHARACTERS] for part in first),
    ]
    return " ".join(dict.fromkeys(words))


def _is_of_previous(quotations: Sequence[Quotation], index: int, before: str) -> bool:
    """Return whether narration between two quotations of different speakers belongs to the first."""
    previous, quotation = quotations[index - 1], quotations[index]
    is_same_paragraph = previous.paragraph == quotation.paragraph
    return (
        is_same_paragraph
        and previous.speaker is not quotation.speaker
        and not before.rstrip().endswith((":", "：", ",", "，"))
    )


def _weigh(words: str, cue: str, table: FeelingWords, *, is_short: bool) -> dict[str, float]:
    """Return the weight of each emotion."""
    weights: dict[str, float] = defaultdict(float)
    is_exclaimed = any(mark in words for mark in "!！")
    for emotion in _ORDER:
        found = [
            match for match in table.cues[emotion].finditer(cue) if not table.negation.search(cue[: match.start()])
        ]
        weights[emotion] += CUE_WEIGHT * min(len(found), 2)
        if emotion in table.hints and table.hints[emotion].search(cue):
            weights[emotion] += HINT_WEIGHT + (SHOUT_WEIGHT if is_exclaimed and emotion == "angry" else 0.0)
        own = [
            match for match in table.words[emotion].finditer(words) if not table.negation.search(words[: match.start()])
        ]
        if own:
            factor = (EXCLAMATION_FACTOR if is_exclaimed else 1.0) * (SHORT_FACTOR if is_short else 1.0)
            weights[emotion] += WORD_WEIGHT * factor * (1 + 0.3 * (len(own) - 1))
    return weights


def _echoes(text: str, quotations: Sequence[Quotation], index: int) -> bool:
    """Return whether a quotation begins with a question or cry that repeats words of the one before: "Gone?"."""
    if not index or quotations[index - 1].speaker is quotations[index].speaker:
        return False
    opening = _OPENING.match(text, quotations[index].start, quotations[index].end)
    previous = text[quotations[index - 1].start : quotations[index - 1].end].lower()
    return opening is not None and opening[1].lower() in previous


def _carry(
    weights: dict[str, float], text: str, quotations: Sequence[Quotation], felt: Sequence[Span], index: int
) -> None:
    """Add the feeling that goes on: fully within a paragraph, weaker into the next turn if that ends in "!"."""
    if not index:
        return
    quotation, previous = quotations[index], quotations[index - 1]
    emotion = felt[-1].emotion
    if emotion == "neutral" or not previous.is_speech:
        return
    is_same = previous.paragraph == quotation.paragraph and previous.speaker is quotation.speaker
    is_near = quotation.paragraph - previous.paragraph <= 1
    is_open = any(mark in text[quotation.start : quotation.end] for mark in "!?！？")
    if is_same and (emotion != "surprise" or is_open):
        weights[emotion] += MIN_WEIGHT
    elif is_same or (
        is_near and text[quotation.end - 2 : quotation.end - 1] in "!！" and emotion in ("happy", "angry")
    ):
        weights[emotion] += CARRIED_WEIGHT + (MIN_WEIGHT - CARRIED_WEIGHT if emotion == "happy" else 0.0)
