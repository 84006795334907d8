"""Bad files and bad calls: each gets an error message of ours, and the app keeps running without using more memory."""

from __future__ import annotations

import io
import json
import pickle
import re
import socket
import struct
import subprocess
import zipfile
from pathlib import Path
from string import Formatter
from typing import Any

import gradio as gr
import httpx
import numpy as np
import pytest

from funaudio_core.i18n.zh import MESSAGES_ZH
from tabs.components import reference_voice
from tests.conftest import example, ffmpeg

PATIENCE = 240.0  # seconds for an answer, on a busy machine
GROWTH_MB = 700  # of the app over all tests; 442 were measured, mostly models at their first use
REPEAT_GROWTH_MB = 60  # after three more of the largest clips; each needs 461 while it is decoded
FORMS = ("wav", "mp3", "ogg", "m4a", "flac", "webm")
OURS = [
    re.compile(
        "".join(
            re.escape(text) + (".*?" if field is not None else "") for text, field, *_ in Formatter().parse(template)
        ),
        re.DOTALL,
    )
    for template in MESSAGES_ZH
    if len(re.sub(r"\{.*?\}", "", template)) > 15
]
CODE = re.compile(r"Traceback|\w+(Error|Exception)\b|File \"|<class|pydantic|site-packages|\.py\b|NoneType")


def is_sentence(text: str) -> bool:
    """Return whether a text starts with a message of the catalogue and shows no internals."""
    return any(phrase.match(text) for phrase in OURS) and not CODE.search(text)


def test_is_sentence() -> None:
    assert is_sentence("x.wav is empty (0 bytes). Upload or record the clip again.")
    assert not is_sentence("ValueError")
    assert not is_sentence("1 validation error for FileData\n Value error, The 'meta' field must be")
    assert not is_sentence('x.wav is empty (0 bytes). Upload or record the clip again. File "x.py", line 3')


def wav(
    kind: int = 1, channels: int = 1, rate: int = 16_000, bits: int = 16, size: int = -1, data: bytes = b""
) -> bytes:
    """Return a WAV file with any header."""
    data = data or b"\1\0" * 16_000
    block = channels * bits // 8 & 0xFFFF
    size = (len(data) if size < 0 else size) & 0xFFFFFFFF
    form = struct.pack("<IHHIIHH", 16, kind, channels, rate, rate * block & 0xFFFFFFFF, block, bits)
    return (
        b"RIFF"
        + struct.pack("<I", size + 36 & 0xFFFFFFFF)
        + b"WAVEfmt "
        + form
        + b"data"
        + struct.pack("<I", size)
        + data
    )


def zipped(name: str, content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return target.getvalue()


BAD = {
    "empty.wav": b"",
    "zip.wav": zipped("../../evil.wav", b"0" * 10**7),
    "nested.wav": zipped("inner.zip", zipped("../x", b"0" * 10**6)),
    "pickle.wav": pickle.dumps({"name": "x"}),
    "png.wav": b"\x89PNG\r\n\x1a\n" + b"\0" * 500,
    "html.wav": b"<html><script>alert(1)</script></html>" * 50,
    "playlist.wav": b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n",
    "concat.wav": b"ffconcat version 1.0\nfile /etc/passwd\n",
    "session.wav": b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
    "nan.wav": wav(3, bits=32, data=np.full(16_000, np.nan, "<f4").tobytes()),
    "infinite.wav": wav(3, bits=32, data=np.full(16_000, np.inf, "<f4").tobytes()),
    "loud.wav": wav(3, bits=32, data=np.full(16_000, 1e30, "<f4").tobytes()),
    "gigabyte.wav": wav(size=2**30),
    **{f"{rate}Hz.wav": wav(rate=rate) for rate in (0, 1, 1_000, 10_000_000, 2**32 - 1)},
    **{f"{bits}bits.wav": wav(bits=bits) for bits in (0, 33, 64, 65_535)},
    **{f"{channels}channels.wav": wav(channels=channels) for channels in (0, 1_000, 65_535)},
}


class Caller:
    """HTTP client that sends unchecked values."""

    def __init__(self, site: str) -> None:
        self.site = f"{site}gradio_api/"
        self.endpoints = httpx.get(f"{self.site}info", timeout=PATIENCE).json()["named_endpoints"]

    def _defaults(self, endpoint: str) -> list[Any]:
        """Return the default of each parameter, None for those without."""
        parameters = self.endpoints.get(f"/{endpoint}", {}).get("parameters", [])
        return [each.get("parameter_default") for each in parameters]

    def upload(self, name: str, content: bytes) -> dict[str, Any]:
        """Upload a file and return it as a page sends it."""
        (path,) = httpx.post(f"{self.site}upload", files={"files": (name, content)}, timeout=PATIENCE).json()
        return {"path": path, "meta": {"_type": "gradio.FileData"}}

    def answer(self, endpoint: str, *data: Any) -> str:
        """Call an endpoint and return its error message, or "" if it succeeded.

        Values at the end may be left out if they have defaults.
        """
        body = json.dumps({"data": [*data, *self._defaults(endpoint)[len(data) :]]}).encode()
        begun = httpx.post(
            f"{self.site}call/{endpoint}", content=body, headers={"content-type": "application/json"}, timeout=PATIENCE
        )
        event = begun.json()["event_id"]
        with httpx.stream("GET", f"{self.site}call/{endpoint}/{event}", timeout=PATIENCE) as lines:
            kind = ""
            for line in lines.iter_lines():
                if line.startswith("event:"):
                    kind = line.removeprefix("event:").strip()
                elif kind == "error":
                    return str(json.loads(line.removeprefix("data:"))["error"])
        assert kind == "complete"
        return ""


@pytest.fixture(scope="module")
def caller(site: str) -> Caller:
    return Caller(site)


@pytest.fixture(scope="module", autouse=True)
def _check_memory(site: str) -> Any:
    """Check after all tests that the app runs and how much its memory has grown."""
    before = httpx.get(f"{site}health", timeout=PATIENCE).json()["memory_mb"]
    yield
    assert httpx.get(f"{site}health", timeout=PATIENCE).json()["memory_mb"] < before + GROWTH_MB


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_gets_a_message(caller: Caller, name: str) -> None:
    message = caller.answer("recognize", caller.upload(name, BAD[name]), "en", True, "")
    assert is_sentence(message), message


@pytest.fixture(scope="module")
def formats(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the same speech in every format."""
    folder = tmp_path_factory.mktemp("formats")
    for form in FORMS:
        command = [ffmpeg(), "-v", "error", "-i", str(example("en").path), str(folder / f"clip.{form}")]
        subprocess.run(command, check=True)
    return folder


@pytest.mark.parametrize("form", FORMS)
def test_a_damaged_file_is_transcribed_or_gets_a_message(caller: Caller, formats: Path, form: str) -> None:
    whole = (formats / f"clip.{form}").read_bytes()
    chance = np.random.default_rng(0)
    damaged = bytearray(whole)
    for position in chance.integers(40, len(whole), 60):
        damaged[position] = chance.integers(256)
    for number, content in enumerate((whole[: len(whole) // 10], whole[: len(whole) // 2], bytes(damaged))):
        message = caller.answer("recognize", caller.upload(f"{number}.{form}", content), "en", True, "")
        assert not message or is_sentence(message), message


def silence(path: Path, seconds: int, *codec: str) -> bytes:
    """Return a small file with so many seconds of silence."""
    source = ["-f", "lavfi", "-i", "anullsrc=r=16000:cl=mono", "-t", str(seconds)]
    subprocess.run([ffmpeg(), "-v", "error", *source, *codec, str(path)], check=True)
    return path.read_bytes()


@pytest.mark.slow
def test_a_small_file_of_hours_is_refused_and_repeats_use_no_more_memory(
    caller: Caller, site: str, tmp_path: Path
) -> None:
    clip, taken = caller.upload("bomb.flac", silence(tmp_path / "bomb.flac", 8000)), list[float]()
    for _ in range(4):
        message = caller.answer("recognize", clip, "en", True, "")
        assert "bomb.flac is longer than" in message, message
        taken.append(httpx.get(f"{site}health", timeout=PATIENCE).json()["memory_mb"])
    assert taken[-1] < taken[0] + REPEAT_GROWTH_MB


@pytest.mark.slow
def test_a_small_file_that_is_too_long_to_translate_is_refused(caller: Caller, tmp_path: Path) -> None:
    content = silence(tmp_path / "bomb.ogg", 600, "-c:a", "libopus", "-b:a", "500")
    message = caller.answer("translate", caller.upload("bomb.ogg", content), "es", "en", False, "", "", "", "")
    assert "bomb.ogg is longer than" in message, message


@pytest.mark.parametrize("name", ["zip.wav", "nested.wav", "pickle.wav", "empty.wav", "html.wav"])
def test_a_file_that_is_no_saved_voice_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(BAD[name])
    with pytest.raises(gr.Error) as refused:
        reference_voice.on_upload({}, str(path))
    assert is_sentence(str(refused.value.message))
    assert [file.name for file in tmp_path.iterdir()] == [name]


TEXT = "Hello there."
FILE = {"meta": {"_type": "gradio.FileData"}}
MEGABYTE = "a b. " * 200_000
REFUSED: list[tuple[Any, ...]] = [
    ("recognize", None, "auto", True, ""),
    ("recognize", "/etc/passwd", "auto", True, ""),
    ("recognize", 5, "auto", True, ""),
    ("recognize", {"x": 1}, "auto", True, ""),
    ("recognize", FILE | {"path": None}, "auto", True, ""),
    ("recognize", FILE | {"path": "/etc/passwd"}, "auto", True, ""),
    ("recognize", FILE | {"path": "/proc/self/environ"}, "auto", True, ""),
    ("recognize", FILE | {"path": "app.py"}, "auto", True, ""),
    ("recognize", FILE | {"path": "../../../../etc/passwd"}, "auto", True, ""),
    ("recognize", FILE | {"path": "a\0b"}, "auto", True, ""),
    ("recognize", FILE | {"path": "\ud800"}, "auto", True, ""),
    ("recognize", FILE | {"path": "x" * 100_000}, "auto", True, ""),
    ("recognize", FILE | {"path": "file:///etc/passwd"}, "auto", True, ""),
    ("recognize", FILE | {"path": "http://127.0.0.1:1/x.wav"}, "auto", True, ""),
    ("recognize", FILE | {"path": "http://169.254.169.254/latest"}, "auto", True, ""),
    ("recognize",),
    ("instruct", TEXT, "", "en", "", "a seed", ""),
    ("instruct", None, None, None, None, None, None),
    ("instruct", "", "", "en", "", 1, ""),
    ("instruct", MEGABYTE, "", "en", "", 1, ""),
    ("instruct", TEXT, MEGABYTE, "en", "", 1, ""),
    ("instruct", "\0\1\2\u202e\u200f", "", "en", "", 1, ""),
    ("instruct", "\ud800", "", "en", "", 1, ""),
    ("instruct", TEXT, "", "xx", "", 1, ""),
    ("instruct", TEXT, "", ["en"], "", 1, ""),
    ("instruct", TEXT, "", "{0.__class__}", "", 1, ""),
    ("instruct", TEXT, "", "en", "nobody", 1, ""),
    ("instruct", TEXT, "", "en", "../../etc/passwd", 1, ""),
    ("instruct", TEXT, "", "en", {"a": 1}, 1, ""),
    ("instruct", TEXT, "", "en", "", 1, "parrot"),
    ("clone", None, TEXT, "en", "", 1.0, 1, True, ""),
    ("cross_lingual", None, TEXT, "en", 1.0, 1, True, ""),
    ("translate", None, "klingon", "auto", False, "", "", "", ""),
    ("chat", TEXT, MEGABYTE, "", "", "", ""),
    ("chat", TEXT, "A friend.", "", "", "parrot", ""),
    ("chat", TEXT, "A friend.", "", "", "", "klingon"),
    ("on_clone", None, "", True, TEXT, "en", "fast", 1, 1, "kokoro", ""),
    ("on_clone", None, "", True, TEXT, "en", 99, 1, 1, "kokoro", ""),
    ("on_clone", None, "", True, TEXT, "en", 1, 1, 1, MEGABYTE, ""),
    ("on_translate", None, "zz", "en", True, "kokoro", "apertium", "whisper-base", ""),
]


@pytest.mark.parametrize("call", REFUSED, ids=lambda call: ascii(call)[:70])
def test_a_bad_call_gets_a_message(caller: Caller, call: tuple[Any, ...]) -> None:
    message = caller.answer(*call)
    assert is_sentence(message), message
    assert len(message) < 2_000


def test_an_audio_file_of_the_server_is_not_accessible(caller: Caller, tmp_path: Path) -> None:
    """Check that it is refused: if it could be read, it would be transcribed."""
    secret = tmp_path / "secret.flac"
    secret.write_bytes(example("en").path.read_bytes())
    for path in (str(secret), f"file://{secret}", f"../../../../../../../..{secret}"):
        message = caller.answer("recognize", FILE | {"path": path}, "en", True, "")
        assert is_sentence(message), message
        message = caller.answer("recognize", FILE | {"path": path, "url": path}, "en", True, "")
        assert is_sentence(message), message


def test_nothing_is_fetched_from_an_address_that_a_caller_names(caller: Caller) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/clip.wav"
        for file in ({"path": address}, {"path": "clip.wav", "url": address}, {"path": None, "url": address}):
            message = caller.answer("recognize", FILE | file, "en", True, "")
            assert is_sentence(message), message
        server.settimeout(0.5)
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize("seed", [-5, 1e300, 1.5, True])
def test_unusual_seeds_are_accepted(caller: Caller, seed: float) -> None:
    assert caller.answer("instruct", "Hi.", "", "en", "", seed, "") == ""


@pytest.mark.parametrize("text", ["Hi \ud800 there.", "\u202eHi there.\u200f", "Hi\0 there.\x1b[31m"])
def test_unusual_characters_are_left_out(caller: Caller, text: str) -> None:
    assert caller.answer("instruct", text, "", "en", "", 1, "") == ""


@pytest.mark.parametrize(
    ("speed", "reason"),
    [(0.0, "isn't supported"), (-1.0, "isn't supported"), (1e300, "isn't supported"), (99, "isn't supported")],
)
def test_unsupported_speeds_are_refused(caller: Caller, speed: float, reason: str) -> None:
    clip = caller.upload("clip.flac", example("en").path.read_bytes())
    message = caller.answer("clone", clip, "Hi.", "en", example("en").text, speed, 1, True, "")
    assert is_sentence(message)
    assert reason in message


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"model": "tts-1", "voice": "default", "input": ["x"]},
        {"model": "tts-1", "voice": "default", "input": MEGABYTE},
        {"model": "tts-1", "voice": "default", "input": "Hi.", "speed": 1e300},
        {"model": "tts-1", "voice": {"a": 1}, "input": "Hi."},
        {"model": "parrot", "voice": "default", "input": "Hi."},
        {"model": "tts-1", "voice": "default", "input": "Hi.", "ref_audio": "file:///etc/passwd", "consent": True},
    ],
    ids=lambda order: ascii(order)[:60],
)
def test_a_bad_api_request_gets_a_message(site: str, order: dict[str, Any]) -> None:
    answer = httpx.post(f"{site}v1/audio/speech", json=order, timeout=PATIENCE)
    assert answer.status_code in (400, 404, 413)
    assert is_sentence(answer.json()["error"]["message"]), answer.text
