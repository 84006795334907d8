"""Files that players play although something about them is wrong: they are read, with a note on what was done."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from funaudio_core import audio
from funaudio_core.audio.container import SUFFIXES
from funaudio_core.audio.signal import raise_level
from funaudio_core.errors import BadInput
from funaudio_core.types import Audio, Samples
from tests.conftest import ffmpeg, noise, write

RATE = 16_000
SECONDS = 3.0


def tone(seconds: float = SECONDS, rate: int = RATE, level: float = 0.3, frequency: float = 440.0) -> Audio:
    time = np.arange(round(seconds * rate)) / rate
    return Audio((level * np.sin(2 * np.pi * frequency * time)).astype(np.float32), rate)


def silence(seconds: float, rate: int = RATE) -> Audio:
    return Audio(np.zeros(round(seconds * rate), np.float32), rate)


def encode(path: Path, *sources: Path, options: str = "") -> Path:
    inputs = [part for source in sources for part in ("-i", str(source))]
    maps = [part for number in range(len(sources)) for part in ("-map", f"{number}:a")]
    command = [ffmpeg(), "-v", "error", "-y", *inputs, *maps, *options.split(), str(path)]
    subprocess.run(command, check=True)
    return path


def frequency(clip: Audio) -> float:
    """Return the loudest frequency in Hz."""
    return float(np.abs(np.fft.rfft(clip.samples)).argmax() / clip.duration)


def notes(clip: Audio) -> str:
    return " ".join(clip.notes)


def test_ordinary_files_have_no_notes(tmp_path: Path) -> None:
    wav = write(tmp_path / "a.wav", tone())
    for name in ("a.mp3", "a.m4a", "a.ogg", "a.flac"):
        assert audio.load(encode(tmp_path / name, wav)).notes == (), name
    assert audio.load(wav).notes == ()


@pytest.mark.parametrize(("name", "options"), [("v.mp3", "-q:a 5 -write_xing 0"), ("a.aac", "-b:a 96k")])
def test_length_that_is_guessed_from_the_first_frames_is_not_believed(tmp_path: Path, name: str, options: str) -> None:
    rng = noise(6, 44_100, 0.2)
    wav = write(tmp_path / "late.wav", audio.concat([silence(9, 44_100), rng]))
    path = encode(tmp_path / name, wav, options=options)
    clip = audio.load(path)
    assert clip.duration == pytest.approx(15, abs=0.2)
    declared = audio.declared_duration(path)
    assert declared > 1.12 * clip.duration
    assert notes(clip).startswith(f"The file holds {clip.duration:.1f} s of sound, not {declared:.1f} s")


def patch_riff(path: Path, riff_bytes: int, data_bytes: int) -> Path:
    """Write other sizes into the header of a WAV file."""
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, 4, riff_bytes)
    struct.pack_into("<I", content, content.index(b"data") + 4, data_bytes)
    path.write_bytes(content)
    return path


def test_wav_of_a_recorder_that_was_killed_is_read(tmp_path: Path) -> None:
    path = patch_riff(write(tmp_path / "killed.wav", tone()), 2**30 + 36, 2**30)
    clip = audio.load(path)
    assert clip.duration == SECONDS
    assert len(clip.notes) == 1
    assert notes(clip).startswith(f"The file is unfinished: it has {path.stat().st_size:,} of 1,073,741,868 bytes.")


@pytest.mark.parametrize("size", [0, 0xFFFF_FFFF])
def test_wav_of_a_pipe_needs_no_note(tmp_path: Path, size: int) -> None:
    clip = audio.load(patch_riff(write(tmp_path / "pipe.wav", tone()), size, size))
    assert clip.duration == SECONDS
    assert clip.notes == ()


@pytest.mark.parametrize("name", ["cut.wav", "cut.mp3", "cut.flac", "cut.ogg", "cut.webm", "cut.mkv", "cut.aac"])
def test_file_that_breaks_off_is_read_up_to_there(tmp_path: Path, name: str) -> None:
    wav = write(tmp_path / "whole.wav", noise(4, 48_000))
    path = encode(tmp_path / name, wav, options="-ar 48000")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    clip = audio.load(path)
    assert clip.duration == pytest.approx(2, abs=1.0 if name == "cut.ogg" else 0.3)  # a page of Ogg holds a second
    assert name in ("cut.ogg", "cut.aac") or len(clip.notes) >= 1  # these two declare no length


def test_file_without_its_table_of_contents_is_refused(tmp_path: Path) -> None:
    path = encode(tmp_path / "cut.m4a", write(tmp_path / "whole.wav", tone()))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(BadInput, match="isn't a readable audio file"):
        audio.load(path)


def test_joined_mp3_files_are_read_past_the_header_between_them(tmp_path: Path) -> None:
    first = encode(tmp_path / "1.mp3", write(tmp_path / "1.wav", tone(2, 44_100)))
    second = encode(tmp_path / "2.mp3", write(tmp_path / "2.wav", tone(3, 44_100, frequency=880)))
    joined = tmp_path / "both.mp3"
    joined.write_bytes(first.read_bytes() + second.read_bytes())
    clip = audio.load(joined)
    assert clip.duration == pytest.approx(5, abs=0.25)
    assert frequency(clip.slice(0, 1.8)) == pytest.approx(440, abs=2)
    assert frequency(clip.slice(2.5, 4.8)) == pytest.approx(880, abs=2)


@pytest.mark.parametrize("rate", [None, RATE])
def test_joined_mp3_files_of_two_sample_rates_keep_their_pitch(tmp_path: Path, rate: int | None) -> None:
    first = encode(tmp_path / "1.mp3", write(tmp_path / "1.wav", tone(2, 44_100)))
    second = encode(tmp_path / "2.mp3", write(tmp_path / "2.wav", tone(3, 24_000)))
    joined = tmp_path / "both.mp3"
    joined.write_bytes(first.read_bytes() + second.read_bytes())
    clip = audio.load(joined, rate=rate)
    assert clip.rate == (rate or 44_100)
    assert clip.duration == pytest.approx(5, abs=0.3)
    for start, end in ((0.2, 1.8), (2.5, 4.5)):
        assert frequency(clip.slice(start, end)) == pytest.approx(440, abs=2)
    assert "The sample rate changes after 2.0 s." in clip.notes


def test_damage_in_the_middle_is_skipped_and_told(tmp_path: Path) -> None:
    path = encode(tmp_path / "hole.mp3", write(tmp_path / "whole.wav", tone(6, 44_100)))
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 1500] = np.random.default_rng(2).bytes(1500)
    path.write_bytes(content)
    clip = audio.load(path)
    assert clip.duration == pytest.approx(6, abs=0.4)
    assert frequency(clip.slice(0.2, 2.5)) == pytest.approx(440, abs=2)
    assert frequency(clip.slice(3.8, 5.8)) == pytest.approx(440, abs=2)


def test_file_of_which_nothing_can_be_decoded_is_refused(tmp_path: Path) -> None:
    path = encode(tmp_path / "noise.mp3", write(tmp_path / "whole.wav", tone(4, 44_100)))
    content = bytearray(path.read_bytes())
    content[1200:] = np.random.default_rng(3).bytes(len(content) - 1200)
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"damaged|no audio that can be decoded|too short"):
        audio.load(path)


@pytest.mark.parametrize(("other", "level"), [(-1.0, 0.3), (-0.5, 0.3), (-2.0, 0.6)])
def test_inverted_channel_leaves_the_louder_one(tmp_path: Path, other: float, level: float) -> None:
    left = tone().samples
    soundfile.write(tmp_path / "anti.flac", np.stack([left, other * left], axis=1), RATE)
    clip = audio.load(tmp_path / "anti.flac")
    assert audio.peak(clip) == pytest.approx(level, abs=0.01)
    assert clip.notes == ("One channel is inverted. Only the louder one was used.",)


def test_channels_that_do_not_cancel_are_averaged_without_a_note(tmp_path: Path) -> None:
    first, second = tone().samples, tone(frequency=700).samples
    half = len(first) // 2
    in_turn = first.copy(), second.copy()
    in_turn[0][half:], in_turn[1][:half] = 0, 0
    cases: dict[str, tuple[Samples, ...]] = {
        "same": (first, first),
        "other": (first, second),
        "one": (first, 0 * first),
        "turns": in_turn,
        "surround": (0 * first, 0 * first, first, 0 * first, 0 * first, 0 * first),
    }
    for name, channels in cases.items():
        soundfile.write(tmp_path / f"{name}.wav", np.stack(channels, axis=1), RATE, subtype="FLOAT")
        clip = audio.load(tmp_path / f"{name}.wav")
        np.testing.assert_allclose(clip.samples, np.mean(channels, axis=0), atol=1e-6)
        assert clip.notes == (), name


@pytest.mark.parametrize(
    ("first", "used", "note"),
    [
        (silence(4), 880, "the first is silent or quiet. Track 2 was used."),
        (tone(4, level=0.002), 880, "the first is silent or quiet. Track 2 was used."),
        (tone(4, level=0.2), 440, "has 2 sound tracks. The first was used."),
    ],
)
def test_second_sound_track_is_used_if_the_first_is_silent(tmp_path: Path, first: Audio, used: int, note: str) -> None:
    tracks = write(tmp_path / "1.wav", first), write(tmp_path / "2.wav", tone(3, frequency=880))
    for name in ("two.m4a", "two.mkv"):
        clip = audio.load(encode(tmp_path / name, *tracks))
        assert frequency(clip) == pytest.approx(used, abs=2)
        assert note in notes(clip)


def test_too_long_second_track_is_refused(tmp_path: Path) -> None:
    tracks = write(tmp_path / "1.wav", silence(1)), write(tmp_path / "2.wav", tone(5))
    path = encode(tmp_path / "two.m4a", *tracks)
    with pytest.raises(BadInput, match="longer than 2 s"):
        audio.load(path, limit_seconds=2)


@pytest.mark.parametrize("level_db", [-45, -63, -75])
def test_quiet_clip_is_raised_to_the_usual_level(tmp_path: Path, level_db: float) -> None:
    clip = audio.load(write(tmp_path / "quiet.wav", tone(level=np.sqrt(2) * 10 ** (level_db / 20))))
    assert audio.rms_db(clip) == pytest.approx(-20, abs=0.5)
    assert clip.notes == (f"The clip is very quiet ({level_db} dB). It was raised by {-20 - level_db} dB.",)


def test_short_words_with_pauses_are_not_taken_for_quiet_speech() -> None:
    clip = tone()
    clip.samples.reshape(-1, 3200)[:, 1920:] = 0  # .12 s of sound in each .2 s
    assert raise_level(clip).notes == ()


def test_click_does_not_hide_that_a_clip_is_quiet() -> None:
    clip = tone(level=0.002)
    clip.samples[8000:8400] = 0.9
    raised = raise_level(clip)
    assert audio.rms_db(raised.slice(1, 3)) == pytest.approx(-20, abs=0.5)
    assert audio.peak(raised) <= 1


@pytest.mark.parametrize("level_db", [-90, -35, -10])
def test_clips_that_are_silent_or_loud_enough_stay_as_they_are(level_db: float) -> None:
    clip = tone(level=10 ** (level_db / 20))
    before = clip.samples.copy()
    assert raise_level(clip).notes == ()
    np.testing.assert_array_equal(raise_level(clip).samples, before)
    assert raise_level(silence(1)).notes == ()


@pytest.mark.parametrize("suffix", [".caf", ".mp4", ".mkv", ".webm", ".mka", ".w64", ".au", ".aiff", ".ts", ".avi"])
def test_offered_formats_are_read(tmp_path: Path, suffix: str) -> None:
    assert suffix in SUFFIXES.split(",")
    path = encode(tmp_path / f"a{suffix}", write(tmp_path / "a.wav", tone(1, 48_000)))
    assert frequency(audio.load(path)) == pytest.approx(440, abs=3)
