"""Many visitors on the pages of a ZeroGPU Space: the real app in a process of its own, two GPUs, tiny checkpoints."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client, handle_file

from tests.conftest import example, lite_home, serve
from tests.zerogpu import emulation
from tests.zerogpu.emulation import Host

PATIENCE = 300.0  # seconds, on a busy machine; a quiet one needs one or two
EAR, VOICE = "sensevoice-small", "cosyvoice3"
LONG = "This will be spoken for some time, " * 8 + "or so it seems."
CLIP = example("en")


def heard(language: str, engine: str = EAR) -> tuple[str, tuple[Any, ...]]:
    return "/recognize", (example(language).path, "auto", True, engine)


def told(text: str, seed: int) -> tuple[str, tuple[Any, ...]]:
    return "/instruct", (text, "gladly", "en", "", seed, VOICE)


def cloned(text: str) -> tuple[str, tuple[Any, ...]]:
    return "/on_clone", (CLIP.path, CLIP.text, True, text, "en", 1.0, 5, 1, VOICE)


ORDERS = {
    "hears English": heard("en"),
    "hears Spanish": heard("es"),
    "hears French": heard("fr"),
    "instructs": told("Hi.", 5),
    "instructs another": told("Oh.", 6),
    "clones": ("/clone", (CLIP.path, "Ah.", "en", CLIP.text, 1.0, 7, True, VOICE)),
    "hears without a GPU": heard("en", "whisper-base"),
    "leaves": cloned(LONG),
    "is cut off": cloned(LONG),
}
ANSWERED = list(ORDERS)[:-2]


class Visit:
    """A visitor, in a session of their own, who orders one thing."""

    def __init__(self, site: str, name: str) -> None:
        endpoint, given = ORDERS[name]
        payload = base64.urlsafe_b64encode(json.dumps({"user": name}).encode()).decode().rstrip("=")
        self.token = f"e30.{payload}.e30"  # what Hugging Face's proxy sends along with their requests
        options: dict[str, Any] = {"verbose": False, "download_files": False, "httpx_kwargs": {"timeout": PATIENCE}}
        client = Client(site, headers={"X-IP-Token": self.token}, **options)
        values = [handle_file(value) if isinstance(value, Path) else value for value in given]
        self.job = client.submit(*values, api_name=endpoint)

    def answer(self) -> Any:
        """The last values, files as hashes of what is in them, but for what the clock measures; else the error."""
        try:
            return [_timeless(value) for value in self.job.result(PATIENCE)]
        except Exception as error:  # noqa: BLE001  (whatever it is, the visitor got nothing)
            return f"{type(error).__name__}: {error}"

    def computes(self, host: Host) -> int:
        """Return the process that got a GPU for them, once speech has come from it: before, it would be replaced."""
        until(lambda: host.process(self.token))
        until(lambda: re.search(r"\d s (so far|generated)…", str(self.job.outputs())))
        return host.process(self.token)

    def leave(self, host: Host) -> None:
        """Close the page amid the work."""
        self.computes(host)
        self.job.cancel()


def _timeless(value: Any) -> Any:
    if isinstance(value, dict) and "path" in value:
        return hashlib.sha256(Path(value["path"]).read_bytes()).hexdigest()
    if isinstance(value, dict):
        return {name: part for name, part in value.items() if name not in ("rtf", "first_audio")}
    return value


def until(condition: Callable[[], Any]) -> None:
    """Wait for the condition."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@dataclass(frozen=True)
class Crowd:
    """alone, together: each visitor's answer. asked: how often a GPU was asked for, by visitor. out: GPUs at the end.

    said: all that the visitor who is cut off was shown. later: what the next visitor got. health: what is told then.
    processes: that were lent a GPU, all of which have ended with the app.
    """

    alone: dict[str, Any]
    together: dict[str, Any]
    asked: dict[str, int]
    out: int
    said: str
    later: Any
    health: dict[str, Any]
    processes: list[int]


def computing(process: int) -> bool:
    """Whether there is such a process of ours."""
    command = Path(f"/proc/{process}/cmdline")
    return command.exists() and b"tests.zerogpu.page" in command.read_bytes()


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Crowd:
    """Everybody alone, then everybody at once, of whom one leaves and one's process is killed."""
    folder = tmp_path_factory.mktemp("space")
    with emulation.scheduler() as host:
        space = {"SPACES_ZERO_DEVICE_API_URL": host.address, "FUNAUDIO_HOME": str(lite_home(folder))}
        command = ["-m", "tests.zerogpu.page", str(folder / "hub")]
        with serve(command, folder / "log.txt", FUNAUDIO_CONCURRENCY="2", **space) as site:
            alone = {name: Visit(site, name).answer() for name in ANSWERED}
            before = len(host.asked("/schedule"))
            visits = {name: Visit(site, name) for name in ORDERS}
            with ThreadPoolExecutor(1) as pool:  # whoever comes first
                left = pool.submit(visits["leaves"].leave, host)
                os.kill(visits["is cut off"].computes(host), signal.SIGKILL)
                left.result(PATIENCE)
            together = {name: visit.answer() for name, visit in visits.items()}
            until(lambda: not host.out())
            tokens = [row.get("token") for row in host.asked("/schedule")[before:]]
            asked = {name: tokens.count(visit.token) for name, visit in visits.items()}
            later = Visit(site, "instructs").answer()
            health = dict(httpx.get(f"{site}health", timeout=PATIENCE).json())
            said, out = str(visits["is cut off"].job.outputs()), host.out()
        processes = [int(row["pid"]) for row in host.asked("/allow")]
        until(lambda: not any(map(computing, processes)))
    return Crowd(alone, together, asked, out, said, later, health, processes)


@pytest.mark.parametrize("name", ANSWERED)
def test_everybody_gets_what_they_get_alone(crowd: Crowd, name: str) -> None:
    assert isinstance(crowd.together[name], list), crowd.together[name]
    assert crowd.together[name] == crowd.alone[name]


def test_no_two_answers_are_the_same(crowd: Crowd) -> None:
    assert len({str(crowd.alone[name]) for name in ANSWERED}) == len(ANSWERED)


def test_a_click_asks_for_a_gpu_once_where_it_needs_one(crowd: Crowd) -> None:
    assert crowd.asked == {name: int(name != "hears without a GPU") for name in ORDERS}


def test_whoever_is_cut_off_is_told_and_whoever_leaves_is_not_missed(crowd: Crowd) -> None:
    assert "The GPU was reclaimed before the job finished" in crowd.together["is cut off"]
    assert isinstance(crowd.together["leaves"], str)  # an error of their client's, which has no answer
    assert crowd.out == 0
    assert crowd.later == crowd.alone["instructs"]
    assert (crowd.health["active"], crowd.health["queued"]) == (0, 0)


def test_whoever_waits_is_told_where_in_line_they_are(crowd: Crowd) -> None:
    assert re.search(r"In queue: \d+ ahead of you", crowd.said)


def test_what_was_lent_a_gpu_ends_with_the_app(crowd: Crowd) -> None:
    assert len(set(crowd.processes)) >= 2  # one for each GPU
    assert not any(map(computing, crowd.processes))
