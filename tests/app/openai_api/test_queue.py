"""Queue slots, disconnects, limits and keys of the API, with engines that a test controls step by step."""

from __future__ import annotations

import json
import logging
import socket
import tempfile
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
import numpy as np
import pytest
from gradio_client import Client
from gradio_client.client import Job
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from funaudio_core import audio, settings
from funaudio_core.engines import registry
from funaudio_core.engines.protocols import RECOGNITION_RATE, RecognitionOptions
from funaudio_core.pipelines.chunked_recognition import PartialResult
from funaudio_core.runtime import telemetry
from funaudio_core.runtime.queue import FairQueue
from funaudio_core.runtime.rate_limit import RateLimiter
from funaudio_core.tasks import recognition, synthesis
from funaudio_core.types import Audio, SpeechChunk, SpeechRequest, Transcript
from server import admission, upload_limits
from server.openai_api import requests, streaming
from server.openai_api.routes import ROUTES
from server.request import hash_account
from tests.conftest import example, noise, write

PATIENCE = 180.0  # seconds for what must happen; the machine may be busy
SHORT_SECONDS = 0.5  # to wait for an event that must not happen
PIECE = 2400  # samples


@dataclass
class Steps:
    """Work whose steps a test releases one by one."""

    release: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    over: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def speak(self, line: SpeechRequest, _engine: str = "") -> Iterator[SpeechChunk]:
        self.begun.release()
        try:
            for word in line.text.split():
                assert self.release.acquire(timeout=PATIENCE)
                if word == "broken":
                    raise RuntimeError("a defect of ours")
                yield SpeechChunk(Audio(np.full(PIECE, 0.1, np.float32), 24_000), word)
        finally:
            self.over.release()

    def hear(self, clip: Audio, *_args: Any, **_kwargs: Any) -> Iterator[PartialResult]:
        self.begun.release()
        try:
            for _ in range(7):
                assert self.release.acquire(timeout=PATIENCE)
                yield PartialResult(Transcript((), "", 0.0, clip.duration, "nobody"))
        finally:
            self.over.release()


@dataclass
class Site:
    """Server in this process; `pages` controls the button of its one page."""

    url: str
    pages: Steps
    places: FairQueue

    def speak(self, text: str, **fields: Any) -> httpx.Response:
        return httpx.post(f"{self.url}v1/audio/speech", json=order(text, **fields), timeout=PATIENCE)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    steps = Steps()
    monkeypatch.setattr(synthesis, "speak", steps.speak)
    monkeypatch.setattr(recognition, "transcribe", steps.hear)
    return steps


class Requests:
    """Middleware that counts the requests of the API under way."""

    under_way = 0

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        count = scope.get("path", "").startswith("/v1/")
        Requests.under_way += count
        try:
            await self.app(scope, receive, send)
        finally:
            Requests.under_way -= count


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, list[Steps]]]:
    """Yield the address of a server with one page, and a list whose last item controls the button of the page."""
    held: list[Steps] = []

    def page() -> str:
        steps = held[-1]
        steps.begun.release()
        assert steps.release.acquire(timeout=PATIENCE)
        return "done"

    with gr.Blocks(analytics_enabled=False) as pages:
        gr.Button().click(admission.queued(page), None, gr.Textbox(), api_name="wait", concurrency_limit=None)
    launched = {"prevent_thread_lock": True, "quiet": True, "ssr_mode": False}
    _, url, _ = pages.launch(**launched, app_kwargs={"routes": list(ROUTES), "middleware": [Middleware(Requests)]})
    yield str(url), held
    pages.close(verbose=False)


@pytest.fixture
def site(server: tuple[str, list[Steps]], monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    places = FairQueue(2, max_waiting=2, per_client=8)
    monkeypatch.setattr(admission, "fair_queue", lambda: places)
    url, held = server
    held.append(Steps())
    yield Site(url, held[-1], places)
    held[-1].release.release(100)
    until(lambda: Requests.under_way == 0)  # the next test counts only its own


@pytest.fixture
def change(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    before = settings.read()

    def change(**values: Any) -> None:
        monkeypatch.setattr(settings, "read", lambda: replace(before, **values))

    return change


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def order(text: str, **fields: Any) -> dict[str, Any]:
    return {"input": text, "voice": "af_heart", "language": "en", "response_format": "pcm", **fields}


def happens(semaphore: threading.Semaphore) -> bool:
    return semaphore.acquire(timeout=PATIENCE)


def does_not_happen(semaphore: threading.Semaphore) -> bool:
    return not semaphore.acquire(timeout=SHORT_SECONDS)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "timed out"
        time.sleep(0.02)


def connection(site: Site, path: str, body: bytes, kind: str) -> socket.socket:
    """Send a request without reading the response; closing the socket disconnects."""
    host, port = site.url.removeprefix("http://").rstrip("/").split(":")
    wire = socket.create_connection((host, int(port)))
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    wire.sendall(head.encode() + body)
    return wire


def speaking(site: Site, text: str, form: str) -> socket.socket:
    body = json.dumps(order(text, response_format=form)).encode()
    return connection(site, "/v1/audio/speech", body, "application/json")


def hearing(site: Site, stream: str) -> socket.socket:
    file = example("en").path.read_bytes()
    parts = b'--b\r\nContent-Disposition: form-data; name="stream"\r\n\r\n' + stream.encode()
    parts += b'\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="a.flac"\r\n\r\n' + file
    return connection(site, "/v1/audio/transcriptions", parts + b"\r\n--b--\r\n", "multipart/form-data; boundary=b")


def test_the_first_chunk_is_sent_before_the_second_is_generated(site: Site, steps: Steps) -> None:
    steps.release.release()
    with httpx.stream("POST", f"{site.url}v1/audio/speech", json=order("one two"), timeout=PATIENCE) as answer:
        pieces = answer.iter_bytes()
        first = next(pieces)
        assert steps.over.acquire(blocking=False) is False  # the second is not released yet
        steps.release.release()
        rest = b"".join(pieces)
    assert (len(first), len(rest)) == (2 * PIECE, 2 * PIECE)


@pytest.mark.parametrize("form", ["mp3", "opus", "aac", "wav", "flac"])
def test_encoded_speech_is_sent_before_it_is_complete(site: Site, steps: Steps, form: str) -> None:
    steps.release.release(10)
    body = order("one two three four five six seven eight nine ten eleven", response_format=form, stream=True)
    with httpx.stream("POST", f"{site.url}v1/audio/speech", json=body, timeout=PATIENCE) as answer:
        pieces = answer.iter_bytes()
        first = next(pieces)
        assert steps.over.acquire(blocking=False) is False  # the last word is not released yet
        steps.release.release()
        rest = b"".join(pieces)
    assert first
    assert rest


def test_a_slow_reader_holds_no_slot(site: Site, steps: Steps, pool: ThreadPoolExecutor) -> None:
    steps.release.release(10_000)
    wires = [speaking(site, "word " * 900, "pcm") for _ in range(2)]  # 4 MB each, which nobody takes
    assert happens(steps.over)
    assert happens(steps.over)
    assert site.speak("third").status_code == 200
    for wire in wires:
        wire.close()


@pytest.mark.parametrize("form", ["pcm", "wav"])
def test_a_disconnect_ends_synthesis(site: Site, steps: Steps, form: str) -> None:
    wire = speaking(site, "a b c d e f g", form)
    assert happens(steps.begun)
    wire.close()
    time.sleep(SHORT_SECONDS)  # for the server to see it
    steps.release.release(2)  # the step under way, and at most one more that was begun before anybody knew
    assert happens(steps.over), "it continues without a client"
    until(lambda: site.places.active == 0)


@pytest.mark.parametrize("stream", ["true", "false"])
def test_a_disconnect_ends_transcription(site: Site, steps: Steps, stream: str) -> None:
    wire = hearing(site, stream)
    assert happens(steps.begun)
    wire.close()
    time.sleep(SHORT_SECONDS)
    steps.release.release(2)
    assert happens(steps.over), "it continues without a client"
    until(lambda: site.places.active == 0)


def test_two_compute_and_a_third_waits(site: Site, steps: Steps, pool: ThreadPoolExecutor) -> None:
    jobs = [pool.submit(site.speak, "word") for _ in range(3)]
    assert happens(steps.begun)
    assert happens(steps.begun)
    assert does_not_happen(steps.begun)
    steps.release.release()
    assert happens(steps.begun)
    steps.release.release(2)
    assert [job.result(PATIENCE).status_code for job in jobs] == [200] * 3
    until(lambda: site.places.active == 0)


def test_a_full_queue_refuses_requests(site: Site, steps: Steps, pool: ThreadPoolExecutor) -> None:
    jobs = [pool.submit(site.speak, "word") for _ in range(4)]  # two compute, two wait
    until(lambda: site.places.queued == 2)
    refused = site.speak("word")
    assert refused.status_code == 503
    assert int(refused.headers["retry-after"]) > 0
    assert refused.json()["error"]["code"] == "busy"
    steps.release.release(4)
    assert [job.result(PATIENCE).status_code for job in jobs] == [200] * 4


def test_the_queue_has_a_timeout(
    site: Site, steps: Steps, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [pool.submit(site.speak, "word") for _ in range(2)]
    until(lambda: site.places.active == 2)
    monkeypatch.setattr(streaming, "TIMEOUT_SECONDS", 0.2)
    refused = site.speak("word")
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "busy")
    steps.release.release(2)
    assert [job.result(PATIENCE).status_code for job in jobs] == [200] * 2
    until(lambda: site.places.active == 0)


def test_a_rate_limit_sets_retry_after(site: Site, steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (requests, streaming):
        monkeypatch.setattr(module, "account_id", lambda: "remote account")
    once = RateLimiter(1, 60.0)
    monkeypatch.setattr(admission, "_request_limiter", lambda: once)
    steps.release.release(2)
    assert site.speak("word").status_code == 200
    refused = site.speak("word")
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "rate_limit_exceeded")
    assert 0 < int(refused.headers["retry-after"]) <= 60


def announced(site: Site, path: str) -> str:
    """Return the response to a request of which only the headers are sent."""
    host, port = site.url.removeprefix("http://").rstrip("/").split(":")
    head = f"POST /v1/audio/{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100000\r\nConnection: close\r\n"
    with socket.create_connection((host, int(port)), PATIENCE) as wire:
        wire.sendall(f"{head}Content-Type: multipart/form-data; boundary=b\r\n\r\n".encode())
        return b"".join(iter(lambda: wire.recv(4096), b"")).decode()


@pytest.mark.parametrize(
    ("limit", "path", "words"),
    [
        ("_request_limiter", "transcriptions", "too many requests"),
        ("_request_limiter", "speech", "too many requests"),
        ("_compute_limiter", "transcriptions", "You have used up your computing time"),
    ],
)
def test_rate_limits_are_checked_before_the_body_is_read(
    site: Site, monkeypatch: pytest.MonkeyPatch, limit: str, path: str, words: str
) -> None:
    for module in (requests, streaming):
        monkeypatch.setattr(module, "account_id", lambda: "remote account")
    spent = RateLimiter(1, 60.0)
    for payer in ("remote account", hash_account("remote account")):
        spent.charge(payer, 5)
    monkeypatch.setattr(admission, limit, lambda: spent)
    refused = announced(site, path)
    assert " 429 " in refused
    assert words in refused


def test_clips_count_as_uploads(site: Site, steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (requests, streaming):
        monkeypatch.setattr(module, "account_id", lambda: "remote account")
    steps.release.release(100)
    clip = example("en").path.read_bytes()
    some = RateLimiter(2 * len(clip) + 10_000, 1e9)
    monkeypatch.setattr(upload_limits, "_upload_limiter", lambda: some)
    address = f"{site.url}v1/audio/transcriptions"
    statuses = [httpx.post(address, files={"file": clip}, timeout=PATIENCE).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    refused = announced(site, "transcriptions")
    assert " 429 " in refused
    assert "rate_limit_exceeded" in refused


def test_invalid_requests_count(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (requests, streaming):
        monkeypatch.setattr(module, "account_id", lambda: "remote account")
    twice = RateLimiter(2, 1e9)
    monkeypatch.setattr(admission, "_request_limiter", lambda: twice)
    assert [site.speak("word", voice="nobody").status_code for _ in range(3)] == [400, 400, 429]


def press(site: Site) -> Job:
    """Press the button of the page in a new session."""
    return Client(site.url, verbose=False).submit(api_name="/wait")


def test_pages_and_api_share_slots(site: Site, steps: Steps, pool: ThreadPoolExecutor) -> None:
    visits = [press(site) for _ in range(2)]
    assert happens(site.pages.begun)
    assert happens(site.pages.begun)
    job = pool.submit(site.speak, "word")
    assert does_not_happen(steps.begun)
    site.pages.release.release()
    assert happens(steps.begun)
    visits.append(press(site))
    until(lambda: site.places.queued == 1)
    assert does_not_happen(site.pages.begun)  # the page waits while the API has the place
    steps.release.release()
    assert happens(site.pages.begun)
    site.pages.release.release(2)
    assert job.result(PATIENCE).status_code == 200
    assert [visit.result(PATIENCE) for visit in visits] == ["done"] * 3
    until(lambda: site.places.active == 0)


def test_a_disconnect_leaves_the_queue(site: Site, steps: Steps, pool: ThreadPoolExecutor) -> None:
    jobs = [pool.submit(site.speak, "word") for _ in range(2)]
    assert happens(steps.begun)
    assert happens(steps.begun)
    wire = speaking(site, "gone", "wav")
    until(lambda: site.places.queued == 1)
    wire.close()
    until(lambda: site.places.queued == 0)
    steps.release.release(2)
    assert [job.result(PATIENCE).status_code for job in jobs] == [200] * 2
    assert does_not_happen(steps.begun)


def test_an_internal_error_is_logged_and_not_shown(site: Site, steps: Steps, caplog: pytest.LogCaptureFixture) -> None:
    steps.release.release(10)
    answer = site.speak("broken")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal_error")
    assert "a defect of ours" not in answer.text
    assert "a defect of ours" in caplog.text
    with pytest.raises(httpx.RemoteProtocolError):  # too late for a status: the answer is cut off, never just short
        site.speak("well broken")
    assert site.speak("well").status_code == 200


def test_requests_are_counted_and_logged(
    site: Site, steps: Steps, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(telemetry, "_values", defaultdict(lambda: deque(maxlen=telemetry.HISTORY)))
    monkeypatch.setattr(telemetry, "_counts", defaultdict(int))
    caplog.set_level(logging.INFO)
    caplog.handler.addFilter(telemetry._RequestIdFilter())
    steps.release.release(3)
    answers = [site.speak("one two"), site.speak("one", response_format="wav"), site.speak("one", voice="nobody")]
    assert [answer.status_code for answer in answers] == [200, 200, 400]
    steps.release.release(1)
    with httpx.stream("POST", f"{site.url}v1/audio/speech", json=order("a b c"), timeout=PATIENCE) as left:
        pass
    steps.release.release(9)
    wire = hearing(site, "false")
    assert happens(steps.begun)
    wire.close()
    until(lambda: telemetry.outcomes().get("v1 transcriptions") == {"stopped": 1})
    until(lambda: sum(telemetry.outcomes()["v1 speech"].values()) == 4)
    assert telemetry.outcomes()["v1 speech"] == {"done": 2, "BadInput": 1, "stopped": 1}
    figures = telemetry.medians()["v1 speech"]
    assert set(figures) == {"wait", "seconds", "first_audio", "rtf"}
    assert figures["first_audio"] <= figures["seconds"]
    ends = {
        record.__dict__["request"]: record.getMessage() for record in caplog.records if " in " in record.getMessage()
    }
    told = [answer.headers["x-request-id"] for answer in (*answers, left)]
    assert len(set(told)) == 4
    assert [ends[number].rsplit(" in ")[0] for number in told] == [
        *("v1 speech done", "v1 speech done", "v1 speech BadInput", "v1 speech stopped")
    ]


def test_an_upload_is_deleted(site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[list[Path]] = []

    def hear(clip: Audio, *_args: Any, **_kwargs: Any) -> Iterator[PartialResult]:
        seen.append(list(tmp_path.rglob("*")))
        yield PartialResult(Transcript((), "", 0.0, clip.duration, "nobody"))

    monkeypatch.setattr(recognition, "transcribe", hear)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    clip = write(tmp_path.parent / "large.wav", noise(60.0, 48_000))  # larger than what is kept in memory
    with clip.open("rb") as file:
        answer = httpx.post(f"{site.url}v1/audio/transcriptions", files={"file": file}, timeout=PATIENCE)
    assert answer.json() == {"text": ""}
    assert seen == [[]]
    assert list(tmp_path.rglob("*")) == []


def test_limits_are_checked_before_decoding(
    site: Site, change: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    change(max_file_megabytes=1, max_clip_seconds=5.0, max_characters=20)
    address = f"{site.url}v1/audio/transcriptions"
    large = write(tmp_path / "large.wav", noise(40.0, 48_000)).read_bytes()
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
    form = head + large + b"\r\n--b--\r\n"
    kind = {"content-type": "multipart/form-data; boundary=b"}
    with monkeypatch.context() as patch:
        patch.setattr(audio, "load_channels", lambda *_, **_options: pytest.fail("decoded"))
        told = httpx.post(address, files={"file": large}, timeout=PATIENCE)
        counted = httpx.post(address, content=iter([form[:1000], form[1000:]]), headers=kind, timeout=PATIENCE)
        long = site.speak("far too long a text for such a server")
    for answer in (told, counted):
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
    assert (long.status_code, long.json()["error"]["code"]) == (400, "invalid_input")
    file = write(tmp_path / "long.wav", noise(6.0)).read_bytes()
    answer = httpx.post(address, files={"file": ("long.wav", file)}, timeout=PATIENCE)
    assert "longer than 5 s" in answer.json()["error"]["message"]


def test_clips_are_decoded_at_the_recognition_rate(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[int] = []

    def hear(clip: Audio, *_args: Any, **_kwargs: Any) -> Iterator[PartialResult]:
        heard.append(clip.rate)
        yield PartialResult(Transcript((), "", 0.0, clip.duration, "nobody"))

    monkeypatch.setattr(recognition, "transcribe", hear)
    httpx.post(f"{site.url}v1/audio/transcriptions", files={"file": example("en").path.read_bytes()}, timeout=PATIENCE)
    assert heard == [RECOGNITION_RATE]


@pytest.mark.parametrize(
    ("capabilities", "form", "hotwords", "prompt", "ignored"),
    [
        ({"hotwords", "prompt"}, {"prompt": "Oslo, Rome"}, (), "Oslo, Rome", None),
        (
            {"hotwords", "prompt"},
            {"hotwords": "Oslo, Rome", "keywords[]": ["Bonn"]},
            ("Oslo", "Rome", "Bonn"),
            "",
            None,
        ),
        ({"hotwords"}, {"prompt": "Oslo, New York"}, ("Oslo", "New York"), "", None),
        ({"hotwords"}, {"prompt": "We talk about Oslo and the weather."}, (), "", "prompt"),
        ({"hotwords"}, {"prompt": ",".join(map(str, range(101)))}, (), "", "prompt"),
        (set(), {"prompt": "Oslo"}, (), "", "prompt"),
        (set(), {"prompt": "Oslo", "keywords[0]": "Rome"}, (), "", "prompt, keywords"),
        (set(), {"prompt": ""}, (), "", None),
    ],
)
def test_a_prompt_goes_to_engines_that_have_a_use_for_it(
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
    capabilities: set[str],
    form: dict[str, Any],
    hotwords: tuple[str, ...],
    prompt: str,
    ignored: str | None,
) -> None:
    given: list[RecognitionOptions] = []

    def hear(clip: Audio, options: RecognitionOptions, *_: Any) -> Iterator[PartialResult]:
        given.append(options)
        yield PartialResult(Transcript((), "", 0.0, clip.duration, "nobody"))

    spec = registry.RECOGNIZERS["whisper-base"]
    monkeypatch.setitem(registry.RECOGNIZERS, "whisper-base", replace(spec, capabilities=frozenset(capabilities)))
    monkeypatch.setattr(recognition, "transcribe", hear)
    answer = httpx.post(
        f"{site.url}v1/audio/transcriptions",
        data={"model": "whisper-base", **form},
        files={"file": example("en").path.read_bytes()},
        timeout=PATIENCE,
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers.get("x-ignored") == ignored
    assert answer.headers["x-engine"] == "whisper-base"
    assert [(options.hotwords, options.prompt) for options in given] == [(hotwords, prompt)]


def test_hotwords_need_an_engine_that_supports_them(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = registry.RECOGNIZERS["whisper-base"]
    monkeypatch.setitem(registry.RECOGNIZERS, "whisper-base", replace(spec, capabilities=frozenset({"language-id"})))
    form, files = {"model": "whisper-base", "hotwords": "Oslo"}, {"file": example("en").path.read_bytes()}
    for path, capability in (("transcriptions", "hotwords"), ("translations", "to-english")):
        answer = httpx.post(f"{site.url}v1/audio/{path}", data=form, files=files, timeout=PATIENCE)
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "unsupported"
        assert f"doesn't support '{capability}'" in answer.json()["error"]["message"]


KEY = "kept-to-ourselves-é"


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (None, 401),
        ("Bearer wrong", 401),
        ("Bearer", 401),
        (f"Basic {KEY}", 401),
        (f"Bearer {KEY}", 200),
        (f"bearer  {KEY}", 200),
    ],
)
def test_a_key_is_required_if_one_is_set(
    site: Site, change: Callable[..., None], caplog: pytest.LogCaptureFixture, header: str | None, status: int
) -> None:
    change(server_api_key=KEY)
    assert KEY not in repr(settings.read())
    caplog.set_level(logging.DEBUG)
    headers = [(b"Authorization", header.encode())] if header else []
    answer = httpx.get(f"{site.url}v1/models", headers=headers)
    assert answer.status_code == status
    if status == 401:
        assert answer.json()["error"]["code"] == "invalid_api_key"
    assert httpx.get(f"{site.url}health").status_code == 200
    assert KEY not in caplog.text
