"""Baseline of CosyVoice on the weights of our models, for bench.speech.cosyvoice.

Language model: transformers' Qwen2 with a dynamic cache and our head, checked after every token. Flow: ten steps of the
network over everything from the first frame of the prompt, without a cache. One request at a time.
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
    """Return transformers' configuration of the language model's body."""
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


def language_models(layout: LMConfig) -> tuple[lm.SpeechLanguageModel, Qwen2Model]:
    """Return our language model and transformers' body of it, float32 on the CPU, with the same random weights."""
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
class Baseline:
    """Networks of the baseline; embeddings and head of the language model are those of `ours`."""

    ours: lm.SpeechLanguageModel
    body: Qwen2Model
    flow: Flow
    vocoder: Vocoder

    @torch.inference_mode()
    def logits(self, rows: Tensor, cache: DynamicCache) -> Tensor:
        """Return float32 logits (1, ids) after appending rows (1, time, hidden)."""
        hidden = self.body(inputs_embeds=rows, past_key_values=cache).last_hidden_state
        return self.ours.head(hidden[:, -1]).float()  # type: ignore[no-any-return]

    @torch.inference_mode()
    def tokens(self, request: LMRequest) -> Iterator[int]:
        """Yield the tokens of a request."""
        layout, device = self.ours.config, self.ours.head.weight.device
        cache, uniform = DynamicCache(config=self.body.config), UniformNumbers(request.seed)
        recent = torch.full((1, WINDOW_TOKENS), -1, device=device)
        rows = self.ours.embed_prefix((*request.prompt, *request.text), request.speech)[None]
        for step in range(MAX_TOKEN_RATIO * len(request.text)):
            may_stop = torch.tensor([step >= MIN_TOKEN_RATIO * len(request.text)], device=device)
            masked = mask_logits(self.logits(rows, cache), layout.eos_token_id, may_stop, layout)
            sampled = sample(masked, recent, uniform.draw(1).to(device))
            recent[:, step % WINDOW_TOKENS] = sampled
            token = int(sampled)
            if token == layout.eos_token_id:
                return
            yield token
            rows = self.ours.embed_speech(sampled)[:, None]

    def mel(self, prompt: Prompt, tokens: list[int]) -> Tensor:
        """Return the mel spectrogram, float32 (mels, frames)."""
        return self.flow.generate([FlowRequest(prompt, tokens)])[0]

    def speak(self, requests: list[LMRequest], prompt: Prompt) -> Iterator[Tensor]:
        """Yield the audio of each request, float32 (1, n), on the CPU."""
        for request in requests:
            mel = self.mel(prompt, list(self.tokens(request)))
            yield self.vocoder.synthesize(mel[None], [request.seed]).cpu()

    def begin(self, request: LMRequest, prompt: Prompt) -> Tensor:
        """Return the first audio of a stream.

        It needs as many tokens as fill the prompt's last chunk and one more chunk, and the look-ahead tokens.
        """
        token_count = CHUNK_TOKENS - len(prompt.tokens) % -CHUNK_TOKENS + self.flow.config.lookahead_tokens
        tokens = []
        for token in self.tokens(request):
            tokens.append(token)
            if len(tokens) == token_count:
                break
        mel = self.flow.generate([FlowRequest(prompt, tokens, final=False)], streaming=True)[0]
        return self.vocoder.stream(request.seed).push(mel[None]).cpu()
