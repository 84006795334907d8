"""Instructions: how to speak, as the sentence that CosyVoice reads in front of the text."""

from __future__ import annotations

from funaudio_core.engines.cosyvoice.config import Version
from funaudio_core.engines.protocols import InstructionPrompt
from funaudio_core.message import Message
from funaudio_core.text import clean
from funaudio_core.types import Style

# Sentences that Fun-CosyVoice 3 was trained on (the instruct_list of its release); version 2 takes any sentence.
EMOTION_INSTRUCTIONS = {
    "happy": "请非常开心地说一句话。",
    "sad": "请非常伤心地说一句话。",
    "angry": "请非常生气地说一句话。",
}
LOUD_INSTRUCTION, SOFT_INSTRUCTION = (
    "Please say a sentence as loudly as possible.",
    "Please say a sentence in a very soft voice.",
)
DIALECT_INSTRUCTIONS = {"yue": "请用广东话表达。"}
LOUD_LEVEL_DB, SOFT_LEVEL_DB = 4.0, -6.0  # from these on a style counts as loud or soft

# Examples for the page: label and instruction. Version 3: all of the instruct_list; version 2: in the words of its
# examples, with the dialects of its README.
PRESETS: dict[Version, tuple[tuple[Message, str], ...]] = {
    3: (
        (Message("in a very soft voice"), SOFT_INSTRUCTION),
        (Message("as loudly as possible"), LOUD_INSTRUCTION),
        (Message("very happy"), EMOTION_INSTRUCTIONS["happy"]),
        (Message("very sad"), EMOTION_INSTRUCTIONS["sad"]),
        (Message("very angry"), EMOTION_INSTRUCTIONS["angry"]),
        (Message("as slowly as possible"), "请用尽可能慢地语速说一句话。"),
        (Message("as fast as possible"), "请用尽可能快地语速说一句话。"),
        (Message("like a robot"), "你可以尝试用机器人的方式解答吗？"),
        (Message("like Peppa Pig"), "我想体验一下小猪佩奇风格，可以吗？"),
        (Message("Cantonese"), DIALECT_INSTRUCTIONS["yue"]),
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


def instruction_prompt(version: Version) -> InstructionPrompt:
    """Return how a version takes instructions, with its examples."""
    return InstructionPrompt(render, PRESETS[version])


def render(style: Style, language: str) -> str:
    """Return the instruction of a style in a language; "" for none."""
    return add_dialect(choose_instruction(style), language)


def choose_instruction(style: Style) -> str:
    """Return the user's own instruction, else the trained one nearest to the style; "" for none."""
    if style.instruction.strip():
        return " ".join(clean(style.instruction).split())
    if style.whisper:
        return SOFT_INSTRUCTION
    if style.emotion in EMOTION_INSTRUCTIONS:
        return EMOTION_INSTRUCTIONS[style.emotion]
    if style.level >= LOUD_LEVEL_DB:
        return LOUD_INSTRUCTION
    return SOFT_INSTRUCTION if style.level <= SOFT_LEVEL_DB else ""


def add_dialect(instruction: str, language: str) -> str:
    """Prepend the dialect if the text alone would not tell it from Mandarin; "" if there is nothing to instruct."""
    return DIALECT_INSTRUCTIONS.get(language, "") + instruction
