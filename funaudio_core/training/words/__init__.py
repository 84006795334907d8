"""My words: a recognizer that learns names and terms from sentences which our own voices speak.

plan() returns the sentences, train_words() does the rest. Only training itself needs PyTorch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from funaudio_core.training.words.model import (
    HeldOutText,
    Measures,
    PlannedSentence,
    TermResult,
    WordsClip,
    WordsCost,
    WordsPlan,
    WordsProgress,
    WordsRequest,
    WordsResult,
)
from funaudio_core.types import Audio

__all__ = [
    "LANGUAGES",
    "MAX_CLIP_SECONDS",
    "HeldOutText",
    "Measures",
    "PlannedSentence",
    "TermResult",
    "WordsClip",
    "WordsCost",
    "WordsPlan",
    "WordsProgress",
    "WordsRequest",
    "WordsResult",
    "delete_adapter",
    "estimate",
    "held_out_clip",
    "plan",
    "speak",
    "train_words",
]

LANGUAGES = frozenset({"en", "zh", "es", "fr", "it", "pt", "ja", "hi"})  # with sentences and voices
MAX_CLIP_SECONDS = 14.0  # of a clip to learn from; a window of the recognizer has little more


def plan(terms: Sequence[str], language: str) -> WordsPlan:
    """Return the sentences for some names and terms, the same for the same input.

    Args:
        terms: Names and terms; doubles and empty ones are ignored.
        language: Code of LANGUAGES.

    Raises:
        BadInput: There are too few or too many, one of them is too long or can't be spoken, or the language has no
            sentences.
    """
    raise NotImplementedError


def speak(sentence: PlannedSentence, language: str) -> Audio:
    """Return a sentence as its voice speaks it, at 16 kHz."""
    raise NotImplementedError


def estimate(request: WordsRequest) -> WordsCost:
    """Return the cost of a training, from the speed measured on two idle cores.

    Raises:
        BadInput: As plan().
    """
    raise NotImplementedError


def train_words(request: WordsRequest, folder: Path) -> Iterator[WordsProgress]:
    """Train an adapter of Whisper base; called again with the same folder, it goes on where it was.

    Args:
        request: What to learn; the same at each call with a folder.
        folder: Gets clips, features, checkpoints, history and the adapter; made if absent.

    Yields:
        Progress after each piece of work of at most a few seconds; the last one has the result. The iterator can be
        closed at any of them.

    Raises:
        BadInput: As plan(), or a clip is too long, too short, or has no words.
        Cancelled: The request was cancelled; what is done is kept.
        Unsupported: PyTorch is not installed.
    """
    raise NotImplementedError


def held_out_clip(number: int, folder: Path) -> Audio:
    """Return the sound of a held-out sentence of a training, by its HeldOutText.number.

    Raises:
        BadInput: It isn't there.
    """
    raise NotImplementedError


def delete_adapter(engine: str) -> None:
    """Delete the adapter of a recognizer, WordsResult.engine, and unload it; nothing happens if it is gone."""
    raise NotImplementedError
