"""The app in an emulated ZeroGPU Space, which is started once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.zerogpu.space import Results, use_space


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Return what several users of the Space got."""
    return use_space(tmp_path_factory.mktemp("space"))


@pytest.fixture(scope="session")
def visit(results: Results) -> dict[str, Any]:
    """Return the report of tests/zerogpu/visit.py, which ran before them in the same process."""
    return results.visit
