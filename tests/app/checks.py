"""Checks that hold for an app with scripted engines and for one with real models."""

from __future__ import annotations

from gradio_client import Client, handle_file

from funaudio_core.text import error_rate
from tests.conftest import example


def check_recognition(client: Client) -> None:
    """Recognize an English clip: text, language, emotion, events and words are right."""
    row = example("en", "happy")
    text, facts = client.predict(handle_file(row.path), "auto", True, api_name="/recognize")
    assert error_rate.error_rate(row.text, text, "en") <= 0.1
    assert facts["language"] == "en"
    assert facts["emotion"]["label"] == "happy"
    assert any(event["label"] == "speech" for event in facts["events"])
    assert facts["segments"][0]["words"]
