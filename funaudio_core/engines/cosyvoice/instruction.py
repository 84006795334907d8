"""How a line is to be spoken, as the sentence that CosyVoice is told in front of it. Knows no token and no sound."""

from __future__ import annotations

from funaudio_core.engines.cosyvoice.config import Version
from funaudio_core.engines.protocols import InstructionPrompt
from funaudio_core.message import Message
from funaudio_core.text import clean
from funaudio_core.types import Style

# Sentences that Fun-CosyVoice 3 was trained on (the instruct_list of its release); version 2 reads any.
EMOTIONS = {"happy": "请非常开心地说一句话。", "sad": "请非常伤心地说一句话。", "angry": "请非常生气地说一句话。"}
LOUD, SOFT = "Please say a sentence as loudly as possible.", "Please say a sentence in a very soft voice."
DIALECTS = {"yue": "请用广东话表达。"}
LOUD_LEVEL, SOFT_LEVEL = 4.0, -6.0  # dB from which on a style is loud or soft, as the words for these are understood

# To begin with, what it asks for and how to ask. Version 3: the whole of that list; version 2: in the words of its
# examples, for the dialects that its README names.
KNOWN: dict[Version, tuple[tuple[Message, str], ...]] = {
    3: (
        (Message("in a very soft voice"), SOFT),
        (Message("as loudly as possible"), LOUD),
        (Message("very happy"), EMOTIONS["happy"]),
        (Message("very sad"), EMOTIONS["sad"]),
        (Message("very angry"), EMOTIONS["angry"]),
        (Message("as slowly as possible"), "请用尽可能慢地语速说一句话。"),
        (Message("as fast as possible"), "请用尽可能快地语速说一句话。"),
        (Message("like a robot"), "你可以尝试用机器人的方式解答吗？"),
        (Message("like Peppa Pig"), "我想体验一下小猪佩奇风格，可以吗？"),
        (Message("Cantonese"), DIALECTS["yue"]),
        (Message("Sichuan dialect"), "请用四川话表达。"),
        (Message("Northeastern dialect"), "请用东北话表达。"),
        (Message("Shanghai dialect"), "请用上海话表达。"),
        (Message("Southern Min"), "请用闽南话表达。"),
        (Message("Henan dialect"), "请用河南话表达。"),
        (Message("Shaanxi dialect"), "请用陕西话表达。"),
        (Message("Shandong dialect"), "请用山东话表达。"),
        (Message("Tianjin dialect"), "请用天津话表达。"),
        (Message("Hunan dialect"), "请用湖南话表达。"),
        (Message("Hubei dialect"), "请用湖北话表达。"),
        (Message("Jiangxi dialect"), "请用江西话表达。"),
        (Message("Guizhou dialect"), "请用贵州话表达。"),
        (Message("Yunnan dialect"), "请用云南话表达。"),
        (Message("Shanxi dialect"), "请用山西话表达。"),
        (Message("Gansu dialect"), "请用甘肃话表达。"),
        (Message("Ningxia dialect"), "请用宁夏话表达。"),
    ),
    2: (
        (Message("very happy"), "用开心的语气说这句话"),
        (Message("very sad"), "用伤心的语气说这句话"),
        (Message("very angry"), "用生气的语气说这句话"),
        (Message("Cantonese"), "用粤语说这句话"),
        (Message("Sichuan dialect"), "用四川话说这句话"),
        (Message("Shanghai dialect"), "用上海话说这句话"),
        (Message("Tianjin dialect"), "用天津话说这句话"),
        (Message("Wuhan dialect"), "用武汉话说这句话"),
    ),
}


def telling(version: Version) -> InstructionPrompt:
    """What a version is told, and what it may be told to begin with."""
    return InstructionPrompt(told, KNOWN[version])


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
