"""Tests of runs: each result is kept at once, and a run goes on from its file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from funaudio_core import evaluate, settings
from funaudio_core.engines import registry, selection
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput
from funaudio_core.evaluation import run_card
from funaudio_core.evaluation.items import DataSet, Item
from funaudio_core.evaluation.results import Result, ResultFile
from funaudio_core.evaluation.running import Progress, open_run, run
from funaudio_core.runtime import cancellation
from funaudio_core.types import Audio

ITEMS = DataSet("set", tuple(Item(f"u{number}", None, f"text {number}", "en") for number in range(6)))


@dataclass
class EchoSystem:
    """System that answers with the text of the item, and fails for some."""

    seen: list[str] = field(default_factory=list)
    failing: frozenset[str] = frozenset()
    options: dict[str, Any] = field(default_factory=dict)
    name: str = "Echo"
    task: str = "recognition"

    @property
    def settings(self) -> dict[str, Any]:
        """Return the options."""
        return dict(self.options)

    def engine(self) -> EngineSpec[Any]:
        """Return an engine of the registry, for the card."""
        return selection.default(registry.RECOGNIZERS)

    def process(self, item: Item, clip: Audio | None) -> tuple[Result, Audio | None]:
        """Return the text."""
        self.seen.append(item.id)
        if item.id in self.failing:
            raise BadInput("{id} is silent.", id=item.id)
        if item.id == "u5" and self.options.get("defect"):
            raise ZeroDivisionError
        return Result(item.id, "en", item.text, item.text), None


def finish(steps: Iterator[Progress]) -> Progress:
    """Run to the end, and return the last progress."""
    return list(steps)[-1]


def test_failures_are_kept_and_the_run_goes_on(tmp_path: Path) -> None:
    system = EchoSystem(failing=frozenset({"u1"}), options={"defect": True})
    file = open_run(tmp_path / "r.jsonl", system, ITEMS)
    assert finish(run(file, system, ITEMS)) == Progress(6, 6, 2, 0.0)
    found = {result.id: result for result in file.results()}
    assert found["u1"].error == "u1 is silent."
    assert found["u5"].error == "ZeroDivisionError. The log has the details."
    assert found["u2"].hypothesis == "text 2"


@pytest.mark.parametrize("half_line", [b"", b'{"id":"u3","lang', b"{"])
def test_killed_run_repeats_only_the_line_that_is_half_written(tmp_path: Path, half_line: bytes) -> None:
    system = EchoSystem()
    file = open_run(tmp_path / "r.jsonl", system, ITEMS)
    steps = run(file, system, ITEMS)
    assert [next(steps).completed for _ in range(4)] == [0, 1, 2, 3]
    with file.path.open("ab") as stream:  # the process died here
        stream.write(half_line)
    system.seen.clear()
    again = open_run(file.path, system, ITEMS)
    assert next(run(again, system, ITEMS)) == Progress(3, 6, 0, None)
    assert finish(run(again, system, ITEMS)).completed == 6
    assert system.seen == ["u3", "u4", "u5"]
    assert [result.id for result in again.results()] == [item.id for item in ITEMS.items]


def test_cancelled_run_goes_on(tmp_path: Path) -> None:
    system = EchoSystem()
    file = open_run(tmp_path / "r.jsonl", system, ITEMS)
    stop = Event()
    steps = cancellation.iterate_in_context(cancellation.cancel_context(stop), run(file, system, ITEMS))
    next(steps)
    next(steps)
    stop.set()
    with pytest.raises(cancellation.Cancelled):
        next(steps)
    assert finish(run(file, system, ITEMS)).completed == 6
    assert system.seen == [item.id for item in ITEMS.items]


@pytest.mark.parametrize(
    ("system", "data_set", "field_name"),
    [
        (EchoSystem(options={"hotwords": "x"}), ITEMS, "settings"),
        (EchoSystem(task="synthesis"), ITEMS, "task"),
        (EchoSystem(), replace(ITEMS, items=ITEMS.items[1:]), "data_sha256"),
    ],
)
def test_file_of_another_run_is_refused(tmp_path: Path, system: EchoSystem, data_set: DataSet, field_name: str) -> None:
    open_run(tmp_path / "r.jsonl", EchoSystem(), ITEMS)
    with pytest.raises(BadInput, match=field_name):
        open_run(tmp_path / "r.jsonl", system, data_set)


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"id": 1}\n')
    with pytest.raises(BadInput, match="has no results"):
        ResultFile.open(tmp_path / "x.jsonl")
    file = open_run(tmp_path / "r.jsonl", EchoSystem(), ITEMS)
    with file.path.open("a") as stream:
        stream.write('{"id": "u0", "words": 3}\n')
    with pytest.raises(BadInput, match=r"r\.jsonl, line 2"):
        file.completed_ids()


def test_card_tells_what_a_repetition_needs() -> None:
    card = run_card.make_card(EchoSystem(), ITEMS, "python -m x")
    assert card.data_sha256 == run_card.hash_items(ITEMS)
    assert card.settings["threads"] == settings.read().threads
    assert all(len(value) == 64 or "@" in value for value in card.weights.values())
    assert card.software["numpy"]
    assert int(card.hardware["cores"]) >= 1


def test_command_scores_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    system = EchoSystem()
    file = open_run(tmp_path / "r.jsonl", system, ITEMS)
    finish(run(file, system, ITEMS))
    assert evaluate.main(["score", str(file.path), "--format", "json", "--protocol", "suite"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["protocol"], row["score"]["rate"], row["score"]["utterances"]) == ("suite", 0.0, 6)
    assert evaluate.main(["score", str(tmp_path / "none.jsonl")]) == 1
    assert "has no results" in capsys.readouterr().err


def test_command_runs_the_named_engines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluate, "make_system", lambda *options: EchoSystem(options={"options": str(options)}))
    (tmp_path / "set.jsonl").write_text('{"id": "u", "text": "x", "language": "en"}\n')
    arguments = ["run", str(tmp_path / "set.jsonl"), "--out", str(tmp_path / "out")]
    assert evaluate.main(arguments) == 0
    assert evaluate.main(arguments) == 0  # nothing is left to do
    (path,) = (tmp_path / "out").iterdir()
    assert ResultFile.open(path).completed_ids() == {"u"}
    assert "Echo" in capsys.readouterr().out
    assert evaluate.main(["run", str(tmp_path / "none.jsonl")]) == 1
    assert "There is no file or folder" in capsys.readouterr().err
