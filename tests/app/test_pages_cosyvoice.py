"""CosyVoice through the API of the pages: tiny random weights in the published layout, loaded like the real ones."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from funaudio_core import audio
from funaudio_core.engines.cosyvoice.config import SAMPLE_RATE
from funaudio_core.engines.cosyvoice.decode import MAX_TOKEN_RATIO, MIN_TOKEN_RATIO
from funaudio_core.types import Audio
from tests.checkpoints.cosyvoice import MET
from tests.conftest import example

TITLES = {"cosyvoice3": "Fun-CosyVoice3-0.5B-2512", "cosyvoice2": "CosyVoice2-0.5B"}
TOKEN = 1 / 25  # seconds


@pytest.fixture(scope="module")
def client(cosyvoice_site: str) -> Client:
    return Client(cosyvoice_site, verbose=False)


def _load_take(path: str) -> Audio:
    """Return a take, after checking that it has 24 kHz and is not silent."""
    take = audio.load(Path(path))
    assert take.rate == SAMPLE_RATE
    assert abs(take.samples).max() > 1e-3
    return take


@pytest.mark.parametrize("engine", TITLES)
def test_clone(client: Client, engine: str) -> None:
    path, facts = client.predict(
        handle_file(example("en").path), "Good day.", "en", "", 1.0, 5, True, engine, api_name="/clone"
    )
    assert facts["engine"] == TITLES[engine]
    assert facts["similarity"] is not None
    assert facts["rtf"] > 0
    letters = len("Good day.")  # no text has more tokens than bytes
    assert MIN_TOKEN_RATIO * TOKEN < _load_take(path).duration < MAX_TOKEN_RATIO * TOKEN * letters


def test_a_seed_repeats_a_take_and_speed_shortens_it(client: Client) -> None:
    def clone(speed: float, seed: int) -> Audio:
        given = (handle_file(example("en").path), "Good day.", "en", "", speed, seed, True, "cosyvoice2")
        return _load_take(client.predict(*given, api_name="/clone")[0])

    first = clone(1.0, 5)
    assert (clone(1.0, 5).samples == first.samples).all()
    assert first.duration / clone(2.0, 5).duration == pytest.approx(2, abs=0.1)


def test_cross_lingual_in_the_languages_of_the_version(client: Client) -> None:
    given = (handle_file(example("en").path), "Guten Tag.", "de", 1.0, 5, True)
    path, facts = client.predict(*given, api_name="/cross_lingual")
    assert facts["engine"] == TITLES["cosyvoice3"]  # the default of the full tier
    _load_take(path)
    with pytest.raises(AppError, match=r"CosyVoice2-0\.5B doesn't support German.*Korean"):
        client.predict(*given, "cosyvoice2", api_name="/cross_lingual")


@pytest.mark.parametrize("engine", TITLES)
def test_instruct_sends_the_instruction_unchanged(client: Client, engine: str) -> None:
    instruction = "Speak 20% faster, like a {pirate} <|endofprompt|> with [laughter]"
    path, facts = client.predict("Hi [breath] there.", instruction, "en", "zh_happy", 5, engine, api_name="/instruct")
    assert facts["sent_instruction"] == instruction
    assert "understood" not in facts
    neutral, _ = client.predict("Hi [breath] there.", "", "en", "zh_happy", 5, engine, api_name="/instruct")
    told, plain = _load_take(path), _load_take(neutral)
    assert len(told.samples) != len(plain.samples) or (told.samples != plain.samples).any()


def test_voices_beside_the_weights_are_found(client: Client) -> None:
    path, facts = client.predict("Good day.", "", "en", MET, 5, "cosyvoice2", api_name="/instruct")
    assert facts["similarity"] is None  # of no clip
    _load_take(path)
    with pytest.raises(AppError, match=rf"has no voice called '{MET}'.*en_neutral"):
        client.predict("Good day.", "", "en", MET, 5, "cosyvoice3", api_name="/instruct")


@pytest.mark.parametrize("same_voice", [True, False])
def test_translate(client: Client, same_voice: bool) -> None:
    clip = handle_file(example("es").path)
    path, _, translation, facts = client.predict(clip, "en", "auto", same_voice, "cosyvoice3", api_name="/translate")
    take = _load_take(path)
    assert facts["engine"] == TITLES["cosyvoice3"]
    shown = re.findall(r"\n(\d+):(\d+):(\d+),(\d+) --> (\d+):(\d+):(\d+),(\d+)\n(.*)", facts["target_srt"])
    said = " ".join(row[-1] for row in shown)
    assert said == f"{translation.rstrip('.')}."  # CosyVoice ends a text with a full stop if it has none
    end = int(shown[-1][5]) * 60 + int(shown[-1][6]) + int(shown[-1][7]) / 1000
    assert end == pytest.approx(take.duration, abs=0.5)


def test_chat(client: Client) -> None:
    path, reply, emotion = client.predict("I am so sad.", "You are kind.", "fr_neutral", "cosyvoice2", api_name="/chat")
    assert reply
    assert emotion["emotion"] == "sad"
    _load_take(path)


def test_a_recording_is_converted_to_another_voice(client: Client) -> None:
    source = example("es").path
    path, engine = client.predict(
        handle_file(example("en").path), handle_file(source), "", True, "cosyvoice3", api_name="/convert"
    )
    assert engine == TITLES["cosyvoice3"]
    assert _load_take(path).duration == pytest.approx(audio.load(source).duration, abs=0.05)


INVALID: dict[str, tuple[str, tuple[Any, ...], str]] = {
    "unknown engine": ("/instruct", ("Hi.", "", "en", "", 1, "parrot"), "Unknown model 'parrot'.*cosyvoice3"),
    "tag of the lite tier": (
        "/instruct",
        ("Hi [pause] you.", "", "en", "", 1, "cosyvoice3"),
        r"doesn't support \[pause\]",
    ),
    "only a tag": ("/instruct", ("[laughter]", "", "en", "", 1, "cosyvoice3"), "only symbols and tags"),
    "voice of another engine": ("/chat", ("Hi.", "", "af_heart", "cosyvoice3"), "no voice called 'af_heart'"),
    "long instruction": ("/instruct", ("Hi.", "slow " * 200, "en", "", 1, "cosyvoice3"), "the limit is 500"),
    "unsupported language": ("/instruct", ("Hi.", "", "hi", "", 1, "cosyvoice3"), "doesn't support Hindi"),
}


@pytest.mark.parametrize("case", INVALID)
def test_an_invalid_request_gets_a_message(client: Client, case: str) -> None:
    name, arguments, message = INVALID[case]
    with pytest.raises(AppError, match=message):
        client.predict(*arguments, api_name=name)
