"""Prompt of a voice: speech tokens, mel and speaker embedding of a reference clip, cached by clip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from funaudio_core import settings
from funaudio_core.audio.clip_cache import ClipCache
from funaudio_core.audio.fbank import kaldi_fbank
from funaudio_core.engines.cosyvoice import features
from funaudio_core.engines.cosyvoice.config import (
    FRAMES_PER_TOKEN,
    NUM_SPEECH_TOKENS,
    PROMPT_SAMPLE_RATE,
    SAMPLE_RATE,
    ModelConfig,
)
from funaudio_core.engines.cosyvoice.resample import resample
from funaudio_core.errors import BadInput
from funaudio_core.types import Audio

Float = NDArray[np.float32]
Tokenize = Callable[[Float], NDArray[np.int64]]  # whisper_log_mel() -> speech tokens (n,)
EmbedSpeaker = Callable[[Float], Float]  # kaldi_fbank() -> speaker embedding (192,)

MIN_SECONDS, MAX_SECONDS = 0.5, 30.0  # too short for a voice; longest input of the speech tokenizer in training


@dataclass(frozen=True, eq=False, slots=True)
class Prompt:
    """Prompt of a voice.

    Attributes:
        tokens: Speech tokens, int64 (n,), in [0, NUM_SPEECH_TOKENS).
        mel: The same part of the clip, float32 (2 * n, 80).
        speaker: Speaker embedding, float32 (192,).
    """

    tokens: NDArray[np.int64]
    mel: Float
    speaker: Float


class PromptCache:
    """Cache of the prompts of the last clips, for as long as a user's voice may be kept. Thread-safe."""

    def __init__(
        self, config: ModelConfig, tokenize: Tokenize, embed_speaker: EmbedSpeaker, capacity: int = 64
    ) -> None:
        """Create a cache.

        Args:
            config: The model's version.
            tokenize: The speech tokenizer.
            embed_speaker: The speaker encoder.
            capacity: Number of clips.
        """
        self._layout, self._tokenize, self._embed_speaker = config, tokenize, embed_speaker
        self._prompts: ClipCache[Prompt] = ClipCache(capacity, lambda: 60.0 * settings.read().voice_ttl_minutes)

    def get(self, clip: Audio) -> Prompt:
        """Return the prompt of a clip.

        Raises:
            BadInput: The clip is shorter than MIN_SECONDS, longer than MAX_SECONDS, or sampled below 16 kHz.
        """
        return self._prompts.get_or_compute(clip, lambda: self._compute(clip))

    def tokenize(self, clip: Audio) -> NDArray[np.int64]:
        """Return the speech tokens of a clip of at most MAX_SECONDS, int64 (n,), 25 a second. They are not cached."""
        return self._tokenize(features.whisper_log_mel(resample(clip, PROMPT_SAMPLE_RATE)))

    def _compute(self, clip: Audio) -> Prompt:
        _check(clip)
        low, high = resample(clip, PROMPT_SAMPLE_RATE), resample(clip, SAMPLE_RATE)
        tokens = self._tokenize(features.whisper_log_mel(low))
        return align(
            tokens,
            features.mel_spectrogram(high, self._layout.mel_fmax),
            self._embed_speaker(kaldi_fbank(low)),
        )


class SpeakerCache:
    """Cache of the speaker embeddings of the last clips, without the rest of their prompts. Thread-safe."""

    def __init__(self, embed_speaker: EmbedSpeaker, capacity: int = 64) -> None:
        """Create a cache for `capacity` clips."""
        self._embed_speaker = embed_speaker
        self._speakers: ClipCache[Float] = ClipCache(capacity, lambda: 60.0 * settings.read().voice_ttl_minutes)

    def get(self, clip: Audio) -> Float:
        """Return the speaker embedding of a clip, float32 (192,).

        Raises:
            BadInput: See PromptCache.get().
        """
        return self._speakers.get_or_compute(clip, lambda: self._compute(clip))

    def _compute(self, clip: Audio) -> Float:
        _check(clip)
        return self._embed_speaker(kaldi_fbank(resample(clip, PROMPT_SAMPLE_RATE)))


def align(tokens: NDArray[np.int64], mel: Float, speaker: Float) -> Prompt:
    """Cut tokens and mel to the same length, two frames a token, so that speech continues where the clip ends.

    Raises:
        ValueError: A token is not in [0, NUM_SPEECH_TOKENS), which would index past the flow's embedding.
    """
    if len(tokens) and not 0 <= tokens.min() <= tokens.max() < NUM_SPEECH_TOKENS:
        raise ValueError(f"Speech tokens run from 0 to {NUM_SPEECH_TOKENS - 1}; got {tokens.min()} to {tokens.max()}.")
    length = min(len(tokens), len(mel) // FRAMES_PER_TOKEN)
    return Prompt(tokens[:length], mel[: FRAMES_PER_TOKEN * length], speaker)


def _check(clip: Audio) -> None:
    if clip.rate < PROMPT_SAMPLE_RATE:
        raise BadInput(
            "The reference clip has a sample rate of {rate:,} Hz; CosyVoice needs {least:,} Hz or more. "
            "Record it again at a higher rate.",
            rate=clip.rate,
            least=PROMPT_SAMPLE_RATE,
        )
    if not MIN_SECONDS <= clip.duration <= MAX_SECONDS:
        raise BadInput(
            "The reference clip lasts {seconds:.1f} s; CosyVoice accepts {least:g} to {most:g} s, ideally "
            "3 to 10 s. Use another clip.",
            seconds=clip.duration,
            least=MIN_SECONDS,
            most=MAX_SECONDS,
        )
