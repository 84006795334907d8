"""CosyVoice by its public code, of random weights at full size, to measure its speed. Knows no clock.

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

from bench._cosyvoice_baseline import config
from funaudio_core.engines.cosyvoice.config import CONFIGS, LMConfig, Version
from funaudio_core.engines.cosyvoice.decode import MAX_TOKEN_RATIO, LMRequest
from funaudio_core.engines.cosyvoice.prompt import Prompt

RECIPES: dict[Version, str] = {
    version: f"examples/libritts/cosyvoice{version}/conf/cosyvoice{version}.yaml" for version in (2, 3)
}
WANTED = ("llm", "flow", "hift")


@dataclass(frozen=True)
class Public:
    """Its three networks, float32."""

    device: str
    llm: Any
    flow: Any
    hift: Any
    layout: LMConfig

    @torch.inference_mode()
    def tokens(self, piece: LMRequest) -> Iterator[int]:
        """The tokens of a piece to the greatest length, one by one, behind the rows that ours are behind."""
        table, speech = self.llm.llm.model.model.embed_tokens, self.llm.speech_embedding

        def rows(of: Any, ids: tuple[int, ...]) -> Tensor:
            return of(torch.tensor([ids], device=self.device))  # type: ignore[no-any-return]

        marks = self.llm.llm_embedding if self.layout.separate_specials else speech
        begin, task = (0, 1) if self.layout.separate_specials else (self.llm.sos, self.llm.task_id)
        text = rows(table, (*piece.prompt, *piece.text))
        given = torch.cat([rows(marks, (begin,)), text, rows(marks, (task,)), rows(speech, piece.speech)], dim=1)
        most = MAX_TOKEN_RATIO * len(piece.text)
        yield from self.llm.inference_wrapper(given, 25, most, most, "")

    @torch.inference_mode()
    def mel(self, prompt: Prompt, tokens: list[int]) -> Tensor:
        """float32 (1, mels, frames)."""

        def length(rows: Tensor) -> Tensor:
            return torch.tensor([rows.shape[1]], dtype=torch.int32, device=self.device)

        said = torch.tensor([tokens], device=self.device)
        heard = torch.from_numpy(prompt.tokens)[None].to(self.device)
        seen = torch.from_numpy(prompt.mel)[None].to(self.device)
        who = torch.from_numpy(prompt.speaker)[None].to(self.device)
        made, _ = self.flow.inference(
            token=said,
            token_len=length(said),
            prompt_token=heard,
            prompt_token_len=length(heard),
            prompt_feat=seen,
            prompt_feat_len=length(seen),
            embedding=who,
            streaming=False,
            finalize=True,
        )
        return made  # type: ignore[no-any-return]

    @torch.inference_mode()
    def wave(self, mel: Tensor) -> Tensor:
        """float32 (1, samples) of (1, mels, frames)."""
        return self.hift.inference(speech_feat=mel)[0]  # type: ignore[no-any-return]


def build(checkout: Path, version: Version, device: str) -> Public:
    """The networks of a version as its own recipe tells them."""
    sys.path += [str(checkout), str(checkout / "third_party" / "Matcha-TTS")]
    from hyperpyyaml import load_hyperpyyaml

    recipe, layout = checkout / RECIPES[version], CONFIGS[version].lm
    with TemporaryDirectory() as folder, recipe.open() as stream:
        _qwen(layout, Path(folder))
        names = [line.partition(":")[0] for line in recipe.read_text().splitlines() if line[:1].isalpha()]
        numbers = ("sample_rate", "token_frame_rate", "token_mel_ratio", "chunk_size", "num_decoding_left_chunks")
        left = {"qwen_pretrain_path", "llm_input_size", "llm_output_size", "spk_embed_dim", *numbers, *WANTED}
        made = load_hyperpyyaml(
            stream, overrides={"qwen_pretrain_path": folder, **{name: None for name in names if name not in left}}
        )
    llm, flow, hift = (made[name].to(device).train(mode=False) for name in WANTED)
    return Public(device, llm, flow, hift, layout)


def _qwen(layout: LMConfig, folder: Path) -> None:
    """A checkpoint of the language model's body from which its public code reads it."""
    from transformers import Qwen2ForCausalLM

    body = config(layout)
    body.tie_word_embeddings = True
    Qwen2ForCausalLM(body).save_pretrained(folder)
