"""How recognised text is finished: script, and written or spoken form. Pure; knows no model."""

from __future__ import annotations

import re
import unicodedata

from funaudio_core.languages import is_spaced
from funaudio_core.text.error_rate import to_simplified

# What Whisper is told was said before. Chinese: Simplified, with marks. Hindi: Devanagari, or it writes Urdu script.
PROMPTS = {"zh": "以下是普通话的句子，带有标点符号。", "hi": "नमस्ते, यह वाक्य हिन्दी में देवनागरी लिपि में लिखा गया है।"}
_APOSTROPHES = "'’"
_HALF_WIDTH = re.compile(r"(?<=[\u4e00-\u9fff])[,?!:;]")  # a mark right after a Chinese character
_CHARACTER = re.compile(r"[\W_]*(?:[A-Za-z0-9]+|\w)[\W_]*")
_FULL_WIDTH = str.maketrans(",?!:;", "，？！：；")


def finish(text: str, language: str, written: bool) -> str:
    """The text as the visitor gets it: Chinese in Simplified characters; in spoken form unless `written`."""
    if language == "zh":
        text = _HALF_WIDTH.sub(lambda mark: mark[0].translate(_FULL_WIDTH), to_simplified(text))
    return text.strip() if written else spoken(text, language)


def spoken(text: str, language: str) -> str:
    """Lower case without punctuation or symbols; apostrophes inside words stay. No spaces where the script has none."""
    if language == "tr":  # dotted and dotless i are two letters
        text = text.replace("I", "ı").replace("İ", "i")
    text = text.lower()
    kept = [char if _is_spoken(text, index) else " " for index, char in enumerate(text)]
    return (" " if is_spaced(language) else "").join("".join(kept).split())


def split_characters(text: str) -> list[str]:
    """The characters of a text without spaces, each with the marks behind it; runs of Latin letters or digits whole."""
    return _CHARACTER.findall(text) or [text]


def _is_spoken(text: str, index: int) -> bool:
    """Letters, numbers, marks; or an apostrophe with a letter on both sides."""
    if text[index] in _APOSTROPHES:
        return 0 < index < len(text) - 1 and text[index - 1].isalpha() and text[index + 1].isalpha()
    return unicodedata.category(text[index])[0] in "LNM"
