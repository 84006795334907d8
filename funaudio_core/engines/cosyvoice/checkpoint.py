"""Loading of the published .pt files: flat dictionaries of float32 tensors, each of which must find its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

from funaudio_core.errors import WeightsMissing
from funaudio_core.weights.adapters import AdapterAtStrength, require_base
from funaudio_core.weights.store import sha256
from funaudio_core.weights.tensors import merge_adapter, read_tensors

M = TypeVar("M", bound=nn.Module)

_MAX_NAMES = 3  # listed in an error
# The suffixes that torch has used for a weight-normalised layer: magnitude, direction.
_WEIGHT_NORM_SUFFIXES = (
    (".weight_g", ".weight_v"),
    (".parametrizations.weight.original0", ".parametrizations.weight.original1"),
)


def load(
    path: Path,
    build: Callable[[], M],
    sources: Mapping[str, Sequence[str]] | None = None,
    unused: AbstractSet[str] = frozenset(),
    prefix: str = "",
    adapter: AdapterAtStrength | None = None,
) -> M:
    """Build a module and load its weights from a .pt file, in float32 and on the CPU.

    Args:
        path: The checkpoint.
        build: Returns the module. It runs on the "meta" device, so it must not compute buffers that the file lacks.
        sources: Our name of a tensor to its names in the file; see load_tensors().
        unused: Names in the file that the module does not need.
        prefix: What some releases put in front of every name.
        adapter: Changes the weights; None for those of the file.

    Returns:
        The module in evaluation mode, without gradients.

    Raises:
        WeightsMissing: The file does not fit the module.
        BadInput: The adapter was made for another file.
    """
    with torch.device("meta"):  # don't allocate or initialise weights that the file replaces
        module = build()
    tensors = {name.removeprefix(prefix): tensor for name, tensor in read_tensors(path).items()}
    if adapter is not None:
        require_base(adapter.adapter.card, {path.name: sha256(path)})
        tensors = merge_adapter(tensors, adapter.adapter, adapter.strength)
    load_tensors(module, fold_weight_norm(tensors), path, sources, unused)
    return module


def fold_weight_norm(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Replace weight-normalised layers by plain ones: `X.weight` = magnitude * direction / |direction|.

    The norm is taken over all axes but the first (torch.nn.utils.weight_norm with dim=0). A magnitude without its
    direction, or the reverse, is left alone; load_tensors() then rejects it.
    """
    folded = dict(tensors)
    for magnitude, direction in _WEIGHT_NORM_SUFFIXES:
        for name in [name.removesuffix(magnitude) for name in tensors if name.endswith(magnitude)]:
            if name + direction in tensors:
                norm, vector = folded.pop(name + magnitude), folded.pop(name + direction)
                scale = vector.flatten(1).norm(dim=1).view(-1, *[1] * (vector.dim() - 1))
                folded[f"{name}.weight"] = vector * (norm / scale)
    return folded


def load_tensors(
    module: nn.Module,
    tensors: Mapping[str, Tensor],
    path: Path,
    sources: Mapping[str, Sequence[str]] | None = None,
    unused: AbstractSet[str] = frozenset(),
) -> None:
    """Load the tensors of a checkpoint into a module, which may have been built on the "meta" device.

    Args:
        module: Gets the tensors; afterwards it is in evaluation mode, without gradients.
        tensors: The checkpoint, weight norms folded.
        path: Its path, for error messages.
        sources: Our name of a tensor to its names in the checkpoint; several are concatenated along the first axis.
            Tensors that are not listed have the same name on both sides.
        unused: Names that must be in the checkpoint but are not needed.

    Raises:
        WeightsMissing: A name is unknown or missing, or a tensor has the wrong shape.
    """
    ours = module.state_dict()
    names_by_tensor = {name: tuple((sources or {}).get(name, (name,))) for name in ours}
    expected = {source for names in names_by_tensor.values() for source in names} | unused
    unknown, absent = sorted(tensors.keys() - expected), sorted(expected - tensors.keys())
    if unknown or absent:
        raise WeightsMissing(
            "{path} belongs to another model: {unknown} tensors unknown, {absent} missing, such as "
            "{names}. Download the published file.",
            path=str(path),
            unknown=len(unknown),
            absent=len(absent),
            names=tuple([*unknown, *absent][:_MAX_NAMES]),
        )
    state: dict[str, Tensor] = {}
    for name, names in names_by_tensor.items():
        parts = [tensors[source] for source in names]
        shape = _joined_shape(parts)
        if shape != ours[name].shape:
            raise WeightsMissing(
                "{path} has {name} of size {given} instead of {expected}. Download the published file.",
                path=str(path),
                name=" + ".join(names),
                given=str(tuple(shape)),
                expected=str(tuple(ours[name].shape)),
            )
        state[name] = parts[0] if len(parts) == 1 else torch.cat(parts)
    module.load_state_dict(state, assign=True)
    module.eval().requires_grad_(requires_grad=False)


def _joined_shape(parts: Sequence[Tensor]) -> torch.Size:
    """Return the shape of the parts concatenated along the first axis; () if they don't fit together."""
    if len({part.shape[1:] for part in parts}) > 1:
        return torch.Size()
    return torch.Size((sum(part.shape[0] for part in parts), *parts[0].shape[1:])) if parts[0].dim() else parts[0].shape
