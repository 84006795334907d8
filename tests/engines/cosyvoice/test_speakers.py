"""Saved voices of a visitor: how many there may be, and how often one may be uploaded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest
from gradio.context import LocalContext

from funaudio_core.runtime.rate_limit import RateLimiter
from funaudio_core.types import Voice
from funaudio_core.voices import voice_file
from server import admission
from tabs.components import reference_voice
from tabs.components.reference_voice import ReferenceInput
from tests.conftest import noise

MAX_REQUESTS = 12
FULL = "You already have 8 saved voices, the maximum. Delete one first."


@pytest.fixture(autouse=True)
def _visitor(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make the calls those of a remote client with 12 requests."""
    limiter = RateLimiter(MAX_REQUESTS, 1e9)
    monkeypatch.setattr(admission, "_request_limiter", lambda: limiter)
    client = SimpleNamespace(host="6.6.6.6")
    request = SimpleNamespace(client=client, headers={}, session_hash="visit", username=None)
    token = LocalContext.request.set(request)  # type: ignore[arg-type]
    yield
    LocalContext.request.reset(token)


def file_of(folder: Path, name: str) -> str:
    path = folder / f"{name}{voice_file.SUFFIX}"
    voice_file.save(Voice(name, "en", clip=noise(3.0), text="Some noise."), path)
    return str(path)


def test_saved_voices_are_limited(tmp_path: Path) -> None:
    saved: dict[str, Voice] = {}
    for number in range(reference_voice.MAX_SAVED_VOICES):
        saved = reference_voice.on_upload(saved, file_of(tmp_path, f"voice {number}"))["saved"]
    assert len(saved) == 8
    with pytest.raises(gr.Error, match=FULL):
        reference_voice.on_upload(saved, file_of(tmp_path, "one more"))
    with pytest.raises(gr.Error, match=FULL):
        reference_voice.on_save(saved, "one more", ReferenceInput("clip.wav", "", consent=True))
    replaced = reference_voice.on_upload(saved, file_of(tmp_path, "voice 3"))["saved"]
    assert list(replaced) == list(saved)


def test_an_upload_counts_as_a_request(tmp_path: Path) -> None:
    file = file_of(tmp_path, "a voice")
    for _ in range(MAX_REQUESTS):
        reference_voice.on_upload({}, file)
    with pytest.raises(gr.Error, match="too many requests"):
        reference_voice.on_upload({}, file)
