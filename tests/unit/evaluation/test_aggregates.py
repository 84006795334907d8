"""Tests of overall scores against published tables."""

from __future__ import annotations

import json
from typing import Any

import pytest

from funaudio_core import evaluate
from funaudio_core.errors import BadInput
from funaudio_core.evaluation.formats.aggregates import AGGREGATES
from tests.conftest import ROOT

TABLE: dict[str, Any] = json.loads((ROOT / "tests/golden/evaluation/voicebench.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", TABLE["rows"], ids=lambda row: str(row[0]))
def test_overall_score_of_voicebench_is_the_published_one(row: list[Any]) -> None:
    scores = dict(zip(TABLE["columns"][1:-1], row[1:-1], strict=True))
    assert AGGREGATES["voicebench"].overall(scores) == pytest.approx(row[-1], abs=0.0051)


def test_command_prints_the_score_that_fun_audio_chat_reports(capsys: pytest.CaptureFixture[str]) -> None:
    parts = zip(AGGREGATES["speechfc"].parts, (92.73, 87.63, 66.30, 54.50, 79.79), strict=True)
    assert evaluate.main(["overall", "speechfc", *(f"{name}={score}" for name, score in parts)]) == 0
    assert capsys.readouterr().out == "76.19\n"
    assert evaluate.main(["overall", "speechfc", "bfcl-single=x"]) == 1
    assert "isn't a score" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [({"sd-qa": 101}, "from 0 to 100"), ({"alpacaeval": 80}, "from 1 to 5"), ({"mtbench": 3}, "no part 'mtbench'")],
)
def test_wrong_parts_are_sentences(changed: dict[str, float], sentence: str) -> None:
    scores = dict(zip(TABLE["columns"][1:-1], TABLE["rows"][0][1:-1], strict=True))
    with pytest.raises(BadInput, match=sentence):
        AGGREGATES["voicebench"].overall(scores | changed)
    with pytest.raises(BadInput, match="alpacaeval"):
        AGGREGATES["voicebench"].overall({})
