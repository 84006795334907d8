"""The Status page and /health show the state of the server and nothing about its users."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr
import httpx
import pytest
from gradio_client import Client

from funaudio_core.engines import loader, preload, registry
from funaudio_core.runtime import telemetry
from server import health as server_health
from server.health import ServerStatus
from tabs import status
from tests.conftest import ANSWER_SECONDS, example

SAID = "A sentence that only this visitor says."
QUIET = ServerStatus((("Whisper <base>", 145_000_000),), None, None, 2, 1, 64, 64, {}, {})


@pytest.fixture(scope="module")
def health(site: str) -> dict[str, Any]:
    """Return /health after a user has cloned a voice."""
    client = Client(site, verbose=False)
    uploaded = httpx.post(
        f"{site}gradio_api/upload", files={"files": example("en").path.read_bytes()}, timeout=ANSWER_SECONDS
    ).json()[0]
    clip = {"path": uploaded, "meta": {"_type": "gradio.FileData"}}
    reference = (clip, "", True)
    list(client.submit(*reference, SAID, "en", 1.0, 5, 1, "kokoro", "", api_name="/on_clone"))
    with pytest.raises(Exception, match="Tick the box"):
        client.predict(clip, "", "Good morning.", "en", 1.0, 5, False, api_name="/clone")
    answer = httpx.get(f"{site}health", timeout=ANSWER_SECONDS)
    assert answer.status_code == 200
    return dict(answer.json())


def test_health_shows_the_state_of_the_server(health: dict[str, Any]) -> None:
    assert health["status"] == "ok"
    assert health["tier"] == "auto"
    assert any("Whisper" in title for title in health["models"])
    assert 200 < health["memory_mb"] < 20_000
    assert health["capacity"] >= 1
    assert health["queued"] == 0
    figures = health["latency_medians"]["zero_shot"]
    assert set(figures) == {"wait", "seconds", "first_audio", "rtf"}
    assert 0 < figures["first_audio"] < figures["seconds"]


def test_health_reveals_nothing_about_users(health: dict[str, Any]) -> None:
    assert set(health) == {
        *(
            "status",
            "tier",
            "models",
            "memory_mb",
            "device_memory_mb",
            "capacity",
            "active",
            "queued",
            "latency_medians",
        ),
    }
    assert not re.search(r"only this visitor|127\.0\.0\.1|/tmp|Tick the box", str(health))


def test_a_chat_is_measured_too(site: str) -> None:
    client = Client(site, verbose=False)
    voice = ("kokoro", "af_heart", None, "", False)
    engines = ("smollm2-135m", "whisper-base")
    client.submit("Hello there.", "A friend.", *voice, *engines, "", api_name="/on_chat_text").result()
    assert {"first_audio", "rtf"} <= set(
        httpx.get(f"{site}health", timeout=ANSWER_SECONDS).json()["latency_medians"]["chat"]
    )


def test_a_model_with_two_roles_is_listed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    kokoro, smollm = registry.SYNTHESIZERS["kokoro"], registry.CHATBOTS["smollm2-135m"]
    again = replace(kokoro, name="kokoro-again")
    words = registry.EMOTION_CLASSIFIERS["emotion-words"]
    monkeypatch.setattr(loader, "loaded_specs", lambda: (kokoro, smollm, again, words))
    seen = replace(QUIET, models=preload.loaded_models())
    assert [title for title, _ in seen.models] == [kokoro.title, smollm.title, words.title]
    assert dict(seen.models)[kokoro.title] == loader.size_bytes(kokoro) > 0
    assert f"{words.title}</th><td>–" in status.process_html(seen)  # it has no files


def test_a_full_queue_is_full() -> None:
    assert QUIET.is_full
    assert not replace(QUIET, queued=63).is_full


def test_the_page_shows_the_status() -> None:
    seen = ServerStatus(
        QUIET.models,
        1_500_000_000,
        2_000_000_000,
        2,
        1,
        3,
        64,
        {"chat": {"wait": 0.5, "rtf": 0.25}, "reference_voice": {}, "transcriptions": {}},
        {"chat": {"done": 7}},
    )
    assert "Whisper &lt;base&gt;</th><td>145 MB" in status.process_html(seen)
    for cell in ("1 of 2", "3 of 64", "1,500 MB", "2,000 MB"):
        assert f"<td>{cell}</td>" in status.process_html(seen)
    row = "<th>Chat</th><td>0.50 s</td><td>–</td><td>0.25</td><td>–</td><td>done 7</td>"
    assert row in status.pages_html(seen)
    for title in ("Reference check", "transcriptions"):  # parts of pages have titles, endpoints their names
        assert f"<th>{title}</th>" in status.pages_html(seen)
    assert status.process_html(QUIET).count("<td>–</td>") == 2


def test_speech_is_measured_by_page() -> None:
    def steps() -> Iterator[int]:
        yield 1
        telemetry.record_speech(0.5, 2.0, 4.0)

    telemetry.record_speech(9.0, 9.0, 9.0)  # outside of a request: not counted
    list(telemetry.log_stream("a page", steps()))
    with telemetry.log_request("another"):
        telemetry.record_speech(0.25, 2.0, 0.0)
    found = telemetry.medians()
    assert (found["a page"]["first_audio"], found["a page"]["rtf"]) == (0.5, 0.5)
    assert found["another"]["first_audio"] == 0.25
    assert "rtf" not in found["another"]
    assert "" not in found


def test_the_page_is_refreshed_without_waiting_in_the_queue() -> None:
    with gr.Blocks() as app:
        status.build()
    (refresh,) = app.fns.values()
    assert [event for _, event in refresh.targets] == ["tick"]
    assert not refresh.queue
    assert refresh.fn is not None
    assert "Process memory" in refresh.fn()[0]
    assert server_health.server_status().memory_bytes
