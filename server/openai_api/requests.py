"""What a request asks for, read and checked before anything is decoded or waits in line. Knows no page."""

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
from funaudio_core.engines import selection, voice_catalog
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput
from funaudio_core.message import Message
from funaudio_core.tasks import synthesis
from funaudio_core.text import instructions
from server import upload_limits
from server.openai_api.errors import ConsentRequired, ModelNotFound, PayloadTooLarge
from server.params import AUTO, parse_language, parse_word_list, resolve_seed
from server.request import account_id

# Names that stand for whichever engine is offered first: clients have OpenAI's built in.
DEFAULT_MODELS = ("", "default", "whisper-1", "tts-1")
DEFAULT_VOICES = ("", "default")
TEXT_FORMATS = ("json", "text", "verbose_json", "srt", "vtt")
GRANULARITIES = ("segment", "word")
REFERENCE_BYTES = 10 * 2**20  # decoded; SGLang-Omni takes as many. 30 s of speech are used at most
REFERENCE_SECONDS = 300.0  # decoded at most
FORM_BYTES = 2**20  # for the fields of a form beside its file, and for the JSON beside text and reference
NOT_IN_NAMES = re.compile(r"[^\w.-]+")  # of files; the name is shown in sentences
DATA_URI = re.compile(r"data:audio/[\w.+-]+(?:;[\w=.+-]+)*;base64,", re.ASCII)


@dataclass(frozen=True, slots=True)
class TranscriptionRequest:
    """A transcription. engine: "" for the one that fits the language. file: the upload, open for the whole request."""

    file: BinaryIO
    name: str
    engine: str
    language: str | None
    hotwords: tuple[str, ...]
    format: str
    granularities: frozenset[str]
    streamed: bool


@dataclass(frozen=True, slots=True)
class SpeechRequestBody:
    """Something to be said. voice: id of a preset, "" for any. instructions: how to say it, in the caller's words.

    reference: bytes of a sound file, b"" for none. reference_text: what is said in it, "" to have it recognised.
    streamed: sent as soon as it is made, "pcm" alone.
    """

    text: str
    engine: str
    voice: str
    language: str | None
    speed: float
    instructions: str
    format: str
    streamed: bool
    seed: int
    reference: bytes
    reference_text: str


async def parse_transcription(request: Request, stack: AsyncExitStack) -> TranscriptionRequest:
    """The form of a transcription; its file is deleted with the stack. Raises TooLarge, Spent and BadInput."""
    most = settings.read().max_file_megabytes * 2**20
    limited = _limited(request, most + FORM_BYTES, settings.read().max_file_megabytes)
    with upload_limits.charge_upload(limited, account_id()) as counted:
        form = await stack.enter_async_context(counted.form(max_files=1, max_fields=64, max_part_size=FORM_BYTES))
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise BadInput("No file received. Send the audio as the form field {field}.", field="file")
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    asked = [value for name, value in form.multi_items() if name.startswith("timestamp_granularities")]
    for name in asked:
        _one_of("timestamp_granularities", name, GRANULARITIES)
    format_ = _one_of("response_format", _text(fields, "response_format") or "json", TEXT_FORMATS)
    streamed = _switch(fields, "stream")
    if streamed and format_ != "json":
        raise BadInput("Only the {format} format can be streamed.", format="json")
    return TranscriptionRequest(
        file=file.file,
        name=NOT_IN_NAMES.sub("_", Path(file.filename or "").name).lstrip(".")[:60] or "clip",
        engine=_engine(selection.recognizers(), _text(fields, "model")),
        language=parse_language(_text(fields, "language") or AUTO),
        hotwords=parse_word_list(f"{_text(fields, 'prompt')},{_text(fields, 'hotwords')}"),
        format=format_,
        granularities=frozenset(map(str, asked)) or frozenset({"segment"}),
        streamed=streamed,
    )


async def parse_speech(request: Request) -> SpeechRequestBody:
    """The JSON of a text to be spoken. Raises TooLarge, NoModel, NoConsent and BadInput."""
    most = REFERENCE_BYTES * 4 // 3 + settings.read().max_characters * upload_limits.LETTER_BYTES + FORM_BYTES
    try:
        fields = json.loads(await _limited(request, most, most // 2**20).body())
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise BadInput("The body isn't a JSON object. Send one with at least model, input and voice.")
    format_ = _text(fields, "response_format") or "mp3"
    encode.get_format(format_)
    streamed = _switch(fields, "stream") or format_ == "pcm"
    if streamed and format_ != "pcm":
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
    engine = _engine(selection.synthesizers(), _text(fields, "model")) or next(iter(selection.synthesizers()))
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
        streamed=streamed,
        seed=resolve_seed(_number(fields, "seed", -1)),
        reference=reference,
        reference_text=_text(fields, "ref_text"),
    )


def _limited(request: Request, most: int, megabytes: int) -> Request:
    """The same request, whose body may have so many bytes and no more: told by its header, or counted as it comes."""
    error = PayloadTooLarge(
        Message("The request is larger than {most} MB. Send a shorter or compressed clip.", most=megabytes)
    )
    return upload_limits.limit_body(request, most, error)


def _engine(table: Mapping[str, EngineSpec[Any]], model: str) -> str:
    """The name of the engine, "" for the default. Raises NoModel."""
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
    """The bytes of ref_audio, b"" where there is none. Raises NoConsent, TooLarge, and BadInput for another URL."""
    given = _text(fields, "ref_audio")
    if not given:
        return b""
    if not _switch(fields, "consent"):
        raise ConsentRequired(
            Message(
                "Consent is required. Send consent: true to confirm that the voice is yours or that you "
                "have the speaker's permission."
            )
        )
    head = DATA_URI.match(given)
    if head is None:
        raise BadInput("ref_audio must be a data URI: data:audio/wav;base64, followed by the file in base64.")
    if (len(given) - head.end()) * 3 // 4 > REFERENCE_BYTES + 2:
        most = REFERENCE_BYTES // 2**20
        raise PayloadTooLarge(Message("ref_audio is larger than {most} MB. Send 3 to 30 s of one speaker.", most=most))
    try:
        return base64.b64decode(given[head.end() :], validate=True)
    except binascii.Error:
        raise BadInput("The data in ref_audio isn't valid base64. Encode the file again.") from None


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadInput("{field} is {given!r}; it must be text.", field=name, given=_short(value))
    return value.strip()


def _number(fields: Mapping[str, Any], name: str, default: float) -> float:
    value = fields.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e9 < value < 1e9:
        raise BadInput("{field} is {given!r}; it must be a number.", field=name, given=_short(value))
    return float(value)


def _switch(fields: Mapping[str, Any], name: str) -> bool:
    """A boolean of JSON, or its name in a form."""
    value = fields.get(name)
    if value in (None, ""):
        return False
    if isinstance(value, bool):
        return value
    return _one_of(name, str(value).lower(), ("true", "false")) == "true"


def _one_of(name: str, value: object, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise BadInput(
            "{field} is {given!r}; it must be one of: {choices}.", field=name, given=_short(value), choices=choices
        )
    return str(value)


def _short(value: object) -> str:
    return str(value)[:60]
