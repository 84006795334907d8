"""Loading of FunASR's model.pt into our module; each tensor must find its place."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from funaudio_core.engines.sanm import checkpoint as sanm
from funaudio_core.engines.sanm.config import SanmConfig
from funaudio_core.engines.sensevoice.model import SenseVoiceModel
from funaudio_core.errors import WeightsMissing
from funaudio_core.weights.tensors import read_tensors

_MAX_NAMES = 3  # listed in an error


def tensor_names(config: SanmConfig) -> dict[str, tuple[str, ...]]:
    """Return FunASR's name of each tensor, mapped to ours: three names for queries, keys and values in one tensor."""
    encoder = {
        f"encoder.{funasr_name}": tuple(f"encoder.{name}" for name in names)
        for funasr_name, names in sanm.tensor_names(config).items()
    }
    return {
        "embed.weight": ("queries.weight",),
        "ctc.ctc_lo.weight": ("head.weight",),
        "ctc.ctc_lo.bias": ("head.bias",),
        **encoder,
    }


def convert(tensors: dict[str, Tensor], config: SanmConfig) -> dict[str, Tensor]:
    """Return the tensors of a FunASR checkpoint under our names.

    Raises:
        WeightsMissing: A name is unknown or missing.
    """
    names = tensor_names(config)
    unknown, absent = sorted(tensors.keys() - names.keys()), sorted(names.keys() - tensors.keys())
    if unknown or absent:
        raise WeightsMissing(
            "The checkpoint isn't SenseVoiceSmall: {unknown} tensors unknown, {absent} missing, such as "
            "{names}. Download the published model.pt and config.yaml.",
            unknown=len(unknown),
            absent=len(absent),
            names=tuple([*unknown, *absent][:_MAX_NAMES]),
        )
    state: dict[str, Tensor] = {}
    for funasr_name, targets in names.items():
        state.update(zip(targets, tensors[funasr_name].chunk(len(targets)), strict=True))
    return state


def publish(state: dict[str, Tensor], config: SanmConfig) -> dict[str, Tensor]:
    """Return our tensors as those of a FunASR checkpoint: the inverse of convert()."""
    names = tensor_names(config)
    return {funasr_name: torch.cat([state[name] for name in targets]) for funasr_name, targets in names.items()}


def load(path: Path, config: SanmConfig, vocabulary_size: int) -> SenseVoiceModel:
    """Load the model with the weights of a FunASR model.pt, in float32 and on the CPU. Only tensors are unpickled.

    Raises:
        WeightsMissing: The file contains anything else, or does not fit the config.
    """
    with torch.device("meta"):  # don't allocate or initialise weights that the file replaces
        model = SenseVoiceModel(config, vocabulary_size)
    state = convert(read_tensors(path, sanm.STATE_DICT_KEY), config)
    mismatched = [name for name, tensor in model.state_dict().items() if tensor.shape != state[name].shape]
    if mismatched:
        raise WeightsMissing(
            "{path} has {count} tensors whose size doesn't match config.yaml, such as {name}: {given} "
            "instead of {expected}. Use both files from the same release.",
            path=str(path),
            count=len(mismatched),
            name=mismatched[0],
            given=str(tuple(state[mismatched[0]].shape)),
            expected=str(tuple(model.state_dict()[mismatched[0]].shape)),
        )
    model.load_state_dict(state, assign=True)
    return model
