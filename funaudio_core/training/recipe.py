"""Recipes: how a model learns from its items. Types that all recipes and the training loop share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, TypeVar

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor, nn

ItemT = TypeVar("ItemT")
ItemT_contra = TypeVar("ItemT_contra", contravariant=True)
Batch: TypeAlias = "dict[str, Tensor]"
Method = Literal["lora", "head", "all"]  # train adapters, the output layer and the queries, or all weights


@dataclass(frozen=True, slots=True)
class Losses:
    """Losses of a batch.

    Attributes:
        total: Scalar to minimize.
        parts: Detached values to show, by name.
        count: Number of terms that `total` is the mean of, such as target tokens. Batches of one step are weighted by
            it, so that a step equals one on their joined batch.
    """

    total: Tensor
    parts: Mapping[str, Tensor] = field(default_factory=dict)
    count: float | Tensor = 1.0


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """Settings of a run.

    Attributes:
        method: Which weights are trained.
        learning_rate: Of Adam.
        epochs: Passes over the items, at most.
        max_batch_length: Sum of the padded lengths of a batch, in units of Recipe.length(). A longer item is a batch of
            its own.
        accumulate: Batches a step and process.
        warm_up_steps: Steps in which the learning rate rises to its value.
        clip_norm: Largest norm of the gradient.
        precision: Arithmetic of the forward pass.
        patience: Epochs without a better measure after which training ends.
        seed: Seed of the order of the items and of all random draws.
        rank: Rank of LoRA.
        alpha: Scale of LoRA times its rank.
        checkpoint_steps: Steps between two checkpoints; a killed run loses fewer than that.
        shards: Divide the weights of the layers among the processes, see training.sharding.
    """

    method: Method = "lora"
    learning_rate: float = 5e-5
    epochs: int = 10
    max_batch_length: int = 2000
    accumulate: int = 1
    warm_up_steps: int = 0
    clip_norm: float = 5.0
    precision: Literal["no", "bf16", "fp16"] = "no"
    patience: int = 2
    seed: int = 0
    rank: int = 16
    alpha: float = 32.0
    checkpoint_steps: int = 50
    shards: bool = False


class Recipe(Protocol[ItemT_contra]):
    """What is trained, and how its loss is computed."""

    @property
    def name(self) -> str:
        """Name in commands and on cards of adapters."""

    def build(self, settings: TrainingSettings) -> nn.Module:
        """Return the model; only parameters that are to be trained require gradients.

        It is in evaluation mode and has no dropout: all random draws of a step come from collate().
        """

    def length(self, item: ItemT_contra) -> int:
        """Return the length of an item, for batches of similar lengths."""

    def item_name(self, item: ItemT_contra) -> str:
        """Return the name of an item for people, such as that of its clip."""

    def collate(self, items: Sequence[ItemT_contra], rng: np.random.Generator) -> Batch:
        """Return the padded batch of some items, with all random draws of the training step."""

    def compute_losses(self, model: nn.Module, batch: Batch) -> Losses:
        """Return the losses of a batch, whose tensors are on the model's device."""

    def measure(self, model: nn.Module, items: Sequence[ItemT_contra]) -> Mapping[str, float]:
        """Return measures on held-out items, lower is better; the first decides when training ends.

        Without measures the held-out loss decides.
        """

    def published_name(self, name: str) -> str:
        """Return the name of a trained parameter in the published layout, which adapter files use.

        Args:
            name: In the model, with ".lora_A.weight" and ".lora_B.weight" for the factors of LoRA.
        """
