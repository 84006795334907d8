"""Runs of the Train page with a scripted trainer: states, restarts, turns, deletion."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from funaudio_core import audio, settings
from funaudio_core.engines import registry
from funaudio_core.engines.adapted import links
from funaudio_core.errors import BadInput
from funaudio_core.runtime import cancellation, jobs
from funaudio_core.runtime.background import wake_workers
from funaudio_core.runtime.queue import FairQueue
from funaudio_core.training import words
from funaudio_core.training.runs import background, offer, own_clips, trainer
from funaudio_core.training.runs.adapters import delete_run, keep_engines
from funaudio_core.training.runs.background import TrainingWork, start_background
from funaudio_core.training.runs.model import (
    FAILED,
    FINISHED,
    REVIEW,
    SPEAKING,
    STOPPED,
    TRAINING,
    Progress,
    RunPlan,
    Upload,
)
from funaudio_core.training.runs.stored_run import LIFETIME_SECONDS, StoredRun, create_run, open_run
from funaudio_core.training.words.model import WordsProgress
from funaudio_core.types import Audio
from tests.conftest import noise
from tests.scripted_training import STEPS, ScriptedTrainer

TERMS = ("Quorivane", "Tessalode")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("FUNAUDIO_HOME", str(tmp_path))
    settings.read.cache_clear()
    yield tmp_path
    settings.read.cache_clear()


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> ScriptedTrainer:
    made = ScriptedTrainer()
    monkeypatch.setattr(trainer, "_trainers", [made])
    return made


def plan(scripted: ScriptedTrainer, *, has_review: bool = False) -> RunPlan:
    return RunPlan(TERMS, "en", scripted.plan(TERMS, "en").training, 20.0, has_review)


def work_off(work: TrainingWork) -> None:
    """Run parts until no run is active."""
    while found := work.find_jobs():
        work.run_part(found[0])


def wait_for(run: StoredRun, state: str) -> None:
    """Wait until a run that isn't failing has a state."""
    deadline = time.monotonic() + 60
    while run.state != state:
        assert run.state != FAILED, run.status().message
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)


@pytest.fixture
def worker(scripted: ScriptedTrainer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run the background."""
    monkeypatch.setattr(background, "obstacle", lambda: None)
    queue = FairQueue(1, 10, 4)
    started = start_background(lambda: queue.join_in_background("background"))
    assert started is not None
    yield
    started.stop()


def test_run_speaks_trains_and_has_a_recognizer(scripted: ScriptedTrainer) -> None:
    run = create_run(plan(scripted), "anna")
    assert run.state == SPEAKING
    work_off(TrainingWork())
    result = run.result()
    assert (run.state, result and result.after.names_right) == (FINISHED, 1.0)
    assert result is not None
    assert links.find(result.engine, registry.RECOGNIZERS).title == "Whisper base with Quorivane, Tessalode"
    assert not (run.folder / "features").exists()
    progress = run.progress()
    assert [step for step, _ in progress.losses] == list(range(1, STEPS + 1))
    assert [epoch.number for epoch in progress.epochs] == [0, 1, 2]


def test_run_waits_for_its_visitor_who_edits_the_clips(scripted: ScriptedTrainer) -> None:
    run = create_run(plan(scripted, has_review=True), "anna")
    work_off(TrainingWork())
    assert run.state == REVIEW
    run.change_clip(0, "Please call her.", is_kept=True)
    run.change_clip(1, "", is_kept=False)
    with pytest.raises(BadInput, match="Clip 3 has no words"):
        run.change_clip(2, " ", is_kept=True)
    assert run.start_training()
    work_off(TrainingWork())
    (request,) = scripted.requests
    assert [clip.text for clip in request.clips or ()] == [
        "Please call her.",
        "I met Quorivane there.",
        "I met Tessalode there.",
    ]
    with pytest.raises(BadInput, match="can't be changed any more"):
        run.change_clip(0, "Later", is_kept=True)


def test_training_without_clips_is_refused(scripted: ScriptedTrainer) -> None:
    run = create_run(plan(scripted, has_review=True), "anna")
    work_off(TrainingWork())
    for clip in run.clips():
        run.change_clip(clip.number, clip.text, is_kept=False)
    with pytest.raises(BadInput, match="No clip is kept"):
        run.start_training()
    assert run.state == REVIEW


def test_visitor_has_one_active_run_and_all_together_train_one_at_a_time(scripted: ScriptedTrainer) -> None:
    first, second = create_run(plan(scripted), "anna"), create_run(plan(scripted), "ben")
    with pytest.raises(BadInput, match="A training of yours is under way"):
        create_run(plan(scripted), "anna")
    work = TrainingWork()
    work.run_part(work.find_jobs()[0])
    assert (first.status().is_waiting, second.status().is_waiting) == (False, True)
    assert second.status().clips == 0
    work_off(work)
    assert (first.state, second.state) == (FINISHED, FINISHED)
    create_run(plan(scripted), "anna")


def test_run_of_another_trainer_is_left_alone(scripted: ScriptedTrainer, monkeypatch: pytest.MonkeyPatch) -> None:
    create_run(plan(scripted), "anna")
    monkeypatch.setattr(trainer, "_trainers", [words])  # as a second app with the same folder has it
    assert TrainingWork().find_jobs() == []


def test_stop_ends_the_current_step_and_the_run_goes_on_there(scripted: ScriptedTrainer, worker: None) -> None:
    started = threading.Event()

    def hang(number: int) -> None:
        if number == 4:
            started.set()
            cancellation.sleep(60)

    scripted.before_step = hang
    run = create_run(plan(scripted), "anna")
    wake_workers()
    assert started.wait(30)
    begun = time.monotonic()
    run.stop()
    assert time.monotonic() - begun < 5
    assert (run.state, len(run.progress().losses)) == (STOPPED, 3)
    scripted.before_step = lambda number: pytest.fail("a step was repeated") if number < 4 else None
    assert run.go_on()
    wake_workers()
    wait_for(run, FINISHED)
    assert [step for step, _ in run.progress().losses] == list(range(1, STEPS + 1))


def test_stop_in_the_last_step_holds_and_frees_the_memory(
    scripted: ScriptedTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, work = create_run(plan(scripted), "anna"), TrainingWork()
    scripted.before_step = lambda number: run.change_state(STOPPED, (TRAINING,)) if number == STEPS else None
    work_off(work)
    assert (run.state, run.start_training()) == (STOPPED, False)
    monkeypatch.setattr(background, "PART_SECONDS", 0.0)
    assert run.go_on()
    work.run_part(run.job)
    assert run.id in work._running
    run.stop()
    assert work.find_jobs() == []
    assert work._running == {}


def test_steps_that_are_repeated_after_a_kill_replace_the_earlier_ones() -> None:
    losses = ((1, 2.0), (2, 1.5), (3, 1.2))
    update = WordsProgress("training", 2, 6, losses={"total": 1.6})
    assert background._next_progress(Progress(losses=losses), update).losses == ((1, 2.0), (2, 1.6))


def test_run_goes_on_after_the_process_was_killed(scripted: ScriptedTrainer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "PART_SECONDS", 0.0)  # a part is one piece of work
    run = create_run(plan(scripted), "anna")
    work = TrainingWork()
    while not run.progress().losses:
        work.run_part(run.job)
    scripted.before_step = lambda number: pytest.fail("a step was repeated") if number == 1 else None
    work_off(TrainingWork())  # of another process
    assert run.state == FINISHED
    assert [step for step, _ in run.progress().losses] == list(range(1, STEPS + 1))


def test_failed_run_tells_why_and_can_go_on(scripted: ScriptedTrainer) -> None:
    run = create_run(plan(scripted), "anna")

    def fail(_: int) -> None:
        raise BadInput("There is no clip {number}. Reload the page.", number=7)

    scripted.before_step = fail
    with pytest.raises(BadInput):
        work_off(TrainingWork())
    status = run.status()
    assert (status.state, status.message) == (FAILED, "There is no clip 7. Reload the page.")
    assert status.message.template == "There is no clip {number}. Reload the page."
    scripted.before_step = lambda _: None
    run.go_on()
    work_off(TrainingWork())
    assert run.state == FINISHED


def test_defect_is_an_internal_error(scripted: ScriptedTrainer) -> None:
    run = create_run(plan(scripted), "anna")
    scripted.before_step = lambda number: int(f"step {number}")
    with pytest.raises(ValueError, match="step 1"):
        work_off(TrainingWork())
    assert run.status().message == background.INTERNAL_ERROR


def test_deletion_leaves_nothing_on_the_disk(scripted: ScriptedTrainer, home: Path) -> None:
    upload = home / "me.wav"
    audio.save_wav(noise(1.0), upload)
    run = create_run(plan(scripted), "anna", [Upload(upload, "me.wav")], "I agree.")
    assert run.job.request["consent"] == "I agree."
    run.job.save_part({}, {}, "recording0")
    work_off(TrainingWork())
    result = run.result()
    assert result is not None
    assert result.adapter.exists()
    delete_run(open_run(run.id))
    left = [path for folder in ("jobs", "adapters") for path in (home / folder).rglob("*")]
    assert left == []
    with pytest.raises(BadInput, match="doesn't exist any more"):
        links.find(result.engine, registry.RECOGNIZERS)


def test_run_is_kept_for_a_day_after_its_last_use(scripted: ScriptedTrainer, monkeypatch: pytest.MonkeyPatch) -> None:
    run = create_run(plan(scripted), "anna")
    work_off(TrainingWork())
    result = run.result()
    assert result is not None
    now = run.job.array_path("clip0", "sound").parent.stat().st_mtime
    monkeypatch.setattr("funaudio_core.runtime.jobs.time.time", lambda: now + LIFETIME_SECONDS + 60)
    keep_engines([])
    assert jobs.delete_stale() == 1
    with pytest.raises(BadInput, match="expired"):
        open_run(run.id)


def test_visitors_recordings_are_cut_once_and_left_out_with_a_reason(
    scripted: ScriptedTrainer, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from funaudio_core.training.data.clip_rows import ClipRow
    from funaudio_core.training.data.preparation import PreparationStep

    upload = home / "me.wav"
    audio.save_wav(noise(4.0), upload)
    rows = (
        ClipRow("a", "me.wav", 0.0, 2.0, "Hello Quorivane."),
        ClipRow("b", "me.wav", 2.0, 4.0, kept=False, reason="noisy"),
    )
    monkeypatch.setattr(own_clips, "prepare_clips", lambda *_: iter([PreparationStep(4.0, 4.0, rows)]))
    monkeypatch.setattr(own_clips, "load_clip", lambda row, _: Audio(noise(row.duration).samples, 16_000))
    run = create_run(plan(scripted, has_review=True), "anna", [Upload(upload, "me.wav")])
    run.add_clip(noise(2.0), "Hello Quorivane.", "me.wav", is_own=True)  # by a process that was killed
    work_off(TrainingWork())
    own = [clip for clip in run.clips() if clip.is_own]
    assert [(clip.text, clip.is_kept, clip.reason) for clip in own] == [
        ("Hello Quorivane.", True, ""),
        ("", False, "noisy"),
    ]
    run.start_training()
    work_off(TrainingWork())
    assert [clip.text for clip in scripted.requests[0].own_clips] == ["Hello Quorivane."]


@pytest.mark.parametrize(("variable", "value"), [("FUNAUDIO_TRAINING", "off"), ("SPACE_ID", "someone/suite")])
def test_training_is_off_by_setting_and_in_a_space(
    scripted: ScriptedTrainer, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    settings.read.cache_clear()
    reason = offer.obstacle()
    assert reason is not None
    assert "FUNAUDIO_TRAINING=on" in reason
    assert start_background(lambda: pytest.fail("nothing is to run")) is None


def test_job_of_another_kind_is_no_run() -> None:
    job = jobs.create({"kind": "book"}, 1)
    with pytest.raises(BadInput, match="expired"):
        open_run(job.id)
