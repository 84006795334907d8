"""Tests of evaluations as jobs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from funaudio_core import audio
from funaudio_core.errors import BadInput
from funaudio_core.evaluation import protocols, scoring
from funaudio_core.evaluation.items import DataSet, Item
from funaudio_core.evaluation.running import process
from funaudio_core.evaluation.runs.store import create_run
from funaudio_core.evaluation.runs.stored_run import StoredRun
from funaudio_core.evaluation.systems import RECOGNITION, SYNTHESIS, make_system
from funaudio_core.runtime import jobs
from funaudio_core.voices.examples import EXAMPLES
from tabs import evaluate
from tests import fakes

CLIPS = DataSet("clips", tuple(Item(row.file, row.path, row.text, row.language) for row in EXAMPLES[:2]))
TEXTS = DataSet("texts", (Item("t", None, "A short text.", "en"),))


@pytest.fixture(autouse=True)
def _fake_engines() -> Iterator[None]:
    """Put scripted engines into the registry."""
    with fakes.installed():
        yield


def test_run_goes_on_from_disk_and_writes_its_results(tmp_path: Path) -> None:
    run = create_run(CLIPS, [make_system(RECOGNITION, "")], 60.0, "suite")
    run.run_next()
    again = StoredRun(jobs.get(run.job.id))
    assert again.run_next().id == CLIPS.items[1].id
    assert again.job.finished
    (file,) = again.write_results(tmp_path)
    assert [result.id for result in file.results()] == [item.id for item in CLIPS.items]
    assert all(not result.error and result.audio_seconds > 0 for result in file.results())
    assert scoring.score_file(file, protocols.protocol("suite"))[0].utterances == 2


def test_takes_of_a_synthesizer_are_kept() -> None:
    run = create_run(TEXTS, [make_system(SYNTHESIS, "")], 60.0, "suite")
    result = run.run_next()
    assert (result.reference, result.error) == ("A short text.", "")
    take = run.sound(run.cards[0].system, "t")
    assert take is not None
    assert take.duration == pytest.approx(result.audio_seconds, abs=0.01)
    assert run.sound(run.cards[0].system, "other") is None


def test_recordings_are_kept_with_the_run() -> None:
    run = create_run(CLIPS, [make_system(RECOGNITION, "")], 60.0, "suite")
    sound = run.sound(run.cards[0].system, CLIPS.items[1].id)
    assert sound is not None
    assert sound.duration == pytest.approx(audio.declared_duration(EXAMPLES[1].path), abs=0.01)


@pytest.mark.parametrize(
    ("data_set", "max_seconds", "sentence"),
    [(TEXTS, 60.0, "t has no recording"), (CLIPS, 1.0, "longer than|limit")],
)
def test_unusable_recordings_are_refused_before_any_work(data_set: DataSet, max_seconds: float, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        create_run(data_set, [make_system(RECOGNITION, "")], max_seconds, "suite")


def test_unknown_task_and_engine_are_sentences() -> None:
    with pytest.raises(BadInput, match="recognition, synthesis"):
        make_system("dance", "")
    with pytest.raises(BadInput):
        create_run(TEXTS, [make_system(SYNTHESIS, "no-such-engine")], 60.0, "suite")


def test_results_are_shown_under_the_rules_that_were_chosen() -> None:
    run = create_run(CLIPS, [make_system(RECOGNITION, "")], 60.0, "seed-tts-eval", "language")
    run.run_next()
    assert "seed-tts-eval" in evaluate.render_run(run)["scores"]
    run.run_next()
    finished = evaluate.render_run(run)
    assert "seed-tts-eval" in finished["scores"]
    assert "<td>en</td>" in finished["scores"]


def test_failure_keeps_the_speaker() -> None:
    silent = DataSet("set", (Item("u", None, "text", "en", speaker="anna"),))
    assert process(make_system(RECOGNITION, ""), silent.items[0])[0].tags == {"speaker": "anna"}
