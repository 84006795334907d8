"""Whether there is an accelerator, and how ZeroGPU lends one; the only importer of `spaces`. Knows no engine."""

from __future__ import annotations

import gc
import importlib.util
import os
from collections.abc import Callable, Iterator
from functools import cache
from typing import ParamSpec, TypeVar

from funaudio_core import settings
from funaudio_core.errors import FunAudioError

P = ParamSpec("P")
T = TypeVar("T")
LENT_AT_A_TIME = 8  # calls; each gets a GPU of its own, or waits for one
MOST_ON_A_GPU, PER_PLACE = 8, 8e9  # places, and bytes of a GPU's memory for which there is one
SHARE = 0.7  # of the memory; the rest is for what models compute
_LENT_BY = "ZeroGPU"  # how the titles of the errors begin that `spaces` raises


@cache
def has_torch() -> bool:
    """Return whether PyTorch, which all engines of the full tier need, is installed."""
    return importlib.util.find_spec("torch") is not None


@cache
def available() -> bool:
    """Whether models of the full tier find a GPU here; on a ZeroGPU Space one is lent for each call."""
    if lends():
        return True
    if not has_torch():
        return False
    import torch

    return torch.cuda.is_available()


def memory() -> int:
    """Bytes that models may take: seven tenths of the GPU's memory, or of the machine's where there is none."""
    if available():
        import torch

        return int(SHARE * torch.cuda.get_device_properties(0).total_memory)
    return int(SHARE * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def used() -> int | None:
    """Bytes of the GPU's memory that this process holds; None without one, or where it is lent to other processes."""
    if lends() or not available():
        return None
    import torch

    return int(torch.cuda.memory_reserved())


def places() -> int:
    """How much may compute at a time: by a GPU's memory, by cores where there is none."""
    if lends():
        return LENT_AT_A_TIME
    if available():
        return max(1, min(MOST_ON_A_GPU, round(memory() / PER_PLACE)))
    return max(2, settings.read().threads // 2)


def free() -> None:
    """Give memory that nothing uses any more back to the device."""
    gc.collect()
    if available():
        import torch

        torch.cuda.empty_cache()


def lends() -> bool:
    """Whether a GPU is lent for each call, to a process forked for it, rather than held."""
    return settings.on_zerogpu()


def lend(stream: Callable[P, Iterator[T]], seconds: Callable[P, float]) -> Callable[P, Iterator[T]]:
    """A generator function run in a process that has a GPU for seconds(*args); as it is where none is lent.

    To be called before anything imports torch, and on the main thread. Arguments and items must pickle.
    """
    if not lends():
        return stream
    import spaces

    lent: Callable[P, Iterator[T]] = spaces.GPU(stream, duration=seconds)
    return lent


class NotLent(FunAudioError):
    """ZeroGPU lends no GPU, or took it back; the message says why and what to do."""


class TakenAway(NotLent):
    """The process that was lent a GPU was killed."""


def refusal(error: Exception) -> NotLent | None:
    """The sentence for an error by which ZeroGPU refuses a call; None for any other error."""
    title, message = str(getattr(error, "title", "")), str(getattr(error, "message", error))
    if not title.startswith(_LENT_BY):
        return None
    if "quota" in title or "credits" in title:
        return NotLent(
            "The GPU time that you may use is spent for now. Log in to Hugging Face for more of it, come back later, "
            "or choose an engine of the lite tier, which needs no GPU."
        )
    if "duration" in title:
        return NotLent("This takes more GPU time than is lent at once. Give a shorter text or clip.")
    if "Expired" in message:
        return NotLent("The page was open for too long to be lent a GPU. Try again; if it stays, reload it.")
    if "queue" in title or "No GPU" in message:
        return NotLent("No GPU became free in time. Try again in a minute, or choose an engine of the lite tier.")
    return TakenAway("The GPU was taken away before the work was done. Try again, with a shorter text or clip.")
