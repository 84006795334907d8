"""Qwen2.5-Coder in llama.cpp, where its file has been downloaded."""

from __future__ import annotations

from typing import cast

import pytest

from funaudio_core.engines import llama_cpp, loader
from funaudio_core.engines.llm import ChatMessage, PromptedChatbot, choose
from funaudio_core.engines.llm.chat_model import USER
from funaudio_core.types import Conversation, Emotion, ReplyStyle, Turn

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        loader.download_size(llama_cpp.CHATBOT) > 0,
        reason="python -m funaudio_core.weights qwen2.5-coder-1.5b downloads the model",
    ),
]


def test_model_translates() -> None:
    translator = llama_cpp.TRANSLATOR.load()
    assert translator.translate("We are waiting for the bus.", "en", "es") == "Estamos esperando el autobús."
    assert "bus" in translator.translate("我们在等公共汽车。", "zh", "en").lower()


def test_model_answers_with_a_feeling_and_keeps_to_a_choice() -> None:
    chatbot = cast("PromptedChatbot", llama_cpp.CHATBOT.load())
    turn = Turn("user", "I passed my exam!", Emotion("happy", 0.9))
    style, *text = chatbot.reply(Conversation((turn,), "A friend.", "en"))
    assert isinstance(style, ReplyStyle)
    assert style.emotion == "happy"
    assert "exam" in "".join(map(str, text)).lower() or "congrat" in "".join(map(str, text)).lower()
    question = [ChatMessage(USER, "'Come here!' cried Anna to her brother. Who speaks?")]
    assert choose(chatbot.model, question, ["Anna", "her brother", "nobody"]) == "Anna"
