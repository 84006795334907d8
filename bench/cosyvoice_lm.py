"""Speed of CosyVoice's language model against transformers' Qwen2, the body of the reference, on the same weights.

    python -m bench.cosyvoice_lm [--blocks 24] [--device cpu]

Random weights at full width; the text table is small, for decoding never reads it. Both take turns: a prompt of 200
positions is read, then speech tokens one by one, the peer with its growing cache and its head behind it, as the
reference calls it. The sampler is ours alone: the reference draws token by token in Python.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from torch import Tensor
from transformers import DynamicCache, Qwen2Config, Qwen2Model

from funaudio_core.engines.cosyvoice import checkpoint, lm
from funaudio_core.engines.cosyvoice.layout import V3, LanguageLayout
from funaudio_core.engines.cosyvoice.sampler import MEMORY, Chances, draw
from tests import synthetic

THREADS = 2
PROMPT, STEPS, REPEATS, BATCHES = 200, 12, 5, (1, 8)


@dataclass
class Spent:
    """Milliseconds a decode step, of each repeat: on the clock and of the processors."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @contextmanager
    def measured(self, device: str) -> Iterator[None]:
        """Times the body, of STEPS steps."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        if device != "cpu":
            torch.cuda.synchronize()
        self.wall.append((time.perf_counter() - wall) / STEPS * 1e3)
        self.cpu.append((time.process_time() - cpu) / STEPS * 1e3)

    def __str__(self) -> str:
        return f"{statistics.median(self.wall):7.2f} ms on the clock, {statistics.median(self.cpu):7.2f} ms of CPU"


def _weights(layout: LanguageLayout) -> tuple[lm.SpeechLanguageModel, Qwen2Model]:
    """Ours and the peer with the same numbers."""
    with torch.device("meta"):
        ours = lm.SpeechLanguageModel(layout)
    config = Qwen2Config(
        vocab_size=layout.text,
        hidden_size=layout.hidden,
        intermediate_size=layout.feed,
        num_hidden_layers=layout.blocks,
        num_attention_heads=layout.heads,
        num_key_value_heads=layout.pairs,
        max_position_embeddings=layout.longest,
        rms_norm_eps=layout.epsilon,
        rope_parameters={"rope_type": "default", "rope_theta": layout.theta},
        attn_implementation="sdpa",  # type: ignore[call-arg]  # a keyword of every transformers configuration
    )
    peer = Qwen2Model(config)
    body = synthetic.state_dict({name: tensor.shape for name, tensor in peer.state_dict().items()})
    peer.load_state_dict(body)
    peer.train(mode=False)
    theirs = {f"llm.model.model.{name}": tensor for name, tensor in body.items()}
    rows = (layout.rows, layout.hidden)
    theirs |= synthetic.state_dict({"speech_embedding.weight": rows, "llm_decoder.weight": rows})
    checkpoint.fit(ours, theirs, Path("random"), lm.sources(layout))
    return ours, peer


def _ours(model: lm.SpeechLanguageModel, prefix: Tensor, tokens: Tensor, spent: Spent) -> Tensor:
    rows = len(tokens)
    cache = lm.Cache(model.layout, rows, PROMPT + STEPS, prefix)
    logits = model.prefill([prefix] * rows, cache)
    with spent.measured(str(prefix.device.type)):
        for step in range(STEPS):
            places = torch.full((rows,), PROMPT + step, device=prefix.device)
            logits = model.step(tokens[:, step], places, cache, PROMPT + step + 1)
    return logits


def _theirs(ours: lm.SpeechLanguageModel, peer: Qwen2Model, prefix: Tensor, tokens: Tensor, spent: Spent) -> Tensor:
    cache = DynamicCache(config=peer.config)
    rows = peer(inputs_embeds=prefix.expand(len(tokens), -1, -1), past_key_values=cache).last_hidden_state
    with spent.measured(str(prefix.device.type)):
        for step in range(STEPS):
            given = ours.speech(tokens[:, step])[:, None]
            rows = peer(inputs_embeds=given, past_key_values=cache).last_hidden_state
            logits: Tensor = ours.head(rows[:, -1]).float()
    return logits


def _timed(work: Callable[[], object], device: str) -> Spent:
    spent = Spent()
    for _ in range(REPEATS):
        with spent.measured(device):
            for _ in range(STEPS):
                work()
    return spent


@torch.inference_mode()
def main() -> None:
    """Print both, their ratio and how far their logits are apart."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--blocks", type=int, default=V3.language.blocks)
    options.add_argument("--device", default="cpu")
    chosen = options.parse_args()
    torch.set_num_threads(THREADS)
    layout = replace(V3.language, blocks=chosen.blocks, text=PROMPT)
    ours, peer = _weights(layout)
    ours.to(chosen.device), peer.to(chosen.device)
    prefix = ours.prefix(range(PROMPT - 2), ())
    for rows in BATCHES:
        tokens = torch.arange(rows * STEPS, device=prefix.device).view(rows, STEPS)
        mine, its = Spent(), Spent()
        for _ in range(REPEATS):
            logits = _ours(ours, prefix, tokens, mine)
            expected = _theirs(ours, peer, prefix, tokens, its)
        clock = statistics.median(mine.wall) / statistics.median(its.wall)
        busy = statistics.median(mine.cpu) / statistics.median(its.cpu)
        apart = (logits - expected).abs().max()
        print(f"a step of {rows} rows, {layout.blocks} blocks, {chosen.device}")
        print(f"  ours          {mine}\n  transformers  {its}")
        print(f"  ratio {clock:.2f} on the clock, {busy:.2f} of CPU; logits differ by {apart:.1e}")
    recent = torch.full((1, MEMORY), -1, device=prefix.device)
    chance = Chances(0).next(1).to(prefix.device)
    print(f"a draw          {_timed(lambda: draw(logits[:1], recent, chance), chosen.device)}")


if __name__ == "__main__":
    main()
