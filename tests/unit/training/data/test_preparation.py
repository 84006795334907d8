"""Preparation of training clips with scripted engines: cutting, labels, reasons, files."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from funaudio_core import audio
from funaudio_core.errors import BadInput
from funaudio_core.pipelines.speakers.diarize import SpeakerTurn
from funaudio_core.runtime import cancellation
from funaudio_core.training.data.clip_checks import find_reason
from funaudio_core.training.data.cutting import cut_recording
from funaudio_core.training.data.preparation import (
    PreparationOptions,
    PreparationStep,
    Recording,
    find_recordings,
    load_clip,
    prepare_clips,
    save_clips,
)
from funaudio_core.types import Audio, Samples, Segment, Span, Transcript
from tests import fakes
from tests.conftest import write

LOW_TEXT = "Good morning to everybody who works in the garden with all of these flowers."
HIGH_TEXT = "Very well and thank you for asking me about the flowers of these old gardens."
HIGH = 12.0  # semitones of the second voice
PLAIN = PreparationOptions(language="en")


@pytest.fixture(scope="module", autouse=True)
def _fakes() -> Iterator[None]:
    with fakes.installed():
        yield


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A long recording of two voices in turn."""
    clip = audio.concat([fakes.say(LOW_TEXT), fakes.say(HIGH_TEXT, HIGH)] * 2, 0.9)
    return write(tmp_path_factory.mktemp("talk") / "a talk.wav", clip)


@pytest.fixture(scope="module")
def steps(talk: Path) -> list[PreparationStep]:
    return list(prepare_clips(find_recordings([talk]), PLAIN))


def test_clips_hold_one_speaker_and_its_words(steps: list[PreparationStep]) -> None:
    rows = steps[-1].rows
    assert [(row.speaker, row.text) for row in rows] == [("1", LOW_TEXT), ("2", HIGH_TEXT)] * 2
    assert all(row.kept and row.language == "en" and row.recording == "a talk.wav" for row in rows)
    assert [row.id for row in rows] == [f"001-a-talk-{index:04d}" for index in range(1, 5)]
    assert all(2 <= row.duration <= 15 for row in rows)
    assert all(first.end <= second.start for first, second in pairwise(rows))


def test_progress_grows_to_the_end(steps: list[PreparationStep]) -> None:
    done = [step.seconds_done for step in steps]
    assert done == sorted(done)
    assert done[-1] == steps[-1].seconds
    assert [len(step.rows) for step in steps if step.rows] == [1, 2, 3, 4, 4]


def test_speakers_are_the_same_in_all_recordings(talk: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "other.wav", audio.concat([fakes.say(HIGH_TEXT, HIGH), fakes.say(LOW_TEXT)], 0.9))
    *_, last = prepare_clips(find_recordings([talk, other]), PLAIN)
    found = [(row.speaker, row.text) for row in last.rows if row.recording == "other.wav"]
    assert found == [("2", HIGH_TEXT), ("1", LOW_TEXT)]


def test_the_main_speaker_alone_is_kept(talk: Path, tmp_path: Path) -> None:
    more = write(tmp_path / "more.wav", fakes.say(HIGH_TEXT, HIGH))
    *_, last = prepare_clips(find_recordings([talk, more]), replace(PLAIN, main_speaker_only=True))
    assert {row.speaker for row in last.rows if row.kept} == {"2"}
    assert {row.reason for row in last.rows if row.speaker == "1"} == {"other"}


def test_known_texts_and_speakers_are_taken_over(tmp_path: Path) -> None:
    path = write(tmp_path / "one.wav", fakes.say(LOW_TEXT))
    (tmp_path / "one.txt").write_text("Good morning to everybody who works in the garden\nwith all of these flowers!\n")
    (recording,) = find_recordings([tmp_path])
    *_, last = prepare_clips([replace(recording, speaker="Anna", language="en")], PreparationOptions())
    (row,) = last.rows
    assert (row.text, row.speaker, row.kept) == (LOW_TEXT.replace(".", "!"), "Anna", True)
    wrong = Recording("one", path, "A text about something else", "en", "Anna")
    *_, last = prepare_clips([wrong], PreparationOptions())
    assert [(row.kept, row.reason) for row in last.rows] == [(False, "mismatch")]


def test_clips_are_written_and_read_back(talk: Path, steps: list[PreparationStep], tmp_path: Path) -> None:
    recordings, rows = find_recordings([talk]), list(steps[-1].rows)
    rows[1] = replace(rows[1], kept=False)
    paths = save_clips(rows, recordings, tmp_path)
    assert set(paths) == {rows[index].id for index in (0, 2, 3)}
    assert fakes.heard(paths[rows[0].id]) == LOW_TEXT
    assert fakes.heard(load_clip(rows[1], recordings)) == HIGH_TEXT
    with pytest.raises(BadInput, match=r"'gone\.wav' of the clip '001-a-talk-0001' is missing"):
        load_clip(replace(rows[0], recording="gone.wav"), recordings)
    with pytest.raises(BadInput, match=r"'a talk\.wav' ends before the clip"):
        load_clip(replace(rows[0], end=99.0, start=90.0), recordings)


def test_cancelling_stops_the_preparation(talk: Path) -> None:
    stop = threading.Event()
    context = cancellation.cancel_context(stop)
    steps = cancellation.iterate_in_context(context, prepare_clips(find_recordings([talk]), PLAIN))
    assert next(step for step in steps if step.rows)
    stop.set()
    with pytest.raises(cancellation.Cancelled):
        next(steps)


def test_recordings_are_found_in_folders(tmp_path: Path) -> None:
    for name in ("b/x.wav", "a.flac", "notes.txt", "b/y.doc"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert [each.name for each in find_recordings([tmp_path])] == ["a.flac", "b/x.wav"]
    names = [each.name for each in find_recordings([tmp_path / "a.flac", tmp_path])]
    assert names == ["a.flac", "_a.flac", "b/x.wav"]
    with pytest.raises(BadInput, match="There is no file or folder 'none'"):
        find_recordings([tmp_path / "none"])
    with pytest.raises(BadInput, match="There are no sound files"):
        find_recordings([tmp_path / "notes.txt"])


def speech(seconds: float) -> Audio:
    return Audio((0.2 * np.random.default_rng(0).normal(size=round(seconds * 8000))).astype(np.float32), 8000)


def test_speech_of_two_at_once_is_left_out() -> None:
    spans = [Span("speech", 0.0, 20.0)]
    turns = [SpeakerTurn(1, 0.0, 10.0), SpeakerTurn(2, 8.0, 18.0)]
    first, second = cut_recording(speech(20), spans, turns)
    assert (first.label, second.label) == ("1", "2")
    assert first.start == 0.0
    assert first.end <= 8.1
    assert second.start >= 9.9


def test_long_speech_is_cut_into_clips_of_the_allowed_length() -> None:
    clips = cut_recording(speech(60), [Span("speech", 0.5, 59.0)], [SpeakerTurn(1, 0.0, 60.0)])
    assert all(2 <= clip.end - clip.start <= 15 for clip in clips)
    assert sum(clip.end - clip.start for clip in clips) > 57


HEARD = Transcript((Segment(0.0, 3.0, LOW_TEXT, "en"),), "en", 1.0, 3.0, "fake")


def voice(seconds: float, noise: float = 0.0, gain: float = 1.0) -> Audio:
    """Return syllables of a voice with pauses, with noise between them."""
    times = np.arange(round(seconds * 24_000)) / 24_000
    tones = np.sin(2 * np.pi * 150 * times) + np.sin(2 * np.pi * 6_500 * times)
    samples: Samples = (0.2 * gain * tones * (times % 0.4 < 0.25)).astype(np.float32)
    samples += (noise * np.random.default_rng(0).normal(size=len(times))).astype(np.float32)
    return Audio(np.clip(samples, -1, 1), 24_000)


@pytest.mark.parametrize(
    ("clip", "heard", "given", "reason"),
    [
        (voice(3), HEARD, "", ""),
        (voice(3), HEARD, LOW_TEXT, ""),
        (voice(1.9), HEARD, "", "short"),
        (voice(15.1), HEARD, "", "long"),
        (voice(3, gain=1e-5), HEARD, "", "silent"),
        (voice(3, gain=6.0), HEARD, "", "clipped"),
        (voice(3, noise=0.1), HEARD, "", "noisy"),
        (voice(3), replace(HEARD, segments=()), "", "text"),
        (voice(3), HEARD, "Something else is written here", "mismatch"),
        (voice(3), HEARD, "...", "mismatch"),
        (voice(3), replace(HEARD, events=(Span("music", 1.0, 2.5),)), "", "music"),
    ],
)
def test_reasons_not_to_keep_a_clip(clip: Audio, heard: Transcript, given: str, reason: str) -> None:
    assert find_reason(clip, given, heard, None, wide_band_only=False) == reason


def test_a_change_of_the_voice_and_a_narrow_band_are_reasons() -> None:
    class HalvesEncoder:
        size = 2

        def embed(self, clip: Audio) -> Samples:
            return np.array([1.0, 0.0] if abs(clip.samples).max() < 0.3 else [0.0, 1.0], np.float32)

    two = audio.concat([voice(4), voice(4, gain=0.5)])
    assert find_reason(two, "", HEARD, HalvesEncoder(), wide_band_only=False) == "speakers"
    assert find_reason(voice(8), "", HEARD, HalvesEncoder(), wide_band_only=False) == ""
    narrow = audio.resample(audio.resample(voice(3), 8_000), 24_000)
    assert find_reason(narrow, "", HEARD, None, wide_band_only=True) == "narrow"
    assert find_reason(narrow, "", HEARD, None, wide_band_only=False) == ""


def test_a_clip_ends_where_the_speaker_changes_without_a_pause() -> None:
    turns = [SpeakerTurn(1, 0.0, 4.0), SpeakerTurn(2, 4.0, 8.0), SpeakerTurn(1, 8.0, 12.0)]
    clips = cut_recording(speech(12), [Span("speech", 0.0, 12.0)], turns)
    assert [clip.label for clip in clips] == ["1", "2", "1"]
    assert [round(clip.end) for clip in clips] == [4, 8, 12]
