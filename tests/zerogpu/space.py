"""Several concurrent users on the pages of an emulated ZeroGPU Space, with two GPUs and tiny checkpoints."""

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
from gradio_client import Client, handle_file

from tests.conftest import example, lite_home, serve
from tests.zerogpu import emulation
from tests.zerogpu.emulation import SchedulerClient

TIMEOUT_SECONDS = 300.0  # for a busy machine; an idle one needs one or two
RECOGNIZER, SYNTHESIZER = "sensevoice-small", "cosyvoice3"
LONG = "This will be spoken for some time, " * 8 + "or so it seems."
CLIP = example("en")


def recognize_request(language: str, engine: str = RECOGNIZER) -> tuple[str, tuple[Any, ...]]:
    return "/recognize", (example(language).path, "auto", True, engine)


def instruct_request(text: str, seed: int) -> tuple[str, tuple[Any, ...]]:
    return "/instruct", (text, "gladly", "en", "", seed, SYNTHESIZER)


def clone_request(text: str) -> tuple[str, tuple[Any, ...]]:
    return "/on_clone", (CLIP.path, CLIP.text, True, text, "en", 1.0, 5, 1, SYNTHESIZER, "")


REQUESTS = {
    "recognize English": recognize_request("en"),
    "recognize Spanish": recognize_request("es"),
    "recognize French": recognize_request("fr"),
    "instruct": instruct_request("Hi.", 5),
    "instruct again": instruct_request("Oh.", 6),
    "clone": ("/clone", (CLIP.path, "Ah.", "en", CLIP.text, 1.0, 7, True, SYNTHESIZER)),
    "recognize without a GPU": recognize_request("en", "whisper-base"),
    "leave": clone_request(LONG),
    "killed": clone_request(LONG),
}
COMPLETED = list(REQUESTS)[:-2]


class UserSession:
    """User with a session that makes one request."""

    def __init__(self, site: str, name: str) -> None:
        endpoint, arguments = REQUESTS[name]
        payload = base64.urlsafe_b64encode(json.dumps({"user": name}).encode()).decode().rstrip("=")
        self.token = f"e30.{payload}.e30"  # which Hugging Face's proxy adds to requests
        options: dict[str, Any] = {
            "verbose": False,
            "download_files": False,
            "httpx_kwargs": {"timeout": TIMEOUT_SECONDS},
        }
        client = Client(site, headers={"X-IP-Token": self.token}, **options)
        values = [handle_file(value) if isinstance(value, Path) else value for value in arguments]
        self.job = client.submit(*values, api_name=endpoint)

    def answer(self) -> Any:
        """Return the last values of the answer, or the error as text.

        Files are replaced by hashes of their content, and timings are left out.
        """
        try:
            return [_without_timings(value) for value in self.job.result(TIMEOUT_SECONDS)]
        except Exception as error:  # noqa: BLE001  (any error is the answer)
            return f"{type(error).__name__}: {error}"

    def gpu_process(self, host: SchedulerClient) -> int:
        """Wait for speech, and return the id of the process that has a GPU for this user.

        Before speech has arrived, the process could still be replaced.
        """
        wait_until(lambda: host.process(self.token))
        wait_until(lambda: re.search(r"\d s (so far|generated)…", str(self.job.outputs())))
        return host.process(self.token)

    def leave(self, host: SchedulerClient) -> None:
        """Close the page during the work."""
        self.gpu_process(host)
        self.job.cancel()


def _without_timings(value: Any) -> Any:
    if isinstance(value, dict) and "path" in value:
        return hashlib.sha256(Path(value["path"]).read_bytes()).hexdigest()
    if isinstance(value, dict):
        return {name: part for name, part in value.items() if name not in ("rtf", "first_audio")}
    return value


def wait_until(condition: Callable[[], Any]) -> None:
    """Wait until the condition is true."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@dataclass(frozen=True)
class Results:
    """Answers of all users and the state of the app.

    Attributes:
        visit: Report of tests/zerogpu/visit.py.
        alone: Answer of each user without others.
        together: Answer of each user at the same time as all others.
        request_counts: Number of requests for a GPU by user.
        lent_count: Number of GPUs that are lent at the end.
        killed_outputs: All that the page showed the user whose process was killed.
        later: Answer of the next user.
        health: Response of /health at the end.
        processes: Ids of the GPU processes, which have all ended with the app.
    """

    visit: dict[str, Any]
    alone: dict[str, Any]
    together: dict[str, Any]
    request_counts: dict[str, int]
    lent_count: int
    killed_outputs: str
    later: Any
    health: dict[str, Any]
    processes: list[int]


def is_page_process(process: int) -> bool:
    """Return whether a process exists and is one of this app."""
    command = Path(f"/proc/{process}/cmdline")
    return command.exists() and b"tests.zerogpu.page" in command.read_bytes()


def use_space(folder: Path) -> Results:
    """Run all requests alone, then all at once, while one user leaves and the process of another is killed."""
    with emulation.scheduler() as host:
        space = {"SPACES_ZERO_DEVICE_API_URL": host.address, "FUNAUDIO_HOME": str(lite_home(folder))}
        command = ["-m", "tests.zerogpu.page", str(folder / "hub"), str(folder / "visit.json")]
        with serve(command, folder / "log.txt", FUNAUDIO_CONCURRENCY="2", **space) as site:
            alone = {name: UserSession(site, name).answer() for name in COMPLETED}
            before = len(host.requests("/schedule"))
            users = {name: UserSession(site, name) for name in REQUESTS}
            with ThreadPoolExecutor(1) as pool:  # in parallel, since either may be the first to compute
                left = pool.submit(users["leave"].leave, host)
                os.kill(users["killed"].gpu_process(host), signal.SIGKILL)
                left.result(TIMEOUT_SECONDS)
            together = {name: user.answer() for name, user in users.items()}
            wait_until(lambda: not host.lent_count())
            tokens = [row.get("token") for row in host.requests("/schedule")[before:]]
            request_counts = {name: tokens.count(user.token) for name, user in users.items()}
            later = UserSession(site, "instruct").answer()
            health = dict(httpx.get(f"{site}health", timeout=TIMEOUT_SECONDS).json())
            killed_outputs, lent_count = str(users["killed"].job.outputs()), host.lent_count()
        processes = [int(row["pid"]) for row in host.requests("/allow")]
        wait_until(lambda: not any(map(is_page_process, processes)))
    visit = json.loads((folder / "visit.json").read_text())
    return Results(visit, alone, together, request_counts, lent_count, killed_outputs, later, health, processes)
