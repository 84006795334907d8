"""Scripted engines and a folder of its own for each test of narrations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from funaudio_core import settings
from funaudio_core.engines import registry
from tests import fakes


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("FUNAUDIO_HOME", str(tmp_path))
    monkeypatch.setenv("FUNAUDIO_TIER", "lite")
    settings.read.cache_clear()
    yield tmp_path
    settings.read.cache_clear()


@pytest.fixture
def fake_engines(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the engines of the lite tier for one test, whose own replacements are undone first."""
    for table in (table for name, table in vars(registry).items() if name.isupper()):
        for name, spec in table.items():
            monkeypatch.setitem(table, name, spec)
    fakes.install()
