"""Tests of the results of the Evaluate page."""

from __future__ import annotations

from pathlib import Path

from funaudio_core.evaluation import protocols, run_card
from funaudio_core.evaluation.alignment import ErrorCounts, Kind, Step
from funaudio_core.evaluation.example_set import example_set
from funaudio_core.evaluation.results import Result, ResultFile
from funaudio_core.evaluation.scoring import Utterance, score_file
from funaudio_core.evaluation.systems import TASKS, make_system
from funaudio_core.evaluation.tables import Row
from tabs.evaluate import report
from tabs.evaluate.stored import STORED_RESULTS

SUITE = protocols.protocol("suite")
STORED = [ResultFile.open(path) for path in sorted(STORED_RESULTS.glob("*.jsonl"))]


def test_alignment_shows_each_difference_with_a_sign_and_escapes_texts() -> None:
    steps = (Step(Kind.EQUAL, "a", "a"), Step(Kind.SUBSTITUTION, "<b>", "c"), Step(Kind.INSERTION, "", "d"))
    html = report.alignment_html(Utterance(Result("u"), steps, ErrorCounts.of(steps)), " ")
    assert html == '<p class="fa-alignment">a <del>&lt;b&gt;</del><ins>c</ins> <ins>d</ins></p>'
    failed = Utterance(Result("u", error="<silent>"), (), ErrorCounts())
    assert report.alignment_html(failed, "") == "<p>&lt;silent&gt;</p>"


def test_stored_results_are_those_of_the_example_clips() -> None:
    assert {file.card.task for file in STORED} == set(TASKS)
    for file in STORED:
        system = make_system(file.card.task, file.card.engine)
        assert file.card.data_sha256 == run_card.hash_items(example_set([system.engine()]))
        assert file.card.settings == system.settings | {name: file.card.settings[name] for name in ("threads", "tier")}
        (score,) = score_file(file, SUITE)
        assert (score.utterances, score.failures) == (len(example_set([system.engine()]).items), 0)


def test_scores_are_a_table_with_a_row_for_each_group() -> None:
    rows = [Row(file.card, score) for file in STORED for score in score_file(file, SUITE, "language")]
    html = report.scores_html(rows, SUITE)
    assert html.count("<tr>") == len(rows) + 1
    assert "FunAudio Suite" in html


def test_utterance_is_found_by_its_system_and_id(tmp_path: Path) -> None:
    paths = [str(tmp_path / "gone.jsonl"), *(str(file.path) for file in STORED)]
    result = next(STORED[1].results())
    found = report.find_utterance(paths, SUITE, STORED[1].card.system, result.id)
    assert found is not None
    assert found.result == result
    assert report.find_utterance(paths, SUITE, "Nobody", result.id) is None
