"""The prompt doctor: every fault is named with its remedy, and a good clip passes."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from funaudio_core import audio
from funaudio_core.engines import ge2e
from funaudio_core.engines.protocols import SpeakerEncoder
from funaudio_core.pipelines import reference_check
from funaudio_core.pipelines.reference_check import ReferenceReport
from funaudio_core.types import Audio, Segment, Span, Transcript
from tests.conftest import ROOT

EXAMPLES = ROOT / "examples_audio"
TEXT = "The museum opens at nine in the morning."


@cache
def speech() -> Audio:
    """About 5 s of one man, watermarked speech of our own."""
    return audio.load(EXAMPLES / "04_en_neutral.flac")


@cache
def woman() -> Audio:
    return audio.load(EXAMPLES / "01_en_happy.flac")


@cache
def encoder() -> SpeakerEncoder:
    return ge2e.SPEC.load()


def heard(text: str = TEXT, events: tuple[Span, ...] = ()) -> Transcript:
    segments = (Segment(0.0, 4.0, text, "en"),) if text else ()
    return Transcript(segments, "en", 1.0, 4.0, "nobody", events)


def examine(clip: Audio, typed: str | None = None, text: str = TEXT) -> ReferenceReport:
    return reference_check.check_reference(reference_check.trim_reference(clip), typed, heard(text), "en")


def grave(diagnosis: ReferenceReport) -> list[tuple[str, str]]:
    return [(finding.severity, finding.text) for finding in diagnosis.findings if finding.severity != "info"]


def with_noise(clip: Audio, decibels: float) -> Audio:
    noise = np.random.default_rng(0).normal(size=len(clip.samples))
    noise *= 10 ** ((audio.rms_db(clip) - decibels) / 20)
    return Audio((clip.samples + noise).astype(np.float32), clip.rate)


def silence(seconds: float, rate: int) -> Audio:
    return Audio(np.zeros(round(seconds * rate), np.float32), rate)


def test_a_good_clip_passes() -> None:
    diagnosis = examine(speech(), TEXT)
    assert grave(diagnosis) == []
    assert not diagnosis.is_refused
    assert "Good reference" in diagnosis.findings[0].text


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.flac")))
def test_none_of_the_example_clips_is_refused_or_called_noisy(name: str) -> None:
    diagnosis = examine(audio.load(EXAMPLES / name))
    assert not diagnosis.is_refused
    assert not any("nois" in text for _, text in grave(diagnosis))


def test_length() -> None:
    assert examine(speech().slice(0.5, 1.2)).is_refused
    (finding,) = grave(examine(speech().slice(0.3, 2.5)))
    assert finding[0] == "warn"
    assert "short" in finding[1]


def test_a_long_clip_is_cut_at_a_pause() -> None:
    clip = audio.concat([speech()] * 9, 0.4)
    diagnosis = examine(clip)
    assert clip.duration > reference_check.MAX_SECONDS
    assert (
        reference_check.MAX_SECONDS * reference_check.CUT_FROM_SHARE
        <= diagnosis.clip.duration
        <= reference_check.MAX_SECONDS
    )
    end = audio.rms_db(diagnosis.clip.slice(diagnosis.clip.duration - 0.05, diagnosis.clip.duration))
    assert end < audio.rms_db(clip) - 15
    assert any("Only the first" in finding.text for finding in diagnosis.findings)


def test_what_is_used_of_a_long_clip_keeps_nothing_of_the_rest() -> None:
    for clip in (audio.concat([speech()] * 9, 0.4), silence(40.0, 16_000)):
        given = reference_check.trim_reference(clip)
        assert given.clip.samples.base is None
        assert given.clip.samples.nbytes < clip.samples.nbytes
    whole = speech()
    assert whole.copy() is whole


def test_silence_at_the_edges_is_trimmed() -> None:
    rate = speech().rate
    diagnosis = examine(audio.concat([silence(2, rate), speech(), silence(3, rate)]))
    assert diagnosis.clip.duration == pytest.approx(speech().duration, abs=0.8)
    assert any("trimmed" in finding.text for finding in diagnosis.findings)
    assert not diagnosis.is_refused


@pytest.mark.parametrize("seconds", [0.0, 3.0])
def test_silence_is_refused(seconds: float) -> None:
    diagnosis = examine(silence(seconds, 16_000), text="")
    assert diagnosis.is_refused
    assert "silent" in diagnosis.findings[0].text


def test_pauses_longer_than_the_speech_are_pointed_out() -> None:
    rate = speech().rate
    clip = audio.concat([speech().slice(0, 2), speech().slice(2, 4)], 9.0)
    assert clip.rate == rate
    assert any("silence" in text for _, text in grave(examine(clip)))


def test_noise_grows_from_fine_to_warning_to_refusal() -> None:
    assert not any("nois" in text for _, text in grave(examine(with_noise(speech(), 30))))
    assert any(s == "warn" and "noisy" in text for s, text in grave(examine(with_noise(speech(), 8))))
    assert any(s == "refuse" and "above the noise" in text for s, text in grave(examine(with_noise(speech(), -5))))
    levels = [reference_check.signal_to_noise_db(with_noise(speech(), decibels)) for decibels in (30, 20, 10, 0)]
    assert levels == sorted(levels, reverse=True)


def test_clipping_and_faintness() -> None:
    clipped = Audio(np.clip(speech().samples * 20, -1, 1), speech().rate)
    assert any("clipped" in text for _, text in grave(examine(clipped)))
    faint = Audio(speech().samples * np.float32(0.02), speech().rate)
    assert any("quiet" in text for _, text in grave(examine(faint)))


def test_a_telephone_is_noticed_whatever_the_file_says() -> None:
    narrow = audio.resample(audio.resample(speech(), 8_000), 24_000)
    assert reference_check.bandwidth_hz(narrow) == pytest.approx(4_000, abs=300)
    assert any("phone call" in text for _, text in grave(examine(narrow)))
    assert reference_check.bandwidth_hz(speech()) > 6_000


def test_two_speakers_are_noticed() -> None:
    same = audio.concat([speech().slice(0, 3.2), speech().slice(0.5, 3.7)], 0.2)
    mixed = audio.concat([speech().slice(0, 3.2), woman().slice(0, 3.2)], 0.2)
    same_said, mixed_said = (
        grave(reference_check.check_reference(reference_check.trim_reference(clip), None, heard(), "en", encoder()))
        for clip in (same, mixed)
    )
    assert not any("two speakers" in text for _, text in same_said)
    assert any("two speakers" in text for _, text in mixed_said)


def test_transcript_is_compared_with_what_was_heard() -> None:
    wrong = examine(speech(), "Something else was said in this one, entirely so.")
    assert wrong.is_refused
    assert TEXT in wrong.findings[0].text
    partly = examine(speech(), "The museum opens at ten in every evening.")
    assert [severity for severity, text in grave(partly) if "match" in text] == ["warn"]
    assert grave(examine(speech(), "the museum opens at 9 in the morning")) == []
    assert any("no words" in text for _, text in grave(examine(speech(), "…")))


def test_a_clip_without_speech_and_one_with_music() -> None:
    assert examine(speech(), text="").is_refused
    music = reference_check.check_reference(
        reference_check.trim_reference(speech()), None, heard(events=(Span("music", 0.0, 4.0),)), "en"
    )
    assert any("music" in text for _, text in grave(music))


def test_the_gravest_comes_first() -> None:
    bad = with_noise(Audio(np.clip(speech().samples * 20, -1, 1), speech().rate), -5)
    order = [finding.severity for finding in examine(bad, "other words altogether here").findings]
    assert order == sorted(order, key=("refuse", "warn", "info").index)
    assert order[0] == "refuse"
