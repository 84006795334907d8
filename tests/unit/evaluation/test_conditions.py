"""Tests of conditions: each is measured in the sound it makes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.random import Generator

from funaudio_core import audio, evaluate
from funaudio_core.audio.prosody import f0_curve
from funaudio_core.engines.protocols import RECOGNITION_RATE
from funaudio_core.errors import BadInput
from funaudio_core.evaluation import protocols
from funaudio_core.evaluation.conditions import noise, room
from funaudio_core.evaluation.conditions.catalog import CONDITIONS, Strength, read_strength, strengths
from funaudio_core.evaluation.conditions.systems import ConditionedSystem, under_conditions
from funaudio_core.evaluation.items import DataSet, Item
from funaudio_core.evaluation.results import ResultFile
from funaudio_core.evaluation.runs.store import create_run
from funaudio_core.evaluation.runs.stored_run import ROBUSTNESS_SECTION, StoredRun
from funaudio_core.evaluation.systems import RECOGNITION, SYNTHESIS, make_system
from funaudio_core.evaluation.views.curves import build_curves
from funaudio_core.runtime import jobs
from funaudio_core.types import Audio, Samples
from funaudio_core.voices.examples import EXAMPLES
from tests import fakes

CLIP = audio.load(EXAMPLES[0].path, rate=RECOGNITION_RATE)
NOISES = ("babble", "music", "white", "hum")


def lag(first: Samples, second: Samples) -> int:
    """Return by how many samples the second is later, found by correlation."""
    size = 1 << (len(first) + len(second)).bit_length()
    found = np.fft.irfft(np.conj(np.fft.rfft(first, size)) * np.fft.rfft(second, size), size)
    place = int(np.argmax(found))
    return place if place < size // 2 else place - size


def power(samples: Samples) -> float:
    return float(np.mean(samples.astype(np.float64) ** 2))


@pytest.mark.parametrize("name", CONDITIONS)
def test_equal_seeds_give_equal_sound(name: str) -> None:
    hard = CONDITIONS[name].strengths[-1]
    first, again = (Strength(name, hard, 3).apply(CLIP, "u").samples for _ in range(2))
    assert np.array_equal(first, again)
    assert np.abs(first).max() <= 1
    is_random = name in (*NOISES, "reverberation", "a-law", "mu-law")
    assert np.array_equal(first, Strength(name, hard, 4).apply(CLIP, "u").samples) != is_random
    assert np.array_equal(first, Strength(name, hard, 3).apply(CLIP, "v").samples) != is_random


@pytest.mark.parametrize("make", [noise.babble, noise.background_music, noise.white, noise.hum])
@pytest.mark.parametrize("snr", [20.0, -5.0])
def test_ratio_of_noise_is_exact(make: Callable[[Audio, Generator], Samples], snr: float) -> None:
    added = make(CLIP, np.random.default_rng(0))
    mixed = noise.add_noise(CLIP, added, snr).samples
    parts = np.stack([CLIP.samples, added]).T.astype(float)
    gains, *_ = np.linalg.lstsq(parts, mixed.astype(float), rcond=None)
    speech, rest = (gains * parts).T
    assert np.allclose(speech + rest, mixed, atol=1e-5)
    assert 10 * np.log10(power(speech) / power(rest)) == pytest.approx(snr, abs=0.01)


def test_room_decays_by_60_decibels_within_its_time() -> None:
    seconds = 0.6
    response = room.room_response(RECOGNITION_RATE, seconds, np.random.default_rng(0)).astype(float)
    tail = response[1:]
    assert float(np.sum(tail**2)) == pytest.approx(response[0] ** 2, rel=1e-5)  # as at the critical distance
    decay = 10 * np.log10(np.cumsum(tail[::-1] ** 2)[::-1] / np.sum(tail**2))
    first, last = (int(np.argmax(decay < level)) for level in (-5, -25))
    assert 3 * (last - first) / RECOGNITION_RATE == pytest.approx(seconds, rel=0.05)


def test_convolution_is_that_of_numpy() -> None:
    random = np.random.default_rng(1)
    samples, response = (random.standard_normal(size).astype(np.float32) for size in (5_000, 300))
    assert np.allclose(room.convolve(samples, response), np.convolve(samples, response), atol=1e-3)


def test_reverberation_keeps_place_and_energy() -> None:
    wet = Strength("reverberation", 0.4).apply(CLIP)
    assert wet.duration - CLIP.duration == pytest.approx(0.405, abs=0.001)
    assert lag(CLIP.samples, wet.samples) == 0
    assert np.sum(wet.samples**2) == pytest.approx(np.sum(CLIP.samples**2), rel=1e-3)


@pytest.mark.parametrize(("name", "value"), [("a-law", 0), ("mu-law", 0), ("opus", 8), ("opus", 24), ("mp3", 32)])
def test_codecs_are_aligned_with_the_clip(name: str, value: float) -> None:
    coded = Strength(name, value).apply(CLIP)
    assert len(coded.samples) == len(CLIP.samples)
    assert abs(lag(CLIP.samples, coded.samples)) <= 1
    assert 0 < power(coded.samples - CLIP.samples) < 0.5 * power(CLIP.samples)


def test_telephone_line_loses_the_share_of_packets() -> None:
    whole, lossy = (Strength("a-law", share).apply(CLIP) for share in (0, 20))
    wide = audio.resample(audio.resample(CLIP, 8_000), RECOGNITION_RATE).samples
    assert 10 * np.log10(power(wide) / power(whole.samples - wide)) > 35  # G.711 on speech: 37 to 38 dB
    size = RECOGNITION_RATE // 50
    packets = [slice(start, start + size) for start in range(0, len(CLIP.samples) - size, size)]
    spoken = [part for part in packets if power(whole.samples[part]) > 1e-5]
    lost = [part for part in spoken if power(lossy.samples[part]) < 0.1 * power(whole.samples[part])]
    assert len(lost) / len(spoken) == pytest.approx(0.2, abs=0.06)


@pytest.mark.parametrize("level", [-20.0, -60.0])
def test_level_is_exact(level: float) -> None:
    assert audio.rms_db(Strength("level", level).apply(CLIP)) == pytest.approx(level, abs=0.05)


def test_clipping_cuts_the_peak() -> None:
    cut = Strength("clipping", 12).apply(CLIP)
    assert 20 * np.log10(audio.peak(CLIP) / audio.peak(cut)) == pytest.approx(12, abs=0.01)


@pytest.mark.parametrize(("name", "changed"), [("speed", True), ("tempo", False)])
def test_speed_changes_length_and_tempo_keeps_the_pitch(name: str, changed: bool) -> None:
    fast = Strength(name, 1.5).apply(CLIP)
    assert CLIP.duration / fast.duration == pytest.approx(1.5, rel=0.03)
    before, after = (float(np.nanmedian(f0_curve(each)[1])) for each in (CLIP, fast))
    assert after / before == pytest.approx(1.5 if changed else 1.0, rel=0.06)


def test_babble_leaves_the_clip_itself_out() -> None:
    rest = noise.babble(CLIP, np.random.default_rng(0))
    scaled = CLIP.samples / np.sqrt(power(CLIP.samples))
    size = 1 << (2 * len(rest)).bit_length()
    found = np.fft.irfft(np.conj(np.fft.rfft(scaled, size)) * np.fft.rfft(rest, size), size) / len(rest)
    assert np.abs(found).max() < 0.5  # one of the voices would reach 1


def test_unusable_strengths_are_sentences() -> None:
    with pytest.raises(BadInput, match="babble takes -20 to 40 dB; got 99"):
        strengths("babble", [99])
    with pytest.raises(BadInput, match="There is no condition 'rain'"):
        strengths("rain")
    with pytest.raises(BadInput, match="silent"):
        Strength("white", 0).apply(Audio(np.zeros(1600, np.float32), 16_000))
    with pytest.raises(BadInput, match="damaged"):
        read_strength({"condition": {"value": 3}})
    with pytest.raises(BadInput, match="recordings"):
        under_conditions(make_system(SYNTHESIS, ""), strengths("hum"))


@pytest.fixture
def _fake_engines() -> Iterator[None]:
    """Put scripted engines into the registry."""
    with fakes.installed():
        yield


@pytest.mark.usefixtures("_fake_engines")
def test_stored_run_goes_on_with_its_condition(tmp_path: Path) -> None:
    clips = DataSet("clips", (Item("a", EXAMPLES[0].path, EXAMPLES[0].text, "en"),))
    systems = under_conditions(make_system(RECOGNITION, ""), strengths("white", [10, 0]))
    run = create_run(clips, systems, 60.0, "suite", section=ROBUSTNESS_SECTION)
    run.run_next()
    again = StoredRun(jobs.get(run.job.id))
    system = again.next_system()
    assert isinstance(system, ConditionedSystem)
    assert system.strength == Strength("white", 10)
    again.run_next()
    again.run_next()
    files = again.write_results(tmp_path)
    (curve,) = build_curves(files, protocols.protocol("suite"))
    assert [point.strength for point in curve.points] == [None, 10, 0]
    assert curve.points[0].score.rate == 0


@pytest.mark.usefixtures("_fake_engines")
def test_command_draws_a_curve_and_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = EXAMPLES[0]
    entry = {"id": "a", "audio": str(row.path), "text": row.text, "language": "en"}
    (tmp_path / "set.jsonl").write_text(json.dumps(entry) + "\n")
    arguments = ["robustness", str(tmp_path / "set.jsonl"), "--condition", "level", "--strengths", "-20", "-40"]
    arguments += ["--out", str(tmp_path / "out"), "--format", "csv"]
    assert evaluate.main(arguments) == 0
    files = sorted((tmp_path / "out").iterdir())
    sizes = [file.stat().st_size for file in files]
    assert len(files) == 3
    conditions = [ResultFile.open(file).card.settings.get("condition") for file in files]
    assert {"condition": "level", "value": -40, "seed": 0} in conditions
    table = capsys.readouterr().out
    assert table.index(",none,all,") < table.index('"level, -20 dB"') < table.index('"level, -40 dB"')
    assert evaluate.main(arguments) == 0
    assert [file.stat().st_size for file in files] == sizes
