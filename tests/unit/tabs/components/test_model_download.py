"""Tests of the download of a model on demand as a visitor sees it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr
import pytest

from funaudio_core.engines import registry
from funaudio_core.errors import WeightsMissing
from funaudio_core.weights import downloads, store
from funaudio_core.weights.downloads import DownloadProgress
from server import admission
from tabs.components import model_download, trained_engines

ENGINE = "qwen2.5-coder-1.5b"


@pytest.fixture
def _absent(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {ENGINE: 1_117_320_768}
    monkeypatch.setattr(store, "download_size", lambda name: sizes.get(name, 0))


@pytest.mark.usefixtures("_absent")
def test_visitor_is_asked_with_the_size() -> None:
    on_choice = model_download._choice_handler(registry.CHATBOTS)
    asked = on_choice(ENGINE)
    assert asked["box"].visible
    assert "Qwen2.5-Coder" in asked["question"]
    assert asked["run"].value == "Download 1.1 GB and use it"
    assert not on_choice("smollm2-135m")["box"].visible


def test_model_that_is_there_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "download_size", lambda _: 0)
    assert not model_download._choice_handler(registry.TRANSLATORS)(ENGINE)["box"].visible


def _download(monkeypatch: pytest.MonkeyPatch, events: list[DownloadProgress | Exception]) -> list[dict[str, Any]]:
    def follow(name: str) -> Iterator[DownloadProgress]:
        assert name == ENGINE
        for event in events:
            if isinstance(event, Exception):
                raise event
            yield event

    monkeypatch.setattr(downloads, "follow", follow)
    return list(model_download._download_handler(registry.TRANSLATORS, "tests.download")(ENGINE, []))


def test_trained_engines_stay_in_the_picker(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "adapter-of-this-visitor"
    known = registry.TRANSLATORS[ENGINE]

    def trained(remembered: object, _: object) -> dict[str, Any]:
        return {name: known} if remembered == [name] else {}

    monkeypatch.setattr(trained_engines, "trained", trained)
    monkeypatch.setattr(downloads, "follow", lambda _: iter(()))
    *_, last = model_download._download_handler(registry.TRANSLATORS, "tests.download")(ENGINE, [name])
    assert {ENGINE, name} <= {value for _, value in last["picker"].choices}


def test_progress_is_shown_with_bytes_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[DownloadProgress | Exception] = [
        DownloadProgress(0, 1_117_320_768, None),
        DownloadProgress(300_000_000, 1_117_320_768, 240.0),
        DownloadProgress(1_000_000_000, 1_117_320_768, 12.0),
    ]
    first, *steps, last = _download(monkeypatch, events)
    assert first["cancel"].visible
    assert [step["status"] for step in steps] == [
        "Downloading Qwen2.5-Coder-1.5B-Instruct: 0 of 1117 MB, time left unknown…",
        "Downloading Qwen2.5-Coder-1.5B-Instruct: 300 of 1117 MB, about 4 min left…",
        "Downloading Qwen2.5-Coder-1.5B-Instruct: 1000 of 1117 MB, about 12 s left…",
    ]
    assert not last["box"].visible
    assert isinstance(last["picker"], gr.Dropdown)


def test_failure_is_a_sentence_and_leaves_the_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    *_, last = _download(monkeypatch, [DownloadProgress(0, 1_117_320_768, None), WeightsMissing("no network")])
    assert last["status"].startswith("Qwen2.5-Coder-1.5B-Instruct couldn't be downloaded")
    assert "no network" in last["status"]
    assert last["run"].interactive
    assert not {"picker", "box"} & set(last)


def test_a_download_takes_no_slot_of_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []

    def follow(_: str) -> Iterator[DownloadProgress]:
        taken.append(admission.fair_queue().active + admission.fair_queue().queued)
        yield DownloadProgress(0, 1, None)

    monkeypatch.setattr(downloads, "follow", follow)
    list(model_download._download_handler(registry.TRANSLATORS, "tests.download")(ENGINE, []))
    assert taken == [0]
    assert model_download.UNQUEUED["concurrency_limit"] is None  # nor one of Gradio's
