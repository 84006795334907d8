"""Recipe of SenseVoice: CTC of the text and cross-entropy of the tags, as published."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from rapidfuzz.distance import Levenshtein
from torch import Tensor, nn
from torch.nn import functional

from funaudio_core.engines.sensevoice import ctc, prompt
from funaudio_core.engines.sensevoice.model import SenseVoiceModel
from funaudio_core.training.lora import add_lora
from funaudio_core.training.recipe import Batch, Losses, TrainingSettings
from funaudio_core.training.sensevoice.augmentation import mask_features
from funaudio_core.training.sensevoice.items import UNKNOWN, QueryRows, SenseVoiceItem, count_needed_rows

LORA_TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj")
LANGUAGE_DROP = 0.2  # probability that the model isn't told the language
MEASURED_ROWS = 2_000  # of features with padding in one pass of measure()


class SenseVoiceRecipe:
    """Fine-tuning of SenseVoice; a Recipe of SenseVoiceItem.

    Attributes:
        name: Name in commands and on cards of adapters.
    """

    name = "sensevoice"

    def __init__(
        self,
        load_model: Callable[[], SenseVoiceModel],
        queries: QueryRows,
        decode: Callable[[Sequence[int]], str],
        num_mels: int,
    ) -> None:
        """Create the recipe.

        Args:
            load_model: Returns a new model.
            queries: Rows of the query embedding.
            decode: Returns the text of ids, see Vocabulary.text().
            num_mels: Mel bands of the features.
        """
        self._load_model, self._queries, self._decode, self._num_mels = load_model, queries, decode, num_mels

    def build(self, settings: TrainingSettings) -> nn.Module:
        """Return the model: with adapters in the encoder, or with a frozen encoder, or all of it to be trained."""
        model = self._load_model()
        if settings.method == "lora":
            model.requires_grad_(requires_grad=False)
            add_lora(model.encoder, LORA_TARGETS, settings.rank, settings.alpha, settings.seed)
        elif settings.method == "head":
            model.requires_grad_(requires_grad=False)
            model.head.requires_grad_()
            model.queries.requires_grad_()
        return model

    def length(self, item: SenseVoiceItem) -> int:
        """Return the rows of features."""
        return len(item.features)

    def item_name(self, item: SenseVoiceItem) -> str:
        """Return the name of the clip."""
        return item.name

    def collate(self, items: Sequence[SenseVoiceItem], rng: np.random.Generator) -> Batch:
        """Return the batch of a training step: some clips without their language, all with masked features."""
        masked = [mask_features(item.features, self._num_mels, rng) for item in items]
        return self.make_batch(items, masked, (rng.random(len(items)) < LANGUAGE_DROP).tolist())

    def make_batch(
        self, items: Sequence[SenseVoiceItem], features: Sequence[np.ndarray], dropped: Sequence[bool]
    ) -> Batch:
        """Return a padded batch.

        Args:
            items: The items.
            features: Their features, masked or not, float32 (rows, row_size) each.
            dropped: For each, whether the model isn't told the language.

        Returns:
            "features" (batch, rows, row_size), "lengths" (batch,), "queries" and "tags" (batch, PROMPT_ROWS),
            "pieces" (batch, pieces), "piece_lengths" (batch,), "has_path" (batch,): whether the text fits the rows.
        """
        lengths = [len(rows) for rows in features]
        padded = np.zeros((len(items), max(lengths), features[0].shape[1]), np.float32)
        pieces = np.zeros((len(items), max(1, *(len(item.pieces) for item in items))), np.int64)
        for index, item in enumerate(items):
            padded[index, : lengths[index]] = features[index]
            pieces[index, : len(item.pieces)] = item.pieces
        queries = [self._query(item, without) for item, without in zip(items, dropped, strict=True)]
        fits = [length >= count_needed_rows(item.pieces) for length, item in zip(lengths, items, strict=True)]
        return {
            "features": torch.from_numpy(padded),
            "lengths": torch.tensor(lengths),
            "queries": torch.tensor(queries),
            "tags": torch.tensor([item.tags for item in items]),
            "pieces": torch.from_numpy(pieces),
            "piece_lengths": torch.tensor([len(item.pieces) for item in items]),
            "has_path": torch.tensor(fits),
        }

    def compute_losses(self, model: nn.Module, batch: Batch) -> Losses:
        """Return the sum of both losses.

        That of the text is summed over the rows of a clip and averaged over the clips whose text fits; that of the tags
        is averaged over all tags that are known.
        """
        logits: Tensor = model(batch["features"], batch["lengths"], batch["queries"]).float()
        text_losses = functional.ctc_loss(
            logits[:, prompt.PROMPT_ROWS :].log_softmax(dim=2).transpose(0, 1),
            batch["pieces"],
            batch["lengths"],
            batch["piece_lengths"],
            blank=ctc.BLANK,
            reduction="none",
            zero_infinity=True,
        )
        text_loss = text_losses.sum() / batch["has_path"].sum().clamp(min=1)
        tag_logits = logits[:, : prompt.PROMPT_ROWS].flatten(0, 1)
        tag_loss = functional.cross_entropy(tag_logits, batch["tags"].flatten(), ignore_index=UNKNOWN)
        parts = {"text": text_loss.detach(), "tags": tag_loss.detach()}
        return Losses(text_loss + tag_loss, parts, float(len(logits)))

    def measure(self, model: nn.Module, items: Sequence[SenseVoiceItem]) -> Mapping[str, float]:
        """Return the error rate of characters."""
        device = next(model.parameters()).device
        errors = characters = 0
        for some in _batches(items):
            batch = self.make_batch(some, [item.features for item in some], [False] * len(some))
            inputs = (batch[name].to(device) for name in ("features", "lengths", "queries"))
            with torch.no_grad():
                best = model(*inputs).argmax(dim=2).cpu().numpy()
            for ids, item in zip(best, some, strict=True):
                spoken = ids[prompt.PROMPT_ROWS : prompt.PROMPT_ROWS + len(item.features)]
                heard = [token.id for token in ctc.collapse(spoken, np.ones(len(spoken), np.float32))]
                expected = self._decode(item.pieces)
                errors += Levenshtein.distance(expected, self._decode(heard))
                characters += len(expected)
        return {"CER": errors / max(characters, 1)}

    def published_name(self, name: str) -> str:
        """Return the name itself: in the published file queries, keys and values of a layer are one tensor."""
        return name

    def _query(self, item: SenseVoiceItem, without_language: bool) -> tuple[int, ...]:
        row = self._queries.languages.get(item.tags[0], prompt.ANY_LANGUAGE)
        language = prompt.ANY_LANGUAGE if without_language else row
        return (language, *prompt.EMOTION_AND_EVENT, self._queries.text_forms[item.tags[3]])


def _batches(items: Sequence[SenseVoiceItem]) -> list[list[SenseVoiceItem]]:
    """Return batches of similar lengths for measure()."""
    batches: list[list[SenseVoiceItem]] = []
    for item in sorted(items, key=lambda item: len(item.features)):
        if not batches or (len(batches[-1]) + 1) * len(item.features) > MEASURED_ROWS:
            batches.append([])
        batches[-1].append(item)
    return batches
