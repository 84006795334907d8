"""FireRed on real speech, made-up noise and a stream; expected times come from how the clip was put together."""

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
def ear() -> FireRed:
    return FireRed()


@pytest.fixture(scope="module")
def sentence() -> Audio:
    """One spoken sentence without silence around it."""
    clip = audio.resample(audio.load(SPOKEN), RATE)
    loud = np.flatnonzero(audio.frame_db(clip) > -40) * audio.FRAME_SECONDS
    return clip.slice(loud[0], loud[-1] + audio.FRAME_SECONDS)


@pytest.fixture(scope="module")
def twice(sentence: Audio) -> Audio:
    """Silence 1 s, the sentence, silence 2 s, the sentence, silence 1 s."""
    return audio.concat([silence(1), sentence, silence(2), sentence, silence(1)])


def silence(seconds: float, rate: int = RATE) -> Audio:
    return Audio(np.zeros(round(seconds * rate), np.float32), rate)


def white_noise(seconds: float) -> Audio:
    return Audio(np.random.default_rng(0).normal(0, 0.1, round(seconds * RATE)).astype(np.float32), RATE)


def turns(clip: Audio, sentence: Audio) -> list[float]:
    second = 1 + sentence.duration + 2
    assert clip.duration == pytest.approx(second + sentence.duration + 1, abs=0.01)
    return [1, 1 + sentence.duration, second, second + sentence.duration]


def test_speech_is_found_where_it_is(ear: FireRed, twice: Audio, sentence: Audio) -> None:
    found = ear.detect_speech(twice)
    gap = max(range(1, len(found)), key=lambda index: found[index].start - found[index - 1].end)
    heard = [found[0].start, found[gap - 1].end, found[gap].start, found[-1].end]
    assert heard == pytest.approx(turns(twice, sentence), abs=0.3)
    assert all(span.score > 0.5 for span in found)


@pytest.mark.parametrize("clip", [silence(3), white_noise(3), silence(0.01)], ids=["silence", "noise", "tiny"])
def test_nothing_is_found_where_nobody_speaks(ear: FireRed, clip: Audio) -> None:
    assert ear.detect_speech(clip) == ()
    assert ear.detect(clip) == ()


def test_quiet_speech_is_found_too(ear: FireRed, twice: Audio) -> None:
    assert ear.detect_speech(Audio(twice.samples * np.float32(0.01), RATE))


def test_events_name_speech_and_stay_sorted(ear: FireRed, twice: Audio) -> None:
    found = ear.detect(twice)
    assert {span.label for span in found} == {"speech"}
    assert [span.start for span in found] == sorted(span.start for span in found)
    assert sum(span.end - span.start for span in found) == pytest.approx(twice.duration - 4, rel=0.2)


def test_a_long_clip_gives_the_spans_of_its_parts(ear: FireRed, twice: Audio) -> None:
    copies = 13  # two minutes and more, so that it is worked on in chapters
    once, long = ear.detect_speech(twice), ear.detect_speech(audio.concat([twice] * copies))
    assert long[-1].end == pytest.approx((copies - 1) * twice.duration + once[-1].end, abs=0.1)
    total = sum(span.end - span.start for span in long)
    assert total == pytest.approx(copies * sum(span.end - span.start for span in once), rel=0.03)


def test_concurrent_calls_agree(ear: FireRed, twice: Audio) -> None:
    with ThreadPoolExecutor(4) as pool:
        results = set(pool.map(lambda _: ear.detect_speech(twice), range(8)))
    assert len(results) == 1


@pytest.mark.parametrize("chunk", [0.02, 0.5, 100.0])
def test_a_stream_gives_the_same_edges_in_any_chunks(ear: FireRed, twice: Audio, sentence: Audio, chunk: float) -> None:
    listener = ear.endpointer(silence_seconds=0.8)
    edges: list[Edge] = []
    for start in np.arange(0, twice.duration, chunk):
        edges += listener.feed(twice.slice(start, start + chunk))
    edges += listener.close()
    assert [edge.speech for edge in edges] == [True, False, True, False]
    assert [edge.time for edge in edges] == pytest.approx(turns(twice, sentence), abs=0.3)


def test_streams_of_two_visitors_do_not_mix(ear: FireRed, sentence: Audio) -> None:
    talker, listener = ear.endpointer(), ear.endpointer()
    for start in np.arange(0, sentence.duration, 0.5):
        talker.feed(sentence.slice(start, start + 0.5))
        assert listener.feed(silence(0.5)) == ()
    assert talker.is_speaking
    assert not listener.is_speaking
    assert [edge.speech for edge in talker.close()] == [False]
    assert listener.close() == ()


def test_a_stream_that_changes_its_rate_is_refused(ear: FireRed) -> None:
    listener = ear.endpointer()
    listener.feed(silence(0.1))
    with pytest.raises(BadInput, match="changed from 24000 to 16000 Hz"):
        listener.feed(silence(0.1, rate=16_000))
