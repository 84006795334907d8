"""My words: a recognizer that learns names and terms from sentences which our own voices speak.

plan() returns the sentences, train_words() does the rest. Only training itself needs PyTorch.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path

from funaudio_core.engines import loader
from funaudio_core.engines.adapted import links
from funaudio_core.errors import Unsupported
from funaudio_core.training.words import clips, planning, sources, work
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
    "has_packages",
    "held_out_clip",
    "plan",
    "require_packages",
    "speak",
    "train_words",
]

LANGUAGES = planning.LANGUAGES  # with sentences and voices
MAX_CLIP_SECONDS = sources.MAX_CLIP_SECONDS  # of a clip to learn from
_NEEDED_PACKAGES = ("torch", "transformers", "peft", "accelerate")


def plan(terms: Sequence[str], language: str) -> WordsPlan:
    """Return the sentences for some names and terms, the same for the same input.

    Args:
        terms: Names and terms; doubles and empty ones are ignored.
        language: Code of LANGUAGES.

    Raises:
        BadInput: There are too few or too many, one of them is too long or can't be spoken, or the language has no
            sentences.
    """
    return planning.plan(terms, language)


def speak(sentence: PlannedSentence, language: str) -> Audio:
    """Return a sentence as its voice speaks it, at 16 kHz."""
    return clips.speak(sentence, language)


def estimate(request: WordsRequest) -> WordsCost:
    """Return the cost of a training, from the speed measured on two idle cores.

    Raises:
        BadInput: As plan().
    """
    return work.estimate_cost(plan(request.terms, request.language), request)


def has_packages() -> bool:
    """Return whether the packages that training needs are installed."""
    return all(importlib.util.find_spec(name) for name in _NEEDED_PACKAGES)


def require_packages() -> None:
    """Raise Unsupported if a package that training needs isn't installed."""
    if not has_packages():
        raise Unsupported("Training needs PyTorch. Install it with `{command}`.", command=loader.INSTALL_COMMAND)


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
    require_packages()
    from funaudio_core.training.words.training import WordsTraining

    yield from WordsTraining(request, folder).run()


def held_out_clip(number: int, folder: Path) -> Audio:
    """Return the sound of a held-out sentence of a training, by its HeldOutText.number.

    Raises:
        BadInput: It isn't there.
    """
    return clips.load_sound(folder / sources.CLIPS_FOLDER / f"{sources.held_out_name(number)}.npy")


def delete_adapter(engine: str) -> None:
    """Forget the recognizer WordsResult.engine and free its memory; its folder is the caller's to delete."""
    links.remove(engine)
