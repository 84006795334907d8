"""Endpoint for speech."""

from __future__ import annotations

import base64
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, aclosing
from typing import NamedTuple

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from funaudio_core import audio, languages
from funaudio_core.audio import encode
from funaudio_core.audio.encode import StreamEncoder
from funaudio_core.engines import registry, selection
from funaudio_core.errors import BadInput
from funaudio_core.runtime import telemetry, temp_files
from funaudio_core.tasks import reference, synthesis
from funaudio_core.text import language_id
from funaudio_core.text.pronunciations import apply_pronunciations
from funaudio_core.types import Audio, SpeechChunk, SpeechRequest
from server.openai_api import names, requests
from server.openai_api.requests import SpeechRequestBody
from server.openai_api.streaming import (
    BufferedResponse,
    BufferedStream,
    check_rate_limit,
    collect,
    event,
    iterate_in_thread,
    queue_slot,
)

SPEECH = "v1 speech"  # name in the log and statistics
MAX_REFERENCE_SECONDS = 300.0  # decoded; at most 30 s of speech are used
AUDIO_TOKENS_PER_SECOND = 20  # in the usage of server-sent events: about what OpenAI counts


class _Plan(NamedTuple):
    """Speech of a request: what to speak, and the id of its voice or ""."""

    line: SpeechRequest
    voice: str


async def speech(request: Request) -> Response:
    """Synthesize watermarked speech; return a file, or stream it while it is generated."""
    check_rate_limit(request)
    parsed = await requests.parse_speech(request)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(queue_slot(request, SPEECH))
        plan = await to_thread.run_sync(_plan, parsed)
        spoken = _record_latency(synthesis.speak_long(plan.line, parsed.engine))
        chunks = await stack.enter_async_context(aclosing(iterate_in_thread(spoken)))
        first = await anext(chunks, None)
        if first is None:
            raise BadInput("No speech was generated. Add some words to the text.")
        headers = {"X-Seed": str(parsed.seed), "X-Engine": parsed.engine, "X-Voice": plan.voice}
        if parsed.stream:
            stream = BufferedStream(first, chunks, stack.pop_all())
            return _stream_response(stream, StreamEncoder(parsed.format, first.audio.rate), parsed, headers)
        sound = audio.concat([chunk.audio for chunk in [first, *await collect(chunks, request)]])
        body = await to_thread.run_sync(encode.encode, sound, parsed.format)
        return Response(body, headers=headers, media_type=encode.get_format(parsed.format).media_type)


def _plan(request: SpeechRequestBody) -> _Plan:
    """Choose the voice and the language: the requested one, else that of the preset voice, else the text's.

    A voice of OpenAI speaks any language, as OpenAI's own do.
    """
    spec = selection.resolve(registry.SYNTHESIZERS, request.engine)
    guess = request.language or language_id.detect_language(request.text) or "en"
    if request.reference:
        name, voice = "", reference.make_voice(_load_reference(request.reference), request.reference_text)
    else:
        if not request.voice or request.voice in names.OPENAI_VOICES:
            languages.require_language(guess, spec.languages, spec.title)
        name, voice = names.find_voice(request.voice, request.engine, guess)
    language = request.language or (guess if voice.clip else voice.language)
    text = apply_pronunciations(request.text, request.pronunciations, language)
    line = synthesis.speech_request(
        text, language, voice, request.engine, request.speed, request.seed, request.instructions
    )
    return _Plan(line, name)


def _load_reference(content: bytes) -> Audio:
    """Return the decoded reference clip; its file is deleted."""
    with temp_files.private_dir() as folder:
        path = folder / "ref_audio"
        path.write_bytes(content)
        return audio.load(path, MAX_REFERENCE_SECONDS)


def _record_latency(chunks: Iterator[SpeechChunk]) -> Iterator[SpeechChunk]:
    """Yield the chunks and record their latency."""
    start, first, duration = time.monotonic(), 0.0, 0.0
    for chunk in chunks:
        first = first or time.monotonic() - start
        duration += chunk.audio.duration
        yield chunk
    telemetry.record_speech(first, time.monotonic() - start, duration)


def _stream_response(
    stream: BufferedStream[SpeechChunk], encoder: StreamEncoder, request: SpeechRequestBody, headers: dict[str, str]
) -> Response:
    """Return the response that sends the audio of a stream, as it is or as events."""
    if request.format == "pcm":
        headers = {**headers, "X-Sample-Rate": str(encoder.rate), "X-Channels": "1", "X-Bit-Depth": "16"}
    if request.events:
        events = _events(stream, encoder, len(request.text))
        return BufferedResponse(stream, events, headers=headers, media_type="text/event-stream")
    media_type = encode.get_format(request.format).media_type
    return BufferedResponse(stream, _encoded(stream, encoder), headers=headers, media_type=media_type)


async def _encoded(stream: BufferedStream[SpeechChunk], encoder: StreamEncoder) -> AsyncIterator[bytes]:
    """Yield the file, in pieces that are never empty."""
    async for chunk in stream:
        if data := await to_thread.run_sync(encoder.feed, chunk.audio):
            yield data
    if data := encoder.close():
        yield data


async def _events(stream: BufferedStream[SpeechChunk], encoder: StreamEncoder, characters: int) -> AsyncIterator[bytes]:
    """Yield OpenAI's events: each piece of the file in base64, then the usage.

    No tokens are counted here, so the usage has characters of the text and twentieths of a second of speech.
    """
    async for data in _encoded(stream, encoder):
        yield event("speech.audio.delta", audio=base64.b64encode(data).decode())
    spoken = round(encoder.seconds * AUDIO_TOKENS_PER_SECOND)
    usage = {"input_tokens": characters, "output_tokens": spoken, "total_tokens": characters + spoken}
    yield event("speech.audio.done", usage=usage)
