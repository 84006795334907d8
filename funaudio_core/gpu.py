"""Whether there is an accelerator. Knows no engine."""

from __future__ import annotations

from functools import cache

from funaudio_core import settings


@cache
def available() -> bool:
    """Whether models of the full tier find a GPU here; on a ZeroGPU Space one is lent for each call."""
    if settings.read().zerogpu:
        return True
    import torch

    return torch.cuda.is_available()
