"""Comparison of a training step with the reference's: losses, gradients and losses after some steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from funaudio_core.training.lora import plain_name
from tests.conftest import ROOT

GOLDEN = ROOT / "tests" / "golden" / "training"
LOSS, GRADIENT = 1e-5, 1e-4  # largest relative differences; see the README of the golden outputs
ZERO = 1e-9  # norm below which a gradient is rounding alone: 3e-11 in the biases of keys, which cancel; others 1e-4
NUM_SAMPLES = 16  # of each gradient

Golden = Mapping[str, NDArray[Any]]


def read(name: str) -> Golden:
    """Return the arrays of a file of golden outputs."""
    return dict(np.load(GOLDEN / f"{name}.npz"))


def check_gradients(
    golden: Golden, case: str, loss: Callable[[], Tensor], gradients: Mapping[str, nn.Parameter]
) -> None:
    """Check loss and gradients.

    Args:
        golden: Golden outputs.
        case: Prefix of the case.
        loss: Computes the loss.
        gradients: All trained parameters by the reference's name.
    """
    value = loss()
    value.backward()  # type: ignore[no-untyped-call]
    assert value.item() == pytest.approx(float(golden[f"{case}_loss"]), rel=LOSS)
    names = [plain_name(name) for name in golden[f"{case}_grad_names"].tolist()]
    found = {name: parameter.grad for name, parameter in gradients.items()}
    assert set(found) == set(names)
    norms = torch.stack([found[name].norm() for name in names]).numpy()  # type: ignore[union-attr]
    np.testing.assert_allclose(norms, golden[f"{case}_grad_norms"], rtol=GRADIENT, atol=ZERO)
    if f"{case}_grad_samples" in golden:
        for name, expected in zip(names, golden[f"{case}_grad_samples"], strict=True):
            flat = found[name].flatten()  # type: ignore[union-attr]
            samples = flat[torch.linspace(0, len(flat) - 1, NUM_SAMPLES).long()].numpy()
            np.testing.assert_allclose(samples, expected, rtol=1e-3, atol=GRADIENT * np.abs(expected).max() + ZERO)


def check_steps(golden: Golden, case: str, loss: Callable[[], Tensor], parameters: list[nn.Parameter]) -> None:
    """Check the losses after one step of SGD and after three of Adam, each from the same start, to which it returns."""
    start = [parameter.detach().clone() for parameter in parameters]
    rate = float(golden[f"{case}_lr_sgd"])
    for optimizer, steps, name in (
        (torch.optim.SGD(parameters, rate), 1, "sgd"),
        (torch.optim.Adam(parameters, 1e-4), 3, "adam3"),
    ):
        for _ in range(steps):
            optimizer.zero_grad()
            loss().backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        with torch.no_grad():
            after = loss().item()
            for parameter, value in zip(parameters, start, strict=True):
                parameter.copy_(value)
        optimizer.zero_grad()
        assert after == pytest.approx(float(golden[f"{case}_loss_after_{name}"]), rel=GRADIENT)
