"""Answers of a model to the items of a benchmark, and their scores."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer to one item.

    Attributes:
        id: Id, unique in the file.
        question: Question, as text.
        response: Response of the model, as text.
        reference: Right answer, or "".
        choices: Choices, or ().
        audio: Recording of the response, relative to its file, or "".
        categories: Category by the name of its kind, such as {"task": "sound", "difficulty": "easy"}.
        fields: All fields of the item as published.
    """

    id: str
    question: str
    response: str
    reference: str = ""
    choices: tuple[str, ...] = ()
    audio: str = ""
    categories: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scored:
    """Score of an answer.

    Attributes:
        answer: The answer.
        value: 0 to 1; None if no score is known yet, or the judge's reply can't be read.
        official: Score of the benchmark's own rule where it differs from ours; None if it drops the answer.
        note: Reason of a score, such as a type of error; "" for none.
        measures: Further measures by name: what counts, and of how much.
    """

    answer: Answer
    value: float | None
    official: float | None = None
    note: str = ""
    measures: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JudgeRequest:
    """Request to a judge.

    Attributes:
        prompt: The prompt.
        audio: Recording that it hears, relative to the file of answers, or "".
        system: System message, or "".
        temperature: Temperature of the sampling.
        top_p: Share of the probability that is sampled from.
        draws: Replies that are asked for.
        max_tokens: Limit of a reply.
    """

    prompt: str
    audio: str = ""
    system: str = ""
    temperature: float = 0.0
    top_p: float = 1.0
    draws: int = 1
    max_tokens: int = 1024


@dataclass(frozen=True, slots=True)
class AnswerFormat:
    """Format of a benchmark's files of answers.

    Attributes:
        name: Name in commands.
        title: Benchmark, with the subsets.
        read: Yields the answers of a file.
        score: Scores an answer by rule; None if all need a judge.
        request: Returns the request to a judge, or None for an answer that is scored by rule; None if all are.
        parse: Returns the score, 0 to 1, in replies of a judge to an answer; None if none can be read.
    """

    name: str
    title: str
    read: Callable[[Path], Iterator[Answer]]
    score: Callable[[Answer], Scored] | None = None
    request: Callable[[Answer], JudgeRequest | None] | None = None
    parse: Callable[[Answer, list[str]], float | None] | None = None
