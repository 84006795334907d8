"""Live captions with fake engines, then with real ones."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from funaudio_core import audio
from funaudio_core.audio.segmentation import Edge
from funaudio_core.engines import firered, whisper
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.errors import BadInput
from funaudio_core.pipelines.captions import (
    LEAD_SECONDS,
    MAX_CAPTION_SECONDS,
    TAIL_SECONDS,
    CaptionUpdate,
    LiveCaptions,
)
from funaudio_core.text import error_rate
from funaudio_core.types import Audio, Segment, Word
from tests.conftest import ROOT

RATE = 8_000
EXAMPLES = ROOT / "examples_audio"


class RecordingRecognizer:
    """Recognizer that records the lengths of its clips in seconds."""

    def __init__(self) -> None:
        self.lengths: list[float] = []

    def transcribe(self, clip: Audio, options: RecognitionOptions) -> Iterator[Segment]:
        self.lengths.append(clip.duration)
        yield Segment(0.1, clip.duration, f"{clip.duration:.1f}", "en", words=(Word("x", 0.1, 0.2),))


class ScriptedEndpointer:
    """Endpointer with given turns, which it confirms .1 s after a start and .6 s after an end."""

    def __init__(self, *turns: tuple[float, float]) -> None:
        self._edges = [
            edge for start, end in turns for edge in ((start + 0.1, Edge(True, start)), (end + 0.6, Edge(False, end)))
        ]
        self._now = 0.0

    def feed(self, chunk: Audio) -> tuple[Edge, ...]:
        before, self._now = self._now, self._now + chunk.duration
        return tuple(edge for when, edge in self._edges if before < when <= self._now)

    @property
    def is_speaking(self) -> bool:
        passed = [edge.speech for when, edge in self._edges if when <= self._now]
        return bool(passed) and passed[-1]

    def close(self) -> tuple[Edge, ...]:
        return (Edge(False, self._now),) if self.is_speaking else ()


def run(captions: LiveCaptions, clip: Audio, chunk: float = 0.5) -> list[CaptionUpdate]:
    return [captions.feed(clip.slice(start, start + chunk)) for start in np.arange(0, clip.duration, chunk)]


def noise(seconds: float) -> Audio:
    return Audio(np.random.default_rng(0).normal(0, 0.1, round(seconds * RATE)).astype(np.float32), RATE)


def test_caption_grows_and_is_finished_once() -> None:
    recognizer = RecordingRecognizer()
    results = run(LiveCaptions(recognizer, ScriptedEndpointer((2.0, 5.0))), noise(8))
    finished = [segment for result in results for segment in result.finished]
    assert len(finished) == 1
    assert finished[0].start == pytest.approx(2.0 - LEAD_SECONDS + 0.1)
    assert finished[0].end == pytest.approx(5.0 + TAIL_SECONDS)
    assert finished[0].words[0].start == pytest.approx(2.0 - LEAD_SECONDS + 0.1)
    partials = [float(result.partial) for result in results if result.partial]
    assert partials == sorted(partials)
    assert len(set(partials)) >= 2
    assert results[-1].partial == ""


def test_silence_is_not_recognized_and_not_kept() -> None:
    recognizer = RecordingRecognizer()
    captions = LiveCaptions(recognizer, ScriptedEndpointer())
    assert run(captions, noise(60)) == [CaptionUpdate((), "")] * 120
    assert recognizer.lengths == []
    assert len(captions._buffer) <= 2 * RATE


def test_long_speech_is_cut() -> None:
    recognizer = RecordingRecognizer()
    captions = LiveCaptions(recognizer, ScriptedEndpointer((0.0, 1000.0)))
    results = run(captions, noise(61))
    finished = [segment for result in results for segment in result.finished]
    assert 5 <= len(finished) <= 10
    assert max(recognizer.lengths) <= MAX_CAPTION_SECONDS + 0.5
    assert len(recognizer.lengths) <= 61 + len(finished)
    last = captions.close().finished
    assert last[-1].end == pytest.approx(61, abs=0.01)
    assert len(captions._buffer) <= (MAX_CAPTION_SECONDS + 1) * RATE


def test_turns_within_one_chunk_are_recognized() -> None:
    results = run(LiveCaptions(RecordingRecognizer(), ScriptedEndpointer((1.0, 2.0), (4.0, 6.0))), noise(10), chunk=10)
    assert [round(segment.end, 1) for segment in results[0].finished] == [2.3, 6.3]


def test_changed_sample_rate_is_refused() -> None:
    captions = LiveCaptions(RecordingRecognizer(), ScriptedEndpointer())
    captions.feed(noise(0.5))
    with pytest.raises(BadInput, match="from 8000 to"):
        captions.feed(Audio(np.zeros(100, np.float32), 16_000))


@pytest.mark.slow
def test_real_engines_caption_speech() -> None:
    rate = 48_000
    first, second = (
        audio.resample(audio.load(EXAMPLES / name), rate) for name in ("04_en_neutral.flac", "10_es_neutral.flac")
    )
    pause = Audio(np.zeros(rate, np.float32), rate)
    stream = audio.concat([pause, first, pause, pause, second, pause])
    captions = LiveCaptions(whisper.load(), firered.FireRed().endpointer())
    results = [*run(captions, stream), captions.close()]
    finished = [segment for result in results for segment in result.finished]
    assert [segment.language for segment in finished] == ["en", "es"]
    spoken_text = "The museum opens at nine in the morning and closes at five in the afternoon."
    assert error_rate.wer(spoken_text, finished[0].text, "en") <= 0.1
    assert finished[0].start == pytest.approx(1.0, abs=0.3)
    assert finished[1].start == pytest.approx(3.0 + first.duration, abs=0.3)
    early = [result.partial for result in results[: round(first.duration)] if result.partial]
    assert any("museum" in partial for partial in early)
