"""Written text as it is spoken: numbers, dates, times, money, units, abbreviations, addresses and signs in words."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module

from funaudio_core.text.spoken_form.aligned import AlignedText, rule

_MODULES = {
    "en": "english",
    "zh": "chinese",
    "ja": "japanese",
    "es": "spanish",
    "fr": "french",
    "it": "italian",
    "pt": "portuguese",
    "hi": "hindi",
}
LANGUAGES = frozenset(_MODULES)
_SPACES = rule(" {2,}", " ")


def spoken_form(text: str, language: str) -> str:
    """Return a text as it is spoken; unchanged in languages without rules."""
    return align_spoken_form(text, language).text


def align_spoken_form(text: str, language: str) -> AlignedText:
    """Return the spoken form with the place of each of its characters in the text."""
    aligned = AlignedText(text)
    rewrite(aligned, language)
    return aligned


def rewrite(text: AlignedText, language: str) -> None:
    """Rewrite a text as it is spoken."""
    if language in _MODULES:
        _load(_MODULES[language])(text)
        text.apply(_SPACES)
        _keep_final_dot(text)


def _keep_final_dot(text: AlignedText) -> None:
    """End with a dot if the written text does, though it was the dot of an abbreviation."""
    end = len(text.text.rstrip())
    if end and text.written.rstrip().endswith(".") and text.text[end - 1].isalnum():
        text.replace_span(end - 1, end, text.text[end - 1] + ".")


@cache
def _load(module: str) -> Callable[[AlignedText], None]:
    load: Callable[[AlignedText], None] = import_module(f"{__name__}.{module}").rewrite
    return load
