"""Parts that commands of `python -m funaudio_core.training` share: settings as options, a run and its adapter."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import TypeVar

from accelerate import PartialState

from funaudio_core.engines.adapted import links
from funaudio_core.training.loop import train
from funaudio_core.training.recipe import ItemT, Recipe, TrainingSettings
from funaudio_core.training.result import make_adapter
from funaudio_core.weights import adapters
from funaudio_core.weights.adapters import Adapter, AdapterCard

HELD_OUT_SHARE = 0.1  # of the items
T = TypeVar("T")
_CHOICES = {"method": ("lora", "head", "all"), "precision": ("no", "bf16", "fp16")}
_NUMBERS = ("learning_rate", "epochs", "rank", "alpha", "patience", "max_batch_length", "accumulate", "seed")


def add_options(parser: argparse.ArgumentParser, defaults: TrainingSettings) -> None:
    """Add the options of a training: its settings, and what stands on the card of the adapter."""
    parser.add_argument("--name", default="", help="name of the adapter; default: that of the folder")
    parser.add_argument("--consent", required=True, help="sentence that says who allowed the use of the recordings")
    parser.add_argument("--licence", default="", help="licence of the result")
    for name, choices in _CHOICES.items():
        parser.add_argument(f"--{name}", choices=choices, default=getattr(defaults, name))
    parser.add_argument("--shards", action="store_true", help="divide the weights among the processes (FSDP)")
    for name in _NUMBERS:
        value = getattr(defaults, name)
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)


def hold_out(items: Sequence[T], share: float = HELD_OUT_SHARE) -> tuple[Sequence[T], Sequence[T]]:
    """Return the items to learn from, and the last ones, which are held out: at least one of two."""
    count = min(len(items) - 1, max(1, round(share * len(items))))
    return items[: len(items) - count], items[len(items) - count :]


def read_settings(options: argparse.Namespace) -> TrainingSettings:
    """Return the settings of add_options()."""
    names = [entry.name for entry in fields(TrainingSettings) if hasattr(options, entry.name)]
    return TrainingSettings(**{name: getattr(options, name) for name in names})


def train_adapter(
    recipe: Recipe[ItemT],
    items: Sequence[ItemT],
    held_out: Sequence[ItemT],
    options: argparse.Namespace,
    card: AdapterCard,
) -> Adapter | None:
    """Train, or go on with a training in the same folder; print its progress, and write the adapter.

    Of several processes, the main one prints and writes.

    Args:
        recipe: What is trained.
        items: Items to learn from.
        held_out: Items that are only measured.
        options: Of add_options(), and the folder `out`.
        card: Base and data of the adapter; the rest is filled in.

    Returns:
        The adapter; None in the other processes.

    Raises:
        BadInput: See train().
    """
    settings, folder = read_settings(options), options.out / "run"
    for progress in train(recipe, items, held_out, settings, folder):
        if not PartialState().is_main_process:
            continue
        values = {**progress.losses, **{f"held-out {name}": value for name, value in progress.held_out.items()}}
        shown = ", ".join(f"{name} {value:.3f}" for name, value in values.items())
        print(f"step {progress.step} of {progress.total_steps}, epoch {progress.epoch}: {shown}", flush=True)
    if not PartialState().is_main_process:
        return None
    described = replace(
        card,
        name=options.name or options.out.name,
        recipe=recipe.name,
        consent=options.consent,
        licence=options.licence,
        command=shlex.join(sys.argv),
    )
    adapter = make_adapter(described, settings, folder)
    adapters.save(options.out, adapter)
    print(f"Adapter: {options.out}\nModel on this machine: {links.publish(options.out)}")
    print("To offer it to everybody, copy its folder into the folder FUNAUDIO_ADAPTERS_DIR.")
    for name, before in adapter.card.before.items():
        print(f"held-out {name}: {before:.3f} before, {adapter.card.after[name]:.3f} after")
    return adapter
