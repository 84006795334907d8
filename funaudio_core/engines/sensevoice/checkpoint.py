"""FunASR's model.pt into our module, every tensor accounted for. Knows nothing of sound or text."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from funaudio_core.engines.sanm import checkpoint as sanm
from funaudio_core.engines.sanm.config import Layout
from funaudio_core.engines.sensevoice.model import SenseVoice
from funaudio_core.errors import WeightsMissing
from funaudio_core.weights.tensors import read_tensors

_SHOWN = 3  # names that an error lists


def names(layout: Layout) -> dict[str, tuple[str, ...]]:
    """FunASR's name of each tensor -> ours; three names where one tensor holds queries, keys and values."""
    encoder = {
        f"encoder.{theirs}": tuple(f"encoder.{name}" for name in ours) for theirs, ours in sanm.names(layout).items()
    }
    return {
        "embed.weight": ("queries.weight",),
        "ctc.ctc_lo.weight": ("head.weight",),
        "ctc.ctc_lo.bias": ("head.bias",),
        **encoder,
    }


def convert(theirs: dict[str, Tensor], layout: Layout) -> dict[str, Tensor]:
    """The tensors of a FunASR checkpoint under our names. Raises WeightsMissing for any name too many or too few."""
    table = names(layout)
    unknown, absent = sorted(theirs.keys() - table.keys()), sorted(table.keys() - theirs.keys())
    if unknown or absent:
        raise WeightsMissing(
            "The checkpoint isn't SenseVoiceSmall: {unknown} tensors unknown, {absent} missing, such as "
            "{names}. Download the published model.pt and config.yaml.",
            unknown=len(unknown),
            absent=len(absent),
            names=tuple([*unknown, *absent][:_SHOWN]),
        )
    ours: dict[str, Tensor] = {}
    for name, targets in table.items():
        ours.update(zip(targets, theirs[name].chunk(len(targets)), strict=True))
    return ours


def load(path: Path, layout: Layout, pieces: int) -> SenseVoice:
    """The model with the weights of a FunASR model.pt, float32, on the CPU.

    Only tensors are unpickled. Raises WeightsMissing where the file holds anything else or does not fit the layout.
    """
    with torch.device("meta"):  # no memory and no random numbers for weights that come from the file
        model = SenseVoice(layout, pieces)
    ours = convert(read_tensors(path, sanm.WHOLE), layout)
    wrong = [name for name, own in model.state_dict().items() if own.shape != ours[name].shape]
    if wrong:
        raise WeightsMissing(
            "{path} has {count} tensors whose size doesn't match config.yaml, such as {name}: {given} "
            "instead of {expected}. Use both files from the same release.",
            path=str(path),
            count=len(wrong),
            name=wrong[0],
            given=str(tuple(ours[wrong[0]].shape)),
            expected=str(tuple(model.state_dict()[wrong[0]].shape)),
        )
    model.load_state_dict(ours, assign=True)
    return model
