"""Tests of saved voices: round trips, and rejection of anything else."""

from __future__ import annotations

import contextlib
import json
import pickle
import struct
import wave
import zipfile
from pathlib import Path

import numpy as np
import pytest

from funaudio_core.errors import BadInput
from funaudio_core.types import Audio, Voice
from funaudio_core.voices import voice_file

RATE = 16_000


def _voice() -> Voice:
    sound = 0.4 * np.sin(np.arange(2 * RATE + 1) * 0.1)
    return Voice("Anna", "fr", clip=Audio(sound.astype(np.float32), RATE), text="Bonjour à tous.")


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "anna.wav"
    voice_file.save(_voice(), path)
    return path


def test_round_trip(saved: Path) -> None:
    voice, again = _voice(), voice_file.load(saved)
    assert (again.name, again.language, again.text) == (voice.name, voice.language, voice.text)
    assert voice.clip is not None
    assert again.clip is not None
    assert again.clip.rate == RATE
    np.testing.assert_allclose(again.clip.samples, voice.clip.samples, atol=1e-4)


def test_any_player_reads_it(saved: Path) -> None:
    with wave.open(str(saved)) as player:
        assert (player.getframerate(), player.getnchannels(), player.getnframes()) == (RATE, 1, 2 * RATE + 1)


def _note(saved: Path, about: object) -> Path:
    return _raw_note(saved, json.dumps(about).encode())


def _raw_note(saved: Path, note: bytes) -> Path:
    content = saved.read_bytes()
    place = content.index(voice_file.CHUNK_ID)
    size = struct.unpack_from("<I", content, place + 4)[0]
    note += b" " * (len(note) % 2)
    tail = content[place + 8 + size + size % 2 :]
    saved.write_bytes(content[:place] + voice_file.CHUNK_ID + struct.pack("<I", len(note)) + note + tail)
    return saved


@pytest.mark.parametrize(
    "about",
    [
        {"version": 99, "name": "x", "language": "en", "text": ""},
        {"version": 1, "name": 5, "language": "en", "text": ""},
        {"version": 1, "name": "x", "language": "klingon", "text": ""},
        {"version": 1, "name": "x", "language": ["en"], "text": ""},
        ["list"],
    ],
)
def test_a_strange_note_is_refused(saved: Path, about: object) -> None:
    with pytest.raises(BadInput, match=r"Save the voice again"):
        voice_file.load(_note(saved, about))


@pytest.mark.parametrize("note", [b"", b"\xff\xfe", b"{", b"[" * 60_000, b'{"a": "' + b"x" * 100_000 + b'"}'])
def test_a_damaged_note_is_refused(saved: Path, note: bytes) -> None:
    with pytest.raises(BadInput, match="damaged"):
        voice_file.load(_raw_note(saved, note))


def test_every_cut_and_many_changes_of_a_file_end_in_a_voice_or_in_advice(saved: Path) -> None:
    whole = saved.read_bytes()[:400]
    chance = np.random.default_rng(0)
    for place in range(0, len(whole), 3):
        saved.write_bytes(whole[:place])
        with pytest.raises(BadInput):
            voice_file.load(saved)
    for _ in range(300):
        changed = bytearray(_saved_short(saved))
        changed[chance.integers(len(changed))] = chance.integers(256)
        saved.write_bytes(bytes(changed))
        with contextlib.suppress(BadInput):
            assert voice_file.load(saved).clip is not None


def _saved_short(path: Path) -> bytes:
    clip = Audio(np.full(100, 0.1, np.float32), RATE)
    voice_file.save(Voice("Anna", "fr", clip=clip, text="Oui."), path)
    return path.read_bytes()


def test_a_clip_that_could_not_be_loaded_is_not_saved(tmp_path: Path) -> None:
    long = Audio(np.zeros(round((voice_file.MAX_SECONDS + 1) * 8_000), np.float32), 8_000)
    with pytest.raises(BadInput, match="up to 60 s"):
        voice_file.save(Voice("x", "en", clip=long), tmp_path / "x.wav")


def test_a_path_like_name_stays_a_name(saved: Path) -> None:
    hostile = {"version": 1, "name": "../../etc/passwd\u0000" + "x" * 500, "language": "en", "text": "a\u0007b"}
    voice = voice_file.load(_note(saved, hostile))
    assert len(voice.name) <= voice_file.MAX_NAME_LENGTH
    assert "\0" not in voice.name
    assert voice.text == "ab"


def test_plain_sound_pickles_archives_and_noise_are_refused(tmp_path: Path) -> None:
    plain = tmp_path / "plain.wav"
    with wave.open(str(plain), "wb") as out:
        out.setparams((1, 2, RATE, 0, "NONE", ""))
        out.writeframes(b"\0\0" * RATE)
    pickled = tmp_path / "p.wav"
    pickled.write_bytes(pickle.dumps({"name": "x"}))
    zipped = tmp_path / "z.wav"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("x", b"0" * 10_000)
    empty = tmp_path / "e.wav"
    empty.write_bytes(b"")
    for path in (plain, pickled, zipped, empty):
        with pytest.raises(BadInput, match="isn't a voice file saved by this app"):
            voice_file.load(path)


def test_cut_off_and_oversized_files_are_refused(saved: Path, tmp_path: Path) -> None:
    saved.write_bytes(saved.read_bytes()[:-100])
    with pytest.raises(BadInput, match="incomplete"):
        voice_file.load(saved)
    huge = tmp_path / "huge.wav"
    with huge.open("wb") as out:
        out.truncate(voice_file.MAX_BYTES + 1)
    with pytest.raises(BadInput, match="at most 20 MB"):
        voice_file.load(huge)


def test_presets_are_not_saved(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="preset"):
        voice_file.save(Voice("Heart", "en", preset="af_heart"), tmp_path / "x.wav")
