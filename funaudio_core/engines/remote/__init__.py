"""Engines on a server that speaks OpenAI's language, as the settings name them. Importing this asks no server."""

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
from funaudio_core.engines.remote.chat_completions import RemoteChatModel
from funaudio_core.engines.remote.discovery import DEFAULT_VOICE, ServerInfo, Server
from funaudio_core.engines.remote.endpoint import Endpoint, parse_endpoint, require_key
from funaudio_core.engines.remote.http_client import HttpClient
from funaudio_core.engines.remote.server_profiles import (
    CLONE,
    RECOGNITION_CAPABILITIES,
    INSTRUCT,
    PROFILES,
    PRESETS,
    SPEECH_CAPABILITIES,
    SEGMENT_TIMES,
)
from funaudio_core.engines.remote.speech import RemoteSynthesizer
from funaudio_core.engines.remote.transcription import RemoteRecognizer
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import FunAudioError
from funaudio_core.languages import LANGUAGES
from funaudio_core.types import Voice

T = TypeVar("T")
NAME = "remote"  # the id of each; no table holds two
MIN_MODEL_LETTERS = 6  # of a name at least, for one that holds another to mean the same model
NO_CAPABILITIES: frozenset[str] = frozenset()
TAG_PREFIXES = ("event:", "span:")  # how capabilities begin that are tags in a text


@dataclass(frozen=True, slots=True)
class _Offer:
    """What of a Spec depends on what the server turns out to be."""

    languages: frozenset[str]
    capabilities: frozenset[str]
    voices: tuple[Voice, ...] = ()
    telling: InstructionPrompt | None = None


def recognizers(alike: Sequence[EngineSpec[Any]]) -> tuple[EngineSpec[Recognizer], ...]:
    """The recogniser that FUNAUDIO_ASR_URL names, if any. alike: engines whose models a server may run as well.

    Raises BadInput for a setting that can't be understood.
    """
    return tuple(
        recognizer(*each, alike)
        for each in _named("FUNAUDIO_ASR_URL", settings.read().asr_url, RECOGNITION_CAPABILITIES)
    )


def synthesizers(alike: Sequence[EngineSpec[Any]]) -> tuple[EngineSpec[Synthesizer], ...]:
    """The voice that FUNAUDIO_TTS_URL names, if any; see recognizers."""
    return tuple(
        synthesizer(*each, alike) for each in _named("FUNAUDIO_TTS_URL", settings.read().tts_url, SPEECH_CAPABILITIES)
    )


def chatbots() -> tuple[EngineSpec[Chatbot], ...]:
    """The partner in conversation that FUNAUDIO_CHAT_URL names, if any; see recognizers."""
    return tuple(chatbot(*each) for each in _named("FUNAUDIO_CHAT_URL", settings.read().chat_url, NO_CAPABILITIES))


def translators() -> tuple[EngineSpec[Translator], ...]:
    """The same model as a translator."""
    return tuple(translator(*each) for each in _named("FUNAUDIO_CHAT_URL", settings.read().chat_url, NO_CAPABILITIES))


def _named(variable: str, text: str, offers: frozenset[str]) -> tuple[tuple[Endpoint, str], ...]:
    """Address and key of the server that a setting names, if any."""
    if not text:
        return ()
    return (
        (
            parse_endpoint(variable, text, offers),
            require_key("FUNAUDIO_UPSTREAM_API_KEY", settings.read().upstream_api_key),
        ),
    )


def recognizer(where: Endpoint, key: str, alike: Sequence[EngineSpec[Any]] = ()) -> EngineSpec[Recognizer]:
    """The model at an address as a recogniser. key: "" for none."""
    server, model = Server(where, HttpClient(where.url, key, _title(where))), _like(where.model, alike)

    def offer(known: ServerInfo) -> _Offer:
        told = (
            known.profile.recognition
            if known.capabilities is None
            else known.capabilities & RECOGNITION_CAPABILITIES | {SEGMENT_TIMES}
        )
        return _Offer(_languages(where, known, model), frozenset(where.capabilities) or told)

    def build(now: Callable[[], EngineSpec[Recognizer]]) -> Recognizer:
        return RemoteRecognizer(where.model, server.client, now, FireRed())

    return _learning(server, model, offer, build)


def synthesizer(where: Endpoint, key: str, alike: Sequence[EngineSpec[Any]] = ()) -> EngineSpec[Synthesizer]:
    """The model at an address as a voice. key: "" for none."""
    server, model = Server(where, HttpClient(where.url, key, _title(where)), speaks=True), _like(where.model, alike)

    def offer(known: ServerInfo) -> _Offer:
        told = known.profile.speech if known.capabilities is None else known.capabilities
        can = frozenset(where.capabilities) or told & SPEECH_CAPABILITIES
        if known.voices:
            can |= {PRESETS}
        tags = (
            told
            if known.capabilities is not None
            else model.capabilities
            if model and CLONE in can
            else NO_CAPABILITIES
        )
        can |= {name for name in tags if name.startswith(TAG_PREFIXES)}
        languages = _languages(where, known, model)
        telling = (model and model.instruction_prompt) or _VERBATIM
        return _Offer(languages, can, _voices(known, languages, model), telling if INSTRUCT in can else None)

    return _learning(server, model, offer, lambda now: RemoteSynthesizer(server, now))


def chatbot(where: Endpoint, key: str) -> EngineSpec[Chatbot]:
    """The model at an address as a partner in conversation. key: "" for none."""
    server, spoken, title = _chat(where, key)
    offer = _Offer(spoken, CHAT_CAPABILITIES)
    return _learning(server, None, lambda _: offer, lambda _: PromptedChatbot(RemoteChatModel(server), title, spoken))


def translator(where: Endpoint, key: str) -> EngineSpec[Translator]:
    """The model at an address as a translator. key: "" for none."""
    server, spoken, title = _chat(where, key)
    offer = _Offer(spoken, TRANSLATION_CAPABILITIES)
    return _learning(
        server, None, lambda _: offer, lambda _: PromptedTranslator(RemoteChatModel(server), title, spoken)
    )


def _chat(where: Endpoint, key: str) -> tuple[Server, frozenset[str], str]:
    title = _title(where)
    return Server(where, HttpClient(where.url, key, title)), frozenset(where.languages) or frozenset(LANGUAGES), title


def _learning(
    server: Server,
    model: EngineSpec[Any] | None,
    offer: Callable[[ServerInfo], _Offer],
    build: Callable[[Callable[[], EngineSpec[T]]], T],
) -> EngineSpec[T]:
    """A Spec that learns from its server, and its engine, which is one and the same whatever is learnt.

    The engine is loaded where the server does not answer, too: each use of it asks again.
    """
    where = server.endpoint

    @cache
    def spec_of(known: ServerInfo) -> EngineSpec[T]:
        told = offer(known)
        return EngineSpec(
            name=NAME,
            title=f"{_title(where)} ({known.profile.title})" if known.profile.title else _title(where),
            tier="remote",
            languages=told.languages,
            licence=model.licence if model else "see its card",
            source=where.model,
            load=load,
            capabilities=told.capabilities,
            voices=told.voices,
            instruction_prompt=told.telling,
            refreshed=lambda: spec_of(server.cached_info() or unmet),
        )

    @cache
    def engine() -> T:
        return build(lambda: spec_of(server.fetch_info()))

    def load() -> T:
        with contextlib.suppress(FunAudioError):  # it is in the log
            server.fetch_info()
        return engine()

    kind = where.profile_name or "any"
    unmet = ServerInfo(kind, voices=where.voices or ((DEFAULT_VOICE,) if PRESETS in PROFILES[kind].speech else ()))
    return spec_of(unmet)


def _title(where: Endpoint) -> str:
    return where.model.rpartition("/")[2]


def _like(model: str, alike: Sequence[EngineSpec[Any]]) -> EngineSpec[Any] | None:
    """The engine of ours that runs the same model, by its name: "cosyvoice3" is Fun-CosyVoice3-0.5B-2512 too."""
    wanted = _letters(model)
    for spec in alike:
        for name in (spec.name, spec.source.rpartition("/")[2]):
            ours = _letters(name)
            if ours in wanted or (len(wanted) >= MIN_MODEL_LETTERS and wanted in ours):
                return spec
    return None


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.rpartition("/")[2].lower())


def _languages(where: Endpoint, known: ServerInfo, model: EngineSpec[Any] | None) -> frozenset[str]:
    """As the owner says, else the server, else the model card; else all: the server refuses what it lacks."""
    told = frozenset(where.languages) or known.languages or (model.languages if model else None)
    return told or frozenset(LANGUAGES)


def _voices(known: ServerInfo, languages: frozenset[str], model: EngineSpec[Any] | None) -> tuple[Voice, ...]:
    """Presets: those of the model where it is known and has them, else each in every language."""
    ours = tuple(voice for voice in model.voices if voice.preset in known.voices) if model else ()
    rest = () if ours else known.voices
    return ours + tuple(Voice(name, code, preset=name) for code in sorted(languages) for name in rest)


_VERBATIM = InstructionPrompt(lambda style, _: style.instruction.strip(), ())
