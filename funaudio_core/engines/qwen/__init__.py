"""Conversation and translation by one chat model of the hub, Qwen3-4B-Instruct-2507 unless another is named."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import TypeVar

from funaudio_core import settings
from funaudio_core.engines.llm import CHATS, TRANSLATES, PromptedCompanion, PromptedTranslator
from funaudio_core.engines.protocols import Chatbot, Translator
from funaudio_core.engines.qwen.hub import Choice, choice
from funaudio_core.engines.qwen.model import Model
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.gpu import device as gpu_device
from funaudio_core.languages import LANGUAGES

# All of ours are among the 119 that Qwen3 was trained on. Of another model that is named we know no better.
LANGUAGES_KNOWN = frozenset(LANGUAGES)
PINNED_LICENCE = "Apache-2.0"

__all__ = ["Model", "companion", "companions", "translator", "translators"]

T = TypeVar("T")
_models: weakref.WeakValueDictionary[Choice, Model] = weakref.WeakValueDictionary()  # both engines let go of it
_loading = threading.Lock()


def _model(chosen: Choice) -> Model:
    """The model, loaded once for both engines."""
    with _loading:
        model = _models.get(chosen)
        if model is None:
            device = "cuda" if gpu_device.has_gpu() else "cpu"
            model = _models[chosen] = Model(chosen.folder(), device, settings.read().threads)
        return model


def _spec(name: str, chosen: Choice, load: Callable[[], T], capabilities: frozenset[str]) -> EngineSpec[T]:
    return EngineSpec(
        name=name,
        title=chosen.title,
        tier="full",
        languages=LANGUAGES_KNOWN,
        licence=PINNED_LICENCE if chosen.pinned else "see its card",
        source=chosen.repo,
        load=load,
        capabilities=capabilities,
        artifacts=chosen.weights,
        needs_gpu=True,
    )


def companion(chosen: Choice) -> EngineSpec[Chatbot]:
    """The chosen model as a partner in conversation."""

    def load() -> Chatbot:
        return PromptedCompanion(_model(chosen), chosen.title, LANGUAGES_KNOWN)

    return _spec("qwen-chat", chosen, load, CHATS)


def translator(chosen: Choice) -> EngineSpec[Translator]:
    """The chosen model as a translator."""

    def load() -> Translator:
        return PromptedTranslator(_model(chosen), chosen.title, LANGUAGES_KNOWN)

    return _spec("qwen-translate", chosen, load, TRANSLATES)


def companions() -> tuple[EngineSpec[Chatbot], ...]:
    """The model that FUNAUDIO_CHAT_MODEL names, else the pinned one, as a partner in conversation.

    Raises BadInput for a setting that can't be understood.
    """
    return (companion(choice(settings.read().chat_model)),)


def translators() -> tuple[EngineSpec[Translator], ...]:
    """The same model as a translator; see companions."""
    return (translator(choice(settings.read().chat_model)),)
