"""Endpoints that list models and voices, and the health of the server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from funaudio_core import settings
from funaudio_core.engines import registry, voice_catalog
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.i18n.catalog import preferred_language, translate
from funaudio_core.message import Message
from funaudio_core.types import Voice
from server import health as server_health
from server.openai_api import names
from server.openai_api.errors import ModelNotFound
from server.params import parse_language

Json = dict[str, Any]
_SPEECH_NAMES = ("tts", "audio")  # in the names of OpenAI's models for speech


async def health(_request: Request) -> Response:
    """Return the status of the server, without a key, for load balancers; a full queue is no failure."""
    current = server_health.server_status()
    return JSONResponse(
        {
            "status": "full" if current.is_full else "ok",
            "tier": settings.read().tier,
            "models": [title for title, _ in current.models],
            "memory_mb": _megabytes(current.memory_bytes),
            "device_memory_mb": _megabytes(current.gpu_memory_bytes),
            "capacity": current.capacity,
            "active": current.active,
            "queued": current.queued,
            "latency_medians": current.latency_medians,
        }
    )


def _megabytes(size: int | None) -> int | None:
    return None if size is None else round(size / 1e6)


async def models(_request: Request) -> Response:
    """Return the available engines with their capabilities, the default of each task first."""
    rows = [_model(spec, "transcription") for spec in registry.available(registry.RECOGNIZERS).values()]
    return JSONResponse({"object": "list", "data": rows + _speech_models()})


async def model(request: Request) -> Response:
    """Return one model, or all if the path names none.

    An alias has the fields of the engine that it selects, whose own name is in `engine`.

    Raises:
        ModelNotFound: There is no such model.
    """
    wanted = str(request.path_params["model"])
    if not wanted:
        return await models(request)
    tables: tuple[tuple[str, Mapping[str, EngineSpec[Any]]], ...] = (
        ("transcription", registry.available(registry.RECOGNIZERS)),
        ("speech", registry.available(registry.SYNTHESIZERS)),
    )
    if any(name in wanted.lower() for name in _SPEECH_NAMES):
        tables = tables[::-1]
    for task, table in tables:
        try:
            spec = names.find_engine(table, wanted) or next(iter(table.values()))
        except ModelNotFound:
            continue
        return JSONResponse({**_model(spec, task), "id": wanted, "engine": spec.name})
    choices = tuple(name for _, table in tables for name in table)
    raise ModelNotFound(Message("Unknown model {name!r}. Choose one of: {choices}.", name=wanted, choices=choices))


async def audio_models(_request: Request) -> Response:
    """Return the models for speech, as Open WebUI asks for them."""
    rows = _speech_models()
    return JSONResponse({"object": "list", "data": rows, "models": rows})


def _speech_models() -> list[Json]:
    return [_model(spec, "speech") for spec in registry.available(registry.SYNTHESIZERS).values()]


def _model(spec: EngineSpec[Any], task: str) -> Json:
    return {
        "id": spec.name,
        "object": "model",
        "created": 0,  # unknown
        "owned_by": spec.source,
        "task": task,
        "name": spec.title,
        "title": spec.title,
        "tier": spec.tier,
        "languages": sorted(spec.languages),
        "capabilities": sorted(spec.capabilities),
        "voices": [voice.preset for voice in spec.voices],
    }


async def voices(request: Request) -> Response:
    """Return the voices: those of the parameter `model`, else of the default one; `language` narrows them down.

    The names of OpenAI's voices, which stand for some of these, come last.

    Raises:
        ModelNotFound: There is no such model.
        BadInput: The language is unknown.
    """
    spec = names.synthesizer(request.query_params.get("model", ""))
    language = parse_language(request.query_params.get("language", ""))
    shown = preferred_language(request.headers.get("accept-language", ""))
    rows = [
        {
            "id": key,
            "object": "voice",
            "name": translate(voice.name, shown) if isinstance(voice.name, Message) else voice.name,
            "language": voice.language,
            "sex": voice.sex or None,
            "model": spec.name,
        }
        for key, voice in _voices_of(spec).items()
        if language in (None, voice.language)
    ]
    known = {row["id"] for row in rows}
    rows += [
        {"id": key, "object": "voice", "name": key, "language": None, "sex": voice.sex, "model": spec.name}
        for key, voice in names.OPENAI_VOICES.items()
        if key not in known
    ]
    return JSONResponse({"object": "list", "voices": rows})


def _voices_of(spec: EngineSpec[Any]) -> Mapping[str, Voice]:
    """Return all voices of an engine by id: its presets, then the clips that it can imitate."""
    presets = {voice.preset or "": voice for voice in spec.voices}
    if "voice-clone" not in spec.capabilities:
        return presets
    return {**presets, **voice_catalog.voices_for_language(min(spec.languages), spec.name)}
