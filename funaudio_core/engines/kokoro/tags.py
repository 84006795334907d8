"""Event tags in a line: [pause], [breath], [sigh], [whisper]…[/whisper]. Knows no sound."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from funaudio_core.errors import BadInput, Unsupported

SPEECH = "speech"
SOUNDS = ("pause", "breath", "sigh")  # tags that stand for a sound of their own
WHISPER = "whisper"
# Tags that CosyVoice knows and this engine can't make: attempts at a laugh were heard as read-out words.
_FULL_TIER = frozenset(
    (
        *("laughter", "laugh", "cough", "crying", "cry", "noise", "hissing", "clucking", "lipsmack", "mn", "accent"),
        *("vocalized-noise", "strong"),
    )
)
_TAG = re.compile(r"[\[<](/?)([A-Za-z_-]+)[\]>]")


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a line. kind: SPEECH or one of SOUNDS. text: what is said, "" for a sound."""

    kind: str
    text: str = ""
    whisper: bool = False


def parts(text: str) -> list[Part]:
    """The line cut at its tags; brackets that hold no tag are text.

    Raises Unsupported for a tag that only the full tier can make, BadInput for [/whisper] without [whisper].
    An open [whisper] lasts to the end of the line.
    """
    return [part for part in _cut(text) if part.kind != SPEECH or part.text.strip()]


def _cut(text: str) -> Iterator[Part]:
    position = 0
    whisper = False
    for match in _TAG.finditer(text):
        closing, name = bool(match[1]), match[2].lower()
        if name in _FULL_TIER:
            raise Unsupported(
                "The lite tier doesn't support {tag}. Choose the full tier (CosyVoice), or use one of {tags}.",
                tag=match.group(),
                tags=tuple(f"[{tag}]" for tag in SOUNDS),
            )
        if name not in SOUNDS and name != WHISPER:
            continue
        if closing and not (name == WHISPER and whisper):
            raise BadInput(
                "{tag} has no matching opening tag. Remove it, or add [whisper] before it.", tag=match.group()
            )
        yield Part(SPEECH, text[position : match.start()], whisper)
        position = match.end()
        if name == WHISPER:
            whisper = not closing
        else:
            yield Part(name)
    yield Part(SPEECH, text[position:], whisper)
