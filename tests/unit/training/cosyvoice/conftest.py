"""Fixtures of the tests of CosyVoice's training."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from funaudio_core.engines.cosyvoice import config
from tests.cosyvoice_models import one_thread


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    yield from one_thread()


@pytest.fixture(scope="module", params=[3, pytest.param(2, marks=pytest.mark.slow)])
def version(request: pytest.FixtureRequest) -> config.Version:
    """Return a version of CosyVoice; the quick tests cover version 3 alone."""
    return request.param  # type: ignore[no-any-return]
