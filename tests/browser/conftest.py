"""One browser for a module, with a microphone that hears a clip."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from funaudio_core import audio
from funaudio_core.types import Audio
from tests.browser.visitor import Visitor, visit
from tests.conftest import example

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
    """What the fake microphone hears, again and again: a sentence, then silence long enough for a reply."""
    spoken = audio.load(example("en", "sad").path)
    path = tmp_path_factory.mktemp("microphone") / "said.wav"
    silence = Audio(np.zeros(20 * spoken.rate, np.float32), spoken.rate)
    audio.save_wav(audio.resample(audio.concat([spoken, silence]), 48_000), path)
    return path


@pytest.fixture(scope="module")
def browser(microphone: Path) -> Iterator[Any]:
    """Debian's Chromium."""
    if shutil.which("chromium") is None:
        pytest.skip("chromium is absent; `make system-test` brings it on Debian")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = [*FLAGS, f"--use-file-for-fake-audio-capture={microphone}"]
        opened = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        yield opened
        opened.close()


@pytest.fixture
def visitor(browser: Any, site: str) -> Iterator[Visitor]:
    """A visitor of the app with scripted engines."""
    with visit(browser, site) as visitor:
        yield visitor
