"""VStyle: metadata.jsonl of the responses, whose recordings a judge hears."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from funaudio_core.errors import BadInput
from funaudio_core.evaluation.formats.answers import Answer, AnswerFormat, JudgeRequest
from funaudio_core.evaluation.formats.files import read_rows, require
from funaudio_core.evaluation.formats.prompts import fill_prompt

BEST_RATING = 5
LANGUAGES = ("en", "zh")
GROUPS = ("acoustic_attributes", "instruction", "role_play", "empathy")
_RATING = re.compile(r"\[\[(.*?)]]", re.DOTALL)


def read_answers(path: Path) -> Iterator[Answer]:
    """Yield the answers; the ability, such as "empathy/anger", gives the group and the category."""
    for row in read_rows(path):
        ability = str(require(row, "ability", path))
        group = ability.split("/", maxsplit=1)[0]
        if group not in GROUPS:
            raise BadInput(
                "{ability!r} is no ability of VStyle. It starts with one of: {names}.", ability=ability, names=GROUPS
            )
        yield Answer(
            id=str(require(row, "id", path)),
            question=str(require(row, "instruct_text", path)),
            response=str(row.get("response_text") or ""),
            audio=str(require(row, "response_audio_path", path) or ""),
            categories={"group": group, "ability": ability},
            fields=row,
        )


def _request(answer: Answer, language: str) -> JudgeRequest:
    values = {"instruction_type": answer.categories["ability"], "input_instruction": answer.question}
    return JudgeRequest(fill_prompt(f"vstyle/{language}/{answer.categories['group']}", values), answer.audio)


def _parse(_: Answer, replies: list[str]) -> float | None:
    """Return the last rating of the first reply, as a share of the best one."""
    reply = next(iter(replies), "")
    for found in (*reversed(_RATING.findall(reply)), reply):
        try:
            return float(found) / BEST_RATING
        except ValueError:
            continue
    return None


FORMATS = tuple(
    AnswerFormat(
        f"vstyle-{language}",
        f"VStyle, {language}",
        read_answers,
        request=partial(_request, language=language),
        parse=_parse,
    )
    for language in LANGUAGES
)
