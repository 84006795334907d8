"""Splitting, cleaning and comparing of text."""

from funaudio_core.text.sentences import (
    SentenceBuffer,
    clean,
    close_brackets,
    cut_sentences,
    ends_sentence,
    is_speakable,
    require_speakable,
    split_sentences,
    split_text,
)

__all__ = [
    "SentenceBuffer",
    "clean",
    "close_brackets",
    "cut_sentences",
    "ends_sentence",
    "is_speakable",
    "require_speakable",
    "split_sentences",
    "split_text",
]
