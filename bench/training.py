"""A LoRA step of CosyVoice's language model at full size, next to a bare step of peft on transformers' Qwen2.

`python -m bench.training [--seconds 5.6] [--clips 1] [--steps 5]`. The weights are random, which does not change the
time. Both take the same token ids, targets, rank and optimizer, and their steps alternate in one process. Times are
medians, by the clock and of the processor; with FUNAUDIO_THREADS=1 the latter hardly depends on other work. The memory
is the most that the process has taken up until our first step was done.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np
import torch
from peft import LoraConfig, inject_adapter_in_model
from torch import Tensor, nn
from torch.nn import functional
from transformers import Qwen2Config, Qwen2Model

from bench._options import option_parser
from funaudio_core import settings
from funaudio_core.engines.cosyvoice import config, lm
from funaudio_core.training.cosyvoice import sequences
from funaudio_core.training.cosyvoice.lm import TARGETS, LanguageModelRecipe
from funaudio_core.training.cosyvoice.sequences import Utterance
from funaudio_core.training.memory import plan_memory
from funaudio_core.training.recipe import Batch, TrainingSettings

SIZES = config.V3.lm
SETTINGS = TrainingSettings(rank=16, alpha=64)
RSS_UNIT_BYTES = 1024  # of ru_maxrss on Linux
TEXT_TOKENS_PER_SECOND = 4  # of usual speech


@dataclass(frozen=True, slots=True)
class StepTime:
    """Seconds of a step, by the clock and of the processor."""

    clock: float
    processor: float


class BareQwen2(nn.Module):
    """The published model of transformers' parts."""

    def __init__(self) -> None:
        super().__init__()
        self.body = Qwen2Model(
            Qwen2Config(
                vocab_size=SIZES.vocab_rows,
                hidden_size=SIZES.hidden_size,
                num_hidden_layers=SIZES.num_layers,
                num_attention_heads=SIZES.num_heads,
                num_key_value_heads=SIZES.num_kv_heads,
                intermediate_size=SIZES.intermediate_size,
                rope_parameters={"rope_type": "default", "rope_theta": SIZES.rope_theta},
            )
        )
        self.speech = nn.Embedding(SIZES.speech_rows, SIZES.hidden_size)
        self.head = nn.Linear(SIZES.hidden_size, SIZES.speech_rows, bias=False)

    def loss(self, batch: Batch) -> Tensor:
        """Return the cross-entropy of all targets."""
        tables = {"special": self.speech, "text": self.body.embed_tokens, "speech": self.speech}
        hidden = self.body(inputs_embeds=sequences.embed(batch, tables)).last_hidden_state
        return functional.cross_entropy(self.head(hidden).flatten(0, 1), batch["targets"].flatten(), ignore_index=-1)


def main() -> None:
    """Print the measurements."""
    parser = option_parser(__doc__)
    parser.add_argument("--seconds", type=float, default=5.6, help="length of a clip")
    parser.add_argument("--clips", type=int, default=1, help="clips in a batch")
    parser.add_argument("--steps", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(settings.read().threads)
    recipe = replace(LanguageModelRecipe(Path("llm.pt"), SIZES), turns_share=0.0)
    items = _utterances(arguments.clips, arguments.seconds)
    batch = recipe.collate(items, np.random.default_rng(0))
    tokens = sum(map(recipe.length, items))
    steps = {"ours": _our_step(recipe, batch)}
    steps["ours"]()  # which also allocates the optimizer's state
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RSS_UNIT_BYTES
    print(f"ours: {peak / 1e9:.2f} GB at most, {_planned(recipe, items) / 1e9:.2f} GB planned for the step", flush=True)
    steps["bare peft"] = _bare_step(batch)
    steps["bare peft"]()
    measured: dict[str, list[StepTime]] = {name: [] for name in steps}
    for _ in range(arguments.steps):
        for name, step in steps.items():
            measured[name].append(step())
    processor = {name: median(row.processor for row in rows) for name, rows in measured.items()}
    for name, rows in measured.items():
        clock = median(row.clock for row in rows)
        print(f"{name}: {clock:.2f} s a step, {processor[name]:.2f} s of the processor, {tokens / clock:.0f} tokens/s")
    print(f"ours / bare peft: {processor['ours'] / processor['bare peft']:.2f} by the processor's time")


def _utterances(clips: int, seconds: float) -> list[Utterance]:
    rng = np.random.default_rng(0)
    text, speech = int(TEXT_TOKENS_PER_SECOND * seconds), int(config.TOKEN_RATE * seconds)
    return [
        Utterance(
            f"clip {index}",
            tuple(rng.integers(0, SIZES.vocab_size, text).tolist()),
            tuple(rng.integers(0, SIZES.num_speech_tokens, speech).tolist()),
        )
        for index in range(clips)
    ]


def _our_step(recipe: LanguageModelRecipe, batch: Batch) -> Callable[[], StepTime]:
    torch.manual_seed(0)
    made = lm.SpeechLanguageModel(SIZES)
    for block in made.modules():
        if isinstance(block, lm.RMSNorm):
            nn.init.ones_(block.weight)
    model = recipe.prepare(made, SETTINGS)
    return _timed(model, lambda: recipe.compute_losses(model, batch).total)


def _bare_step(batch: Batch) -> Callable[[], StepTime]:
    torch.manual_seed(0)
    model = BareQwen2()
    options = LoraConfig(r=SETTINGS.rank, lora_alpha=int(SETTINGS.alpha), target_modules=list(TARGETS))
    inject_adapter_in_model(options, model)
    return _timed(model, lambda: model.loss(batch))


def _timed(model: nn.Module, loss: Callable[[], Tensor]) -> Callable[[], StepTime]:
    """Return a function that takes a step."""
    trained = list(_trained(model))
    optimizer = torch.optim.Adam(trained, SETTINGS.learning_rate)

    def step() -> StepTime:
        began_at, processor_at = time.perf_counter(), time.process_time()
        optimizer.zero_grad()
        loss().backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(trained, SETTINGS.clip_norm)
        optimizer.step()
        return StepTime(time.perf_counter() - began_at, time.process_time() - processor_at)

    return step


def _trained(model: nn.Module) -> Iterator[nn.Parameter]:
    return (parameter for parameter in model.parameters() if parameter.requires_grad)


def _planned(recipe: LanguageModelRecipe, items: list[Utterance]) -> int:
    with torch.device("meta"):
        model = lm.SpeechLanguageModel(SIZES)
    return plan_memory(recipe, recipe.prepare(model, SETTINGS), items).total


if __name__ == "__main__":
    main()
