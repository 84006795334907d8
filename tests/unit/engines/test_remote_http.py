"""Addresses of servers, HTTP requests, and discovery."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from itertools import count, repeat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from funaudio_core import settings
from funaudio_core.engines import loader, registry, remote
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.engines.remote import discovery, http_client
from funaudio_core.engines.remote.discovery import Server
from funaudio_core.engines.remote.endpoint import Endpoint, parse_endpoint
from funaudio_core.engines.remote.http_client import HttpClient
from funaudio_core.engines.remote.server_profiles import RECOGNITION_CAPABILITIES, SPEECH_CAPABILITIES
from funaudio_core.engines.spec import EngineSpec, register
from funaudio_core.errors import BadInput, FunAudioError
from funaudio_core.gpu import device
from funaudio_core.languages import LANGUAGES
from funaudio_core.runtime import cancellation
from tests.conftest import noise
from tests.remote_fake import Answer, Asked, Fake, free_port, serving

KEY = "sk-very-secret-0123"
TIMEOUT_SECONDS = 180.0  # seconds to wait for another thread


@pytest.fixture
def fake() -> Iterator[Fake]:
    with serving() as server:
        yield server


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Record the waiting times without waiting."""
    seconds: list[float] = []
    monkeypatch.setattr("funaudio_core.runtime.cancellation.sleep", seconds.append)
    return seconds


def get(fake: Fake, path: str = "/models", **options: float) -> object:
    client = HttpClient(fake.url, KEY, "The model", **options)
    with client.stream("GET", path) as response:
        return client.read_body(response)


def cards(*rows: dict[str, object]) -> Answer:
    return Answer({"object": "list", "data": list(rows)})


# addresses


def test_address_has_url_model_and_options() -> None:
    text = "https://gpu:8001/v1/?engine=sglang-omni&languages=en,zh&can=voice-clone&voices=amy, bob#FunAudioLLM/Fun-X"
    assert parse_endpoint("FUNAUDIO_TTS_URL", text, SPEECH_CAPABILITIES) == Endpoint(
        "https://gpu:8001/v1", "FunAudioLLM/Fun-X", "sglang-omni", ("en", "zh"), ("voice-clone",), ("amy", "bob")
    )
    assert parse_endpoint("FUNAUDIO_ASR_URL", "http://[::1]:8000#m", RECOGNITION_CAPABILITIES) == Endpoint(
        "http://[::1]:8000", "m"
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("gpu:8000/v1#m", "isn't a server address"),
        ("ftp://gpu/v1#m", "isn't a server address"),
        ("http:///v1#m", "isn't a server address"),
        ("http://gpu:port/v1#m", "isn't a server address"),
        ("http://gpu..lab/v1#m", "isn't a server address"),
        ("http://gpu/v\x011#m", "isn't a server address"),
        ("http://me:hunter2@[::1/v1#m", "isn't a server address"),
        ("http://me:hunter2@g\u2100u/v1#m", "isn't a server address"),
        ("http://gpu/v1", "has no model after #"),
        ("http://me:hunter2@gpu/v1#m", "FUNAUDIO_UPSTREAM_API_KEY"),
        ("http://gpu/v1#m?engine=generic", "before #"),
        ("http://gpu/v1?engine=vlm#m", "sglang-omni"),
        ("http://gpu/v1?languages=en,klingon#m", "'klingon'"),
        ("http://gpu/v1?can=hotword#m", "hotwords"),
        ("http://gpu/v1?key=abc#m", "can't be 'key'"),
    ],
)
def test_invalid_address_is_refused(text: str, wanted: str) -> None:
    with pytest.raises(BadInput, match="FUNAUDIO_ASR_URL") as error_info:
        parse_endpoint("FUNAUDIO_ASR_URL", text, RECOGNITION_CAPABILITIES)
    assert wanted in str(error_info.value)
    assert "hunter2" not in str(error_info.value)


@pytest.mark.parametrize("key", [f"{KEY}\nsk-2", f"{KEY}é"])
def test_invalid_key_is_refused_without_showing_it(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("FUNAUDIO_CHAT_URL", "http://gpu/v1#m")
    monkeypatch.setenv("FUNAUDIO_UPSTREAM_API_KEY", key)
    settings.read.cache_clear()
    try:
        with pytest.raises(
            BadInput, match="FUNAUDIO_UPSTREAM_API_KEY contains characters that aren't allowed in a key"
        ) as error_info:
            remote.chatbots()
    finally:
        settings.read.cache_clear()
    assert KEY not in str(error_info.value)


# failures


def test_busy_server_is_retried_with_key(fake: Fake, waits: list[float]) -> None:
    tries = count()
    fake.answers["/v1/models"] = lambda _: Answer({"ok": 1}) if next(tries) == 2 else Answer(b"", 503)
    assert get(fake) == {"ok": 1}
    assert waits == list(http_client.RETRY_WAIT_SECONDS)
    assert {asked.headers["Authorization"] for asked in fake.asked} == {f"Bearer {KEY}"}


@pytest.mark.parametrize("status", [502, 503, 504])
def test_busy_server_is_reported_after_retries(fake: Fake, waits: list[float], status: int) -> None:
    fake.answers["/v1/models"] = Answer(b"<html>bad gateway</html>", status)
    with pytest.raises(FunAudioError, match=f"The model is busy or starting \\({status}\\)"):
        get(fake)
    assert len(fake.asked) == len(waits) + 1 == 3


def test_retry_after_is_respected(fake: Fake, waits: list[float]) -> None:
    tries = count()
    fake.answers["/v1/models"] = lambda _: Answer({}, 503, {"Retry-After": "4"}) if next(tries) < 1 else Answer({})
    get(fake)
    assert waits == [4.0]


def test_long_retry_after_is_reported_as_busy(fake: Fake, waits: list[float]) -> None:
    fake.answers["/v1/models"] = Answer({}, 503, {"Retry-After": "Fri, 31 Dec 2199 23:59:59 GMT"})
    with pytest.raises(FunAudioError, match="busy"):
        get(fake)
    assert (waits, len(fake.asked)) == ([], 1)


def test_unreachable_server_is_reported(waits: list[float]) -> None:
    client = HttpClient(f"http://127.0.0.1:{free_port()}/v1", KEY, "The model")
    with pytest.raises(FunAudioError, match=r"The model can't be reached\. Try again"), client.stream("GET", "/models"):
        pass
    assert waits == list(http_client.RETRY_WAIT_SECONDS)


def test_silent_server_is_reported(fake: Fake) -> None:
    def slow(_: Asked) -> Answer:
        time.sleep(2.0)
        return Answer({})

    fake.answers["/v1/models"] = slow
    with pytest.raises(FunAudioError, match="hasn't responded"):
        get(fake, read_seconds=0.2)
    assert len(fake.asked) == 1


def test_broken_response_is_not_retried(fake: Fake, waits: list[float]) -> None:
    for body in (b'{"half": ', iter([b'{"half": '])):
        fake.answers["/v1/models"] = Answer(body, cut=True)
        with pytest.raises(FunAudioError, match="disconnected"):
            get(fake)
    assert (len(fake.asked), waits) == (2, [])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"detail": "Unknown model 'x'"}, "Unknown model 'x'."),
        ({"detail": [{"msg": "field required", "loc": ["body"]}]}, "field required."),
        (
            {"error": {"message": "exactly one reference is required", "type": "bad"}},
            "exactly one reference is required.",
        ),
        ({"detail": {"error": {"message": "nested"}}}, "nested."),
        ({"error": "plain"}, "plain."),
        ({"object": "error", "message": "old vLLM"}, "old vLLM."),
        (b"just words", "just words."),
        (b"<html><h1>404</h1></html>", "no reason given."),
        (b"", "no reason given."),
        (b"x" * 200_000, "x" * 300 + "."),
    ],
)
def test_rejection_includes_reason_of_server(fake: Fake, body: object, reason: str) -> None:
    fake.answers["/v1/models"] = Answer(body, 400)
    with pytest.raises(FunAudioError) as error_info:
        get(fake)
    assert (
        str(error_info.value)
        == f"The model rejected the request (400): {reason} Change the input, or choose another model."
    )


@pytest.mark.parametrize("body", [{"status_code": 500, "detail": "no voice"}, {"error": {"message": "no voice"}}])
def test_error_with_status_200_is_detected(fake: Fake, body: object) -> None:
    fake.answers["/v1/models"] = Answer(body, 200)
    with pytest.raises(FunAudioError, match=r"failed \(500\): no voice\."):
        get(fake)


@pytest.mark.parametrize("status", ["1e999", "NaN", "-1", '"soon"', "[]"])
def test_invalid_status_means_500(fake: Fake, status: str) -> None:
    fake.answers["/v1/models"] = Answer(f'{{"detail": "no voice", "status_code": {status}}}'.encode())
    with pytest.raises(FunAudioError, match=r"failed \(500\): no voice\."):
        get(fake)


def test_deeply_nested_json_is_text(fake: Fake) -> None:
    brackets = "[" * 100_000
    fake.answers["/v1/models"] = Answer(brackets.encode())
    assert get(fake) == brackets
    fake.answers["/v1/models"] = Answer(brackets.encode(), 400)
    with pytest.raises(FunAudioError, match=r"rejected the request \(400\)"):
        get(fake)


def test_endless_body_is_aborted(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "MAX_BODY_BYTES", 10_000)
    fake.answers["/v1/models"] = lambda _: Answer(repeat(b" " * 1_000))
    with pytest.raises(FunAudioError, match="MiB instead of JSON"):
        get(fake)
    assert fake.left.wait(TIMEOUT_SECONDS)


def test_cancellation_ends_retries(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()
    monkeypatch.setattr("funaudio_core.runtime.cancellation.sleep", lambda _: stop.set())  # cancelled while it waits
    fake.answers["/v1/models"] = Answer(b"", 503)
    with pytest.raises(cancellation.Cancelled):
        cancellation.cancel_context(stop).run(get, fake)
    assert len(fake.asked) == 1


@pytest.mark.parametrize("has_begun", [False, True])
def test_cancellation_ends_waiting_for_response(fake: Fake, has_begun: bool) -> None:
    asked, stop, finished = threading.Event(), threading.Event(), threading.Event()

    def wait() -> None:
        asked.set()
        finished.wait(TIMEOUT_SECONDS)

    def silent() -> Iterator[bytes]:
        yield b'{"half": '
        if has_begun:
            wait()
        yield b"1}"

    def answer(_: Asked) -> Answer:
        if not has_begun:
            wait()
        return Answer(silent())

    fake.answers["/v1/models"] = answer
    with ThreadPoolExecutor(1) as pool:
        ends = pool.submit(cancellation.cancel_context(stop).run, get, fake)
        assert asked.wait(TIMEOUT_SECONDS)
        stop.set()
        with pytest.raises(cancellation.Cancelled):
            ends.result(TIMEOUT_SECONDS / 2)  # long before the server says anything more
        finished.set()


def self_signed(folder: Path) -> Path:
    """Write a key and a certificate of 127.0.0.1 into one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pkcs8 = serialization.PrivateFormat.PKCS8
    (folder / "both.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, pkcs8, plain) + signed.public_bytes(serialization.Encoding.PEM)
    )
    return folder / "both.pem"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_truncated_body_after_cancellation_is_not_returned(
    scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The body ends with the connection, as with some servers."""
    has_begun, stop, finished = threading.Event(), threading.Event(), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(2) as pool:
        url = f"{scheme}://127.0.0.1:{server.getsockname()[1]}/v1"
        if scheme == "https":
            both = self_signed(tmp_path)
            monkeypatch.setenv("SSL_CERT_FILE", str(both))
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(both)
            server = context.wrap_socket(server, server_side=True)

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(b'HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{"text": "half')
                has_begun.set()
                finished.wait(TIMEOUT_SECONDS)

        served = pool.submit(serve)
        try:
            ends = pool.submit(cancellation.cancel_context(stop).run, HttpClient(url, KEY, "The model").get, "/models")
            assert has_begun.wait(TIMEOUT_SECONDS)
            stop.set()
            with pytest.raises(cancellation.Cancelled):
                ends.result(TIMEOUT_SECONDS / 2)
        finally:
            finished.set()
        served.result(TIMEOUT_SECONDS)


def test_web_page_is_refused(fake: Fake) -> None:
    fake.answers["/v1/models"] = Answer(b"<html>login</html>", type="text/html; charset=utf-8")
    with pytest.raises(FunAudioError, match="text/html instead of JSON"):
        get(fake)


@pytest.mark.parametrize("status", [400, 401, 403, 500])
def test_key_is_not_in_errors_and_logs(fake: Fake, status: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    fake.answers["/v1/models"] = Answer({"detail": f"Incorrect key {KEY}"}, status)
    with pytest.raises(FunAudioError) as error_info:
        get(fake)
    assert KEY not in str(error_info.value) + repr(error_info.value) + caplog.text
    assert ("FUNAUDIO_UPSTREAM_API_KEY" in str(error_info.value)) == (status in (401, 403))


def test_truncated_reason_has_no_part_of_key(fake: Fake) -> None:
    fake.answers["/v1/models"] = Answer({"detail": "x" * (http_client.MAX_REASON_CHARACTERS - 10) + KEY}, 400)
    with pytest.raises(FunAudioError) as error_info:
        get(fake)
    assert KEY[:5] not in str(error_info.value)


def test_redirects_are_not_followed(fake: Fake) -> None:
    with serving() as other:
        fake.answers["/v1/models"] = Answer(b"", 302, {"Location": f"{other.url}/models"})
        with pytest.raises(FunAudioError, match="302"):
            get(fake)
        assert other.asked == []


def test_repr_of_settings_hides_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNAUDIO_UPSTREAM_API_KEY", KEY)
    settings.read.cache_clear()
    assert settings.read().upstream_api_key == KEY
    assert KEY not in repr(settings.read())
    settings.read.cache_clear()


# discovery


def synthesizer_spec(fake: Fake, model: str = "m", **endpoint_options: object) -> EngineSpec[object]:
    spec = remote.synthesizer(Endpoint(fake.url, model, **endpoint_options), KEY, tuple(registry.SYNTHESIZERS.values()))  # type: ignore[arg-type]
    spec.load()
    assert spec.refresh is not None
    return spec.refresh()


def recognizer_spec(fake: Fake, model: str = "m", **endpoint_options: object) -> EngineSpec[object]:
    spec = remote.recognizer(Endpoint(fake.url, model, **endpoint_options), KEY, tuple(registry.RECOGNIZERS.values()))  # type: ignore[arg-type]
    spec.load()
    assert spec.refresh is not None
    return spec.refresh()


def test_sglang_omni_is_detected_by_model_card(fake: Fake) -> None:
    fake.answers["/v1/models"] = cards({"id": "cosyvoice3", "owned_by": "sglang-omni"})
    fake.answers["/v1/audio/voices"] = Answer({"voices": ["default"], "uploaded_voices": []})
    spec = synthesizer_spec(fake, "cosyvoice3")
    assert {"voice-clone", "cross-lingual", "instruct", "event:laughter"} <= spec.capabilities
    assert "presets" not in spec.capabilities
    assert (spec.title, spec.tier, spec.voices) == ("cosyvoice3 (SGLang-Omni)", "remote", ())
    assert spec.languages == registry.SYNTHESIZERS["cosyvoice3"].languages
    assert spec.instruction_prompt == registry.SYNTHESIZERS["cosyvoice3"].instruction_prompt


def test_unknown_server_has_declared_capabilities(fake: Fake) -> None:
    fake.answers["/v1/models"] = cards({"id": "FunAudioLLM/Fun-CosyVoice3-0.5B-2512", "owned_by": "vllm"})
    assert synthesizer_spec(fake).capabilities == {"presets"}
    assert recognizer_spec(fake).capabilities == {"language-id"}
    spec = synthesizer_spec(fake, "FunAudioLLM/Fun-CosyVoice3-0.5B-2512", capabilities=("voice-clone",))
    assert spec.capabilities & SPEECH_CAPABILITIES == {"voice-clone"}
    assert (spec.instruction_prompt, spec.voices) == (None, ())
    assert recognizer_spec(fake, capabilities=("hotwords",)).capabilities == {"hotwords"}


def test_funasr_is_detected_by_health_endpoint(fake: Fake) -> None:
    fake.answers["/v1/models"] = cards({"id": "sensevoice", "object": "model"})
    fake.answers["/health"] = Answer({"status": "ok", "device": "cpu", "models_loaded": ["sensevoice"]})
    spec = recognizer_spec(fake, "sensevoice")
    assert spec.title == "sensevoice (FunASR)"
    assert spec.capabilities == {"language-id", "segment-times"}
    assert spec.languages == registry.RECOGNIZERS["sensevoice-small"].languages
    assert "Authorization" not in fake.of("/health")[0].headers


def test_other_instance_describes_its_engines(fake: Fake) -> None:
    card = {
        "id": "far",
        "tier": "full",
        "capabilities": ["voice-clone", "convert", "event:sigh"],
        "languages": ["zh", "xx"],
    }
    fake.answers["/v1/models"] = cards({**card, "voices": ["old friend"]})
    spec = synthesizer_spec(fake, "far")
    assert spec.languages == {"zh"}
    assert spec.capabilities == {"voice-clone", "cross-lingual", "event:sigh", "presets"}
    assert [voice.preset for voice in spec.voices] == ["old friend"]


def test_invalid_model_card_is_ignored(fake: Fake) -> None:
    card: dict[str, object] = {"id": "far", "tier": "full", "capabilities": [["voice-clone"]]}
    card |= {"languages": [["zh"], None], "voices": None}
    fake.answers["/v1/models"] = cards(card)
    spec = synthesizer_spec(fake, "far")
    assert (spec.languages, spec.capabilities, spec.voices) == (frozenset(LANGUAGES), frozenset(), ())


@pytest.mark.parametrize(
    "body", [{"voices": ["amy", "bob"]}, {"voices": [{"id": "amy", "name": "Amy"}, {"name": "bob"}]}]
)
def test_voices_are_requested(fake: Fake, body: object) -> None:
    fake.answers["/v1/audio/voices"] = Answer(body)
    spec = synthesizer_spec(fake, languages=("en", "fr"))
    assert {(voice.preset, voice.language) for voice in spec.voices} == {
        (name, code) for name in ("amy", "bob") for code in ("en", "fr")
    }


def test_known_model_keeps_its_voices(fake: Fake) -> None:
    fake.answers["/v1/audio/voices"] = Answer({"voices": ["af_heart", "zf_xiaobei", "another"]})
    spec = synthesizer_spec(fake, "hexgrad/Kokoro-82M")
    assert [(voice.preset, voice.language) for voice in spec.voices] == [("af_heart", "en"), ("zf_xiaobei", "zh")]


def test_server_without_lists_is_generic(fake: Fake) -> None:
    spec = synthesizer_spec(fake)
    assert spec.capabilities == {"presets"}
    assert spec.title == "m"
    assert spec.voices[0].preset == "default"
    assert recognizer_spec(fake).capabilities == {"language-id"}


def test_options_of_address_take_precedence(fake: Fake) -> None:
    fake.answers["/v1/models"] = cards({"id": "m", "owned_by": "vllm"})
    spec = synthesizer_spec(fake, profile_name="openai", capabilities=("instruct",), voices=("amy",), languages=("fr",))
    assert spec.capabilities == {"instruct", "presets"}
    assert spec.languages == {"fr"}
    assert [(voice.preset, voice.language) for voice in spec.voices] == [("amy", "fr")]
    assert spec.instruction_prompt is not None
    assert recognizer_spec(fake, capabilities=("emotion",)).capabilities == {"emotion"}


def test_unreachable_server_is_discovered_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "RETRY_SECONDS", 0.2)
    monkeypatch.setattr("funaudio_core.engines.remote.http_client.time.sleep", lambda _: None)
    port = free_port()
    endpoint = Endpoint(f"http://127.0.0.1:{port}/v1", "cosyvoice3")
    spec = remote.synthesizer(endpoint, KEY, tuple(registry.SYNTHESIZERS.values()))
    engine = spec.load()  # does not raise
    assert spec.refresh is not None
    assert spec.refresh().capabilities == {"presets"}
    with serving(port) as fake:
        fake.answers["/v1/models"] = cards({"id": "cosyvoice3", "owned_by": "sglang-omni"})
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while "voice-clone" not in spec.refresh().capabilities and time.monotonic() < deadline:
            threading.Event().wait(0.1)
    refreshed_spec = spec.refresh()
    assert "voice-clone" in refreshed_spec.capabilities
    assert refreshed_spec.load() is engine
    assert refreshed_spec is spec.refresh()
    assert loader.load(refreshed_spec) is loader.load(spec) is engine


def test_stale_information_survives_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "INFO_TTL_SECONDS", 0.0)
    with serving() as fake:
        fake.answers["/v1/models"] = cards({"id": "m", "owned_by": "sglang-omni"})
        server = Server(Endpoint(fake.url, "m"), HttpClient(fake.url, "", "The model"))
        assert server.fetch_info().profile_name == "sglang-omni"
    assert server.fetch_info().profile_name == "sglang-omni"
    with serving(fake.server_port) as another:
        another.answers["/v1/models"] = cards({"id": "m", "owned_by": "openai"})
        assert server.fetch_info().profile_name == "openai"


def test_waiting_threads_share_one_failed_request(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(Endpoint("http://127.0.0.1:9/v1", "m"), HttpClient("http://127.0.0.1:9/v1", "", "The model"))
    is_requesting, go, requests, errors = threading.Event(), threading.Event(), count(), []

    def unreachable(*_: object) -> object:
        next(requests)
        is_requesting.set()
        go.wait(TIMEOUT_SECONDS)
        raise FunAudioError("away")

    def fetch() -> None:
        with pytest.raises(FunAudioError, match="away"):
            server.fetch_info()
        errors.append(1)

    monkeypatch.setattr(discovery, "_ask", unreachable)
    threads = [threading.Thread(target=fetch) for _ in range(5)]
    threads[0].start()
    assert is_requesting.wait(TIMEOUT_SECONDS)
    for thread in threads[1:]:
        thread.start()
    threading.Event().wait(0.2)  # until they wait for the lock
    go.set()
    for thread in threads:
        thread.join(TIMEOUT_SECONDS)
    assert (len(errors), next(requests)) == (5, 1)


def test_wrong_key_is_reported_during_discovery(fake: Fake) -> None:
    fake.answers["/v1/models"] = Answer({"detail": "no"}, 401)
    spec = remote.recognizer(Endpoint(fake.url, "m"), KEY)
    with pytest.raises(FunAudioError, match="requires a valid API key"):
        spec.load().transcribe(noise(1.0), RecognitionOptions())


# engines on offer


@pytest.fixture
def tier(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    def choose(name: str) -> None:
        monkeypatch.setenv("FUNAUDIO_TIER", name)
        monkeypatch.setenv("FUNAUDIO_TTS_URL", "http://127.0.0.1:8000/v1#model")
        settings.read.cache_clear()

    yield choose
    monkeypatch.undo()
    settings.read.cache_clear()


def row(name: str, tier: str, *, needs_gpu: bool = False) -> EngineSpec[str]:
    return EngineSpec(name, name, tier, frozenset(), "", "", lambda: name, needs_gpu=needs_gpu)


@pytest.mark.parametrize(
    ("name", "gpu", "wanted"),
    [
        ("auto", False, ["far", "small", "large"]),
        ("auto", True, ["far", "large", "slow", "small"]),
        ("lite", False, ["small"]),
        ("full", True, ["large", "slow", "small"]),
        ("remote", True, ["far"]),
    ],
)
def test_remote_engine_comes_first_by_tier(
    tier: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, name: str, gpu: bool, wanted: list[str]
) -> None:
    tier(name)
    monkeypatch.setattr(device, "has_gpu", lambda: gpu)
    rows = register(
        row("small", "lite"), row("large", "full"), row("slow", "full", needs_gpu=True), row("far", "remote")
    )
    assert list(registry.available(rows)) == wanted


def test_remote_tier_falls_back_to_local_engines(tier: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    tier("remote")
    monkeypatch.setattr(device, "has_gpu", lambda: False)
    assert list(registry.available(register(row("slow", "full", needs_gpu=True), row("small", "lite")))) == ["small"]


def test_remote_tier_without_server_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNAUDIO_TIER", "remote")
    settings.read.cache_clear()
    with pytest.raises(BadInput, match="FUNAUDIO_ASR_URL"):
        settings.read()
    monkeypatch.undo()
    settings.read.cache_clear()


def test_settings_create_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (remote.recognizers(()), remote.synthesizers(()), remote.chatbots(), remote.translators()) == ((),) * 4
    for name in ("ASR", "TTS", "CHAT"):
        monkeypatch.setenv(f"FUNAUDIO_{name}_URL", f"http://gpu:8000/v1#Qwen/{name}")
    settings.read.cache_clear()
    specs = [*remote.recognizers(()), *remote.synthesizers(()), *remote.chatbots(), *remote.translators()]
    assert [(spec.title, spec.source, spec.tier) for spec in specs] == [
        (name, f"Qwen/{name}", "remote") for name in ("ASR", "TTS", "CHAT", "CHAT")
    ]
    settings.read.cache_clear()
