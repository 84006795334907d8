"""Adapters that visitors add on the Train page: kept, offered to them alone, compared with the base, deleted."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import gradio as gr
import numpy as np
import pytest

from funaudio_core import audio, settings
from funaudio_core.engines import registry
from funaudio_core.engines.adapted import kinds, links
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.engines.whisper import adapted
from funaudio_core.errors import BadInput, FunAudioError, Unsupported, WeightsMissing
from funaudio_core.runtime import jobs
from funaudio_core.training.runs import added
from funaudio_core.training.runs.adapters import delete_engine, keep_engines
from funaudio_core.training.runs.comparison import (
    ANSWERS,
    RECOGNIZES,
    SPEAKS,
    ability,
    compare_items,
    make_systems,
    score,
)
from funaudio_core.types import Audio, Segment
from funaudio_core.weights import adapters
from funaudio_core.weights.adapters import Adapter, AdapterCard
from tabs.components import trained_engines
from tabs.components.reference_voice import ReferenceInput
from tabs.train import added_panel, other_targets
from tabs.train.added_panel import ComparisonRequest
from tabs.train.added_view import card_html, compared_html
from tests import fakes

NO_CLIP = ReferenceInput(None, "", consent=False)


def pack(folder: Path, **changes: object) -> Path:
    """Write an adapter and return its ZIP, in a folder as a file manager packs it."""
    card = AdapterCard("Names <b>", adapted.RECIPE, adapted.BASE, adapted.base_sha256(), consent="Synthetic.")
    adapters.save(folder / "made", Adapter(replace(card, **changes), {"weight": np.zeros(3, np.float32)}))  # type: ignore[arg-type]
    path = folder / "made.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in (folder / "made").iterdir():
            archive.write(file, f"made/{file.name}")
        archive.writestr("made/../other.txt", "no part of an adapter")
    return path


@pytest.fixture(autouse=True)
def _home(home: Path) -> Path:
    return home


def test_an_added_adapter_is_offered_to_its_visitor_alone(tmp_path: Path) -> None:
    update = added_panel.on_add([str(pack(tmp_path))], ["words-" + "0" * 32])
    (name, _) = update["remembered"]
    assert name.startswith("words-")
    assert "Names <b>" in update["status"]
    assert [choice[1] for choice in update["choice"].choices] == [name]
    assert "Names &lt;b&gt;" in update["card"]
    assert set(trained_engines.trained([name], registry.RECOGNIZERS)) == {name}
    assert trained_engines.trained([name], registry.SYNTHESIZERS) == {}
    assert name not in registry.available(registry.RECOGNIZERS)
    used = added_panel.on_use(name, [])
    assert (used["page"], used["remembered"]) == ("recognize", [name])
    folder = links.folder_of(name)
    assert sorted(path.name for path in folder.iterdir()) == ["adapter.json", "adapter.safetensors"]
    gone = added_panel.on_delete(name, update["remembered"])
    assert gone["remembered"] == ["words-" + "0" * 32]
    assert not folder.exists()
    with pytest.raises(BadInput, match="doesn't exist any more"):
        added.find_added(name)


def test_both_files_are_taken_without_a_zip(tmp_path: Path) -> None:
    pack(tmp_path)
    found = added.add_adapter(sorted((tmp_path / "made").iterdir()))
    assert found.base == "whisper-base"
    assert ability(found) == RECOGNIZES
    delete_engine(found.engine)


@pytest.mark.parametrize(
    ("changes", "error", "sentence"),
    [
        ({"base_sha256": {"model.bin": "0" * 64}}, BadInput, "Choose the model it was made for"),
        ({"recipe": "dance"}, Unsupported, "No model here can use the adapter"),
        ({"name": 7}, WeightsMissing, "holds no whole adapter"),
        ({"rank": -1}, WeightsMissing, "holds no whole adapter"),
    ],
)
def test_unfit_adapters_are_sentences_and_leave_nothing(
    changes: dict[str, object], error: type[FunAudioError], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=sentence):
        added.add_adapter([pack(tmp_path, **changes)])
    assert jobs.find_all(added.JOB_KIND) == []


def test_files_that_are_no_adapter_are_sentences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK no")
    with pytest.raises(BadInput, match="can't be read"):
        added.add_adapter([tmp_path / "a.zip"])
    with pytest.raises(BadInput, match=r"adapter\.json, adapter\.safetensors is missing"):
        added.add_adapter([tmp_path / "b.txt"])
    with pytest.raises(gr.Error, match="No file yet"):
        added_panel.on_add(None, [])
    path = pack(tmp_path)
    monkeypatch.setattr(added, "MAX_BYTES", 10)
    with pytest.raises(BadInput, match="larger than 0 GB"):
        added.add_adapter([path])
    assert jobs.find_all(added.JOB_KIND) == []


def test_added_adapters_count_in_the_quota(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = pack(tmp_path)
    monkeypatch.setenv("FUNAUDIO_JOBS_GB", "0.0000005")
    settings.read.cache_clear()
    with pytest.raises(FunAudioError, match="Delete what you no longer need"):
        added.add_adapter([path])
    monkeypatch.undo()
    settings.read.cache_clear()


def test_use_keeps_an_added_adapter(tmp_path: Path) -> None:
    found = added.add_adapter([pack(tmp_path)])
    (job,) = jobs.find_all(added.JOB_KIND)
    folder = job.file_path("x").parent
    os.utime(folder, (0, 0))
    keep_engines([found.engine])
    assert jobs.delete_stale() == 0
    os.utime(folder, (0, 0))
    assert jobs.delete_stale() == 1
    assert trained_engines.trained([found.engine], registry.RECOGNIZERS) == {}


def test_a_base_that_is_not_offered_is_a_sentence(tmp_path: Path) -> None:
    card = AdapterCard("Anna", "fun-audio-chat", "fun-audio-chat-8b", {"config.json": "0" * 64}, consent="Anna agreed.")
    adapters.save(tmp_path, Adapter(card, {"weight": np.zeros(3, np.float32)}))
    with pytest.raises(Unsupported, match="needs Fun-Audio-Chat-8B, which this server doesn't offer"):
        added.add_adapter(sorted(tmp_path.iterdir()))


@pytest.fixture
def better(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[added.AddedAdapter]:
    """Return an added recognizer, beside a base that hears the first word alone."""
    recognizer = registry.RECOGNIZERS["whisper-base"]
    kind = kinds.KINDS[adapted.RECIPE]
    monkeypatch.setitem(kinds.KINDS, adapted.RECIPE, replace(kind, load=lambda _: fakes.FakeRecognizer(recognizer)))

    class HalfDeaf(fakes.FakeRecognizer):
        def transcribe(self, clip: Audio, hearing: RecognitionOptions) -> Iterator[Segment]:
            return super().transcribe(clip.slice(0.0, clip.duration / 2), hearing)

    with fakes.installed():
        spec = registry.RECOGNIZERS["whisper-base"]
        registry.RECOGNIZERS["whisper-base"] = replace(spec, load=lambda: HalfDeaf(recognizer))
        yield added.add_adapter([pack(tmp_path)])


def recordings(folder: Path) -> list[str]:
    made = []
    for number, text in enumerate(("hello world this is a test", "today is a good day for speech")):
        path = folder / f"{number}.wav"
        audio.save_wav(fakes.say(text), path)
        path.with_suffix(".txt").write_text(text)
        made += [str(path), str(path.with_suffix(".txt"))]
    return made


def test_base_and_adapter_are_compared_with_the_measures_of_evaluate(
    better: added.AddedAdapter, tmp_path: Path
) -> None:
    clips = tmp_path / "clips"
    clips.mkdir()
    request = ComparisonRequest(better.engine, NO_CLIP, "", recordings(clips), "en")
    systems = make_systems(better)
    compared = list(compare_items(systems, request.recorded_items()))
    out = tmp_path / "out"
    out.mkdir()
    found = score(systems, compared, out)
    assert found.adapter.rate == 0.0
    assert found.base.rate is not None
    assert found.base.rate > 0.2
    assert found.difference is not None
    assert found.difference.value == pytest.approx(-found.base.rate)
    html = compared_html(found, compared)
    assert f"{100 * found.base.rate:.1f} %" in html
    assert "✓ hello world this is a test" in html


def test_requests_name_what_is_missing(better: added.AddedAdapter, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There is no adapter yet"):
        ComparisonRequest(None, NO_CLIP, "", None, "en").adapter()
    with pytest.raises(BadInput, match="There are no texts yet"):
        ComparisonRequest(better.engine, NO_CLIP, " \n", None, "en").lines()
    with pytest.raises(BadInput, match="There are 21 entries"):
        ComparisonRequest(better.engine, NO_CLIP, "a\n" * 21, None, "en").lines()
    with pytest.raises(BadInput, match="No files yet"):
        ComparisonRequest(better.engine, NO_CLIP, "", None, "en").recorded_items()


def test_what_an_adapter_does_follows_from_its_base() -> None:
    card = AdapterCard("x", "y", "z", {})
    found = {
        base: ability(added.AddedAdapter("", "", base, card))
        for base in ("whisper-base", "cosyvoice3", "fun-audio-chat")
    }
    assert found == {"whisper-base": RECOGNIZES, "cosyvoice3": SPEAKS, "fun-audio-chat": ANSWERS}


def test_the_card_shows_consent_and_losses() -> None:
    card = AdapterCard(
        "Anna", "cosyvoice3-lm", "cosyvoice3", {}, before={"loss": 3.2}, after={"loss": 3.0}, consent="Anna & I agreed."
    )
    html = card_html(card)
    assert "Anna &amp; I agreed." in html
    assert "3.200 → 3.000" in html


@pytest.mark.parametrize("target", other_targets.TARGETS[1:])
def test_other_trainings_name_their_command(target: str) -> None:
    assert "python -m funaudio_core.training" in other_targets.target_html(target)
