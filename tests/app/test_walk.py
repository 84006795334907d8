"""One call to each page with the models of the lite tier."""

from __future__ import annotations

import pytest
from gradio_client import Client, handle_file

from funaudio_core import audio
from funaudio_core.text import error_rate
from tests.app.checks import check_recognition
from tests.conftest import example

pytestmark = [pytest.mark.real, pytest.mark.smoke, pytest.mark.slow]
TEXT = "The quick brown fox jumps over the lazy dog."


@pytest.fixture(scope="module")
def client(real_site: str) -> Client:
    return Client(real_site, verbose=False)


def recognized(client: Client, path: str, language: str) -> str:
    """What the app itself recognizes in a result."""
    return str(client.predict(handle_file(path), language, True, api_name="/recognize")[0])


def test_recognize(client: Client) -> None:
    check_recognition(client)


def test_recognize_without_itn_gives_plain_words(client: Client) -> None:
    text, _ = client.predict(handle_file(example("en").path), "en", False, api_name="/recognize")
    assert "nine" in text
    assert text == text.lower()


def test_clone_speaks_the_text_in_a_similar_voice(client: Client) -> None:
    row = example("en", "angry")
    path, facts = client.predict(handle_file(row.path), TEXT, "en", row.text, 1.0, 5, True, api_name="/clone")
    assert error_rate.error_rate(TEXT, recognized(client, path, "en"), "en") <= 0.15
    assert facts["seed"] == 5
    assert facts["similarity"] > 0.7


def test_cross_lingual_speaks_another_language(client: Client) -> None:
    spanish = "Mañana por la mañana iremos juntos al mercado."
    order = (handle_file(example("en").path), spanish, "es", 1.0, 5, True)
    path, _ = client.predict(*order, api_name="/cross_lingual")
    assert error_rate.error_rate(spanish, recognized(client, path, "es"), "es") <= 0.25


def test_instruct_changes_the_delivery(client: Client) -> None:
    neutral, _ = client.predict(TEXT, "", "en", "af_heart", 5, api_name="/instruct")
    slow, _ = client.predict(TEXT, "请非常慢地说", "en", "af_heart", 5, api_name="/instruct")
    assert audio.load(slow).duration > 1.15 * audio.load(neutral).duration


def test_translate(client: Client) -> None:
    row = example("es")
    path, heard, translation, _ = client.predict(handle_file(row.path), "en", "auto", True, api_name="/translate")
    assert error_rate.error_rate(row.text, heard, "es") <= 0.25
    assert "library" in translation.lower()
    assert error_rate.error_rate(translation, recognized(client, path, "en"), "en") <= 0.25


def test_chat_answers_the_emotion(client: Client) -> None:
    order = ("My dog died yesterday and I feel so sad.", "You are a kind friend.", "af_heart")
    path, reply, facts = client.predict(*order, api_name="/chat")
    assert facts["emotion"] == "sad"
    assert error_rate.error_rate(reply, recognized(client, path, "en"), "en") <= 0.2
