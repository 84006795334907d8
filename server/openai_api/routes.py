"""Endpoints of the API: transcriptions, speech, models and health."""

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
from funaudio_core.engines import registry, selection, voice_catalog
from funaudio_core.engines.protocols import RECOGNITION_RATE, RecognitionOptions
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput
from funaudio_core.pipelines.recognize import note_omissions
from funaudio_core.runtime import telemetry, temp_files
from funaudio_core.tasks import recognition, reference, synthesis
from funaudio_core.text import language_id, subtitles
from funaudio_core.types import Audio, Segment, SpeechChunk, Transcript
from server import health as server_health
from server.openai_api import requests
from server.openai_api.errors import ApiEndpoint
from server.openai_api.requests import MAX_REFERENCE_SECONDS, SpeechRequestBody, TranscriptionRequest
from server.openai_api.streaming import BufferedStream, check_rate_limit, collect, iterate_in_thread, queue_slot

TRANSCRIPTIONS, SPEECH = "v1 transcriptions", "v1 speech"  # names in the log and statistics, beside those of pages


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
    rows += [_model(spec, "speech") for spec in registry.available(registry.SYNTHESIZERS).values()]
    return JSONResponse({"object": "list", "data": rows})


def _model(spec: EngineSpec[Any], task: str) -> dict[str, Any]:
    return {
        "id": spec.name,
        "object": "model",
        "created": 0,  # unknown
        "owned_by": spec.source,
        "task": task,
        "title": spec.title,
        "tier": spec.tier,
        "languages": sorted(spec.languages),
        "capabilities": sorted(spec.capabilities),
        "voices": [voice.preset for voice in spec.voices],
    }


async def transcriptions(request: Request) -> Response:
    """Transcribe a clip; return the transcript, or server-sent events while it grows."""
    check_rate_limit(request)
    async with AsyncExitStack() as stack:
        parsed = await requests.parse_transcription(request, stack)
        await stack.enter_async_context(queue_slot(request, TRANSCRIPTIONS))
        transcripts = await stack.enter_async_context(aclosing(iterate_in_thread(_transcribe(parsed))))
        if parsed.stream:
            stream = BufferedStream(await _first_transcript(transcripts, request), transcripts, stack.pop_all())
            return _BufferedResponse(stream, _transcript_events(stream), media_type="text/event-stream")
        *_, last = await collect(transcripts, request)
        return _transcript_response(note_omissions(last), parsed)


async def speech(request: Request) -> Response:
    """Synthesize watermarked speech; return a file, or 16-bit samples while they are generated."""
    check_rate_limit(request)
    parsed = await requests.parse_speech(request)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(queue_slot(request, SPEECH))
        chunks = await stack.enter_async_context(aclosing(iterate_in_thread(_synthesize(parsed))))
        first = await anext(chunks, None)
        if first is None:
            raise BadInput("No speech was generated. Add some words to the text.")
        audio_format, headers = encode.get_format(parsed.format), {"X-Seed": str(parsed.seed)}
        if parsed.stream:
            stream = BufferedStream(first, chunks, stack.pop_all())
            headers |= {"X-Sample-Rate": str(first.audio.rate), "X-Channels": "1", "X-Bit-Depth": "16"}
            return _BufferedResponse(stream, _pcm(stream), headers=headers, media_type=audio_format.media_type)
        sound = audio.concat([chunk.audio for chunk in [first, *await collect(chunks, request)]])
        body = await to_thread.run_sync(encode.encode, sound, parsed.format)
        return Response(body, headers=headers, media_type=audio_format.media_type)


# Placed before the routes of Gradio's server: launch(app_kwargs={"routes": ROUTES}).
ROUTES = (
    Route("/health", health),
    Route("/v1/models", ApiEndpoint("v1 models", models), methods=["GET"]),
    Route("/v1/audio/transcriptions", ApiEndpoint(TRANSCRIPTIONS, transcriptions), methods=["POST"]),
    Route("/v1/audio/speech", ApiEndpoint(SPEECH, speech), methods=["POST"]),
)


class _BufferedResponse(StreamingResponse):
    """Response streamed from a BufferedStream, which is stopped if the client leaves."""

    def __init__(self, stream: BufferedStream[Any], content: AsyncIterator[bytes], **kwargs: Any) -> None:
        """Create a response; `content` is the encoded stream."""
        super().__init__(content, **kwargs)
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream; raise ClientDisconnect if the client leaves before its end."""
        async with aclosing(self._stream):
            await super().__call__(scope, receive, send)
        if not self._stream.is_exhausted:
            raise ClientDisconnect


def _transcribe(request: TranscriptionRequest) -> Iterator[Transcript]:
    """Yield growing transcripts of the upload; its copy is deleted once it is decoded."""
    with temp_files.private_dir() as folder:
        path = folder / request.name
        with path.open("wb") as copy:
            shutil.copyfileobj(request.file, copy)
        clip = audio.load(path, settings.read().max_clip_seconds, RECOGNITION_RATE)
    options = RecognitionOptions(
        language=request.language,
        words="word" in request.granularities or request.format in ("srt", "vtt"),
        hotwords=request.hotwords,
    )
    yield from recognition.transcribe_long(clip, options, request.engine)


def _synthesize(request: SpeechRequestBody) -> Iterator[SpeechChunk]:
    """Yield watermarked speech in the requested language, else in that of the preset voice, else in the text's."""
    spec = selection.resolve(registry.SYNTHESIZERS, request.engine)
    guess = request.language or language_id.detect_language(request.text) or "en"
    if request.reference:
        voice = reference.make_voice(_load_reference(request.reference), request.reference_text)
    elif request.voice:
        voice = voice_catalog.get_voice(request.voice, request.engine, guess)
    else:
        languages.require_language(guess, spec.languages, spec.title)
        voice = voice_catalog.get_voice("", request.engine, guess)
    language = request.language or (guess if voice.clip else voice.language)
    line = synthesis.speech_request(
        request.text, language, voice, request.engine, request.speed, request.seed, request.instructions
    )
    yield from _record_latency(synthesis.speak_long(line, request.engine))


def _record_latency(chunks: Iterator[SpeechChunk]) -> Iterator[SpeechChunk]:
    """Yield the chunks and record their latency."""
    start, first, duration = time.monotonic(), 0.0, 0.0
    for chunk in chunks:
        first = first or time.monotonic() - start
        duration += chunk.audio.duration
        yield chunk
    telemetry.record_speech(first, time.monotonic() - start, duration)


def _load_reference(content: bytes) -> Audio:
    """Return the decoded reference clip; its file is deleted."""
    with temp_files.private_dir() as folder:
        path = folder / "ref_audio"
        path.write_bytes(content)
        return audio.load(path, MAX_REFERENCE_SECONDS)


def _transcript_response(transcript: Transcript, request: TranscriptionRequest) -> Response:
    """Return a transcript in the requested format; silence is an empty text."""
    cues = subtitles.transcript_cues(transcript)
    if request.format == "text":
        return PlainTextResponse(transcript.text)
    if request.format == "srt":
        return PlainTextResponse(subtitles.to_srt(cues))
    if request.format == "vtt":
        return PlainTextResponse(subtitles.to_vtt(cues), media_type="text/vtt")
    if request.format == "json":
        return JSONResponse({"text": transcript.text, **_notes_json(transcript)})
    return JSONResponse(_verbose_json(transcript, request.granularities))


def _verbose_json(transcript: Transcript, granularities: frozenset[str]) -> dict[str, Any]:
    """Return OpenAI's fields that are known, and ours: emotion, events and engine. Times are in seconds."""
    words = [word for segment in transcript.segments for word in segment.words]
    fields: dict[str, Any] = {
        "task": "transcribe",
        "language": transcript.language,
        "duration": transcript.duration,
        "text": transcript.text,
        "engine": transcript.engine,
        "emotion": asdict(transcript.emotion) if transcript.emotion else None,
        "events": [asdict(event) for event in transcript.events],
        **_notes_json(transcript),
    }
    if "word" in granularities:
        fields["words"] = [{"word": word.text.strip(), "start": word.start, "end": word.end} for word in words]
    if "segment" in granularities:
        fields["segments"] = [
            {"id": number, **_segment_json(segment)} for number, segment in enumerate(transcript.segments)
        ]
    return fields


def _notes_json(transcript: Transcript) -> dict[str, list[str]]:
    """Return the field `notes`, on what was mended or ignored, if there are any."""
    return {"notes": [str(note) for note in transcript.notes]} if transcript.notes else {}


def _segment_json(segment: Segment) -> dict[str, Any]:
    return {name: value for name, value in asdict(segment).items() if name != "words"}


async def _first_transcript(transcripts: AsyncIterator[Transcript], request: Request) -> Transcript:
    """Return the first transcript with words, else the last, so that early errors can still set the status."""
    async for transcript in transcripts:
        if transcript.segments:
            break
        if await request.is_disconnected():
            raise ClientDisconnect
    return transcript


async def _transcript_events(stream: BufferedStream[Transcript]) -> AsyncIterator[bytes]:
    """Yield OpenAI's events: each new segment, then the whole text."""
    sent = 0
    async for transcript in stream:
        for segment in transcript.segments[sent:]:
            space = " " if sent and languages.is_spaced(segment.language) else ""
            yield _event("transcript.text.delta", delta=space + segment.text.strip())
            sent += 1
    yield _event("transcript.text.done", text=transcript.text, **_notes_json(note_omissions(transcript)))


def _event(kind: str, **values: str | list[str]) -> bytes:
    return f"data: {json.dumps({'type': kind, **values}, ensure_ascii=False)}\n\n".encode()


async def _pcm(stream: BufferedStream[SpeechChunk]) -> AsyncIterator[bytes]:
    async for chunk in stream:
        yield encode.encode(chunk.audio, "pcm")
