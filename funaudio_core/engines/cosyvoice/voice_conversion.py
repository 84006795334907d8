"""What may be said again in another voice, and the parts in which that is done. Knows no network."""

from __future__ import annotations

from collections.abc import Iterator
from math import floor

from funaudio_core import audio
from funaudio_core.audio.segmentation import split_chapters
from funaudio_core.engines.cosyvoice.config import PROMPT_RATE, TOKEN_RATE
from funaudio_core.engines.cosyvoice.prompt import LONGEST, SHORTEST
from funaudio_core.errors import BadInput, silent_clip_error
from funaudio_core.types import Audio


def require(source: Audio) -> None:
    """Raises BadInput for a clip that is too short, silent, or of fewer samples a second than PROMPT_RATE."""
    if source.rate < PROMPT_RATE:
        raise BadInput(
            "The recording to convert has a sample rate of {rate:,} Hz; "
            "CosyVoice needs {least:,} Hz or more. Record it again at a higher rate.",
            rate=source.rate,
            least=PROMPT_RATE,
        )
    if source.duration < SHORTEST:
        raise BadInput(
            "The recording to convert is too short ({seconds:.1f} s). CosyVoice needs {least:g} s or more.",
            seconds=source.duration,
            least=SHORTEST,
        )
    if audio.is_silent(source):
        raise silent_clip_error(source.duration)


def parts(source: Audio) -> Iterator[Audio]:
    """The clip in parts that the speech tokenizer can take, cut where it is quietest.

    A cut lies between two tokens, so that together the parts have as many tokens as the clip is long.
    """
    start = 0.0
    for _, end in split_chapters(source, LONGEST - 1 / TOKEN_RATE):
        cut = end if end == source.duration else floor(end * TOKEN_RATE) / TOKEN_RATE
        yield source.slice(start, cut)
        start = cut
