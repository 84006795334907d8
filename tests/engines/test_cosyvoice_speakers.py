"""Voices that a visitor keeps on the page: how many, and how often one may be brought back."""

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
from tests.conftest import noise

FULL = "You already have 8 saved voices, the maximum. Delete one first."


@pytest.fixture(autouse=True)
def _visitor(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Somebody far away, who may ask for so much and no more."""
    some = RateLimiter(12, 1e9)
    monkeypatch.setattr(admission, "_request_limiter", lambda: some)
    client = SimpleNamespace(host="6.6.6.6")
    request = SimpleNamespace(client=client, headers={}, session_hash="visit", username=None)
    token = LocalContext.request.set(request)  # type: ignore[arg-type]
    yield
    LocalContext.request.reset(token)


def file_of(folder: Path, name: str) -> str:
    path = folder / f"{name}{voice_file.SUFFIX}"
    voice_file.save(Voice(name, "en", clip=noise(3.0), text="Some noise."), path)
    return str(path)


def test_so_many_voices_are_kept(tmp_path: Path) -> None:
    saved: dict[str, Voice] = {}
    for number in range(reference_voice.MOST_SAVED):
        saved, _ = reference_voice.on_upload(saved, file_of(tmp_path, f"voice {number}"))
    assert len(saved) == 8
    with pytest.raises(gr.Error, match=FULL):
        reference_voice.on_upload(saved, file_of(tmp_path, "one more"))
    with pytest.raises(gr.Error, match=FULL):
        reference_voice.on_save(saved, "one more", "clip.wav", "", True)
    again, _ = reference_voice.on_upload(saved, file_of(tmp_path, "voice 3"))
    assert list(again) == list(saved)


def test_bringing_a_voice_back_counts_as_a_request(tmp_path: Path) -> None:
    file = file_of(tmp_path, "a voice")
    for _ in range(12):
        reference_voice.on_upload({}, file)
    with pytest.raises(gr.Error, match="too many requests"):
        reference_voice.on_upload({}, file)
