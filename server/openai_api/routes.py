"""The endpoints: recognition, speech, the list of engines, a sign of life. Knows tasks, no engine and no page."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, aclosing
from dataclasses import asdict
from typing import Any

from anyio import to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from funaudio_core import audio, languages, settings
from funaudio_core.audio import encode
from funaudio_core.engines import selection, voice_catalog
from funaudio_core.engines.protocols import RECOGNITION_RATE
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput
from funaudio_core.runtime import telemetry, temp_files
from funaudio_core.tasks import recognition, reference, synthesis
from funaudio_core.text import language_id, subtitles
from funaudio_core.types import Audio, Segment, SpeechChunk, Transcript
from server import health as server_health
from server.openai_api import requests
from server.openai_api.errors import ApiEndpoint
from server.openai_api.requests import REFERENCE_SECONDS, SpeechRequestBody, TranscriptionRequest
from server.openai_api.streaming import BufferedStream, check_rate_limit, collect, iterate_in_thread, queue_slot

HEARING, SPEAKING = "v1 transcriptions", "v1 speech"  # how requests are counted and logged, beside those of the pages


async def health(_request: Request) -> Response:
    """How the server is doing; asks for no key, so that a load balancer needs none. A full line is no failure: 200."""
    seen = server_health.server_status()
    return JSONResponse(
        {
            "status": "full" if seen.is_full else "ok",
            "tier": settings.read().tier,
            "models": [title for title, _ in seen.models],
            "memory_mb": _megabytes(seen.memory_bytes),
            "device_memory_mb": _megabytes(seen.gpu_memory_bytes),
            "capacity": seen.capacity,
            "active": seen.active,
            "queued": seen.queued,
            "latency_medians": seen.latency_medians,
        }
    )


def _megabytes(size: int | None) -> int | None:
    return None if size is None else round(size / 1e6)


async def models(_request: Request) -> Response:
    """Every engine that is offered, the default of its task first, with what it can do."""
    rows = [_model(spec, "transcription") for spec in selection.recognizers().values()]
    rows += [_model(spec, "speech") for spec in selection.synthesizers().values()]
    return JSONResponse({"object": "list", "data": rows})


def _model(spec: EngineSpec[Any], task: str) -> dict[str, Any]:
    return {
        "id": spec.name,
        "object": "model",
        "created": 0,  # nobody recorded it
        "owned_by": spec.source,
        "task": task,
        "title": spec.title,
        "tier": spec.tier,
        "languages": sorted(spec.languages),
        "capabilities": sorted(spec.capabilities),
        "voices": [voice.preset for voice in spec.voices],
    }


async def transcriptions(request: Request) -> Response:
    """Speech to text: whole, or as server-sent events while it is heard."""
    check_rate_limit(request)
    async with AsyncExitStack() as stack:
        order = await requests.parse_transcription(request, stack)
        await stack.enter_async_context(queue_slot(request, HEARING))
        grown = await stack.enter_async_context(aclosing(iterate_in_thread(_heard(order))))
        if order.streamed:
            made = BufferedStream(await _begun(grown, request), grown, stack.pop_all())
            return _Streamed(made, _events(made), media_type="text/event-stream")
        *_, last = await collect(grown, request)
        return _written(last, order)


async def speech(request: Request) -> Response:
    """Text to marked speech: a file, or 16-bit samples while they are made."""
    check_rate_limit(request)
    order = await requests.parse_speech(request)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(queue_slot(request, SPEAKING))
        made = await stack.enter_async_context(aclosing(iterate_in_thread(_spoken(order))))
        first = await anext(made, None)
        if first is None:
            raise BadInput("No speech was generated. Add some words to the text.")
        form, headers = encode.get_format(order.format), {"X-Seed": str(order.seed)}
        if order.streamed:
            sent = BufferedStream(first, made, stack.pop_all())
            headers |= {"X-Sample-Rate": str(first.audio.rate), "X-Channels": "1", "X-Bit-Depth": "16"}
            return _Streamed(sent, _samples(sent), headers=headers, media_type=form.media_type)
        pieces = [first, *await collect(made, request)]
        whole = audio.concat([piece.audio for piece in pieces])
        body = await to_thread.run_sync(encode.encode, whole, order.format)
        return Response(body, headers=headers, media_type=form.media_type)


# What to put before the routes of Gradio's own server: launch(app_kwargs={"routes": ROUTES}).
ROUTES = (
    Route("/health", health),
    Route("/v1/models", ApiEndpoint("v1 models", models), methods=["GET"]),
    Route("/v1/audio/transcriptions", ApiEndpoint(HEARING, transcriptions), methods=["POST"]),
    Route("/v1/audio/speech", ApiEndpoint(SPEAKING, speech), methods=["POST"]),
)


class _Streamed(StreamingResponse):
    """An answer sent while it is made; where the client leaves, the making ends. Raises ClientDisconnect then."""

    def __init__(self, made: BufferedStream[Any], content: AsyncIterator[bytes], **kwargs: Any) -> None:
        super().__init__(content, **kwargs)
        self._made = made

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._made):
            await super().__call__(scope, receive, send)
        if not self._made.taken:
            raise ClientDisconnect


def _heard(order: TranscriptionRequest) -> Iterator[Transcript]:
    """Growing transcripts of the upload, of which no copy is left once it is decoded."""
    with temp_files.private_dir() as folder:
        path = folder / order.name
        with path.open("wb") as copy:
            shutil.copyfileobj(order.file, copy)
        clip = audio.load(path, settings.read().max_clip_seconds, RECOGNITION_RATE)
    words = "word" in order.granularities or order.format in ("srt", "vtt")
    yield from recognition.transcribe_long(clip, order.language, True, words, order.engine, order.hotwords)


def _spoken(order: SpeechRequestBody) -> Iterator[SpeechChunk]:
    """Marked speech. In which language: as told, else that of the text, but a preset voice has its own."""
    spec = selection.synthesizers()[order.engine]
    guess = order.language or language_id.detect_language(order.text) or "en"
    if order.reference:
        voice = reference.make_voice(_reference(order.reference), order.reference_text)
    elif order.voice:
        voice = voice_catalog.get_voice(order.voice, order.engine, guess)
    else:
        languages.require_language(guess, spec.languages, spec.title)
        voice = voice_catalog.get_voice("", order.engine, guess)
    language = order.language or (guess if voice.clip else voice.language)
    line = synthesis.speech_request(
        order.text, language, voice, order.engine, order.speed, order.seed, order.instructions
    )
    yield from _timed(synthesis.speak_long(line, order.engine))


def _timed(pieces: Iterator[SpeechChunk]) -> Iterator[SpeechChunk]:
    """The same; how soon they came is told to the journal."""
    began, first, duration = time.monotonic(), 0.0, 0.0
    for piece in pieces:
        first = first or time.monotonic() - began
        duration += piece.audio.duration
        yield piece
    telemetry.record_speech(first, time.monotonic() - began, duration)


def _reference(content: bytes) -> Audio:
    """The clip, of which no copy is left once it is decoded."""
    with temp_files.private_dir() as folder:
        path = folder / "ref_audio"
        path.write_bytes(content)
        return audio.load(path, REFERENCE_SECONDS)


def _written(transcript: Transcript, order: TranscriptionRequest) -> Response:
    """The transcript in the format that was asked for; silence is an empty text."""
    cues = subtitles.transcript_cues(transcript)
    if order.format == "text":
        return PlainTextResponse(transcript.text)
    if order.format == "srt":
        return PlainTextResponse(subtitles.to_srt(cues))
    if order.format == "vtt":
        return PlainTextResponse(subtitles.to_vtt(cues), media_type="text/vtt")
    if order.format == "json":
        return JSONResponse({"text": transcript.text})
    return JSONResponse(_verbose(transcript, order.granularities))


def _verbose(transcript: Transcript, granularities: frozenset[str]) -> dict[str, Any]:
    """OpenAI's fields as far as they are known, and ours: emotion, events, engine. Times in seconds."""
    words = [word for segment in transcript.segments for word in segment.words]
    known: dict[str, Any] = {
        "task": "transcribe",
        "language": transcript.language,
        "duration": transcript.duration,
        "text": transcript.text,
        "engine": transcript.engine,
        "emotion": asdict(transcript.emotion) if transcript.emotion else None,
        "events": [asdict(event) for event in transcript.events],
    }
    if "word" in granularities:
        known["words"] = [{"word": word.text.strip(), "start": word.start, "end": word.end} for word in words]
    if "segment" in granularities:
        known["segments"] = [{"id": number, **_row(segment)} for number, segment in enumerate(transcript.segments)]
    return known


def _row(segment: Segment) -> dict[str, Any]:
    return {name: value for name, value in asdict(segment).items() if name != "words"}


async def _begun(grown: AsyncIterator[Transcript], request: Request) -> Transcript:
    """The first transcript with words in it, else the last: what can't be heard at all is told with its status."""
    async for transcript in grown:
        if transcript.segments:
            break
        if await request.is_disconnected():
            raise ClientDisconnect
    return transcript


async def _events(grown: BufferedStream[Transcript]) -> AsyncIterator[bytes]:
    """OpenAI's events: each segment as it is heard, then the whole."""
    told = 0
    async for transcript in grown:
        for segment in transcript.segments[told:]:
            space = " " if told and languages.is_spaced(segment.language) else ""
            yield _event("transcript.text.delta", delta=space + segment.text.strip())
            told += 1
    yield _event("transcript.text.done", text=transcript.text)


def _event(kind: str, **values: str) -> bytes:
    return f"data: {json.dumps({'type': kind, **values}, ensure_ascii=False)}\n\n".encode()


async def _samples(made: BufferedStream[SpeechChunk]) -> AsyncIterator[bytes]:
    async for piece in made:
        yield encode.encode(piece.audio, "pcm")
