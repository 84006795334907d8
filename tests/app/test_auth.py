"""Login: closed paths, failed logins, and the account that a user is counted by."""

from __future__ import annotations

import hashlib
import json
import re
import time
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import gradio as gr
import httpx
import pytest
from gradio.context import LocalContext
from gradio_client import Client
from starlette.requests import Request

import app
from funaudio_core import settings
from funaudio_core.errors import BadInput
from server import auth
from server.request import account_id
from tests.conftest import ANSWER_SECONDS, serve

ANNA, BEN, CARL = "correct horse", "battery:staple", "another secret"
KEY = "a key for programs"
OAUTH = "the Space's own"  # secret with which Gradio signs its cookie
SITE = ["-m", "tests.login_site"]
CLOSED_APP = {"FUNAUDIO_SERVER_API_KEY": KEY, "FUNAUDIO_USERS": f"anna:{ANNA}, ben:{BEN},carl:{CARL}"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of the app with three users."""
    with serve(SITE, tmp_path_factory.mktemp("login") / "log.txt", **CLOSED_APP) as address:
        yield address


@pytest.fixture
def stranger(served: str) -> Iterator[httpx.Client]:
    """Client that is not logged in."""
    with httpx.Client(base_url=served, follow_redirects=True, timeout=180) as client:
        yield client


def enter(client: httpx.Client, name: str, secret: str) -> httpx.Response:
    return client.post("/login", data={"username": name, "password": secret})


@pytest.fixture
def member(stranger: httpx.Client) -> httpx.Client:
    """Client that is logged in."""
    assert enter(stranger, "anna", ANNA).status_code == 200
    return stranger


CLOSED = [
    ("GET", "/config"),
    ("GET", "/queue/status"),
    ("GET", "/monitoring"),
    ("GET", "/monitoring/summary"),
    *[
        ("GET", f"/gradio_api/{path}")
        for path in ("info", "openapi.json", "heartbeat/abc", "queue/data?session_hash=a")
    ],
    *[("GET", f"/gradio_api/{path}") for path in ("file=/etc/hostname", "file=app.py", "file/app.py", "stream/a/b/c")],
    *[("GET", f"/gradio_api/{path}") for path in ("mcp/", "mcp/sse", "mcp/schema", "app_id", "user", "token", "runs")],
    *[
        ("GET", f"/gradio_api/{path}")
        for path in ("call/say/1", "upload_progress?upload_id=a", "deep_link", "dev/reload")
    ],
    ("POST", "/gradio_api/upload"),
    ("POST", "/gradio_api/mcp/"),
    ("POST", "/gradio_api/mcp/http"),
    *[("POST", f"/gradio_api/{path}") for path in ("call/say", "call/v2/say", "run/say", "run/predict", "queue/join")],
    *[("POST", f"/gradio_api/{path}") for path in ("reset", "cancel", "component_server", "process_recording")],
    ("GET", "/static/../config"),
    ("GET", "/v1/../gradio_api/info"),
    ("GET", "//gradio_api/info"),
]


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_other_paths_require_a_login(served: str, method: str, path: str) -> None:
    """Send the path unchanged: a client would normalize it."""
    address = httpx.URL(served)
    with httpx.Client(timeout=ANSWER_SECONDS) as client:
        request = client.build_request(method, address, json={"data": ["hi"]})
        request.url = address.copy_with(raw_path=path.encode())
        answer = client.send(request)
    assert answer.status_code == 401
    assert "log" in answer.text
    assert "hi" not in answer.text


@pytest.mark.parametrize("path", ["/v1/models", "/v1/audio/speech", "/v1/audio/transcriptions"])
def test_the_api_needs_the_key(stranger: httpx.Client, path: str) -> None:
    method = "GET" if path == "/v1/models" else "POST"
    for headers in ({}, {"Authorization": f"Bearer {ANNA}"}):
        assert stranger.request(method, path, headers=headers).status_code == 401
    assert stranger.request(method, path, headers={"Authorization": f"Bearer {KEY}"}).status_code in (200, 400)


def test_the_key_opens_nothing_else(stranger: httpx.Client) -> None:
    assert stranger.get("/gradio_api/info", headers={"Authorization": f"Bearer {KEY}"}).status_code == 401


def test_public_paths_reveal_nothing(stranger: httpx.Client) -> None:
    page = stranger.get("/")
    assert page.status_code == 200
    assert "auth_required" in page.text
    assert "请登录" in page.text
    health = stranger.get("/health")
    assert health.json()["status"] == "ok"
    for answer in (page, health):
        assert not re.search(f'anna|ben\\b|{ANNA}|{KEY}|"say"', answer.text)
    assert "登录" in stranger.get("/gradio_api/info", headers={"Accept-Language": "zh"}).json()["detail"]


def test_a_logged_in_user_is_counted_by_name(member: httpx.Client, served: str) -> None:
    assert member.get("/config").status_code == 200
    assert member.get("/gradio_api/mcp/").status_code == 404
    client = Client(served, auth=("ben", BEN), verbose=False)
    assert client.predict("I am ", api_name="/say") == "I am login ben"
    member.get("/logout")
    assert member.get("/config").status_code == 401


@pytest.mark.parametrize(
    ("name", "secret"), [("anna", BEN), ("ANNA", ANNA), ("", ""), ("nobody", ""), ("nobody", ANNA)]
)
def test_wrong_names_and_secrets_are_refused(stranger: httpx.Client, name: str, secret: str) -> None:
    assert enter(stranger, name, secret).status_code in (400, 422)
    assert stranger.get("/config").status_code == 401


def test_failed_logins_are_counted_by_name(stranger: httpx.Client) -> None:
    for _ in range(3 * auth.MAX_FAILED_LOGINS):
        assert enter(stranger, "ben", BEN).status_code == 200
    stranger.cookies.clear()
    tried = [enter(stranger, "carl", f"guess {count}") for count in range(auth.MAX_FAILED_LOGINS + 1)]
    assert [answer.status_code for answer in tried] == [400] * auth.MAX_FAILED_LOGINS + [429]
    refused = enter(stranger, "carl", CARL)
    assert refused.status_code == 429
    assert "Too many failed logins for this name" in refused.json()["detail"]
    assert 0 < int(refused.headers["retry-after"]) <= auth.FAILED_LOGIN_SECONDS / auth.MAX_FAILED_LOGINS
    assert enter(stranger, "ben", BEN).status_code == 200


@pytest.mark.parametrize(
    ("users", "key", "sentence"),
    [
        ("anna", KEY, "entry 1 is not name:secret"),
        ("anna:long enough,:long enough", KEY, "entry 2 is not name:secret"),
        ("anna:long enough,", KEY, "entry 2 is not name:secret"),
        ("anna:", KEY, "entry 1 has fewer than 8 characters"),
        ("anna:shortly", KEY, "entry 1 has fewer than 8 characters"),
        ("anna:long enough,anna:another one", KEY, "the name of entry 2 is used twice"),
        ("anna:long enough", "", "Also set FUNAUDIO_SERVER_API_KEY"),
    ],
)
def test_unsafe_settings_end_the_start(monkeypatch: pytest.MonkeyPatch, users: str, key: str, sentence: str) -> None:
    monkeypatch.setenv("FUNAUDIO_USERS", users)
    monkeypatch.setenv("FUNAUDIO_SERVER_API_KEY", key)
    settings.read.cache_clear()
    with pytest.raises(BadInput, match=sentence) as told:
        settings.read()
    assert not re.search("anna|long|short|another", str(told.value).replace("anna:her-secret", ""))
    with pytest.raises(SystemExit, match=sentence):
        app.main()
    settings.read.cache_clear()


def test_secrets_are_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CLOSED_APP.items():
        monkeypatch.setenv(name, value)
    settings.read.cache_clear()
    assert settings.read().users == (("anna", ANNA), ("ben", BEN), ("carl", CARL))
    assert not re.search(f"{ANNA}|{BEN}|{CARL}|{KEY}", repr(settings.read()))
    settings.read.cache_clear()


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of the app in a Space with Hugging Face login, without a provider."""
    environment = {"SYSTEM": "spaces", "SPACE_ID": "a/b", "OAUTH_CLIENT_ID": "id", "OAUTH_CLIENT_SECRET": OAUTH}
    environment |= {"OAUTH_SCOPES": "openid profile", "OPENID_PROVIDER_URL": "http://127.0.0.1:9"}
    with serve(SITE, tmp_path_factory.mktemp("space") / "log.txt", **environment) as address:
        yield address


def cookie(name: str, expires: float) -> str:
    """Return the session cookie of a user who has signed in."""
    from itsdangerous import TimestampSigner

    info = {"oauth_info": {"userinfo": {"preferred_username": name}, "access_token": "t", "expires_at": expires}}
    signer = TimestampSigner(hashlib.sha256(f"{OAUTH}-v4".encode()).hexdigest())
    return signer.sign(b64encode(json.dumps(info).encode())).decode()


def test_a_hugging_face_user_is_counted_by_name(space: str) -> None:
    def who(cookie: str) -> str:
        headers = {"Cookie": f"session={cookie}", "X-Forwarded-For": "5.5.5.5"}
        return str(Client(space, verbose=False, headers=headers).predict("", api_name="/say"))

    assert who(cookie("carl", time.time() + 60)) == "login carl"
    assert who(cookie("carl", time.time() - 60)) == "5.5.5.5"
    assert who(cookie("carl", time.time() + 60)[:-1] + "!") == "5.5.5.5"
    assert "Sign in with Hugging Face" in httpx.get(f"{space}config", timeout=180).text


def test_hugging_face_login_is_offered_on_spaces_only(stranger: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Sign in with" not in stranger.get("/").text
    monkeypatch.setenv("OAUTH_CLIENT_ID", "id")
    settings.read.cache_clear()
    assert not settings.read().oauth
    settings.read.cache_clear()


@pytest.mark.parametrize("session", [None, {}, {"oauth_info": None}, {"oauth_info": {"userinfo": None}}])
def test_a_session_without_a_name_counts_by_address(session: Any) -> None:
    scope = {"type": "http", "headers": [], "client": ("4.4.4.4", 1), "session": session}
    token = LocalContext.request.set(gr.Request(Request(scope)))
    assert account_id() == "4.4.4.4"
    LocalContext.request.reset(token)
