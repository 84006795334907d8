"""Tests of the section Robustness, and of the panels of the Evaluate page."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from funaudio_core import audio
from funaudio_core.errors import BadInput
from funaudio_core.evaluation import protocols
from funaudio_core.evaluation.results import Card, Result, ResultFile
from funaudio_core.evaluation.views.curves import build_curves
from funaudio_core.voices.examples import EXAMPLES
from tabs.evaluate import report, robustness, view_panels
from tabs.evaluate.robustness import curve_view
from tabs.evaluate.robustness.controls import CLIP_DATA, CurveRequest
from tests import fakes

SUITE = protocols.protocol("suite")
REQUEST = CurveRequest([""], "white", CLIP_DATA, str(EXAMPLES[0].path), EXAMPLES[0].text, "en", "suite")


@pytest.fixture
def _fake_engines() -> Iterator[None]:
    """Put scripted engines into the registry."""
    with fakes.installed():
        yield


def write_results(folder: Path, system: str, condition: dict[str, object] | None, heard: str) -> ResultFile:
    """Write a file with one result."""
    settings = {"condition": condition} if condition else {}
    card = Card(system, "recognition", "set", "0", system, settings, {}, {}, {}, "", "2026-11-30")
    file = ResultFile.create(folder / f"{system}{len(list(folder.iterdir()))}.jsonl", card)
    writer = file.writer()
    for id_ in ("u", "v"):
        writer.append(Result(id_, "en", "one two", heard, 2.0, 1.0, 0.5, emotion="sad", tags={"emotion": "happy"}))
    writer.close()
    return file


def test_clip_is_heard_under_the_condition() -> None:
    path, settings = robustness.apply_condition(str(EXAMPLES[0].path), "level", -40.0)
    assert audio.rms_db(audio.load(path)) == pytest.approx(-40, abs=0.1)
    assert settings == {"condition": "level", "value": -40.0, "seed": 0}
    assert robustness.on_hear(None, "level", -40.0) == {}


@pytest.mark.usefixtures("_fake_engines")
def test_run_draws_a_point_for_each_strength() -> None:
    run = REQUEST.create_run("")
    for _ in range(2):
        run.run_next()
    assert len(re.findall("<title>(.+?)</title>", robustness.render_run(run)["curve"])) == 2
    while not run.job.finished:
        run.run_next()
    update = robustness.render_run(run)
    tips = re.findall("<title>(.+?)</title>", update["curve"])
    assert len(tips) == 6
    assert "as it is: 0.0 %" in tips[0]
    assert update["table"].count("<tr>") == 7
    assert {"results", "csv", "markdown", "latex", "json"} <= update.keys()


@pytest.mark.usefixtures("_fake_engines")
@pytest.mark.parametrize(
    ("change", "sentence"),
    [({"engines": []}, "No model"), ({"text": " "}, "reference is missing"), ({"clip": None}, "No audio yet")],
)
def test_missing_inputs_are_sentences(change: dict[str, object], sentence: str) -> None:
    request = CurveRequest(**{name: getattr(REQUEST, name) for name in REQUEST.__slots__} | change)
    with pytest.raises(BadInput, match=sentence):
        request.create_run("")


def test_drawing_escapes_names_and_orders_by_harm(tmp_path: Path) -> None:
    files = [
        write_results(tmp_path, "<A>", {"condition": "hum", "value": 0, "seed": 0}, ""),
        write_results(tmp_path, "<A>", {"condition": "hum", "value": 20, "seed": 0}, "one"),
        write_results(tmp_path, "<A>", None, "one two"),
    ]
    (curve,) = build_curves(files, SUITE)
    assert [(point.strength, point.score.rate) for point in curve.points] == [(None, 0.0), (20.0, 0.5), (0.0, 1.0)]
    html = curve_view.curves_html([curve])
    assert "<A>" not in html
    assert html.index("as it is: 0.0 %") < html.index("20: 50.0 %") < html.index("0: 100.0 %")


def test_utterance_is_found_by_its_condition(tmp_path: Path) -> None:
    files = [
        write_results(tmp_path, "A", None, "one two"),
        write_results(tmp_path, "A", {"condition": "hum", "value": 0, "seed": 0}, "one"),
    ]
    found = report.find_utterance([str(file.path) for file in files], SUITE, "A (hum, 0 dB)", "u")
    assert found is not None
    assert found.result.hypothesis == "one"


def test_panels_show_latency_and_emotions(tmp_path: Path) -> None:
    files = [write_results(tmp_path, "A", None, "one two")]
    assert view_panels.latency_html(files).count("<svg") == 2
    assert "A: 0.50 – 0.50 s" in view_panels.latency_html(files)
    assert "accuracy 0%" in view_panels.emotions_html(files)
    with zipfile.ZipFile(io.BytesIO(view_panels.pack_views(files))) as archive:
        assert len(archive.namelist()) == 8
        assert b"happy" in archive.read("emotions.csv")
    assert view_panels.latency_html([]) == view_panels.emotions_html([]) == ""
