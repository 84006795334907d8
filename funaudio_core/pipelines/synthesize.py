"""Watermarked speech, chunk by chunk, and the take that the chunks form."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from funaudio_core import audio
from funaudio_core.audio.tempo import change_tempo
from funaudio_core.engines.protocols import StreamingSynthesizer, Synthesizer, VoiceConverter, Watermarker
from funaudio_core.errors import BadInput
from funaudio_core.languages import join_sentences
from funaudio_core.types import Audio, SpeechChunk, SpeechRequest, Transcript, Voice, Word


@dataclass(frozen=True, eq=False, slots=True)
class Take:
    """Finished speech of a request.

    Attributes:
        audio: The whole audio.
        text: Its text.
        words: Words with times in seconds from the start of the take.
        pieces: The chunks that it was made of.
        first_audio: Seconds from the request to the first chunk.
        seconds: Seconds that the synthesis took.
        seed: Of the sampling.
    """

    audio: Audio
    text: str
    words: tuple[Word, ...]
    pieces: tuple[SpeechChunk, ...]
    first_audio: float
    seconds: float
    seed: int


def speak(request: SpeechRequest, synthesizer: Synthesizer, watermarker: Watermarker) -> Iterator[SpeechChunk]:
    """Yield the watermarked chunks of a request, each as soon as it is made."""
    yield from _watermark(_change_tempo(synthesizer.stream(request), request), watermarker)


def speak_stream(
    request: SpeechRequest, words: Iterator[str], synthesizer: StreamingSynthesizer, watermarker: Watermarker
) -> Iterator[SpeechChunk]:
    """Yield the watermarked chunks of a request whose text continues with `words`; see StreamingSynthesizer."""
    yield from _watermark(_change_tempo(synthesizer.stream_text(request, words), request), watermarker)


def convert(source: Audio, voice: Voice, converter: VoiceConverter, watermarker: Watermarker) -> Iterator[SpeechChunk]:
    """Yield the watermarked chunks of a clip in another voice, each as soon as it is made."""
    yield from _watermark(converter.convert(source, voice), watermarker)


def _change_tempo(chunks: Iterator[SpeechChunk], request: SpeechRequest) -> Iterator[SpeechChunk]:
    """Yield the chunks at the tempo of the request, with the times of their words."""
    tempo = request.style.tempo
    for chunk in chunks:
        if tempo == 1.0:
            yield chunk
            continue
        words = tuple(replace(word, start=word.start / tempo, end=word.end / tempo) for word in chunk.words)
        yield SpeechChunk(change_tempo(chunk.audio, tempo), chunk.text, words)


def _watermark(chunks: Iterator[SpeechChunk], watermarker: Watermarker) -> Iterator[SpeechChunk]:
    for chunk in chunks:
        yield SpeechChunk(watermarker.mark(chunk.audio), chunk.text, chunk.words)


def attach_words(pieces: Iterator[SpeechChunk], transcript: Transcript) -> Iterator[SpeechChunk]:
    """Add the words of a clip's transcript to chunks that have the timing of the clip."""
    words = [word for segment in transcript.segments for word in segment.words]
    start = 0.0
    for chunk in pieces:
        end = start + chunk.audio.duration
        chunk_words = tuple(word.shift(-start) for word in words if start <= word.start < end)
        text = join_sentences([word.text for word in chunk_words], transcript.language)
        yield SpeechChunk(chunk.audio, text, chunk_words)
        start = end


def join_chunks(pieces: Sequence[SpeechChunk], first_audio: float, seconds: float, seed: int) -> Take:
    """Return all chunks as one take; for the other arguments see Take.

    Raises:
        BadInput: There are no chunks.
    """
    if not pieces:
        raise BadInput("No speech was generated. Add some words to the text.")
    words: list[Word] = []
    start = 0.0
    for chunk in pieces:
        words.extend(word.shift(start) for word in chunk.words)
        start += chunk.audio.duration
    return Take(
        audio=audio.concat([chunk.audio for chunk in pieces]),
        text=" ".join(chunk.text for chunk in pieces if chunk.text),
        words=tuple(words),
        pieces=tuple(pieces),
        first_audio=first_audio,
        seconds=seconds,
        seed=seed,
    )


class Recorder:
    """Collector of the chunks of one request, and of the time they took, for a take."""

    def __init__(self, seed: int) -> None:
        """Start the clock; `seed` is that of the take."""
        self._seed = seed
        self._started_at = time.monotonic()
        self._first_audio = 0.0
        self._chunks: list[SpeechChunk] = []

    def record(self, pieces: Iterator[SpeechChunk]) -> Iterator[SpeechChunk]:
        """Yield chunks unchanged and keep them."""
        for chunk in pieces:
            if not self._chunks:
                self._first_audio = time.monotonic() - self._started_at
            self._chunks.append(chunk)
            yield chunk

    @property
    def seconds(self) -> float:
        """Return the length of the recorded audio in seconds."""
        return sum(chunk.audio.duration for chunk in self._chunks)

    def take(self) -> Take:
        """Return what was recorded as one take.

        Raises:
            BadInput: Nothing was recorded.
        """
        return join_chunks(self._chunks, self._first_audio, time.monotonic() - self._started_at, self._seed)
