"""Tests of making, storing and deleting a listening test."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest

from funaudio_core import audio
from funaudio_core.audio.loudness import PeakMeter
from funaudio_core.errors import BadInput, FunAudioError
from funaudio_core.evaluation.listening_tests import levels, making, stored_tests
from funaudio_core.evaluation.listening_tests.__main__ import main
from funaudio_core.evaluation.listening_tests.making import Plan, UnfinishedTest
from funaudio_core.evaluation.listening_tests.model import ANCHOR, MUSHRA, PREFERENCE, REFERENCE, SpeechSystem
from funaudio_core.evaluation.listening_tests.sentences import EXAMPLE_SET, VARIED_SET, own_sentences, ready_sentences
from funaudio_core.evaluation.listening_tests.stored_tests import StoredTest
from funaudio_core.evaluation.listening_tests.votes import Vote
from funaudio_core.runtime import jobs
from funaudio_core.types import Audio
from tests.conftest import noise
from tests.fakes import FakeWatermarker

pytestmark = pytest.mark.usefixtures("fake_engines")
SLOW = SpeechSystem("", speed=0.8)


def plan(kind: str = PREFERENCE, text: str = "A short text.\n\nAnother one.", *systems: SpeechSystem) -> Plan:
    return Plan(kind, "en", own_sentences(text), systems or (SpeechSystem(""), SLOW), seed=3, creator="ann")


def make(order: Plan) -> StoredTest:
    unfinished = making.start_test(order)
    while not unfinished.job.finished:
        unfinished = UnfinishedTest(jobs.get(unfinished.job.id))  # as after a restart
        unfinished.make_next()
    return unfinished.store()


def test_takes_are_stored_once_equally_loud_and_with_their_watermark(home: Path) -> None:
    stored = make(plan())
    assert stored.folder.parent == home / "listening_tests"
    found = stored_tests.find(stored.test.id)
    assert found.test == stored.test
    assert found.test.sentences == ("A short text.", "Another one.")
    assert found.test.creator == found.test.hash_voter("ann")
    for sentence in (0, 1):
        takes = [found.load_take(sentence, key) for key in ("0", "1")]
        assert abs(levels.loudness(takes[0]) - levels.loudness(takes[1])) < levels.TOLERANCE_LU
        assert {take.rate for take in takes} == {levels.RATE}
        assert takes[0].duration < takes[1].duration == pytest.approx(found.test.seconds[f"{sentence}-1"], abs=0.01)
        assert [FakeWatermarker().find(take) for take in takes] == [1, 1]


def test_storing_again_keeps_the_test_and_its_votes(home: Path) -> None:
    unfinished = making.start_test(plan(PREFERENCE, "A short text."))
    unfinished.make_next()
    unfinished.make_next()
    first = unfinished.store()
    (first.folder / "votes.jsonl").write_text("\n")
    assert unfinished.store().test == first.test
    assert (first.folder / "votes.jsonl").exists()


def test_mushra_of_the_example_clips_has_an_anchor_and_the_clip_as_reference(home: Path) -> None:
    sentences = ready_sentences(EXAMPLE_SET, "en")[:1]
    stored = make(Plan(MUSHRA, "en", sentences, (SpeechSystem(""), SLOW)))
    assert stored.test.has_reference
    takes = {key: stored.load_take(0, key) for key in stored.test.stimuli}
    assert list(takes) == ["0", "1", ANCHOR, REFERENCE]
    loud = [levels.loudness(take) for take in takes.values()]
    assert max(loud) - min(loud) < levels.TOLERANCE_LU
    assert sentences[0].recording is not None
    assert takes[REFERENCE].duration == pytest.approx(audio.load(sentences[0].recording).duration, abs=0.01)
    assert takes[ANCHOR].duration == takes[REFERENCE].duration


def test_anchor_has_nothing_above_its_edge_and_all_below() -> None:
    clip = noise(1.0, 24_000)
    before, after = (np.abs(np.fft.rfft(each.samples)) for each in (clip, levels.make_anchor(clip)))
    hertz = np.fft.rfftfreq(24_000, 1 / 24_000)
    assert after[hertz <= levels.ANCHOR_HZ] == pytest.approx(before[hertz <= levels.ANCHOR_HZ], rel=1e-3, abs=1e-3)
    assert after[hertz >= levels.ANCHOR_STOP_HZ].max() < 1e-3


@pytest.mark.parametrize("peak", [0.02, 0.9])
def test_loudness_is_matched_after_16_bits_and_below_the_peak(peak: float) -> None:
    click = np.zeros(24_000, np.float32)
    click[::1200] = peak  # far louder peaks than its loudness tells
    takes = [Audio(click, 24_000), noise(0.2), noise(1.5, 16_000, 0.003)]
    matched = [Audio.from_pcm16(take.pcm16(), take.rate) for take in levels.match_loudness(takes)]
    loud = [levels.loudness(take) for take in matched]
    assert max(loud) - min(loud) < levels.TOLERANCE_LU
    assert max(loud) < levels.TARGET_LUFS + levels.TOLERANCE_LU
    for take in matched:
        meter = PeakMeter()
        meter.feed(take.samples)
        assert meter.decibels < levels.MAX_PEAK_DB + 0.1


def test_silent_take_is_a_sentence() -> None:
    with pytest.raises(BadInput, match="A take is silent"):
        levels.match_loudness([noise(1.0), Audio(np.zeros(16_000, np.float32), 16_000)])


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        (lambda: plan(PREFERENCE, "Hi.", SLOW), "1 systems can't be compared"),
        (lambda: plan(PREFERENCE, "Hi.", SLOW, SLOW), "Two systems are the same"),
        (lambda: plan("votes", "Hi."), "no kind of test 'votes'"),
        (lambda: plan(PREFERENCE, "Hi.", SLOW, SpeechSystem("", voice="nobody")), "no voice called 'nobody'"),
        (lambda: plan(PREFERENCE, "\n \n"), "no sentences"),
        (lambda: plan(PREFERENCE, "Hi.\n" * 13), "13; at most 12"),
        (lambda: plan(PREFERENCE, "x" * 301), "301 characters"),
        (lambda: Plan(PREFERENCE, "th", ready_sentences(VARIED_SET, "th"), ()), "no ready sentences"),
    ],
)
def test_wrong_plan_is_a_sentence_before_any_work(order: object, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        making.start_test(order())  # type: ignore[operator]


def test_owner_lists_exports_and_imports(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stored = make(plan(PREFERENCE, "Hi there."))
    given = Vote(stored.test.id, "0-0-1", "voter", 0, ("0", "1"), (1.0, 0.0), 5.0, (True, True))
    stored.votes.append(given)

    def run(*arguments: str) -> str:
        assert main(list(arguments)) == 0
        return capsys.readouterr().out

    assert f"{stored.test.id}  {stored.test.created[:10]}  preference  1 votes  Kokoro" in run("list")
    exported = tmp_path / "export.json"
    exported.write_text(run("export", stored.test.id).replace('"voter": "voter"', '"voter": "another"'))
    assert run("import", str(exported)) == "1 of 1 votes were new\n"
    assert run("import", str(exported)) == "0 of 1 votes were new\n"
    assert [vote.voter for vote in stored.votes.read()] == ["voter", "another"]
    assert run("export", stored.test.id, "--format", "csv").count("\n") == 6
    assert run("delete", stored.test.id) == "deleted\n"
    assert main(["export", stored.test.id]) == 1
    assert "no such listening test" in capsys.readouterr().err


def test_unused_tests_are_deleted_and_the_number_is_limited(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = (make(plan(PREFERENCE, "Hi there.")) for _ in range(2))
    monkeypatch.setattr(stored_tests, "MAX_TESTS", 2)
    with pytest.raises(FunAudioError, match="keeps 2 listening tests"):
        making.start_test(plan())
    past = time.time() - 31 * stored_tests.DAY_SECONDS
    for stored in (old, new):
        os.utime(stored.folder / "test.json", (past, past))
    (new.folder / "votes.jsonl").touch()
    assert stored_tests.delete_stale() == 1
    assert not old.folder.exists()
    assert stored_tests.find(new.test.id).test == new.test
    for id_ in (old.test.id, "../../etc", ""):
        with pytest.raises(BadInput, match="no such listening test"):
            stored_tests.find(id_)
