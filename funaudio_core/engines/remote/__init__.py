"""Engines on servers with an OpenAI-compatible API, which the settings name. Importing it sends no request."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from funaudio_core import settings
from funaudio_core.engines.firered import FireRed
from funaudio_core.engines.llm import CHAT_CAPABILITIES, TRANSLATION_CAPABILITIES, PromptedChatbot, PromptedTranslator
from funaudio_core.engines.protocols import Chatbot, InstructionPrompt, Recognizer, Synthesizer, Translator
from funaudio_core.engines.remote.audio_chat import RemoteSpokenChatbot
from funaudio_core.engines.remote.chat_completions import RemoteChatModel
from funaudio_core.engines.remote.discovery import DEFAULT_VOICE, Server, ServerInfo
from funaudio_core.engines.remote.endpoint import Endpoint, parse_endpoint, require_key
from funaudio_core.engines.remote.http_client import HttpClient
from funaudio_core.engines.remote.server_profiles import (
    CLONE,
    GENERIC,
    INSTRUCT,
    PRESETS,
    PROFILES,
    RECOGNITION_CAPABILITIES,
    SEGMENT_TIMES,
    SPEECH_CAPABILITIES,
)
from funaudio_core.engines.remote.speech import RemoteSynthesizer
from funaudio_core.engines.remote.transcription import RemoteRecognizer
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.engines.spoken_chat import HEARS, TOOLS, UNDERSTANDS, SpokenChatbot
from funaudio_core.errors import FunAudioError
from funaudio_core.languages import LANGUAGES
from funaudio_core.types import Voice

T = TypeVar("T")
NAME = "remote"  # of every remote engine; each registry has one at most
AUDIO_CHAT_NAME = "remote-audio-chat"  # beside the remote chat model, which is a spoken chatbot too
MIN_MODEL_LETTERS = 6  # a shorter name must contain the whole name of a known model
NO_CAPABILITIES: frozenset[str] = frozenset()
TAG_PREFIXES = ("event:", "span:")  # of capabilities that are tags in a text
VERBATIM = InstructionPrompt(lambda style, _: style.instruction.strip(), ())  # of models that are not known here


@dataclass(frozen=True, slots=True)
class _Offer:
    """Part of an EngineSpec that depends on the server."""

    languages: frozenset[str]
    capabilities: frozenset[str]
    voices: tuple[Voice, ...] = ()
    instruction_prompt: InstructionPrompt | None = None


def recognizers(known_engines: Sequence[EngineSpec[Any]]) -> tuple[EngineSpec[Recognizer], ...]:
    """Return the recognizer that FUNAUDIO_ASR_URL names, if any.

    Args:
        known_engines: Local engines, whose models the server may run as well.

    Raises:
        BadInput: The setting is invalid.
    """
    named = _named("FUNAUDIO_ASR_URL", settings.read().asr_url, RECOGNITION_CAPABILITIES)
    return tuple(recognizer(endpoint, key, known_engines) for endpoint, key in named)


def synthesizers(known_engines: Sequence[EngineSpec[Any]]) -> tuple[EngineSpec[Synthesizer], ...]:
    """Return the synthesizer that FUNAUDIO_TTS_URL names, if any; see recognizers()."""
    named = _named("FUNAUDIO_TTS_URL", settings.read().tts_url, SPEECH_CAPABILITIES)
    return tuple(synthesizer(endpoint, key, known_engines) for endpoint, key in named)


def chatbots() -> tuple[EngineSpec[Chatbot], ...]:
    """Return the chatbot that FUNAUDIO_CHAT_URL names, if any; see recognizers()."""
    named = _named("FUNAUDIO_CHAT_URL", settings.read().chat_url, NO_CAPABILITIES)
    return tuple(chatbot(endpoint, key) for endpoint, key in named)


def translators() -> tuple[EngineSpec[Translator], ...]:
    """Return the translator on the same model, if any."""
    named = _named("FUNAUDIO_CHAT_URL", settings.read().chat_url, NO_CAPABILITIES)
    return tuple(translator(endpoint, key) for endpoint, key in named)


def spoken_chatbots() -> tuple[EngineSpec[SpokenChatbot], ...]:
    """Return the model that hears clips which FUNAUDIO_AUDIO_CHAT_URL names, if any; see recognizers()."""
    named = _named("FUNAUDIO_AUDIO_CHAT_URL", settings.read().audio_chat_url, NO_CAPABILITIES)
    return tuple(spoken_chatbot(endpoint, key) for endpoint, key in named)


def _named(variable: str, text: str, allowed: frozenset[str]) -> list[tuple[Endpoint, str]]:
    """Return endpoint and key of the server that a setting names, if any."""
    if not text:
        return []
    key = require_key("FUNAUDIO_UPSTREAM_API_KEY", settings.read().upstream_api_key)
    return [(parse_endpoint(variable, text, allowed), key)]


def recognizer(endpoint: Endpoint, key: str, known_engines: Sequence[EngineSpec[Any]] = ()) -> EngineSpec[Recognizer]:
    """Return the recognizer of a model on a server; key: "" for none."""
    server = Server(endpoint, HttpClient(endpoint.url, key, _title(endpoint)))
    model = _matching_engine(endpoint.model, known_engines)

    def offer(info: ServerInfo) -> _Offer:
        if endpoint.capabilities:
            capabilities = frozenset(endpoint.capabilities)
        elif info.capabilities is None:
            capabilities = info.profile.recognition
        else:
            capabilities = info.capabilities & RECOGNITION_CAPABILITIES | {SEGMENT_TIMES}
        return _Offer(_languages(endpoint, info, model), capabilities)

    def build(current_spec: Callable[[], EngineSpec[Recognizer]]) -> Recognizer:
        return RemoteRecognizer(endpoint.model, server.client, current_spec, FireRed())

    return _refreshable_spec(server, model, offer, build)


def synthesizer(endpoint: Endpoint, key: str, known_engines: Sequence[EngineSpec[Any]] = ()) -> EngineSpec[Synthesizer]:
    """Return the synthesizer of a model on a server; key: "" for none."""
    server = Server(endpoint, HttpClient(endpoint.url, key, _title(endpoint)), is_speech=True)
    model = _matching_engine(endpoint.model, known_engines)

    def offer(info: ServerInfo) -> _Offer:
        reported = info.profile.speech if info.capabilities is None else info.capabilities
        capabilities = frozenset(endpoint.capabilities) or reported & SPEECH_CAPABILITIES
        if info.voices:
            capabilities |= {PRESETS}
        if info.capabilities is not None:
            tags = info.capabilities
        else:
            tags = model.capabilities if model and CLONE in capabilities else NO_CAPABILITIES
        capabilities |= {name for name in tags if name.startswith(TAG_PREFIXES)}
        languages = _languages(endpoint, info, model)
        prompt = (model and model.instruction_prompt) or VERBATIM
        voices = _voices(info, languages, model)
        return _Offer(languages, capabilities, voices, prompt if INSTRUCT in capabilities else None)

    return _refreshable_spec(server, model, offer, lambda current_spec: RemoteSynthesizer(server, current_spec))


def chatbot(endpoint: Endpoint, key: str) -> EngineSpec[Chatbot]:
    """Return the chatbot of a model on a server; key: "" for none."""
    server, languages, title = _chat(endpoint, key)
    offer = _Offer(languages, CHAT_CAPABILITIES)
    return _refreshable_spec(
        server, None, lambda _: offer, lambda _: PromptedChatbot(RemoteChatModel(server), title, languages)
    )


def spoken_chatbot(endpoint: Endpoint, key: str) -> EngineSpec[SpokenChatbot]:
    """Return the model on a server that hears clips and answers in text; key: "" for none."""
    server, languages, _ = _chat(endpoint, key)
    offer = _Offer(languages, frozenset({HEARS, TOOLS, UNDERSTANDS}))
    return _refreshable_spec(
        server, None, lambda _: offer, lambda _: RemoteSpokenChatbot(RemoteChatModel(server)), AUDIO_CHAT_NAME
    )


def translator(endpoint: Endpoint, key: str) -> EngineSpec[Translator]:
    """Return the translator of a model on a server; key: "" for none."""
    server, languages, title = _chat(endpoint, key)
    offer = _Offer(languages, TRANSLATION_CAPABILITIES)
    return _refreshable_spec(
        server, None, lambda _: offer, lambda _: PromptedTranslator(RemoteChatModel(server), title, languages)
    )


def _chat(endpoint: Endpoint, key: str) -> tuple[Server, frozenset[str], str]:
    title = _title(endpoint)
    languages = frozenset(endpoint.languages) or frozenset(LANGUAGES)
    return Server(endpoint, HttpClient(endpoint.url, key, title)), languages, title


def _refreshable_spec(
    server: Server,
    model: EngineSpec[Any] | None,
    offer: Callable[[ServerInfo], _Offer],
    build: Callable[[Callable[[], EngineSpec[T]]], T],
    name: str = NAME,
) -> EngineSpec[T]:
    """Return a specification that follows what the server reports; its engine stays the same.

    The engine can be loaded while the server is unreachable; each use of it asks the server again.
    """
    endpoint = server.endpoint

    @cache
    def spec_of(info: ServerInfo) -> EngineSpec[T]:
        offered = offer(info)
        return EngineSpec(
            name=name,
            title=f"{_title(endpoint)} ({info.profile.title})" if info.profile.title else _title(endpoint),
            tier="remote",
            languages=offered.languages,
            licence=model.licence if model else "see its card",
            source=endpoint.model,
            load=load,
            capabilities=offered.capabilities,
            voices=offered.voices,
            instruction_prompt=offered.instruction_prompt,
            refresh=lambda: spec_of(server.cached_info() or unknown),
        )

    @cache
    def engine() -> T:
        return build(lambda: spec_of(server.fetch_info()))

    def load() -> T:
        with contextlib.suppress(FunAudioError):  # already logged
            server.fetch_info()
        return engine()

    unknown = _unknown_info(endpoint)
    return spec_of(unknown)


def _unknown_info(endpoint: Endpoint) -> ServerInfo:
    """Return the assumptions about a server that has not answered yet."""
    name = endpoint.profile_name or GENERIC
    has_presets = PRESETS in PROFILES[name].speech and CLONE not in endpoint.capabilities
    return ServerInfo(name, voices=endpoint.voices or ((DEFAULT_VOICE,) if has_presets else ()))


def _title(endpoint: Endpoint) -> str:
    return endpoint.model.rpartition("/")[2]


def _matching_engine(model: str, known_engines: Sequence[EngineSpec[Any]]) -> EngineSpec[Any] | None:
    """Return the local engine with the same model, by its name: "cosyvoice3" is Fun-CosyVoice3-0.5B-2512."""
    wanted = _letters(model)
    for spec in known_engines:
        for name in (spec.name, spec.source.rpartition("/")[2]):
            known = _letters(name)
            if known in wanted or (len(wanted) >= MIN_MODEL_LETTERS and wanted in known):
                return spec
    return None


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.rpartition("/")[2].lower())


def _languages(endpoint: Endpoint, info: ServerInfo, model: EngineSpec[Any] | None) -> frozenset[str]:
    """Return the languages of the setting, the server or the known model; else all, so that the server decides."""
    languages = frozenset(endpoint.languages) or info.languages or (model.languages if model else None)
    return languages or frozenset(LANGUAGES)


def _voices(info: ServerInfo, languages: frozenset[str], model: EngineSpec[Any] | None) -> tuple[Voice, ...]:
    """Return the preset voices: those of the known model that the server has, else all of the server's."""
    known = tuple(voice for voice in model.voices if voice.preset in info.voices) if model else ()
    if known:
        return known
    return tuple(Voice(name, code, preset=name) for code in sorted(languages) for name in info.voices)
