"""How much one address may upload, and what is left of uploads that broke off."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tabs import uploads
from tests.conftest import serve

MEGABYTE = 2**20


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of the app behind one proxy, where a file may have 1 MB, and where it takes uploads in."""
    folder = tmp_path_factory.mktemp("uploads")
    limits = {"FUNAUDIO_MAX_FILE_MB": "1", "FUNAUDIO_PROXIES": "1", "GRADIO_TEMP_DIR": str(folder / "taken")}
    with serve(["-m", "tests.login_site"], folder / "log.txt", **limits) as address:
        yield address, folder / "taken"


def upload(address: str, who: str, *files: bytes, **headers: str) -> httpx.Response:
    parts = [("files", (f"{number}.wav", file)) for number, file in enumerate(files)]
    headers = {"X-Forwarded-For": who, **headers}
    return httpx.post(f"{address}gradio_api/upload", files=parts, headers=headers, timeout=120)


def test_an_address_may_upload_so_much_and_another_too(served: tuple[str, Path]) -> None:
    address, _ = served
    file = os.urandom(MEGABYTE // 2)
    for _ in range(3):  # each counts for its bytes, and for being a file: .75 MB
        assert len(upload(address, "1.1.1.1", file).json()) == 1
    statuses = [upload(address, "1.1.1.1", file).status_code for _ in range(6)]
    assert statuses == sorted(statuses)
    assert (statuses[0], statuses[-1]) == (200, 429)
    refused = upload(address, "1.1.1.1", file, **{"Accept-Language": "zh"})
    assert "上传量过大" in refused.text
    assert 0 < int(refused.headers["retry-after"]) <= uploads.SECONDS
    assert upload(address, "2.2.2.2", file).status_code == 200


def test_many_small_files_are_bounded_too(served: tuple[str, Path]) -> None:
    assert len(upload(served[0], "3.3.3.3", *[bytes([number]) for number in range(100)]).json()) == 100
    assert "Come back in" in upload(served[0], "3.3.3.3", b"one more").text


def test_what_is_too_large_or_of_no_length_is_not_taken(served: tuple[str, Path]) -> None:
    address, taken = served
    before = sorted(taken.rglob("*"))
    large = upload(address, "4.4.4.4", *[bytes(MEGABYTE)] * 6)
    assert (large.status_code, large.text) == (413, "Upload at most 5 MB at once.")
    headers = {"X-Forwarded-For": "4.4.4.4", "Content-Type": "multipart/form-data; boundary=b"}
    endless = httpx.post(f"{address}gradio_api/upload", content=iter([b"--b"]), headers=headers, timeout=120)
    assert (endless.status_code, "Content-Length" in endless.text) == (411, True)
    assert sorted(taken.rglob("*")) == before


def test_whoever_runs_the_app_is_not_counted(served: tuple[str, Path]) -> None:
    assert len(upload(served[0], "127.0.0.1", *[bytes([number]) for number in range(100)]).json()) == 100
    assert upload(served[0], "127.0.0.1", b"one more").status_code == 200


def test_what_broke_off_is_swept_away(served: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
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
    uploads.sweep(3600)
    assert broken[0].exists()
    os.utime(broken[0], (time.time() - 3601, time.time() - 3601))
    os.utime(whole, (time.time() - 3601, time.time() - 3601))
    uploads.sweep(3600)
    assert not broken[0].exists()
    assert whole.exists()


@pytest.mark.parametrize(("body", "files"), [(b'["a", "b"]', 2), (b"[]", 0), (b'{"detail": "no"}', 0), (b"No.", 0)])
def test_files_are_counted_by_gradios_answer(body: bytes, files: int) -> None:
    assert len(uploads._files(body)) == files
