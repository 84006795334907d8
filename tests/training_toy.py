"""A training recipe that takes milliseconds: points on a line. `python -m tests.training_toy FOLDER [STEP]` trains it.

With a step, the process kills itself behind it; with the word shards, its weights are divided among the processes.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from funaudio_core.training.loop import train
from funaudio_core.training.lora import add_lora
from funaudio_core.training.recipe import Batch, Losses, TrainingSettings

SIZE = 4
SETTINGS = TrainingSettings(
    learning_rate=0.03, epochs=3, max_batch_length=24, rank=2, alpha=4, patience=5, checkpoint_steps=3
)


@dataclass(frozen=True)
class Point:
    """Inputs and their sum."""

    name: str
    inputs: tuple[float, ...]
    target: float
    length: int


def points(count: int, seed: int) -> list[Point]:
    rng = np.random.default_rng(seed)
    return [
        Point(f"point {index}", tuple(inputs), float(inputs.sum()), int(length))
        for index, (inputs, length) in enumerate(
            zip(rng.normal(size=(count, SIZE)), rng.integers(4, 9, count), strict=True)
        )
    ]


@dataclass
class ToyRecipe:
    """Two linear layers that learn a sum."""

    name: str = "toy"
    noise: float = 0.01  # on the inputs
    measures: list[float] = field(default_factory=list)  # one a measurement; empty: the loss decides

    def build(self, settings: TrainingSettings) -> nn.Module:
        torch.manual_seed(0)
        model = nn.Sequential()
        model.add_module("first", nn.Linear(SIZE, 8))
        model.add_module("last", nn.Linear(8, 1))
        model.requires_grad_(requires_grad=settings.method == "all")
        if settings.method == "lora":
            add_lora(model, ("first", "last"), settings.rank, settings.alpha, settings.seed)
        return model

    def length(self, item: Point) -> int:
        return item.length

    def item_name(self, item: Point) -> str:
        return item.name

    def collate(self, items: Sequence[Point], rng: np.random.Generator) -> Batch:
        inputs = np.array([item.inputs for item in items]) + self.noise * rng.normal(size=(len(items), SIZE))
        targets = np.array([item.target for item in items])
        return {"inputs": torch.from_numpy(inputs).float(), "targets": torch.from_numpy(targets).float()}

    def compute_losses(self, model: nn.Module, batch: Batch) -> Losses:
        error: Tensor = (model(batch["inputs"])[:, 0] - batch["targets"]).square()
        return Losses(error.mean(), {"absolute": error.detach().sqrt().mean()}, count=len(error))

    def measure(self, model: nn.Module, items: Sequence[Point]) -> Mapping[str, float]:
        return {"measure": self.measures.pop(0)} if self.measures else {}

    def published_name(self, name: str) -> str:
        return f"toy.{name}"


if __name__ == "__main__":
    torch.set_num_threads(1)
    chosen = replace(SETTINGS, shards=sys.argv[2:] == ["shards"])
    for progress in train(ToyRecipe(), points(22, 0), points(4, 1), chosen, Path(sys.argv[1])):
        if sys.argv[2:] == [str(progress.step)] and progress.losses:
            os.kill(os.getpid(), signal.SIGKILL)
