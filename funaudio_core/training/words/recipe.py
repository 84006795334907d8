"""Recipe that teaches the decoder of Whisper names and terms: LoRA, with the encoder's outputs read from disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from funaudio_core.engines.whisper import decoder_weights
from funaudio_core.engines.whisper.decoder_weights import PREFIX
from funaudio_core.engines.whisper.window_decoder import MODEL_FILE
from funaudio_core.training.lora import add_lora, lora_tensors
from funaudio_core.training.recipe import Batch, Losses, TrainingSettings
from funaudio_core.training.words.clips import load_features
from funaudio_core.training.words.decoding import HeldOutDecoder
from funaudio_core.training.words.model import Measures, PlannedSentence
from funaudio_core.weights.adapters import Array
from funaudio_core.weights.ctranslate2_file import CTranslate2File

TARGETS = ("q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2")  # of all attentions; 1.28 million parameters
# Limits of what is forgotten, by held-out sentences without names. The error rate may rise by one of about 140 words.
# The loss notices more: with 24 names it fell from .067 to .040; at five times the learning rate it rose to .119 after
# one pass, with no wrong word in these sentences, but five more in 232 other words.
MAX_GENERAL_RISE = 0.01
MAX_LOSS_GROWTH = 1.25
_HARMFUL_SCORE = 3.0  # above that of any base
_IGNORED = -100  # label of a position without a loss


@dataclass(frozen=True, slots=True)
class WordsItem:
    """Clip with its tokens.

    Attributes:
        name: Name for people.
        features: File of the encoder's output.
        positions: Positions of it that are used: those of the speech and of some silence behind it.
        prompt: Tokens before the text.
        text: Tokens of the text, with the final one.
        sentence: Held-out sentence; None for a clip to learn from.
    """

    name: str
    features: Path
    positions: int
    prompt: tuple[int, ...]
    text: tuple[int, ...]
    sentence: PlannedSentence | None = None


class WordsRecipe:
    """Recipe of an adapter for names and terms.

    Attributes:
        name: Its name on cards.
        texts: What was recognized of the held-out clips at the last measure().
        measures: The last measures.
    """

    name = "words"

    def __init__(
        self, folder: Path, decoder: HeldOutDecoder, base_texts: Sequence[str], general: Sequence[WordsItem]
    ) -> None:
        """Create the recipe.

        Args:
            folder: Folder of the base model, in CTranslate2's format.
            decoder: Recognizes the held-out clips.
            base_texts: What the base recognizes of them.
            general: Those of the held-out clips that have no names.
        """
        self._folder, self._decoder, self._base_texts = folder, decoder, tuple(base_texts)
        self._general, self._base_loss = tuple(general), 0.0
        self._base = decoder.measure(self._base_texts)
        self.texts, self.measures = self._base_texts, self._base

    def build(self, settings: TrainingSettings) -> nn.Module:
        """Return the decoder with an untrained adapter."""
        model = build_decoder((self._folder / MODEL_FILE).read_bytes())
        self._base_loss = self._general_loss(model)
        add_lora(model, TARGETS, settings.rank, settings.alpha, settings.seed)
        return model

    def length(self, item: WordsItem) -> int:
        """Return the positions of the encoder's output."""
        return item.positions

    def item_name(self, item: WordsItem) -> str:
        """Return the name of an item."""
        return item.name

    def collate(self, items: Sequence[WordsItem], rng: np.random.Generator) -> Batch:  # noqa: ARG002 (nothing is drawn)
        """Return the batch.

        Returns:
            "encoded": float32 (items, positions, width), with the silence behind each clip instead of padding.
            "tokens": int64 (items, tokens), padded with the final token.
            "labels": int64 (items, tokens), the next token, or _IGNORED within the prompt and the padding.
        """
        positions = max(item.positions for item in items)
        encoded = np.stack([load_features(item.features)[:positions] for item in items])
        width = max(len(item.prompt) + len(item.text) for item in items) - 1
        tokens = np.full((len(items), width), items[0].text[-1], np.int64)
        labels = np.full((len(items), width), _IGNORED, np.int64)
        for row, item in enumerate(items):
            line = (*item.prompt, *item.text)
            tokens[row, : len(line) - 1] = line[:-1]
            labels[row, len(item.prompt) - 1 : len(line) - 1] = item.text
        arrays = {"encoded": encoded.astype(np.float32), "tokens": tokens, "labels": labels}
        return {name: torch.from_numpy(values) for name, values in arrays.items()}

    def compute_losses(self, model: nn.Module, batch: Batch) -> Losses:
        """Return the mean cross-entropy of the tokens of the texts."""
        return cross_entropy(model, batch)

    def measure(self, model: nn.Module, items: Sequence[WordsItem]) -> Mapping[str, float]:  # noqa: ARG002
        """Return the measures of the model as the recognizer runs it, with the one that decides first."""
        factors = {PREFIX + name: factor.numpy() for name, factor in lora_tensors(model).items()}
        self.texts = self._base_texts if _is_untrained(factors) else self._decoder.decode(factors)
        self.measures = self._decoder.measure(self.texts)
        loss = self._general_loss(model)
        growth = loss / self._base_loss
        return {"score": score(self.measures, self._base, growth), **asdict(self.measures), "general_loss": loss}

    @torch.no_grad()
    def _general_loss(self, model: nn.Module) -> float:
        device = next(model.parameters()).device
        batch = self.collate(self._general, np.random.default_rng(0))
        return cross_entropy(model, {name: tensor.to(device) for name, tensor in batch.items()}).total.item()

    def published_name(self, name: str) -> str:
        """Return the name of a factor in the published checkpoint."""
        return PREFIX + name


def score(measures: Measures, base: Measures, loss_growth: float) -> float:
    """Return the measure that decides when training ends, lower is better; a model that forgets is never the best.

    Args:
        measures: Of the model.
        base: Of the base.
        loss_growth: Loss of the sentences without names, divided by that of the base.
    """
    rise = measures.general_error_rate - base.general_error_rate
    if rise > MAX_GENERAL_RISE or loss_growth > MAX_LOSS_GROWTH:
        return _HARMFUL_SCORE + measures.general_error_rate
    return 1 - measures.names_right + measures.error_rate + measures.general_error_rate


def build_decoder(content: bytes) -> nn.Module:
    """Return transformers' decoder of Whisper with the weights of a model file of CTranslate2, frozen."""
    from transformers import WhisperConfig
    from transformers.models.whisper.modeling_whisper import WhisperDecoder

    file = CTranslate2File(content)
    size = decoder_weights.read_size(file)
    config = WhisperConfig(
        vocab_size=size.vocabulary,
        d_model=size.width,
        decoder_layers=size.layers,
        decoder_attention_heads=size.heads,
        decoder_ffn_dim=size.inner_width,
        max_target_positions=size.positions,
        pad_token_id=0,  # its embedding must not be cleared; nothing else uses it
        use_cache=False,
    )
    model: nn.Module = WhisperDecoder(config)
    model.load_state_dict({name: torch.from_numpy(value) for name, value in decoder_weights.read_decoder(file).items()})
    return model.eval().requires_grad_(requires_grad=False)


def compute_logits(model: nn.Module, tokens: Tensor, encoded: Tensor, chosen: Tensor | None = None) -> Tensor:
    """Return the logits of the next tokens.

    Args:
        model: Of build_decoder().
        tokens: int64 (items, tokens).
        encoded: Outputs of the encoder, float32 (items, positions, width).
        chosen: bool (items, tokens), the positions whose logits are wanted; None for all.

    Returns:
        float32 (items, tokens, vocabulary), or (chosen positions, vocabulary).
    """
    states = model(input_ids=tokens, encoder_hidden_states=encoded).last_hidden_state
    embeddings = model.get_parameter("embed_tokens.weight")
    return functional.linear(states if chosen is None else states[chosen], embeddings)


def cross_entropy(model: nn.Module, batch: Batch) -> Losses:
    """Return the mean cross-entropy of a batch of WordsRecipe.collate()."""
    chosen = batch["labels"] != _IGNORED
    logits = compute_logits(model, batch["tokens"], batch["encoded"], chosen)
    return Losses(functional.cross_entropy(logits, batch["labels"][chosen]), count=float(chosen.sum()))


def _is_untrained(factors: Mapping[str, Array]) -> bool:
    """Return whether the adapter changes nothing."""
    return not any(factor.any() for name, factor in factors.items() if ".lora_B." in name)
