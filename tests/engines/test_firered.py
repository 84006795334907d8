"""FireRed on real speech, synthetic noise and streams, with times known from the construction of the clip."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from funaudio_core import audio
from funaudio_core.audio.segmentation import Edge
from funaudio_core.engines.firered import FireRed
from funaudio_core.errors import BadInput
from funaudio_core.types import Audio
from tests.conftest import ROOT

SPOKEN = ROOT / "examples_audio" / "04_en_neutral.flac"
RATE = 24_000


@pytest.fixture(scope="module")
def detector() -> FireRed:
    return FireRed()


@pytest.fixture(scope="module")
def sentence() -> Audio:
    """Return a spoken sentence without silence around it."""
    clip = audio.resample(audio.load(SPOKEN), RATE)
    loud = np.flatnonzero(audio.frame_db(clip) > -40) * audio.FRAME_SECONDS
    return clip.slice(loud[0], loud[-1] + audio.FRAME_SECONDS)


@pytest.fixture(scope="module")
def two_sentences(sentence: Audio) -> Audio:
    """Return 1 s of silence, the sentence, 2 s of silence, the sentence, and 1 s of silence."""
    return audio.concat([silence(1), sentence, silence(2), sentence, silence(1)])


def silence(seconds: float, rate: int = RATE) -> Audio:
    return Audio(np.zeros(round(seconds * rate), np.float32), rate)


def white_noise(seconds: float) -> Audio:
    return Audio(np.random.default_rng(0).normal(0, 0.1, round(seconds * RATE)).astype(np.float32), RATE)


def expected_times(clip: Audio, sentence: Audio) -> list[float]:
    second = 1 + sentence.duration + 2
    assert clip.duration == pytest.approx(second + sentence.duration + 1, abs=0.01)
    return [1, 1 + sentence.duration, second, second + sentence.duration]


def test_speech_is_detected_at_its_times(detector: FireRed, two_sentences: Audio, sentence: Audio) -> None:
    spans = detector.detect_speech(two_sentences)
    gap = max(range(1, len(spans)), key=lambda index: spans[index].start - spans[index - 1].end)
    times = [spans[0].start, spans[gap - 1].end, spans[gap].start, spans[-1].end]
    assert times == pytest.approx(expected_times(two_sentences, sentence), abs=0.3)
    assert all(span.score > 0.5 for span in spans)


@pytest.mark.parametrize("clip", [silence(3), white_noise(3), silence(0.01)], ids=["silence", "noise", "tiny"])
def test_nothing_is_detected_in_silence_and_noise(detector: FireRed, clip: Audio) -> None:
    assert detector.detect_speech(clip) == ()
    assert detector.detect(clip) == ()


def test_quiet_speech_is_detected(detector: FireRed, two_sentences: Audio) -> None:
    assert detector.detect_speech(Audio(two_sentences.samples * np.float32(0.01), RATE))


def test_events_are_labelled_and_sorted(detector: FireRed, two_sentences: Audio) -> None:
    spans = detector.detect(two_sentences)
    assert {span.label for span in spans} == {"speech"}
    assert [span.start for span in spans] == sorted(span.start for span in spans)
    assert sum(span.end - span.start for span in spans) == pytest.approx(two_sentences.duration - 4, rel=0.2)


def test_long_clip_gives_spans_of_its_parts(detector: FireRed, two_sentences: Audio) -> None:
    copies = 13  # two minutes and more, so that it is worked on in chapters
    once, long = detector.detect_speech(two_sentences), detector.detect_speech(audio.concat([two_sentences] * copies))
    assert long[-1].end == pytest.approx((copies - 1) * two_sentences.duration + once[-1].end, abs=0.1)
    total = sum(span.end - span.start for span in long)
    assert total == pytest.approx(copies * sum(span.end - span.start for span in once), rel=0.03)


def test_concurrent_calls_agree(detector: FireRed, two_sentences: Audio) -> None:
    with ThreadPoolExecutor(4) as pool:
        results = set(pool.map(lambda _: detector.detect_speech(two_sentences), range(8)))
    assert len(results) == 1


@pytest.mark.parametrize("chunk", [0.02, 0.5, 100.0])
def test_stream_edges_do_not_depend_on_chunks(
    detector: FireRed, two_sentences: Audio, sentence: Audio, chunk: float
) -> None:
    endpointer = detector.endpointer(silence_seconds=0.8)
    edges: list[Edge] = []
    for start in np.arange(0, two_sentences.duration, chunk):
        edges += endpointer.feed(two_sentences.slice(start, start + chunk))
    edges += endpointer.close()
    assert [edge.speech for edge in edges] == [True, False, True, False]
    assert [edge.time for edge in edges] == pytest.approx(expected_times(two_sentences, sentence), abs=0.3)


def test_streams_are_independent(detector: FireRed, sentence: Audio) -> None:
    speaking_endpointer, endpointer = detector.endpointer(), detector.endpointer()
    for start in np.arange(0, sentence.duration, 0.5):
        speaking_endpointer.feed(sentence.slice(start, start + 0.5))
        assert endpointer.feed(silence(0.5)) == ()
    assert speaking_endpointer.is_speaking
    assert not endpointer.is_speaking
    assert [edge.speech for edge in speaking_endpointer.close()] == [False]
    assert endpointer.close() == ()


def test_changed_sample_rate_is_refused(detector: FireRed) -> None:
    endpointer = detector.endpointer()
    endpointer.feed(silence(0.1))
    with pytest.raises(BadInput, match="changed from 24000 to 16000 Hz"):
        endpointer.feed(silence(0.1, rate=16_000))
