"""Feelings."""
from __future__ import annotations
def feel(text, language, quotations, spans):  # type: ignore
    return spans
