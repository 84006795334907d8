"""What a page may ask for: the one place where engines meet pipelines. Knows no page and no gradio."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from funaudio_core import settings, text
from funaudio_core.engines import registry, selection
from funaudio_core.engines.spec import Spec
from funaudio_core.gpu import scheduler, zerogpu
from funaudio_core.gpu.scheduler import GpuCost
from funaudio_core.pipelines import chunked_recognition

log = logging.getLogger(__name__)
# First guesses at the seconds of a GPU that tasks need, until lending has measured: (at least, for one of a clip or for
# a character). Nobody has run them on a GPU yet.
HEARS, SPEAKS = (3.0, 0.05), (5.0, 0.08)
LEAST_STRETCH = 100  # characters of a long text that are spoken at a time at least: a sentence
CONVERTS, INTERPRETS, TALKS = 0.5, 1.0, 20.0


def lent() -> bool:
    """Whether a GPU is lent for each call, out of a visitor's quota."""
    return zerogpu.lends()


def gpu_to_speak(words: str | None, language: str, engine: str = "") -> tuple[float, int]:
    """Seconds of a lent GPU that speaking a text will ask for, 0 where none is, and in how many calls.

    (0, 0) for a text that is too long to be spoken, such as a book: it is not even cut.
    """
    if len(words or "") > settings.read().max_characters:
        return 0.0, 0
    parts = text.stretches(text.clean(words or ""), language, _longest_stretch())
    return sum(scheduler.seconds("speak", _speaking(part, engine)) for part in parts), len(parts)


def gpu_to_listen(seconds: float, engine: str = "", language: str | None = None) -> tuple[float, int]:
    """Seconds of a lent GPU that hearing a clip of so many will ask for, 0 where none is, and in how many calls."""
    calls = stretches(seconds)
    return calls * scheduler.seconds("listen", _listening(seconds / calls, engine, language)), calls


def stretches(seconds: float) -> int:
    """How many calls it takes to hear a clip of so many seconds on its page."""
    return chunked_recognition.count(seconds, _heard_at_once())


def _heard_at_once() -> float:
    """Seconds of a clip at most that fit a call, by the first guess alone: a clip is always cut in the same places.

    Also where no GPU is lent: others have their turn in between.
    """
    return (settings.read().gpu_seconds / scheduler.SPARE - HEARS[0]) / (2 * HEARS[1])


def _longest_stretch() -> int:
    """Characters of a text at most that fit a call, by the first guess alone: a text is cut in the same places again,
    so that its seed repeats it.
    """
    fit = (settings.read().gpu_seconds / scheduler.SPARE - SPEAKS[0]) / SPEAKS[1]
    return max(int(fit), LEAST_STRETCH)


def gpu_cost(specs: Sequence[Spec[Any]], seconds: float) -> GpuCost:
    """Return the cost of a call in which these engines take part."""
    return GpuCost(seconds, " ".join(sorted(spec.name for spec in specs)), any(spec.tier == "full" for spec in specs))


def _speaking(words: str, engine: str) -> GpuCost:
    return gpu_cost([selection.named(registry.SYNTHESIZERS, engine)], SPEAKS[0] + SPEAKS[1] * len(words))


def _listening(seconds: float, engine: str, language: str | None) -> GpuCost:
    return gpu_cost([selection.recognizes(engine, language)], HEARS[0] + 2 * HEARS[1] * seconds)
