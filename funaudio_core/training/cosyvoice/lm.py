"""Recipe of CosyVoice's language model: a voice, a dialect or a manner of speaking, from clips and their texts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from funaudio_core.engines.cosyvoice import checkpoint
from funaudio_core.engines.cosyvoice.config import LMConfig
from funaudio_core.engines.cosyvoice.lm import UNUSED_TENSORS, SpeechLanguageModel, checkpoint_names
from funaudio_core.errors import Unsupported
from funaudio_core.training import lora
from funaudio_core.training.cosyvoice import sequences
from funaudio_core.training.cosyvoice.projections import divide_projections, published_names
from funaudio_core.training.cosyvoice.sequences import Utterance
from funaudio_core.training.recipe import Batch, Losses, TrainingSettings

TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj")  # layers that LoRA changes
_REJECTED = "rejected_"  # prefix in batches


@dataclass(frozen=True)
class LanguageModelRecipe:
    """Recipe of the language model of CosyVoice 2 or 3; see training.recipe.Recipe.

    Attributes:
        path: The base, llm.pt.
        config: Its sizes.
        turns_share: Share of the utterances with enough speech that are learned in turns of text and speech.
        label_smoothing: Share of the target's probability that goes to the other tokens.
        normalizes_by_length: Divide the loss by the number of targets instead of that of utterances.
        beta: Weight of preferences in utterances that have a rejected rendering.
    """

    path: Path
    config: LMConfig
    turns_share: float = 0.5
    label_smoothing: float = 0.0
    normalizes_by_length: bool = True
    beta: float = 0.01

    @property
    def name(self) -> str:
        """Name in commands and on cards of adapters."""
        return f"cosyvoice{2 if self.config.separate_specials else 3}-lm"

    def build(self, settings: TrainingSettings) -> SpeechLanguageModel:
        """Load the base and prepare it for training."""
        model = checkpoint.load(
            self.path, lambda: SpeechLanguageModel(self.config), checkpoint_names(self.config), UNUSED_TENSORS
        )
        return self.prepare(model, settings)

    def prepare(self, model: SpeechLanguageModel, settings: TrainingSettings) -> SpeechLanguageModel:
        """Divide the fused projections of a loaded model and choose what is trained; return the same model."""
        divide_projections(model)
        model.requires_grad_(requires_grad=settings.method == "all")
        if settings.method == "head":
            model.head.requires_grad_()
        elif settings.method == "lora":
            lora.add_lora(model, TARGETS, settings.rank, settings.alpha, settings.seed)
        return model

    def length(self, item: Utterance) -> int:
        """Return the tokens of an utterance."""
        return len(item.instruction) + len(item.text) + max(len(item.speech), len(item.rejected)) + 2

    def item_name(self, item: Utterance) -> str:
        """Return the name of an utterance."""
        return item.name

    def collate(self, items: Sequence[Utterance], rng: np.random.Generator) -> Batch:
        """Return the sequences of some utterances; pairs with a rejected rendering have the text first."""
        in_turns = rng.random(len(items)) < self.turns_share
        batch = sequences.pad(
            [
                sequences.in_turns(item, self.config)
                if drawn and not item.rejected and sequences.has_turns(item)
                else sequences.text_first(item, self.config)
                for item, drawn in zip(items, in_turns, strict=True)
            ]
        )
        rejected = [Utterance(item.name, item.text, item.rejected, item.instruction) for item in items if item.rejected]
        if rejected:
            pairs = torch.tensor([index for index, item in enumerate(items) if item.rejected])
            worse = [sequences.text_first(item, self.config) for item in rejected]
            batch |= {"pairs": pairs, **sequences.pad(worse, _REJECTED)}
        return batch

    def compute_losses(self, model: nn.Module, batch: Batch) -> Losses:
        """Return the cross-entropy of the targets, and the loss of preferences if there are any."""
        assert isinstance(model, SpeechLanguageModel)
        logits, targets = self.predict(model, batch)
        count = len(targets) if self.normalizes_by_length else len(batch["targets"])
        cross_entropy = smoothed_cross_entropy(logits, targets, self.label_smoothing) / count
        accuracy = (logits.detach().argmax(dim=1) == targets).float().mean()
        parts = {"cross_entropy": cross_entropy.detach(), "accuracy": accuracy}
        if "pairs" not in batch:
            return Losses(cross_entropy, parts, count)
        preference = self._preference_loss(model, batch, mean_log_probabilities(logits, batch)[batch["pairs"]])
        return Losses(cross_entropy + preference, {**parts, "preference": preference.detach()}, count)

    def predict(self, model: SpeechLanguageModel, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return logits, float32 (n, speech rows), of the rows that have a target, and these, int64 (n,)."""
        tables = {"special": model.embed_special, "text": model.embed_text, "speech": model.embed_speech}
        hidden = model.forward_whole(sequences.embed(batch, tables)).flatten(0, 1)
        rows = batch["target_rows"]
        return model.logits(hidden[rows]), batch["targets"].flatten()[rows]

    def measure(self, model: nn.Module, items: Sequence[Utterance]) -> Mapping[str, float]:  # noqa: ARG002 (see Recipe)
        """Return nothing: the held-out loss decides."""
        return {}

    def published_name(self, name: str) -> str:
        """Return the name of a parameter in llm.pt, or of a factor of LoRA beside the one it changes."""
        layer, factor = name, ""
        if lora.is_lora_name(name):
            layer, factor = name[: name.index(".lora_")], name[name.index(".lora_") :]
        names = published_names(self.config)
        return names[f"{layer}.weight"].removesuffix(".weight") + factor if factor else names[layer]

    def _preference_loss(self, model: SpeechLanguageModel, batch: Batch, chosen: Tensor) -> Tensor:
        """Return the loss of direct preference optimization against the model without its adapter.

        The published training step averages log-probabilities over the rows *without* a target, that is over the
        text, because its mask is inverted. Here they are those of the speech and the end token.
        """
        if not any(lora.is_lora_name(name) for name, _ in model.named_parameters()):
            raise Unsupported("Preferences can only be learned by an adapter. Choose the method lora.")
        worse = sequences.without_prefix(batch, _REJECTED)
        rejected = mean_log_probabilities(self.predict(model, worse)[0], worse)
        with torch.no_grad(), _without_adapter(model):
            base = mean_log_probabilities(self.predict(model, batch)[0], batch)[batch["pairs"]]
            base_rejected = mean_log_probabilities(self.predict(model, worse)[0], worse)
        return preference_loss(chosen - rejected, base - base_rejected, self.beta)


def smoothed_cross_entropy(logits: Tensor, targets: Tensor, smoothing: float) -> Tensor:
    """Return the sum over rows of the Kullback-Leibler divergence from smoothed targets.

    Args:
        logits: (n, classes).
        targets: int64 (n,).
        smoothing: Share of the probability that all classes but the target share evenly.
    """
    classes = logits.shape[1]
    # torch gives every class, the target too, smoothing / classes.
    total = functional.cross_entropy(
        logits, targets, label_smoothing=smoothing * classes / (classes - 1), reduction="sum"
    )
    if not smoothing:
        return total
    entropy = (1 - smoothing) * math.log(1 - smoothing) + smoothing * math.log(smoothing / (classes - 1))
    return total + len(targets) * entropy


def mean_log_probabilities(logits: Tensor, batch: Batch) -> Tensor:
    """Return the mean log-probability of the targets of each sequence, (batch,); logits: of predict()."""
    targets, rows = batch["targets"], batch["target_rows"]
    chosen = logits.log_softmax(dim=1).gather(1, targets.flatten()[rows][:, None])[:, 0]
    owners = rows // targets.shape[1]
    counts = torch.bincount(owners, minlength=len(targets))
    return torch.zeros(len(targets), dtype=chosen.dtype, device=chosen.device).index_add(0, owners, chosen) / counts


def preference_loss(margin: Tensor, base_margin: Tensor, beta: float) -> Tensor:
    """Return the loss of direct preference optimization.

    Args:
        margin: Log-probability of the chosen rendering less that of the rejected one, (pairs,).
        base_margin: The same of the base.
        beta: Strength of the pull towards the base.
    """
    return -functional.logsigmoid(beta * (margin - base_margin)).mean()


@contextmanager
def _without_adapter(model: nn.Module) -> Iterator[None]:
    lora.set_strength(model, 0)
    try:
        yield
    finally:
        lora.set_strength(model, 1)
