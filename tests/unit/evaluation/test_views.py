"""Tests of the views of results: latency and emotions."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from funaudio_core import evaluate
from funaudio_core.evaluation.results import Card, Result, ResultFile
from funaudio_core.evaluation.views import emotions, latency
from funaudio_core.evaluation.views.grid import FORMATS, Grid
from funaudio_core.evaluation.views.views import VIEWS

CARD = Card("Echo", "recognition", "set", "0", "echo", {}, {}, {}, {"processor": "Fast & Co"}, "", "2026-11-30")
RESULTS = (
    Result("a", audio_seconds=2.0, compute_seconds=1.0, first_seconds=0.1, emotion="happy", tags={"emotion": "Joy"}),
    Result("b", audio_seconds=2.0, compute_seconds=3.0, first_seconds=0.3, emotion="sad", tags={"emotion": "happy"}),
    Result("c", audio_seconds=1.0, compute_seconds=1.0, first_seconds=0.2, emotion="sad", tags={"emotion": "悲伤"}),
    Result("d", error="It is silent.", tags={"emotion": "sad"}),
    Result("e", audio_seconds=1.0, compute_seconds=1.0, emotion="sad", tags={"emotion": "bored"}),
)


@pytest.fixture
def file(tmp_path: Path) -> ResultFile:
    found = ResultFile.create(tmp_path / "r.jsonl", CARD)
    writer = found.writer()
    for result in RESULTS:
        writer.append(result)
    writer.close()
    return found


def test_latency_is_that_of_utterances_that_did_not_fail(file: ResultFile) -> None:
    (found,) = latency.measure_latency([file])
    assert found.factors is not None
    assert found.first_seconds is not None
    assert sorted(found.factors.values) == [0.5, 1.0, 1.0, 1.5]
    assert found.first_seconds.median == pytest.approx(0.2)
    assert found.first_seconds.high == pytest.approx(0.29)


def test_emotions_are_counted_by_any_name_and_failures_are_missed(file: ResultFile) -> None:
    (matrix,) = emotions.confusion_matrices([file])
    assert matrix.counts == {("happy", "happy"): 1, ("happy", "sad"): 1, ("sad", "sad"): 1, ("sad", "none"): 1}
    assert (matrix.references, matrix.recognized) == (("happy", "sad"), ("happy", "sad", "none"))
    assert (matrix.accuracy, matrix.mean_recall) == (0.5, 0.5)


def test_set_without_emotions_has_no_matrix(tmp_path: Path) -> None:
    plain = ResultFile.create(tmp_path / "p.jsonl", CARD)
    writer = plain.writer()
    writer.append(Result("a", emotion="sad"))
    writer.close()
    assert emotions.confusion_matrices([plain]) == []


@pytest.mark.parametrize("kind", FORMATS)
def test_grid_keeps_its_cells_in_every_format(kind: str) -> None:
    text = Grid(("a", "b"), (("x|y", "50 %"), ("", "z"))).render(kind)
    expected = {
        "markdown": "| a | b |\n| --- | --- |\n| x\\|y | 50 % |\n|  | z |\n",
        "latex": "\\begin{tabular}{ll}\na & b \\\\ \\hline\nx|y & 50 \\% \\\\\n & z \\\\\n\\end{tabular}\n",
    }
    if kind == "csv":
        assert list(csv.reader(io.StringIO(text))) == [["a", "b"], ["x|y", "50 %"], ["", "z"]]
    elif kind == "json":
        assert json.loads(text) == [{"a": "x|y", "b": "50 %"}, {"a": "", "b": "z"}]
    else:
        assert text == expected[kind]


@pytest.mark.parametrize("view", VIEWS)
def test_command_prints_views(file: ResultFile, view: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate.main(["score", str(file.path), "--view", view, "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["system"] for row in rows} == {"Echo"}
    if view == "latency":
        assert rows[0]["processor"] == "Fast & Co"
