"""What a page may ask for: the one place where engines meet pipelines. Knows no page and no gradio."""

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
# First guesses at the seconds of a GPU that tasks need, until lending has measured: (at least, for one of a clip or for
# a character). Nobody has run them on a GPU yet.
RECOGNITION_COST, SYNTHESIS_COST = (3.0, 0.05), (5.0, 0.08)
MIN_CHUNK_CHARACTERS = 100  # characters of a long text that are spoken at a time at least: a sentence
CONVERSION_COST, TRANSLATION_COST, CHAT_COST = 0.5, 1.0, 20.0


def is_metered() -> bool:
    """Whether a GPU is lent for each call, out of a visitor's quota."""
    return zerogpu.is_zerogpu()


def estimate_synthesis(words: str | None, language: str, engine: str = "") -> tuple[float, int]:
    """Seconds of a lent GPU that speaking a text will ask for, 0 where none is, and in how many calls.

    (0, 0) for a text that is too long to be spoken, such as a book: it is not even cut.
    """
    if len(words or "") > settings.read().max_characters:
        return 0.0, 0
    parts = text.split_text(text.clean(words or ""), language, max_chunk_characters())
    return sum(scheduler.estimate_seconds("speak", synthesis_cost(part, engine)) for part in parts), len(parts)


def estimate_recognition(seconds: float, engine: str = "", language: str | None = None) -> tuple[float, int]:
    """Seconds of a lent GPU that hearing a clip of so many will ask for, 0 where none is, and in how many calls."""
    calls = chunk_count(seconds)
    return calls * scheduler.estimate_seconds("analyze", recognition_cost(seconds / calls, engine, language)), calls


def chunk_count(seconds: float) -> int:
    """How many calls it takes to hear a clip of so many seconds on its page."""
    return chunked_recognition.chunk_count(seconds, max_chunk_seconds())


def max_chunk_seconds() -> float:
    """Seconds of a clip at most that fit a call, by the first guess alone: a clip is always cut in the same places.

    Also where no GPU is lent: others have their turn in between.
    """
    return (settings.read().gpu_max_seconds / scheduler.SAFETY_FACTOR - RECOGNITION_COST[0]) / (2 * RECOGNITION_COST[1])


def max_chunk_characters() -> int:
    """Characters of a text at most that fit a call, by the first guess alone: a text is cut in the same places again,
    so that its seed repeats it.
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


def recognition_cost(seconds: float, engine: str, language: str | None) -> GpuCost:
    """Return the cost of transcribing a clip with its emotion timeline."""
    return gpu_cost(
        [selection.resolve_recognizer(engine, language)], RECOGNITION_COST[0] + 2 * RECOGNITION_COST[1] * seconds
    )
