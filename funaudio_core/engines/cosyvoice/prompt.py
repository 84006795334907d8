"""A clip as CosyVoice knows it: its speech tokens, its mel, its speaker. Kept for clips that come again.

Knows which features each network is given, not the networks: those are handed in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from funaudio_core import settings
from funaudio_core.audio.clip_cache import ClipCache
from funaudio_core.engines.cosyvoice import features
from funaudio_core.engines.cosyvoice.config import CODES, FRAMES, PROMPT_RATE, RATE, ModelConfig
from funaudio_core.engines.cosyvoice.resample import resample
from funaudio_core.errors import BadInput
from funaudio_core.types import Audio

Float = NDArray[np.float32]
Tokenize = Callable[[Float], NDArray[np.int64]]  # features.heard() -> speech tokens (n,)
Identify = Callable[[Float], Float]  # features.speaker() -> the speaker (192,)

SHORTEST, LONGEST = 0.5, 30.0  # seconds; less tells no voice, more the speech tokenizer was never given


@dataclass(frozen=True, eq=False, slots=True)
class Prompt:
    """tokens: int64 (n,), in [0, CODES). mel: float32 (2 n, 80), the same stretch of the clip. speaker: (192,)."""

    tokens: NDArray[np.int64]
    mel: Float
    speaker: Float


class PromptCache:
    """Prompts of the clips asked for last, kept as long as a visitor's voice may be. Thread-safe, as Kept is."""

    def __init__(self, layout: ModelConfig, tokenize: Tokenize, identify: Identify, kept: int = 64) -> None:
        self._layout, self._tokenize, self._identify = layout, tokenize, identify
        self._known: ClipCache[Prompt] = ClipCache(kept, lambda: 60.0 * settings.read().voice_ttl_minutes)

    def get(self, clip: Audio) -> Prompt:
        """The prompt of a clip of SHORTEST to LONGEST seconds at 16 kHz or more. Raises BadInput for any other."""
        return self._known.get_or_compute(clip, lambda: self._read(clip))

    def said(self, clip: Audio) -> NDArray[np.int64]:
        """The speech tokens of a clip of at most LONGEST seconds, int64 (n,), 25 a second. Kept by nobody."""
        return self._tokenize(features.heard(resample(clip, PROMPT_RATE)))

    def _read(self, clip: Audio) -> Prompt:
        _check(clip)
        low, high = resample(clip, PROMPT_RATE), resample(clip, RATE)
        tokens = self._tokenize(features.heard(low))
        return aligned(tokens, features.flow(high, self._layout.mel_top), self._identify(features.speaker(low)))


def aligned(tokens: NDArray[np.int64], mel: Float, speaker: Float) -> Prompt:
    """Tokens and mel cut to the same length: two frames a token, so that what follows starts where the clip ends.

    Raises ValueError for a token outside [0, CODES), which the flow would read past its table for.
    """
    if len(tokens) and not 0 <= tokens.min() <= tokens.max() < CODES:
        raise ValueError(f"Speech tokens run from 0 to {CODES - 1}; got {tokens.min()} to {tokens.max()}.")
    length = min(len(tokens), len(mel) // FRAMES)
    return Prompt(tokens[:length], mel[: FRAMES * length], speaker)


def _check(clip: Audio) -> None:
    if clip.rate < PROMPT_RATE:
        raise BadInput(
            "The reference clip has a sample rate of {rate:,} Hz; CosyVoice needs {least:,} Hz or more. "
            "Record it again at a higher rate.",
            rate=clip.rate,
            least=PROMPT_RATE,
        )
    if not SHORTEST <= clip.duration <= LONGEST:
        raise BadInput(
            "The reference clip lasts {seconds:.1f} s; CosyVoice accepts {least:g} to {most:g} s, ideally "
            "3 to 10 s. Use another clip.",
            seconds=clip.duration,
            least=SHORTEST,
            most=LONGEST,
        )
