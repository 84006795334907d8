"""Tests of parameters of pages and endpoints."""

from __future__ import annotations

import pytest

from funaudio_core.errors import BadInput
from server.params import parse_speakers


@pytest.mark.parametrize(
    ("written", "speakers"), [("", None), ("off", None), (" Auto ", 0), ("1", 1), ("8", 8), ("02", 2)]
)
def test_numbers_of_speakers(written: str, speakers: int | None) -> None:
    assert parse_speakers(written) == speakers


@pytest.mark.parametrize("written", ["0", "9", "-1", "2.0", "many", "0012", "001999", "9" * 5000])
def test_other_numbers_of_speakers_are_refused(written: str) -> None:
    with pytest.raises(BadInput, match="isn't a number of speakers"):
        parse_speakers(written)
