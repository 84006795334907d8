"""ACEBench: files of results (`id`, `result`) beside its questions and their possible answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from funaudio_core.errors import BadInput
from funaudio_core.evaluation.formats import ace_agents, ace_calls
from funaudio_core.evaluation.formats.answers import Answer, AnswerFormat, Scored
from funaudio_core.evaluation.formats.files import read_rows, require

ANSWERS = "possible_answer"  # folder of the truths, beside the questions
# Sentences that ACEBench's prompts ask for where no call is possible.
_MISSING, _INCORRECT, _IMPOSSIBLE = (
    "Missing necessary parameters",
    "There is incorrect value",
    "the limitations of the function",
)


def read_answers(path: Path) -> Iterator[Answer]:
    """Yield the answers of a file of results.

    The questions are in the same folder, under the name of the results without "_result", and their possible answers in
    the folder possible_answer, as in data_all/data_en.

    Raises:
        BadInput: A file or an item is missing.
    """
    name = path.name.replace("_result", "")
    source = path.parent / name
    if source == path:
        raise BadInput("{file} must end with _result, beside the questions. Rename it.", file=path.name)
    questions = {str(require(row, "id", source)): row for row in read_rows(source)}
    truths = {str(require(row, "id", source)): row for row in read_rows(source.parent / ANSWERS / name)}
    for row in read_rows(path):
        id_ = str(require(row, "id", path))
        if id_ not in questions or id_ not in truths:
            raise BadInput("There is no question {id!r} in {file}.", id=id_, file=name)
        fields = {**questions[id_], **truths[id_], **row, "ground_truth": require(truths[id_], "ground_truth", path)}
        category = name.removeprefix("data_").removesuffix(".json")
        yield Answer(
            id=id_,
            question=str(require(questions[id_], "question", source)),
            response=str(require(row, "result", path)),
            categories={"group": category.split("_")[0], "category": category},
            fields=fields,
        )


def _score(answer: Answer) -> Scored:
    category, truth = answer.categories["category"], answer.fields["ground_truth"]
    if category.startswith("agent"):
        return ace_agents.score(answer)
    if category.startswith("special"):
        return _score_refusal(answer, category, truth)
    verdict = ace_calls.check(answer.fields.get("function") or [], answer.response, truth)
    return Scored(answer, float(verdict.is_right), note=verdict.error)


def _score_refusal(answer: Answer, category: str, truth: Any) -> Scored:  # noqa: ANN401 (JSON)
    """Score an item without a right call: the fault must be named, with the parameters or values at fault."""
    if "irrelevant" in category:
        return _detected(answer, _IMPOSSIBLE, ())
    if not isinstance(truth, Mapping):
        return Scored(answer, None, note="no possible answer")
    named = [str(value) for values in truth.values() for value in values]
    is_incomplete = "incomplete" in category
    return _detected(answer, _MISSING if is_incomplete else _INCORRECT, (*truth, *named) if is_incomplete else named)


def _detected(answer: Answer, sentence: str, names: tuple[str, ...] | list[str]) -> Scored:
    if sentence not in answer.response:
        return Scored(answer, 0.0, note="error_detection")
    is_complete = all(name in answer.response for name in names)
    return Scored(answer, float(is_complete), note="" if is_complete else "error_correction")


FORMATS = (AnswerFormat("acebench", "ACEBench", read_answers, _score),)
