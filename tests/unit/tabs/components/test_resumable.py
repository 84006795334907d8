"""Resumable work of a page, in one tab and in two; its parts are scripted, so no model takes part."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from gradio.context import LocalContext

from funaudio_core import settings
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.errors import BadInput
from funaudio_core.message import Message
from funaudio_core.pipelines import chunked_recognition
from funaudio_core.pipelines.chunked_recognition import PartialResult, RecognitionJob
from funaudio_core.pipelines.chunked_synthesis import CheckedTake, create_job
from funaudio_core.pipelines.self_check import TakeReport
from funaudio_core.pipelines.synthesize import join_chunks
from funaudio_core.runtime import cancellation, jobs
from funaudio_core.runtime.jobs import Job
from funaudio_core.runtime.queue import QueueFull
from funaudio_core.tasks import synthesis
from funaudio_core.types import SpeechChunk, SpeechRequest, Style, Transcript, Voice
from server import admission, session_jobs, sessions
from server import cancellation as server_cancellation
from server.events import queued_handler
from server.session_jobs import JobState
from server.updates import Update
from tabs import zero_shot
from tabs.components import chunked_speech, engine_picker, resumable, speech_output
from tabs.components.reference_voice import ReferenceInput
from tabs.components.resumable import ResumableTask, Step
from tabs.recognize import transcription
from tests.conftest import noise

PAGE = "tests.scripted_page"
KIND = "scripted 1"
TIMEOUT_SECONDS = 180
CONTROLS = {"note", "resume"}


class Script:
    """Scripted parts.

    Attributes:
        parts: Id of the job and number of each part that was made.
        before_start: Called before a new job is created.
        before_save: Called before a part is saved.
        has_engine: The engine is available.
    """

    def __init__(self) -> None:
        self.parts: list[tuple[str, int]] = []
        self.before_start: Callable[[], None] = lambda: None
        self.before_save: Callable[[], None] = lambda: None
        self.has_engine = True

    def run_part(self, job: Job) -> Iterator[Update]:
        number = job.completed_parts
        yield Update(status=f"Making {number + 1}")
        self.parts.append((job.id, number))
        self.before_save()
        job.save_part({}, {})
        yield self.render(job)

    def render(self, job: Job) -> Update:
        return Update(status=f"Made {job.completed_parts}")

    def task(self) -> ResumableTask:
        return ResumableTask(PAGE, KIND, self.run_part, self.render, self.pause_message, lambda _: self.has_engine)

    def pause_message(self, job: Job) -> Message:
        return Message("{done} of {total}", done=job.completed_parts, total=job.total_parts)


class Tab:
    """A browser tab: what it shows, and the step that the browser sends next."""

    def __init__(self, script: Script, session: str) -> None:
        self.session, self.task = session, script.task()
        self.on_step, self.on_continue = resumable.handlers(self.task)
        self.step: Step | None = None
        self.status, self.last_job, self.note = "", list[str](), ""
        self.updates: list[Update] = []

        def on_speak(total_parts: int) -> Iterator[Update]:
            yield Update(status="Reading", **self.task.discard())
            script.before_start()
            yield from self.task.start(jobs.create({"kind": KIND}, total_parts))

        on_speak.__module__ = PAGE
        self.on_speak = queued_handler()(on_speak)

    def speak(self, total_parts: int = 3) -> None:
        self.consume(self.on_speak(total_parts))

    def run_next(self) -> None:
        assert self.step is not None
        self.consume(self.on_step(self.step))

    def press_continue(self) -> None:
        self.consume(self.on_continue(self.last_job))

    def start_second_part(self) -> Generator[Update]:
        """Speak, begin the second part, and return its handler."""
        self.speak()
        assert self.step is not None
        running = self.on_step(self.step)
        self.consume_until(running, "Making 2")
        return running  # type: ignore[return-value]

    def finish(self) -> None:
        """Send steps, as the browser does, until there are no more."""
        while self.step is not None:
            self.run_next()

    def press_stop(self) -> None:
        self.task.pause()
        server_cancellation.request_stop(PAGE)

    def show_stopped(self) -> None:
        """Show what the handler of Stop shows last."""
        self._show(self.task.show())

    def open(self, last_job: list[str]) -> None:
        """Open the page in a browser that keeps this value."""
        become(self.session)
        self.last_job = last_job
        self._show(self.task.offer(last_job))

    def close(self) -> None:
        sessions.STORE.close(self.session)

    def consume(self, updates: Iterator[Update]) -> None:
        """Show all that a handler yields."""
        self.step = None
        self.consume_until(updates, None)

    def consume_until(self, updates: Iterator[Update], status: str | None) -> None:
        """Show what a handler yields until it shows a status."""
        become(self.session)
        for update in updates:
            if update == gr.skip():  # stopped before its first update
                continue
            self._show(update)
            if status is not None and update.get("status") == status:
                return

    def _show(self, update: Update) -> None:
        self.updates.append(update)
        self.status = update.get("status", self.status)
        self.step = update.get("step", self.step)
        self.last_job = update.get("last_job", self.last_job)
        assert len(CONTROLS & update.keys()) != 1
        if "note" in update:
            assert update["note"].visible == update["resume"].visible
            self.note = update["note"].value if update["note"].visible else ""


def become(session: str) -> None:
    """Set the session of the current request."""
    LocalContext.request.set(SimpleNamespace(session_hash=session))  # type: ignore[arg-type]


@contextmanager
def _admit(who: str, payer: str) -> Iterator[Any]:
    """Admit a request at once."""
    yield SimpleNamespace(wait=lambda _: True)


@contextmanager
def _admit_second(who: str, payer: str) -> Iterator[Any]:
    """Admit a request when it asks for the second time."""
    answers = iter([False, True])
    yield SimpleNamespace(wait=lambda _: next(answers), position=SimpleNamespace(ahead=1, wait_seconds=None))


def _refuse(who: str, payer: str) -> Any:
    raise QueueFull("The queue is full.")


@pytest.fixture(autouse=True)
def jobs_dir(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Set the folder of jobs, use an empty session store, and admit every request."""
    monkeypatch.setenv("FUNAUDIO_HOME", str(tmp_path))
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(admission, "admit", _admit)
    store = sessions.SessionStore()
    for module in (sessions, session_jobs):
        monkeypatch.setattr(module, "STORE", store)
    settings.read.cache_clear()
    token = LocalContext.request.set(None)
    become("first")
    yield tmp_path / "jobs"
    LocalContext.request.reset(token)
    settings.read.cache_clear()


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def first(script: Script) -> Tab:
    return Tab(script, "first")


@pytest.fixture
def second(script: Script) -> Tab:
    return Tab(script, "second")


def job_ids(jobs_dir: Path) -> list[str]:
    return sorted(folder.name for folder in jobs_dir.glob("*"))


def run_in_thread(work: Callable[[], None]) -> tuple[threading.Thread, list[BaseException]]:
    """Run work in a thread with the current request; return the thread and its errors."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 (the test asserts that there is none)
            errors.append(error)

    thread = threading.Thread(target=contextvars.copy_context().run, args=(run,))
    thread.start()
    return thread, errors


def test_states_of_a_job(first: Tab, script: Script) -> None:
    states: list[JobState] = []

    def note_state() -> None:
        states.append(first.task.state())

    script.before_start = script.before_save = note_state
    note_state()
    first.speak(2)
    first.press_stop()
    note_state()
    first.press_continue()
    note_state()
    assert states == [JobState.IDLE, JobState.IDLE, JobState.RUNNING, JobState.PAUSED, JobState.RUNNING, JobState.SHOWN]
    job = jobs.create({"kind": KIND}, 1)
    session_jobs.attach_job(PAGE, job)
    job.save_part({}, {})
    assert first.task.state() is JobState.DONE
    job.delete()
    assert first.task.state() is JobState.EXPIRED


def test_parts_follow_each_other_and_the_browser_keeps_the_id(first: Tab, script: Script, jobs_dir: Path) -> None:
    first.speak()
    job_id = first.last_job[0]
    first.finish()
    assert script.parts == [(job_id, 0), (job_id, 1), (job_id, 2)]
    assert (first.status, first.note, job_ids(jobs_dir)) == ("Made 3", "", [job_id])
    first.consume(iter([first.task.discard()]))  # as for a short text
    assert job_ids(jobs_dir) == []
    # never emptied: another tab's may be stored there
    assert [update["last_job"] for update in first.updates if "last_job" in update] == [[job_id]] * 3


def test_a_new_request_waits_for_a_part_that_is_being_saved(
    first: Tab, script: Script, jobs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saving, released = threading.Event(), threading.Event()

    def before_save() -> None:
        script.before_save = lambda: None
        saving.set()
        assert released.wait(TIMEOUT_SECONDS)

    script.before_save = before_save
    old = Tab(script, "first")
    thread, errors = run_in_thread(old.speak)
    assert saving.wait(TIMEOUT_SECONDS)
    first.press_stop()

    def release(_: float) -> None:
        released.set()
        thread.join(TIMEOUT_SECONDS)

    monkeypatch.setattr(cancellation, "sleep", release)
    first.speak()
    released.set()
    thread.join(TIMEOUT_SECONDS)
    first.finish()
    assert errors == []
    assert [number for job_id, number in script.parts if job_id == first.last_job[0]] == [0, 1, 2]
    assert (first.status, job_ids(jobs_dir)) == ("Made 3", first.last_job)


def test_a_part_that_finds_the_queue_full_is_paused(
    first: Tab, jobs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first.speak()
    with monkeypatch.context() as patch:
        patch.setattr(admission, "admit", _refuse)
        with pytest.raises(gr.Error, match="queue is full"):
            first.run_next()
    assert first.note == "1 of 3"
    first.press_continue()
    first.finish()
    assert (first.status, job_ids(jobs_dir)) == ("Made 3", first.last_job)


def test_a_late_part_of_the_previous_job_leaves_the_new_one_alone(
    first: Tab, jobs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first.speak()
    late = first.step

    def speak_and_refuse(who: str, payer: str) -> Any:
        patch.undo()
        first.speak()
        raise QueueFull("The queue is full.")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(admission, "admit", speak_and_refuse)
        with pytest.raises(gr.Error, match="queue is full"):
            list(first.on_step(late))
    monkeypatch.setattr(admission, "admit", _admit)
    first.finish()
    assert (first.status, first.note, job_ids(jobs_dir)) == ("Made 3", "", first.last_job)


def test_stop_while_a_job_is_created_offers_that_job(first: Tab, script: Script) -> None:
    first.speak(1)
    old = first.last_job
    script.before_start = first.press_stop
    first.speak()
    assert (first.step, first.last_job) == (None, old)  # the new job's id did not arrive
    first.show_stopped()
    assert first.note == "0 of 3"
    script.before_start = lambda: None
    first.press_continue()
    first.finish()
    assert (first.last_job != old, first.status) == (True, "Made 3")


def test_stop_shows_nothing_after_a_newer_request(first: Tab, jobs_dir: Path) -> None:
    running = first.start_second_part()
    first.task.pause()
    stop = speech_output.stop_page(PAGE)
    next(stop)
    first.consume(running)
    new = first.on_speak(3)
    first.consume_until(new, "Making 1")
    assert next(stop, None) is None
    assert first.task.show() == Update()
    first.consume(new)
    first.finish()
    assert (first.status, first.note, job_ids(jobs_dir)) == ("Made 3", "", first.last_job)


def test_a_second_tab_cannot_continue_a_job_of_an_open_one(first: Tab, second: Tab, jobs_dir: Path) -> None:
    running = first.start_second_part()
    second.open(first.last_job)
    assert second.note == "1 of 3 It is open in another tab."
    with pytest.raises(gr.Error, match="open in another tab"):
        second.press_continue()
    first.consume(running)
    first.finish()
    assert (first.status, job_ids(jobs_dir)) == ("Made 3", first.last_job)
    second.open(first.last_job)
    assert second.note == ""


def test_a_second_tab_may_do_other_work(first: Tab, second: Tab, jobs_dir: Path) -> None:
    running = first.start_second_part()
    second.open(first.last_job)
    second.speak(1)
    assert second.status == "Made 1"
    first.consume(running)
    first.finish()
    assert (first.status, set(job_ids(jobs_dir))) == ("Made 3", {*first.last_job, *second.last_job})


def test_a_reloaded_page_continues_the_job_of_the_closed_one(
    first: Tab, second: Tab, script: Script, jobs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = first.start_second_part()  # the browser left, but its part still runs
    first.close()
    second.open(first.last_job)
    assert second.note == "1 of 3"

    def end_part(_: float) -> None:
        first.consume(running)
        become("second")

    monkeypatch.setattr(cancellation, "sleep", end_part)
    second.press_continue()
    assert first.status == "This job is now open in another tab."
    assert sum(update.get("status") == first.status for update in first.updates) == 1
    assert (first.step, first.note) == (None, "")
    second.finish()
    assert (second.status, job_ids(jobs_dir)) == ("Made 3", second.last_job)
    assert [number for _, number in script.parts] == [0, 1, 2]


def test_a_reloaded_page_shows_the_finished_result_again(
    first: Tab, second: Tab, script: Script, jobs_dir: Path
) -> None:
    first.speak(2)
    first.finish()
    first.open(first.last_job)  # its tab is selected again
    assert first.note == ""
    second.open(first.last_job)  # another tab, while the first one shows the result
    assert second.note == ""
    first.close()
    second.open(first.last_job)
    assert second.note == "2 of 2"
    second.press_continue()
    assert (second.status, second.note, job_ids(jobs_dir)) == ("Made 2", "", first.last_job)
    assert len(script.parts) == 2  # nothing is made again
    second.speak(2)
    assert job_ids(jobs_dir) == second.last_job  # the old result is gone


def test_a_part_that_waits_in_the_queue_ends_if_a_reloaded_page_continues(
    first: Tab, second: Tab, script: Script, jobs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first.speak()
    waiting = first.on_step(first.step)
    with monkeypatch.context() as patch:
        patch.setattr(admission, "admit", _admit_second)
        first.consume_until(waiting, "In queue: 1 ahead of you…")
    first.close()
    second.open(first.last_job)
    continued = second.on_continue(second.last_job)
    second.consume_until(continued, "Making 2")
    first.consume(waiting)
    assert (first.status, first.note) == ("This job is now open in another tab.", "")
    second.consume(continued)
    second.finish()
    assert second.status == "Made 3"
    assert [number for _, number in script.parts] == [0, 1, 2]
    assert job_ids(jobs_dir) == second.last_job


def test_a_reloaded_page_gives_up_if_the_running_part_does_not_end(
    first: Tab, second: Tab, jobs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resumable, "LOCK_TIMEOUT_SECONDS", 0.0)
    running = first.start_second_part()
    first.close()
    second.open(first.last_job)
    with pytest.raises(gr.Error, match="already running"):
        second.press_continue()
    assert second.note == "1 of 3"
    first.consume(running)
    second.press_continue()
    second.finish()
    assert (second.status, job_ids(jobs_dir)) == ("Made 3", second.last_job)


def test_a_closed_browser_leaves_a_paused_job(first: Tab, second: Tab) -> None:
    running = first.start_second_part()
    running.close()
    assert first.task.state() is JobState.PAUSED
    first.close()
    second.open(first.last_job)
    assert second.note == "1 of 3"


def test_a_new_request_that_cannot_end_the_previous_part_keeps_that_job(
    first: Tab, jobs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resumable, "LOCK_TIMEOUT_SECONDS", 0.0)
    running = first.start_second_part()
    with pytest.raises(gr.Error, match="already running"):
        first.speak()
    assert job_ids(jobs_dir) == first.last_job  # no second job was created
    first.consume(running)
    assert first.note == "1 of 3"
    first.press_continue()
    first.finish()
    assert first.status == "Made 3"


def test_speaking_pages_create_no_job_before_the_previous_part_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    request = SpeechRequest("One. Two.", "en", Voice("Heart", "en", preset="af_heart"))

    def discard(_: ResumableTask) -> Update:
        raise BadInput("This job is already running. Stop it first, or wait for it to finish.")

    monkeypatch.setattr(ResumableTask, "discard", discard)
    monkeypatch.setattr(synthesis, "split_request", lambda *_: (request, request))
    monkeypatch.setattr(synthesis, "start_synthesis_job", lambda *_, **__: pytest.fail("a job was created"))
    with pytest.raises(BadInput, match="already running"):
        list(chunked_speech.speak(request, "", 1, zero_shot.TASK))


def test_stop_ends_a_request_that_waits_for_the_previous_part(first: Tab) -> None:
    first.speak()
    job = jobs.get(first.last_job[0])
    with job.lock() as stop_requested:  # a step that takes long
        thread, errors = run_in_thread(first.speak)
        assert stop_requested.wait(TIMEOUT_SECONDS)
        first.press_stop()
        thread.join(resumable.LOCK_TIMEOUT_SECONDS / 2)
        assert not thread.is_alive()
    assert errors == []
    first.show_stopped()
    assert first.note == "1 of 3"


@pytest.mark.parametrize("last_job", [None, [], 5, [5], [None], {}, "0" * 32, ["0" * 32], ["../order"]])
def test_a_forged_id_is_an_expired_job(first: Tab, last_job: Any) -> None:
    first.open(last_job)
    assert first.note == ""
    with pytest.raises(gr.Error, match="Please start again"):
        first.press_continue()


@pytest.mark.parametrize("request_", [{}, {"kind": "scripted 0"}, {"kind": "clip 1", "how": {}, "cuts": []}])
def test_jobs_of_other_pages_and_releases_are_expired(first: Tab, request_: jobs.Json) -> None:
    first.open([jobs.create(request_, 2).id])
    assert first.note == ""
    with pytest.raises(gr.Error, match="Please start again"):
        first.press_continue()


def test_without_its_engine_a_job_shows_its_finished_parts_and_ends(first: Tab, script: Script, jobs_dir: Path) -> None:
    first.speak()
    script.has_engine, first.status = False, ""
    with pytest.raises(gr.Error, match="no longer available"):
        first.press_continue()
    assert {"status": "Made 1"} in first.updates[-4:]
    assert job_ids(jobs_dir) == []
    assert script.parts == [(first.last_job[0], 0)]
    first.open(first.last_job)
    assert first.note == ""


def test_a_text_without_its_engine_can_be_downloaded() -> None:
    voice = Voice("Heart", "en", preset="af_heart")
    text = create_job([SpeechRequest(words, "en", voice, Style(), 4) for words in ("One.", "Two.")], "gone", 1, {})
    assert not zero_shot.TASK.can_resume(text.job)
    take = join_chunks([SpeechChunk(noise(0.5, 24_000), "One.")], 0.1, 0.5, 4)
    text.save(CheckedTake(take, TakeReport("WER", 0.0, "One.", None, 0.1, 1.0, 0.0)))
    update = zero_shot.TASK.render(text.job)
    assert update["status"] == "Part 1 of 2: Generated by gone."
    assert Path(update["result"].value["path"]).exists()


def test_the_message_on_a_clip_says_when_it_is_finished() -> None:
    options = chunked_recognition.RecognitionJobOptions(RecognitionOptions(words=True), "gone", "clip")
    clip = chunked_recognition.create_job([noise(30)], options, 20.0)
    assert not transcription.TASK.can_resume(clip.job)
    message = str(transcription.TASK.pause_message(clip.job))
    for _ in range(2):
        clip.save(PartialResult(Transcript((), "", 0.0, 15.0, "Test")))
    assert message.endswith("is partly transcribed: 0 of 2 parts are done.")
    message = str(transcription.TASK.pause_message(RecognitionJob(clip.job).job))
    assert message.endswith("is fully transcribed. Press Continue to see it.")


def test_a_conversion_replaces_a_long_text(jobs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_picker, "spec_of", lambda _: SimpleNamespace(require=lambda _: None))
    monkeypatch.setattr(ReferenceInput, "voice", lambda _: None)
    monkeypatch.setattr(zero_shot, "read_clip", lambda *_: None)
    monkeypatch.setattr(synthesis, "convert_with_words", lambda *_: (None, None))
    monkeypatch.setattr(speech_output, "load_synthesizer", lambda _: iter([Update(status="Loading")]))
    monkeypatch.setattr(speech_output, "synthesize", lambda *_, **__: iter([Update(status="Speaking")]))
    session_jobs.attach_job(zero_shot.TASK.page, jobs.create({"kind": zero_shot.TASK.kind}, 2))
    request = zero_shot.ConversionRequest(ReferenceInput("clip", "", consent=True), "source", "")
    updates = list(zero_shot.on_convert(request))
    assert [update["status"] for update in updates][1:] == ["Transcribing…", "Loading", "Speaking"]
    (note,) = (update["note"] for update in updates if "note" in update)
    assert not note.visible
    assert job_ids(jobs_dir) == []
