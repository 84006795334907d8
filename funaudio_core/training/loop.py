"""Training loop: steps over batches, held-out measures, early stopping, checkpoints.

It runs in one process or, under `accelerate launch`, in several, which share each step's batches. Gradients are summed
here, weighted by Losses.count, and not averaged by DistributedDataParallel: batches of one step have different numbers
of targets, and the last step of an epoch may leave a process without one, for which the others would wait forever. A
step then equals one on the joined batch, however many processes there are. See sharding for models that one device
doesn't hold.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Generic

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import broadcast_object_list
from torch import Tensor

from funaudio_core.errors import BadInput
from funaudio_core.runtime import cancellation
from funaudio_core.runtime.time_left import Pace
from funaudio_core.training import batches, run_files, sharding
from funaudio_core.training.lora import plain_name
from funaudio_core.training.recipe import Batch, ItemT, Losses, Recipe, TrainingSettings
from funaudio_core.training.run_files import Checkpoint, RunState, TrainingProgress

_MAX_NAMES = 5  # of items in an error


def train(
    recipe: Recipe[ItemT],
    items: Sequence[ItemT],
    held_out: Sequence[ItemT],
    settings: TrainingSettings,
    folder: Path,
) -> Iterator[TrainingProgress]:
    """Train a model; afterwards run_files.read_best() returns the best weights, which may be those of the start.

    A run that was cancelled or killed resumes from its last checkpoint when it is called again with the same arguments.

    Args:
        recipe: What is trained.
        items: Items to learn from.
        held_out: Items that are only measured, not empty.
        settings: How it is trained.
        folder: Gets checkpoint, best weights and history; made if absent.

    Yields:
        Progress before the first step, after each step and after each epoch.

    Raises:
        BadInput: There are no items, a loss is not finite, or the folder holds another run.
        Cancelled: The request was cancelled; steps so far are kept.
    """
    if not items or not held_out:
        raise BadInput("Training needs clips to learn from and others to check with. Add some clips.")
    folder.mkdir(parents=True, exist_ok=True)
    yield from _Run(recipe, items, held_out, settings, folder).run()


class _Run(Generic[ItemT]):
    """A run and its model."""

    def __init__(
        self,
        recipe: Recipe[ItemT],
        items: Sequence[ItemT],
        held_out: Sequence[ItemT],
        settings: TrainingSettings,
        folder: Path,
    ) -> None:
        """Build the model and resume from a checkpoint if there is one."""
        self.recipe, self.items, self.held_out, self.settings, self.folder = recipe, items, held_out, settings, folder
        self.lengths = [recipe.length(item) for item in items]
        AcceleratorState._reset_state(reset_partial_state=False)  # noqa: SLF001 (it keeps the last run's precision)
        self.accelerator = Accelerator(mixed_precision=settings.precision)
        self.model = recipe.build(settings).to(self.accelerator.device)
        self.is_sharded = settings.shards and self.accelerator.num_processes > 1
        if self.is_sharded:
            sharding.shard_layers(self.model)
        self.parameters = {
            name: parameter for name, parameter in self.model.named_parameters() if parameter.requires_grad
        }
        adam = torch.optim.Adam(sharding.groups(self.parameters.values()), lr=settings.learning_rate)
        self.optimizer = self.accelerator.prepare(adam)
        self.state = RunState()
        self.run_id = self._run_id()
        self.total_steps = sum(len(self._steps(epoch)) for epoch in range(settings.epochs))
        self._resume()
        self.pace, self.first_step = Pace(), self.state.step

    def run(self) -> Iterator[TrainingProgress]:
        """Yield the progress of the rest of the run."""
        if self.state.has_ended:
            return
        try:
            if self.state.best is None:
                yield self._evaluate(epoch=0)
                self._save()
            while self.state.epoch < self.settings.epochs and self.state.epochs_without_best < self.settings.patience:
                yield from self._run_epoch()
                yield self._evaluate(epoch=self.state.epoch + 1)
                self._save()
        except (cancellation.Cancelled, GeneratorExit):
            self._save()
            raise
        self.state.has_ended = True
        self._save()

    def _run_epoch(self) -> Iterator[TrainingProgress]:
        for step in self._steps(self.state.epoch)[self.state.step_in_epoch :]:
            yield self._step(step)
            if self.state.step % self.settings.checkpoint_steps == 0:
                self._save()

    def _steps(self, epoch: int) -> list[list[tuple[int, batches.Indices]]]:
        per_step = self.settings.accumulate * self.accelerator.num_processes
        return batches.make_steps(self.lengths, self.settings.max_batch_length, per_step, self.settings.seed, epoch)

    def _step(self, step: Sequence[tuple[int, batches.Indices]]) -> TrainingProgress:
        """Take a step on this process's share of some batches, with gradients weighted by Losses.count."""
        sums: dict[str, float] = {}
        for (number, indices), weight in self._own(step):
            cancellation.raise_if_cancelled()
            chosen = [self.items[index] for index in indices]
            rng = batches.training_rng(self.settings.seed, self.state.epoch, number)
            with torch.enable_grad():
                losses = self._losses(self.recipe.collate(chosen, rng))
                self._require_finite(losses.total, chosen)
                self.accelerator.backward(losses.total * losses.count * weight)
            if weight:
                _add(sums, losses)
        count, shown = self._means(sums)
        learning_rate, norm = self._update(count)
        self.state.step += 1
        self.state.step_in_epoch += 1
        progress = TrainingProgress(self.state.step, self.total_steps, self.state.epoch, shown)
        return self._report(replace(progress, learning_rate=learning_rate, gradient_norm=norm))

    def _update(self, count: float) -> tuple[float, float]:
        """Apply the gradients, which are sums over `count` terms; return the learning rate and the gradient's norm."""
        parameters = self.parameters.values()
        sharding.sum_gradients(parameters, partial(self.accelerator.reduce, reduction="sum"), count)
        warmth = min(1.0, (self.state.step + 1) / max(1, self.settings.warm_up_steps))
        for group in self.optimizer.param_groups:
            group["lr"] = self.settings.learning_rate * warmth
        clip = sharding.clip_gradients if self.is_sharded else self.accelerator.clip_grad_norm_
        norm = clip(parameters, self.settings.clip_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        return self.settings.learning_rate * warmth, float(norm)

    def _evaluate(self, epoch: int) -> TrainingProgress:
        """End an epoch: measure the held-out items, and keep the weights if they are the best so far."""
        values = {"loss": self._held_out_loss(), **self._measures()}
        deciding = next((value for name, value in values.items() if name != "loss"), values["loss"])
        is_best = self.state.best is None or deciding < self.state.best
        if is_best:
            self.state.best, self.state.epochs_without_best = deciding, 0
            named = {self._published(name): value for name, value in self._weights().items()}
            if self.accelerator.is_main_process:
                run_files.write_best(self.folder, named)
        else:
            self.state.epochs_without_best += 1
        self.state.epoch, self.state.step_in_epoch = epoch, 0
        progress = TrainingProgress(self.state.step, self.total_steps, self.state.epoch, {}, values, is_best=is_best)
        return self._report(progress)

    @torch.no_grad()
    def _held_out_loss(self) -> float:
        """Return the mean loss of the held-out items."""
        lengths = [self.recipe.length(item) for item in self.held_out]
        numbered = list(enumerate(batches.make_batches(lengths, self.settings.max_batch_length, 0, 0)))
        sums: dict[str, float] = {}
        for (number, indices), weight in self._own(numbered):
            cancellation.raise_if_cancelled()
            chosen = [self.held_out[index] for index in indices]
            losses = self._losses(self.recipe.collate(chosen, batches.held_out_rng(self.settings.seed, number)))
            self._require_finite(losses.total, chosen)
            if weight:
                _add(sums, losses)
        return self._means(sums)[1]["total"]

    @torch.no_grad()
    def _measures(self) -> Mapping[str, float]:
        """Return the recipe's measures, computed by the main process; with divided weights by all of them."""
        shared: list[Mapping[str, float]] = [{}]
        if self.accelerator.is_main_process or self.is_sharded:
            with self.accelerator.autocast():
                shared = [dict(self.recipe.measure(self.model, self.held_out))]
        return broadcast_object_list(shared)[0]  # type: ignore[no-any-return]

    def _own(self, numbered: Sequence[tuple[int, batches.Indices]]) -> list[tuple[tuple[int, batches.Indices], int]]:
        """Return this process's share of numbered batches, each with its weight.

        With divided weights all processes run equally many: one that has fewer adds a batch of weight 0.
        """
        index, count = self.accelerator.process_index, self.accelerator.num_processes
        own = [(batch, 1) for batch in numbered[index::count]]
        missing = -(-len(numbered) // count) - len(own) if self.is_sharded else 0
        return own + [(numbered[0], 0)] * missing

    def _weights(self) -> dict[str, Tensor]:
        """Return the trained weights by name, whole and on the CPU."""
        return {name: sharding.whole(value.detach()).cpu() for name, value in self.parameters.items()}

    def _losses(self, batch: Batch) -> Losses:
        moved = {name: tensor.to(self.accelerator.device) for name, tensor in batch.items()}
        with self.accelerator.autocast():
            return self.recipe.compute_losses(self.model, moved)

    def _means(self, sums: Mapping[str, float]) -> tuple[float, dict[str, float]]:
        """Return the number of terms in all processes, and the means of sums made by _add()."""
        found = dict(sums)
        if self.accelerator.num_processes > 1:
            names = sorted(broadcast_object_list([dict.fromkeys(sums)])[0])  # the main process always has a batch
            values = torch.tensor([sums.get(name, 0.0) for name in names], device=self.accelerator.device)
            total = self.accelerator.reduce(values, reduction="sum").tolist()
            found = dict(zip(names, total, strict=True))
        count = found.pop("count")
        return count, {name: value / count for name, value in found.items()}

    def _require_finite(self, loss: Tensor, chosen: Sequence[ItemT]) -> None:
        if not math.isfinite(loss.item()):
            raise BadInput(
                "The loss of {names} is not a finite number. Remove these clips, or choose a lower learning rate.",
                names=tuple(self.recipe.item_name(item) for item in chosen[:_MAX_NAMES]),
            )

    def _report(self, progress: TrainingProgress) -> TrainingProgress:
        """Write a line of the history; return the progress with the time left."""
        if self.accelerator.is_main_process:
            run_files.append_history(self.folder, progress)
        done, total = progress.step - self.first_step, self.total_steps - self.first_step
        return replace(progress, seconds_left=self.pace.seconds_left(done, total))

    def _save(self) -> None:
        """Write a checkpoint."""
        weights, optimizer = self._weights(), {"adam": sharding.whole_state(self.optimizer.state_dict())}
        if self.accelerator.scaler is not None:
            optimizer["scaler"] = self.accelerator.scaler.state_dict()
        if self.accelerator.is_main_process:
            run_files.write_checkpoint(self.folder, Checkpoint(self.state, weights, optimizer), self.run_id)
        self.accelerator.wait_for_everyone()

    def _resume(self) -> None:
        """Continue from the checkpoint, if there is one."""
        found = run_files.read_checkpoint(self.folder, self.run_id)
        if self.accelerator.is_main_process:
            run_files.cut_history(self.folder, found.state if found else RunState(step=-1))
        if found is None:
            return
        self.state = found.state
        for name, parameter in self.parameters.items():
            parameter.data.copy_(sharding.divided_like(found.weights[name], parameter))
        self.optimizer.load_state_dict(sharding.divided_state(found.optimizer["adam"], self.optimizer))
        if self.accelerator.scaler is not None:
            self.accelerator.scaler.load_state_dict(found.optimizer["scaler"])

    def _published(self, name: str) -> str:
        return self.recipe.published_name(plain_name(name))

    def _run_id(self) -> str:
        """Return a hash of everything that decides the course of the run."""
        names = [[self.recipe.item_name(item) for item in part] for part in (self.items, self.held_out)]
        chosen = asdict(self.settings)
        del chosen["shards"]  # it doesn't change the course
        course = [self.recipe.name, chosen, names, self.lengths, sorted(self.parameters)]
        course.append(self.accelerator.num_processes)
        return hashlib.sha256(json.dumps(course).encode()).hexdigest()


def _add(sums: dict[str, float], losses: Losses) -> None:
    """Add a batch's losses times their count, and the count."""
    parts: dict[str, Tensor] = {"total": losses.total, **losses.parts}
    count = float(losses.count)
    for name, value in parts.items():
        sums[name] = sums.get(name, 0.0) + value.item() * count
    sums["count"] = sums.get("count", 0.0) + count
