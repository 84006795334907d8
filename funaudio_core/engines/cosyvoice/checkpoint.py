"""Published .pt files into our modules, every tensor accounted for. Knows no model: names and shapes are the caller's.

The files of CosyVoice are flat dictionaries of float32 tensors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

from funaudio_core.errors import WeightsMissing
from funaudio_core.weights.tensors import read_tensors

M = TypeVar("M", bound=nn.Module)

_SHOWN = 3  # names that an error lists
# The two ways in which torch wrote a weight-normalised layer: magnitude, then direction.
_NORMED = ((".weight_g", ".weight_v"), (".parametrizations.weight.original0", ".parametrizations.weight.original1"))


def load(
    path: Path,
    build: Callable[[], M],
    sources: Mapping[str, Sequence[str]] | None = None,
    unused: AbstractSet[str] = frozenset(),
    prefix: str = "",
) -> M:
    """The module that build() makes, with the weights of a .pt file, float32 and on the CPU.

    Buffers that are no part of the file must not be computed while it is built: nothing has a value there. prefix:
    what some releases put before every name. sources, unused, errors: see fit().
    """
    with torch.device("meta"):  # no memory and no random numbers for weights that come from the file
        module = build()
    held = {name.removeprefix(prefix): tensor for name, tensor in read_tensors(path).items()}
    fit(module, folded(held), path, sources, unused)
    return module


def folded(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weight-normalised layers as plain ones: `X.weight` = magnitude * direction / |direction|, the rest as it is.

    The length is taken over all axes but the first (torch.nn.utils.weight_norm, dim 0), as both halves were written.
    A half without the other stays and is refused by fit().
    """
    plain = dict(tensors)
    for magnitude, direction in _NORMED:
        for name in [name.removesuffix(magnitude) for name in tensors if name.endswith(magnitude)]:
            if name + direction in tensors:
                size, way = plain.pop(name + magnitude), plain.pop(name + direction)
                length = way.flatten(1).norm(dim=1).view(-1, *[1] * (way.dim() - 1))
                plain[f"{name}.weight"] = way * (size / length)
    return plain


def fit(
    module: nn.Module,
    tensors: Mapping[str, Tensor],
    path: Path,
    sources: Mapping[str, Sequence[str]] | None = None,
    unused: AbstractSet[str] = frozenset(),
) -> None:
    """Put the tensors of a checkpoint into a module, which then only infers; it may have been built on "meta".

    sources: our name -> the checkpoint's; of several names the tensors are joined along the first axis. Whatever is
    left out has one name on both sides. unused: names that must be there and are not needed. path: told in errors.
    Raises WeightsMissing for a name too many or too few and for a tensor of another shape.
    """
    own = module.state_dict()
    table = {name: tuple((sources or {}).get(name, (name,))) for name in own}
    wanted = {source for names in table.values() for source in names} | unused
    unknown, absent = sorted(tensors.keys() - wanted), sorted(wanted - tensors.keys())
    if unknown or absent:
        raise WeightsMissing(
            "{path} belongs to another model: {unknown} tensors unknown, {absent} missing, such as "
            "{names}. Download the published file.",
            path=str(path),
            unknown=len(unknown),
            absent=len(absent),
            names=tuple([*unknown, *absent][:_SHOWN]),
        )
    fitting: dict[str, Tensor] = {}
    for name, names in table.items():
        parts = [tensors[source] for source in names]
        shape = _joined_shape(parts)
        if shape != own[name].shape:
            raise WeightsMissing(
                "{path} has {name} of size {given} instead of {expected}. Download the published file.",
                path=str(path),
                name=" + ".join(names),
                given=str(tuple(shape)),
                expected=str(tuple(own[name].shape)),
            )
        fitting[name] = parts[0] if len(parts) == 1 else torch.cat(parts)
    module.load_state_dict(fitting, assign=True)
    module.eval().requires_grad_(requires_grad=False)


def _joined_shape(parts: Sequence[Tensor]) -> torch.Size:
    """The shape of the parts one after the other; () where they don't go together."""
    if len({part.shape[1:] for part in parts}) > 1:
        return torch.Size()
    return torch.Size((sum(part.shape[0] for part in parts), *parts[0].shape[1:])) if parts[0].dim() else parts[0].shape
