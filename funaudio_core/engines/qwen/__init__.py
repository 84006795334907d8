"""Conversation and translation by one chat model of the hub, Qwen3-4B-Instruct-2507 unless another is named."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import TypeVar

from funaudio_core import settings
from funaudio_core.engines.llm import CHAT_CAPABILITIES, TRANSLATION_CAPABILITIES, PromptedChatbot, PromptedTranslator
from funaudio_core.engines.protocols import Chatbot, Translator
from funaudio_core.engines.qwen.hub import HubModel, parse_model
from funaudio_core.engines.qwen.model import QwenModel
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.gpu import device as gpu_device
from funaudio_core.languages import LANGUAGES

# All of ours are among the 119 that Qwen3 was trained on. Of another model that is named we know no better.
SUPPORTED_LANGUAGES = frozenset(LANGUAGES)
PINNED_LICENCE = "Apache-2.0"

__all__ = ["QwenModel", "chatbot", "chatbots", "translator", "translators"]

T = TypeVar("T")
_models: weakref.WeakValueDictionary[HubModel, QwenModel] = weakref.WeakValueDictionary()  # both engines let go of it
_loading = threading.Lock()


def _model(chosen: HubModel) -> QwenModel:
    """The model, loaded once for both engines."""
    with _loading:
        model = _models.get(chosen)
        if model is None:
            device = "cuda" if gpu_device.has_gpu() else "cpu"
            model = _models[chosen] = QwenModel(chosen.folder(), device, settings.read().threads)
        return model


def _spec(name: str, chosen: HubModel, load: Callable[[], T], capabilities: frozenset[str]) -> EngineSpec[T]:
    return EngineSpec(
        name=name,
        title=chosen.title,
        tier="full",
        languages=SUPPORTED_LANGUAGES,
        licence=PINNED_LICENCE if chosen.pinned else "see its card",
        source=chosen.repo,
        load=load,
        capabilities=capabilities,
        artifacts=chosen.artifacts,
        needs_gpu=True,
    )


def chatbot(chosen: HubModel) -> EngineSpec[Chatbot]:
    """The chosen model as a partner in conversation."""

    def load() -> Chatbot:
        return PromptedChatbot(_model(chosen), chosen.title, SUPPORTED_LANGUAGES)

    return _spec("qwen-chat", chosen, load, CHAT_CAPABILITIES)


def translator(chosen: HubModel) -> EngineSpec[Translator]:
    """The chosen model as a translator."""

    def load() -> Translator:
        return PromptedTranslator(_model(chosen), chosen.title, SUPPORTED_LANGUAGES)

    return _spec("qwen-translate", chosen, load, TRANSLATION_CAPABILITIES)


def chatbots() -> tuple[EngineSpec[Chatbot], ...]:
    """The model that FUNAUDIO_CHAT_MODEL names, else the pinned one, as a partner in conversation.

    Raises BadInput for a setting that can't be understood.
    """
    return (chatbot(parse_model(settings.read().chat_model)),)


def translators() -> tuple[EngineSpec[Translator], ...]:
    """The same model as a translator; see companions."""
    return (translator(parse_model(settings.read().chat_model)),)
