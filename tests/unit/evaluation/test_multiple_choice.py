"""Tests of the multiple-choice scorers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from funaudio_core.evaluation import multiple_choice
from tests.conftest import ROOT

CASES: list[dict[str, Any]] = json.loads((ROOT / "tests/golden/evaluation/scoring.json").read_text(encoding="utf-8"))[
    "multiple_choice"
]
CHOICES = ["sad", "very sad", "A piano", "Drums"]


def test_published_scorers_give_their_verdicts() -> None:
    for case in CASES:
        response, choices, answer = case["response"], case["choices"], case["answer"]
        assert multiple_choice.is_right_by_mmau(response, choices, answer) is case["mmau"], case
        assert multiple_choice.is_right_by_mmsu(response, choices, answer) is case["mmsu"], case
        assert multiple_choice.letter_by_voicebench(response) == case["voicebench"], case
    assert len(CASES) == 144


@pytest.mark.parametrize(
    ("response", "choice"),
    [
        ("B", 1),
        ("(b)", 1),
        ("C. A piano", 2),
        ("The answer is (D) Drums.", 3),
        ("The correct answer is: **B)** very sad", 1),
        ("Very sad.", 1),
        ("The speaker sounds very sad.", 1),
        ("It is not drums, it is A piano.", 2),
        ("不是 Drums，而是 A piano", 2),
        ("答案是C", 2),
        ("<think>Maybe A.</think> D", 3),
        ("A piano", 2),  # not the letter A
        ("Sad or drums", None),
        ("E", None),
        ("I don't know.", None),
        ("", None),
    ],
)
def test_answer_is_found_by_letter_or_text(response: str, choice: int | None) -> None:
    assert multiple_choice.find_choice(response, CHOICES) == choice


def test_instruction_has_the_published_form() -> None:
    assert multiple_choice.instruction("What is heard?", ["Rain", "Wind"]) == (
        "What is heard? Choose the correct option from the following options:\n(A)Rain\n(B)Wind"
    )
