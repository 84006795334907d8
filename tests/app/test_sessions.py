"""What a visitor leaves is gone when the page is closed, and nothing of anybody else's is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import httpx
import pytest
from gradio.context import LocalContext
from gradio.state_holder import StateHolder
from gradio_client import Client

import app
from funaudio_core import settings
from funaudio_core.runtime import jobs
from server import blocks, session_jobs, sessions
from tabs.components.outputs import write_file
from tests.conftest import ANSWER_SECONDS, example, noise, serve, write

PATIENCE = 90.0  # seconds until what must come is given up
GRACE = 8.0  # seconds, of the app under test
APP = f"import app; from server import sessions; sessions.GRACE_SECONDS = {GRACE}; app.launch(app.build())"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app with a cache of its own, in which the end of a visit is noticed and acted upon soon."""
    folder = tmp_path_factory.mktemp("visits")
    environment = {"GRADIO_HEARTBEAT_INTERVAL": "0.5", "GRADIO_TEMP_DIR": str(folder / "cache")}
    with serve(["-c", APP], folder / "log.txt", **environment) as address:
        yield address


def visitor(site: str) -> Client:
    """Somebody who opens the app and leaves their results on the server."""
    return Client(site, verbose=False, download_files=False)


def status(site: str, path: str) -> int:
    return httpx.get(f"{site}gradio_api/file={path}", timeout=ANSWER_SECONDS).status_code


def gone(site: str, *paths: str) -> bool:
    return all(status(site, path) == 403 for path in paths)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def upload(site: str, path: Path) -> str:
    with path.open("rb") as file:
        (uploaded,) = httpx.post(f"{site}gradio_api/upload", files={"files": file}, timeout=ANSWER_SECONDS).json()
    return str(uploaded)


def given(path: str) -> dict[str, Any]:
    """An upload as pages send it."""
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


def said(client: Client, clip: str) -> list[str]:
    """The files that the Clone page hands out for a clip: what plays, and the downloads."""
    order = (given(clip), "", "Good morning.", "en", 1.0, 5, 1, True, "kokoro")
    *_, last = client.submit(*order, api_name="/on_clone")
    return [row["path"] for row in _files(last)]


def _files(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "path" in value:
            yield value
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _files(item)


def test_uploads_and_results_go_with_their_visit_and_those_of_others_stay(site: str, tmp_path: Path) -> None:
    ours, theirs = visitor(site), visitor(site)
    one = upload(site, write(tmp_path / "one.wav", _speech(0)))
    both = upload(site, write(tmp_path / "both.wav", _speech(1)))
    ours.predict(given(both), "en", True, api_name="/recognize")
    theirs.predict(given(both), "en", True, api_name="/recognize")
    results, others = said(ours, one), said(theirs, both)
    assert len(results) == len(others) == 4
    assert [status(site, path) for path in (one, both, *results, *others)] == [200] * 10
    ours.close()
    until(lambda: gone(site, one, *results))
    assert [status(site, path) for path in (both, *others)] == [200] * 5
    theirs.close()
    until(lambda: gone(site, both, *others))


def _speech(variant: int) -> Any:
    """Speech that is no example clip, different for every variant."""
    from funaudio_core import audio
    from funaudio_core.types import Audio

    clip = audio.load(example("en").path)
    return Audio(clip.samples * (0.9 - 0.1 * variant), clip.rate)


def test_an_example_stays_whoever_chose_it(site: str) -> None:
    client = visitor(site)
    chosen = example("en", "happy").path
    copy = upload(site, chosen)
    for path in (str(chosen), copy):
        text, _ = client.predict(given(path), "en", True, api_name="/recognize")
        assert text
    client.close()
    until(lambda: gone(site, copy))
    assert status(site, str(chosen)) == 200


def test_examples_lie_where_no_sweep_goes() -> None:
    swept = [Path(path).name for files in app.build().temp_file_sets for path in files]
    assert not [name for name in swept if name.endswith(example("en").path.suffix)]


def test_who_left_before_the_result_was_fetched_still_gets_it(site: str, tmp_path: Path) -> None:
    client = visitor(site)
    clip = upload(site, write(tmp_path / "late.wav", _speech(2)))
    results = said(client, clip)
    client.close()
    assert httpx.get(f"{site}gradio_api/file={results[0]}", timeout=ANSWER_SECONDS).content[:4] == b"RIFF"
    until(lambda: gone(site, clip, *results))


def test_a_path_outside_the_cache_is_left_alone(site: str, tmp_path: Path) -> None:
    private = write(tmp_path / "private.wav", noise(1.0))
    client = visitor(site)
    clip = upload(site, write(tmp_path / "other.wav", noise(1.0)))
    for path in (str(private), clip):
        with pytest.raises(Exception, match=r"."):
            client.predict(given(path), "", "Good morning.", "en", 1.0, 5, False, api_name="/clone")
    client.close()
    until(lambda: gone(site, clip))
    assert private.exists()


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[blocks.SessionBlocks]:
    """Pages with a place for uploads and a State, in this process."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(sessions, "GRACE_SECONDS", 0.1)
    with blocks.SessionBlocks() as built:
        saved = gr.State({}, time_to_live=3600)
        gr.Button().click(lambda _: {"Anna": "a voice"}, saved, saved, api_name="save")
        gr.Button().click(lambda kept: list(kept), saved, gr.JSON(), api_name="list")
        built.unload(built.on_unload)
    _, _, _ = built.launch(prevent_thread_lock=True, quiet=True, server_port=None)
    yield built
    built.close()


def test_saved_voices_go_with_the_visit(pages: blocks.SessionBlocks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_HEARTBEAT_INTERVAL", "0.2")
    ours, theirs = Client(pages.local_url, verbose=False), Client(pages.local_url, verbose=False)
    for client in (ours, theirs):
        client.predict(api_name="/save")
        assert client.predict(api_name="/list") == ["Anna"]
    ours.close()
    until(lambda: ours.session_hash not in pages.state_holder)
    assert ours.session_hash not in sessions._visits
    assert theirs.predict(api_name="/list") == ["Anna"]
    theirs.close()
    until(lambda: theirs.session_hash not in pages.state_holder)


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """The session that a handler works for, with a cache of its own."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    token = LocalContext.request.set(SimpleNamespace(session_hash="visit"))  # type: ignore[arg-type]
    yield "visit"
    LocalContext.request.reset(token)
    sessions._visits.pop("visit", None)


def test_what_was_uploaded_anew_stays(visit: str, tmp_path: Path) -> None:
    upload, result = Path(write_file("theirs", "upload.txt")), Path(write_file("ours", "result.txt"))
    sessions.track_upload(upload)
    files = sessions._visits[visit].files
    time.sleep(0.05)
    upload.write_text("again")
    result.write_text("written later")
    pages = blocks.SessionBlocks()
    pages.state_holder = StateHolder()  # type: ignore[no-untyped-call]
    assert set(files) == {upload.resolve(), result.resolve()}
    pages._forget(visit)
    assert upload.exists()
    assert not result.parent.exists()
    assert (tmp_path / "cache").exists()


def test_a_page_has_one_job_which_the_browser_may_come_back_for(
    visit: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FUNAUDIO_HOME", str(tmp_path))
    settings.read.cache_clear()
    first, second, elsewhere = (jobs.create({}, 1) for _ in range(3))
    for page, job in (("clone", first), ("recognize", elsewhere), ("clone", second)):
        session_jobs.attach_job(page, job)
    kept = {folder.name for folder in (tmp_path / "jobs").iterdir()}
    assert kept == {second.id, elsewhere.id}
    session_jobs.goes(second.id, True)
    assert (
        session_jobs.attached_job("clone"),
        session_jobs.is_owner(second.id),
        session_jobs.is_owner(elsewhere.id),
    ) == (
        second.id,
        True,
        False,
    )
    session_jobs.detach_job("clone", first.id)  # which it has no more
    assert session_jobs.attached_job("clone") == second.id
    session_jobs.detach_job("clone", second.id)
    assert (session_jobs.attached_job("clone"), session_jobs.is_owner(second.id)) == ("", False)
    pages = blocks.SessionBlocks()
    pages.state_holder = StateHolder()  # type: ignore[no-untyped-call]
    session_jobs.goes(elsewhere.id, True)
    pages._forget(visit)
    assert [folder.name for folder in (tmp_path / "jobs").iterdir()] == [elsewhere.id]
    session_jobs.attach_job("recognize", jobs.get(elsewhere.id))
    assert not session_jobs.is_owner(elsewhere.id)
    session_jobs.detach_job("recognize", elsewhere.id)
    assert list((tmp_path / "jobs").iterdir()) == []
    settings.read.cache_clear()


def test_what_another_visit_has_other_work_in_place_of_goes_with_the_last_that_holds_it(
    visit: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FUNAUDIO_HOME", str(tmp_path))
    settings.read.cache_clear()
    pages = blocks.SessionBlocks()
    pages.state_holder = StateHolder()  # type: ignore[no-untyped-call]
    for again in (False, True):
        job, after = jobs.create({}, 2), jobs.create({}, 2)
        session_jobs.attach_job("clone", job)
        token = LocalContext.request.set(SimpleNamespace(session_hash="reloaded"))  # type: ignore[arg-type]
        session_jobs.attach_job("clone", job)
        session_jobs.attach_job("clone", after)
        LocalContext.request.reset(token)
        assert (tmp_path / "jobs" / job.id).exists()
        session_jobs.goes(job.id, again)
        pages._forget(visit)
        assert (tmp_path / "jobs" / job.id).exists() == again
        pages._forget("reloaded")
        assert (tmp_path / "jobs" / after.id).exists()
    settings.read.cache_clear()


def test_visits_of_which_no_end_is_told_are_forgotten(visit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    result = Path(write_file("ours", "result.txt"))
    pages = blocks.SessionBlocks()
    pages.state_holder = StateHolder()  # type: ignore[no-untyped-call]
    pages.state_holder.set_blocks(pages)
    assert pages.state_holder[visit] is not None
    pages._forget_the_oldest()
    assert result.exists()
    monkeypatch.setattr(sessions, "KEPT_SECONDS", 0.0)
    sessions._visits["someone else"] = sessions._Visit(began=1)
    pages._forget_the_oldest()
    del sessions._visits["someone else"]
    assert not result.exists()
    assert visit not in sessions._visits
    assert visit not in pages.state_holder
