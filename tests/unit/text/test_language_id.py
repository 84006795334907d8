"""Tests of language identification."""

import pytest

from funaudio_core.languages import LANGUAGES
from funaudio_core.text.language_id import _INDISTINGUISHABLE, detect_language


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code not in _INDISTINGUISHABLE])
def test_sample_sentences_are_identified(code: str) -> None:
    assert detect_language(LANGUAGES[code].sample) == code


@pytest.mark.parametrize("text", ["", "ok", "123 456", "😀"])
def test_text_with_too_little_evidence_has_no_language(text: str) -> None:
    assert detect_language(text) is None
