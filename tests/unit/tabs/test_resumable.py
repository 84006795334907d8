"""Long work on a page whatever a visitor presses, in one tab or two: made up here, so that no model takes part."""

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
from tabs import recognize, zero_shot
from tabs.components import chunked_speech, engine_picker, reference_voice, resumable, speech_output
from tests.conftest import noise

PAGE = "tests.made_up"
KIND = "made up 1"
WIDTH = 2  # values of the page: status, what is done
END = 30  # seconds until a thread is given up
Row = tuple[Any, ...]


class Made:
    """What is made, as the job and number of each part, and what happens meanwhile.

    ordered: before the job of an order is there. checked: once a part is made, and before it is kept.
    """

    def __init__(self) -> None:
        self.parts: list[tuple[str, int]] = []
        self.ordered: Callable[[], None] = lambda: None
        self.checked: Callable[[], None] = lambda: None
        self.able = True

    def part(self, job: Job) -> Iterator[Row]:
        number = job.completed_parts
        yield f"Making {number + 1}", resumable.SKIP
        self.parts.append((job.id, number))
        self.checked()
        job.save_part({}, {})
        yield f"Made {number + 1}", job.completed_parts

    def shown(self, job: Job) -> Row:
        return f"Made {job.completed_parts}", job.completed_parts

    def work(self) -> resumable.ResumableTask:
        return resumable.ResumableTask(PAGE, KIND, WIDTH, self.part, self.shown, self.told, lambda _: self.able)

    def told(self, job: Job) -> Message:
        return Message("{done} of {total}", done=job.completed_parts, total=job.total_parts)


class Tab:
    """A page as a tab has it: what it shows, and the event that would follow."""

    def __init__(self, made: Made, name: str) -> None:
        self.name, self.work = name, made.work()
        self.more, self.again = resumable.handlers(self.work)
        self.step: resumable.Step | None = None
        self.status, self.kept, self.offer = "", list[str](), ""

        def on_speak(total: int) -> Iterator[Row]:
            yield "Reading", resumable.SKIP, *resumable.discard(self.work)
            made.ordered()
            yield from resumable.start(jobs.create({"kind": KIND}, total), self.work)

        on_speak.__module__ = PAGE
        self.order = queued_handler(width=WIDTH + resumable.WIDTH, status=0)(on_speak)

    def speak(self, total: int = 3) -> None:
        self.take(self.order(total))

    def follow(self) -> None:
        assert self.step is not None
        self.take(self.more(self.step))

    def go_on(self) -> None:
        self.take(self.again(self.kept))

    def amid(self) -> Generator[Row]:
        """Order, and begin the second part; what goes on with that."""
        self.speak()
        assert self.step is not None
        running: Generator[Row] = self.more(self.step)
        self.until(running, "Making 2")
        return running

    def finish(self) -> None:
        """What the browser does by itself, until nothing follows."""
        while self.step is not None:
            self.follow()

    def stop(self) -> None:
        """What the button does first."""
        resumable.pause(self.work)
        server_cancellation.request_stop(PAGE)

    def stopped(self) -> None:
        """What the button does once all is over."""
        self._see((resumable.SKIP, resumable.SKIP, *resumable.show_paused(self.work)))

    def opened(self, kept: list[str]) -> None:
        """The page is opened in a browser that keeps that."""
        self.kept = kept
        self._see((resumable.SKIP, resumable.SKIP, *resumable.offer_resume(kept, self.work)))

    def take(self, rows: Iterator[Row]) -> None:
        """All that a handler yields, as this visitor."""
        self.step = None
        self.until(rows, None)

    def until(self, rows: Iterator[Row], status: str | None) -> None:
        """What a handler yields until it shows that status."""
        become(self.name)
        for row in rows:
            if row == resumable.SKIP:  # stopped before it had anything to say
                continue
            assert len(row) == WIDTH + resumable.WIDTH
            self._see(row)
            if status is not None and row[0] == status:
                return

    def _see(self, row: Row) -> None:
        shown, _, step, kept, note, resume = row
        self.status = self.status if shown == resumable.SKIP else shown
        self.step = self.step if step == resumable.SKIP else step
        self.kept = self.kept if kept == resumable.SKIP else kept
        if note != resumable.SKIP:
            assert note.visible == resume.visible
            self.offer = note.value if note.visible else ""


def become(name: str) -> None:
    """Be that visitor from now on."""
    LocalContext.request.set(SimpleNamespace(session_hash=name))  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Where jobs lie, and three visitors that are forgotten at the end, of whom the first is who works."""
    monkeypatch.setenv("FUNAUDIO_HOME", str(tmp_path))
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(admission, "admitted", _enters)
    settings.read.cache_clear()
    token = LocalContext.request.set(None)
    become("ann")
    yield tmp_path / "jobs"
    LocalContext.request.reset(token)
    settings.read.cache_clear()
    for name in ("ann", "bob"):
        sessions.STORE._sessions.pop(name, None)


@contextmanager
def _enters(who: str, payer: str) -> Iterator[Any]:
    """A line in which everybody's turn is at once."""
    yield SimpleNamespace(wait=lambda _: True)


@pytest.fixture
def made() -> Made:
    return Made()


@pytest.fixture
def ann(made: Made) -> Tab:
    return Tab(made, "ann")


@pytest.fixture
def bob(made: Made) -> Tab:
    return Tab(made, "bob")


def ids(place: Path) -> list[str]:
    return sorted(folder.name for folder in place.glob("*"))


def begins(work: Callable[[], None]) -> tuple[threading.Thread, list[BaseException]]:
    """That, as this visitor, in a thread, and what went wrong in it."""
    wrong: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 (whoever waits raises it, and would wait for ever without)
            wrong.append(error)

    thread = threading.Thread(target=contextvars.copy_context().run, args=(run,))
    thread.start()
    return thread, wrong


def test_part_follows_part_and_the_browser_is_never_told_to_forget(
    ann: Tab, made: Made, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[Any] = []
    see = Tab._see

    def sees(tab: Tab, row: Row) -> None:
        kept.append(row[3])
        see(tab, row)

    monkeypatch.setattr(Tab, "_see", sees)
    ann.speak()
    id_ = ann.kept[0]
    ann.finish()
    assert made.parts == [(id_, 0), (id_, 1), (id_, 2)]
    assert (ann.status, ann.offer, ids(place)) == ("Made 3", "", [])
    kept.extend(resumable.discard(ann.work)[1:2])  # as a short take has it
    assert [value for value in kept if value != resumable.SKIP] == [[id_]] * 3  # another tab's may stand there


def test_speak_after_stop_waits_for_a_part_that_is_in_its_check(
    ann: Tab, made: Made, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks, over = threading.Event(), threading.Event()

    def checked() -> None:
        made.checked = lambda: None
        checks.set()
        assert over.wait(END)

    made.checked = checked
    old = Tab(made, "ann")
    thread, wrong = begins(old.speak)
    assert checks.wait(END)
    ann.stop()

    def meanwhile(_: float) -> None:
        over.set()
        thread.join(END)

    monkeypatch.setattr(cancellation, "sleep", meanwhile)
    ann.speak()
    over.set()
    thread.join(END)
    ann.finish()
    assert wrong == []
    assert [number for id_, number in made.parts if id_ == ann.kept[0]] == [0, 1, 2]
    assert (ann.status, ids(place)) == ("Made 3", [])


def test_a_part_that_is_refused_rests_and_can_be_gone_on_with(
    ann: Tab, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann.speak()
    with monkeypatch.context() as patch:
        patch.setattr(admission, "admitted", _refuses)
        with pytest.raises(gr.Error, match="line is full"):
            ann.follow()
    assert ann.offer == "1 of 3"
    ann.go_on()
    ann.finish()
    assert (ann.status, ids(place)) == ("Made 3", [])


def _refuses(who: str, payer: str) -> Any:
    raise QueueFull("Too many wait: the line is full.")


def test_a_refused_part_of_the_last_job_leaves_the_next_one_alone(
    ann: Tab, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann.speak()
    late = ann.step

    def refuses(who: str, payer: str) -> Any:
        patch.undo()
        ann.speak()
        raise QueueFull("Too many wait: the line is full.")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(admission, "admitted", refuses)
        with pytest.raises(gr.Error, match="line is full"):
            list(ann.more(late))
    monkeypatch.setattr(admission, "admitted", _enters)
    ann.finish()
    assert (ann.status, ann.offer, ids(place)) == ("Made 3", "", [])


def test_stop_while_a_job_is_made_offers_that_job(ann: Tab, made: Made) -> None:
    ann.speak(1)
    old = ann.kept
    made.ordered = ann.stop
    ann.speak()
    assert (ann.step, ann.kept) == (None, old)  # what was made since did not arrive
    ann.stopped()
    assert ann.offer == "0 of 3"
    made.ordered = lambda: None
    ann.go_on()
    ann.finish()
    assert (ann.kept != old, ann.status) == (True, "Made 3")


def test_who_goes_on_in_another_tab_takes_over_and_is_left_alone(
    ann: Tab, bob: Tab, made: Made, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = ann.amid()
    become("bob")
    bob.opened(ann.kept)
    assert "1 of 3" in bob.offer
    assert "running in another tab" in bob.offer

    def meanwhile(_: float) -> None:
        ann.take(running)
        become("bob")

    with monkeypatch.context() as patch:
        patch.setattr(cancellation, "sleep", meanwhile)
        theirs = bob.again(bob.kept)
        bob.until(theirs, "Making 2")
    assert (ann.status, ann.offer) == ("This job is now running in another tab.", "")
    monkeypatch.setattr(cancellation, "sleep", lambda _: pytest.fail("it waits for the other tab"))
    become("ann")
    ann.opened(bob.kept)
    ann.speak(1)
    bob.take(theirs)
    bob.finish()
    assert (ann.status, bob.status) == ("Made 1", "Made 3")
    assert ids(place) == []


def test_who_waits_in_line_while_another_tab_takes_over_leaves_it_alone(
    ann: Tab, bob: Tab, made: Made, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resumable, "PATIENCE", 0.0)  # which the one who took over would not survive
    ann.speak()
    in_line = ann.more(ann.step)
    with monkeypatch.context() as patch:
        patch.setattr(admission, "admitted", _waits)
        ann.until(in_line, "In queue: 1 ahead of you…")
    become("bob")
    bob.opened(ann.kept)
    assert "running in another tab" in bob.offer
    theirs = bob.again(bob.kept)
    bob.until(theirs, "Making 2")
    ann.take(in_line)
    assert (ann.status, ann.offer) == ("This job is now running in another tab.", "")
    bob.take(theirs)
    bob.finish()
    assert bob.status == "Made 3"
    assert [number for _, number in made.parts] == [0, 1, 2]
    assert ids(place) == []


@contextmanager
def _waits(who: str, payer: str) -> Iterator[Any]:
    """A line in which it is one's turn at the second look."""
    looks = iter([False, True])
    yield SimpleNamespace(wait=lambda _: next(looks), position=SimpleNamespace(ahead=1, wait_seconds=None))


def test_who_goes_on_between_two_parts_of_another_tab_takes_over(ann: Tab, bob: Tab, place: Path) -> None:
    ann.speak()
    become("bob")
    bob.opened(ann.kept)
    theirs = bob.again(bob.kept)
    bob.until(theirs, "Making 2")
    ann.follow()  # of which the browser knew already
    assert (ann.status, ann.step, ann.offer) == ("This job is now running in another tab.", None, "")
    bob.take(theirs)
    bob.finish()
    assert (bob.status, ids(place)) == ("Made 3", [])


def test_stop_says_nothing_of_what_is_ordered_while_it_waits(ann: Tab, place: Path) -> None:
    running = ann.amid()
    resumable.pause(ann.work)
    stop = speech_output.stopped(PAGE)
    next(stop)
    ann.take(running)
    new = ann.order(3)
    ann.until(new, "Making 1")
    assert next(stop, None) is None
    assert resumable.show_paused(ann.work) == resumable.NO_CHANGE
    ann.take(new)
    ann.finish()
    assert (ann.status, ann.offer, ids(place)) == ("Made 3", "", [])


def test_who_waits_in_vain_for_the_other_tab_leaves_it_a_way_to_go_on(
    ann: Tab, bob: Tab, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resumable, "PATIENCE", 0.0)
    running = ann.amid()
    become("bob")
    bob.opened(ann.kept)
    with pytest.raises(gr.Error, match="already running"):
        bob.go_on()
    ann.take(running)
    assert (ann.status, ann.offer) == ("", "1 of 3")
    ann.go_on()
    ann.finish()
    assert (ann.status, ids(place)) == ("Made 3", [])


def test_an_order_that_waits_in_vain_for_the_part_before_it_leaves_that_job(
    ann: Tab, made: Made, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resumable, "PATIENCE", 0.0)
    running = ann.amid()
    with pytest.raises(gr.Error, match="already running"):
        ann.speak()
    assert ids(place) == ann.kept  # and no orphan
    ann.take(running)
    assert ann.offer == "1 of 3"
    ann.go_on()
    ann.finish()
    assert ann.status == "Made 3"


def test_the_speaking_pages_make_no_job_before_the_last_one_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    line = SpeechRequest("One. Two.", "en", Voice("Heart", "en", preset="af_heart"))

    def anew(_: resumable.ResumableTask) -> Any:
        raise BadInput("This job is already running. Stop it first, or wait for it to finish.")

    monkeypatch.setattr(resumable, "discard", anew)
    monkeypatch.setattr(synthesis, "split_request", lambda *_: (line, line))
    monkeypatch.setattr(synthesis, "start_synthesis_job", lambda *_: pytest.fail("made already"))
    with pytest.raises(BadInput, match="already running"):
        list(chunked_speech.speak(line, "", 1, zero_shot.WORK))


def test_stop_ends_an_order_that_waits_for_the_part_before_it(ann: Tab) -> None:
    ann.speak()
    job = jobs.get(ann.kept[0])
    with job.lock() as wanted:  # a step that takes its time
        thread, wrong = begins(ann.speak)
        assert wanted.wait(END)
        ann.stop()
        thread.join(resumable.PATIENCE / 2)
        assert not thread.is_alive()
    assert wrong == []
    ann.stopped()
    assert ann.offer == "1 of 3"


def test_a_page_that_is_gone_holds_nobody_up(ann: Tab, bob: Tab) -> None:
    running = ann.amid()
    running.close()
    become("bob")
    bob.opened(ann.kept)
    assert bob.offer == "1 of 3"


@pytest.mark.parametrize("sent", [None, [], 5, [5], [None], {}, "0" * 32, ["0" * 32], ["../order"]])
def test_what_no_browser_keeps_is_a_sentence(ann: Tab, sent: Any) -> None:
    ann.opened(sent)
    assert ann.offer == ""
    with pytest.raises(gr.Error, match="Please start again"):
        ann.go_on()


@pytest.mark.parametrize("order", [{}, {"kind": "made up 0"}, {"kind": "clip 1", "how": {}, "cuts": []}])
def test_other_orders_and_those_of_an_earlier_release_are_gone(ann: Tab, order: jobs.Json) -> None:
    ann.opened([jobs.create(order, 2).id])
    assert ann.offer == ""
    with pytest.raises(gr.Error, match="Please start again"):
        ann.go_on()


def test_without_its_engine_a_job_shows_what_is_done_and_ends(ann: Tab, made: Made, place: Path) -> None:
    ann.speak()
    made.able, ann.status = False, ""
    with pytest.raises(gr.Error, match="no longer available"):
        ann.go_on()
    assert ids(place) == []
    assert made.parts == [(ann.kept[0], 0)]
    ann.opened(ann.kept)
    assert ann.offer == ""


def test_a_text_by_an_engine_that_is_gone_can_be_taken_away() -> None:
    voice = Voice("Heart", "en", preset="af_heart")
    text = create_job([SpeechRequest(said, "en", voice, Style(), 4) for said in ("One.", "Two.")], "gone", 1, {})
    assert not zero_shot.WORK.can_resume(text.job)
    take = join_chunks([SpeechChunk(noise(0.5, 24_000), "One.")], 0.1, 0.5, 4)
    text.save(CheckedTake(take, TakeReport("WER", 0.0, "One.", None, 0.1, 1.0, 0.0)))
    shown = zero_shot.WORK.render(text.job)
    assert shown[0] == "Part 1 of 2: Generated by gone."
    assert Path(shown[2].value["path"]).exists()


def test_a_clip_that_is_heard_to_its_end_is_told_so() -> None:
    how = chunked_recognition.RecognitionJobOptions(RecognitionOptions(words=True), "gone", "clip")
    clip = chunked_recognition.create_job(noise(30), how, 20.0)
    assert not recognize.WORK.can_resume(clip.job)
    said = str(recognize.WORK.pause_message(clip.job))
    for _ in range(2):
        clip.save(PartialResult(Transcript((), "", 0.0, 15.0, "Test")))
    assert said.endswith("is partly transcribed: 0 of 2 parts are done.")
    assert str(recognize.WORK.pause_message(RecognitionJob(clip.job).job)).endswith(
        "is fully transcribed. Press Continue to see it."
    )


def test_a_conversion_takes_the_place_of_a_long_text(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with gr.Blocks() as page:
        zero_shot.build()
    (event,) = (each for each in page.fns.values() if each.name == "on_convert")
    monkeypatch.setattr(engine_picker, "spec_of", lambda _: SimpleNamespace(require=lambda _: None))
    monkeypatch.setattr(reference_voice, "voice_of", lambda *_: None)
    monkeypatch.setattr(zero_shot, "read_clip", lambda *_: None)
    monkeypatch.setattr(synthesis, "convert_with_words", lambda *_: (None, None))
    monkeypatch.setattr(speech_output, "load_synthesizer", lambda _: iter(["Loading"]))
    monkeypatch.setattr(speech_output, "synthesize", lambda *_, **__: iter([speech_output.status_only("Speaking")]))
    job = jobs.create({"kind": zero_shot.WORK.kind}, 2)
    session_jobs.attach_job(zero_shot.WORK.page, job)
    session_jobs.claim_job(job.id)
    rows = list(zero_shot.on_convert("clip", "", "source", True, ""))
    assert [row[0] for row in rows][1:] == ["Transcribing…", "Loading", "Speaking"]
    (note,) = (row[-2] for row in rows if row[-2] != resumable.SKIP)
    assert not note.visible
    assert ids(place) == []
    assert {len(row) for row in rows} == {len(event.outputs)} == {chunked_speech.WIDTH}
