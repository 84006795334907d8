"""A voice behind /audio/speech: a line to speech as it comes over the wire. Knows no model."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from funaudio_core import audio, languages, settings, text
from funaudio_core.audio.encode import encode
from funaudio_core.engines.protocols import Synthesizer
from funaudio_core.engines.remote.discovery import DEFAULT_VOICE, Known, Server
from funaudio_core.engines.remote.http_client import content_type
from funaudio_core.engines.remote.server_profiles import CLONE, CROSS
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput, FunAudioError
from funaudio_core.runtime import cancellation
from funaudio_core.text import markup
from funaudio_core.types import MAX_RATE, MIN_RATE, Audio, SpeechChunk, SpeechRequest, Style

if TYPE_CHECKING:
    import httpx

USUAL_RATE = 24_000  # Hz of raw samples where no header tells it: OpenAI's, and that of CosyVoice in vLLM-Omni
SAMPLE_BYTES = 2  # 16 bits, little endian, mono
LONGEST = 600.0  # seconds of sound for one sentence, beyond which a server is talking to itself
PIECE = 0.5  # seconds that are handed on at least, but for the last piece of a sentence
GAP = 0.2  # seconds behind a sentence that another one follows, as the engine for CosyVoice's own files leaves
SLOWEST, FASTEST = 0.5, 2.0  # x, of Style.rate; what the pages offer
SHORTEST_PAUSE, LONGEST_PAUSE = 0.0, 4.0  # x, of Style.pause
REFERENCE_SECONDS = 30.0  # vLLM-Omni refuses more
# Hz; CosyVoice reads no more of a voice. A reference then has 1.5 MB at most; SGLang-Omni refuses more than 10 MiB.
REFERENCE_RATE = 24_000
RAW = ("audio/pcm", "audio/l16", "audio/raw", "application/octet-stream")  # what servers call samples without a header
WAV = b"RIFF"  # how a file begins that some send whatever they were asked for
FULL_SCALE = 32_768  # of 16 bits
_RATE = re.compile(r"rate=(\d+)")


class RemoteSynthesizer:
    """Synthesizer. Thread-safe: nothing of a call outlives it. Sentences are asked for one after the other, so that the
    first is heard while the rest is still text; closing the iterator closes the connection of the one under way.

    A voice speaks as it is told where the style holds something that the engine reads (Spec.telling), else zero-shot in
    the language of its clip and across languages elsewhere. Style.rate and Style.pause are held within their limits;
    the other edits of a style are for other engines.
    """

    def __init__(self, server: Server, now: Callable[[], EngineSpec[Synthesizer]]) -> None:
        """now: the Spec as the server is found to be. Raises FunAudioError where it can't be found."""
        self._server, self._now = server, now

    @property
    def presets(self) -> tuple[str, ...]:
        """Voices that the server is known to have by now, as Voice.preset names them."""
        known = self._server.glance()
        return tuple(name for name in known.voices if name != DEFAULT_VOICE) if known else ()

    def stream(self, line: SpeechRequest) -> Iterator[SpeechChunk]:
        """Speech at the server's rate as it arrives: the first piece of a sentence bears its text, others none.

        There are no word times; the silence between sentences is a piece of its own. Raises BadInput for a language or
        text that can't be spoken, Unsupported for a way to speak that the server lacks, FunAudioError for all that goes
        wrong on the way or there.
        """
        spec = self._now()
        languages.require_language(line.language, spec.languages, spec.title)
        tags = frozenset(name.partition(":")[2] for name in spec.capabilities if name.startswith(("event:", "span:")))
        most = settings.read().max_characters
        words = text.require_speakable(markup.strip_markup(line.text, tags | {f"/{tag}" for tag in tags}), most)
        sentences = text.split_sentences(words, line.language)
        return self._sentences(sentences, self._body(line, spec), line.style)

    def _sentences(self, sentences: list[str], body: dict[str, Any], style: Style) -> Iterator[SpeechChunk]:
        rate = 0
        for number, sentence in enumerate(sentences):
            pause = GAP * min(max(style.pause, SHORTEST_PAUSE), LONGEST_PAUSE)
            if number and pause and text.ends_sentence(sentences[number - 1]):
                yield SpeechChunk(Audio(np.zeros(round(pause * rate), np.float32), rate), "")
            for place, piece in enumerate(self._pieces({**body, "input": sentence})):
                rate = piece.rate
                yield SpeechChunk(piece, "" if place else sentence)

    def _body(self, line: SpeechRequest, spec: EngineSpec[Synthesizer]) -> dict[str, Any]:
        """Everything of a request but its text."""
        known = self._server.meet()
        kind = known.row
        told = spec.instruction_prompt.render(line.style, line.language) if spec.instruction_prompt else ""
        body: dict[str, Any] = {"model": self._server.address.model, "response_format": "pcm", **dict(kind.streams)}
        if line.style.rate != 1.0:
            body["speed"] = min(max(line.style.rate, SLOWEST), FASTEST)
        body |= {
            name: value for name, value in (("seed", line.seed), ("language", line.language)) if name in kind.fields
        }
        if told:
            body["instructions"] = told
        return body | self._voice(line, spec, known, told=bool(told))

    def _voice(self, line: SpeechRequest, spec: EngineSpec[Synthesizer], known: Known, *, told: bool) -> dict[str, Any]:
        """Who speaks. A transcript never goes with an instruction: engines refuse both together."""
        voice = line.voice
        if voice.clip is None:
            if voice.preset not in {each.preset for each in spec.voices}:
                raise BadInput(
                    "{engine} has no voice called {name!r}. Choose one from the list.",
                    engine=spec.title,
                    name=voice.preset,
                )
            return {"voice": voice.preset}
        spec.require(CLONE)
        who: dict[str, Any] = {"voice": DEFAULT_VOICE, "ref_audio": reference(voice.clip)}
        if known.kind == "funaudio":  # pages ask for it before a clip gets here
            who["consent"] = True
        if told:
            return who
        if text.is_speakable(voice.text) and voice.language == line.language:
            return {**who, "ref_text": voice.text}
        spec.require(CROSS)
        return who

    def _pieces(self, body: dict[str, Any]) -> Iterator[Audio]:
        """The sound of one sentence."""
        wire = self._server.wire
        with wire.open("POST", "/audio/speech", json=body) as response:
            self._require_samples(response)
            rate = _rate(response, wire.title)
            waiting, sent, left = b"", False, LONGEST * rate * SAMPLE_BYTES
            for chunk in response.iter_bytes():
                cancellation.raise_if_cancelled()
                waiting, left = waiting + chunk, left - len(chunk)
                if left < 0:
                    raise wire.unexpected(f"> {LONGEST:.0f} s", repr(body["input"]))
                if not sent and waiting.startswith(WAV):
                    raise wire.unexpected("audio/wav", RAW[0])
                if len(waiting) >= PIECE * rate * SAMPLE_BYTES:
                    piece, waiting, sent = *_cut(waiting, rate), True
                    yield piece
            if len(waiting) >= SAMPLE_BYTES:
                yield _cut(waiting, rate)[0]
            elif not sent:
                raise FunAudioError(
                    "{engine} returned no audio for this text. Change the text, or choose another model.",
                    engine=wire.title,
                )

    def _require_samples(self, response: httpx.Response) -> None:
        """Raise FunAudioError for what is no raw samples: an error that calls itself a success, a file, a web page."""
        wire, kind = self._server.wire, content_type(response)
        if kind == "application/json":
            wire.value(response)
        if kind not in RAW:
            raise wire.unexpected(kind, RAW[0])


def reference(clip: Audio) -> str:
    """A clip as a data URI: 16-bit mono WAV of REFERENCE_SECONDS at most."""
    start = clip.slice(0.0, REFERENCE_SECONDS)
    sound = audio.resample(start, REFERENCE_RATE) if clip.rate > REFERENCE_RATE else start
    return f"data:audio/wav;base64,{base64.b64encode(encode(sound, 'wav')).decode()}"


def _cut(waiting: bytes, rate: int) -> tuple[Audio, bytes]:
    """All whole samples as sound, and the odd byte that belongs to the next one, if any."""
    whole = len(waiting) - len(waiting) % SAMPLE_BYTES
    samples = np.frombuffer(waiting[:whole], "<i2").astype(np.float32) / np.float32(FULL_SCALE)
    return Audio(samples, rate), waiting[whole:]


def _rate(response: httpx.Response, title: str) -> int:
    """Hz, from X-Sample-Rate or the content type; USUAL_RATE where neither tells."""
    inside = _RATE.search(response.headers.get("content-type", ""))
    told = response.headers.get("x-sample-rate") or (inside[1] if inside else str(USUAL_RATE))
    known = told.isdecimal() and len(told) <= len(str(MAX_RATE)) and MIN_RATE <= int(told) <= MAX_RATE
    if not known or response.headers.get("x-channels", "1") != "1":
        raise FunAudioError(
            "{engine} returned audio with {channels} channels at {rate!r} Hz; one channel at a known rate is required.",
            engine=title,
            channels=response.headers.get("x-channels", "1"),
            rate=told,
        )
    return int(told)
