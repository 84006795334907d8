"""API requests, read and validated before they wait in the queue or are decoded."""

from __future__ import annotations

import base64
import binascii
import json
import re
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from funaudio_core import settings
from funaudio_core.audio import encode
from funaudio_core.engines import registry, selection
from funaudio_core.engines.protocols import RecognitionOptions, Recognizer
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.message import Message
from funaudio_core.tasks import synthesis
from funaudio_core.text import instructions
from funaudio_core.text.pronunciations import Pronunciation, parse_table
from server import upload_limits
from server.openai_api import names
from server.openai_api.errors import ConsentRequired, PayloadTooLarge
from server.openai_api.fields import Fields, boolean, identifier, number, one_of, text
from server.params import AUTO, OFF, parse_language, parse_speakers, parse_word_list, resolve_seed
from server.request import account_id

DIARIZED = "diarized_json"
TEXT_FORMATS = ("json", "text", "verbose_json", "srt", "vtt", DIARIZED)
STREAMED_TEXT_FORMATS = ("json", DIARIZED)
GRANULARITIES = ("segment", "word")
STREAM_FORMATS = ("audio", "sse")
MAX_REFERENCE_BYTES = 10 * 2**20  # decoded from base64, as in SGLang-Omni
FORM_BYTES = 2**20  # form fields beside the file, or JSON beside text and reference
UNSAFE_CHARACTERS = re.compile(r"[^\w.-]+")  # in file names, which messages quote
DATA_URI = re.compile(r"data:audio/[\w.+-]+(?:;[\w=.+-]+)*;base64,", re.ASCII)
# A prompt that is no sentence but a list of terms, which an engine with hotwords but without prompts can use.
MAX_TERM_WORDS = 4
MAX_PROMPT_TERMS = 100
MAX_PROMPT_TERM_CHARACTERS = 1000  # of all of them together


@dataclass(frozen=True, slots=True)
class TranscriptionRequest:
    """A request to transcribe or translate a clip.

    Attributes:
        file: Upload, open until the request ends.
        name: Safe file name of the clip.
        engine: Recognizer.
        options: Options of the recognizer.
        format: One of TEXT_FORMATS.
        granularities: Timestamps of verbose_json: "segment", "word" or both.
        speakers: Number of speakers; 0 to find it, None not to tell them apart.
        stream: Send server-sent events.
        ignored: Names of the fields that the engine has no use for.
    """

    file: BinaryIO
    name: str
    engine: EngineSpec[Recognizer]
    options: RecognitionOptions
    format: str
    granularities: frozenset[str]
    speakers: int | None
    stream: bool
    ignored: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SpeechRequestBody:
    """A request to synthesize speech.

    Attributes:
        text: Text to speak.
        engine: Engine name.
        voice: Id of a preset voice, a voice of OpenAI, or "" for any.
        language: Language code, or None to detect it.
        speed: Speaking rate; 1 is normal.
        instructions: Description of the speaking style.
        format: Audio format.
        stream: Send the audio as it is generated.
        events: Send it as server-sent events.
        seed: Random seed.
        reference: Content of an audio file with the voice to imitate, or b"".
        reference_text: Transcript of the reference, or "" to recognize it.
        pronunciations: Words and how they are said.
    """

    text: str
    engine: str
    voice: str
    language: str | None
    speed: float
    instructions: str
    format: str
    stream: bool
    events: bool
    seed: int
    reference: bytes
    reference_text: str
    pronunciations: tuple[Pronunciation, ...]


async def parse_transcription(request: Request, stack: AsyncExitStack, to_english: bool) -> TranscriptionRequest:
    """Read the form of a transcription or translation request.

    Args:
        request: Request whose body was not read yet.
        stack: Closing it deletes the upload.
        to_english: Translate the speech into English.

    Raises:
        PayloadTooLarge: If the body exceeds the limit.
        RateLimited: If the upload limit of the account is reached.
        ModelNotFound: If there is no such engine.
        BadInput: If a field is missing or invalid.
        Unsupported: If the engine can't translate.
    """
    most = settings.read().max_file_megabytes * 2**20
    limited = _limited(request, most + FORM_BYTES, settings.read().max_file_megabytes)
    with upload_limits.charge_upload(limited, account_id()) as charged:
        form = await stack.enter_async_context(charged.form(max_files=1, max_fields=128, max_part_size=FORM_BYTES))
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise BadInput("No file received. Send the audio as the form field {field}.", field="file")
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    granularities = _list(form, "timestamp_granularities")
    for granularity in granularities:
        one_of("timestamp_granularities", granularity, GRANULARITIES)
    format_ = one_of("response_format", text(fields, "response_format") or "json", TEXT_FORMATS)
    stream = boolean(fields, "stream")
    if stream and format_ not in STREAMED_TEXT_FORMATS:
        raise BadInput("Only these formats can be streamed: {formats}.", formats=STREAMED_TEXT_FORMATS)
    speakers = parse_speakers(text(fields, "speakers") or (AUTO if format_ == DIARIZED else OFF))
    if to_english and speakers is not None:
        raise Unsupported("Translations don't tell speakers apart. Transcribe the clip instead.")
    with_words = "word" in granularities or format_ in ("srt", "vtt") or speakers is not None
    engine, options, ignored = _recognition(form, fields, with_words, to_english)
    return TranscriptionRequest(
        file=file.file,
        name=UNSAFE_CHARACTERS.sub("_", Path(file.filename or "").name).lstrip(".")[:60] or "clip",
        engine=engine,
        options=options,
        format=format_,
        granularities=frozenset(granularities) or frozenset({"segment"}),
        speakers=speakers,
        stream=stream,
        ignored=ignored,
    )


def _recognition(
    form: FormData, fields: Fields, with_words: bool, to_english: bool
) -> tuple[EngineSpec[Recognizer], RecognitionOptions, tuple[str, ...]]:
    """Return the engine of a form, its options, and the fields that it has no use for."""
    spoken = [parse_language(value) for value in (text(fields, "language") or AUTO, *_list(form, "languages"))]
    codes = tuple(dict.fromkeys(code for code in spoken if code is not None))
    language = codes[0] if len(codes) == 1 or spoken[0] is not None else None
    found = _find_recognizer(text(fields, "model"))
    if to_english:
        engine = found or _english_recognizer()
        engine.require("to-english")
    else:
        engine = found or selection.recognizer_for_language(language)
    prompt, keywords = text(fields, "prompt"), tuple(filter(None, map(str.strip, _list(form, "keywords"))))
    hotwords, ignored = parse_word_list(text(fields, "hotwords")), []
    if "hotwords" in engine.capabilities:
        terms = _terms(prompt) if "prompt" not in engine.capabilities else ()
        hotwords = tuple(dict.fromkeys((*hotwords, *keywords, *terms)))
        ignored += ["prompt"] * bool(prompt and not terms and "prompt" not in engine.capabilities)
    else:
        ignored += ["prompt"] * bool(prompt) + ["keywords"] * bool(keywords)
    options = RecognitionOptions(
        language=language,
        words=with_words and not to_english,
        translate_to_english=to_english,
        candidate_languages=frozenset(codes) & engine.languages if language is None else frozenset(),
        hotwords=hotwords,
        prompt=prompt if "prompt" in engine.capabilities else "",
    )
    return engine, options, tuple(ignored)


def _find_recognizer(model: str) -> EngineSpec[Recognizer] | None:
    """Return the recognizer that a model's name means; None for any."""
    return names.find_model(registry.RECOGNIZERS, model)


def _english_recognizer() -> EngineSpec[Recognizer]:
    """Return the first recognizer that translates into English. Raises Unsupported if there is none."""
    for spec in registry.available(registry.RECOGNIZERS).values():
        if "to-english" in spec.capabilities:
            return spec
    raise Unsupported("No recognition model of this server translates speech into English. Transcribe it instead.")


def _terms(prompt: str) -> tuple[str, ...]:
    """Return the terms of a prompt that lists some, or () for a sentence or a list that is too long."""
    terms = parse_word_list(prompt.rstrip(".。"))
    is_list = all(len(term.split()) <= MAX_TERM_WORDS for term in terms)
    is_short = len(terms) <= MAX_PROMPT_TERMS and sum(map(len, terms)) <= MAX_PROMPT_TERM_CHARACTERS
    return terms if is_list and is_short else ()


def _list(form: FormData, name: str) -> list[str]:
    """Return the values of a list: of its name, of its name with [] or with an index in brackets."""
    return [str(value) for key, value in form.multi_items() if key == name or key.startswith(f"{name}[")]


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
    format_ = (text(fields, "response_format") or "mp3").lower()
    has_length = encode.get_format(format_).has_length
    stream_format = text(fields, "stream_format")
    if stream_format:
        one_of("stream_format", stream_format, STREAM_FORMATS)
    reference = _reference(fields)
    engine = names.synthesizer(text(fields, "model")).name
    voice = "" if reference else names.canonical_voice(identifier(fields, "voice"), engine)
    return SpeechRequestBody(
        text=synthesis.validate_text(text(fields, "input")),
        engine=engine,
        voice=voice,
        language=parse_language(text(fields, "language") or AUTO),
        speed=number(fields, "speed", 1.0),
        instructions=instructions.validate(text(fields, "instructions")),
        format=format_,
        stream=boolean(fields, "stream") or bool(stream_format) or not has_length,
        events=stream_format == "sse",
        seed=resolve_seed(number(fields, "seed", -1)),
        reference=reference,
        reference_text=text(fields, "ref_text"),
        pronunciations=_pronunciations(fields),
    )


def _pronunciations(fields: Fields) -> tuple[Pronunciation, ...]:
    """Return the pronunciation table: text, a list of its lines, or an object with the words and how they are said.

    Raises:
        BadInput: It is something else, or a line has another form.
    """
    table = fields.get("pronunciations")
    if isinstance(table, dict) and all(isinstance(said, str) for said in table.values()):
        return parse_table("\n".join(f"{word}\t{said}" for word, said in table.items()))
    if isinstance(table, list) and all(isinstance(line, str) for line in table):
        return parse_table("\n".join(table))
    return parse_table(text(fields, "pronunciations"))


def _limited(request: Request, most: int, megabytes: int) -> Request:
    """Return a request that raises PayloadTooLarge if its body exceeds `most` bytes."""
    error = PayloadTooLarge(
        Message("The request is larger than {most} MB. Send a shorter or compressed clip.", most=megabytes)
    )
    return upload_limits.limit_body(request, most, error)


def _reference(fields: Fields) -> bytes:
    """Return the decoded ref_audio, or b"" if there is none.

    Raises:
        ConsentRequired: If there is no consent.
        PayloadTooLarge: If it has more than MAX_REFERENCE_BYTES.
        BadInput: If it is not an audio data URI.
    """
    uri = text(fields, "ref_audio")
    if not uri:
        return b""
    if not boolean(fields, "consent"):
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
