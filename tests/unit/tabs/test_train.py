"""Tests of the Train page: its inputs, its tables, and the state that it shows."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from funaudio_core import audio, settings
from funaudio_core.engines import registry
from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.training.runs import trainer
from funaudio_core.training.runs.background import TrainingWork
from funaudio_core.training.runs.model import REVIEW, Clip, Epoch
from funaudio_core.training.runs.stored_run import StoredRun, open_run
from funaudio_core.training.words.model import Measures, TermResult
from server.openai_api import requests
from tabs.components import trained_engines
from tabs.components.drawings import loss_curve
from tabs.components.drawings.loss_curve import LossPoint
from tabs.train import adapter_panel, other_targets, routes, run_panel
from tabs.train.clip_table import table_html
from tabs.train.data_panel import WordsRequest, on_write
from tabs.train.progress_view import epochs_html
from tabs.train.result_view import transcript_html, verdict
from tests.conftest import noise
from tests.scripted_training import ScriptedTrainer

TERMS = "Quorivane\nTessalode\n"


@pytest.fixture(autouse=True)
def scripted(home: Path, monkeypatch: pytest.MonkeyPatch) -> ScriptedTrainer:
    made = ScriptedTrainer()
    monkeypatch.setattr(trainer, "_trainers", [made])
    return made


@pytest.fixture
def work() -> TrainingWork:
    """Return the background, of which a test runs parts itself."""
    return TrainingWork()


def finish(work: TrainingWork) -> None:
    while found := work.find_jobs():
        work.run_part(found[0])


def shown_run(update: dict[str, object]) -> StoredRun:
    shown = update["shown"]
    assert isinstance(shown, tuple)
    return open_run(shown[0])


def test_sentences_are_written_and_edited_ones_keep_their_voice() -> None:
    written = on_write(TERMS, "en")["sentences"].splitlines()
    planned = ScriptedTrainer().plan(TERMS.split(), "en").training
    assert written == [sentence.text for sentence in planned]
    edited = "\n".join((*written[1:], "Quorivane is mine."))
    sentences = WordsRequest(TERMS, "en", edited).plan(has_review=True).sentences
    assert sentences[:-1] == planned[1:]
    assert (sentences[-1].text, sentences[-1].purpose) == ("Quorivane is mine.", "training")


def test_recordings_need_consent_and_take_the_text_beside_them(tmp_path: Path) -> None:
    clip, text = tmp_path / "me.wav", tmp_path / "me.txt"
    audio.save_wav(noise(1.0), clip)
    text.write_text("I am\nQuorivane.")
    files = [str(clip), str(text)]
    with pytest.raises(BadInput, match="Consent is required"):
        WordsRequest(TERMS, "en", "", files).uploads()
    (upload,) = WordsRequest(TERMS, "en", "", files, consent=True).uploads()
    assert (upload.name, upload.text) == ("me.wav", "I am Quorivane.")
    audio.save_wav(noise(601.0, rate=8_000), clip)
    with pytest.raises(BadInput, match="have 10 minutes; a run takes 10"):
        WordsRequest(TERMS, "en", "", files, consent=True).uploads()


def test_page_follows_a_run_to_its_result(work: TrainingWork) -> None:
    began = run_panel.on_prepare(WordsRequest(TERMS, "en"), None)
    assert began["timer"].active
    assert began["sentences"].splitlines()[0] == "Please call Quorivane today."
    finish(work)
    run = shown_run(began)
    review = run_panel.on_tick(began["shown"])
    assert run.state == REVIEW
    assert (review["start"].visible, review["timer"].active) == (True, False)
    assert "4 clips are used" in review["cost"]
    assert "clips" not in run_panel.on_tick(review["shown"]), "a table that somebody edits must stay as it is"
    started = run_panel.on_start(review["shown"])
    finish(work)
    done = run_panel.on_tick(started["shown"])
    assert "Finished" in done["status"]
    assert f'href="#train/{run.id}"' in done["link"]
    assert done["use"].visible
    assert "✓ learned" in done["result"]
    assert f'data-file="trainings/{run.id}/held-out/0"' in done["result"]
    assert done["download"].visible


def test_reloaded_page_finds_its_run_and_its_inputs(work: TrainingWork) -> None:
    began = run_panel.on_run(WordsRequest(TERMS, "en"), None)
    finish(work)
    found = run_panel.on_arrival([shown_run(began).id], None)
    assert (found["terms"], found["language"]) == ("Quorivane\nTessalode", "en")
    assert "Finished" in found["status"]
    assert run_panel.on_arrival(found["last"], found["shown"]) == {}
    assert run_panel.on_arrival(["0" * 32], None) == {"last": []}


def test_new_run_replaces_one_without_a_result(work: TrainingWork) -> None:
    first = run_panel.on_prepare(WordsRequest(TERMS, "en"), None)
    finish(work)
    second = run_panel.on_run(WordsRequest(TERMS, "en"), first["shown"])
    with pytest.raises(BadInput, match="expired"):
        shown_run(first)
    finish(work)
    run_panel.on_run(WordsRequest(TERMS, "en"), second["shown"])
    assert shown_run(second).result() is not None


def test_deleted_run_leaves_the_page_and_the_pickers(work: TrainingWork) -> None:
    began = run_panel.on_run(WordsRequest(TERMS, "en"), None)
    finish(work)
    remembered = adapter_panel.on_use(began["shown"], [])["remembered"]
    (name,) = remembered
    assert set(trained_engines.trained(remembered, registry.RECOGNIZERS)) == {name}
    gone = run_panel.on_delete(began["shown"], remembered)
    assert (gone["shown"], gone["last"], gone["remembered"]) == (None, [], [])
    assert trained_engines.trained(remembered, registry.RECOGNIZERS) == {}
    with pytest.raises(BadInput, match="expired"):
        shown_run(began)


def test_other_visitors_are_offered_no_trained_recognizer(work: TrainingWork) -> None:
    run_panel.on_run(WordsRequest(TERMS, "en"), None)
    finish(work)
    assert trained_engines.trained([], registry.RECOGNIZERS) == {}
    assert trained_engines.trained(["words-" + "0" * 32, "whisper-base", 7, "words-../x"], registry.RECOGNIZERS) == {}
    assert not [name for name in registry.available(registry.RECOGNIZERS) if name.startswith("words-")]


def test_api_takes_a_trained_recognizer_by_its_name(work: TrainingWork) -> None:
    run = shown_run(run_panel.on_run(WordsRequest(TERMS, "en"), None))
    finish(work)
    result = run.result()
    assert result is not None
    spec = requests._find_recognizer(result.engine)
    assert spec is not None
    assert spec.title == result.title
    with pytest.raises(BadInput, match="doesn't exist any more"):
        requests._find_recognizer("words-" + "0" * 32)


def test_training_that_is_off_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNAUDIO_TRAINING", "off")
    settings.read.cache_clear()
    with pytest.raises(Unsupported, match="FUNAUDIO_TRAINING=on"):
        run_panel.begin_run(WordsRequest(TERMS, "en"), has_review=False)


def test_sounds_of_a_run_are_served_by_its_id(work: TrainingWork) -> None:
    run = shown_run(run_panel.on_run(WordsRequest(TERMS, "en"), None))
    finish(work)
    web = TestClient(Starlette(routes=routes.ROUTES))
    assert web.get(f"/trainings/{run.id}/clip/0").content[:4] == b"fLaC"
    missing = web.get(f"/trainings/{run.id}/clip/99", headers={"Accept-Language": "zh"})
    assert (missing.status_code, missing.json()["error"]) == (404, "任务已过期。请重新开始。")


def test_rows_of_clips_are_escaped_and_locked_once_training_has_begun() -> None:
    clip = Clip(0, '"<b>', "af_heart", False, 1.0, is_kept=False, reason="noisy")
    html = table_html("1", [clip], is_editable=False)
    assert '<tr data-clip="0" class="fa-left-out">' in html
    assert 'value="&quot;&lt;b&gt;"' in html
    assert html.count(" disabled>") == 2
    assert "The clip is noisy" in html
    assert "Heart" in html


def test_errors_are_marked_in_the_words_as_they_are_written() -> None:
    assert transcript_html("Call Quorivane, please.", "call quorivane please", "en") == "✓ call quorivane please"
    html = transcript_html("Call Quorivane, please.", "Call Corey please.", "en")
    assert html == '<p class="fa-alignment">Call <del>Quorivane,</del><ins>Corey</ins> please.</p>'
    assert "<del>霄</del><ins>小</ins>" in transcript_html("洛霄遥来了。", "洛小遥来了", "zh")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (0, 3, "✓ learned"),
        (3, 3, "✓ known before"),
        (0, 2, "◐ learned in part"),
        (2, 2, "✗ not learned"),
        (2, 1, "✗ worse"),
    ],
)
def test_each_term_has_a_verdict(before: int, after: int, words: str) -> None:
    assert verdict(TermResult("x", 3, before, after)).startswith(words)


def test_only_the_last_of_the_best_epochs_is_kept() -> None:
    measures = Measures(0.5, 0.1, 0.0)
    epochs = [Epoch(number, number, 1.0, measures, is_best=number < 2) for number in range(3)]
    assert epochs_html(epochs).count("kept") == 1
    assert '<th scope="row">1 <small>kept' in epochs_html(epochs)


def test_curve_has_a_line_for_each_loss_and_a_gap_where_one_is_not_finite() -> None:
    training = [LossPoint(1, 2.0), LossPoint(2, float("nan")), LossPoint(3, 1.0), LossPoint(4, 0.5)]
    svg = loss_curve.draw(training, [LossPoint(0, 2.5), LossPoint(4, 0.7)])
    assert svg.count("M") >= 2
    assert "nan" not in svg
    assert svg.count("<circle") == 2
    assert "Step 4: 0.700" in svg
    assert loss_curve.draw([], []) == ""
    assert loss_curve.draw([LossPoint(0, 1.0)], []).count("<circle") == 1


def test_other_trainings_tell_what_they_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("funaudio_core.gpu.device.has_gpu", lambda: False)
    html = other_targets.target_html(other_targets.VOICE)
    assert "✗ A GPU" in html
    assert "python -m funaudio_core.training voice" in html
    assert other_targets.target_html(other_targets.WORDS) == ""


def test_pickers_of_an_app_share_the_memory_of_the_browser() -> None:
    with gr.Blocks():
        first, second = trained_engines.memory(), trained_engines.memory()
    with gr.Blocks():
        other = trained_engines.memory()
    assert first is second
    assert other is not first
