"""Stored demonstrations: complete, in step with their scenes, and shown on the start page."""

from __future__ import annotations

import base64
import inspect
import json
from typing import Any

import pytest

from examples_audio.demonstrations import SCENES
from examples_audio.make import COMMAND
from funaudio_core import audio
from funaudio_core.engines import loader, registry
from funaudio_core.weights import store
from tabs import (
    TABS,
    audio_chat,
    audiobook,
    cross_lingual,
    evaluate,
    instruct,
    podcast,
    recognize,
    start,
    train,
    zero_shot,
)
from tabs.chat import api as chat_page
from tabs.components import demonstrations
from tabs.components.demonstrations import RESULTS, Demonstration
from tabs.evaluate.stored import stored_scores
from tabs.translate import api as translate_page

ALL = demonstrations.load_all()
ENDPOINTS: dict[str, Any] = {
    "recognize": recognize.recognize,
    "zero_shot": zero_shot.clone,
    "cross_lingual": cross_lingual.cross_lingual,
    "instruct": instruct.instruct,
    "translate": translate_page.translate,
    "chat": chat_page.chat,
    "audiobook": audiobook.narrate,
    "podcast": podcast.speak_podcast,
    "evaluate": evaluate.evaluate,
    "train": train.train_words,
}
SPOKEN = ("zero_shot", "cross_lingual", "instruct", "translate", "chat")  # what one take speaks
MAX_SECONDS = {"audiobook": 120, "podcast": 120, "train": 120}  # a chapter, a show, all held-out sentences
FEWEST = {"evaluate": 1, "train": 1}  # a training is long; the clips are all measured
MOST = {"audio_chat": 10}  # two for each ability
each_demonstration = pytest.mark.parametrize("demonstration", ALL, ids=lambda each: f"{each.page}-{each.name}")


def test_every_scene_has_a_stored_result_of_the_same_inputs() -> None:
    assert [(each.page, each.name, each.english, each.chinese, each.inputs) for each in ALL] == [
        tuple(scene) for scene in SCENES
    ]


@pytest.mark.parametrize("demonstration", demonstrations.of_page(audio_chat.NAME), ids=lambda each: each.name)
def test_demonstrations_of_abilities_can_be_shown(demonstration: Demonstration) -> None:
    update = audio_chat.SHOW[demonstration.inputs["ability"]](demonstration)
    assert "Stored result" in update["status"]


def test_every_page_has_three_to_seven_demonstrations() -> None:
    for page in (*ENDPOINTS, audio_chat.NAME):
        assert FEWEST.get(page, 3) <= len(demonstrations.of_page(page)) <= MOST.get(page, 7)


def test_every_ability_has_two_demonstrations() -> None:
    assert [len(audio_chat.of_ability(ability)) for ability in audio_chat.ABILITIES] == [2] * 5


@each_demonstration
def test_inputs_are_arguments_of_the_endpoint(demonstration: Demonstration) -> None:
    ability = demonstration.inputs.get("ability", "")
    endpoint = audio_chat.ENDPOINTS[ability] if ability else ENDPOINTS[demonstration.page]
    assert demonstration.inputs.keys() - {"ability"} <= inspect.signature(endpoint).parameters.keys()
    assert demonstration.clip is None or demonstration.clip.exists()


@each_demonstration
def test_results_tell_how_they_were_made(demonstration: Demonstration) -> None:
    tables = (registry.RECOGNIZERS, registry.SYNTHESIZERS, registry.TRANSLATORS, registry.CHATBOTS)
    titles = {spec.title for table in tables for spec in table.values()}
    assert demonstration.command == COMMAND
    assert len(demonstration.date) == len("2026-11-29")
    assert demonstration.engines
    assert set(demonstration.engines) <= titles


@each_demonstration
def test_results_are_heard_or_read(demonstration: Demonstration) -> None:
    if demonstration.page == "evaluate":
        assert [row["task"] for row in demonstration.facts["scores"]] == ["recognition", "synthesis"]
        return
    if demonstration.page == "recognize" or demonstration.inputs.get("ability") in ("understanding", "calling"):
        assert demonstration.result is None
        assert demonstration.texts.get("transcript") or demonstration.texts["reply"]
        return
    assert demonstration.result is not None
    assert 1 < audio.load(demonstration.result).duration < MAX_SECONDS.get(demonstration.page, 15)


def test_no_stored_file_is_left_over() -> None:
    assert sorted(RESULTS.iterdir()) == sorted(each.result for each in ALL if each.result)


def test_button_ids_are_unique() -> None:
    assert len({each.button_id for each in ALL}) == len(ALL)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_start_page_has_a_card_for_every_page_that_works(language: str) -> None:
    cards = start.cards_html(language)
    pages = [tab.NAME for tab in TABS if tab.NAME not in ("start", "status")]
    assert [page for page, _ in start.SHOWN] == pages
    for page, name in start.SHOWN:
        assert f'href="#{page}/{name}"' in cards


@pytest.mark.parametrize(("size", "state"), [(1_000_000_000, "can be downloaded"), (0, "loads on first use")])
def test_start_page_tells_what_must_be_downloaded_first(size: int, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "download_size", lambda _: size)
    spec = registry.CHATBOTS["qwen2.5-coder-1.5b"]
    monkeypatch.setattr(registry, "available", lambda table: table)
    monkeypatch.setattr(loader, "get_loaded", lambda _: None)
    assert f"<small>{state}</small>" in start._model_html(spec, registry.CHATBOTS, "en")


def test_start_page_plays_the_sentence_of_a_training_that_it_shows() -> None:
    (training,) = demonstrations.of_page(train.NAME)
    start_seconds, end_seconds = training.facts["times"][:2]
    assert f'train-products.mp3#t={start_seconds},{end_seconds}"' in start.cards_html("en")


def test_start_page_shows_the_stored_scores() -> None:
    (measured,) = demonstrations.of_page(evaluate.NAME)
    assert measured.facts["scores"] == stored_scores()  # of the stored results, as they are scored now
    cards = start.cards_html("en")
    assert "Example clips: 16" in cards
    for row in measured.facts["scores"]:
        assert f"{row['measure']} {100 * row['rate']:.1f} %" in cards


def test_start_page_shows_what_a_training_changed() -> None:
    cards = start.cards_html("en")
    for words in (
        "Before:</span> <q>Nobody at the meeting",
        "After:</span> <q>Nobody at the meeting mentioned Quorivane",
    ):
        assert words in cards


def test_stored_speech_shows_its_words_with_their_times() -> None:
    spoken = [each for page in SPOKEN for each in demonstrations.of_page(page)]
    assert spoken
    for each in spoken:
        assert each.result is not None
        duration = audio.load(each.result).duration
        starts = [start_seconds for _, start_seconds, _ in each.facts["words"]]
        assert starts == sorted(starts)
        assert 0 <= starts[0] < starts[-1] < duration
        assert len(starts) >= 4
        value = demonstrations.stored_playback(each)
        piece = value.split("|")[2].split(".")[0]
        assert json.loads(base64.b64decode(piece.removeprefix("~")))[0][0] == each.facts["words"][0][0]


def test_start_page_escapes_texts() -> None:
    demonstration = Demonstration(
        "chat", "x", "<b>", "", {"text": "<script>"}, {"reply": '"&'}, {}, ["Kokoro"], "2026-11-29", COMMAND
    )
    card = start._card_html(demonstration, "en")
    assert "<script>" not in card
    assert "<b>" not in card
