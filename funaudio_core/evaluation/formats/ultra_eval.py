"""UltraEval-Audio: its log, JSON lines with `type`, `id` and `data` for each step of each item."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from funaudio_core.evaluation.formats.answers import Answer, AnswerFormat, Scored
from funaudio_core.evaluation.formats.files import read_rows, require


def read_answers(path: Path) -> Iterator[Answer]:
    """Yield the answers of items with a response; the last step of each type counts."""
    steps: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in read_rows(path):
        steps[str(require(row, "id", path))][str(require(row, "type", path))] = require(row, "data", path)
    for id_, found in steps.items():
        response = (found.get("post_process") or found.get("inference") or {}).get("content")
        if response is not None:
            reference = (found.get("eval") or {}).get("ref", "")
            prompt = str((found.get("prompt") or {}).get("content", ""))
            yield Answer(id_, prompt, str(response), _join(reference), fields=found)


def _join(reference: object) -> str:
    return "\n".join(map(str, reference)) if isinstance(reference, list) else str(reference)


def _score(answer: Answer) -> Scored:
    """Score by the reference, one of several on a line each, that stands in the response; as its ExistMatch."""
    references = [line.strip().lower() for line in answer.reference.split("\n") if line.strip()]
    if not references:
        return Scored(answer, None, note="no reference")
    official = (answer.fields.get("eval") or {}).get("match")
    is_right = any(reference in answer.response.strip().lower() for reference in references)
    return Scored(answer, float(is_right), None if official is None else float(official))


FORMATS = (AnswerFormat("ultraeval-audio", "UltraEval-Audio, matched answers", read_answers, _score),)
