"""Chat and translation with a chat model of the Hugging Face hub, Qwen3-4B-Instruct-2507 by default."""

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

# Qwen3 was trained on 119 languages, among them all of this app's; other models are assumed to know them too.
SUPPORTED_LANGUAGES = frozenset(LANGUAGES)
PINNED_LICENCE = "Apache-2.0"

__all__ = ["QwenModel", "chatbot", "chatbots", "translator", "translators"]

T = TypeVar("T")
# A model is freed when both of its engines are unloaded.
_models: weakref.WeakValueDictionary[HubModel, QwenModel] = weakref.WeakValueDictionary()
_load_lock = threading.Lock()


def _load_model(hub_model: HubModel) -> QwenModel:
    """Return the model, loaded once for both engines."""
    with _load_lock:
        model = _models.get(hub_model)
        if model is None:
            device = "cuda" if gpu_device.has_gpu() else "cpu"
            model = _models[hub_model] = QwenModel(hub_model.folder(), device, settings.read().threads)
        return model


def _spec(name: str, hub_model: HubModel, load: Callable[[], T], capabilities: frozenset[str]) -> EngineSpec[T]:
    return EngineSpec(
        name=name,
        title=hub_model.title,
        tier="full",
        languages=SUPPORTED_LANGUAGES,
        licence=PINNED_LICENCE if hub_model.pinned else "see its card",
        source=hub_model.repo,
        load=load,
        capabilities=capabilities,
        artifacts=hub_model.artifacts,
        needs_gpu=True,
    )


def chatbot(hub_model: HubModel) -> EngineSpec[Chatbot]:
    """Return the engine of a hub model as a chatbot."""

    def load() -> Chatbot:
        return PromptedChatbot(_load_model(hub_model), hub_model.title, SUPPORTED_LANGUAGES)

    return _spec("qwen-chat", hub_model, load, CHAT_CAPABILITIES)


def translator(hub_model: HubModel) -> EngineSpec[Translator]:
    """Return the engine of a hub model as a translator."""

    def load() -> Translator:
        return PromptedTranslator(_load_model(hub_model), hub_model.title, SUPPORTED_LANGUAGES)

    return _spec("qwen-translate", hub_model, load, TRANSLATION_CAPABILITIES)


def chatbots() -> tuple[EngineSpec[Chatbot], ...]:
    """Return the chatbot of the model in FUNAUDIO_CHAT_MODEL, by default the pinned one.

    Raises:
        BadInput: The setting is invalid.
    """
    return (chatbot(parse_model(settings.read().chat_model)),)


def translators() -> tuple[EngineSpec[Translator], ...]:
    """Return the translator of the same model as chatbots()."""
    return (translator(parse_model(settings.read().chat_model)),)
