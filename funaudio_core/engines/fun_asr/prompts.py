"""Prompts of Fun-ASR, in the Chinese sentences that it was trained with."""

from __future__ import annotations

from collections.abc import Sequence

SYSTEM_PROMPT = "You are a helpful assistant."
# Names of languages in the training prompts, as the README of Fun-ASR lists them; languages.LANGUAGES has others.
NANO = {"zh": "中文", "en": "英文", "ja": "日文"}
MLT = {
    "zh": "中文",
    "en": "英文",
    "yue": "粤语",
    "ja": "日文",
    "ko": "韩文",
    "vi": "越南语",
    "id": "印尼语",
    "th": "泰语",
    "ms": "马来语",
    "tl": "菲律宾语",
    "ar": "阿拉伯语",
    "hi": "印地语",
    "bg": "保加利亚语",
    "hr": "克罗地亚语",
    "cs": "捷克语",
    "da": "丹麦语",
    "nl": "荷兰语",
    "et": "爱沙尼亚语",
    "fi": "芬兰语",
    "el": "希腊语",
    "hu": "匈牙利语",
    "ga": "爱尔兰语",
    "lv": "拉脱维亚语",
    "lt": "立陶宛语",
    "mt": "马耳他语",
    "pl": "波兰语",
    "pt": "葡萄牙语",
    "ro": "罗马尼亚语",
    "sk": "斯洛伐克语",
    "sl": "斯洛文尼亚语",
    "sv": "瑞典语",
}
_CONTEXT = "请结合上下文信息，更加准确地完成语音转写任务。如果没有相关信息，我们会留空。\n\n\n**上下文信息：**\n\n\n"


def build_prompt(language: str | None = None, hotwords: Sequence[str] = (), itn: bool = True) -> str:
    """Return the text in front of the audio in the user's turn, identical to get_prompt() of Fun-ASR.

    Args:
        language: Its name in NANO or MLT; None to leave it open.
        hotwords: Names and terms that are likely to occur.
        itn: Ask for digits and punctuation as in written text.
    """
    context = f"{_CONTEXT}热词列表：[{', '.join(hotwords)}]\n" if hotwords else ""
    into = f"成{language}" if language else ""
    form = "" if itn else "，不进行文本规整"
    return f"{context}语音转写{into}{form}："


def detect_language(text: str) -> str:
    """Return the code of the language of NANO that a text is in: Japanese if it has kana, Chinese if other Han."""
    if any("\u3041" <= char <= "\u3096" or "\u30a1" <= char <= "\u30fa" for char in text):
        return "ja"
    return "zh" if any("\u3400" <= char <= "\u9fff" for char in text) else "en"
