"""Split, clean and compare text."""

from funaudio_core.text.sentences import (
    SentenceBuffer,
    clean,
    ends_sentence,
    is_speakable,
    require_speakable,
    split_sentences,
    stretches,
    unclosed,
)

__all__ = [
    "SentenceBuffer",
    "clean",
    "ends_sentence",
    "is_speakable",
    "require_speakable",
    "split_sentences",
    "stretches",
    "unclosed",
]
