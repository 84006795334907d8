"""Trial that a listener hears and votes on: players, sliders and buttons, without the names of the systems."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from funaudio_core.errors import BadInput
from funaudio_core.evaluation.listening_tests import stored_tests
from funaudio_core.evaluation.listening_tests.model import MUSHRA, PREFERENCE, RATING, REFERENCE
from funaudio_core.evaluation.listening_tests.stored_tests import StoredTest
from funaudio_core.evaluation.listening_tests.trials import Trial, draw_trials
from funaudio_core.evaluation.listening_tests.votes import Vote, check_vote
from server.request import language as language_of_visitor
from server.request import localize
from server.updates import Inputs, Outputs, Update
from tabs.components.player import SILENT, Playback, build_player
from tabs.components.sharing import ICON
from tabs.components.strings import string_in, t

PLACES = "ABCDEF"  # of the takes of a trial: the systems, the anchor and the reference
FIRST_SLIDER = 50


@dataclass(frozen=True, slots=True)
class Ballot:
    """What the page of a listener shows.

    Attributes:
        test: Id of the test, "" for none.
        voter: Hash of the listener.
        trial: Id of the trial that is shown, "" after the last one.
        shown_at: Time at which it was shown, by time.monotonic().
    """

    test: str = ""
    voter: str = ""
    trial: str = ""
    shown_at: float = 0.0


@dataclass(frozen=True, slots=True)
class SliderInput:
    """Positions of the sliders of all places."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    def values(self) -> tuple[float, ...]:
        """Return the positions in the order of the places."""
        return tuple(map(float, (self.a, self.b, self.c, self.d, self.e, self.f)))


@dataclass(frozen=True, slots=True)
class Slot:
    """Components of a take: the column around them, the player and the slider."""

    column: gr.Column
    player: gr.HTML
    slider: gr.Slider


@dataclass(frozen=True, slots=True)
class BallotOutput(Outputs):
    """Components of a trial.

    Attributes:
        ballot: State, a Ballot.
        panel: Column around everything; invisible without a test.
        link: Button that copies the link to the test.
        trial: Number and sentence of the trial.
        open_reference: Player of the recording that the sliders compare with; visible if there is one.
        preferences: Row of the buttons for pairs.
        rating: Scale for single takes.
        submit: Button for ratings.
        result: Note on the last vote.
    """

    ballot: gr.State
    panel: gr.Column
    link: gr.HTML
    trial: gr.HTML
    open_reference: gr.HTML
    preferences: gr.Row
    rating: gr.Radio
    submit: gr.Button
    result: gr.HTML


@dataclass(frozen=True, slots=True)
class BallotControls:
    """All components of a trial.

    Attributes:
        output: Those that show it.
        slots: Those of each take.
        votes: Buttons for pairs, in the order of PREFERENCES.
        heard: Takes that were played to the end, filled in by the page's script when a button is pressed.
        show_scores: Button for the scores so far.
    """

    output: BallotOutput
    slots: tuple[Slot, ...]
    votes: tuple[gr.Button, ...]
    heard: gr.Textbox
    show_scores: gr.Button

    def slot_outputs(self) -> dict[str, Any]:
        """Return the components of the takes by name."""
        parts = ("column", "player", "slider")
        return {f"{part}{number}": getattr(slot, part) for number, slot in enumerate(self.slots) for part in parts}

    def sliders(self) -> Inputs[SliderInput]:
        """Return the sliders as inputs of a handler."""
        sliders = {letter.lower(): slot.slider for letter, slot in zip(PLACES, self.slots, strict=True)}
        return Inputs(SliderInput, **sliders)


def build_ballot() -> BallotControls:
    """Add the components."""
    ballot = gr.State(Ballot())
    with gr.Column(visible=False, elem_classes="fa-trial") as panel:
        link = gr.HTML(elem_classes="fa-test-link")
        trial = gr.HTML(elem_classes="fa-trial-text")
        open_reference = build_player("fa-take-r", label=t("compare.reference"), visible=False)
        with gr.Row(elem_classes="fa-takes"):
            slots = tuple(_build_slot(place) for place in range(len(PLACES)))
        rating = gr.Radio(
            [(str(t(f"compare.rating.{value}")), value) for value in range(5, 0, -1)],
            label=t("compare.rating"),
            visible=False,
        )
        with gr.Row(visible=False, elem_classes="fa-votes") as preferences:
            votes = {name: gr.Button(t(f"compare.{name}"), min_width=80) for name in ("first", "tie", "second")}
        submit = gr.Button(t("compare.submit"), visible=False)
        result = gr.HTML(elem_classes="fa-note")
        gr.HTML(t("compare.keys"), elem_classes="fa-note fa-keys")
        heard = gr.Textbox(visible=False)
        with gr.Row(elem_classes="fa-choices"):
            show_scores = gr.Button(t("compare.show"), size="sm")
    output = BallotOutput(ballot, panel, link, trial, open_reference, preferences, rating, submit, result)
    buttons = (votes["first"], votes["second"], votes["tie"])
    return BallotControls(output, slots, buttons, heard, show_scores)


def _build_slot(place: int) -> Slot:
    letter = PLACES[place]
    with gr.Column(visible=False, min_width=250) as column:
        player = build_player(f"fa-take-{letter.lower()}", label=letter)
        slider = gr.Slider(0, 100, FIRST_SLIDER, step=1, label=letter, info=t("compare.slider"), visible=False)
    return Slot(column, player, slider)


def next_trial(stored: StoredTest, voter: str, result: str = "") -> Update:
    """Return the update that shows the next trial of a listener, or that all votes are given.

    Args:
        stored: The test.
        voter: Hash of the listener.
        result: HTML of the note on the last vote.
    """
    trials = draw_trials(stored.test, voter)
    left = open_trials(stored, voter, trials)
    shared = Update(panel=gr.Column(visible=True), link=link_html(stored.test.id), result=result)
    if not left:
        words = localize("All {count} votes are given. Thank you!", count=len(trials))
        return Update(
            **shared, **_slots((), stored, 0), **_answers(""), ballot=Ballot(stored.test.id, voter), trial=escape(words)
        )
    trial = left[0]
    number = localize("{number} of {total}", number=len(trials) - len(left) + 1, total=len(trials))
    sentence = stored.test.sentences[trial.sentence]
    return Update(
        **shared,
        **_slots(trial.stimuli, stored, trial.sentence),
        **_answers(stored.test.kind),
        ballot=Ballot(stored.test.id, voter, trial.id, time.monotonic()),
        trial=f"<b>{escape(number)}</b> <span>{escape(sentence)}</span>",
    )


def open_trials(stored: StoredTest, voter: str, trials: Sequence[Trial] | None = None) -> list[Trial]:
    """Return the trials of a listener without a vote."""
    done = {vote.trial for vote in stored.votes.read() if vote.voter == voter}
    return [trial for trial in trials or draw_trials(stored.test, voter) if trial.id not in done]


def give_vote(ballot: Ballot, answers: Sequence[float], heard: str) -> tuple[StoredTest, Vote]:
    """Store a vote on the trial that is shown.

    Args:
        ballot: State of the page.
        answers: See Vote.
        heard: "1" for each take that was played to the end, else "0".

    Returns:
        The test and the vote.

    Raises:
        BadInput: There is no trial, the test was deleted, or the listener has voted on the trial before.
    """
    stored = stored_tests.find(ballot.test)
    trial = next((each for each in draw_trials(stored.test, ballot.voter) if each.id == ballot.trial), None)
    if trial is None:
        raise BadInput("There is nothing to vote on. Open the link of the test again.")
    count = len(trial.stimuli)
    vote = Vote(
        test=ballot.test,
        trial=trial.id,
        voter=ballot.voter,
        sentence=trial.sentence,
        stimuli=trial.stimuli,
        answers=tuple(answers[:count]),
        seconds=round(time.monotonic() - ballot.shown_at, 1),
        played=tuple(mark == "1" for mark in heard.ljust(count, "0")[:count]),
    )
    check_vote(stored.test, vote)
    return stored, stored.votes.append(vote)


def names_html(stored: StoredTest, vote: Vote) -> str:
    """Return what stood at each place of a vote, if the test reveals that."""
    if not stored.test.reveals_names:
        return escape(localize("Your vote is stored."))
    names = (localize(stored.test.stimulus_name(stimulus)) for stimulus in vote.stimuli)
    shown = ", ".join(f"{letter}: {name}" for letter, name in zip(PLACES, names, strict=False))
    return escape(localize("Your vote is stored. It was on {names}.", names=shown))


def link_html(test: str) -> str:
    """Return the button that copies the link to a test."""
    words = escape(string_in("compare.link", language_of_visitor()))
    return (
        f'<button type="button" class="fa-share" data-address="evaluate/compare" data-test="{escape(test)}">'
        f"{ICON}<span>{words}</span></button>"
    )


def _slots(stimuli: Sequence[str], stored: StoredTest, sentence: int) -> Update:
    """Return the update of the players and sliders; their values tell nothing but the sound."""
    has_reference = REFERENCE in stimuli
    sound = Playback(is_waiting=True).add(stored.load_take(sentence, REFERENCE)) if has_reference else SILENT
    update = Update(open_reference=gr.HTML(sound, visible=has_reference))
    for number in range(len(PLACES)):
        is_used = number < len(stimuli)
        update[f"column{number}"] = gr.Column(visible=is_used)
        update[f"player{number}"] = (
            Playback(is_waiting=True).add(stored.load_take(sentence, stimuli[number])) if is_used else SILENT
        )
        update[f"slider{number}"] = gr.Slider(value=FIRST_SLIDER, visible=is_used and stored.test.kind == MUSHRA)
    return update


def _answers(kind: str) -> Update:
    """Return the update of the buttons for a kind of test, "" for none."""
    return Update(
        preferences=gr.Row(visible=kind == PREFERENCE),
        rating=gr.Radio(value=None, visible=kind == RATING),
        submit=gr.Button(visible=kind in (RATING, MUSHRA)),
    )
