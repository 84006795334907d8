"""Tests of the trials that are drawn for a voter."""

from __future__ import annotations

from collections import Counter

import pytest

from funaudio_core.evaluation.listening_tests.model import ANCHOR, KINDS, MUSHRA, PREFERENCE, RATING, REFERENCE
from funaudio_core.evaluation.listening_tests.trials import MAX_TRIALS, draw_trials, is_repeat, repeated_trial
from tests.unit.evaluation.listening_tests.examples import listening_test

VOTERS = [f"{number:016x}" for number in range(200)]


@pytest.mark.parametrize("kind", KINDS)
def test_voter_always_has_the_same_trials_and_others_have_other_ones(kind: str) -> None:
    test = listening_test(kind, systems=3)
    assert draw_trials(test, "v") == draw_trials(test, "v")
    assert len({draw_trials(test, voter) for voter in VOTERS}) > 100


def test_pairs_are_all_asked_once_and_some_again_with_swapped_sides() -> None:
    trials = draw_trials(listening_test(systems=3, sentences=4), "v")
    pairs = [trial for trial in trials if not is_repeat(trial.id)]
    assert len({trial.id for trial in pairs}) == len(pairs) == 3 * 4
    repeats = trials[len(pairs) :]
    assert len(repeats) == 3
    by_id = {trial.id: trial for trial in pairs}
    assert all(trial.stimuli[::-1] == by_id[repeated_trial(trial.id)].stimuli for trial in repeats)


def test_voter_is_asked_a_part_of_many_pairs_and_all_voters_together_all() -> None:
    test = listening_test(systems=4, sentences=12)
    drawn = [draw_trials(test, voter) for voter in VOTERS]
    assert {len(trials) for trials in drawn} == {MAX_TRIALS}
    assert len({trial.id for trials in drawn for trial in trials if not is_repeat(trial.id)}) == 6 * 12


def test_sides_are_drawn_evenly() -> None:
    sides = Counter(draw_trials(listening_test(), voter)[0].stimuli for voter in VOTERS)
    assert 70 < sides["0", "1"] < 130  # of 200; a fair coin stays between them in 99.997 % of all cases


def test_mushra_has_anchor_and_reference_among_the_places() -> None:
    trials = draw_trials(listening_test(MUSHRA, has_reference=True), "v")
    assert len(trials) == 3
    assert all(sorted(trial.stimuli) == ["0", "1", ANCHOR, REFERENCE] for trial in trials)
    assert len(draw_trials(listening_test(RATING, systems=2), "v")) == 6
    assert listening_test(PREFERENCE, has_reference=True).stimuli == ("0", "1")
