"""Overall scores of benchmarks from those of their parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

from funaudio_core.errors import BadInput

RATING_FACTOR = 20  # of a rating from 1 to 5
SPOKEN_QUESTIONS = ("alpaca_eval", "llama_questions", "reasoning_qa", "trivia_qa", "web_questions")


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Overall score of a benchmark: the mean of its parts.

    Attributes:
        parts: Names of the parts.
        ratings: Those that are ratings from 1 to 5; the others are in %.
    """

    parts: tuple[str, ...]
    ratings: frozenset[str] = frozenset()

    def overall(self, scores: Mapping[str, float]) -> float:
        """Return the overall score in %.

        Args:
            scores: Score of each part.

        Raises:
            BadInput: A part is missing, unknown or out of its range.
        """
        if missing := tuple(name for name in self.parts if name not in scores):
            raise BadInput("The scores of {names} are missing.", names=missing)
        for name, score in scores.items():
            if name not in self.parts:
                raise BadInput("There is no part {name!r}. Choose from: {names}.", name=name, names=self.parts)
            low, high = (1, 5) if name in self.ratings else (0, 100)
            if not low <= score <= high:
                raise BadInput(
                    "The score of {name} is {score:g}; it lies from {low} to {high}.",
                    name=name,
                    score=score,
                    low=low,
                    high=high,
                )
        return fmean(score * RATING_FACTOR if name in self.ratings else score for name, score in scores.items())


AGGREGATES: dict[str, Aggregate] = {
    "voicebench": Aggregate(
        ("alpacaeval", "commoneval", "wildvoice", "sd-qa", "mmsu", "openbookqa", "bbh", "ifeval", "advbench"),
        frozenset(("alpacaeval", "commoneval", "wildvoice")),
    ),
    "openaudiobench": Aggregate(SPOKEN_QUESTIONS),
    "speechfc": Aggregate(("bfcl-single", "bfcl-parallel", "acebench-single", "acebench-parallel", "smartinteract")),
}
