"""Size limits of requests, upload limits of accounts, and interrupted uploads."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.types import Message, Receive, Scope, Send

from funaudio_core import settings
from server import upload_limits
from tests.conftest import ANSWER_SECONDS, serve

MEGABYTE = 2**20
MANY = 5 * MEGABYTE // upload_limits.FILE_OVERHEAD_BYTES + 20  # tiny files, more than 5 MB by what each counts for


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Address and upload folder of an app behind one proxy, with files of at most 1 MB."""
    folder = tmp_path_factory.mktemp("uploads")
    limits = {"FUNAUDIO_MAX_FILE_MB": "1", "FUNAUDIO_TRUSTED_PROXIES": "1", "FUNAUDIO_HOME": str(folder / "home")}
    with serve(["-m", "tests.login_site"], folder / "log.txt", **limits) as address:
        (run,) = (path for path in (folder / "home" / "run").iterdir() if path.is_dir())
        yield address, run / "gradio"


def upload(address: str, who: str, *files: bytes, **headers: str) -> httpx.Response:
    parts = [("files", (f"{number}.wav", file)) for number, file in enumerate(files)]
    headers = {"X-Forwarded-For": who, **headers}
    return httpx.post(f"{address}gradio_api/upload", files=parts, headers=headers, timeout=180)


def test_each_address_has_its_upload_limit(served: tuple[str, Path]) -> None:
    address, _ = served
    file = os.urandom(MEGABYTE // 2)
    for _ in range(3):  # each counts for its bytes, and a little for being a file
        assert len(upload(address, "1.1.1.1", file).json()) == 1
    statuses = [upload(address, "1.1.1.1", file).status_code for _ in range(8)]
    assert statuses == sorted(statuses)
    assert (statuses[0], statuses[-1]) == (200, 429)
    refused = upload(address, "1.1.1.1", file, **{"Accept-Language": "zh"})
    assert "已达上传上限" in refused.text
    assert 0 < int(refused.headers["retry-after"]) <= upload_limits.REFILL_SECONDS
    assert upload(address, "2.2.2.2", file).status_code == 200


def test_small_files_count_for_their_overhead(served: tuple[str, Path]) -> None:
    assert len(upload(served[0], "3.3.3.3", *[str(number).encode() for number in range(MANY)]).json()) == MANY
    assert "Try again in" in upload(served[0], "3.3.3.3", b"one more").text


def test_a_microphone_stream_is_within_the_limit(served: tuple[str, Path]) -> None:
    chunks = [os.urandom(50_000) for _ in range(60)]  # half a minute, each by itself
    assert [upload(served[0], "9.9.9.9", chunk).status_code for chunk in chunks] == [200] * 60


def test_a_large_upload_or_one_without_length_is_refused(served: tuple[str, Path]) -> None:
    address, taken = served
    before = sorted(taken.rglob("*"))
    large = upload(address, "4.4.4.4", *[bytes(MEGABYTE)] * 6)
    assert (large.status_code, large.text) == (413, "The upload is too large. Upload at most 5 MB at a time.")
    headers = {"X-Forwarded-For": "4.4.4.4", "Content-Type": "multipart/form-data; boundary=b"}
    endless = httpx.post(f"{address}gradio_api/upload", content=iter([b"--b"]), headers=headers, timeout=180)
    assert (endless.status_code, "Content-Length" in endless.text) == (411, True)
    assert sorted(taken.rglob("*")) == before


def test_local_uploads_are_not_limited(served: tuple[str, Path]) -> None:
    assert len(upload(served[0], "127.0.0.1", *[str(number).encode() for number in range(MANY)]).json()) == MANY
    assert upload(served[0], "127.0.0.1", b"one more").status_code == 200


def test_interrupted_uploads_are_deleted(served: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    address, taken = served
    whole = Path(upload(address, "5.5.5.5", b"whole").json()[0])
    host, port = address.removeprefix("http://").rstrip("/").split(":")
    head = f"POST /gradio_api/upload HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-For: 5.5.5.5\r\n"
    head += "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n\r\n"
    part = '--b\r\nContent-Disposition: form-data; name="files"; filename="a.wav"\r\n\r\n' + "x" * 50_000
    with socket.create_connection((host, int(port))) as wire:
        wire.sendall((head + part).encode())
        deadline = time.monotonic() + 120
        while not (broken := [path for path in taken.iterdir() if path.is_file()]):
            assert time.monotonic() < deadline
            time.sleep(0.1)
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(taken))
    upload_limits.delete_stale(3600)
    assert broken[0].exists()
    os.utime(broken[0], (time.time() - 3601, time.time() - 3601))
    os.utime(whole, (time.time() - 3601, time.time() - 3601))
    upload_limits.delete_stale(3600)
    assert not broken[0].exists()
    assert whole.exists()


@pytest.mark.parametrize(("body", "files"), [(b'["a", "b"]', 2), (b"[]", 0), (b'{"detail": "no"}', 0), (b"No.", 0)])
def test_files_are_counted_by_gradios_response(body: bytes, files: int) -> None:
    assert len(upload_limits._uploaded_paths(body)) == files


def post(address: str, path: str, content: bytes, pieces: bool, **headers: str) -> httpx.Response:
    """Send bytes as JSON, with a Content-Length or in chunks without one."""
    body = iter([content[start : start + 2**18] for start in range(0, len(content), 2**18)]) if pieces else content
    headers = {"Content-Type": "application/json", **headers}
    return httpx.post(f"{address}gradio_api/{path}", content=body, headers=headers, timeout=ANSWER_SECONDS)


@pytest.mark.parametrize("pieces", [False, True])
@pytest.mark.parametrize("path", ["queue/join", "call/say", "call/v2/say", "run/say", "stream/abc", "cancel", "reset"])
def test_events_are_limited(served: tuple[str, Path], path: str, pieces: bool) -> None:
    order = json.dumps({"data": ["a" * 5 * MEGABYTE], "session_hash": "abc", "event_id": "abc", "fn_index": 0})
    refused = post(served[0], path, order.encode(), pieces)
    assert refused.status_code == 413
    assert refused.text == "The request is larger than 4 MB. Upload files first, and send their paths."
    assert "请先上传文件" in post(served[0], path, order.encode(), pieces, **{"Accept-Language": "zh"}).text


def test_events_within_the_limit_are_accepted(served: tuple[str, Path]) -> None:
    order = json.dumps({"data": ["语" * 5_000], "session_hash": "abc"})
    assert "event_id" in post(served[0], "call/say", order.encode(), pieces=False).json()
    assert "event_id" in post(served[0], "call/say", order.encode(), pieces=True).json()


@pytest.mark.parametrize("path", upload_limits.BLOCKED)
def test_blocked_endpoints_are_not_found(served: tuple[str, Path], path: str) -> None:
    address = f"{served[0]}{path.removeprefix('/')}"
    for end in ("", "/"):
        refused = httpx.post(address + end, files={"video": b"film"}, data={"fn_name": "ls"}, timeout=ANSWER_SECONDS)
        assert refused.status_code == 404
        assert refused.text == "This endpoint isn't available. See “Use via API” for those that are."


def test_a_wrong_content_length_is_not_trusted(served: tuple[str, Path]) -> None:
    address, _ = served
    host, port = address.removeprefix("http://").rstrip("/").split(":")
    head = f"POST /gradio_api/upload HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-For: 6.6.6.6\r\nContent-Length: 1\r\n"
    head += "Content-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: chunked\r\n\r\n"
    part = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.wav"\r\n\r\n' + bytes(900_000) + b"\r\n"
    with socket.create_connection((host, int(port)), ANSWER_SECONDS) as wire:
        wire.sendall(head.encode())
        for _ in range(5):  # 4.5 MB
            wire.sendall(b"%x\r\n%b\r\n" % (len(part), part))
        wire.sendall(b"5\r\n--b--\r\n0\r\n\r\n")
        assert b" 200 OK" in wire.recv(4096)
    assert upload(address, "6.6.6.6", bytes(MEGABYTE)).status_code == 429


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Limit files to 1 MB, in this process."""
    monkeypatch.setenv("FUNAUDIO_MAX_FILE_MB", "1")
    settings.read.cache_clear()
    upload_limits._upload_limiter.cache_clear()
    yield
    settings.read.cache_clear()
    upload_limits._upload_limiter.cache_clear()


async def _read(scope: Scope, receive: Receive, send: Send) -> None:
    """Respond with the length of the body, as an ASGI app without limits."""
    try:
        length = len(await Request(scope, receive).body())
    except ClientDisconnect:
        return
    except Exception:  # noqa: BLE001 (as Gradio's MCP server does)
        await JSONResponse("a defect", 500)(scope, receive, send)
        return
    await JSONResponse(length)(scope, receive, send)


def sends(
    path: str, *pieces: int, length: int | None = None, who: str = "7.7.7.7", cookie: str = "", breaks_off: bool = False
) -> tuple[int, str]:
    """Return status and text for a body of so many bytes; status 0 if it was interrupted. length: Content-Length."""
    headers = [(b"cookie", cookie.encode())]
    if length is not None:
        headers.append((b"content-length", str(length).encode()))
    scope: Scope = {"type": "http", "method": "POST", "path": path, "headers": headers, "client": (who, 1)}
    scope["app"] = SimpleNamespace(cookie_id="c", tokens={"token": "anna"})
    coming: list[Message] = [{"type": "http.request", "body": bytes(piece), "more_body": True} for piece in pieces]
    coming.append({"type": "http.disconnect"} if breaks_off else {"type": "http.request", "body": b""})
    sent: list[Message] = []

    async def receive() -> Message:
        return coming.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(upload_limits.BodyLimitMiddleware(_read)(scope, receive, send))
    return (sent[0]["status"], b"".join(part.get("body", b"") for part in sent[1:]).decode()) if sent else (0, "")


@pytest.mark.usefixtures("small")
def test_mcp_requests_have_the_file_limit_and_count_as_uploads() -> None:
    path, size = "/gradio_api/mcp/http", 5 * MEGABYTE  # in base64 a file of 1 MB takes 1.33, beside 4 MB for the rest
    assert sends(path, MEGABYTE, 4 * MEGABYTE) == (200, str(size))
    assert sends(path, MEGABYTE)[0] == 429
    for length in (None, 6 * MEGABYTE):
        status, words = sends(path, *[MEGABYTE] * 6, who="8.8.8.8", length=length)
        assert (status, words) == (413, "The request is larger than 5 MB. Send a shorter or compressed clip.")
    assert sends(path, 6 * MEGABYTE, who="127.0.0.1")[0] == 413
    assert sends(path, size, who="127.0.0.1")[0] == sends(path, size, who="127.0.0.1")[0] == 200


@pytest.mark.usefixtures("small")
def test_an_upload_beyond_the_limit_is_cut_off() -> None:
    for size in (4 * MEGABYTE, MEGABYTE - 5000):
        assert sends(upload_limits.UPLOAD_PATH, size, length=size)[0] == 200
    status, words = sends(upload_limits.UPLOAD_PATH, *[1000] * 9, length=1)
    assert (status, "Try again in" in words) == (429, True)


@pytest.mark.usefixtures("small")
def test_bytes_that_never_arrive_are_refunded() -> None:
    for _ in range(9):
        assert sends(upload_limits.UPLOAD_PATH, 1000, length=4 * MEGABYTE, breaks_off=True) == (0, "")
    assert sends(upload_limits.UPLOAD_PATH, 4 * MEGABYTE, length=4 * MEGABYTE)[0] == 200


@pytest.mark.usefixtures("small")
def test_a_logged_in_user_is_counted_by_name() -> None:
    size, inside = 4 * MEGABYTE, "access-token-c=token"
    statuses = [sends(upload_limits.UPLOAD_PATH, size, who=who, length=size, cookie=inside)[0] for who in ("a", "b")]
    assert statuses == [200, 429]
    for cookie in ("access-token-c=another", "nothing=token"):
        assert sends(upload_limits.UPLOAD_PATH, size, who=cookie, length=size, cookie=cookie)[0] == 200
