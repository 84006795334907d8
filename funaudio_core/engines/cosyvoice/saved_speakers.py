"""Speakers saved in spk2info.pt by CosyVoice's `save_spkinfo`; the releases of versions 2 and 3 have no such file."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from funaudio_core.engines.cosyvoice.config import NUM_MELS, SPEAKER_DIM
from funaudio_core.engines.cosyvoice.prompt import Prompt, align
from funaudio_core.errors import WeightsMissing

FILE_NAME = "spk2info.pt"


@dataclass(frozen=True, eq=False, slots=True)
class SavedSpeaker:
    """Saved speaker.

    Attributes:
        prompt: Its prompt; tokens and mel are empty if only the embedding was saved.
        transcript: Token ids of the prompt's transcript.
    """

    prompt: Prompt
    transcript: tuple[int, ...]


def load(path: Path) -> dict[str, SavedSpeaker]:
    """Load the speakers by name; {} if the file does not exist.

    Only tensors and plain values are unpickled.

    Raises:
        WeightsMissing: The file has any other content.
    """
    if not path.is_file():
        return {}
    import torch

    try:
        speakers = torch.load(path, map_location="cpu", weights_only=True)
        return {str(name): _saved(row) for name, row in speakers.items()}
    except pickle.UnpicklingError as error:
        raise _unreadable(path, "it contains more than tensors and plain values") from error
    except (RuntimeError, EOFError, AttributeError) as error:
        raise _unreadable(path, (str(error).splitlines() or [type(error).__name__])[0]) from error
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable(path, f"{type(error).__name__}: {error}") from error


def _saved(row: Mapping[str, object]) -> SavedSpeaker:
    """Convert one speaker, saved as an embedding alone or as a whole zero-shot prompt.

    The latter holds the embedding twice with the same values.

    Raises:
        KeyError: A field is missing.
        TypeError: A field is not a tensor.
        ValueError: A field has the wrong size.
    """
    speaker = _array(row["flow_embedding" if "flow_embedding" in row else "embedding"]).astype(np.float32)
    if speaker.size != SPEAKER_DIM:
        raise ValueError(f"a speaker embedding has {speaker.size} values instead of {SPEAKER_DIM}")
    if "flow_prompt_speech_token" not in row:
        no_mel = np.zeros((0, NUM_MELS), np.float32)
        return SavedSpeaker(Prompt(np.zeros(0, np.int64), no_mel, speaker.reshape(SPEAKER_DIM)), ())
    tokens = _array(row["flow_prompt_speech_token"]).astype(np.int64).reshape(-1)
    mel = _array(row["prompt_speech_feat"]).astype(np.float32).reshape(-1, NUM_MELS)
    text = _array(row["prompt_text"]).reshape(-1)
    return SavedSpeaker(align(tokens, mel, speaker.reshape(SPEAKER_DIM)), tuple(map(int, text)))


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
