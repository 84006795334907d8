"""Recipe of CosyVoice's flow: the sound of a voice, from mel spectrograms and their speech tokens.

The loss is that of conditional flow matching: the velocity from noise to the mel at a random time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own abbreviation)
from numpy.typing import NDArray
from torch import Tensor, nn

from funaudio_core.engines.cosyvoice import attention_mask, checkpoint, flow
from funaudio_core.engines.cosyvoice.config import FRAMES_PER_TOKEN, FlowV2Config, FlowV3Config
from funaudio_core.engines.cosyvoice.flow import Flow
from funaudio_core.training import lora
from funaudio_core.training.recipe import Batch, Losses, TrainingSettings

# Layers that LoRA changes: attention of the velocity network, and of version 2's encoder.
TARGETS = ("to_q", "to_k", "to_v", "to_out.0")
TARGETS_V2 = (*TARGETS, "linear_q", "linear_k", "linear_v", "linear_out")
SIGMA_MIN = 1e-6  # noise that is left in the mel at the end of the path
MAX_PREFIX_SHARE = 0.3  # of the mel that may be given as the prompt's
STREAMING = "streaming"  # in batches that are learned with chunked attention


@dataclass(frozen=True, slots=True, eq=False)
class MelItem:
    """Speech with its mel spectrogram.

    Attributes:
        name: Name for people.
        tokens: Speech tokens.
        mel: float32 (2 frames a token, mels), as engines.cosyvoice.features.mel_spectrogram() computes it.
        speaker: Speaker embedding, float32 (192,).
    """

    name: str
    tokens: tuple[int, ...]
    mel: NDArray[np.float32]
    speaker: NDArray[np.float32]


@dataclass(frozen=True)
class FlowRecipe:
    """Recipe of the flow of CosyVoice 2 or 3; see training.recipe.Recipe.

    Attributes:
        path: The base, flow.pt.
        config: Its sizes.
        drop_share: Share of the items that are learned without any condition, for classifier-free guidance.
        prompt_share: Share of the items whose first frames may be given as the prompt's.
        streaming_share: Share of the batches that are learned with chunked attention.
    """

    path: Path
    config: FlowV2Config | FlowV3Config
    drop_share: float = 0.2
    prompt_share: float = 0.5
    streaming_share: float = 0.5

    @property
    def name(self) -> str:
        """Name in commands and on cards of adapters."""
        return f"cosyvoice{2 if isinstance(self.config, FlowV2Config) else 3}-flow"

    def build(self, settings: TrainingSettings) -> Flow:
        """Load the base and choose what is trained."""
        return self.prepare(checkpoint.load(self.path, lambda: flow.build(self.config)), settings)

    def prepare(self, model: Flow, settings: TrainingSettings) -> Flow:
        """Choose what is trained of a loaded model, and return it."""
        model.requires_grad_(requires_grad=settings.method == "all")
        if settings.method == "head":
            last = model.estimator.final_proj if isinstance(model, flow.FlowV2) else model.estimator.proj_out
            last.requires_grad_()
        elif settings.method == "lora":
            targets = TARGETS_V2 if isinstance(model, flow.FlowV2) else TARGETS
            lora.add_lora(model, targets, settings.rank, settings.alpha, settings.seed)
        return model

    def length(self, item: MelItem) -> int:
        """Return the mel frames of an item."""
        return len(item.mel)

    def item_name(self, item: MelItem) -> str:
        """Return the name of an item."""
        return item.name

    def collate(self, items: Sequence[MelItem], rng: np.random.Generator) -> Batch:
        """Return padded items with a random time, noise and conditions."""
        lengths = np.array([len(item.tokens) for item in items])
        longest = int(lengths.max())
        tokens = np.zeros((len(items), longest), np.int64)
        mel = np.zeros((len(items), FRAMES_PER_TOKEN * longest, self.config.num_mels), np.float32)
        for row, item in enumerate(items):
            tokens[row, : len(item.tokens)] = item.tokens
            mel[row, : len(item.mel)] = item.mel
        most = (MAX_PREFIX_SHARE * FRAMES_PER_TOKEN * lengths).astype(np.int64)
        has_prompt = rng.random(len(items)) < self.prompt_share
        arrays = {
            "tokens": tokens,
            "lengths": lengths,
            "mel": mel.transpose(0, 2, 1),
            "speakers": np.stack([item.speaker for item in items]),
            "prefix_frames": np.where(has_prompt, rng.integers(0, most, endpoint=True), 0),
            "times": rng.random(len(items), np.float32),
            "noise": rng.standard_normal(mel.transpose(0, 2, 1).shape, np.float32),
            "keeps_condition": rng.random(len(items)) >= self.drop_share,
        }
        if rng.random() < self.streaming_share:
            arrays[STREAMING] = np.array(True)
        return {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in arrays.items()}

    def compute_losses(self, model: nn.Module, batch: Batch) -> Losses:
        """Return the mean squared error of the velocity over all mels of all frames."""
        assert isinstance(model, Flow)
        chunk = attention_mask.CHUNK_TOKENS if STREAMING in batch else None
        mel, noise, times = batch["mel"], batch["noise"], batch["times"]
        frames = FRAMES_PER_TOKEN * batch["lengths"]
        places = torch.arange(mel.shape[2], device=mel.device)
        mu = _encode(model, batch, chunk)
        cond = mel * (places < batch["prefix_frames"][:, None])[:, None]
        spks = model.spk_embed_affine_layer(F.normalize(batch["speakers"], dim=1))
        kept = batch["keeps_condition"][:, None]
        mask = attention_mask.chunk_mask(frames, mel.shape[2], None if chunk is None else FRAMES_PER_TOKEN * chunk)
        at = times[:, None, None]
        velocity = model.estimator(
            (1 - (1 - SIGMA_MIN) * at) * noise + at * mel,
            mu * kept[:, None],
            spks * kept,
            cond * kept[:, None],
            model.estimator.time_tables(times),
            attention_mask.mask_to_bias(mask, mel.dtype),
        ).float()
        is_valid = (places < frames[:, None])[:, None]
        error = (velocity - (mel - (1 - SIGMA_MIN) * noise)).square() * is_valid
        count = is_valid.sum() * mel.shape[1]
        return Losses(error.sum() / count, count=count)

    def measure(self, model: nn.Module, items: Sequence[MelItem]) -> Mapping[str, float]:  # noqa: ARG002 (see Recipe)
        """Return nothing: the held-out loss decides."""
        return {}

    def published_name(self, name: str) -> str:
        """Return the name itself: submodules have the published names."""
        return name


def _encode(model: Flow, batch: Batch, chunk: int | None) -> Tensor:
    """Return the condition `mu`, (batch, mels, frames).

    The published training lets version 2's encoder see embedded padding behind shorter items, which its inference
    never does; the weights were trained so, and so it stays here.
    """
    lengths, longest = batch["lengths"], batch["tokens"].shape[1]
    places = torch.arange(longest + model.config.lookahead_tokens, device=lengths.device)
    is_token = (places < lengths[:, None])[:, :, None]
    tokens = F.pad(batch["tokens"], (0, model.config.lookahead_tokens))
    is_in_batch = (places < longest).expand(len(tokens), -1)[:, :, None]
    rows = model.encode(model.input_embedding(tokens) * is_token, is_in_batch, lengths, chunk, None)
    return rows.transpose(1, 2)
