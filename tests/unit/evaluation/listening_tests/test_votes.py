"""Tests of the file of votes, and of exports."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from funaudio_core.errors import BadInput
from funaudio_core.evaluation.listening_tests import exports
from funaudio_core.evaluation.listening_tests.exports import TestVotes
from funaudio_core.evaluation.listening_tests.model import ANCHOR, MUSHRA, REFERENCE
from funaudio_core.evaluation.listening_tests.votes import Vote, VoteLog, check_vote
from tests.unit.evaluation.listening_tests.examples import FIRST, SECOND, TIE, listening_test, vote

TEST = listening_test()


def test_second_vote_of_a_voter_on_a_trial_is_refused(tmp_path: Path) -> None:
    log = VoteLog(tmp_path / "votes.jsonl")
    first = log.append(vote(TEST, FIRST))
    assert first.time.endswith("+00:00")
    with pytest.raises(BadInput, match="voted on this already"):
        log.append(vote(TEST, SECOND))
    log.append(vote(TEST, SECOND, voter="other"))
    log.append(vote(TEST, SECOND, trial="1-0-1"))
    assert [each.answers for each in log.read()] == [FIRST, SECOND, SECOND]
    assert log.read()[0] == first


def test_one_of_many_votes_at_once_counts(tmp_path: Path) -> None:
    refused: list[BaseException] = []

    def append() -> None:
        try:
            VoteLog(tmp_path / "votes.jsonl").append(vote(TEST, FIRST))
        except BadInput as error:
            refused.append(error)

    threads = [threading.Thread(target=append) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 7
    assert len(VoteLog(tmp_path / "votes.jsonl").read()) == 1


def test_unfinished_line_of_a_killed_process_is_skipped(tmp_path: Path) -> None:
    log = VoteLog(tmp_path / "votes.jsonl")
    log.append(vote(TEST, FIRST))
    with (tmp_path / "votes.jsonl").open("a") as file:
        file.write('{"test": "0123')
    log.append(vote(TEST, SECOND, trial="1"))
    assert [each.trial for each in log.read()] == ["0-0-1", "1"]


@pytest.mark.parametrize(
    "wrong",
    [
        vote(TEST, (0.7, 0.3)),
        vote(TEST, FIRST, stimuli=("0", "7")),
        vote(TEST, FIRST, stimuli=("0", ANCHOR)),
        vote(TEST, FIRST, stimuli=("0", "0")),
        vote(TEST, (1.0,)),
        vote(TEST, FIRST, seconds=float("nan")),
        replace(vote(TEST, FIRST), sentence=3),
        replace(vote(TEST, FIRST), test="another"),
    ],
)
def test_vote_that_does_not_fit_the_test_is_refused(wrong: Vote) -> None:
    check_vote(TEST, vote(TEST, TIE))
    with pytest.raises(BadInput, match="doesn't belong to the test"):
        check_vote(TEST, wrong)


def test_voter_is_a_hash_that_differs_from_test_to_test() -> None:
    assert len(TEST.hash_voter("login ann")) == 16
    assert TEST.hash_voter("login ann") != replace(TEST, salt="11" * 16).hash_voter("login ann")


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_export_is_read_again_with_equal_scores(tmp_path: Path, kind: str) -> None:
    test = listening_test(MUSHRA, has_reference=True)
    stimuli = ("1", ANCHOR, REFERENCE, "0")
    votes = tuple(
        replace(
            vote(test, (70 - n, 20, 100, 60), voter=f"v{n}", stimuli=stimuli, seconds=n), time="2026-01-01T00:00:00"
        )
        for n in range(6)
    )
    found = TestVotes(test, votes)
    path = tmp_path / f"export.{kind}"
    path.write_text(exports.to_json(found) if kind == "json" else exports.to_csv(found), encoding="utf-8")
    again = exports.read_export(path)
    assert again.votes == votes
    assert again.scores() == found.scores()
    assert again.suspicious() == found.suspicious()
    assert test.salt not in path.read_text().replace(test.id, "")
    assert [system.name for system in again.test.systems] == ["W", "X"]


@pytest.mark.parametrize(
    "content", ["", "{}", "a,b\n1,2\n", "[1]", '{"test": {"systems": [1]}, "votes": []}', "\x00", '{"test": 1}']
)
def test_other_files_are_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "votes.json"
    path.write_text(content)
    with pytest.raises(BadInput, match="listening test"):
        exports.read_export(path)


def test_export_with_a_foreign_vote_is_refused(tmp_path: Path) -> None:
    values = exports.to_dict(TestVotes(TEST, (vote(TEST, FIRST),)))
    values["votes"][0]["answers"] = [99, -98]
    path = tmp_path / "votes.json"
    path.write_text(json.dumps(values))
    with pytest.raises(BadInput, match="doesn't belong to the test"):
        exports.read_export(path)
