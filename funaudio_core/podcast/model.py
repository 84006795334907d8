"""Data types of a podcast's script."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

NARRATOR = "Narrator"  # speaks what no speaker is named for


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """Line of a script, spoken by one voice.

    Attributes:
        speaker: Name of the host.
        text: Words to speak, without markup; it may hold event tags such as [laughter].
        feeling: Manner in a few words, such as "softly"; "" for none.
        section: Title of the section that begins with this line; "" if it goes on.
        sources: Numbers of the source sentences that the line rests on, from 1.
    """

    speaker: str
    text: str
    feeling: str = ""
    section: str = ""
    sources: tuple[int, ...] = ()


def speakers_of(lines: Iterable[ScriptLine]) -> tuple[str, ...]:
    """Return the names of the speakers in the order in which they first speak."""
    return tuple(dict.fromkeys(line.speaker for line in lines))
