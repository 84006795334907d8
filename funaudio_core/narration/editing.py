"""Changes that a listener makes to lines and roles."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from funaudio_core import text
from funaudio_core.errors import BadInput
from funaudio_core.labels import EMOTIONS
from funaudio_core.narration.model import NARRATOR, UNKNOWN, Cast, PlannedChapter
from funaudio_core.text.instructions import LIMITS

CHANGEABLE = frozenset({"speaker", "emotion", "is_whispered", "level", "manner", "said"})  # attributes of a line
MAX_SAID_CHARACTERS = 2_000
MAX_MANNER_CHARACTERS = 200
MAX_PITCH, MIN_RATE, MAX_RATE = 6.0, 0.7, 1.4  # of a role


def change_line(planned: PlannedChapter, line: int, changes: dict[str, Any], cast: Cast) -> PlannedChapter:
    """Return a chapter with a changed line.

    Raises:
        BadInput: There is no such line, emotion or speaker, or the text can't be spoken.
    """
    if not 0 <= line < len(planned.lines):
        raise BadInput("There is no line {number} in this chapter.", number=line + 1)
    if not changes.keys() <= CHANGEABLE:
        raise BadInput("Only these can be changed: {names}.", names=tuple(sorted(CHANGEABLE)))
    _check_speaker(changes.get("speaker", NARRATOR), cast)
    emotion, level = changes.get("emotion", "neutral"), changes.get("level", 0.0)
    if emotion not in EMOTIONS:
        raise BadInput("Unknown emotion {name!r}. Choose one of: {choices}.", name=emotion, choices=tuple(EMOTIONS))
    low, high = LIMITS["level"]
    if not low <= level <= high:
        raise BadInput(
            "A level of {level:g} dB isn't possible. Use {low:g} to {high:g}.", level=level, low=low, high=high
        )
    if changes.get("said"):
        text.require_speakable(changes["said"], MAX_SAID_CHARACTERS)
    if len(changes.get("manner", "")) > MAX_MANNER_CHARACTERS:
        raise BadInput("The manner is too long. Use at most {most} characters.", most=MAX_MANNER_CHARACTERS)
    before = planned.lines[line]
    after = replace(before, **changes, changed=tuple(dict.fromkeys((*before.changed, *changes))))
    return replace(planned, lines=(*planned.lines[:line], after, *planned.lines[line + 1 :]))


def _check_speaker(speaker: str, cast: Cast) -> None:
    names = {name for role in cast.roles for name in (role.name, *role.aliases)} | {NARRATOR, UNKNOWN}
    if speaker not in names:
        raise _unknown_role_error(speaker)


def change_role(cast: Cast, name: str, voice: str, voice_name: str, pitch: float, rate: float) -> Cast:
    """Return a cast in which a role has another voice.

    Raises:
        BadInput: There is no such role, or the pitch or rate is beyond the limits.
    """
    role = next((role for role in cast.roles if role.name == name), None)
    if role is None:
        raise _unknown_role_error(name)
    if abs(pitch) > MAX_PITCH or not MIN_RATE <= rate <= MAX_RATE:
        raise BadInput(
            "A shift of {pitch:g} semitones at rate {rate:g} isn't possible. Use up to {most:g} semitones and a rate "
            "of {low:g} to {high:g}.",
            pitch=pitch,
            rate=rate,
            most=MAX_PITCH,
            low=MIN_RATE,
            high=MAX_RATE,
        )
    changed = replace(role, voice=voice, voice_name=voice_name, pitch=pitch, rate=rate, is_changed=True, is_extra=False)
    return cast.replace_role(changed)


def _unknown_role_error(name: str) -> BadInput:
    return BadInput("Nobody called {name!r} is in the cast. Choose one of its rows.", name=name)
