"""Whether there is an accelerator, and how ZeroGPU lends one; the only importer of `spaces`. Knows no engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ParamSpec, TypeVar

from funaudio_core import settings
from funaudio_core.errors import FunAudioError

P = ParamSpec("P")
T = TypeVar("T")
_LENT_BY = "ZeroGPU"  # how the titles of the errors begin that `spaces` raises


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
