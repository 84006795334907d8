"""The Evaluate page through the API."""

from __future__ import annotations

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from funaudio_core import audio
from tests.conftest import example


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
