"""PerTh watermark: marking and detection at any length and rate, and agreement with the original network."""

from __future__ import annotations

import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from funaudio_core import audio
from funaudio_core.engines import perth
from funaudio_core.engines.protocols import Watermarker
from funaudio_core.narration.export.kinds import export
from funaudio_core.narration.export.levels import AUDIOBOOK
from funaudio_core.narration.export.recording import ArraySlice, RecordedBook, RecordedChapter, RecordedSegment
from funaudio_core.narration.export.watermark import find_watermark
from funaudio_core.types import Audio, Samples
from funaudio_core.voices.examples import EXAMPLES
from funaudio_core.weights import store


def speech_like(seconds: float, rate: int = 24_000, seed: int = 0) -> Audio:
    """Return speech-like sound: a gliding pitch, two moving formants, four syllables a second and faint noise."""
    chance = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    pitch = 120 * 2 ** (0.3 * np.sin(2 * np.pi * 0.7 * time + seed))
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    formants = (500 + 200 * np.sin(2 * np.pi * 1.3 * time), 1500 + 500 * np.sin(2 * np.pi * 0.9 * time))
    voice = np.zeros_like(time)
    for number in range(1, 30):
        gain = sum(np.exp(-(((number * pitch - formant) / 150) ** 2)) for formant in formants)
        voice += (0.05 + gain) * np.sin(number * phase) / number
    syllables = np.clip(np.sin(2 * np.pi * 4 * time), 0, 1) ** 0.5
    sound = voice * syllables + 0.002 * chance.normal(size=len(time))
    return Audio((0.5 * sound / np.abs(sound).max()).astype(np.float32), rate)


@pytest.fixture(scope="module")
def watermarker() -> Watermarker:
    return perth.SPEC.load()


@pytest.mark.parametrize("rate", [8_000, 16_000, 24_000, 44_100, 48_000])
def test_mark_is_found_in_marked_clips_only(watermarker: Watermarker, rate: int) -> None:
    clip = speech_like(3, rate)
    marked = watermarker.mark(clip)
    assert (marked.rate, len(marked.samples)) == (clip.rate, len(clip.samples))
    assert watermarker.find(marked) >= 0.9
    assert watermarker.find(clip) < 0.5


def test_mark_survives_quantization_noise_and_resampling(watermarker: Watermarker) -> None:
    marked = watermarker.mark(speech_like(4))
    noise = 0.005 * np.random.default_rng(1).normal(size=len(marked.samples)).astype(np.float32)
    for changed in (
        audio.from_array(marked.rate, marked.pcm16()),
        audio.resample(marked, 16_000),
        Audio(marked.samples * np.float32(0.2), marked.rate),
        Audio(marked.samples + noise, marked.rate),
    ):
        assert watermarker.find(changed) >= 0.5


def test_marking_changes_low_frequencies_only(watermarker: Watermarker) -> None:
    clip = speech_like(3)
    marked = watermarker.mark(clip)
    rest = np.fft.rfft(marked.samples - clip.samples)
    above = np.fft.rfftfreq(len(clip.samples), 1 / clip.rate) > 2_500
    assert np.abs(rest[above]).max() < 0.02 * np.abs(rest).max()  # the mark lives below 2 kHz
    assert audio.rms_db(marked) == pytest.approx(audio.rms_db(clip), abs=1.5)
    assert marked.samples[0] == pytest.approx(clip.samples[0], abs=1e-4)  # begins without a step


def test_full_scale_sound_is_not_clipped(watermarker: Watermarker) -> None:
    clip = speech_like(3)
    loud = Audio(clip.samples / np.float32(np.abs(clip.samples).max()), clip.rate)
    assert audio.peak(watermarker.mark(loud)) <= 1.0
    assert watermarker.find(watermarker.mark(loud)) >= 0.9


def test_mark_is_found_in_single_and_joined_pieces(watermarker: Watermarker) -> None:
    clip = speech_like(4, seed=3)
    pieces = [watermarker.mark(clip.slice(start, start + 1)) for start in range(4)]
    assert all(watermarker.find(piece) >= 0.9 for piece in pieces)
    assert watermarker.find(audio.concat(pieces)) >= 0.9


@pytest.mark.parametrize("count", [0, 1, 7, 700, 5_000])
def test_very_short_clips_keep_their_length(watermarker: Watermarker, count: int) -> None:
    clip = Audio(speech_like(1).samples[2_000 : 2_000 + count], 24_000)
    assert len(watermarker.mark(clip).samples) == count
    assert 0.0 <= watermarker.find(clip) <= 1.0


def test_silence_stays_silent_and_unmarked(watermarker: Watermarker) -> None:
    silence = Audio(np.zeros(48_000, np.float32), 24_000)
    assert not watermarker.mark(silence).samples.any()
    assert watermarker.find(silence) == 0.0


def test_windows_of_long_clip_have_no_seams(watermarker: Watermarker, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = speech_like(5)
    whole = watermarker.mark(clip)
    monkeypatch.setattr(perth, "WINDOW_SAMPLES", 2 * perth.RATE)
    assert np.abs(watermarker.mark(clip).samples - whole.samples).max() < 1e-5
    # the one marked stretch of a longer recording is found
    mixed = audio.concat([clip, watermarker.mark(speech_like(3, seed=1)), clip])
    assert watermarker.find(mixed) >= 0.9


def test_concurrent_calls_agree(watermarker: Watermarker) -> None:
    clips = [speech_like(1.5, seed=seed) for seed in range(4)]
    alone = [watermarker.mark(clip).samples for clip in clips]
    with ThreadPoolExecutor(4) as pool:
        together = [done.samples for done in pool.map(watermarker.mark, clips)]
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.fixture(scope="module")
def original() -> Any:
    """Return the network of the resemble-perth package."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package imports pkg_resources, which warns
        from perth.perth_net.perth_net_implicit.config import default_hp
        from perth.perth_net.perth_net_implicit.model.perth_net import PerthNet
    state = torch.load(store.artifact_dir("perth") / "perth_net_250000.pth.tar", map_location="cpu", weights_only=True)
    network = PerthNet(default_hp)
    network.load_state_dict(state["model"])
    return network.eval()


def clips() -> list[Samples]:
    """Return clean speech, faint speech and speech between silences, at the network's rate and in whole hops."""
    pause = Audio(np.zeros(perth.RATE, np.float32), perth.RATE)
    speech = speech_like(4, perth.RATE, seed=5)
    faint = Audio(speech.samples * np.float32(1e-3), perth.RATE)
    return [speech.samples, faint.samples, audio.concat([pause, speech_like(1, perth.RATE), pause]).samples]


@pytest.mark.parametrize("number", range(3))
def test_mark_matches_original_network(original: Any, number: int) -> None:
    samples = clips()[number]
    with torch.inference_mode():
        magnitude, phase = original.ap.signal_to_magphase(torch.from_numpy(samples))
        expected = original.ap.magphase_to_signal(original.encoder(magnitude[None])[0][0], phase).numpy()
    added = perth.SPEC.load()._watermark(samples)  # type: ignore[attr-defined]
    assert np.abs(added).max() > 0.01 * np.abs(samples).max()
    np.testing.assert_allclose(samples + added, expected, atol=1e-5 * np.abs(samples).max())


@pytest.mark.parametrize("number", range(3))
def test_confidence_matches_original_network(original: Any, number: int) -> None:
    watermarker: Any = perth.SPEC.load()
    samples = clips()[number]
    for clip in (samples, samples + watermarker._watermark(samples), samples + 0.5 * watermarker._watermark(samples)):
        with torch.inference_mode():
            magnitude, _phase = original.ap.signal_to_magphase(torch.from_numpy(clip))
            expected = float(original.decoder(magnitude[None])[0])
        assert watermarker._confidence(clip) == pytest.approx(min(1.0, max(0.0, expected)), abs=1e-3)


@pytest.mark.parametrize("samples", [np.full(9_600, 1e-12, np.float32), np.eye(1, 32_000, 16_000, dtype=np.float32)[0]])
def test_clips_with_few_loud_frames_have_a_confidence(watermarker: Watermarker, samples: Samples) -> None:
    assert 0.0 <= watermarker.find(Audio(samples, perth.RATE)) <= 1.0


def test_process_forked_during_marking_can_mark() -> None:
    code = (
        "import os, signal, threading, numpy as np\n"
        "from funaudio_core.engines import perth\n"
        "watermarker, held = perth.SPEC.load(), threading.Event()\n"
        "def hold():\n"
        "    with watermarker._single_threaded():\n"
        "        held.set()\n"
        "        threading.Event().wait(0.5)\n"
        "threading.Thread(target=hold).start()\n"
        "held.wait()\n"
        "if os.fork() == 0:\n"
        "    signal.alarm(10)\n"
        "    watermarker._confidence(np.ones(perth.RATE, np.float32))\n"
        "    os._exit(0)\n"
        "raise SystemExit(os.wait()[1])"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)


def test_runs_without_torch() -> None:
    code = "import sys; from funaudio_core.engines import perth; perth.SPEC.load(); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.slow
def test_every_thirty_seconds_of_an_audiobook_have_the_mark(watermarker: Watermarker, tmp_path: Path) -> None:
    lines = [watermarker.mark(audio.resample(audio.load(row.path), 24_000)) for row in EXAMPLES if row.language == "en"]
    segments = []
    for number, line in enumerate((lines * 20)[: round(75 / (sum(one.duration for one in lines) / len(lines)))]):
        np.save(tmp_path / f"{number}.npy", line.pcm16())
        source = ArraySlice(tmp_path / f"{number}.npy")
        segments.append(RecordedSegment(f"Line {number}.", source, len(line.samples), pause_samples=12_000))
    book = RecordedBook("Marked", 24_000, [RecordedChapter("One", segments)])
    for kind in ("m4b", "mp3"):
        export(book, kind, tmp_path / f"book.{kind}", AUDIOBOOK)
        report = find_watermark(tmp_path / f"book.{kind}", watermarker)
        assert len(report.stretches) >= 2
        assert report.is_marked, report
