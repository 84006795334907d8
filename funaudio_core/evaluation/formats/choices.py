"""MMAU and MMSU: multiple choice, with the verdict of the published scorer beside ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from funaudio_core.evaluation.formats.answers import Answer, AnswerFormat, Scored
from funaudio_core.evaluation.formats.files import read_rows, require
from funaudio_core.evaluation.multiple_choice import find_choice, is_right_by_mmau, is_right_by_mmsu

_MMAU_CATEGORIES = ("task", "difficulty", "category", "sub-category")
_MMSU_CATEGORIES = ("category", "sub-category", "task_name")


def read_mmau(path: Path) -> Iterator[Answer]:
    """Yield the answers of MMAU, a JSON list with `model_output`; questions without one are left out, as there."""
    for row in read_rows(path):
        if "model_output" in row:
            yield _answer(row, path, str(row["model_output"] or ""), require(row, "choices", path), _MMAU_CATEGORIES)


def read_mmsu(path: Path) -> Iterator[Answer]:
    """Yield the answers of MMSU, JSON lines with `choice_a` to `choice_d`, `answer_gt` and `response`."""
    for row in read_rows(path):
        choices = [row[name] for name in ("choice_a", "choice_b", "choice_c", "choice_d") if row.get(name) is not None]
        response = str(require(row, "response", path) or "")
        renamed = {**row, "answer": require(row, "answer_gt", path)}
        yield _answer(renamed, path, response, choices, _MMSU_CATEGORIES)


def _answer(
    row: dict[str, Any], path: Path, response: str, choices: Sequence[object], categories: Sequence[str]
) -> Answer:
    return Answer(
        id=str(require(row, "id", path)),
        question=str(require(row, "question", path)),
        response=response,
        reference=str(require(row, "answer", path)),
        choices=tuple(map(str, choices)),
        categories={name: str(row[name]) for name in categories if row.get(name)},
        fields=row,
    )


def _score(answer: Answer, official: float | None) -> Scored:
    found = find_choice(answer.response, answer.choices)
    if found is None:
        return Scored(answer, 0.0, official, "no answer found")
    return Scored(answer, float(answer.choices[found] == answer.reference), official)


def _score_mmau(answer: Answer) -> Scored:
    return _score(answer, float(is_right_by_mmau(answer.response, answer.choices, answer.reference)))


def _score_mmsu(answer: Answer) -> Scored:
    verdict = is_right_by_mmsu(answer.response, answer.choices, answer.reference)
    return _score(answer, None if verdict is None else float(verdict))


FORMATS = (
    AnswerFormat("mmau", "MMAU", read_mmau, _score_mmau),
    AnswerFormat("mmsu", "MMSU", read_mmsu, _score_mmsu),
)
