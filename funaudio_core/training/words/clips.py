"""Clips of a training on disk: spoken sentences, and what the encoder makes of each clip."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from funaudio_core import audio
from funaudio_core.engines import kokoro
from funaudio_core.engines.protocols import RECOGNITION_RATE
from funaudio_core.engines.whisper.window_decoder import WindowDecoder
from funaudio_core.tasks import synthesis
from funaudio_core.training.words import files
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
    files.save_array(path, audio.resample(sound, RECOGNITION_RATE).pcm16())


def load_sound(path: Path) -> Audio:
    """Return a clip. Raise BadInput if it isn't there."""
    return Audio.from_pcm16(files.load_array(path), RECOGNITION_RATE)


def save_features(path: Path, sound: Audio, decoder: WindowDecoder) -> None:
    """Write the encoder's output for a clip, float16 (positions, width)."""
    encoded = decoder.encode(audio.resample(sound, RECOGNITION_RATE).samples)
    files.save_array(path, np.array(encoded)[0].astype(np.float16))


def load_features(path: Path) -> Features:
    """Return the encoder's output for a clip. Raise BadInput if it isn't there."""
    return files.load_array(path)
