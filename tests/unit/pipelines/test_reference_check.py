"""Check of reference clips: findings for each problem, none for good clips."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from funaudio_core import audio
from funaudio_core.engines import campplus
from funaudio_core.engines.protocols import SpeakerEncoder
from funaudio_core.pipelines import reference_check
from funaudio_core.pipelines.reference_check import ReferenceReport
from funaudio_core.types import Audio, Segment, Span, Transcript
from tests.conftest import ROOT

EXAMPLES = ROOT / "examples_audio"
TEXT = "The museum opens at nine in the morning."


@cache
def speech() -> Audio:
    """Return about 5 s of one male voice, watermarked."""
    return audio.load(EXAMPLES / "04_en_neutral.flac")


@cache
def woman() -> Audio:
    return audio.load(EXAMPLES / "01_en_happy.flac")


@cache
def encoder() -> SpeakerEncoder:
    return campplus.SPEC.load()


def recognized(text: str = TEXT, events: tuple[Span, ...] = ()) -> Transcript:
    segments = (Segment(0.0, 4.0, text, "en"),) if text else ()
    return Transcript(segments, "en", 1.0, 4.0, "nobody", events)


def check(clip: Audio, typed: str | None = None, text: str = TEXT) -> ReferenceReport:
    return reference_check.check_reference(reference_check.trim_reference(clip), typed, recognized(text), "en")


def problems(report: ReferenceReport) -> list[tuple[str, str]]:
    return [(finding.severity, finding.text) for finding in report.findings if finding.severity not in ("info", "good")]


def with_noise(clip: Audio, decibels: float) -> Audio:
    noise = np.random.default_rng(0).normal(size=len(clip.samples))
    noise *= 10 ** ((audio.rms_db(clip) - decibels) / 20)
    return Audio((clip.samples + noise).astype(np.float32), clip.rate)


def silence(seconds: float, rate: int) -> Audio:
    return Audio(np.zeros(round(seconds * rate), np.float32), rate)


def test_a_good_clip_passes() -> None:
    report = check(speech(), TEXT)
    assert problems(report) == []
    assert not report.is_refused
    assert "Good reference" in report.findings[0].text


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.flac")))
def test_example_clips_are_not_refused_or_noisy(name: str) -> None:
    report = check(audio.load(EXAMPLES / name))
    assert not report.is_refused
    assert not any("nois" in text for _, text in problems(report))


def test_short_clips_are_warned_about_or_refused() -> None:
    assert check(speech().slice(0.5, 1.2)).is_refused
    (finding,) = problems(check(speech().slice(0.3, 2.5)))
    assert finding[0] == "warn"
    assert "short" in finding[1]


def test_long_clip_is_cut_at_pause() -> None:
    clip = audio.concat([speech()] * 9, 0.4)
    report = check(clip)
    assert clip.duration > reference_check.MAX_SECONDS
    assert (
        reference_check.MAX_SECONDS * reference_check.CUT_FROM_SHARE
        <= report.clip.duration
        <= reference_check.MAX_SECONDS
    )
    end = audio.rms_db(report.clip.slice(report.clip.duration - 0.05, report.clip.duration))
    assert end < audio.rms_db(clip) - 15
    assert any("Only the first" in finding.text for finding in report.findings)


def test_trimmed_clip_does_not_keep_the_whole_in_memory() -> None:
    for clip in (audio.concat([speech()] * 9, 0.4), silence(40.0, 16_000)):
        given = reference_check.trim_reference(clip)
        assert given.clip.samples.base is None
        assert given.clip.samples.nbytes < clip.samples.nbytes
    whole = speech()
    assert whole.copy() is whole


def test_silence_at_the_edges_is_trimmed() -> None:
    rate = speech().rate
    report = check(audio.concat([silence(2, rate), speech(), silence(3, rate)]))
    assert report.clip.duration == pytest.approx(speech().duration, abs=0.8)
    assert any("trimmed" in finding.text for finding in report.findings)
    assert not report.is_refused


@pytest.mark.parametrize("seconds", [0.0, 3.0])
def test_silence_is_refused(seconds: float) -> None:
    report = check(silence(seconds, 16_000), text="")
    assert report.is_refused
    assert "silent" in report.findings[0].text


def test_long_pauses_are_warned_about() -> None:
    rate = speech().rate
    clip = audio.concat([speech().slice(0, 2), speech().slice(2, 4)], 9.0)
    assert clip.rate == rate
    assert any("silence" in text for _, text in problems(check(clip)))


def test_noise_is_warned_about_then_refused() -> None:
    assert not any("nois" in text for _, text in problems(check(with_noise(speech(), 30))))
    assert any(s == "warn" and "noisy" in text for s, text in problems(check(with_noise(speech(), 8))))
    assert any(s == "refuse" and "above the noise" in text for s, text in problems(check(with_noise(speech(), -5))))
    levels = [reference_check.signal_to_noise_db(with_noise(speech(), decibels)) for decibels in (30, 20, 10, 0)]
    assert levels == sorted(levels, reverse=True)


def test_clipping_and_low_level_are_warned_about() -> None:
    clipped = Audio(np.clip(speech().samples * 20, -1, 1), speech().rate)
    assert any("clipped" in text for _, text in problems(check(clipped)))
    faint = Audio(speech().samples * np.float32(0.02), speech().rate)
    assert any("quiet" in text for _, text in problems(check(faint)))


def test_narrow_bandwidth_is_detected_at_any_sample_rate() -> None:
    narrow = audio.resample(audio.resample(speech(), 8_000), 24_000)
    assert reference_check.bandwidth_hz(narrow) == pytest.approx(4_000, abs=300)
    assert any("phone call" in text for _, text in problems(check(narrow)))
    assert reference_check.bandwidth_hz(speech()) > 6_000


def test_two_speakers_are_detected() -> None:
    same = audio.concat([speech().slice(0, 3.2), speech().slice(0.5, 3.7)], 0.2)
    mixed = audio.concat([speech().slice(0, 3.2), woman().slice(0, 3.2)], 0.2)
    same_problems, mixed_problems = (
        problems(
            reference_check.check_reference(reference_check.trim_reference(clip), None, recognized(), "en", encoder())
        )
        for clip in (same, mixed)
    )
    assert not any("two speakers" in text for _, text in same_problems)
    assert any("two speakers" in text for _, text in mixed_problems)


def test_transcript_is_compared_with_recognized_text() -> None:
    wrong = check(speech(), "Something else was said in this one, entirely so.")
    assert wrong.is_refused
    assert TEXT in wrong.findings[0].text
    partly = check(speech(), "The museum opens at ten in every evening.")
    assert [severity for severity, text in problems(partly) if "match" in text] == ["warn"]
    assert problems(check(speech(), "the museum opens at 9 in the morning")) == []
    assert any("no words" in text for _, text in problems(check(speech(), "…")))


def test_missing_speech_and_music_are_detected() -> None:
    assert check(speech(), text="").is_refused
    music = reference_check.check_reference(
        reference_check.trim_reference(speech()), None, recognized(events=(Span("music", 0.0, 4.0),)), "en"
    )
    assert any("music" in text for _, text in problems(music))


def test_most_severe_finding_comes_first() -> None:
    bad = with_noise(Audio(np.clip(speech().samples * 20, -1, 1), speech().rate), -5)
    order = [finding.severity for finding in check(bad, "other words altogether here").findings]
    assert order == sorted(order, key=("refuse", "warn", "info").index)
    assert order[0] == "refuse"
