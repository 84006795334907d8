"""Conditions under which this process trains for visitors."""

from __future__ import annotations

from funaudio_core import settings
from funaudio_core.errors import Unsupported
from funaudio_core.gpu import zerogpu
from funaudio_core.message import Message
from funaudio_core.training import words


def obstacle() -> Message | None:
    """Return why visitors can't train here; None if they can."""
    if not settings.read().training:
        return Message(
            "Training is off on this server. Its owner turns it on with {setting}.", setting="FUNAUDIO_TRAINING=on"
        )
    if zerogpu.is_zerogpu():
        return Message("Training doesn't run on ZeroGPU, whose GPUs are lent for a minute. Run the app elsewhere.")
    try:
        words.require_packages()
    except Unsupported as error:
        return error.message
    return None


def require_offer() -> None:
    """Raise Unsupported if visitors can't train here."""
    if (reason := obstacle()) is not None:
        raise Unsupported(reason)
