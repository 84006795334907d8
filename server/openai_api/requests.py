"""API requests, read and validated before they wait in the queue or are decoded."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from starlette.datastructures import UploadFile
from starlette.requests import Request

from funaudio_core import settings
from funaudio_core.audio import encode
from funaudio_core.engines import registry, selection, voice_catalog
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput
from funaudio_core.message import Message
from funaudio_core.tasks import synthesis
from funaudio_core.text import instructions
from server import upload_limits
from server.openai_api.errors import ConsentRequired, ModelNotFound, PayloadTooLarge
from server.params import AUTO, parse_language, parse_word_list, resolve_seed
from server.request import account_id

# Names of the default engine; OpenAI's are built into clients.
DEFAULT_MODELS = ("", "default", "whisper-1", "tts-1")
DEFAULT_VOICES = ("", "default")
TEXT_FORMATS = ("json", "text", "verbose_json", "srt", "vtt")
GRANULARITIES = ("segment", "word")
MAX_REFERENCE_BYTES = 10 * 2**20  # decoded from base64, as in SGLang-Omni
MAX_REFERENCE_SECONDS = 300.0  # decoded; at most 30 s of speech are used
FORM_BYTES = 2**20  # form fields beside the file, or JSON beside text and reference
UNSAFE_CHARACTERS = re.compile(r"[^\w.-]+")  # in file names, which messages quote
DATA_URI = re.compile(r"data:audio/[\w.+-]+(?:;[\w=.+-]+)*;base64,", re.ASCII)


@dataclass(frozen=True, slots=True)
class TranscriptionRequest:
    """A request to transcribe a clip.

    Attributes:
        file: Upload, open until the request ends.
        name: Safe file name of the clip.
        engine: Engine name, or "" for the best one for the language.
        language: Language code, or None to detect it.
        hotwords: Names and rare terms to expect.
        format: One of TEXT_FORMATS.
        granularities: Timestamps of verbose_json: "segment", "word" or both.
        stream: Send server-sent events.
    """

    file: BinaryIO
    name: str
    engine: str
    language: str | None
    hotwords: tuple[str, ...]
    format: str
    granularities: frozenset[str]
    stream: bool


@dataclass(frozen=True, slots=True)
class SpeechRequestBody:
    """A request to synthesize speech.

    Attributes:
        text: Text to speak.
        engine: Engine name.
        voice: Id of a preset voice, or "" for any.
        language: Language code, or None to detect it.
        speed: Speaking rate; 1 is normal.
        instructions: Description of the speaking style.
        format: Audio format.
        stream: Send samples as soon as they are generated; "pcm" only.
        seed: Random seed.
        reference: Content of an audio file with the voice to imitate, or b"".
        reference_text: Transcript of the reference, or "" to recognize it.
    """

    text: str
    engine: str
    voice: str
    language: str | None
    speed: float
    instructions: str
    format: str
    stream: bool
    seed: int
    reference: bytes
    reference_text: str


async def parse_transcription(request: Request, stack: AsyncExitStack) -> TranscriptionRequest:
    """Read the form of a transcription request.

    Args:
        request: Request whose body was not read yet.
        stack: Closing it deletes the upload.

    Raises:
        PayloadTooLarge: If the body exceeds the limit.
        RateLimited: If the upload limit of the account is reached.
        ModelNotFound: If there is no such engine.
        BadInput: If a field is missing or invalid.
    """
    most = settings.read().max_file_megabytes * 2**20
    limited = _limited(request, most + FORM_BYTES, settings.read().max_file_megabytes)
    with upload_limits.charge_upload(limited, account_id()) as charged:
        form = await stack.enter_async_context(charged.form(max_files=1, max_fields=64, max_part_size=FORM_BYTES))
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise BadInput("No file received. Send the audio as the form field {field}.", field="file")
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    granularities = [value for name, value in form.multi_items() if name.startswith("timestamp_granularities")]
    for granularity in granularities:
        _one_of("timestamp_granularities", granularity, GRANULARITIES)
    format_ = _one_of("response_format", _text(fields, "response_format") or "json", TEXT_FORMATS)
    stream = _boolean(fields, "stream")
    if stream and format_ != "json":
        raise BadInput("Only the {format} format can be streamed.", format="json")
    return TranscriptionRequest(
        file=file.file,
        name=UNSAFE_CHARACTERS.sub("_", Path(file.filename or "").name).lstrip(".")[:60] or "clip",
        engine=_engine_name(registry.available(registry.RECOGNIZERS), _text(fields, "model")),
        language=parse_language(_text(fields, "language") or AUTO),
        hotwords=parse_word_list(f"{_text(fields, 'prompt')},{_text(fields, 'hotwords')}"),
        format=format_,
        granularities=frozenset(map(str, granularities)) or frozenset({"segment"}),
        stream=stream,
    )


async def parse_speech(request: Request) -> SpeechRequestBody:
    """Read the JSON of a speech request.

    Raises:
        PayloadTooLarge: If the body or the reference exceeds its limit.
        ModelNotFound: If there is no such engine.
        ConsentRequired: If there is a reference without consent.
        BadInput: If a field is missing or invalid.
    """
    most = MAX_REFERENCE_BYTES * 4 // 3 + settings.read().max_characters * upload_limits.CHARACTER_BYTES + FORM_BYTES
    try:
        fields = json.loads(await _limited(request, most, most // 2**20).body())
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise BadInput("The body isn't a JSON object. Send one with at least model, input and voice.")
    format_ = _text(fields, "response_format") or "mp3"
    encode.get_format(format_)
    stream = _boolean(fields, "stream") or format_ == "pcm"
    if stream and format_ != "pcm":
        raise BadInput("Only the {format} format can be streamed.", format="pcm")
    if _text(fields, "stream_format") not in ("", "audio"):
        raise BadInput(
            "{field} is {given!r}; only {only!r} is supported.",
            field="stream_format",
            given=fields["stream_format"],
            only="audio",
        )
    reference = _reference(fields)
    voice = "" if reference or _text(fields, "voice") in DEFAULT_VOICES else _text(fields, "voice")
    engine = (
        _engine_name(registry.available(registry.SYNTHESIZERS), _text(fields, "model"))
        or selection.default(registry.SYNTHESIZERS).name
    )
    if voice:
        voice_catalog.get_voice(voice, engine)
    language = _text(fields, "language") or AUTO
    return SpeechRequestBody(
        text=synthesis.validate_text(_text(fields, "input")),
        engine=engine,
        voice=voice,
        language=parse_language(language),
        speed=_number(fields, "speed", 1.0),
        instructions=instructions.validate(_text(fields, "instructions")),
        format=format_,
        stream=stream,
        seed=resolve_seed(_number(fields, "seed", -1)),
        reference=reference,
        reference_text=_text(fields, "ref_text"),
    )


def _limited(request: Request, most: int, megabytes: int) -> Request:
    """Return a request that raises PayloadTooLarge if its body exceeds `most` bytes."""
    error = PayloadTooLarge(
        Message("The request is larger than {most} MB. Send a shorter or compressed clip.", most=megabytes)
    )
    return upload_limits.limit_body(request, most, error)


def _engine_name(table: Mapping[str, EngineSpec[Any]], model: str) -> str:
    """Return the name of the engine, or "" for the default; raise ModelNotFound for an unknown one."""
    if model in DEFAULT_MODELS:
        return ""
    if model not in table:
        raise ModelNotFound(
            Message(
                "Unknown model {name!r}. Choose one of: {choices}.",
                name=model,
                choices=(*table, DEFAULT_MODELS[1]),
            )
        )
    return model


def _reference(fields: Mapping[str, Any]) -> bytes:
    """Return the decoded ref_audio, or b"" if there is none.

    Raises:
        ConsentRequired: If there is no consent.
        PayloadTooLarge: If it has more than MAX_REFERENCE_BYTES.
        BadInput: If it is not an audio data URI.
    """
    uri = _text(fields, "ref_audio")
    if not uri:
        return b""
    if not _boolean(fields, "consent"):
        raise ConsentRequired(
            Message(
                "Consent is required. Send consent: true to confirm that the voice is yours or that you "
                "have the speaker's permission."
            )
        )
    head = DATA_URI.match(uri)
    if head is None:
        raise BadInput("ref_audio must be a data URI: data:audio/wav;base64, followed by the file in base64.")
    if (len(uri) - head.end()) * 3 // 4 > MAX_REFERENCE_BYTES + 2:
        most = MAX_REFERENCE_BYTES // 2**20
        raise PayloadTooLarge(Message("ref_audio is larger than {most} MB. Send 3 to 30 s of one speaker.", most=most))
    try:
        return base64.b64decode(uri[head.end() :], validate=True)
    except binascii.Error:
        raise BadInput("The data in ref_audio isn't valid base64. Encode the file again.") from None


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadInput("{field} is {given!r}; it must be text.", field=name, given=_abbreviate(value))
    return value.strip()


def _number(fields: Mapping[str, Any], name: str, default: float) -> float:
    value = fields.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e9 < value < 1e9:
        raise BadInput("{field} is {given!r}; it must be a number.", field=name, given=_abbreviate(value))
    return float(value)


def _boolean(fields: Mapping[str, Any], name: str) -> bool:
    """Return a boolean of JSON, or of a form, where it is text; False if it is missing."""
    value = fields.get(name)
    if value in (None, ""):
        return False
    if isinstance(value, bool):
        return value
    return _one_of(name, str(value).lower(), ("true", "false")) == "true"


def _one_of(name: str, value: object, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise BadInput(
            "{field} is {given!r}; it must be one of: {choices}.", field=name, given=_abbreviate(value), choices=choices
        )
    return str(value)


def _abbreviate(value: object) -> str:
    return str(value)[:60]
