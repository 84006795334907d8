"""Text frontend: normalization, and splitting into pieces that are synthesized one at a time.

CosyVoice detects Chinese by its characters and treats everything else as English, including German and Japanese. Here
the language is given, and the text of languages without rules stays as written: the models read its digits.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from functools import cache
from itertools import pairwise

from funaudio_core.engines.cosyvoice import control_tokens
from funaudio_core.engines.cosyvoice.config import Version
from funaudio_core.engines.cosyvoice.text_normalizer import spell_digits
from funaudio_core.text import clean, is_speakable, speech_markup

CHINESE = ("zh", "yue")
CHARACTER_LANGUAGES = (*CHINESE, "ja")  # whose pieces are measured in characters, others in tokens
# Characters or tokens, CosyVoice's token_max_n, token_min_n and merge_len: a longer piece is split if what comes before
# the split is longer than SPLIT_LENGTH; a last piece shorter than MERGE_LENGTH is merged with the one before.
MAX_LENGTH, SPLIT_LENGTH, MERGE_LENGTH = 80, 60, 20
_MARKS = {"zh": "。？！；：、.?!;", "yue": "。？！；：、.?!;", "ja": "。？！；.?!;"}
_OTHER_MARKS = ".?!;:。？！।؟"
_CLOSING = "\"'”’」』）)"
_COMMA = re.compile(r"[,，、،]\s*")
_SPACE = re.compile(r"\s+")
_WIDE = re.compile(r"(?<=[^\x00-\x7f])")

CONTROL_TAGS = frozenset(("strong", "laughter"))  # of control_tokens, though HTML has one of them

CountTokens = Callable[[str], int]


def normalize_and_split(text: str, language: str, version: Version, count_tokens: CountTokens) -> list[str]:
    """Normalize a text without its markup and split it into pieces that each contain a letter or a digit.

    Args:
        text: The text.
        language: Language code.
        version: CosyVoice's version.
        count_tokens: Counts the tokens of a text.
    """
    whole = normalize(speech_markup.strip(text, CONTROL_TAGS), language, version)
    return [piece for piece in split(whole, language, count_tokens) if is_speakable(piece)] if whole else []


def normalize(text: str, language: str, version: Version) -> str:
    """Put a text on one line with digits and signs as words; control tokens stay as they are.

    For version 3 Japanese becomes katakana with spaces between words, as in its training.
    """
    line = one_line(text, language)
    words = "".join(
        part if is_control else _words(part, language, version)
        for part, is_control in control_tokens.split_controls(line, version)
    )
    return _mandarin(words).strip() if language in CHINESE else words.strip()


def one_line(text: str, language: str) -> str:
    """Clean a text and join its lines, with a stop behind each but the last."""
    *lines, last = clean(text).split("\n")
    between = "" if language in CHARACTER_LANGUAGES else " "
    return between.join([*(with_final_stop(line, language) for line in lines), last])


def split(text: str, language: str, count_tokens: CountTokens) -> list[str]:
    """Split a text into pieces of 60 to 80 characters (Chinese, Japanese) or tokens where its sentences allow.

    Splits are behind sentence marks, and behind a comma or a space only if a sentence is longer than a piece. A mark
    within a number or an abbreviation ("3.14") ends no sentence. A stop is added at the end if there is none.

    Args:
        text: Not empty.
        language: Language code.
        count_tokens: Counts the tokens of a text.

    Returns:
        The pieces; joined, they are the text.
    """
    count = len if language in CHARACTER_LANGUAGES else count_tokens
    text = with_final_stop(text, language)
    cuts = [0, *(match.end() for match in _sentence(_ends(language)).finditer(text))]
    pieces: list[str] = []
    piece = ""
    for start, end in pairwise(cuts):
        for part in _split_sentence(text[start:end], count):
            if count(piece + part) > MAX_LENGTH and count(piece) > SPLIT_LENGTH:
                pieces.append(piece)
                piece = ""
            piece += part
    if pieces and count(piece) < MERGE_LENGTH:
        pieces[-1] += piece
    else:
        pieces.append(piece)
    return pieces


def with_final_stop(text: str, language: str) -> str:
    """Return the text with a sentence mark at its end."""
    if text.rstrip(_CLOSING)[-1:] in tuple(_ends(language)):
        return text
    return text + ("。" if language in CHARACTER_LANGUAGES else ".")


def strip_cjk_spaces(text: str) -> str:
    """Remove spaces that are not between two ASCII characters."""
    return re.sub(r"(?<![!-~]) +| +(?![!-~])", "", text)


def replace_powers(text: str) -> str:
    """Replace superscript 2 and 3 by the Chinese words."""
    return text.replace("²", "平方").replace("³", "立方")


def remove_brackets(text: str) -> str:
    """Remove Chinese brackets and backticks, and replace dashes by spaces."""
    return re.sub(r"[（）【】`]", "", text).replace("——", " ")


def _mandarin(text: str) -> str:
    text = replace_powers(strip_cjk_spaces(text.replace(" - ", "，")))
    text = re.sub(r"\.(?![A-Za-z0-9])", "。", text)
    return re.sub(r"[，,、]+$", "。", remove_brackets(text))


def _words(text: str, language: str, version: Version) -> str:
    if language == "ja" and version == 3:
        return _katakana(text)
    return spell_digits(text, language)


def _ends(language: str) -> str:
    return _MARKS.get(language, _OTHER_MARKS)


@cache
def _sentence(ends: str) -> re.Pattern[str]:
    """Return the pattern of sentence ends: marks (ASCII ones not before a letter or digit) and closing quotes."""
    wide = re.escape("".join(mark for mark in ends if not mark.isascii()))
    every = re.escape(ends)
    return re.compile(rf"(?:[{every}]*[{wide}]|[{every}]++(?![A-Za-z0-9]))[{re.escape(_CLOSING)}]*")


def _split_sentence(sentence: str, count: CountTokens) -> list[str]:
    """Split a sentence longer than MAX_LENGTH near its middle, at a comma, a space or any wide character."""
    if count(sentence) <= MAX_LENGTH:
        return [sentence]
    for pattern in (_COMMA, _SPACE, _WIDE):
        cuts = [match.end() for match in pattern.finditer(sentence) if 0 < match.end() < len(sentence)]
        if cuts:
            middle = min(cuts, key=lambda cut: abs(cut - len(sentence) / 2))
            return _split_sentence(sentence[:middle], count) + _split_sentence(sentence[middle:], count)
    return [sentence]  # one long word


_open_jtalk_lock = threading.Lock()  # Open JTalk is not thread-safe


def _katakana(text: str) -> str:
    """Return Japanese words in katakana as pronounced, each with a space behind it; punctuation stays as written."""
    import pyopenjtalk

    with _open_jtalk_lock:
        words = pyopenjtalk.run_frontend(text)
    kana = "".join(word["string"] if word["pos"] == "記号" else f"{word['pron'].replace('’', '')} " for word in words)
    return re.sub(r" +(?=[、。？！」）])", "", kana)
