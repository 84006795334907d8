"""Tests of the sound of segments on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from funaudio_core.narration.export.recording import ArraySlice
from tests.unit.narration.export.recordings import build_book, build_segment


def test_a_slice_reads_its_own_samples_alone(tmp_path: Path) -> None:
    np.save(tmp_path / "part.npy", np.arange(100, dtype=np.int16))
    source = ArraySlice(tmp_path / "part.npy", offset=40)
    assert source.read(2, 5).tolist() == [42, 43, 44]
    assert source.read(59, 60).tolist() == [99]


def test_a_missing_short_or_foreign_file_is_an_error(tmp_path: Path) -> None:
    np.save(tmp_path / "part.npy", np.arange(100, dtype=np.int16))
    np.save(tmp_path / "floats.npy", np.zeros(100, np.float32))
    with pytest.raises(OSError, match="gone"):
        ArraySlice(tmp_path / "gone.npy").read(0, 1)
    with pytest.raises(ValueError, match="90 to 110"):
        ArraySlice(tmp_path / "part.npy", offset=90).read(0, 20)
    with pytest.raises(ValueError, match="int16"):
        ArraySlice(tmp_path / "floats.npy").read(0, 20)


def test_lengths_count_the_pauses(tmp_path: Path) -> None:
    segment = build_segment(tmp_path, "Hello there.", 1, seconds=0.5, pause=0.25)
    assert segment.total_samples == 18_000
    assert len(segment.read()) == 12_000
    book = build_book(tmp_path, ["Some text."], seconds=0.1)
    assert book.chapters[0].total_samples == round((0.1 + 0.3 + 0.1 + 0.3) * 24_000)
