"""ZeroGPU functions and errors; the only importer of `spaces`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ParamSpec, TypeVar

from funaudio_core import settings
from funaudio_core.errors import FunAudioError

P = ParamSpec("P")
T = TypeVar("T")
_TITLE_PREFIX = "ZeroGPU"  # of the titles of errors raised by `spaces`


def is_zerogpu() -> bool:
    """Return whether each call gets a GPU in a forked process, instead of this process holding one."""
    return settings.is_zerogpu()


def zerogpu_function(function: Callable[P, Iterator[T]], duration: Callable[P, float]) -> Callable[P, Iterator[T]]:
    """Wrap a generator function to run in a process with a GPU; return it unchanged outside ZeroGPU.

    Call it before anything imports torch, and on the main thread. Arguments and items must pickle.

    Args:
        function: Generator function.
        duration: Returns the GPU seconds to request for the arguments of a call.
    """
    if not is_zerogpu():
        return function
    import spaces

    wrapped: Callable[P, Iterator[T]] = spaces.GPU(function, duration=duration)
    return wrapped


class GpuUnavailable(FunAudioError):
    """ZeroGPU refused a GPU or took it back; the message says why and what to do."""


class GpuPreempted(GpuUnavailable):
    """The process with the GPU was killed."""


def parse_spaces_error(error: Exception) -> GpuUnavailable | None:
    """Translate an error of `spaces` into a message for people; return None for any other error."""
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
