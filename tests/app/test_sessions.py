"""Files of a session are deleted when it ends or its app is killed; those of others stay."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client

import app
from funaudio_core import audio
from funaudio_core.types import Audio
from tests.conftest import ANSWER_SECONDS, address_at, example, free_port, noise, running, serve, write

pytestmark = pytest.mark.slow
PATIENCE = 180.0  # seconds to wait for a deletion
GRACE = 8.0  # seconds, of the app under test
APP = (
    "from tests import fakes; fakes.install(); import app; from server import sessions;"
    f"sessions.GRACE_SECONDS = {GRACE}; app.launch(app.build())"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of an app that notices the end of a session soon and deletes its files soon after."""
    folder = tmp_path_factory.mktemp("sessions")
    environment = {"GRADIO_HEARTBEAT_INTERVAL": "0.5", "FUNAUDIO_HOME": str(folder / "home")}
    with serve(["-c", APP], folder / "log.txt", **environment) as address:
        yield address


def connect(site: str) -> Client:
    """Open the app; results stay on the server."""
    return Client(site, verbose=False, download_files=False)


def status(site: str, path: str) -> int:
    with httpx.stream("GET", f"{site}gradio_api/file={path}", timeout=ANSWER_SECONDS) as answer:  # may be cut off
        return answer.status_code


def are_deleted(site: str, *paths: str) -> bool:
    return all(status(site, path) == 403 for path in paths)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def upload(site: str, path: Path) -> str:
    with path.open("rb") as file:
        (uploaded,) = httpx.post(f"{site}gradio_api/upload", files={"files": file}, timeout=ANSWER_SECONDS).json()
    return str(uploaded)


def file_data(path: str) -> dict[str, Any]:
    """Return an upload as pages send it."""
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


def clone(client: Client, clip: str) -> list[str]:
    """Return the files that the Clone page makes from a clip: the sound of the player, and the downloads."""
    reference = (file_data(clip), "", True)
    *_, last = client.submit(*reference, "Good morning.", "en", 1.0, 5, 1, "kokoro", "", api_name="/on_clone")
    return [row["path"] for row in _files(last)]


def _files(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "path" in value:
            yield value
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _files(item)


def _speech(variant: int) -> Audio:
    """Return speech that is no example clip, different for each variant."""
    clip = audio.load(example("en").path)
    return Audio(clip.samples * (0.9 - 0.1 * variant), clip.rate)


def test_files_of_a_session_are_deleted_with_it_and_those_of_others_stay(site: str, tmp_path: Path) -> None:
    ours, theirs = connect(site), connect(site)
    one = upload(site, write(tmp_path / "one.wav", _speech(0)))
    both = upload(site, write(tmp_path / "both.wav", _speech(1)))
    ours.predict(file_data(both), "en", True, api_name="/recognize")
    theirs.predict(file_data(both), "en", True, api_name="/recognize")
    results, others = clone(ours, one), clone(theirs, both)
    assert len(results) == len(others) == 4
    assert [status(site, path) for path in (one, both, *results, *others)] == [200] * 10
    ours.close()
    wait_until(lambda: are_deleted(site, one, *results))
    assert [status(site, path) for path in (both, *others)] == [200] * 5
    theirs.close()
    wait_until(lambda: are_deleted(site, both, *others))


def test_examples_are_not_deleted(site: str) -> None:
    client = connect(site)
    chosen = example("en", "happy").path
    copy = upload(site, chosen)
    for path in (str(chosen), copy):
        text, _ = client.predict(file_data(path), "en", True, api_name="/recognize")
        assert text
    client.close()
    wait_until(lambda: are_deleted(site, copy))
    assert status(site, str(chosen)) == 200


def test_gradio_does_not_track_examples_as_temporary_files() -> None:
    tracked = [Path(path).name for files in app.build().temp_file_sets for path in files]
    assert not [name for name in tracked if name.endswith(example("en").path.suffix)]


def test_a_result_can_be_fetched_just_after_the_session_was_closed(site: str, tmp_path: Path) -> None:
    client = connect(site)
    clip = upload(site, write(tmp_path / "late.wav", _speech(2)))
    results = clone(client, clip)
    client.close()
    assert httpx.get(f"{site}gradio_api/file={results[0]}", timeout=ANSWER_SECONDS).content[:4] == b"RIFF"
    wait_until(lambda: are_deleted(site, clip, *results))


def test_a_path_outside_the_cache_is_left_alone(site: str, tmp_path: Path) -> None:
    private = write(tmp_path / "private.wav", noise(1.0))
    client = connect(site)
    clip = upload(site, write(tmp_path / "other.wav", noise(1.0)))
    for path in (str(private), clip):
        with pytest.raises(Exception, match=r"."):
            client.predict(file_data(path), "", "Good morning.", "en", 1.0, 5, False, api_name="/clone")
    client.close()
    wait_until(lambda: are_deleted(site, clip))
    assert private.exists()


def test_files_of_a_killed_app_are_deleted_by_the_next_and_those_of_a_running_one_stay(tmp_path: Path) -> None:
    environment = {"FUNAUDIO_HOME": str(tmp_path / "home")}
    ports = [free_port() for _ in range(3)]
    log, command = tmp_path / "log.txt", ["-m", "tests.fakes"]
    clips = [write(tmp_path / f"{number}.wav", _speech(number)) for number in range(2)]
    with (
        running(command, log, ports[0], **environment) as killed,
        running(command, log, ports[1], **environment),
    ):
        sites = [address_at(port) for port in ports[:2]]
        uploads = [upload(site, clip) for site, clip in zip(sites, clips, strict=True)]
        dead, living = ([clip, *clone(connect(site), clip)] for site, clip in zip(sites, uploads, strict=True))
        assert len(dead) == len(living) == 5
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait(180)
        assert all(Path(path).exists() for path in (*dead, *living))
        with running(command, log, ports[2], **environment):
            assert not any(Path(path).exists() for path in dead)
            assert len([path for path in (tmp_path / "home" / "run").iterdir() if path.is_dir()]) == 2
            assert [status(sites[1], path) for path in living] == [200] * 5
