"""Clips of a training on disk: spoken sentences, and what the encoder makes of each clip."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from funaudio_core import audio
from funaudio_core.engines import kokoro
from funaudio_core.engines.protocols import RECOGNITION_RATE
from funaudio_core.engines.whisper.window_decoder import WindowDecoder
from funaudio_core.errors import BadInput
from funaudio_core.tasks import synthesis
from funaudio_core.training.words.model import PlannedSentence
from funaudio_core.types import Audio, SpeechRequest, Voice

Features = NDArray[np.float16]


def speak(sentence: PlannedSentence, language: str) -> Audio:
    """Return a sentence as its voice speaks it, at RECOGNITION_RATE."""
    voice = Voice(sentence.voice, language, preset=sentence.voice)
    request = SpeechRequest(sentence.text, language, voice)
    spoken = audio.concat([chunk.audio for chunk in synthesis.speak(request, kokoro.SPEC.name)])
    return audio.resample(spoken, RECOGNITION_RATE)


def save_sound(path: Path, sound: Audio) -> None:
    """Write a clip at RECOGNITION_RATE."""
    _save(path, audio.resample(sound, RECOGNITION_RATE).pcm16())


def load_sound(path: Path) -> Audio:
    """Return a clip. Raise BadInput if it isn't there."""
    return Audio.from_pcm16(_load(path), RECOGNITION_RATE)


def save_features(path: Path, sound: Audio, decoder: WindowDecoder) -> None:
    """Write the encoder's output for a clip, float16 (positions, width)."""
    encoded = decoder.encode(audio.resample(sound, RECOGNITION_RATE).samples)
    _save(path, np.array(encoded)[0].astype(np.float16))


def load_features(path: Path) -> Features:
    """Return the encoder's output for a clip. Raise BadInput if it isn't there."""
    return _load(path)


def _save(path: Path, values: NDArray[Any]) -> None:
    """Write an array whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.new")
    with temporary.open("wb") as file:
        np.save(file, values, allow_pickle=False)
    temporary.replace(path)


def _load(path: Path) -> NDArray[Any]:
    try:
        found: NDArray[Any] = np.load(path, allow_pickle=False)
    except (OSError, ValueError):
        raise BadInput("The clip {name} isn't there any more. Start the training again.", name=path.stem) from None
    return found
