"""Files of a run: checkpoint, best weights and history; each is written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from funaudio_core.errors import BadInput
from funaudio_core.runtime.atomic_files import replace_file

CHECKPOINT, BEST, HISTORY = "checkpoint.pt", "best.safetensors", "history.jsonl"


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """Progress of a run.

    Attributes:
        step: Steps done.
        total_steps: Steps of all epochs; training may end earlier.
        epoch: Epochs done.
        losses: Of the last step: "total" and the parts; {} before the first.
        held_out: Behind an epoch, and before the first: "loss" and the measures on held-out items; else {}.
        learning_rate: Of the last step.
        gradient_norm: Of the last step, before it was clipped.
        is_best: These weights are the best so far.
        seconds_left: Until all epochs are done; None while an estimate would be a guess.
    """

    step: int
    total_steps: int
    epoch: int
    losses: Mapping[str, float] = field(default_factory=dict)
    held_out: Mapping[str, float] = field(default_factory=dict)
    learning_rate: float = 0.0
    gradient_norm: float = 0.0
    is_best: bool = False
    seconds_left: float | None = None


@dataclass(slots=True)
class RunState:
    """Place in a run, from which it can be resumed.

    Attributes:
        step: Steps done.
        epoch: Epochs done.
        step_in_epoch: Steps done in the current epoch.
        best: Lowest value of the deciding measure; None before the first.
        epochs_without_best: Epochs since then.
        has_ended: All is done.
    """

    step: int = 0
    epoch: int = 0
    step_in_epoch: int = 0
    best: float | None = None
    epochs_without_best: int = 0
    has_ended: bool = False


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Contents of a checkpoint file.

    Attributes:
        state: Place in the run.
        weights: Trained parameters by name.
        optimizer: State of the optimizer, and of the scale of fp16.
    """

    state: RunState
    weights: dict[str, Tensor]
    optimizer: dict[str, Any]


def write_checkpoint(folder: Path, checkpoint: Checkpoint, run_id: str) -> None:
    """Write the checkpoint of a run in place of the last one."""
    content = {
        "run_id": run_id,
        "state": asdict(checkpoint.state),
        "weights": checkpoint.weights,
        "optimizer": checkpoint.optimizer,
    }
    with replace_file(folder / CHECKPOINT) as path:
        torch.save(content, path)


def read_checkpoint(folder: Path, run_id: str) -> Checkpoint | None:
    """Return the checkpoint of a run; None if there is none yet.

    Raises:
        BadInput: The folder belongs to a run with other settings or items.
    """
    path = folder / CHECKPOINT
    if not path.exists():
        return None
    content = torch.load(path, map_location="cpu", weights_only=True)
    if content["run_id"] != run_id:
        raise BadInput(
            "{folder} holds a run with other settings or clips. Choose another folder, or delete this one.",
            folder=folder.name,
        )
    return Checkpoint(RunState(**content["state"]), content["weights"], content["optimizer"])


def write_best(folder: Path, weights: Mapping[str, Tensor]) -> None:
    """Write the best weights so far, by published name."""
    from safetensors.torch import save_file

    contiguous = {name: weight.contiguous() for name, weight in weights.items()}
    with replace_file(folder / BEST) as path:
        save_file(contiguous, path)


def read_best(folder: Path) -> dict[str, Tensor]:
    """Return the best weights of a run, by published name."""
    from safetensors.torch import load_file

    weights: dict[str, Tensor] = load_file(folder / BEST)
    return weights


def append_history(folder: Path, progress: TrainingProgress) -> None:
    """Add a line to the history, without the time: a resumed run has the history of an unbroken one."""
    record = asdict(progress)
    del record["seconds_left"]
    with (folder / HISTORY).open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")


def read_history(folder: Path) -> list[TrainingProgress]:
    """Return the history of a run; [] before its first line."""
    path = folder / HISTORY
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
    return [TrainingProgress(**json.loads(line)) for line in lines if line.endswith("\n")]


def cut_history(folder: Path, state: RunState) -> None:
    """Remove the lines behind a checkpoint, which will be written again."""
    kept = [row for row in read_history(folder) if (row.epoch, row.step) <= (state.epoch, state.step)]
    _write_lines(folder / HISTORY, (asdict(row) for row in kept))


def _write_lines(path: Path, records: Iterable[dict[str, Any]]) -> None:
    rows = [json.dumps({key: value for key, value in row.items() if key != "seconds_left"}) for row in records]
    with replace_file(path) as new:
        new.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
