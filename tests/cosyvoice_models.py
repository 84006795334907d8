"""Narrow random CosyVoice models with the ids of their version."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from funaudio_core import settings
from funaudio_core.engines.cosyvoice import config, lm
from funaudio_core.gpu import device
from tests import synthetic


def one_thread() -> Iterator[None]:
    """Run torch with one thread, as a fixture: with small products several threads mostly wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def one_thread_on_the_cpu() -> Iterator[None]:
    """Run whole engines on the CPU with one thread in all runtimes, as a fixture."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUNAUDIO_THREADS", "1")
        patch.setattr(device, "has_gpu", lambda: False)
        settings.read.cache_clear()
        yield from one_thread()
    settings.read.cache_clear()


def tiny(version: config.Version, longest: int = 4096) -> lm.SpeechLanguageModel:
    """Return a narrow model with random weights."""
    sizes = replace(config.CONFIGS[version].lm, vocab_rows=300, num_layers=2, max_positions=longest)
    sizes = replace(sizes, hidden_size=32, num_heads=4, num_kv_heads=2, head_dim=8, intermediate_size=48)
    torch.manual_seed(0)
    model = lm.SpeechLanguageModel(sizes)
    for name, weight in model.named_parameters():
        weight.data = synthetic.tensor(f"embedding.{name}" if weight.dim() == 1 else name, weight.shape)
    return model.requires_grad_(requires_grad=False)


def prefer(model: lm.SpeechLanguageModel, *ids: int, by: float = 100.0) -> lm.SpeechLanguageModel:
    """Make some ids far more likely."""
    original = model.logits

    def logits(rows: Tensor) -> Tensor:
        result = original(rows)
        result[..., list(ids)] += by
        return result

    model.logits = logits  # type: ignore[method-assign]
    return model
