"""Chat and translation with Qwen2.5-Coder-1.5B-Instruct, downloaded on demand and run by llama.cpp on the CPU."""

from __future__ import annotations

import threading
import weakref

from funaudio_core import settings
from funaudio_core.engines.llama_cpp.model import LlamaModel
from funaudio_core.engines.llm import CHAT_CAPABILITIES, TRANSLATION_CAPABILITIES, PromptedChatbot, PromptedTranslator
from funaudio_core.engines.protocols import ALL_PAIRS, Chatbot, Translator
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.weights import store

ARTIFACT = "qwen2.5-coder-1.5b"
TITLE = "Qwen2.5-Coder-1.5B-Instruct"
LICENCE, SOURCE = "Apache-2.0", "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF"
CHAT_LANGUAGES = frozenset({"en", "zh"})
# Those in which the sentences of bench/assistants/translate.py were translated well enough; into Korean they were not
# (chrF 15).
DIRECTIONS = frozenset(
    {*(("en", target) for target in ("es", "fr", "it", "pt", "zh", "ja")), ("es", "en"), ("zh", "en"), ("ja", "en")}
)
GIST_DIRECTIONS = frozenset({("en", "ja")})

__all__ = ["CHATBOT", "TRANSLATOR", "LlamaModel"]

_models: weakref.WeakValueDictionary[str, LlamaModel] = weakref.WeakValueDictionary()  # freed with its last engine
_load_lock = threading.Lock()


def _load_model() -> LlamaModel:
    """Return the model, loaded once for both engines."""
    with _load_lock:
        model = _models.get(ARTIFACT)
        if model is None:
            path = next(store.artifact_dir(ARTIFACT).glob("*.gguf"))
            model = _models[ARTIFACT] = LlamaModel(path, TITLE, settings.read().threads)
        return model


def _load_chatbot() -> Chatbot:
    return PromptedChatbot(_load_model(), TITLE, CHAT_LANGUAGES, examples=True)


def _load_translator() -> Translator:
    return PromptedTranslator(_load_model(), TITLE, TRANSLATOR.languages, DIRECTIONS)


CHATBOT: EngineSpec[Chatbot] = EngineSpec(
    name=ARTIFACT,
    title=TITLE,
    tier="lite",
    languages=CHAT_LANGUAGES,
    licence=LICENCE,
    source=SOURCE,
    load=_load_chatbot,
    capabilities=CHAT_CAPABILITIES,
    artifacts=(ARTIFACT,),
    on_demand=True,
)
TRANSLATOR: EngineSpec[Translator] = EngineSpec(
    name=ARTIFACT,
    title=TITLE,
    tier="lite",
    languages=frozenset(code for pair in DIRECTIONS for code in pair),
    licence=LICENCE,
    source=SOURCE,
    load=_load_translator,
    capabilities=TRANSLATION_CAPABILITIES - {ALL_PAIRS},
    artifacts=(ARTIFACT,),
    directions=DIRECTIONS,
    gist_directions=GIST_DIRECTIONS,
    preferred=True,
    on_demand=True,
)
