"""How a line is to be spoken, as the sentence that CosyVoice is told in front of it. Knows no token and no sound."""

from __future__ import annotations

from funaudio_core.text import clean
from funaudio_core.types import Style

# Sentences that Fun-CosyVoice 3 was trained on (the instruct_list of its release); version 2 reads any.
EMOTIONS = {"happy": "请非常开心地说一句话。", "sad": "请非常伤心地说一句话。", "angry": "请非常生气地说一句话。"}
LOUD, SOFT = "Please say a sentence as loudly as possible.", "Please say a sentence in a very soft voice."
DIALECTS = {"yue": "请用广东话表达。"}
LOUD_LEVEL, SOFT_LEVEL = 4.0, -6.0  # dB from which on a style is loud or soft, as the words for these are understood


def wish(style: Style) -> str:
    """The visitor's own instruction; where they gave none, the known one nearest to the style, or ""."""
    if style.instruction.strip():
        return " ".join(clean(style.instruction).split())
    if style.whisper:
        return SOFT
    if style.emotion in EMOTIONS:
        return EMOTIONS[style.emotion]
    if style.level >= LOUD_LEVEL:
        return LOUD
    return SOFT if style.level <= SOFT_LEVEL else ""


def instruction(wished: str, language: str) -> str:
    """The wish, behind the dialect where the text alone would not tell it from Mandarin; "" for nothing to tell."""
    return DIALECTS.get(language, "") + wished
