"""Event tags in a text: [pause], [breath], [sigh] and [whisper]…[/whisper]."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.text.speech_markup import NEUTRAL_PROSODY, Piece, Prosody

SPEECH = "speech"
SOUND_TAGS = ("pause", "breath", "sigh")  # tags that stand for a sound
WHISPER = "whisper"
# Tags of CosyVoice that this engine can't make: listeners heard attempts at a laugh as words.
_FULL_TIER_TAGS = frozenset(
    (
        *("laughter", "laugh", "cough", "crying", "cry", "noise", "hissing", "clucking", "lipsmack", "mn", "accent"),
        *("vocalized-noise", "strong"),
    )
)
_TAG = re.compile(r"[\[<](/?)([A-Za-z_-]+)[\]>]")


@dataclass(frozen=True, slots=True)
class Part:
    """Part of a text between tags, or a tag.

    Attributes:
        kind: SPEECH or one of SOUND_TAGS.
        text: Text to speak; "" for a sound.
        whisper: Speak it without voicing.
        prosody: Delivery set by SSML.
        seconds: Length of a pause set by SSML; 0 for the usual one.
    """

    kind: str
    text: str = ""
    whisper: bool = False
    prosody: Prosody = NEUTRAL_PROSODY
    seconds: float = 0.0


def split_tags(text: str) -> list[Part]:
    """Split a text at its tags.

    Brackets around anything else are text. An open [whisper] lasts to the end of the text.

    Raises:
        Unsupported: A tag is supported by the full tier only.
        BadInput: A [/whisper] has no [whisper] before it.
    """
    return split_pieces((Piece(text),))


def split_pieces(pieces: Sequence[Piece]) -> list[Part]:
    """Split the pieces of a marked text at its tags, see split_tags(). A [whisper] lasts over several pieces."""
    return [part for part in _split(pieces) if part.kind != SPEECH or part.text.strip()]


def _split(pieces: Sequence[Piece]) -> Iterator[Part]:
    whisper = False
    for piece in pieces:
        if piece.pause_seconds:
            yield Part("pause", seconds=piece.pause_seconds)
            continue
        for part in _split_piece(piece, whisper=whisper):
            yield part
            whisper = part.whisper


def _split_piece(piece: Piece, *, whisper: bool) -> Iterator[Part]:
    """Yield the parts of a piece; the last one, which may be empty, tells whether it ends in a whisper."""
    text, prosody = piece.text, piece.prosody
    position = 0
    for match in _TAG.finditer(text):
        closing, name = bool(match[1]), match[2].lower()
        if name in _FULL_TIER_TAGS:
            raise Unsupported(
                "The lite tier doesn't support {tag}. Choose the full tier (CosyVoice), or use one of {tags}.",
                tag=match.group(),
                tags=tuple(f"[{tag}]" for tag in SOUND_TAGS),
            )
        if name not in SOUND_TAGS and name != WHISPER:
            continue
        if closing and not (name == WHISPER and whisper):
            raise BadInput(
                "{tag} has no matching opening tag. Remove it, or add [whisper] before it.", tag=match.group()
            )
        yield Part(SPEECH, text[position : match.start()], whisper, prosody)
        position = match.end()
        if name == WHISPER:
            whisper = not closing
        else:
            yield Part(name)
    yield Part(SPEECH, text[position:], whisper, prosody)
