"""Problems a person can act on. Knows nothing of where they are shown, nor in which language."""

from __future__ import annotations

from funaudio_core.message import Message


class FunAudioError(Exception):
    """A sentence that says what happened, what was given and what to do next.

    Made like a Phrase, from an English template and its values, or of one. Pages show it in the visitor's language;
    any other exception is a defect of ours and is logged instead.
    """

    def __init__(self, template: str, /, **values: object) -> None:
        self.message = template if isinstance(template, Message) else Message(template, **values)
        super().__init__(self.message)


class BadInput(FunAudioError):
    """The clip, text or setting that was given can't be used; the message names the remedy."""


class Unsupported(FunAudioError):
    """This tier or engine can't do what was asked; the message says which can."""


class WeightsMissing(FunAudioError):
    """A model file is absent or damaged and could not be fetched; the message gives the command that gets it."""


def silent_clip_error(seconds: float) -> BadInput:
    """The error for a clip of that length without sound."""
    return BadInput("The clip ({seconds:.1f} s) is silent. Check the microphone and record again.", seconds=seconds)


def sample_rate_changed_error(before: int, now: int) -> BadInput:
    """The error for a stream whose chunks change their rate, Hz."""
    return BadInput(
        "The sample rate of the stream changed from {before} to {now} Hz. Start it again.", before=before, now=now
    )
