"""Tests of the value of the player: it only grows, and carries the words of the speech."""

from __future__ import annotations

import base64
import json

import numpy as np

from funaudio_core.types import Audio, SpeechChunk, Word
from tabs.components.player import Playback

SOUND = Audio(np.array([0.0, 0.5, -0.5], np.float32), 24_000)


def pieces(value: str) -> list[str]:
    return value.split("|")[2].split(".")[:-1]


def decoded(piece: str) -> object:
    return json.loads(base64.b64decode(piece.removeprefix("~")))


def test_value_grows_by_sound_and_words() -> None:
    playback = Playback("job", 3)
    first = playback.add_speech(SpeechChunk(SOUND, "Guten Tag.", (Word("Guten", 0.0, 0.301), Word("Täg.", 0.301, 0.7))))
    second = playback.add(SOUND)
    assert second.startswith(first)
    assert first.startswith("job+3|24000|~")
    words, sound, more = pieces(second)
    assert decoded(words) == [["Guten", 0.0, 0.3], ["Täg.", 0.3, 0.7]]
    assert sound == more
    assert base64.b64decode(sound) == SOUND.pcm16().tobytes()


def test_text_without_times_is_one_word_and_silence_has_none() -> None:
    spoken, pause = (pieces(Playback().add_speech(SpeechChunk(SOUND, text))) for text in ("Guten Tag.", " "))
    assert decoded(spoken[0]) == [["Guten Tag.", 0.0, round(SOUND.duration, 2)]]
    assert len(pause) == 1


def test_take_that_waits_is_marked() -> None:
    assert Playback(is_waiting=True).add(SOUND).startswith("=")
    assert not Playback().add(SOUND).startswith("=")


def test_number_of_a_piece_stands_before_its_sound() -> None:
    playback = Playback("show")
    playback.add(SOUND, mark=7)
    marked, plain = pieces(playback.add(SOUND))
    assert marked == f"7:{plain}"
