"""Narration tasks for the page and the API: plan a book, cast it, make it part by part."""

from __future__ import annotations

from funaudio_core.narration.model import Cast, Options, Plan, Role
from funaudio_core.narration.narration import Narration
from funaudio_core.narration.planning import plan_book
from funaudio_core.types import SpeechRequest

__all__ = ["plan_book"]


def cast_plan(plan: Plan, engine: str = "", previous: Cast | None = None) -> Cast:
    """Return a cast with a voice for everyone who speaks.

    Args:
        plan: The plan.
        engine: Name of the synthesizer; "" for the default one.
        previous: Cast of another volume; who is in it by name or alias keeps that voice.

    Raises:
        BadInput: The engine doesn't speak the language.
    """
    raise NotImplementedError


def create(plan: Plan, cast: Cast, options: Options | None = None, cover: bytes = b"") -> Narration:
    """Store a narration in the state RUNNING; see can_run_in_background().

    Raises:
        BadInput: A text can't be spoken.
        FunAudioError: The disk is full.
    """
    raise NotImplementedError


def open_narration(id_: str) -> Narration:
    """Return the narration with this id. Raise BadInput if it doesn't exist any more."""
    raise NotImplementedError


def can_run_in_background() -> bool:
    """Return whether narrations go on without the page: everywhere but on ZeroGPU, whose GPUs are lent to visitors.

    There the page calls make_next_part() for one part after the other.
    """
    raise NotImplementedError


def make_next_part(id_: str) -> bool:
    """Make and save the next part of a narration in the state RUNNING; return whether there was one to make."""
    raise NotImplementedError


def audition(role: Role, cast: Cast, words: str = "") -> SpeechRequest:
    """Return a request for synthesis.speak() that lets a role be heard. words: Text; "" for a sentence of our own."""
    raise NotImplementedError
