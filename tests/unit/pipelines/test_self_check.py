"""Self-check of takes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from funaudio_core.engines import registry, selection, whisper
from funaudio_core.errors import WeightsMissing
from funaudio_core.pipelines import self_check
from funaudio_core.pipelines.synthesize import Take
from funaudio_core.tasks import synthesis
from funaudio_core.types import Audio, SpeechRequest, Voice
from tabs.components import speech_output

RATE = 16_000


class LevelEncoder:
    """Speaker encoder that compares levels, which is enough to tell two voices apart here."""

    size = 2

    def embed(self, clip: Audio) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        level = float(np.abs(clip.samples).mean())
        return np.array([np.cos(level), np.sin(level)], np.float32)


def _tone(seconds: float, level: float, lead: float = 0.0) -> Audio:
    tone = level * np.sin(np.arange(int(seconds * RATE)) * 0.2)
    return Audio(np.concatenate([np.zeros(int(lead * RATE)), tone]).astype(np.float32), RATE)


def _take(sound: Audio, text: str) -> Take:
    return Take(sound, text, (), (), first_audio=0.3, seconds=1.0, seed=1)


def _request(voice: Voice) -> SpeechRequest:
    return SpeechRequest("one two three four", "en", voice)


PRESET = Voice("p", "en", preset="p")


def test_error_rate_is_measured_against_text() -> None:
    take = _take(_tone(2.0, 0.3), "one two three four")
    report = self_check.check_take(take, _request(PRESET), "one two free four", LevelEncoder())
    assert report.measure == "WER"
    assert report.error_rate == pytest.approx(0.25)
    assert not report.is_good_enough
    assert self_check.check_take(take, _request(PRESET), "One, two, three, four!", LevelEncoder()).is_good_enough
    assert report.rtf == pytest.approx(0.5)
    assert report.similarity is None


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("They raised $3.5 million.", "They raised three point five million dollars."),
        ("It starts at 3:00 on 11/29/2026.", "It starts at three o'clock on November 29th, 2026."),
    ],
)
def test_written_and_spoken_forms_are_the_same(written: str, heard: str) -> None:
    request = SpeechRequest(written, "en", PRESET)
    assert self_check.check_take(_take(_tone(2.0, 0.3), written), request, heard, LevelEncoder()).error_rate == 0.0


def test_similarity_is_measured_against_the_reference() -> None:
    take = _take(_tone(2.0, 0.3), "one two three four")
    near = Voice("r", "en", clip=_tone(3.0, 0.3))
    far = Voice("r", "en", clip=_tone(3.0, 0.9))
    scores = [
        self_check.check_take(take, _request(v), "one two three four", LevelEncoder()).similarity for v in (near, far)
    ]
    assert scores[0] is not None
    assert scores[1] is not None
    assert scores[0] > scores[1]


def test_leading_silence_is_in_seconds() -> None:
    assert self_check.leading_silence(_tone(1.0, 0.5, lead=0.4)) == pytest.approx(0.4, abs=0.02)


def test_better_take_has_fewer_errors_then_more_similar_voice() -> None:
    base = self_check.TakeReport("WER", 0.1, "", 0.7, 0.3, 0.5, 0.0)
    assert self_check.better_take(base, replace(base, error_rate=0.0, similarity=0.1)).error_rate == 0.0
    assert self_check.better_take(base, replace(base, similarity=0.8)).similarity == 0.8
    assert self_check.better_take(base, replace(base)) is base


def test_unchecked_take_does_not_pass_and_is_never_better() -> None:
    checked = self_check.TakeReport("WER", 1.0, "", 0.7, 0.3, 0.5, 0.0)
    unchecked = replace(checked, error_rate=None)
    assert not unchecked.is_accurate
    assert unchecked.is_good_enough  # other takes couldn't be compared with it
    assert self_check.better_take(unchecked, checked) is self_check.better_take(checked, unchecked) is checked
    good = replace(checked, error_rate=0.1)
    for report, verdict in ((unchecked, "not verified"), (checked, "failed"), (good, "passed")):
        shown = speech_output.report_html(report)
        assert [word for word in ("not verified", "failed", "passed") if word in shown] == [verdict]
    assert synthesis.report_dict(unchecked)["error_rate"] is None


CANTONESE = SpeechRequest("早晨", "yue", Voice("r", "yue", clip=_tone(3.0, 0.3)))


def test_take_in_unsupported_language_is_measured_but_not_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(registry, "RECOGNIZERS", {whisper.SPEC.name: whisper.SPEC})
    monkeypatch.setattr(selection, "load_default", lambda _: LevelEncoder())
    report = synthesis.self_check(_take(_tone(2.0, 0.3), "早晨"), CANTONESE)
    assert (report.measure, report.error_rate, report.heard) == ("CER", None, "")
    assert report.similarity == pytest.approx(1.0)
    assert report.rtf == pytest.approx(0.5)


def test_missing_encoder_does_not_fail_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: object) -> None:
        raise WeightsMissing("There is no encoder.")

    monkeypatch.setattr(selection, "load_default", missing)
    report = synthesis.self_check(_take(_tone(2.0, 0.3), "one"), _request(Voice("r", "en", clip=_tone(3.0, 0.3))))
    assert (report.error_rate, report.similarity) == (None, None)
