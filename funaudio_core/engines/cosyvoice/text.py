"""Text as CosyVoice is to read it, cut into what it says at a time. Knows languages, neither ids nor sound.

CosyVoice guesses Chinese by its characters and reads all else as English, German and Japanese too. Here the language
is told, and a language without rules is left as it was written: the models read its digits themselves.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from functools import cache
from itertools import pairwise

from funaudio_core.engines.cosyvoice import control_tokens
from funaudio_core.engines.cosyvoice.config import Version
from funaudio_core.engines.cosyvoice.text_normalizer import read_out
from funaudio_core.text import clean, is_speakable

CHINESE = ("zh", "yue")
BY_CHARACTER = (*CHINESE, "ja")  # a piece is measured in these; in tokens elsewhere
MOST, ENOUGH, FEW = 80, 60, 20  # of one piece, before another may begin, and too few for a piece (CosyVoice's values)
_MARKS = {"zh": "。？！；：、.?!;", "yue": "。？！；：、.?!;", "ja": "。？！；.?!;"}
_OTHER_MARKS = ".?!;:。？！।؟"
_CLOSING = "\"'”’」』）)"
_COMMA = re.compile(r"[,，、،]\s*")
_SPACE = re.compile(r"\s+")
_WIDE = re.compile(r"(?<=[^\x00-\x7f])")

Count = Callable[[str], int]


def pieces(text: str, language: str, version: Version, tokens: Count) -> list[str]:
    """What is said at a time, in order; none without a letter or a digit. tokens: counts those of the vocabulary."""
    whole = normalised(text, language, version)
    return [piece for piece in split(whole, language, tokens) if is_speakable(piece)] if whole else []


def normalised(text: str, language: str, version: Version) -> str:
    """One line of text with digits and signs as words; marks such as "[laughter]" stay as they are.

    Japanese becomes katakana with a space between words for version 3, which was trained on that.
    """
    line = one_line(text, language)
    read = "".join(
        part if mark else _words(part, language, version) for part, mark in control_tokens.parts(line, version)
    )
    return _mandarin(read).strip() if language in CHINESE else read.strip()


def one_line(text: str, language: str) -> str:
    """The text cleaned, its lines one behind the other, with a stop behind each but the last."""
    *lines, last = clean(text).split("\n")
    between = "" if language in BY_CHARACTER else " "
    return between.join([*(stopped(line, language) for line in lines), last])


def split(text: str, language: str, tokens: Count) -> list[str]:
    """Pieces of 60 to 80 characters (Chinese, Japanese) or tokens where sentences allow it; joined, the whole text.

    text: not empty. Cut behind sentence marks, behind a comma or a space only where a sentence is longer than a piece.
    A stop is put at the end where there is none. A mark within a number or an abbreviation ("3.14") ends nothing.
    """
    count = len if language in BY_CHARACTER else tokens
    text = stopped(text, language)
    cuts = [0, *(match.end() for match in _sentence(_ends(language)).finditer(text))]
    found: list[str] = []
    piece = ""
    for start, end in pairwise(cuts):
        for part in _shortened(text[start:end], count):
            if count(piece + part) > MOST and count(piece) > ENOUGH:
                found.append(piece)
                piece = ""
            piece += part
    if found and count(piece) < FEW:
        found[-1] += piece
    else:
        found.append(piece)
    return found


def stopped(text: str, language: str) -> str:
    """The text with a sentence mark at its end."""
    if text.rstrip(_CLOSING)[-1:] in tuple(_ends(language)):
        return text
    return text + ("。" if language in BY_CHARACTER else ".")


def without_spaces(text: str) -> str:
    """Spaces stay between two ASCII characters only."""
    return re.sub(r"(?<![!-~]) +| +(?![!-~])", "", text)


def with_powers(text: str) -> str:
    """Square and cubic as Chinese says them."""
    return text.replace("²", "平方").replace("³", "立方")


def without_brackets(text: str) -> str:
    """What stands in Chinese brackets and in backticks without them; a dash is a space."""
    return re.sub(r"[（）【】`]", "", text).replace("——", " ")


def _mandarin(text: str) -> str:
    text = with_powers(without_spaces(text.replace(" - ", "，")))
    text = re.sub(r"\.(?![A-Za-z0-9])", "。", text)
    return re.sub(r"[，,、]+$", "。", without_brackets(text))


def _words(text: str, language: str, version: Version) -> str:
    if language == "ja" and version == 3:
        return _katakana(text)
    return read_out(text, language)


def _ends(language: str) -> str:
    return _MARKS.get(language, _OTHER_MARKS)


@cache
def _sentence(ends: str) -> re.Pattern[str]:
    """The end of one: marks, of which ASCII ones end nothing before an ASCII letter or digit, and what closes."""
    wide = re.escape("".join(mark for mark in ends if not mark.isascii()))
    every = re.escape(ends)
    return re.compile(rf"(?:[{every}]*[{wide}]|[{every}]++(?![A-Za-z0-9]))[{re.escape(_CLOSING)}]*")


def _shortened(sentence: str, count: Count) -> list[str]:
    """The sentence, or its halves where it is longer than a piece: cut near its middle, at a comma if there is one."""
    if count(sentence) <= MOST:
        return [sentence]
    for pattern in (_COMMA, _SPACE, _WIDE):
        cuts = [match.end() for match in pattern.finditer(sentence) if 0 < match.end() < len(sentence)]
        if cuts:
            middle = min(cuts, key=lambda cut: abs(cut - len(sentence) / 2))
            return _shortened(sentence[:middle], count) + _shortened(sentence[middle:], count)
    return [sentence]  # one endless word


_japanese = threading.Lock()  # Open JTalk keeps one sentence at a time


def _katakana(text: str) -> str:
    """Words as they are said, with a space behind each; punctuation as written."""
    import pyopenjtalk

    with _japanese:
        words = pyopenjtalk.run_frontend(text)
    said = "".join(word["string"] if word["pos"] == "記号" else f"{word['pron'].replace('’', '')} " for word in words)
    return re.sub(r" +(?=[、。？！」）])", "", said)
