"""Tests of conversions in a process of their own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from funaudio_core.weights import conversion


def test_function_runs_on_the_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("source").write_text("model", encoding="utf-8")
    conversion.run(shutil.copyfile, Path("source"), Path("target"))
    assert (tmp_path / "target").read_text(encoding="utf-8") == "model"


def test_failure_is_an_error_and_its_cause_is_logged(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError, match="absent failed with exit status 1"):
        conversion.run(shutil.copyfile, tmp_path / "absent", tmp_path / "target")
    assert "FileNotFoundError" in capfd.readouterr().err
