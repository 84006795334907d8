"""Pieces become a take with exact times, and every piece passes the watermarker."""

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


class Speaks:
    def stream(self, line: SpeechRequest) -> Iterator[SpeechChunk]:
        for sentence in line.text.split(". "):
            sound = Audio(np.full(RATE, 0.5, np.float32), RATE)
            yield SpeechChunk(sound, sentence, (Word(sentence, 0.25, 0.75),))


class Marks:
    def mark(self, audio: Audio) -> Audio:
        return replace(audio, samples=audio.samples * np.float32(0.5))

    def find(self, audio: Audio) -> float:
        return float(audio.samples.max() == 0.25)


LINE = SpeechRequest("One. Two. Three", "en", Voice("p", "en", preset="p"), seed=7)


def test_every_piece_is_marked_and_times_add_up() -> None:
    recorder = Recorder(LINE.seed)
    pieces = list(recorder.record(speak(LINE, Speaks(), Marks())))
    assert all(Marks().find(piece.audio) == 1.0 for piece in pieces)
    take = recorder.take()
    assert take.audio.duration == pytest.approx(3.0)
    assert [(word.text, word.start) for word in take.words] == [("One", 0.25), ("Two", 1.25), ("Three", 2.25)]
    assert take.seed == 7
    assert take.text == "One Two Three"
    assert 0 < take.first_audio <= take.seconds


def test_nothing_spoken_is_said_so() -> None:
    with pytest.raises(BadInput, match="No speech was generated"):
        Recorder(0).take()


def test_speaking_is_lazy() -> None:
    made: list[str] = []

    class Counts(Speaks):
        def stream(self, line: SpeechRequest) -> Iterator[SpeechChunk]:
            for piece in super().stream(line):
                made.append(piece.text)
                yield piece

    next(speak(LINE, Counts(), Marks()))
    assert made == ["One"]


def test_stop_ends_a_take_that_nobody_hears_with_the_piece_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, made = Event(), list[str]()

    def speaks(line: SpeechRequest, engine: str) -> Iterator[SpeechChunk]:
        for piece in Speaks().stream(line):
            made.append(piece.text)
            stop.set()
            yield piece

    monkeypatch.setattr(synthesis, "speak", speaks)
    with pytest.raises(Cancelled):
        cancellable(stop, synthesis.speak_take)(LINE)
    assert made == ["One"]


def test_a_converted_clip_is_marked() -> None:
    class Converts:
        def convert(self, source: Audio, voice: Voice) -> Iterator[SpeechChunk]:
            yield SpeechChunk(source, voice.name)

    (piece,) = convert(Audio(np.full(RATE, 0.5, np.float32), RATE), LINE.voice, Converts(), Marks())
    assert Marks().find(piece.audio) == 1.0
    assert piece.text == "p"
