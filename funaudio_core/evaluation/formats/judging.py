"""Scores of answers: by rule, or by the replies of a judge that runs elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import chain
from pathlib import Path

from funaudio_core.errors import BadInput
from funaudio_core.evaluation.formats import (
    acebench,
    choices,
    mmau_pro,
    open_audio_bench,
    ultra_eval,
    voicebench,
    vstyle,
)
from funaudio_core.evaluation.formats.answers import Answer, AnswerFormat, JudgeRequest, Scored
from funaudio_core.evaluation.formats.files import read_rows, require

FORMATS: dict[str, AnswerFormat] = {
    row.name: row
    for module in (voicebench, open_audio_bench, ultra_eval, choices, mmau_pro, vstyle, acebench)
    for row in module.FORMATS
}


def judge_requests(form: AnswerFormat, answers: Iterable[Answer]) -> Iterator[tuple[Answer, JudgeRequest]]:
    """Yield the answers that need a judge, each with its request.

    Raises:
        BadInput: All answers of the format are scored by rule.
    """
    if form.request is None:
        raise BadInput("{format} is scored by rule and needs no judge.", format=form.name)
    for answer in answers:
        if (request := form.request(answer)) is not None:
            yield answer, request


def write_requests(form: AnswerFormat, answers: Iterable[Answer], path: Path) -> int:
    """Write the requests to a judge as JSON lines: `id`, `prompt`, and further fields of JudgeRequest.

    Returns:
        The number of requests.

    Raises:
        BadInput: All answers of the format are scored by rule.
    """
    requests = judge_requests(form, answers)
    count = 0
    first = next(requests, None)
    with path.open("w", encoding="utf-8") as stream:
        for answer, request in chain([first] if first else [], requests):
            row = {name: value for name, value in asdict(request).items() if value != ""}
            stream.write(json.dumps({"id": answer.id, **row}, ensure_ascii=False) + "\n")
            count += 1
    return count


def read_replies(path: Path) -> dict[str, list[str]]:
    """Return the replies of a judge by id, from JSON lines with `id`, and `score` or `reply`: a text or several."""
    found: dict[str, list[str]] = {}
    for row in read_rows(path):
        value = row["reply"] if "reply" in row else require(row, "score", path)
        replies = [str(each) for each in value] if isinstance(value, list) else [str(value)]
        found.setdefault(str(require(row, "id", path)), []).extend(replies)
    return found


def score_answers(
    form: AnswerFormat, answers: Iterable[Answer], replies: Mapping[str, list[str]] | None = None
) -> Iterator[Scored]:
    """Yield the scores.

    Args:
        form: The format.
        answers: The answers.
        replies: Replies of a judge by id, for a format that needs one.
    """
    for answer in answers:
        if form.request is None or form.request(answer) is None:
            yield form.score(answer) if form.score is not None else Scored(answer, None, note="not judged")
        elif form.parse is not None and answer.id in (replies or {}):
            value = form.parse(answer, (replies or {})[answer.id])
            yield Scored(answer, value, note="" if value is not None else "reply can't be read")
        else:
            yield Scored(answer, None, note="not judged")
