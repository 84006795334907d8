"""A training step of CosyVoice's language model at full size, next to those of the public code and of bare peft.

`python -m bench.training [--reference FOLDER] [--method lora] [--seconds 5.6] [--clips 1] [--steps 5]`. FOLDER is a
checkout of FunAudioLLM/CosyVoice, whose own model and loss take the same steps; the bare one is transformers' Qwen2
with peft. The weights are random, which does not change the time. All take the same token ids, targets, rank and
optimizer, and their steps alternate in one process. Times are medians, by the clock and of the processor; with
FUNAUDIO_THREADS=1 the latter hardly depends on other work. The memory is the most that a process with one of them alone
has taken up until its second step was done.
"""

from __future__ import annotations

import importlib
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np
import torch
from peft import LoraConfig, inject_adapter_in_model
from torch import Tensor, nn
from torch.nn import functional
from transformers import Qwen2Config, Qwen2ForCausalLM, Qwen2Model

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
INSTRUCTION_TOKENS = 8
OURS = "ours"


def _qwen_config() -> Qwen2Config:
    return Qwen2Config(
        vocab_size=SIZES.vocab_rows,
        hidden_size=SIZES.hidden_size,
        num_hidden_layers=SIZES.num_layers,
        num_attention_heads=SIZES.num_heads,
        num_key_value_heads=SIZES.num_kv_heads,
        intermediate_size=SIZES.intermediate_size,
        rope_parameters={"rope_type": "default", "rope_theta": SIZES.rope_theta},
        tie_word_embeddings=True,
    )


@dataclass(frozen=True, slots=True)
class StepTime:
    """Seconds of a step, by the clock and of the processor."""

    clock: float
    processor: float


class BareQwen2(nn.Module):
    """The published model of transformers' parts."""

    def __init__(self) -> None:
        super().__init__()
        self.body = Qwen2Model(_qwen_config())
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
    parser.add_argument("--reference", type=Path, help="checkout of the public CosyVoice")
    parser.add_argument("--method", choices=("lora", "all"), default="lora")
    parser.add_argument("--seconds", type=float, default=5.6, help="length of a clip")
    parser.add_argument("--clips", type=int, default=1, help="clips in a batch")
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--alone", default="", help="take two steps of one of them, and print the memory")
    arguments = parser.parse_args()
    torch.set_num_threads(settings.read().threads)
    recipe = replace(LanguageModelRecipe(Path("llm.pt"), SIZES), turns_share=0.0)
    items = _utterances(arguments.clips, arguments.seconds)
    chosen = replace(SETTINGS, method=arguments.method)
    makers: dict[str, Callable[[], Callable[[], StepTime]]] = {
        OURS: lambda: _our_step(recipe, items, chosen),
        "public code": lambda: _public_step(arguments.reference, items, chosen),
        "bare peft": lambda: _bare_step(recipe, items, chosen),
    }
    if arguments.reference is None:
        del makers["public code"]
    if arguments.alone:
        step = makers[arguments.alone]()
        step(), step()
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RSS_UNIT_BYTES)
        return
    memory = {name: _memory_alone(name) for name in makers}
    print(f"{_planned(recipe, items, chosen) / 1e9:.2f} GB planned for our step", flush=True)
    steps = {name: make() for name, make in makers.items()}
    for step in steps.values():
        step()  # which also allocates the optimizer's state
    measured: dict[str, list[StepTime]] = {name: [] for name in steps}
    for _ in range(arguments.steps):
        for name, step in steps.items():
            measured[name].append(step())
    tokens = sum(map(recipe.length, items))
    _show(measured, memory, tokens)


def _show(measured: dict[str, list[StepTime]], memory: dict[str, int], tokens: int) -> None:
    """Print a line for each of them, and our speed and memory as shares of theirs."""
    processor = {name: median(row.processor for row in rows) for name, rows in measured.items()}
    for name, rows in measured.items():
        clock = median(row.clock for row in rows)
        print(
            f"{name}: {clock:.2f} s a step, {processor[name]:.2f} s of the processor, "
            f"{tokens / processor[name]:.0f} tokens a second of it, {memory[name] / 1e9:.2f} GB at most"
        )
    for name in measured:
        if name != OURS:
            speed, share = processor[name] / processor[OURS], memory[OURS] / memory[name]
            print(f"against {name}: {speed:.2f} times the tokens a second, {share:.2f} times the memory")


def _memory_alone(name: str) -> int:
    """Return the most memory of a process with one of them, in bytes."""
    command = [sys.executable, "-m", "bench.training", *sys.argv[1:], "--alone", name]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])


def _utterances(clips: int, seconds: float) -> list[Utterance]:
    rng = np.random.default_rng(0)
    text, speech = int(TEXT_TOKENS_PER_SECOND * seconds), int(config.TOKEN_RATE * seconds)
    return [
        Utterance(
            f"clip {index}",
            tuple(rng.integers(0, SIZES.vocab_size, text).tolist()),
            tuple(rng.integers(0, config.NUM_SPEECH_TOKENS, speech).tolist()),
            tuple(rng.integers(0, SIZES.vocab_size, INSTRUCTION_TOKENS).tolist()),
        )
        for index in range(clips)
    ]


def _our_step(recipe: LanguageModelRecipe, items: list[Utterance], chosen: TrainingSettings) -> Callable[[], StepTime]:
    batch = recipe.collate(items, np.random.default_rng(0))
    torch.manual_seed(0)
    made = lm.SpeechLanguageModel(SIZES)
    for block in made.modules():
        if isinstance(block, lm.RMSNorm):
            nn.init.ones_(block.weight)
    model = recipe.prepare(made, chosen)
    return _timed(model, lambda: recipe.compute_losses(model, batch).total)


def _bare_step(recipe: LanguageModelRecipe, items: list[Utterance], chosen: TrainingSettings) -> Callable[[], StepTime]:
    batch = recipe.collate(items, np.random.default_rng(0))
    torch.manual_seed(0)
    model = BareQwen2()
    _add_lora(model, chosen)
    return _timed(model, lambda: model.loss(batch))


def _public_step(folder: Path, items: list[Utterance], chosen: TrainingSettings) -> Callable[[], StepTime]:
    """Return a step of the public model and loss, in which the text comes first."""
    sys.path.insert(0, str(folder))
    public = importlib.import_module("cosyvoice.llm.llm")
    public.random.random = lambda: 1.0  # draws no sequence in turns
    encoder = public.Qwen2Encoder.__new__(public.Qwen2Encoder)
    nn.Module.__init__(encoder)
    torch.manual_seed(0)
    encoder.model = Qwen2ForCausalLM(_qwen_config())  # in place of weights that the class would read from a folder
    model = public.CosyVoice3LM(SIZES.hidden_size, SIZES.hidden_size, config.NUM_SPEECH_TOKENS, encoder, None)
    _add_lora(model, chosen)
    batch = {
        **_padded("text_token", [item.text for item in items]),
        **_padded("speech_token", [item.speech for item in items]),
        **_padded("instruct_token", [item.instruction for item in items]),
    }
    return _timed(model, lambda: model(batch, torch.device("cpu"))["loss"])


def _padded(name: str, rows: Sequence[Sequence[int]]) -> dict[str, Tensor]:
    tensors = [torch.tensor(row) for row in rows]
    lengths = torch.tensor([len(row) for row in rows], dtype=torch.int32)
    return {name: nn.utils.rnn.pad_sequence(tensors, batch_first=True), f"{name}_len": lengths}


def _add_lora(model: nn.Module, chosen: TrainingSettings) -> None:
    if chosen.method == "lora":
        options = LoraConfig(r=chosen.rank, lora_alpha=int(chosen.alpha), target_modules=list(TARGETS))
        inject_adapter_in_model(options, model)


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


def _planned(recipe: LanguageModelRecipe, items: list[Utterance], chosen: TrainingSettings) -> int:
    with torch.device("meta"):
        model = lm.SpeechLanguageModel(SIZES)
    return plan_memory(recipe, recipe.prepare(model, chosen), items).total


if __name__ == "__main__":
    main()
