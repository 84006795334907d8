"""How a line is to be spoken, as the sentence that CosyVoice is told in front of it. Knows no token and no sound."""

from __future__ import annotations

from funaudio_core.engines.cosyvoice.config import Version
from funaudio_core.engines.protocols import Telling
from funaudio_core.message import Phrase
from funaudio_core.text import clean
from funaudio_core.types import Style

# Sentences that Fun-CosyVoice 3 was trained on (the instruct_list of its release); version 2 reads any.
EMOTIONS = {"happy": "请非常开心地说一句话。", "sad": "请非常伤心地说一句话。", "angry": "请非常生气地说一句话。"}
LOUD, SOFT = "Please say a sentence as loudly as possible.", "Please say a sentence in a very soft voice."
DIALECTS = {"yue": "请用广东话表达。"}
LOUD_LEVEL, SOFT_LEVEL = 4.0, -6.0  # dB from which on a style is loud or soft, as the words for these are understood

# To begin with, what it asks for and how to ask. Version 3: the whole of that list; version 2: in the words of its
# examples, for the dialects that its README names.
KNOWN: dict[Version, tuple[tuple[Phrase, str], ...]] = {
    3: (
        (Phrase("in a very soft voice"), SOFT),
        (Phrase("as loudly as possible"), LOUD),
        (Phrase("very happy"), EMOTIONS["happy"]),
        (Phrase("very sad"), EMOTIONS["sad"]),
        (Phrase("very angry"), EMOTIONS["angry"]),
        (Phrase("as slowly as possible"), "请用尽可能慢地语速说一句话。"),
        (Phrase("as fast as possible"), "请用尽可能快地语速说一句话。"),
        (Phrase("like a robot"), "你可以尝试用机器人的方式解答吗？"),
        (Phrase("like Peppa Pig"), "我想体验一下小猪佩奇风格，可以吗？"),
        (Phrase("Cantonese"), DIALECTS["yue"]),
        (Phrase("Sichuan dialect"), "请用四川话表达。"),
        (Phrase("Northeastern dialect"), "请用东北话表达。"),
        (Phrase("Shanghai dialect"), "请用上海话表达。"),
        (Phrase("Southern Min"), "请用闽南话表达。"),
        (Phrase("Henan dialect"), "请用河南话表达。"),
        (Phrase("Shaanxi dialect"), "请用陕西话表达。"),
        (Phrase("Shandong dialect"), "请用山东话表达。"),
        (Phrase("Tianjin dialect"), "请用天津话表达。"),
        (Phrase("Hunan dialect"), "请用湖南话表达。"),
        (Phrase("Hubei dialect"), "请用湖北话表达。"),
        (Phrase("Jiangxi dialect"), "请用江西话表达。"),
        (Phrase("Guizhou dialect"), "请用贵州话表达。"),
        (Phrase("Yunnan dialect"), "请用云南话表达。"),
        (Phrase("Shanxi dialect"), "请用山西话表达。"),
        (Phrase("Gansu dialect"), "请用甘肃话表达。"),
        (Phrase("Ningxia dialect"), "请用宁夏话表达。"),
    ),
    2: (
        (Phrase("very happy"), "用开心的语气说这句话"),
        (Phrase("very sad"), "用伤心的语气说这句话"),
        (Phrase("very angry"), "用生气的语气说这句话"),
        (Phrase("Cantonese"), "用粤语说这句话"),
        (Phrase("Sichuan dialect"), "用四川话说这句话"),
        (Phrase("Shanghai dialect"), "用上海话说这句话"),
        (Phrase("Tianjin dialect"), "用天津话说这句话"),
        (Phrase("Wuhan dialect"), "用武汉话说这句话"),
    ),
}


def telling(version: Version) -> Telling:
    """What a version is told, and what it may be told to begin with."""
    return Telling(told, KNOWN[version])


def told(style: Style, language: str) -> str:
    """The sentence of a style in a language; "" for nothing to tell."""
    return instruction(wish(style), language)


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
