"""The Train page through the API, with a scripted training in the background of the app."""

from __future__ import annotations

import time
import zipfile

import httpx
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from tests.conftest import ANSWER_SECONDS


@pytest.fixture(scope="module")
def client(site: str) -> Client:
    return Client(site, verbose=False)


def wait_for(client: Client, training: str, state: str) -> dict[str, object]:
    """Wait until a training has a state, and return its facts."""
    deadline = time.monotonic() + ANSWER_SECONDS
    while (answer := client.predict(training, api_name="/training_progress"))[0] != state:
        assert time.monotonic() < deadline, answer
    facts: dict[str, object] = answer[1]
    return facts


def test_terms_are_learned_and_the_recognizer_is_deleted(client: Client, site: str) -> None:
    training, plan = client.predict("Quorivane\nTessalode", "en", "", api_name="/train_words")
    assert plan["terms"] == ["Quorivane", "Tessalode"]
    facts = wait_for(client, training, "finished")
    assert facts["clips"] == facts["total_clips"] == len(plan["sentences"])
    archive, result = client.predict(training, api_name="/training_result")
    added, card = client.predict(handle_file(archive), api_name="/add_adapter")
    assert card["title"] == result["title"]
    assert client.predict(added, api_name="/delete_adapter") == added
    with pytest.raises(AppError, match="doesn't exist any more"):
        client.predict(added, api_name="/delete_adapter")
    with zipfile.ZipFile(archive) as files:
        assert files.namelist() == ["adapter.json", "adapter.safetensors"]
    assert (result["before"]["names_right"], result["after"]["names_right"]) == (0.0, 1.0)
    sound = httpx.get(f"{site}trainings/{training}/held-out/0", timeout=ANSWER_SECONDS)
    assert sound.headers["content-type"] == "audio/flac"
    assert client.predict(training, api_name="/delete_training") == training
    assert httpx.get(f"{site}trainings/{training}/held-out/0", timeout=ANSWER_SECONDS).status_code == 404
    with pytest.raises(AppError, match="expired"):
        client.predict(training, api_name="/training_progress")


@pytest.mark.parametrize(
    ("terms", "sentences", "sentence"),
    [
        ("", "", "There are no names or terms yet"),
        ("Quorivane", "Somebody speaks.", "No sentence contains Quorivane"),
        ("Quorivane", "Quorivane\n" * 201, "There are 201 sentences"),
        ("Quorivane", "Quorivane " * 30, "Sentence 1 has 299 characters"),
    ],
)
def test_bad_input_is_a_sentence(client: Client, terms: str, sentences: str, sentence: str) -> None:
    with pytest.raises(AppError, match=sentence):
        client.predict(terms, "en", sentences, api_name="/train_words")
