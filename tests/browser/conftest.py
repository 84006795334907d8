"""Browser with a microphone that plays a clip, one for each module."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from funaudio_core import audio
from funaudio_core.types import Audio
from tests.browser.visitor import Visitor, open_app
from tests.conftest import example

# The shell opens a page with two thirds of the processor time of the whole browser, which serves as well.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)


@pytest.fixture(scope="session")
def microphone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the clip of the fake microphone, which is repeated: a sentence, then enough silence for a reply."""
    spoken = audio.load(example("en", "sad").path)
    path = tmp_path_factory.mktemp("microphone") / "speech.wav"
    silence = Audio(np.zeros(20 * spoken.rate, np.float32), spoken.rate)
    audio.save_wav(audio.resample(audio.concat([spoken, silence]), 48_000), path)
    return path


@pytest.fixture(scope="module")
def browser(microphone: Path) -> Iterator[Any]:
    """Yield Debian's Chromium."""
    if CHROMIUM is None:
        pytest.skip("chromium-headless-shell is absent; `make system-test` brings it on Debian")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = [*FLAGS, f"--use-file-for-fake-audio-capture={microphone}"]
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield chromium
        chromium.close()


@pytest.fixture
def visitor(browser: Any, site: str) -> Iterator[Visitor]:
    """Yield a page of the app with scripted engines."""
    with open_app(browser, site) as visitor:
        yield visitor
