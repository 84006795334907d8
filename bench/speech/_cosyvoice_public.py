"""CosyVoice's public code with random weights at full size, for bench.speech.cosyvoice.

It is neither part of this project nor needed by it. Of a clone of github.com/FunAudioLLM/CosyVoice with its submodules
(measured at ace7c47f41bb), these must be importable beside what this project needs: hyperpyyaml 1.2.3, omegaconf 2.4.0,
conformer 0.3.2, diffusers 0.29.0, hydra-core 1.3.8, lightning 2.6.6, gdown 6.5.1, x-transformers 2.11.24, einx 0.4.3.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor

from bench.speech._cosyvoice_baseline import config
from funaudio_core.engines.cosyvoice.config import CONFIGS, LMConfig, Version
from funaudio_core.engines.cosyvoice.decode import MAX_TOKEN_RATIO, LMRequest
from funaudio_core.engines.cosyvoice.prompt import Prompt

RECIPES: dict[Version, str] = {
    version: f"examples/libritts/cosyvoice{version}/conf/cosyvoice{version}.yaml" for version in (2, 3)
}
NETWORKS = ("llm", "flow", "hift")


@dataclass(frozen=True)
class PublicModel:
    """Networks of the public code, float32."""

    device: str
    llm: Any
    flow: Any
    hift: Any
    layout: LMConfig

    @torch.inference_mode()
    def tokens(self, request: LMRequest) -> Iterator[int]:
        """Yield the tokens of a request, up to the maximum length, after the same prefix as ours."""
        text_table, speech_table = self.llm.llm.model.model.embed_tokens, self.llm.speech_embedding

        def embed(table: Any, ids: tuple[int, ...]) -> Tensor:
            return table(torch.tensor([ids], device=self.device))  # type: ignore[no-any-return]

        special_table = self.llm.llm_embedding if self.layout.separate_specials else speech_table
        sos, task = (0, 1) if self.layout.separate_specials else (self.llm.sos, self.llm.task_id)
        text_rows = embed(text_table, (*request.prompt, *request.text))
        prefix = torch.cat(
            [
                embed(special_table, (sos,)),
                text_rows,
                embed(special_table, (task,)),
                embed(speech_table, request.speech),
            ],
            dim=1,
        )
        max_tokens = MAX_TOKEN_RATIO * len(request.text)
        yield from self.llm.inference_wrapper(prefix, 25, max_tokens, max_tokens, "")

    @torch.inference_mode()
    def mel(self, prompt: Prompt, tokens: list[int]) -> Tensor:
        """Return the mel spectrogram, float32 (1, mels, frames)."""

        def length(rows: Tensor) -> Tensor:
            return torch.tensor([rows.shape[1]], dtype=torch.int32, device=self.device)

        speech = torch.tensor([tokens], device=self.device)
        prompt_tokens = torch.from_numpy(prompt.tokens)[None].to(self.device)
        prompt_mel = torch.from_numpy(prompt.mel)[None].to(self.device)
        speaker = torch.from_numpy(prompt.speaker)[None].to(self.device)
        mel, _ = self.flow.inference(
            token=speech,
            token_len=length(speech),
            prompt_token=prompt_tokens,
            prompt_token_len=length(prompt_tokens),
            prompt_feat=prompt_mel,
            prompt_feat_len=length(prompt_mel),
            embedding=speaker,
            streaming=False,
            finalize=True,
        )
        return mel  # type: ignore[no-any-return]

    @torch.inference_mode()
    def wave(self, mel: Tensor) -> Tensor:
        """Return samples, float32 (1, samples), of a mel spectrogram (1, mels, frames)."""
        return self.hift.inference(speech_feat=mel)[0]  # type: ignore[no-any-return]


def build(checkout: Path, version: Version, device: str) -> PublicModel:
    """Return the networks of a version, built by its own recipe."""
    sys.path += [str(checkout), str(checkout / "third_party" / "Matcha-TTS")]
    from hyperpyyaml import load_hyperpyyaml

    recipe, layout = checkout / RECIPES[version], CONFIGS[version].lm
    with TemporaryDirectory() as folder, recipe.open() as stream:
        _write_qwen(layout, Path(folder))
        names = [line.partition(":")[0] for line in recipe.read_text().splitlines() if line[:1].isalpha()]
        kept_numbers = ("sample_rate", "token_frame_rate", "token_mel_ratio", "chunk_size", "num_decoding_left_chunks")
        kept = {"qwen_pretrain_path", "llm_input_size", "llm_output_size", "spk_embed_dim", *kept_numbers, *NETWORKS}
        built = load_hyperpyyaml(
            stream, overrides={"qwen_pretrain_path": folder, **{name: None for name in names if name not in kept}}
        )
    llm, flow, hift = (built[name].to(device).train(mode=False) for name in NETWORKS)
    return PublicModel(device, llm, flow, hift, layout)


def _write_qwen(layout: LMConfig, folder: Path) -> None:
    """Write a checkpoint of the language model's body, from which the public code reads it."""
    from transformers import Qwen2ForCausalLM

    body = config(layout)
    body.tie_word_embeddings = True
    Qwen2ForCausalLM(body).save_pretrained(folder)
