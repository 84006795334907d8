"""MMAU-Pro: its table as JSON lines or a JSON list, with `model_output`.

Questions with choices are scored by letter or text, where the published scorer takes the choice whose embedding is
nearest; instructions by its rules; open questions by a judge, by its criteria, with a prompt of our own: the authors
state no licence for theirs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

from funaudio_core.evaluation.formats.answers import Answer, AnswerFormat, JudgeRequest, Scored
from funaudio_core.evaluation.formats.files import read_rows, require
from funaudio_core.evaluation.formats.prompts import fill_prompt
from funaudio_core.evaluation.formats.rules.mmau_pro import is_followed
from funaudio_core.evaluation.multiple_choice import find_choice

OPEN, INSTRUCTIONS = "open", "instruction following"  # categories without choices
BEST_RATING = 5
_SYSTEM = "You judge answers fairly and by the reference."
_CRITERIA = ("CORRECTNESS", "RELEVANCE", "COMPLETENESS", "CLARITY")
_NEUTRAL = 3.0  # overall rating in whose place the published scorer takes the mean of the criteria


def read_answers(path: Path) -> Iterator[Answer]:
    """Yield the answers."""
    for row in read_rows(path):
        category = str(row.get("category") or "")
        yield Answer(
            id=str(require(row, "id", path)),
            question=str(require(row, "question", path)),
            response=str(require(row, "model_output", path) or ""),
            reference=str(row.get("answer") or ""),
            choices=tuple(map(str, row.get("choices") or ())),
            categories={"category": category} if category else {},
            fields=row,
        )


def _score(answer: Answer) -> Scored:
    if answer.categories.get("category") == INSTRUCTIONS:
        return _score_instruction(answer)
    if len(answer.choices) < 2:
        return Scored(answer, None, note="no choices")
    found = find_choice(answer.response, answer.choices)
    if found is None:
        return Scored(answer, 0.0, note="no answer found")
    return Scored(answer, float(answer.choices[found] == answer.reference))


def _score_instruction(answer: Answer) -> Scored:
    name = str(answer.fields.get("task_identifier"))
    try:
        return Scored(answer, float(is_followed(name, _values(answer.fields), answer.question, answer.response)))
    except (KeyError, TypeError, AttributeError, ValueError):
        return Scored(answer, None, note="unknown instruction")


def _values(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the parameters of an instruction, which a table may hold as JSON."""
    values = fields.get("kwargs") or {}
    found: Mapping[str, Any] = json.loads(values) if isinstance(values, str) else values
    return found


def _request(answer: Answer) -> JudgeRequest | None:
    if answer.categories.get("category") != OPEN:
        return None
    values = {"question": answer.question, "reference": answer.reference, "response": answer.response}
    return JudgeRequest(fill_prompt("mmau_pro/open", values), system=_SYSTEM, temperature=0.1, max_tokens=512)


def _parse(_: Answer, replies: list[str]) -> float | None:
    """Return the overall rating as a share of the best one; where it is neutral or missing, the mean of the criteria.

    The published scorer counts a criterion that isn't found as 3; here the reply then can't be read.
    """
    reply = next(iter(replies), "")
    overall = _rating("OVERALL", reply)
    if overall is None or overall == _NEUTRAL:
        criteria = [rating for name in _CRITERIA if (rating := _rating(name, reply)) is not None]
        if len(criteria) < len(_CRITERIA):
            return None if overall is None else overall / BEST_RATING
        overall = fmean(criteria)
    return overall / BEST_RATING if 1 <= overall <= BEST_RATING else None


def _rating(name: str, reply: str) -> float | None:
    found = re.search(rf"{name}:\**\s*\[?(\d+(?:\.\d+)?)", reply, re.IGNORECASE)
    return float(found[1]) if found else None


FORMATS = (AnswerFormat("mmau-pro", "MMAU-Pro", read_answers, _score, _request, _parse),)
