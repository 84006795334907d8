"""Start of the app, and the app without an ffmpeg program: Gradio itself reads and writes WAV."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
from gradio.data_classes import FileData

import app
from funaudio_core.engines import loader, preload
from funaudio_core.errors import WeightsMissing
from funaudio_core.voices.examples import EXAMPLES
from tabs.components.inputs import clip_input

RATE = 48_000
UNKNOWN = 0xFFFFFFFF  # the sizes in the header of a recording that still goes on


@pytest.fixture(autouse=True)
def _no_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    yield
    loader.unload_idle(-1)  # Apertium was loaded without programs; later tests must not use it


def test_the_app_starts_and_its_examples_load(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []
    monkeypatch.setattr(preload, "preload", lambda: None)
    monkeypatch.setattr(app, "launch", started.append)
    app.main()
    assert len(started) == 1
    path = str(EXAMPLES[0].path)
    clicked = clip_input("clip").postprocess(path)  # asks ffprobe, too, wherever it finds an ffmpeg
    assert isinstance(clicked, FileData)
    assert clicked.path == path


def test_missing_weights_end_the_start_with_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise WeightsMissing("No weights. Get them.")

    monkeypatch.setattr(preload, "preload", fail)
    monkeypatch.setattr(app, "launch", lambda _app: pytest.fail("the app was launched"))
    with pytest.raises(SystemExit, match=r"No weights\. Get them\."):
        app.main()


@pytest.mark.parametrize("setting", ["FUNAUDIO_CHAT_URL", "FUNAUDIO_CHAT_MODEL"])
def test_an_invalid_setting_ends_the_start_with_a_message(setting: str) -> None:
    environment = {**os.environ, setting: "nonsense"}
    done = subprocess.run(
        [sys.executable, str(app.__file__)], env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith(setting)
    assert "Traceback" not in done.stderr


def test_a_streaming_microphone_is_read(tmp_path: Path) -> None:
    sound = (np.sin(np.arange(RATE // 2) / 20) * 20_000).astype("<i2")
    form = struct.pack("<IHHIIHH", 16, 1, 1, RATE, 2 * RATE, 2, 16)
    path = tmp_path / "audio.wav"
    path.write_bytes(
        b"RIFF" + struct.pack("<I", UNKNOWN) + b"WAVEfmt " + form + b"data" + struct.pack("<I", UNKNOWN) + bytes(sound)
    )
    heard = gr.Audio(sources="microphone", streaming=True, type="numpy").preprocess(FileData(path=str(path)))
    assert isinstance(heard, tuple)
    assert heard[0] == RATE
    np.testing.assert_array_equal(heard[1], sound)


def test_results_are_written() -> None:
    written = gr.Audio().postprocess((RATE, np.ones(RATE, np.int16)))
    assert isinstance(written, FileData)
    assert Path(written.path).read_bytes()[:4] == b"RIFF"
