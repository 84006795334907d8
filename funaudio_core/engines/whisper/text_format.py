"""Formatting of recognized text: script, and written or spoken form."""

from __future__ import annotations

import re
import unicodedata

from funaudio_core.languages import is_spaced
from funaudio_core.text.error_rate import to_simplified

# Given to Whisper as the previous text. Chinese: Simplified, with punctuation. Hindi: Devanagari, or it writes Urdu
# script.
PROMPTS = {"zh": "以下是普通话的句子，带有标点符号。", "hi": "नमस्ते, यह वाक्य हिन्दी में देवनागरी लिपि में लिखा गया है।"}
_APOSTROPHES = "'’"
_HALF_WIDTH = re.compile(r"(?<=[\u4e00-\u9fff])[,?!:;]")  # a mark right after a Chinese character
_CHARACTER = re.compile(r"[\W_]*(?:[A-Za-z0-9]+|\w)[\W_]*")
_FULL_WIDTH = str.maketrans(",?!:;", "，？！：；")
_HALF_WIDTH_MARKS = str.maketrans("，？！：；", ",?!:;")


def format_text(text: str, language: str, written: bool) -> str:
    """Return the text in written or spoken form; Chinese in Simplified characters."""
    if language == "zh":
        text = _HALF_WIDTH.sub(lambda mark: mark[0].translate(_FULL_WIDTH), to_simplified(text))
    return text.strip() if written else to_spoken_form(text, language)


def to_half_width(text: str) -> str:
    """Return a Chinese text with the marks that the model writes, which format_text() replaces."""
    return text.translate(_HALF_WIDTH_MARKS)


def to_spoken_form(text: str, language: str) -> str:
    """Return the text in lower case without punctuation and symbols, and without spaces if the script has none.

    Apostrophes inside words stay.
    """
    if language == "tr":  # dotted and dotless i are two letters
        text = text.replace("I", "ı").replace("İ", "i")
    text = text.lower()
    chars = [char if _is_spoken(text, index) else " " for index, char in enumerate(text)]
    return (" " if is_spaced(language) else "").join("".join(chars).split())


def split_characters(text: str) -> list[str]:
    """Split a text without spaces into characters with their punctuation; Latin words and numbers stay whole."""
    return _CHARACTER.findall(text) or [text]


def _is_spoken(text: str, index: int) -> bool:
    """Return whether a character is a letter, number or combining mark, or an apostrophe between letters."""
    if text[index] in _APOSTROPHES:
        return 0 < index < len(text) - 1 and text[index - 1].isalpha() and text[index + 1].isalpha()
    return unicodedata.category(text[index])[0] in "LNM"
