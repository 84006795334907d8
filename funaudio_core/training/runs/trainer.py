"""Training of names and terms as runs use it; tests put a scripted one in the place of `training.words`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from funaudio_core.training import words
from funaudio_core.training.words.model import PlannedSentence, WordsCost, WordsPlan, WordsProgress, WordsRequest
from funaudio_core.types import Audio


class WordsTrainer(Protocol):
    """Functions of `training.words`, which documents them."""

    def plan(self, terms: Sequence[str], language: str) -> WordsPlan:
        """Return the sentences for some names and terms."""

    def speak(self, sentence: PlannedSentence, language: str) -> Audio:
        """Return a sentence as its voice speaks it."""

    def estimate(self, request: WordsRequest) -> WordsCost:
        """Return the cost of a training."""

    def train_words(self, request: WordsRequest, folder: Path) -> Iterator[WordsProgress]:
        """Train an adapter; called again with the same folder, it goes on where it was."""

    def held_out_clip(self, number: int, folder: Path) -> Audio:
        """Return the sound of a held-out sentence."""

    def delete_adapter(self, engine: str) -> None:
        """Delete the adapter of a recognizer."""


_trainers: list[WordsTrainer] = [words]  # the last one is used


def words_trainer() -> WordsTrainer:
    """Return the trainer of this process."""
    return _trainers[-1]


def trainer_name() -> str:
    """Return the name of the trainer of this process, which leaves the runs of another one alone."""
    trainer = words_trainer()
    return str(getattr(trainer, "__name__", type(trainer).__name__))


def replace_trainer(trainer: WordsTrainer) -> None:
    """Use another trainer from now on."""
    _trainers.append(trainer)
