"""The Evaluate page through the API."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from funaudio_core import audio
from funaudio_core.voices.examples import Example
from tests.conftest import ANSWER_SECONDS, example


@pytest.fixture(scope="module")
def client(site: str) -> Client:
    return Client(site, verbose=False)


def test_texts_are_scored(client: Client) -> None:
    rate, facts = client.predict(
        "The train is here.", "the trains here", "en", "fun-audio-chat", api_name="/score_texts"
    )
    assert rate == pytest.approx(2 / 4)
    assert (facts["measure"], facts["substitutions"], facts["deletions"]) == ("WER", 1, 1)
    assert ["replace", "TRAIN", "TRAINS"] in facts["alignment"]


def test_clip_is_transcribed_and_scored(client: Client) -> None:
    row = example("en", "happy")
    text, facts = client.predict(handle_file(row.path), row.text, "en", "", "suite", api_name="/evaluate")
    assert (text, facts["rate"], facts["protocol"]) == (row.text, 0.0, "suite")


def test_clip_is_put_under_a_condition(client: Client) -> None:
    row = example("en", "happy")
    path, settings = client.predict(handle_file(row.path), "level", -40, 0, api_name="/apply_condition")
    assert audio.rms_db(audio.load(path)) == pytest.approx(-40, abs=0.1)
    assert settings == {"condition": "level", "value": -40, "seed": 0}
    with pytest.raises(AppError, match="There is no condition 'rain'"):
        client.predict(handle_file(row.path), "rain", 1, 0, api_name="/apply_condition")


def pack(folder: Path, *rows: Example) -> Path:
    """Return a ZIP of clips with their transcripts."""
    path = folder / "clips.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for row in rows:
            archive.write(row.path, row.path.name)
            archive.writestr(f"{row.path.stem}.txt", row.text)
    return path


def test_evaluation_runs_in_the_background_and_is_deleted(client: Client, tmp_path: Path) -> None:
    data = handle_file(pack(tmp_path, example("en", "happy"), example("en", "sad")))
    id_, facts = client.predict(
        data, "recognition", "whisper-base", "en", "suite", "language", api_name="/start_evaluation"
    )
    assert (facts["items"], facts["cards"][0]["engine"]) == (2, "whisper-base")
    deadline = time.monotonic() + ANSWER_SECONDS
    while (answer := client.predict(id_, api_name="/evaluation_progress"))[0] != "finished":
        assert time.monotonic() < deadline, answer
        time.sleep(0.2)
    progress = answer[1]
    assert (progress["done"], progress["total"], progress["failures"], progress["seconds_left"]) == (2, 2, 0, 0)
    assert [row["score"]["group"] for row in progress["scores"]] == ["", "en"]
    assert {row["score"]["rate"] for row in progress["scores"]} == {0.0}
    archive, results = client.predict(id_, api_name="/evaluation_results")
    assert results["scores"] == progress["scores"]
    with zipfile.ZipFile(archive) as files:
        assert files.namelist() == ["1_recognition_whisper-base.jsonl"]
    assert client.predict(id_, api_name="/delete_evaluation") == id_
    with pytest.raises(AppError, match="expired"):
        client.predict(id_, api_name="/evaluation_progress")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("dance", "", "en", "suite", ""), "There is no task 'dance'"),
        (("recognition", "none", "en", "suite", ""), "none"),
        (("recognition", "", "en", "rules", ""), "There is no scoring protocol 'rules'"),
        (("recognition", "", "Klingon", "suite", ""), "Klingon"),
    ],
)
def test_bad_evaluations_are_sentences(client: Client, tmp_path: Path, options: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(AppError, match=sentence):
        client.predict(handle_file(pack(tmp_path, example("en"))), *options, api_name="/start_evaluation")


@pytest.mark.parametrize(
    ("reference", "protocol", "sentence"),
    [("...", "suite", "The reference has no words"), ("x", "wer", "There is no scoring protocol 'wer'")],
)
def test_bad_input_is_a_sentence(client: Client, reference: str, protocol: str, sentence: str) -> None:
    with pytest.raises(AppError, match=sentence):
        client.predict(reference, "x", "en", protocol, api_name="/score_texts")


def test_unknown_listening_test_is_a_sentence(client: Client) -> None:
    with pytest.raises(AppError, match="There is no such listening test"):
        client.predict("0123456789abcdef", api_name="/listening_test_scores")
