"""Result of a training: the adapter with its card, and what the page shows, kept as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from funaudio_core.engines.whisper import adapted
from funaudio_core.training.words import files
from funaudio_core.training.words.model import (
    HeldOutText,
    Measures,
    PlannedSentence,
    TermResult,
    WordsPlan,
    WordsRequest,
    WordsResult,
)
from funaudio_core.training.words.scoring import count_terms, measure
from funaudio_core.weights import adapters
from funaudio_core.weights.adapters import AdapterCard

RANK, ALPHA = 16, 32.0
MAX_TITLE_TERMS = 2
_LICENCE = "MIT"  # that of the base


def make_card(plan: WordsPlan, request: WordsRequest, clips: int) -> AdapterCard:
    """Return the card of an adapter before its training. It doesn't name the terms, which may be private.

    Args:
        plan: The plan.
        request: The request.
        clips: Number of the clips to learn from.
    """
    return AdapterCard(
        name=request.title or make_title(plan.terms),
        recipe=adapted.RECIPE,
        base=adapted.BASE,
        base_sha256=adapted.base_sha256(),
        rank=RANK,
        alpha=ALPHA,
        data={
            "language": plan.language,
            "terms": len(plan.terms),
            "clips": clips,
            "own_clips": len(request.own_clips),
        },
        consent="Synthetic voices and own recordings." if request.own_clips else "Synthetic voices.",
        licence=_LICENCE,
    )


def make_title(terms: Sequence[str]) -> str:
    """Return a name for people, such as "Whisper base: Zorvexa, Quenlor + 22"."""
    rest = len(terms) - MAX_TITLE_TERMS
    return f"Whisper base: {', '.join(terms[:MAX_TITLE_TERMS])}" + (f" + {rest}" if rest > 0 else "")


def make_texts(
    sentences: Sequence[PlannedSentence], before: Sequence[str], after: Sequence[str]
) -> tuple[HeldOutText, ...]:
    """Return the held-out sentences with what was recognized."""
    rows = enumerate(zip(sentences, before, after, strict=True))
    return tuple(HeldOutText(number, said.text, base, text, said.term) for number, (said, base, text) in rows)


def make_result(
    plan: WordsPlan, texts: Sequence[HeldOutText], card: AdapterCard, folder: Path, epochs: int
) -> WordsResult:
    """Return the result of a finished training.

    Args:
        plan: The plan.
        texts: What was recognized.
        card: Card of the adapter.
        folder: Folder of the adapter.
        epochs: Passes over the clips.
    """
    before, after = (
        measure(plan.held_out, [getattr(text, when) for text in texts], plan.language) for when in ("before", "after")
    )
    return WordsResult(
        engine="",
        title=card.name,
        adapter=folder,
        adapter_bytes=(folder / adapters.TENSORS_FILE).stat().st_size,
        before=before,
        after=after,
        terms=count_terms(texts, plan.language),
        texts=tuple(texts),
        epochs=epochs,
        date=card.date,
    )


def save_result(path: Path, result: WordsResult) -> None:
    """Write a result whole or not at all."""
    row = asdict(result) | {"adapter": ""}
    files.save_text(path, json.dumps(row, ensure_ascii=False))


def load_result(path: Path, folder: Path) -> WordsResult | None:
    """Return a result of save_result(), or None if there is none. folder: Folder of the adapter."""
    if not path.is_file():
        return None
    row = json.loads(path.read_bytes())
    measures = {name: Measures(**row[name]) for name in ("before", "after")}
    terms = tuple(TermResult(**each) for each in row["terms"])
    texts = tuple(HeldOutText(**each) for each in row["texts"])
    return WordsResult(**{**row, **measures, "terms": terms, "texts": texts, "adapter": folder})
