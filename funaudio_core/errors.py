"""Errors for people, who can act on them."""

from __future__ import annotations

from funaudio_core.message import Message


class FunAudioError(Exception):
    """Error whose message says what happened, what was given and what to do next.

    Pages show it in the client's language. Any other exception is a defect, and is only logged.
    """

    def __init__(self, template: str, /, **values: object) -> None:
        """Create the error from an English template and its values, or from a Message."""
        self.message = template if isinstance(template, Message) else Message(template, **values)
        super().__init__(self.message)


class BadInput(FunAudioError):
    """The clip, text or setting can't be used; the message names the remedy."""


class Unsupported(FunAudioError):
    """This tier or engine can't do what was requested; the message says which one can."""


class WeightsMissing(FunAudioError):
    """A model file is absent or damaged and can't be fetched; the message gives the command to get it."""


def silent_clip_error(seconds: float) -> BadInput:
    """Return the error for a silent clip of `seconds`."""
    return BadInput("The clip ({seconds:.1f} s) is silent. Check the microphone and record again.", seconds=seconds)


def sample_rate_changed_error(before: int, now: int) -> BadInput:
    """Return the error for a stream whose sample rate changes from `before` to `now` Hz."""
    return BadInput(
        "The sample rate of the stream changed from {before} to {now} Hz. Start it again.", before=before, now=now
    )
