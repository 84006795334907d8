"""Adapter of a finished run, with its card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from funaudio_core.training import run_files
from funaudio_core.training.recipe import TrainingSettings
from funaudio_core.weights.adapters import Adapter, AdapterCard

_PACKAGES = ("torch", "peft", "transformers", "accelerate")  # whose versions are on the card


def make_adapter(card: AdapterCard, settings: TrainingSettings, folder: Path) -> Adapter:
    """Return the adapter of a run.

    Args:
        card: Name, recipe, base, data, consent, licence and command; the rest is filled in.
        settings: Of the run.
        folder: Of the run.
    """
    tensors = {name: tensor.float().numpy() for name, tensor in run_files.read_best(folder).items()}
    before, after = measures(folder)
    is_lora = settings.method == "lora"
    targets = {_layer_name(name.split(".lora_")[0]) for name in tensors} if is_lora else set(tensors)
    filled = replace(
        card,
        targets=tuple(sorted(targets)),
        rank=settings.rank if is_lora else 0,
        alpha=settings.alpha if is_lora else 0.0,
        settings=asdict(settings),
        before=before,
        after=after,
        date=datetime.now(UTC).date().isoformat(),
        versions={name: metadata.version(name) for name in _PACKAGES},
    )
    return Adapter(filled, tensors)


def measures(folder: Path) -> tuple[Mapping[str, float], Mapping[str, float]]:
    """Return the held-out loss and measures of the base and of the best weights; {} before they are measured."""
    rows = [row for row in run_files.read_history(folder) if row.held_out]
    best = [row.held_out for row in rows if row.is_best]
    return (rows[0].held_out, best[-1]) if best else ({}, {})


def _layer_name(name: str) -> str:
    """Return the last part of a layer's name, with the one before if it is a number, such as "to_out.0"."""
    *_, before, last = name.split(".")
    return f"{before}.{last}" if last.isdigit() else last
