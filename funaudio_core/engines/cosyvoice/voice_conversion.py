"""Checks and splitting of recordings to convert to another voice."""

from __future__ import annotations

from collections.abc import Iterator
from math import floor

from funaudio_core import audio
from funaudio_core.audio.segmentation import split_chapters
from funaudio_core.engines.cosyvoice.config import PROMPT_SAMPLE_RATE, TOKEN_RATE
from funaudio_core.engines.cosyvoice.prompt import MAX_SECONDS, MIN_SECONDS
from funaudio_core.errors import BadInput, silent_clip_error
from funaudio_core.types import Audio


def require_convertible(source: Audio) -> None:
    """Check that a recording can be converted.

    Raises:
        BadInput: It is silent, shorter than MIN_SECONDS, or sampled below PROMPT_SAMPLE_RATE.
    """
    if source.rate < PROMPT_SAMPLE_RATE:
        raise BadInput(
            "The recording to convert has a sample rate of {rate:,} Hz; "
            "CosyVoice needs {least:,} Hz or more. Record it again at a higher rate.",
            rate=source.rate,
            least=PROMPT_SAMPLE_RATE,
        )
    if source.duration < MIN_SECONDS:
        raise BadInput(
            "The recording to convert is too short ({seconds:.1f} s). CosyVoice needs {least:g} s or more.",
            seconds=source.duration,
            least=MIN_SECONDS,
        )
    if audio.is_silent(source):
        raise silent_clip_error(source.duration)


def split_source(source: Audio) -> Iterator[Audio]:
    """Split a recording where it is quietest into parts that the speech tokenizer accepts.

    Cuts lie between two tokens, so that the parts together have as many tokens as the whole recording.
    """
    start = 0.0
    for _, end in split_chapters(source, MAX_SECONDS - 1 / TOKEN_RATE):
        cut = end if end == source.duration else floor(end * TOKEN_RATE) / TOKEN_RATE
        yield source.slice(start, cut)
        start = cut
