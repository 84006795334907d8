"""CosyVoice the plain way, on the weights of a model of ours: what its speed is measured against. Knows no clock.

Language model: transformers' Qwen2 with a cache that grows, the head behind it, a look at every token. Flow: ten steps
of the network on everything from the first frame of the prompt on, as it is. One piece at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from transformers import DynamicCache, Qwen2Config, Qwen2Model

from funaudio_core.engines.cosyvoice import checkpoint, lm
from funaudio_core.engines.cosyvoice.attention_mask import CHUNK
from funaudio_core.engines.cosyvoice.config import LMConfig
from funaudio_core.engines.cosyvoice.decode import LEAST, MOST, Piece
from funaudio_core.engines.cosyvoice.flow import Flow, Request
from funaudio_core.engines.cosyvoice.prompt import Prompt
from funaudio_core.engines.cosyvoice.sampler import MEMORY, Chances, allowed, draw
from funaudio_core.engines.cosyvoice.vocoder import Vocoder
from tests import synthetic


def config(layout: LMConfig) -> Qwen2Config:
    """The body of the language model, as transformers tells it."""
    return Qwen2Config(
        vocab_size=layout.vocab_rows,
        hidden_size=layout.hidden,
        intermediate_size=layout.feed,
        num_hidden_layers=layout.blocks,
        num_attention_heads=layout.num_heads,
        num_key_value_heads=layout.num_kv_heads,
        max_position_embeddings=layout.longest,
        rms_norm_eps=layout.epsilon,
        rope_parameters={"rope_type": "default", "rope_theta": layout.theta},
        attn_implementation="sdpa",  # type: ignore[call-arg]  # a keyword of every transformers configuration
    )


def language(layout: LMConfig) -> tuple[lm.SpeechLanguageModel, Qwen2Model]:
    """Our language model and transformers' body of it, float32 on the CPU, with the same random numbers."""
    body = Qwen2Model(config(layout))
    tensors = synthetic.state_dict({name: value.shape for name, value in body.state_dict().items()})
    body.load_state_dict(tensors)
    body.train(mode=False)
    published = {f"llm.model.model.{name}": value for name, value in tensors.items()}
    rows = (layout.speech_rows, layout.hidden)
    published |= synthetic.state_dict({"speech_embedding.weight": rows, "llm_decoder.weight": rows})
    if layout.separate_specials:
        published |= synthetic.state_dict({"llm_embedding.weight": (2, layout.hidden)})
    if layout.bias:
        published |= synthetic.state_dict({"llm_decoder.bias": rows[:1]})
    with torch.device("meta"):
        ours = lm.SpeechLanguageModel(layout)
    checkpoint.fit(ours, published, Path("random"), lm.sources(layout))
    return ours, body


@dataclass(frozen=True)
class Plain:
    """The networks; ours give tables and head to the language model."""

    ours: lm.SpeechLanguageModel
    body: Qwen2Model
    flow: Flow
    vocoder: Vocoder

    @torch.inference_mode()
    def logits(self, rows: Tensor, cache: DynamicCache) -> Tensor:
        """float32 (1, ids), behind rows (1, time, hidden) more."""
        hidden = self.body(inputs_embeds=rows, past_key_values=cache).last_hidden_state
        return self.ours.head(hidden[:, -1]).float()  # type: ignore[no-any-return]

    @torch.inference_mode()
    def tokens(self, piece: Piece) -> Iterator[int]:
        """The tokens of a piece, one by one."""
        layout, device = self.ours.layout, self.ours.head.weight.device
        cache, chances = DynamicCache(config=self.body.config), Chances(piece.seed)
        recent = torch.full((1, MEMORY), -1, device=device)
        rows = self.ours.prefix((*piece.prompt, *piece.text), piece.speech)[None]
        for step in range(MOST * len(piece.text)):
            may = torch.tensor([step >= LEAST * len(piece.text)], device=device)
            given = allowed(self.logits(rows, cache), layout.end, may, layout)
            drawn = draw(given, recent, chances.next(1).to(device))
            recent[:, step % MEMORY] = drawn
            token = int(drawn)
            if token == layout.end:
                return
            yield token
            rows = self.ours.speech(drawn)[:, None]

    def mel(self, prompt: Prompt, tokens: list[int]) -> Tensor:
        """float32 (mels, frames)."""
        return self.flow.mel([Request(prompt, tokens)])[0]

    def speak(self, pieces: list[Piece], prompt: Prompt) -> Iterator[Tensor]:
        """The sound of each piece, float32 (1, n), on the CPU."""
        for piece in pieces:
            mel = self.mel(prompt, list(self.tokens(piece)))
            yield self.vocoder.wave(mel[None], [piece.seed]).cpu()

    def begin(self, piece: Piece, prompt: Prompt) -> Tensor:
        """The first sound of a stream: as many tokens as fill the prompt's last chunk and another one, and those that
        look ahead."""
        needed = CHUNK - len(prompt.tokens) % -CHUNK + self.flow.layout.lookahead
        tokens = []
        for token in self.tokens(piece):
            tokens.append(token)
            if len(tokens) == needed:
                break
        mel = self.flow.mel([Request(prompt, tokens, final=False)], streaming=True)[0]
        return self.vocoder.stream(piece.seed).push(mel[None]).cpu()
