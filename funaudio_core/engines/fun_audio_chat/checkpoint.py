"""Loading of the published folder: config.json and safetensors files, each tensor of which must find its place."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import Tensor

from funaudio_core.engines.cosyvoice.checkpoint import load_tensors
from funaudio_core.engines.fun_audio_chat.config import AudioChatConfig, read_config
from funaudio_core.engines.fun_audio_chat.files import CONFIG_FILE
from funaudio_core.engines.fun_audio_chat.model import AudioChatModel
from funaudio_core.errors import WeightsMissing
from funaudio_core.weights.adapters import Adapter
from funaudio_core.weights.tensors import merge_adapter

_INDEX_FILE, _SINGLE_FILE = "model.safetensors.index.json", "model.safetensors"


def load(folder: Path, adapter: Adapter | None = None) -> AudioChatModel:
    """Load the model on the CPU, in the dtype of the files, which stay memory-mapped until the model is moved.

    Args:
        folder: The folder.
        adapter: Changes the weights; None for those of the files.

    Raises:
        BadInput: The adapter doesn't fit.
        WeightsMissing: A file is missing or damaged, or the tensors don't fit the config.
    """
    model = build(read_config(folder / CONFIG_FILE))
    tensors = _read_tensors(folder)
    load_tensors(model, tensors if adapter is None else merge_adapter(tensors, adapter), folder)
    model.rebuild_tables()
    return model


def build(config: AudioChatConfig) -> AudioChatModel:
    """Build the model on the "meta" device, which takes no memory."""
    with torch.device("meta"):
        return AudioChatModel(config)


def _read_tensors(folder: Path) -> dict[str, Tensor]:
    """Return all tensors of the safetensors files, by name."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    tensors: dict[str, Tensor] = {}
    try:
        index = folder / _INDEX_FILE
        names = json.loads(index.read_text("utf-8"))["weight_map"].values() if index.is_file() else [_SINGLE_FILE]
        for name in sorted(set(names)):
            tensors |= load_file(folder / Path(name).name)
    except (OSError, ValueError, KeyError, AttributeError, SafetensorError) as error:
        raise WeightsMissing(
            "The weights in {folder} can't be read ({error}). Download the published files.",
            folder=str(folder),
            error=(str(error).splitlines() or [type(error).__name__])[0],
        ) from error
    return tensors
