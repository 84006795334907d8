"""OpenAudioBench: its CSV files with a column of responses, or the JSON lines that Kimi-Audio-Evalkit writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from funaudio_core.errors import BadInput
from funaudio_core.evaluation.formats.answers import Answer, AnswerFormat, JudgeRequest
from funaudio_core.evaluation.formats.files import read_rows, require
from funaudio_core.evaluation.formats.prompts import fill_prompt

BEST_ALPACA, BEST_REASONING = 10, 5
_ALPACA = re.compile(r"\[\[(\d+)\]\]")
_REASONING = re.compile(r"\[([0-5])\]")
_LLAMA = re.compile(r"[Tt]he score is \[(correct|incorrect)\]", re.IGNORECASE)
_JUDGMENT = re.compile(r"""['"]judgment['"]\s*:\s*['"](\w+)['"]""")
_RESPONSES = ("prediction", "response")


@dataclass(frozen=True, slots=True)
class _Columns:
    """Names of the columns of a subset's CSV file."""

    question: str
    reference: str


SUBSETS = {
    "alpaca_eval": _Columns("instruction", "output"),
    "llama_questions": _Columns("Questions", "Answer"),
    "reasoning_qa": _Columns("Prompt", "参考答案"),
    "trivia_qa": _Columns("question", "answer_normalized_aliases"),
    "web_questions": _Columns("question", "answers"),
}


def read_answers(path: Path) -> Iterator[Answer]:
    """Yield the answers; the subset is the field `subset`, or the name of a CSV file."""
    for number, row in enumerate(read_rows(path), 1):
        subset = str(row.get("subset") or path.stem)
        if subset not in SUBSETS:
            raise BadInput(
                "{subset!r} is no part of OpenAudioBench. Choose one of: {names}.", subset=subset, names=tuple(SUBSETS)
            )
        columns = SUBSETS[subset]
        is_export = "audio_content" in row
        yield Answer(
            id=str(row.get("index", row.get("id", number))),
            question=str(row["audio_content"] if is_export else require(row, columns.question, path)),
            response=_response(row, path),
            reference=str(row.get("answer" if is_export else columns.reference, "")),
            categories={"subset": subset},
            fields=row,
        )


def _response(row: dict[str, Any], path: Path) -> str:
    name = next((name for name in _RESPONSES if name in row), _RESPONSES[0])
    return str(require(row, name, path) or "")


def _request(answer: Answer) -> JudgeRequest:
    values = {"question": answer.question, "answer": answer.reference, "prediction": answer.response}
    subset = answer.categories["subset"]
    temperature = 0.5 if subset == "alpaca_eval" else 0.0
    return JudgeRequest(fill_prompt(f"openaudiobench/{subset}", values), temperature=temperature, top_p=0.95)


def _parse(answer: Answer, replies: list[str]) -> float | None:
    """Return the score in the first reply; the benchmark asks for one."""
    subset, reply = answer.categories["subset"], next(iter(replies), "")
    if subset == "alpaca_eval":
        found = _ALPACA.search(reply)
        return int(found[1]) / BEST_ALPACA if found and 1 <= int(found[1]) <= BEST_ALPACA else None
    if subset == "reasoning_qa":
        scores = _REASONING.findall(reply)
        return int(scores[-1]) / BEST_REASONING if scores else None
    found = (_LLAMA if subset == "llama_questions" else _JUDGMENT).search(reply)
    return float(found[1].lower() == "correct") if found else None


FORMATS = (AnswerFormat("openaudiobench", "OpenAudioBench", read_answers, request=_request, parse=_parse),)
