"""Passages of a text with SSML: CosyVoice speaks each at its own rate, with silence where the text has a break."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from funaudio_core.engines.cosyvoice.text import CONTROL_TAGS
from funaudio_core.text import ends_sentence, is_speakable, speech_markup
from funaudio_core.types import Style

MIN_PAUSE, MAX_PAUSE = 0.0, 4.0  # limits of Style.pause
GAP_SECONDS = 0.2  # of silence behind a sentence, which CosyVoice itself lacks; not evaluated by listening


@dataclass(frozen=True, slots=True)
class Passage:
    """Part of a text that is spoken at one rate.

    Attributes:
        text: Text as it is said, without markup; control tokens stay.
        rate: Factor on the speaking rate.
        pause_seconds: Silence behind it.
    """

    text: str
    rate: float = 1.0
    pause_seconds: float = 0.0


def split_passages(text: str) -> tuple[Passage, ...]:
    """Return the passages of a text; a text without `break` and `prosody rate` is one, just as it is written."""
    marked = speech_markup.parse(text, CONTROL_TAGS)
    has_effect = any(piece.pause_seconds or piece.prosody.rate != 1.0 for piece in marked.pieces)
    if not has_effect or not is_speakable(marked.said):
        return (Passage(text),)
    return tuple(_join_pieces(marked))


def _join_pieces(marked: speech_markup.MarkedText) -> Iterator[Passage]:
    """Yield pieces of equal rate as one, each with the breaks behind it; a break at the start has no text."""
    words, rate, pause_seconds = "", 1.0, 0.0
    for piece in marked.pieces:
        if piece.pause_seconds:
            pause_seconds += piece.pause_seconds
            continue
        if pause_seconds or (words and piece.prosody.rate != rate):
            yield Passage(words, rate, pause_seconds)
            words, pause_seconds = "", 0.0
        rate = piece.prosody.rate
        words = f"{words} {speech_markup.say(piece.text, marked.overrides)}".strip()
    yield Passage(words, rate, pause_seconds)


def gap_seconds(written: str, style: Style) -> float:
    """Return the silence between a piece and the next one; 0 within a sentence."""
    return GAP_SECONDS * min(max(style.pause, MIN_PAUSE), MAX_PAUSE) if ends_sentence(written) else 0.0
