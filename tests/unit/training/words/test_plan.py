"""Tests of the sentences with names and terms, and of the measures."""

from __future__ import annotations

from collections import Counter

import pytest

from funaudio_core.engines import kokoro
from funaudio_core.errors import BadInput
from funaudio_core.training import words
from funaudio_core.training.words.carriers import CARRIERS, SLOT
from funaudio_core.training.words.general_sentences import GENERAL_SENTENCES
from funaudio_core.training.words.model import HeldOutText, PlannedSentence
from funaudio_core.training.words.scoring import count_terms, has_term, measure

TERMS = tuple(f"Zor{letter}ex" for letter in "abcdefghijklmnopqrstuvwx")


@pytest.mark.parametrize("count", [2, 7, 24])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_term_is_learned_and_measured_in_other_sentences_by_other_voices(count: int, language: str) -> None:
    plan = words.plan(TERMS[:count], language)
    learned = [row for row in plan.training if row.term]
    measured = [row for row in plan.held_out if row.term]
    assert set(Counter(row.term for row in learned)) == set(Counter(row.term for row in measured)) == set(plan.terms)
    assert min(Counter(row.term for row in learned).values()) >= 3
    assert len(measured) >= 8
    assert not {row.voice for row in plan.training} & {row.voice for row in plan.held_out}
    assert not {row.text for row in plan.training} & {row.text for row in plan.held_out}
    assert all(row.term in row.text for row in plan.sentences)
    for term in plan.terms:
        assert len({row.voice for row in learned if row.term == term}) >= 2
        assert len({row.text for row in learned if row.term == term}) >= 3


def test_a_tenth_to_a_fifth_of_what_is_learned_has_no_term() -> None:
    plan = words.plan(TERMS, "en")
    share = sum(not row.term for row in plan.training) / len(plan.training)
    assert 0.1 <= share <= 0.2


def test_tables_have_slots_voices_and_no_sentence_twice() -> None:
    voices = {voice.preset for voice in kokoro.SPEC.voices}
    assert set(CARRIERS) == set(GENERAL_SENTENCES) == words.LANGUAGES
    for language, carriers in CARRIERS.items():
        general = GENERAL_SENTENCES[language]
        assert all(row.count(SLOT) == 1 for row in (*carriers.training, *carriers.held_out))
        rows = (*carriers.training, *carriers.held_out, *general.training, *general.held_out)
        assert len(set(rows)) == len(rows)
        assert {*carriers.training_voices, *carriers.held_out_voices} <= voices


def test_terms_are_cleaned() -> None:
    assert words.plan([" Zorvex ", "zorvex", "", "Quen  lor"], "en").terms == ("Zorvex", "Quen lor")


@pytest.mark.parametrize(
    ("terms", "language", "reason"),
    [
        (["Zorvex"], "en", "2 to 50"),
        ([f"Zor{number}vex" for number in range(51)], "en", "2 to 50"),
        (["Zorvex", "x" * 41], "en", "too long"),
        (["Zorvex", "!!"], "en", "can't be learned"),
        (["Zorvex", "[laughter]"], "en", "can't be learned"),
        (["Zorvex", "Quenlor"], "de", "no sentences in German"),
    ],
)
def test_unusable_terms_are_refused(terms: list[str], language: str, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        words.plan(terms, language)


@pytest.mark.parametrize(
    ("text", "term", "language", "is_right"),
    [
        ("We met zorvex-obi, today.", "Zorvex-Obi", "en", True),
        ("We met Zorvexes today.", "Zorvex", "en", False),
        ("明天我们讨论左维克斯。", "左维克斯", "zh", True),
        ("明天我们讨论左维克。", "左维克斯", "zh", False),
    ],
)
def test_a_term_is_right_as_whole_words(text: str, term: str, language: str, is_right: bool) -> None:
    assert has_term(text, term, language) is is_right


def test_measures_are_those_of_all_sentences_together() -> None:
    sentences = [
        PlannedSentence("We met Zorvex.", "", "held-out", "Zorvex"),
        PlannedSentence("Please send the long letter to Quenlor.", "", "held-out", "Quenlor"),
        PlannedSentence("The door is open.", "", "general-held-out"),
    ]
    texts = ["We met Zorvex.", "Please send the long letter to Quen Laura.", "The door was open."]
    measures = measure(sentences, texts, "en")
    assert (measures.names_right, measures.general_error_rate) == (0.5, 0.25)
    assert measures.error_rate == pytest.approx(2 / 10)


def test_results_of_terms_are_counted() -> None:
    texts = [
        HeldOutText(0, "We met Zorvex.", "We met Zorvecks.", "We met Zorvex.", "Zorvex"),
        HeldOutText(1, "Is Zorvex here?", "Is Zorvex here?", "Is Zorvex here?", "Zorvex"),
        HeldOutText(2, "The door is open.", "The door is open.", "The door is open."),
    ]
    (result,) = count_terms(texts, "en")
    assert (result.term, result.spoken, result.before, result.after) == ("Zorvex", 2, 1, 2)
