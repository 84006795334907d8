"""Adapter files: small changes of a model's weights, with a card that says what they were made of and for.

An adapter is a folder with `adapter.safetensors` and `adapter.json`. Its tensors have the names of the published
checkpoint: `NAME.lora_A.weight` and `NAME.lora_B.weight` change `NAME.weight` by their product, any other tensor is the
trained one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from funaudio_core.errors import BadInput, WeightsMissing
from funaudio_core.runtime.atomic_files import replace_file
from funaudio_core.weights.store import sha256

Array = NDArray[Any]
TENSORS_FILE, CARD_FILE = "adapter.safetensors", "adapter.json"
FORMAT = 1  # of the card
_FIRST, _SECOND = ".lora_A.weight", ".lora_B.weight"


@dataclass(frozen=True, slots=True)
class AdapterCard:
    """Origin and purpose of an adapter.

    Attributes:
        name: Name for people.
        recipe: Name of the recipe that made it.
        base: Name of the model that it changes.
        base_sha256: SHA-256 of that model's files by name.
        targets: Last parts of the names of the changed layers.
        rank: Rank of LoRA; 0 for whole weights.
        alpha: Scale of LoRA times its rank.
        data: Summary of the training data, such as clips, seconds and languages; never the data.
        settings: Of the training.
        before: Losses and measures on held-out data without the adapter.
        after: The same with the adapter.
        consent: Consent of the speakers, in a sentence.
        licence: Licence of the adapter.
        date: Day on which it was made, as 2026-01-31.
        command: Command that makes it again.
        versions: Versions of the packages by name.
    """

    name: str
    recipe: str
    base: str
    base_sha256: Mapping[str, str]
    targets: tuple[str, ...] = ()
    rank: int = 0
    alpha: float = 0.0
    data: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    before: Mapping[str, float] = field(default_factory=dict)
    after: Mapping[str, float] = field(default_factory=dict)
    consent: str = ""
    licence: str = ""
    date: str = ""
    command: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Adapter:
    """Adapter in memory.

    Attributes:
        card: Its card.
        tensors: float32 arrays by name.
    """

    card: AdapterCard
    tensors: Mapping[str, Array]

    def weight_names(self) -> tuple[str, ...]:
        """Return the published names of the weights that it changes."""
        names = (name.replace(_FIRST, ".weight") for name in self.tensors if not name.endswith(_SECOND))
        return tuple(sorted(names))

    def change(self, name: str, weight: Array, strength: float = 1.0) -> Array:
        """Return a weight with the adapter's change; at strength 0 the weight itself.

        Args:
            name: Published name of the weight.
            weight: Weight of the base, float32.
            strength: Share of the change, 0 to 1.

        Raises:
            BadInput: The change has another shape than the weight.
        """
        if strength == 0:
            return weight
        stem = name.removesuffix(".weight")
        if name in self.tensors:
            difference = self.tensors[name] - weight if self.tensors[name].shape == weight.shape else None
        else:
            second, first = self.tensors[stem + _SECOND], self.tensors[stem + _FIRST]
            difference = second @ first * (self.card.alpha / self.card.rank)
        if difference is None or difference.shape != weight.shape:
            raise self.unfit_error(name)
        return weight + np.float32(strength) * difference

    def unfit_error(self, name: str) -> BadInput:
        """Return the error for a model whose weight `name` is missing or of another size."""
        return BadInput(
            "The adapter {adapter} does not fit the model: {name} is missing or has another size. "
            "Choose the model it was made for.",
            adapter=self.card.name,
            name=name,
        )


@dataclass(frozen=True, slots=True, eq=False)
class AdapterAtStrength:
    """Adapter as an engine uses it.

    Attributes:
        adapter: The adapter.
        strength: Share of its change, 0 to 1.
    """

    adapter: Adapter
    strength: float = 1.0


def save(folder: Path, adapter: Adapter) -> None:
    """Write an adapter; the card comes last, so that one that can be loaded is whole."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    (folder / CARD_FILE).unlink(missing_ok=True)
    tensors = {name: np.ascontiguousarray(value) for name, value in adapter.tensors.items()}
    save_file(tensors, folder / TENSORS_FILE)
    record = {"format": FORMAT, "sha256": sha256(folder / TENSORS_FILE), **asdict(adapter.card)}
    with replace_file(folder / CARD_FILE) as temporary:
        temporary.write_text(json.dumps(record, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def read_card(folder: Path) -> AdapterCard:
    """Return the card of an adapter.

    Raises:
        WeightsMissing: There is no readable card.
    """
    record = _record(folder)
    known = {entry.name for entry in fields(AdapterCard)}
    try:
        card = AdapterCard(
            **{**{name: record[name] for name in known & record.keys()}, "targets": tuple(record["targets"])}
        )
        is_readable = all(map(_is_text, (card.name, card.recipe, card.base, card.consent, card.licence, card.date)))
        is_readable &= all(isinstance(part, dict) for part in (card.base_sha256, card.data, card.before, card.after))
        is_readable &= isinstance(card.rank, int) and card.rank >= 0 and math.isfinite(card.alpha)
    except (KeyError, TypeError):
        raise _damaged(folder) from None
    if not is_readable:
        raise _damaged(folder)
    return card


def load(folder: Path) -> Adapter:
    """Return an adapter.

    Raises:
        WeightsMissing: A file is missing, or damaged.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    card, path = read_card(folder), folder / TENSORS_FILE
    if not path.is_file() or sha256(path) != _record(folder).get("sha256"):
        raise _damaged(folder)
    try:
        adapter = Adapter(card, load_file(path))
    except SafetensorError:
        raise _damaged(folder) from None
    if not all(_is_whole(adapter, name) for name in adapter.tensors):
        raise _damaged(folder)
    return adapter


def require_base(card: AdapterCard, base_sha256: Mapping[str, str]) -> None:
    """Raise BadInput unless the adapter was made for the model whose files have these SHA-256 sums, by name."""
    other = [name for name, expected in card.base_sha256.items() if base_sha256.get(name) != expected]
    if other or not card.base_sha256:
        raise BadInput(
            "The adapter {adapter} was made for {base}, and this model's file {file} is another one. "
            "Choose the model it was made for, or train it again on this one.",
            adapter=card.name,
            base=card.base,
            file=other[0] if other else "-",
        )


def _record(folder: Path) -> dict[str, Any]:
    try:
        record = json.loads((folder / CARD_FILE).read_bytes())
    except (OSError, ValueError):
        raise _damaged(folder) from None
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise _damaged(folder)
    return record


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_whole(adapter: Adapter, name: str) -> bool:
    """Return whether a tensor is of numbers, and a factor of LoRA has its other one, of the card's rank."""
    tensor, rank = adapter.tensors[name], adapter.card.rank
    if not np.issubdtype(tensor.dtype, np.floating):
        return False
    if not name.endswith((_FIRST, _SECOND)):
        return True
    other = adapter.tensors.get(
        name.replace(_FIRST, _SECOND) if name.endswith(_FIRST) else name.replace(_SECOND, _FIRST)
    )
    axis = 0 if name.endswith(_FIRST) else 1
    return other is not None and rank > 0 and tensor.ndim == 2 and tensor.shape[axis] == rank


def _damaged(folder: Path) -> WeightsMissing:
    return WeightsMissing(
        "{folder} holds no whole adapter: {card} or {tensors} is missing or damaged. Train it again, or copy it again.",
        folder=folder.name,
        card=CARD_FILE,
        tensors=TENSORS_FILE,
    )
