"""Estimated GPU time of tasks, and chunk sizes that fit one call."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from funaudio_core import settings, text
from funaudio_core.engines import registry, selection
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.gpu import scheduler, zerogpu
from funaudio_core.gpu.scheduler import GpuCost
from funaudio_core.pipelines import chunked_recognition

log = logging.getLogger(__name__)
# Initial estimates in GPU seconds, used until calls were measured: (base, per second of clip or per character).
RECOGNITION_COST, SYNTHESIS_COST = (3.0, 0.05), (5.0, 0.08)
MIN_CHUNK_CHARACTERS = 100  # about a sentence
CONVERSION_COST, TRANSLATION_COST, CHAT_COST = 0.5, 1.0, 20.0
SPOKEN_CHAT_COST = (3.0, 0.02, 0.06)  # base, per second of the clips, per text token of the longest reply


def is_metered() -> bool:
    """Return True if GPU time is taken from the visitor's quota, as on ZeroGPU."""
    return zerogpu.is_zerogpu()


def estimate_synthesis(words: str | None, language: str, engine: str = "") -> tuple[float, int]:
    """Return the GPU seconds (0 off ZeroGPU) and calls that speaking a text takes; (0, 0) if the text is too long."""
    if len(words or "") > settings.read().max_characters:
        return 0.0, 0
    parts = text.split_text(text.clean(words or ""), language, max_chunk_characters())
    return sum(scheduler.estimate_seconds("speak", synthesis_cost(part, engine)) for part in parts), len(parts)


def estimate_recognition(seconds: float, engine: str = "", language: str | None = None) -> tuple[float, int]:
    """Return the GPU seconds (0 off ZeroGPU) and calls that a clip takes on its page, with the emotion timeline."""
    calls = chunk_count(seconds)
    call_cost = recognition_cost(seconds / calls, engine, language, emotion_timeline=True)
    return calls * scheduler.estimate_seconds("transcribe", call_cost), calls


def chunk_count(seconds: float) -> int:
    """Return the number of calls that a clip of this length takes on its page."""
    return chunked_recognition.chunk_count(seconds, max_chunk_seconds())


def max_chunk_seconds() -> float:
    """Return the length of a clip that fits one call.

    It depends on the initial estimate only, so a clip is always split at the same points. It also applies without
    ZeroGPU, so that other visitors' requests can run between chunks.
    """
    return (settings.read().gpu_max_seconds / scheduler.SAFETY_FACTOR - RECOGNITION_COST[0]) / (2 * RECOGNITION_COST[1])


def max_chunk_characters() -> int:
    """Return the length of a text that fits one call.

    It depends on the initial estimate only: the same text is split at the same points, so its seed repeats it.
    """
    fit = (settings.read().gpu_max_seconds / scheduler.SAFETY_FACTOR - SYNTHESIS_COST[0]) / SYNTHESIS_COST[1]
    return max(int(fit), MIN_CHUNK_CHARACTERS)


def gpu_cost(specs: Sequence[EngineSpec[Any]], seconds: float) -> GpuCost:
    """Return the cost of a call in which these engines take part."""
    return GpuCost(seconds, " ".join(sorted(spec.name for spec in specs)), any(spec.tier == "full" for spec in specs))


def synthesis_cost(words: str, engine: str) -> GpuCost:
    """Return the cost of speaking a text."""
    return gpu_cost(
        [selection.resolve(registry.SYNTHESIZERS, engine)], SYNTHESIS_COST[0] + SYNTHESIS_COST[1] * len(words)
    )


def recognition_cost(seconds: float, engine: str, language: str | None, *, emotion_timeline: bool) -> GpuCost:
    """Return the cost of transcribing a clip; an emotion timeline doubles the part that grows with its length."""
    base, per_second = RECOGNITION_COST
    passes = 2 if emotion_timeline else 1
    return gpu_cost([selection.resolve_recognizer(engine, language)], base + per_second * passes * seconds)
