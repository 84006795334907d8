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
from funaudio_core.engines.cosyvoice.attention_mask import CHUNK_TOKENS
from funaudio_core.engines.cosyvoice.config import LMConfig
from funaudio_core.engines.cosyvoice.decode import MAX_TOKEN_RATIO, MIN_TOKEN_RATIO, LMRequest
from funaudio_core.engines.cosyvoice.flow import Flow, FlowRequest
from funaudio_core.engines.cosyvoice.prompt import Prompt
from funaudio_core.engines.cosyvoice.sampler import WINDOW_TOKENS, UniformNumbers, mask_logits, sample
from funaudio_core.engines.cosyvoice.vocoder import Vocoder
from tests import synthetic


def config(layout: LMConfig) -> Qwen2Config:
    """The body of the language model, as transformers tells it."""
    return Qwen2Config(
        vocab_size=layout.vocab_rows,
        hidden_size=layout.hidden_size,
        intermediate_size=layout.intermediate_size,
        num_hidden_layers=layout.num_layers,
        num_attention_heads=layout.num_heads,
        num_key_value_heads=layout.num_kv_heads,
        max_position_embeddings=layout.max_positions,
        rms_norm_eps=layout.rms_norm_eps,
        rope_parameters={"rope_type": "default", "rope_theta": layout.rope_theta},
        attn_implementation="sdpa",  # type: ignore[call-arg]  # a keyword of every transformers configuration
    )


def language(layout: LMConfig) -> tuple[lm.SpeechLanguageModel, Qwen2Model]:
    """Our language model and transformers' body of it, float32 on the CPU, with the same random numbers."""
    body = Qwen2Model(config(layout))
    tensors = synthetic.state_dict({name: value.shape for name, value in body.state_dict().items()})
    body.load_state_dict(tensors)
    body.train(mode=False)
    published = {f"llm.model.model.{name}": value for name, value in tensors.items()}
    rows = (layout.speech_rows, layout.hidden_size)
    published |= synthetic.state_dict({"speech_embedding.weight": rows, "llm_decoder.weight": rows})
    if layout.separate_specials:
        published |= synthetic.state_dict({"llm_embedding.weight": (2, layout.hidden_size)})
    if layout.head_bias:
        published |= synthetic.state_dict({"llm_decoder.bias": rows[:1]})
    with torch.device("meta"):
        ours = lm.SpeechLanguageModel(layout)
    checkpoint.load_tensors(ours, published, Path("random"), lm.checkpoint_names(layout))
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
    def tokens(self, piece: LMRequest) -> Iterator[int]:
        """The tokens of a piece, one by one."""
        layout, device = self.ours.config, self.ours.head.weight.device
        cache, chances = DynamicCache(config=self.body.config), UniformNumbers(piece.seed)
        recent = torch.full((1, WINDOW_TOKENS), -1, device=device)
        rows = self.ours.embed_prefix((*piece.prompt, *piece.text), piece.speech)[None]
        for step in range(MAX_TOKEN_RATIO * len(piece.text)):
            may = torch.tensor([step >= MIN_TOKEN_RATIO * len(piece.text)], device=device)
            given = mask_logits(self.logits(rows, cache), layout.eos_token_id, may, layout)
            drawn = sample(given, recent, chances.draw(1).to(device))
            recent[:, step % WINDOW_TOKENS] = drawn
            token = int(drawn)
            if token == layout.eos_token_id:
                return
            yield token
            rows = self.ours.embed_speech(drawn)[:, None]

    def mel(self, prompt: Prompt, tokens: list[int]) -> Tensor:
        """float32 (mels, frames)."""
        return self.flow.generate([FlowRequest(prompt, tokens)])[0]

    def speak(self, pieces: list[LMRequest], prompt: Prompt) -> Iterator[Tensor]:
        """The sound of each piece, float32 (1, n), on the CPU."""
        for piece in pieces:
            mel = self.mel(prompt, list(self.tokens(piece)))
            yield self.vocoder.synthesize(mel[None], [piece.seed]).cpu()

    def begin(self, piece: LMRequest, prompt: Prompt) -> Tensor:
        """The first sound of a stream: as many tokens as fill the prompt's last chunk and another one, and those that
        look ahead.
        """
        needed = CHUNK_TOKENS - len(prompt.tokens) % -CHUNK_TOKENS + self.flow.config.lookahead_tokens
        tokens = []
        for token in self.tokens(piece):
            tokens.append(token)
            if len(tokens) == needed:
                break
        mel = self.flow.generate([FlowRequest(prompt, tokens, final=False)], streaming=True)[0]
        return self.vocoder.stream(piece.seed).push(mel[None]).cpu()
