"""A line or a clip to marked speech, piece by piece, and the pieces to one take. Knows Protocols, never engines."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from funaudio_core import audio
from funaudio_core.engines.protocols import StreamingSynthesizer, Synthesizer, VoiceConverter, Watermarker
from funaudio_core.errors import BadInput
from funaudio_core.languages import join_sentences
from funaudio_core.types import Audio, SpeechChunk, SpeechRequest, Transcript, Voice, Word


@dataclass(frozen=True, eq=False, slots=True)
class Take:
    """One finished reading of a line.

    words: times in seconds from the start of the take. first_audio: seconds from the order to the first piece.
    seconds: time spent on the whole take. seed: the one that made it.
    """

    audio: Audio
    text: str
    words: tuple[Word, ...]
    pieces: tuple[SpeechChunk, ...]
    first_audio: float
    seconds: float
    seed: int


def speak(request: SpeechRequest, synthesizer: Synthesizer, watermarker: Watermarker) -> Iterator[SpeechChunk]:
    """The pieces of a line as they are made, each with the watermark in it."""
    yield from _watermarked(synthesizer.stream(request), watermarker)


def speak_stream(
    request: SpeechRequest, words: Iterator[str], synthesizer: StreamingSynthesizer, watermarker: Watermarker
) -> Iterator[SpeechChunk]:
    """The stretches of a line whose text goes on with `words`, as they are made, each with the watermark in it."""
    yield from _watermarked(synthesizer.stream_text(request, words), watermarker)


def convert(source: Audio, voice: Voice, converter: VoiceConverter, watermarker: Watermarker) -> Iterator[SpeechChunk]:
    """What is said in a clip, in the voice, piece by piece as it is made, each with the watermark in it."""
    yield from _watermarked(converter.convert(source, voice), watermarker)


def _watermarked(pieces: Iterator[SpeechChunk], watermarker: Watermarker) -> Iterator[SpeechChunk]:
    for piece in pieces:
        yield SpeechChunk(watermarker.mark(piece.audio), piece.text, piece.words)


def attach_words(pieces: Iterator[SpeechChunk], transcript: Transcript) -> Iterator[SpeechChunk]:
    """Pieces that follow a clip at its own pace, each with the words that were heard in its stretch of the clip."""
    words = [word for segment in transcript.segments for word in segment.words]
    start = 0.0
    for piece in pieces:
        end = start + piece.audio.duration
        own = tuple(word.shift(-start) for word in words if start <= word.start < end)
        yield SpeechChunk(piece.audio, join_sentences([word.text for word in own], transcript.language), own)
        start = end


def join_chunks(pieces: Sequence[SpeechChunk], first_audio: float, seconds: float, seed: int) -> Take:
    """All pieces as one take. Raises BadInput where there are none."""
    if not pieces:
        raise BadInput("No speech was generated. Add some words to the text.")
    words: list[Word] = []
    start = 0.0
    for piece in pieces:
        words.extend(word.shift(start) for word in piece.words)
        start += piece.audio.duration
    return Take(
        audio=audio.concat([piece.audio for piece in pieces]),
        text=" ".join(piece.text for piece in pieces if piece.text),
        words=tuple(words),
        pieces=tuple(pieces),
        first_audio=first_audio,
        seconds=seconds,
        seed=seed,
    )


class Recorder:
    """Keeps the pieces that pass through it, and the time they took, until they are a take. One per request."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._began = time.monotonic()
        self._first = 0.0
        self._pieces: list[SpeechChunk] = []

    def record(self, pieces: Iterator[SpeechChunk]) -> Iterator[SpeechChunk]:
        """The same pieces, remembered."""
        for piece in pieces:
            if not self._pieces:
                self._first = time.monotonic() - self._began
            self._pieces.append(piece)
            yield piece

    @property
    def seconds(self) -> float:
        """Audio kept so far, in seconds."""
        return sum(piece.audio.duration for piece in self._pieces)

    def take(self) -> Take:
        """Everything kept so far as one take. Raises BadInput where that is nothing."""
        return join_chunks(self._pieces, self._first, time.monotonic() - self._began, self._seed)
