"""Whether there is an accelerator, and how ZeroGPU lends one; the only importer of `spaces`. Knows no engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ParamSpec, TypeVar

from funaudio_core import settings
from funaudio_core.errors import FunAudioError

P = ParamSpec("P")
T = TypeVar("T")
_TITLE_PREFIX = "ZeroGPU"  # how the titles of the errors begin that `spaces` raises


def is_zerogpu() -> bool:
    """Whether a GPU is lent for each call, to a process forked for it, rather than held."""
    return settings.is_zerogpu()


def zerogpu_function(function: Callable[P, Iterator[T]], duration: Callable[P, float]) -> Callable[P, Iterator[T]]:
    """A generator function run in a process that has a GPU for seconds(*args); as it is where none is lent.

    To be called before anything imports torch, and on the main thread. Arguments and items must pickle.
    """
    if not is_zerogpu():
        return function
    import spaces

    wrapped: Callable[P, Iterator[T]] = spaces.GPU(function, duration=duration)
    return wrapped


class GpuUnavailable(FunAudioError):
    """ZeroGPU lends no GPU, or took it back; the message says why and what to do."""


class GpuPreempted(GpuUnavailable):
    """The process that was lent a GPU was killed."""


def parse_spaces_error(error: Exception) -> GpuUnavailable | None:
    """The sentence for an error by which ZeroGPU refuses a call; None for any other error."""
    title, message = str(getattr(error, "title", "")), str(getattr(error, "message", error))
    if not title.startswith(_TITLE_PREFIX):
        return None
    if "quota" in title or "credits" in title:
        return GpuUnavailable(
            "Your GPU quota is used up. Log in to Hugging Face for more, try again later, or choose a lite "
            "model, which needs no GPU."
        )
    if "duration" in title:
        return GpuUnavailable("This exceeds the GPU time limit of one request. Use a shorter text or clip.")
    if "Expired" in message:
        return GpuUnavailable("Your GPU session has expired. Try again; if the problem persists, reload the page.")
    if "queue" in title or "No GPU" in message:
        return GpuUnavailable("No GPU is available. Try again in a minute, or choose a lite model.")
    return GpuPreempted("The GPU was reclaimed before the job finished. Try again with a shorter text or clip.")
