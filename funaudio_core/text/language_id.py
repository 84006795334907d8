"""Identification of the language of a text."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from funaudio_core.languages import LANGUAGES
from funaudio_core.text import is_speakable

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

MIN_PROBABILITY = 0.9  # of a guess that is returned
MIN_LETTERS = 6  # in Latin script; a guess from fewer is noise
# Identified as Chinese, Indonesian and Russian, which more engines speak: text classifiers confuse the pairs.
_INDISTINGUISHABLE = frozenset({"yue", "ms", "bg"})


def _load_all() -> LanguageIdentifier:
    """Return the classifier with all of its 97 languages."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


@cache
def load() -> LanguageIdentifier:
    """Return the classifier, loaded once (0.6 s). Only the tables of languages of this app are kept."""
    from py3langid.langid import LanguageIdentifier

    model = _load_all()
    model.set_languages([code for code in LANGUAGES if code not in _INDISTINGUISHABLE])
    tables = model.nb_ptc, model.nb_pc, model.nb_classes, model.tk_nextmove, model.tk_output
    return LanguageIdentifier(*tables, norm_probs=True, tk_row=model.tk_row)


def detect_language(text: str) -> str | None:
    """Return the ISO 639 code of the text's language, or None if the text is too short or the guess is uncertain."""
    letters = [char for char in text if char.isalpha()]
    if not is_speakable(text) or not letters:
        return None
    if all(ord(char) < 0x250 for char in letters) and len(letters) < MIN_LETTERS:
        return None
    code, probability = load().classify(text)
    return str(code) if probability >= MIN_PROBABILITY else None


def detect_any_language(text: str) -> str:
    """Return the most probable code of all languages that the classifier knows, those of no voice here among them.

    The classifier is loaded anew for each call, which takes 0.6 s.
    """
    return str(_load_all().classify(text)[0])
