"""Section Compare of the Evaluate page: blind listening tests with votes and scores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from funaudio_core.engines import preload, registry, selection
from funaudio_core.errors import BadInput
from funaudio_core.evaluation.listening_tests import exports, stored_tests
from funaudio_core.evaluation.listening_tests.exports import TestVotes
from funaudio_core.evaluation.listening_tests.making import JOB_KIND, UnfinishedTest, start_test
from funaudio_core.evaluation.listening_tests.model import RATING
from funaudio_core.evaluation.listening_tests.stored_tests import StoredTest
from funaudio_core.evaluation.listening_tests.votes import PREFERENCES
from funaudio_core.message import Message
from funaudio_core.runtime.jobs import Job
from server.events import QUEUE_OPTIONS, add_endpoint, handler, queued_handler
from server.request import account_name, localize, session_id
from server.sessions import track_upload
from server.updates import Update, connect
from tabs.components import resumable, speech_output
from tabs.components.layout import loading_text, status_line
from tabs.components.page.arrivals import arrivals
from tabs.components.strings import t
from tabs.evaluate.compare import words  # noqa: F401 (adds the strings)
from tabs.evaluate.compare.ballot import (
    Ballot,
    BallotControls,
    SliderInput,
    build_ballot,
    give_vote,
    names_html,
    next_trial,
    open_trials,
)
from tabs.evaluate.compare.controls import TestInput, build_controls
from tabs.evaluate.compare.score_view import ScoreOutput, build_scores, scores_html, scores_update

MAX_NAME_CHARACTERS = 64  # of a listener, see scripts/listening_tests.js
OPEN_JS = "() => [new URLSearchParams(location.search).get('test') ?? '', window.funaudioListener()]"
MAKE_JS = "(listener, ...rest) => [window.funaudioListener(), ...rest]"
VOTE_JS = "(ballot, _, ...rest) => [ballot, window.funaudioHeard(), ...rest]"


@queued_handler()
def on_make(listener: str, request: TestInput) -> Iterator[Update]:
    """Make the takes of a test as a job."""
    yield Update(**TASK.discard(), panel=gr.Column(visible=False), status=localize("Preparing the test…"))
    yield from TASK.start(start_test(request.plan(identity_of(listener))).job)


def _run_part(job: Job) -> Iterator[Update]:
    """Make the next take."""
    unfinished = UnfinishedTest(job)
    for status in loading_text(preload.load_all(unfinished.next_engine())):
        yield Update(status=status)
    unfinished.make_next()
    yield Update(status=localize("{done} of {total} takes…", done=job.completed_parts, total=job.total_parts))
    if job.finished:
        yield _render(job)


def _render(job: Job) -> Update:
    """Return the update that shows the first trial to the creator once all takes are made."""
    if not job.finished:
        return Update(status=localize("{done} of {total} takes…", done=job.completed_parts, total=job.total_parts))
    stored = UnfinishedTest(job).store()
    status = localize("The test is ready. Listen and vote, and send its link to other listeners.")
    return Update(**next_trial(stored, stored.test.creator), status=status)


def _pause_message(job: Job) -> Message:
    if job.finished:
        return Message("Your listening test is ready. Press Continue to open it.")
    return Message(
        "Your listening test is not finished: {done} of {total} takes are made.",
        done=job.completed_parts,
        total=job.total_parts,
    )


def _can_resume(job: Job) -> bool:
    """Return whether all engines of a test are still offered."""
    systems = UnfinishedTest(job).test.systems
    return all(selection.is_available(registry.SYNTHESIZERS, system.engine) for system in systems)


TASK = resumable.ResumableTask(
    page=__name__,
    kind=JOB_KIND,
    run_part=_run_part,
    render=_render,
    pause_message=_pause_message,
    can_resume=_can_resume,
)


def on_stop() -> Iterator[Update]:
    """Stop the making of takes; it is paused."""
    yield from speech_output.stop_task(TASK)


@handler
def on_open(test: str, listener: str) -> Update:
    """Show the next trial of the test that the address names, if it names one."""
    if not test:
        return Update()
    stored = stored_tests.find(test)
    voter = stored.test.hash_voter(identity_of(listener))
    return Update(**next_trial(stored, voter), status=localize("You listen without knowing which system speaks."))


@handler
def on_prefer(ballot: Ballot, heard: str, choice: int) -> Update:
    """Store the vote of a listener on a pair, and show the next one."""
    return _vote(ballot, PREFERENCES[choice], heard)


@handler
def on_submit(ballot: Ballot, heard: str, rating: int | None, sliders: SliderInput) -> Update:
    """Store the rating or the sliders of a listener, and show the next trial."""
    is_rating = bool(ballot.test) and stored_tests.find(ballot.test).test.kind == RATING
    if is_rating and rating is None:
        raise BadInput("There is no rating yet. Choose one from 1 to 5.")
    return _vote(ballot, (float(rating or 0),) if is_rating else sliders.values(), heard)


def _vote(ballot: Ballot, answers: tuple[float, ...], heard: str) -> Update:
    stored, vote = give_vote(ballot, answers, heard)
    update = next_trial(stored, ballot.voter, names_html(stored, vote))
    if update["ballot"].trial:
        return update
    return Update(**update, **scores_update(_read(stored)))


@handler
def on_scores(ballot: Ballot) -> Update:
    """Show the scores to those who have voted on all trials, and to the creator."""
    stored = stored_tests.find(ballot.test)
    _require_votes(stored, ballot.voter)
    return scores_update(_read(stored))


@handler
def on_leave_out(found: TestVotes, without_suspicious: bool) -> Update:
    """Show the scores with or without flagged voters."""
    return Update(scores=scores_html(found, without_suspicious=without_suspicious))


def _require_votes(stored: StoredTest, voter: str) -> None:
    """Raise BadInput unless a listener has voted on all trials, or is the creator."""
    left = len(open_trials(stored, voter))
    if left and voter != stored.test.creator:
        raise BadInput("Vote on the remaining {left} first: the scores could influence you.", left=left)


@handler
def on_import(path: str | None) -> Update:
    """Show the scores of an exported file; nothing is stored."""
    if path is None:
        return Update()
    track_upload(path)
    return scores_update(exports.read_export(Path(path)))


def listening_test_scores(test: str, listener: str = "") -> tuple[str, dict[str, Any]]:
    """Return the scores of a listening test to its creator, and to listeners who have voted on all their trials.

    Args:
        test: Id of the test, which stands in its link after "test=".
        listener: Without a login, the name under which the browser voted or made the test: that of the item
            "funaudio-listener" in its local storage.

    Returns:
        The kind of the test, and a structured result: the test, its votes, scores with 95 % intervals, flagged voters.
    """
    stored = stored_tests.find(test)
    _require_votes(stored, stored.test.hash_voter(identity_of(listener)))
    return stored.test.kind, exports.to_dict(_read(stored))


def identity_of(listener: str) -> str:
    """Return who votes: the account, else the random name that the browser keeps, else the session."""
    if account := account_name():
        return f"login {account}"
    return f"browser {listener[:MAX_NAME_CHARACTERS]}" if listener else f"session {session_id()}"


def _read(stored: StoredTest) -> TestVotes:
    return TestVotes(stored.test, tuple(stored.votes.read()))


def build() -> None:
    """Add the section and connect it."""
    gr.Markdown(t("compare.about"), elem_classes="fa-note")
    with gr.Row():
        with gr.Column(scale=2):
            controls = build_controls()
            run, stop = speech_output.build_buttons("compare.make")
        with gr.Column(scale=3, elem_classes="fa-listening"):
            status = status_line()
            resume = resumable.build("compare")
            ballot = build_ballot()
            imported, scores = build_scores()
    test, listener = gr.Textbox(visible=False), gr.Textbox(visible=False)  # filled in by the scripts
    shown = {"status": status, **ballot.output.components(), **ballot.slot_outputs()}
    resumable.wire(resume, TASK, shown)
    connect(run.click, on_make, [listener, controls.inputs()], shown, resume, js=MAKE_JS, **QUEUE_OPTIONS)
    connect(stop.click, on_stop, None, {"status": status}, resume)
    connect(arrivals(), on_open, [test, listener], shown, js=OPEN_JS, show_progress="hidden")
    _wire_votes(ballot, shown, scores)
    connect(ballot.show_scores.click, on_scores, ballot.output.ballot, scores)
    choice = scores.without_suspicious
    connect(choice.input, on_leave_out, [scores.found, choice], scores)
    connect(imported.upload, on_import, imported, scores)
    add_endpoint(listening_test_scores)


def _wire_votes(ballot: BallotControls, shown: dict[str, Any], scores: ScoreOutput) -> None:
    output, options = ballot.output, {"js": VOTE_JS, "show_progress": "hidden"}
    for choice, button in enumerate(ballot.votes):
        connect(button.click, on_prefer, [output.ballot, ballot.heard, gr.State(choice)], shown, scores, **options)
    ratings = [output.ballot, ballot.heard, output.rating, ballot.sliders()]
    connect(output.submit.click, on_submit, ratings, shown, scores, **options)
