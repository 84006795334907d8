"""Tests of the section Compare without a browser: blind trials, votes and scores."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from funaudio_core.errors import BadInput
from funaudio_core.evaluation.listening_tests import exports, making, stored_tests
from funaudio_core.evaluation.listening_tests.exports import TestVotes
from funaudio_core.evaluation.listening_tests.making import Plan, UnfinishedTest
from funaudio_core.evaluation.listening_tests.model import KINDS, MUSHRA, PREFERENCE, RATING, SpeechSystem
from funaudio_core.evaluation.listening_tests.sentences import EXAMPLE_SET, own_sentences, ready_sentences
from funaudio_core.evaluation.listening_tests.stored_tests import StoredTest
from funaudio_core.evaluation.listening_tests.trials import draw_trials
from tabs.components.player import Playback
from tabs.evaluate import compare
from tabs.evaluate.compare import ballot
from tabs.evaluate.compare.ballot import Ballot, SliderInput
from tabs.evaluate.compare.controls import SystemInput, TestInput
from tests.unit.evaluation.listening_tests.examples import FIRST, listening_test, vote

pytestmark = pytest.mark.usefixtures("fake_engines")
SYSTEMS = (SpeechSystem("", "kokoro", "af_heart"), SpeechSystem("", "kokoro", "am_michael", 1.3))

PLAN = Plan(PREFERENCE, "en", own_sentences("The boat is late."), SYSTEMS, 0, False, "")


def make(kind: str, text: str = "The boat is late.\nWe can wait.", *, reveals_names: bool = False) -> StoredTest:
    plan = Plan(kind, "en", own_sentences(text), SYSTEMS, 0, reveals_names, "owner")
    unfinished = making.start_test(plan)
    while not unfinished.job.finished:
        unfinished.make_next()
    return unfinished.store()


@pytest.fixture
def pairs(home: Path) -> StoredTest:
    return make(PREFERENCE)


def sounds(update: dict[str, Any]) -> list[str]:
    """Return the sound of each player without the random name of the take."""
    return [str(update[f"player{place}"]).partition("|")[2] for place in range(6) if update[f"player{place}"]]


@pytest.mark.parametrize("kind", KINDS)
def test_trial_tells_nothing_but_the_sound(home: Path, kind: str) -> None:
    stored = make(kind)
    update = ballot.next_trial(stored, "voter")
    trial = draw_trials(stored.test, "voter")[0]
    takes = [stored.load_take(trial.sentence, stimulus) for stimulus in trial.stimuli]
    assert sounds(update) == [Playback(is_waiting=True).add(take).partition("|")[2] for take in takes]
    update["ballot"] = replace(update["ballot"], shown_at=0.0)  # digits of a time could be those of a speed
    shown = repr({name: value for name, value in update.items() if not name.startswith("player")})
    for word in ("Kokoro", "kokoro", "af_heart", "am_michael", "anchor", "1.3"):
        assert word not in shown


def test_votes_go_on_to_the_scores(pairs: StoredTest) -> None:
    state = compare.on_open(pairs.test.id, "me")["ballot"]
    count = len(draw_trials(pairs.test, state.voter))
    for number in range(count):
        assert state.trial
        update = compare.on_prefer(state, "11", 0)
        assert ("scores" in update) is (number == count - 1)
        state = update["ballot"]
    assert state.trial == ""
    votes = pairs.votes.read()
    assert {vote.voter for vote in votes} == {pairs.test.hash_voter("browser me")}
    assert [vote.answers for vote in votes] == [FIRST] * count
    assert all(vote.played == (True, True) for vote in votes)
    assert compare.on_open(pairs.test.id, "me")["ballot"].trial == ""
    assert compare.on_open(pairs.test.id, "another")["ballot"].trial
    kind, facts = compare.listening_test_scores(pairs.test.id, "me")
    assert (kind, facts["scores"]["votes"]) == (PREFERENCE, count)
    assert pairs.test.salt not in json.dumps(facts)


def test_second_tab_can_not_vote_again(pairs: StoredTest) -> None:
    state = compare.on_open(pairs.test.id, "me")["ballot"]
    compare.on_prefer(state, "11", 0)
    with pytest.raises(gr.Error, match="voted on this already"):
        compare.on_prefer(state, "11", 1)
    assert len(pairs.votes.read()) == 1


def test_scores_are_for_those_who_have_voted_and_for_the_creator(pairs: StoredTest) -> None:
    state = compare.on_open(pairs.test.id, "me")["ballot"]
    with pytest.raises(gr.Error, match="Vote on the remaining 2 first"):
        compare.on_scores(state)
    for listener in ("me", "another", ""):
        with pytest.raises(BadInput, match="Vote on the remaining 2 first"):
            compare.listening_test_scores(pairs.test.id, listener)
    assert "Kokoro" in compare.on_scores(replace(state, voter=pairs.test.creator))["scores"]
    with pytest.raises(gr.Error, match="no such listening test"):
        compare.on_scores(Ballot())
    with pytest.raises(gr.Error, match="no such listening test"):
        compare.on_prefer(Ballot(), "", 0)


def test_creator_reads_the_scores_by_the_api_before_any_vote(home: Path) -> None:
    plan = replace(PLAN, creator=compare.identity_of("the one who made it"))
    unfinished = making.start_test(plan)
    while not unfinished.job.finished:
        unfinished.make_next()
    stored = unfinished.store()
    _, facts = compare.listening_test_scores(stored.test.id, "the one who made it")
    assert facts["votes"] == []
    with pytest.raises(BadInput, match="Vote on the remaining 1 first"):
        compare.listening_test_scores(stored.test.id, stored.test.creator)  # the hash alone is no proof


def test_names_are_shown_after_a_vote_if_the_test_says_so(home: Path) -> None:
    stored = make(PREFERENCE, "The boat is late.", reveals_names=True)
    update = compare.on_prefer(compare.on_open(stored.test.id, "me")["ballot"], "1", 2)
    assert "A: Kokoro" in update["result"]
    (given,) = stored.votes.read()
    names = [stored.test.systems[int(stimulus)].name for stimulus in given.stimuli]
    assert str(update["result"]).index(names[0]) < str(update["result"]).index(names[1])
    assert (given.answers, given.played) == ((0.5, 0.5), (True, False))


def test_sliders_are_those_of_the_takes_at_their_places(home: Path) -> None:
    stored = make(MUSHRA, "The boat is late.")
    state = compare.on_open(stored.test.id, "me")["ballot"]
    compare.on_submit(state, "111", None, SliderInput(10, 20, 30, 50, 50, 50))
    (given,) = stored.votes.read()
    assert (given.stimuli, given.answers) == (draw_trials(stored.test, state.voter)[0].stimuli, (10, 20, 30))


def test_recording_is_shown_as_reference_and_stands_at_a_place_too(home: Path) -> None:
    sentences = ready_sentences(EXAMPLE_SET, "en")[:1]
    unfinished = making.start_test(Plan(MUSHRA, "en", sentences, SYSTEMS))
    while not unfinished.job.finished:
        unfinished.make_next()
    update = ballot.next_trial(unfinished.store(), "voter")
    shown = update["open_reference"]
    assert shown.visible
    assert len(sounds(update)) == 4
    assert sounds(update).count(str(shown.value).partition("|")[2]) == 1


def test_rating_must_be_chosen(home: Path) -> None:
    stored, sliders = make(RATING, "The boat is late."), SliderInput(0, 0, 0, 0, 0, 0)
    state = compare.on_open(stored.test.id, "me")["ballot"]
    with pytest.raises(gr.Error, match="no rating yet"):
        compare.on_submit(state, "1", None, sliders)
    compare.on_submit(state, "1", 4, sliders)
    assert [given.answers for given in stored.votes.read()] == [(4.0,)]


def test_names_of_an_imported_file_are_escaped(tmp_path: Path) -> None:
    test = listening_test()
    test = replace(test, systems=(SpeechSystem("<img src=x>"), SpeechSystem("{0}")))
    path = tmp_path / "votes.json"
    path.write_text(exports.to_json(TestVotes(test, (vote(test, FIRST, voter="<b>"),))))
    html = compare.on_import(str(path))["scores"]
    assert "&lt;img src=x&gt;" in html
    assert "<img" not in html
    assert "{0}" in html
    assert list(stored_tests.tests_folder().glob("*")) == []


def test_flagged_voters_of_a_file_are_listed_and_can_be_left_out(tmp_path: Path) -> None:
    test = listening_test(sentences=9)
    careless = [vote(test, FIRST, voter="careless", trial=str(number), seconds=0.1) for number in range(9)]
    found = TestVotes(test, (*careless, vote(test, FIRST, voter="careful")))
    path = tmp_path / "votes.json"
    path.write_text(exports.to_json(found))
    shown = compare.on_import(str(path))
    assert "always the same side" in shown["scores"]
    assert "10 votes of 2 voters" in shown["scores"]
    assert shown["without_suspicious"].visible
    assert "1 votes of 1 voters" in compare.on_leave_out(shown["found"], True)["scores"]
    assert "10 votes of 2 voters" in compare.on_leave_out(shown["found"], False)["scores"]
    path.write_text(exports.to_json(TestVotes(test, (vote(test, FIRST, voter="careful"),))))
    assert not compare.on_import(str(path))["without_suspicious"].visible


def test_form_becomes_a_plan_of_the_chosen_systems() -> None:
    system = SystemInput("kokoro", "af_heart", 1.0, " ")
    form = TestInput(PREFERENCE, "en", "own", "Hi.\n\nHo.", 3, system, system, system, system, 7, True)
    plan = form.plan("me")
    assert [sentence.text for sentence in plan.sentences] == ["Hi.", "Ho."]
    assert plan.systems == (SpeechSystem("", "kokoro", "af_heart"),) * 3
    assert (plan.seed, plan.reveals_names, plan.creator) == (7, True, "me")
    with pytest.raises(BadInput, match="The seed -1 is out of range"):
        replace(form, seed=-1).plan("me")


def test_job_ends_with_the_first_trial_of_its_creator(home: Path) -> None:
    job = making.start_test(Plan(PREFERENCE, "en", own_sentences("Hi there."), SYSTEMS, creator="me")).job
    updates: list[dict[str, Any]] = []
    while not job.finished:
        updates += compare.TASK.run_part(job)
    assert updates[-1]["ballot"].voter == stored_tests.find(UnfinishedTest(job).test.id).test.creator
    assert compare.TASK.render(job)["ballot"].test == updates[-1]["ballot"].test
    assert compare.TASK.can_resume(job)
