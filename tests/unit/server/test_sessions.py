"""Files, jobs and saved voices of sessions, in this process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from gradio.context import LocalContext
from gradio.state_holder import StateHolder
from gradio_client import Client

from funaudio_core import settings
from funaudio_core.runtime import jobs
from server import blocks, session_jobs, sessions
from tabs.components.outputs import write_file

PATIENCE = 180.0  # seconds to wait for the end of a session


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Set an upload folder for this process and return it."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    return tmp_path / "cache"


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> sessions.SessionStore:
    """Use an empty store in this process and return it."""
    store = sessions.SessionStore()
    for module in (sessions, session_jobs, blocks):
        monkeypatch.setattr(module, "STORE", store)
    return store


@pytest.fixture
def pages(cache: Path, store: sessions.SessionStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[blocks.SessionBlocks]:
    """Serve an app with a State in this process."""
    monkeypatch.setattr(sessions, "GRACE_SECONDS", 0.1)
    with blocks.SessionBlocks() as built:
        saved = gr.State({}, time_to_live=3600)
        gr.Button().click(lambda _: {"Anna": "a voice"}, saved, saved, api_name="save")
        gr.Button().click(lambda voices: list(voices), saved, gr.JSON(), api_name="list")
        built.unload(built.on_unload)
    _, _, _ = built.launch(prevent_thread_lock=True, quiet=True, server_port=None)
    yield built
    built.close()


def test_saved_voices_go_with_the_session(
    pages: blocks.SessionBlocks, store: sessions.SessionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_HEARTBEAT_INTERVAL", "0.2")
    ours, theirs = Client(pages.local_url, verbose=False), Client(pages.local_url, verbose=False)
    for client in (ours, theirs):
        client.predict(api_name="/save")
        assert client.predict(api_name="/list") == ["Anna"]
    ours.close()
    wait_until(lambda: ours.session_hash not in pages.state_holder)
    assert ours.session_hash not in store._sessions
    assert theirs.predict(api_name="/list") == ["Anna"]
    theirs.close()
    wait_until(lambda: theirs.session_hash not in pages.state_holder)


@pytest.fixture
def session(cache: Path, store: sessions.SessionStore) -> Iterator[str]:
    """Set the session of the current request and yield its id."""
    token = LocalContext.request.set(SimpleNamespace(session_hash="ours"))  # type: ignore[arg-type]
    yield "ours"
    LocalContext.request.reset(token)


@pytest.fixture
def job_dir(session: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Set the folder of jobs and yield it."""
    monkeypatch.setenv("FUNAUDIO_HOME", str(tmp_path))
    settings.read.cache_clear()
    yield tmp_path / "jobs"
    settings.read.cache_clear()


def test_an_upload_that_was_repeated_stays(session: str, store: sessions.SessionStore, cache: Path) -> None:
    upload, result = Path(write_file("theirs", "upload.txt")), Path(write_file("ours", "result.txt"))
    sessions.track_upload(upload)
    time.sleep(0.05)
    upload.write_text("again")
    result.write_text("written later")
    assert set(store._sessions[session].files) == {upload.resolve(), result.resolve()}
    store.remove(session)
    assert upload.exists()
    assert not result.parent.exists()
    assert cache.exists()


def test_a_file_of_two_sessions_is_deleted_with_the_last(session: str, store: sessions.SessionStore) -> None:
    shared = Path(write_file("ours", "shared.txt"))
    store.add_file("theirs", shared, time.time() + 1)
    store.remove(session)
    assert shared.exists()
    store.remove("theirs")
    assert not shared.parent.exists()


def test_files_outside_the_cache_and_calls_from_python_are_not_tracked(
    session: str, store: sessions.SessionStore, tmp_path: Path
) -> None:
    private = tmp_path / "private.txt"
    private.write_text("ours")
    for path in (private, "a\0b", str(tmp_path / "cache" / ".." / "private.txt")):
        sessions.track_upload(path)
    store.add_file("", write_file("ours", "result.txt"), time.time())
    assert set(store._sessions) == {session}
    store.remove(session)
    assert private.exists()


def test_outputs_are_deleted_two_rotations_later(session: str) -> None:
    files = [write_file("ours", "part.txt") for _ in range(3)]
    for file in files:
        sessions.rotate_outputs("job", [file])
    assert [Path(file).exists() for file in files] == [False, True, True]


def test_inputs_are_tracked_by_the_first_step_of_a_handler(
    store: sessions.SessionStore, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracked: list[str] = []
    monkeypatch.setattr(blocks, "track_upload", lambda path, _session: tracked.append(path))

    async def nothing(*_args: Any, **_kwargs: Any) -> dict[str, Any]:
        assert store._sessions["theirs"].active_steps == 1
        return {}

    async def call() -> None:
        for path in ("first", "second"):
            for iterator in (None, "begun", "begun"):  # Gradio repeats the inputs for each step
                await blocks.SessionBlocks().process_api(
                    inputs=[{"path": path}], session_hash="theirs", iterator=iterator
                )

    monkeypatch.setattr(blocks.SessionBlocks, "_process_api", nothing)
    asyncio.run(call())
    assert tracked == ["first", "second"]
    assert store._sessions["theirs"].active_steps == 0


def test_a_closed_session_is_removed_after_its_last_step(
    store: sessions.SessionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "GRACE_SECONDS", 0.0)
    assert store.seconds_left("ours") is None
    with store.step("ours", is_first=True):
        store.close("ours")
        assert store.seconds_left("ours") == 1.0
        with store.step("ours", is_first=False):
            assert store.seconds_left("ours") == 1.0
    assert store.seconds_left("ours") == 0.0
    with store.step("ours", is_first=True):
        assert store.seconds_left("ours") is None  # it is open again
    store.close("ours")
    monkeypatch.setattr(sessions, "GRACE_SECONDS", 60.0)
    assert 59.0 < (store.seconds_left("ours") or 0.0) <= 60.0


def test_a_page_has_one_job_which_outlives_the_session(
    session: str, store: sessions.SessionStore, job_dir: Path
) -> None:
    first, second, other = (jobs.create({}, 1) for _ in range(3))
    for page, job in (("clone", first), ("recognize", other), ("clone", second)):
        assert session_jobs.attach_job(page, job)
    assert {folder.name for folder in job_dir.iterdir()} == {second.id, other.id}
    session_jobs.set_running(second.id, True)
    assert session_jobs.attached_job("clone") == second.id
    assert session_jobs.is_running(second.id)
    assert not session_jobs.is_running(other.id)
    session_jobs.delete_job(first.id)  # not the job of a page any more
    assert session_jobs.attached_job("clone") == second.id
    session_jobs.delete_job(second.id)
    assert (session_jobs.attached_job("clone"), session_jobs.is_running(second.id)) == ("", False)
    session_jobs.set_running(other.id, True)
    store.remove(session)
    assert [folder.name for folder in job_dir.iterdir()] == [other.id]
    session_jobs.attach_job("recognize", jobs.get(other.id))
    assert not session_jobs.is_running(other.id)
    session_jobs.delete_job(other.id)
    assert list(job_dir.iterdir()) == []


def test_a_job_is_owned_by_one_open_session(store: sessions.SessionStore) -> None:
    assert store.attach_job("ours", "clone", "job")
    assert not store.attach_job("theirs", "clone", "job")
    store.set_running("ours", "job", True)
    store.set_running("theirs", "job", False)  # not its own
    store.set_running("nobody", "job", True)  # an unknown session owns nothing
    assert store.is_running("ours", "job")
    assert not store.is_owned_elsewhere("ours", "job")
    assert store.is_owned_elsewhere("theirs", "job")
    store.close("ours")
    assert not store.is_owned_elsewhere("theirs", "job")
    assert store.attach_job("theirs", "clone", "job")
    assert (store.attached_job("ours", "clone"), store.attached_job("theirs", "clone")) == ("", "job")
    assert not store.is_running("ours", "job")
    assert not store.is_running("theirs", "job")
    store.set_running("ours", "job", True)  # of a part that still ends
    assert not store.is_running("ours", "job")


def test_an_idle_session_loses_its_job(store: sessions.SessionStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser that lost its connection may never close its session."""
    store.attach_job("ours", "clone", "job")
    store.set_running("ours", "job", True)
    monkeypatch.setattr(sessions, "GRACE_SECONDS", -1.0)
    with store.step("ours", is_first=True):
        assert store.is_owned_elsewhere("theirs", "job")
    assert not store.is_owned_elsewhere("theirs", "job")
    assert store.attach_job("theirs", "clone", "job")


def test_attaching_a_job_again_leaves_it_running(store: sessions.SessionStore) -> None:
    store.attach_job("ours", "clone", "job")
    store.set_running("ours", "job", True)
    assert store.attach_job("ours", "clone", "job")
    assert store.is_running("ours", "job")


def test_a_session_that_lost_its_job_deletes_nothing(session: str, store: sessions.SessionStore, job_dir: Path) -> None:
    job, later = jobs.create({}, 2), jobs.create({}, 2)
    session_jobs.attach_job("clone", job)
    store.close(session)
    assert store.attach_job("reloaded", "clone", job.id)
    session_jobs.delete_job(job.id)
    session_jobs.attach_job("clone", later)
    assert {folder.name for folder in job_dir.iterdir()} == {job.id, later.id}
    store.attach_job("reloaded", "clone", jobs.create({}, 1).id)
    assert not (job_dir / job.id).exists()


def test_idle_sessions_are_removed_unless_they_work(
    session: str, store: sessions.SessionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = Path(write_file("ours", "result.txt"))
    pages = blocks.SessionBlocks()
    pages.state_holder = StateHolder()  # type: ignore[no-untyped-call]
    pages.state_holder.set_blocks(pages)
    assert pages.state_holder[session] is not None
    assert store.stale_session() is None
    monkeypatch.setattr(sessions, "MAX_IDLE_SECONDS", 0.0)
    assert store.stale_session() == session
    with store.step("theirs", is_first=True):
        pages._remove(session)
        assert store.stale_session() is None
    assert store.stale_session() == "theirs"
    assert not result.exists()
    assert session not in store._sessions
    assert session not in pages.state_holder
