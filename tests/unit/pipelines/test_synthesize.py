"""Synthesis pipeline: takes, word times and watermarks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from threading import Event

import numpy as np
import pytest

from funaudio_core.errors import BadInput
from funaudio_core.pipelines.synthesize import Recorder, convert, speak
from funaudio_core.runtime.cancellation import Cancelled, cancellable
from funaudio_core.tasks import synthesis
from funaudio_core.types import Audio, SpeechChunk, SpeechRequest, Voice, Word

RATE = 24_000


class FakeSynthesizer:
    def stream(self, request: SpeechRequest) -> Iterator[SpeechChunk]:
        for sentence in request.text.split(". "):
            sound = Audio(np.full(RATE, 0.5, np.float32), RATE)
            yield SpeechChunk(sound, sentence, (Word(sentence, 0.25, 0.75),))


class FakeWatermarker:
    def mark(self, audio: Audio) -> Audio:
        return replace(audio, samples=audio.samples * np.float32(0.5))

    def find(self, audio: Audio) -> float:
        return float(audio.samples.max() == 0.25)


REQUEST = SpeechRequest("One. Two. Three", "en", Voice("p", "en", preset="p"), seed=7)


def test_chunks_are_marked_and_times_add_up() -> None:
    recorder = Recorder(REQUEST.seed)
    pieces = list(recorder.record(speak(REQUEST, FakeSynthesizer(), FakeWatermarker())))
    assert all(FakeWatermarker().find(piece.audio) == 1.0 for piece in pieces)
    take = recorder.take()
    assert take.audio.duration == pytest.approx(3.0)
    assert [(word.text, word.start) for word in take.words] == [("One", 0.25), ("Two", 1.25), ("Three", 2.25)]
    assert take.seed == 7
    assert take.text == "One Two Three"
    assert 0 < take.first_audio <= take.seconds


def test_empty_take_is_refused() -> None:
    with pytest.raises(BadInput, match="No speech was generated"):
        Recorder(0).take()


def test_speak_is_lazy() -> None:
    made: list[str] = []

    class CountingSynthesizer(FakeSynthesizer):
        def stream(self, request: SpeechRequest) -> Iterator[SpeechChunk]:
            for piece in super().stream(request):
                made.append(piece.text)
                yield piece

    next(speak(REQUEST, CountingSynthesizer(), FakeWatermarker()))
    assert made == ["One"]


def test_cancellation_ends_take_after_current_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, made = Event(), list[str]()

    def speak_and_stop(request: SpeechRequest, engine: str) -> Iterator[SpeechChunk]:
        for piece in FakeSynthesizer().stream(request):
            made.append(piece.text)
            stop.set()
            yield piece

    monkeypatch.setattr(synthesis, "speak", speak_and_stop)
    with pytest.raises(Cancelled):
        cancellable(stop, synthesis.speak_take)(REQUEST)
    assert made == ["One"]


def test_converted_clip_is_marked() -> None:
    class FakeVoiceConverter:
        def convert(self, source: Audio, voice: Voice) -> Iterator[SpeechChunk]:
            yield SpeechChunk(source, voice.name)

    (piece,) = convert(
        Audio(np.full(RATE, 0.5, np.float32), RATE), REQUEST.voice, FakeVoiceConverter(), FakeWatermarker()
    )
    assert FakeWatermarker().find(piece.audio) == 1.0
    assert piece.text == "p"
