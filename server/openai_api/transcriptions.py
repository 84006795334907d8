"""Endpoints for transcriptions, and for translations of speech into English."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, aclosing
from dataclasses import asdict
from string import ascii_uppercase
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from funaudio_core import audio, languages, settings
from funaudio_core.engines.protocols import RECOGNITION_RATE
from funaudio_core.pipelines.recognize import note_omissions
from funaudio_core.pipelines.speakers.labels import name_speakers, speakers_of
from funaudio_core.runtime import temp_files
from funaudio_core.tasks import recognition, translation
from funaudio_core.text import subtitles
from funaudio_core.types import Segment, Transcript
from server.openai_api import requests
from server.openai_api.requests import DIARIZED, TranscriptionRequest
from server.openai_api.streaming import (
    BufferedResponse,
    BufferedStream,
    check_rate_limit,
    collect,
    event,
    iterate_in_thread,
    queue_slot,
)

TRANSCRIPTIONS, TRANSLATIONS = "v1 transcriptions", "v1 translations"  # names in the log and statistics

SEGMENT_TYPE = "transcript.text.segment"  # of a segment with a speaker, and of its event
UNKNOWN_SPEAKER = "unknown"  # of a segment in which nobody was found


async def transcriptions(request: Request) -> Response:
    """Transcribe a clip; return the transcript, or server-sent events while it grows."""
    return await _respond(request, to_english=False)


async def translations(request: Request) -> Response:
    """Translate the speech of a clip into English; return the same as transcriptions()."""
    return await _respond(request, to_english=True)


async def _respond(request: Request, to_english: bool) -> Response:
    check_rate_limit(request)
    async with AsyncExitStack() as stack:
        parsed = await requests.parse_transcription(request, stack, to_english)
        headers = {"X-Engine": parsed.engine.name}
        if parsed.ignored:
            headers["X-Ignored"] = ", ".join(parsed.ignored)
        await stack.enter_async_context(queue_slot(request, TRANSLATIONS if to_english else TRANSCRIPTIONS))
        transcripts = await stack.enter_async_context(aclosing(iterate_in_thread(_transcribe(parsed))))
        if parsed.stream:
            stream = BufferedStream(await _first_transcript(transcripts, request), transcripts, stack.pop_all())
            events = _speaker_events(stream) if parsed.speakers is not None else _events(stream)
            return BufferedResponse(stream, events, headers=headers, media_type="text/event-stream")
        *_, last = await collect(transcripts, request)
        response = _transcript_response(note_omissions(_with_letters(last)), parsed)
        response.headers.update(headers)
        return response


def _transcribe(request: TranscriptionRequest) -> Iterator[Transcript]:
    """Yield growing transcripts of the upload; its copy is deleted once it is decoded."""
    with temp_files.private_dir() as folder:
        path = folder / request.name
        with path.open("wb") as copy:
            shutil.copyfileobj(request.file, copy)
        is_growing = request.stream and request.speakers is None  # its segments are sent as they come
        channels = audio.load_channels(path, settings.read().max_clip_seconds, RECOGNITION_RATE, split=not is_growing)
    if request.options.translate_to_english:
        yield from translation.translate_to_english(channels, request.options, request.engine.name)
        return
    yield from recognition.transcribe_conversation(channels, request.options, request.engine.name, request.speakers)


def _with_letters(transcript: Transcript) -> Transcript:
    """Return a transcript whose speakers are named A, B and so on, as OpenAI does."""
    letters = dict(zip(speakers_of(transcript), ascii_uppercase, strict=False))
    return name_speakers(transcript, letters)


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
    if request.format == DIARIZED:
        return JSONResponse(_diarized_json(transcript))
    return JSONResponse(_verbose_json(transcript, request))


def _diarized_json(transcript: Transcript) -> dict[str, Any]:
    """Return OpenAI's fields of a transcript with speakers; times are in seconds."""
    return {
        "task": "transcribe",
        "duration": transcript.duration,
        "text": transcript.text,
        "segments": [{"type": SEGMENT_TYPE, **fields} for fields in _speaker_segments(transcript)],
        **_notes_json(transcript),
    }


def _speaker_segments(transcript: Transcript) -> list[dict[str, Any]]:
    """Return OpenAI's fields of segments with speakers, but the type."""
    return [
        {"id": f"seg_{number}", "start": s.start, "end": s.end, "speaker": s.speaker or UNKNOWN_SPEAKER, "text": s.text}
        for number, s in enumerate(transcript.segments)
    ]


def _verbose_json(transcript: Transcript, request: TranscriptionRequest) -> dict[str, Any]:
    """Return OpenAI's fields that are known, and ours: emotion, events and engine. Times are in seconds."""
    to_english = request.options.translate_to_english
    words = [word for segment in transcript.segments for word in segment.words]
    fields: dict[str, Any] = {
        "task": "translate" if to_english else "transcribe",
        "language": "english" if to_english else transcript.language,  # OpenAI's word for the result of a translation
        "duration": transcript.duration,
        "text": transcript.text,
        "engine": transcript.engine,
        "emotion": asdict(transcript.emotion) if transcript.emotion else None,
        "events": [asdict(event) for event in transcript.events],
        **_notes_json(transcript),
    }
    if "word" in request.granularities:
        fields["words"] = [{"word": word.text.strip(), "start": word.start, "end": word.end} for word in words]
    if "segment" in request.granularities:
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


async def _events(stream: BufferedStream[Transcript]) -> AsyncIterator[bytes]:
    """Yield OpenAI's events: each new segment, then the whole text."""
    sent = 0
    async for transcript in stream:
        for segment in transcript.segments[sent:]:
            space = " " if sent and languages.is_spaced(segment.language) else ""
            yield event("transcript.text.delta", delta=space + segment.text.strip())
            sent += 1
    yield event("transcript.text.done", text=transcript.text, **_notes_json(note_omissions(transcript)))


async def _speaker_events(stream: BufferedStream[Transcript]) -> AsyncIterator[bytes]:
    """Yield OpenAI's events of segments with speakers, which are known at the end, then the whole text."""
    async for latest in stream:
        transcript = latest
    named = _with_letters(transcript)
    for fields in _speaker_segments(named):
        yield event(SEGMENT_TYPE, **fields)
    yield event("transcript.text.done", text=named.text, **_notes_json(note_omissions(named)))
