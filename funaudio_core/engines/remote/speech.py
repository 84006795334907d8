"""Synthesizer behind /audio/speech."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from funaudio_core import audio, languages, settings, text
from funaudio_core.audio.encode import encode
from funaudio_core.engines.protocols import Synthesizer
from funaudio_core.engines.remote.discovery import DEFAULT_VOICE, Server, ServerInfo
from funaudio_core.engines.remote.http_client import content_type
from funaudio_core.engines.remote.server_profiles import CLONE, CROSS
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput, FunAudioError
from funaudio_core.runtime import cancellation
from funaudio_core.text import markup, speech_markup
from funaudio_core.types import MAX_RATE, MIN_RATE, Audio, SpeechChunk, SpeechRequest, Style

if TYPE_CHECKING:
    import httpx

DEFAULT_RATE = 24_000  # Hz of raw samples without a header that says so, as OpenAI and vLLM-Omni's CosyVoice have
SAMPLE_BYTES = 2  # 16 bits, little endian, mono
MAX_SENTENCE_SECONDS = 600.0  # of one sentence; more means a model that does not stop
MIN_PIECE_SECONDS = 0.5  # except for the last piece of a sentence
GAP_SECONDS = 0.2  # of silence between sentences, as in engines.cosyvoice
MIN_SPEED, MAX_SPEED = 0.5, 2.0  # limits of Style.rate, the range of the pages
MIN_PAUSE, MAX_PAUSE = 0.0, 4.0  # limits of Style.pause
REFERENCE_SECONDS = 30.0  # vLLM-Omni rejects more
# Hz, the rate at which CosyVoice reads a voice. The clip has 1.5 MB at most; SGLang-Omni rejects more than 10 MiB.
REFERENCE_RATE = 24_000
RAW_CONTENT_TYPES = (
    "audio/pcm",
    "audio/l16",
    "audio/raw",
    "application/octet-stream",
)  # raw samples
WAV_MAGIC = b"RIFF"  # some servers send a file whatever was requested
FULL_SCALE = 32_768  # of 16 bits
_RATE = re.compile(r"rate=(\d+)")


class RemoteSynthesizer:
    """Synthesizer on a server. Thread-safe: it keeps no state between calls.

    Sentences are requested one after the other, so that the first plays while the next is synthesized. Closing the
    iterator closes the connection.

    A request is spoken with an instruction if the style holds something that the engine can express, else zero-shot in
    the language of the clip and cross-lingually in others. Style.rate and Style.pause are clamped; other edits of a
    style are for other engines.
    """

    def __init__(self, server: Server, current_spec: Callable[[], EngineSpec[Synthesizer]]) -> None:
        """Create the engine.

        Args:
            server: The server.
            current_spec: Returns the spec by what the server says now; raises FunAudioError if it is unreachable.
        """
        self._server, self._current_spec = server, current_spec

    @property
    def presets(self) -> tuple[str, ...]:
        """Return the known names of the server's voices, for Voice.preset."""
        info = self._server.cached_info()
        return tuple(name for name in info.voices if name != DEFAULT_VOICE) if info else ()

    def stream(self, request: SpeechRequest) -> Iterator[SpeechChunk]:
        """Synthesize a request.

        The first chunk of a sentence carries its text, the others none; there are no word times. Silence between
        sentences is a chunk of its own.

        Args:
            request: What to speak.

        Returns:
            Chunks at the server's sample rate, each as soon as it arrives.

        Raises:
            BadInput: Language, voice or text can't be used.
            Unsupported: The server lacks the capability.
            FunAudioError: The server fails.
        """
        spec = self._current_spec()
        languages.require_language(request.language, spec.languages, spec.title)
        tags = frozenset(name.partition(":")[2] for name in spec.capabilities if name.startswith(("event:", "span:")))
        max_characters = settings.read().max_characters
        kept = tags | {f"/{tag}" for tag in tags}
        cleaned = text.require_speakable(
            markup.strip_markup(speech_markup.strip(request.text, kept), kept), max_characters
        )
        sentences = text.split_sentences(cleaned, request.language)
        return self._synthesize(sentences, self._request_body(request, spec), request.style)

    def _synthesize(self, sentences: list[str], body: dict[str, Any], style: Style) -> Iterator[SpeechChunk]:
        rate = 0
        for index, sentence in enumerate(sentences):
            pause = GAP_SECONDS * min(max(style.pause, MIN_PAUSE), MAX_PAUSE)
            if index and pause and text.ends_sentence(sentences[index - 1]):
                yield SpeechChunk(Audio(np.zeros(round(pause * rate), np.float32), rate), "")
            for piece_index, piece in enumerate(self._pieces({**body, "input": sentence})):
                rate = piece.rate
                yield SpeechChunk(piece, "" if piece_index else sentence)

    def _request_body(self, request: SpeechRequest, spec: EngineSpec[Synthesizer]) -> dict[str, Any]:
        """Return the body of a request without its text."""
        info = self._server.fetch_info()
        profile = info.profile
        instructions = (
            spec.instruction_prompt.render(request.style, request.language) if spec.instruction_prompt else ""
        )
        body: dict[str, Any] = {
            "model": self._server.endpoint.model,
            "response_format": "pcm",
            **dict(profile.stream_fields),
        }
        if request.style.rate != 1.0:
            body["speed"] = min(max(request.style.rate, MIN_SPEED), MAX_SPEED)
        body |= {
            name: value
            for name, value in (("seed", request.seed), ("language", request.language))
            if name in profile.optional_fields
        }
        if instructions:
            body["instructions"] = instructions
        return body | self._voice_fields(request, spec, info, is_instructed=bool(instructions))

    def _voice_fields(
        self, request: SpeechRequest, spec: EngineSpec[Synthesizer], info: ServerInfo, *, is_instructed: bool
    ) -> dict[str, Any]:
        """Return the fields that choose the voice; never a transcript with an instruction, which engines reject."""
        voice = request.voice
        if voice.clip is None:
            if voice.preset not in {each.preset for each in spec.voices}:
                raise BadInput(
                    "{engine} has no voice called {name!r}. Choose one from the list.",
                    engine=spec.title,
                    name=voice.preset,
                )
            return {"voice": voice.preset}
        spec.require(CLONE)
        fields: dict[str, Any] = {"voice": DEFAULT_VOICE, "ref_audio": encode_reference(voice.clip)}
        if info.profile_name == "funaudio":  # the page has asked for consent before a clip gets here
            fields["consent"] = True
        if is_instructed:
            return fields
        if text.is_speakable(voice.text) and voice.language == request.language:
            return {**fields, "ref_text": voice.text}
        spec.require(CROSS)
        return fields

    def _pieces(self, body: dict[str, Any]) -> Iterator[Audio]:
        """Yield the audio of one sentence."""
        client = self._server.client
        with client.stream("POST", "/audio/speech", json=body) as response:
            self._require_samples(response)
            rate = _rate(response, client.title)
            buffer, has_sent, bytes_left = b"", False, MAX_SENTENCE_SECONDS * rate * SAMPLE_BYTES
            for chunk in response.iter_bytes():
                cancellation.raise_if_cancelled()
                buffer, bytes_left = buffer + chunk, bytes_left - len(chunk)
                if bytes_left < 0:
                    raise client.unexpected_response(f"> {MAX_SENTENCE_SECONDS:.0f} s", repr(body["input"]))
                if not has_sent and buffer.startswith(WAV_MAGIC):
                    raise client.unexpected_response("audio/wav", RAW_CONTENT_TYPES[0])
                if len(buffer) >= MIN_PIECE_SECONDS * rate * SAMPLE_BYTES:
                    piece, buffer, has_sent = *_decode_samples(buffer, rate), True
                    yield piece
            if len(buffer) >= SAMPLE_BYTES:
                yield _decode_samples(buffer, rate)[0]
            elif not has_sent:
                raise FunAudioError(
                    "{engine} returned no audio for this text. Change the text, or choose another model.",
                    engine=client.title,
                )

    def _require_samples(self, response: httpx.Response) -> None:
        """Raise FunAudioError unless a response has raw samples: some servers send errors or files with status 200."""
        client, media_type = self._server.client, content_type(response)
        if media_type == "application/json":
            client.read_body(response)
        if media_type not in RAW_CONTENT_TYPES:
            raise client.unexpected_response(media_type, RAW_CONTENT_TYPES[0])


def encode_reference(clip: Audio) -> str:
    """Encode a clip as a data URI: 16-bit mono WAV of at most REFERENCE_SECONDS."""
    first_part = clip.slice(0.0, REFERENCE_SECONDS)
    resampled = audio.resample(first_part, REFERENCE_RATE) if clip.rate > REFERENCE_RATE else first_part
    return f"data:audio/wav;base64,{base64.b64encode(encode(resampled, 'wav')).decode()}"


def _decode_samples(buffer: bytes, rate: int) -> tuple[Audio, bytes]:
    """Return the whole samples in a buffer as audio, and the odd byte that remains."""
    length = len(buffer) - len(buffer) % SAMPLE_BYTES
    samples = np.frombuffer(buffer[:length], "<i2").astype(np.float32) / np.float32(FULL_SCALE)
    return Audio(samples, rate), buffer[length:]


def _rate(response: httpx.Response, title: str) -> int:
    """Return the sample rate in Hz from X-Sample-Rate or the content type, else DEFAULT_RATE."""
    match = _RATE.search(response.headers.get("content-type", ""))
    rate = response.headers.get("x-sample-rate") or (match[1] if match else str(DEFAULT_RATE))
    is_valid = rate.isdecimal() and len(rate) <= len(str(MAX_RATE)) and MIN_RATE <= int(rate) <= MAX_RATE
    if not is_valid or response.headers.get("x-channels", "1") != "1":
        raise FunAudioError(
            "{engine} returned audio with {channels} channels at {rate!r} Hz; one channel at a known rate is required.",
            engine=title,
            channels=response.headers.get("x-channels", "1"),
            rate=rate,
        )
    return int(rate)
