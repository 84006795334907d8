"""Conversion between the table of training clips and the published formats."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from funaudio_core.training.data.clip_rows import ClipRow
from funaudio_core.training.data.conversion import from_kaldi, from_sensevoice, to_kaldi, to_sensevoice
from funaudio_core.training.data.kaldi_folder import DEFAULT_INSTRUCTION, KaldiUtterance
from funaudio_core.training.data.preparation import Recording
from funaudio_core.training.data.sensevoice_jsonl import SenseVoiceUtterance

ROW = ClipRow("a", "talk.wav", 1.0, 4.5, "Hello there.", "en", "Anna Lee", "happy", ("laughter", "music"))
ROWS = (
    ROW,
    replace(ROW, id="b", text="你好吗", language="zh", speaker="", emotion="", events=()),
    replace(ROW, id="c", kept=False),
)
PATHS = {"a": Path("/x y/a.wav"), "b": Path("/b.wav"), "c": Path("/c.wav")}


def test_kept_clips_become_utterances_of_sensevoice() -> None:
    assert to_sensevoice(ROWS, PATHS) == (
        SenseVoiceUtterance("a", "/x y/a.wav", "Hello there.", "en", "HAPPY", "Laughter", "withitn", 350, 2),
        SenseVoiceUtterance("b", "/b.wav", "你好吗", "zh", "EMO_UNKNOWN", "Speech", "woitn", 350, 3),
    )


def test_kept_clips_become_utterances_of_cosyvoice() -> None:
    assert to_kaldi(ROWS, PATHS, DEFAULT_INSTRUCTION) == (
        KaldiUtterance("a", "/x y/a.wav", "Hello there.", "Anna-Lee", DEFAULT_INSTRUCTION),
        KaldiUtterance("b", "/b.wav", "你好吗", "unknown", DEFAULT_INSTRUCTION),
    )


def test_utterances_become_recordings() -> None:
    folder = Path("/data")
    assert from_kaldi([KaldiUtterance("u", "w/u.wav", "Hi.", "anna")], folder) == (
        Recording("u", Path("/data/w/u.wav"), "Hi.", "", "anna"),
    )
    lines = [SenseVoiceUtterance("u", "/w/u.wav", "Hi.", "en"), SenseVoiceUtterance("v", "v.wav", "", "nospeech")]
    assert from_sensevoice(lines, folder) == (
        Recording("u", Path("/w/u.wav"), "Hi.", "en"),
        Recording("v", Path("/data/v.wav"), ""),
    )
