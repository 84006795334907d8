"""Export of a trained model in the published layout, which the public code loads too."""

from __future__ import annotations

from pathlib import Path

import torch

from funaudio_core.runtime.atomic_files import replace_file
from funaudio_core.weights.adapters import AdapterAtStrength, require_base
from funaudio_core.weights.store import sha256
from funaudio_core.weights.tensors import merge_adapter, read_tensors

_TEXT_EMBEDDING, _TEXT_HEAD = "llm.model.model.embed_tokens.weight", "llm.model.lm_head.weight"


def export_checkpoint(base: Path, adapter: AdapterAtStrength, target: Path) -> None:
    """Write the base with an adapter, with the names of the base and no others.

    Args:
        base: llm.pt or flow.pt, for which the adapter was made.
        adapter: The adapter.
        target: File to write.

    Raises:
        BadInput: The adapter was made for another file.
    """
    require_base(adapter.adapter.card, {base.name: sha256(base)})
    tensors = merge_adapter(read_tensors(base), adapter.adapter, adapter.strength)
    if _TEXT_EMBEDDING in adapter.adapter.weight_names():  # the head is tied to it
        tensors[_TEXT_HEAD] = tensors[_TEXT_EMBEDDING]
    with replace_file(target) as temporary:
        torch.save(tensors, temporary)
