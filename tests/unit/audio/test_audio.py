"""Tests of decoding, resampling, joining and measuring; errors must name a remedy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from funaudio_core import audio
from funaudio_core.errors import BadInput
from funaudio_core.types import Audio
from tests.conftest import ffmpeg, write

RATE = 16_000
SINE = (0.3 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)).astype(np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write one second of a 440-Hz sine to sine.wav and return its folder."""
    path = tmp_path_factory.mktemp("audio")
    soundfile.write(path / "sine.wav", SINE, RATE)
    return path


def convert(folder: Path, name: str) -> Path:
    command = [ffmpeg(), "-v", "error", "-y", "-i", "sine.wav", "-ar", "48000", name]
    subprocess.run(command, cwd=folder, check=True)
    return folder / name


@pytest.mark.parametrize("kind", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_stereo_wav_of_any_depth_becomes_the_mean_of_its_channels(folder: Path, kind: str) -> None:
    path = folder / f"{kind}.wav"
    soundfile.write(path, np.stack([SINE, 0 * SINE], axis=1), RATE, subtype=kind)
    clip = audio.load(path)
    assert clip.rate == RATE
    np.testing.assert_allclose(clip.samples, SINE / 2, atol=0.008 if kind == "PCM_U8" else 1e-4)


@pytest.mark.parametrize("name", ["a.mp3", "a.m4a", "a.ogg", "a.webm", "a.flac", "a.opus"])
def test_compressed_formats_keep_pitch_and_length(folder: Path, name: str) -> None:
    clip = audio.load(convert(folder, name))
    assert clip.duration == pytest.approx(1.0, abs=0.05)
    assert np.abs(np.fft.rfft(clip.samples)).argmax() / clip.duration == pytest.approx(440, abs=2)


def test_file_longer_than_the_limit_is_refused(folder: Path) -> None:
    with pytest.raises(BadInput, match=r"longer than 0\.5 s"):
        audio.load(folder / "sine.wav", limit_seconds=0.5)
    assert audio.load(folder / "sine.wav", limit_seconds=1).duration == 1


def write_damaged(folder: Path, kind: str) -> Path:
    path = folder / f"{kind}.wav"
    whole = (folder / "sine.wav").read_bytes()
    nan = SINE.copy()
    nan[7] = np.nan
    match kind:
        case "empty":
            path.write_bytes(b"")
        case "text":
            path.write_text("this is a letter, not a song\n" * 50)
        case "playlist":
            path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nsine.wav\n#EXT-X-ENDLIST\n")
        case "header":
            path.write_bytes(whole[:44])
        case "short":
            soundfile.write(path, SINE[:800], RATE)
        case "nan":
            soundfile.write(path, nan, RATE, subtype="FLOAT")
        case "loud":
            soundfile.write(path, SINE * 32768, RATE, subtype="FLOAT")
    return path


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("missing", "not found"),
        ("empty", "0 bytes"),
        ("text", "isn't a readable audio file"),
        ("playlist", "isn't a readable audio file"),
        ("header", "no audio"),
        ("short", r"at least 0\.1 s"),
        ("nan", "invalid samples"),
        ("loud", r"within \[-1, 1\]"),
    ],
)
def test_invalid_file_is_refused_with_a_remedy(folder: Path, kind: str, message: str) -> None:
    with pytest.raises(BadInput, match=message) as error:
        audio.load(write_damaged(folder, kind))
    assert str(error.value).endswith(".")
    assert str(folder) not in str(error.value)


def test_video_without_audio_is_refused(folder: Path) -> None:
    command = [ffmpeg(), "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc=d=1:s=64x64", "v.mp4"]
    subprocess.run(command, cwd=folder, check=True)
    with pytest.raises(BadInput, match="no audio track"):
        audio.load(folder / "v.mp4")


def test_resampling_while_decoding_equals_resampling_afterwards(folder: Path) -> None:
    path = convert(folder, "c.flac")
    clip = audio.load(path, rate=RATE)
    assert clip.rate == RATE
    np.testing.assert_allclose(clip.samples, audio.resample(audio.load(path), RATE).samples, atol=1e-4)
    assert audio.load(path, rate=audio.load(path).rate).rate == audio.load(path).rate


def test_file_with_a_higher_rate_is_decoded_at_the_maximum_rate(tmp_path: Path) -> None:
    seconds = np.arange(192_000 * 2) / 192_000
    tone = (np.sin(2 * np.pi * 440 * seconds) / 2).astype(np.float32)
    path = write(tmp_path / "studio.wav", Audio(tone, 192_000))
    clip = audio.load(path)
    assert clip.rate == audio.MAX_DECODED_RATE
    assert clip.duration == pytest.approx(2.0, abs=1e-3)
    spectrum = np.abs(np.fft.rfft(clip.samples))
    assert np.argmax(spectrum) / clip.duration == pytest.approx(440, abs=1)
    assert audio.rms_db(clip) == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.1)


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_long_studio_file_needs_about_the_memory_of_its_result(tmp_path: Path) -> None:
    paths = {seconds: str(tmp_path / f"{seconds}.flac") for seconds in (1, 200)}
    for seconds, path in paths.items():
        source = f"anoisesrc=r=96000:d={seconds}"
        subprocess.run([ffmpeg(), "-v", "error", "-f", "lavfi", "-i", source, "-ac", "2", path], check=True)
    code = (
        "import pathlib, re, sys; from funaudio_core import audio; status = pathlib.Path('/proc/self/status'); "
        "peak = lambda: int(re.search(r'VmHWM:\\s+(\\d+)', status.read_text())[1]); "
        "audio.load(sys.argv[1], rate=16000); before = peak(); clip = audio.load(sys.argv[2], rate=16000); "
        "print(peak() - before, clip.samples.nbytes // 1024)"
    )
    command = [sys.executable, "-c", code, *paths.values()]
    process = subprocess.run(command, capture_output=True, text=True, check=True)
    used_kibibytes, clip_kibibytes = map(int, process.stdout.split())
    # The samples are in it; at the file's own rate they would take six times as much.
    assert clip_kibibytes < used_kibibytes < 3 * clip_kibibytes


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.array([0, 128, 255], np.uint8), [-1, 0, 127 / 128]),
        (np.array([-32768, 0, 16384], np.int16), [-1, 0, 0.5]),
        (np.array([-(2**31), 0, 2**30], np.int32), [-1, 0, 0.5]),
        (np.array([[0.5, -0.5], [1.0, 0.0]], np.float64), [0, 0.5]),
        (np.array([[16384], [0]], np.int16), [0.5, 0]),
    ],
)
def test_arrays_are_scaled_by_their_dtype(array: np.ndarray, expected: list[float]) -> None:
    np.testing.assert_allclose(audio.from_array(RATE, array).samples, expected, atol=1e-6)


@pytest.mark.parametrize(
    "array",
    [np.zeros(0, np.int16), np.zeros((2, 3, 4)), np.zeros((2, 70)), np.array([0.1, np.nan]), np.zeros(9, np.int64)],
)
def test_array_that_is_not_audio_is_refused(array: np.ndarray) -> None:
    with pytest.raises(BadInput):
        audio.from_array(RATE, array)


def test_resampling_keeps_the_audio_and_returns_the_same_object_for_the_same_rate() -> None:
    clip = Audio(SINE, RATE)
    assert audio.resample(clip, RATE) is clip
    round_trip = audio.resample(audio.resample(clip, 44_100), RATE)
    np.testing.assert_allclose(round_trip.samples[400:-400], SINE[400:-400], atol=2e-3)


def test_concat_puts_silence_between_clips() -> None:
    clip = Audio(SINE[:1600], RATE)
    joined = audio.concat([clip, clip, clip], gaps=[0.1, 0.2])
    assert joined.duration == pytest.approx(0.6)
    assert not joined.samples[1600:3200].any()
    assert audio.concat([clip, clip], gaps=0.5).duration == pytest.approx(0.7)


@pytest.mark.parametrize("gaps", [[], [0.1, 0.1]])
def test_concat_refuses_clips_and_gaps_that_do_not_match(gaps: list[float]) -> None:
    clip = Audio(SINE, RATE)
    with pytest.raises(BadInput, match="gaps between them"):
        audio.concat([clip, clip], gaps)
    with pytest.raises(BadInput, match="16000, 24000 Hz"):
        audio.concat([clip, Audio(SINE, 24_000)])
    with pytest.raises(BadInput, match="nothing to join"):
        audio.concat([])


def test_saved_wav_can_be_loaded(tmp_path: Path) -> None:
    clip = Audio(np.append(SINE, np.float32(1.5)), 24_000)
    loaded = audio.load(audio.save_wav(clip, tmp_path / "out.wav"))
    assert loaded.rate == 24_000
    np.testing.assert_allclose(loaded.samples[:-1], SINE, atol=5e-5)
    assert loaded.samples[-1] == pytest.approx(1.0, abs=1e-4)  # clipped, not wrapped


def test_peak_rms_and_normalization() -> None:
    clip = Audio(SINE, RATE)
    assert audio.peak(clip) == pytest.approx(0.3, abs=1e-3)
    assert audio.rms_db(clip) == pytest.approx(20 * np.log10(0.3 / np.sqrt(2)), abs=0.01)
    assert audio.rms_db(audio.normalize_level(clip, -30)) == pytest.approx(-30, abs=0.01)
    assert audio.peak(audio.normalize_level(clip, 0)) == pytest.approx(0.98, abs=1e-3)
    assert audio.rms_db(Audio(np.zeros(0, np.float32), RATE)) == audio.FLOOR_DB


def test_silence_is_decided_by_the_loudest_moment() -> None:
    click = np.zeros(RATE, np.float32)
    assert audio.is_silent(Audio(click, RATE))
    click[8000:8400] = 0.1
    assert not audio.is_silent(Audio(click, RATE))


def test_fades_reach_zero_and_keep_the_middle() -> None:
    faded = audio.fade(Audio(np.ones(1000, np.float32), 10_000), start=0.02, end=0.03).samples
    assert faded[0] < 1e-4
    assert faded[-1] < 1e-4
    assert (faded[200:700] == 1).all()
    assert (np.diff(faded[:200]) > 0).all()


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0.5, "0.5 s"), (45, "45 s"), (125, "2 min 5 s"), (5400, "1 h 30 min"), (7200, "2 h")]
)
def test_durations_are_formatted(seconds: float, expected: str) -> None:
    assert audio.format_duration(seconds) == expected


@pytest.mark.parametrize("name", ["sine.wav", "b.mp3", "b.m4a", "b.ogg", "b.flac"])
def test_declared_duration_is_read_without_decoding(folder: Path, name: str) -> None:
    path = folder / name if name == "sine.wav" else convert(folder, name)
    assert audio.declared_duration(path) == pytest.approx(1.0, abs=0.1)


def test_declared_duration_of_an_unreadable_file_is_zero(tmp_path: Path) -> None:
    (tmp_path / "no.wav").write_bytes(b"RIFF and no more")
    assert audio.declared_duration(tmp_path / "no.wav") == audio.declared_duration(tmp_path / "absent.wav") == 0
