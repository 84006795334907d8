"""Narrow random models of CosyVoice, with the ids of their version. Knows no test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from funaudio_core.engines.cosyvoice import layout, lm
from tests import synthetic


def one_thread() -> Iterator[None]:
    """Body of a fixture. Small products: threads would wait for each other longer than they work."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def tiny(version: layout.Version, longest: int = 4096) -> lm.SpeechLanguageModel:
    """A narrow model of random weights with the ids of its version."""
    sizes = replace(layout.LAYOUTS[version].language, text=300, blocks=2, longest=longest)
    sizes = replace(sizes, hidden=32, heads=4, pairs=2, head=8, feed=48)
    torch.manual_seed(0)
    made = lm.SpeechLanguageModel(sizes)
    for name, weight in made.named_parameters():
        weight.data = synthetic.tensor(f"embedding.{name}" if weight.dim() == 1 else name, weight.shape)
    return made.requires_grad_(requires_grad=False)


def prefer(model: lm.SpeechLanguageModel, *ids: int, by: float = 100.0) -> lm.SpeechLanguageModel:
    """The model with some ids far likelier than they were."""
    plain = model.logits

    def logits(rows: Tensor) -> Tensor:
        found = plain(rows)
        found[..., list(ids)] += by
        return found

    model.logits = logits  # type: ignore[method-assign]
    return model
