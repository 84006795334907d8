"""Voices that CosyVoice keeps in spk2info.pt: tensors by name, of speakers it was trained on or met before.

Knows no model. The releases of versions 2 and 3 come without; CosyVoice's save_spkinfo writes one.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from funaudio_core.engines.cosyvoice.config import MELS, SPEAKER
from funaudio_core.engines.cosyvoice.prompt import Prompt, aligned
from funaudio_core.errors import WeightsMissing

FILE = "spk2info.pt"


@dataclass(frozen=True, eq=False, slots=True)
class Saved:
    """A voice. prompt: without tokens and mel where only its embedding was kept. transcript: ids of what is said."""

    prompt: Prompt
    transcript: tuple[int, ...]


def read(path: Path) -> dict[str, Saved]:
    """The voices by name; none where there is no such file. Only tensors and plain values are unpickled.

    Raises WeightsMissing for any other content.
    """
    if not path.is_file():
        return {}
    import torch

    try:
        held = torch.load(path, map_location="cpu", weights_only=True)
        return {str(name): _saved(row) for name, row in held.items()}
    except pickle.UnpicklingError as error:
        raise _unreadable(path, "it contains more than tensors and plain values") from error
    except (RuntimeError, EOFError, AttributeError) as error:
        raise _unreadable(path, (str(error).splitlines() or [type(error).__name__])[0]) from error
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable(path, f"{type(error).__name__}: {error}") from error


def _saved(row: Mapping[str, object]) -> Saved:
    """One voice: an embedding alone, or all that zero-shot speech goes on from. Raises KeyError, TypeError, ValueError.

    A voice of the second kind has its embedding twice; both are the same.
    """
    speaker = _array(row["flow_embedding" if "flow_embedding" in row else "embedding"]).astype(np.float32)
    if speaker.size != SPEAKER:
        raise ValueError(f"a speaker embedding has {speaker.size} values instead of {SPEAKER}")
    if "flow_prompt_speech_token" not in row:
        nothing = np.zeros((0, MELS), np.float32)
        return Saved(Prompt(np.zeros(0, np.int64), nothing, speaker.reshape(SPEAKER)), ())
    tokens = _array(row["flow_prompt_speech_token"]).astype(np.int64).reshape(-1)
    mel = _array(row["prompt_speech_feat"]).astype(np.float32).reshape(-1, MELS)
    text = _array(row["prompt_text"]).reshape(-1)
    return Saved(aligned(tokens, mel, speaker.reshape(SPEAKER)), tuple(map(int, text)))


def _array(value: object) -> NDArray[np.generic]:
    from torch import Tensor

    if not isinstance(value, Tensor):
        raise TypeError(f"found {type(value).__name__} instead of a tensor")
    return value.numpy()


def _unreadable(path: Path, reason: str) -> WeightsMissing:
    return WeightsMissing(
        "{path} contains no readable voices: {reason}. Save it again with CosyVoice, or remove it.",
        path=str(path),
        reason=reason,
    )
