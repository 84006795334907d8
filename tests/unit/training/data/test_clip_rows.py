"""The table of training clips: reading, writing, faults, and the division into training and held-out clips."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from funaudio_core.errors import BadInput
from funaudio_core.training.data.clip_rows import ClipRow, find_problem, read_rows, split_rows, write_rows

ROW = ClipRow("talk-0001", "a  talk.wav", 1.25, 6.5, "Hello  there.", "en", "1", "happy", ("laughter", "music"))


def rows_of(recordings: int, clips: int, seconds: float = 5.0) -> list[ClipRow]:
    return [
        replace(ROW, id=f"{name}-{index}", recording=str(name), start=10.0 * index, end=10.0 * index + seconds)
        for name in range(recordings)
        for index in range(clips)
    ]


def test_rows_are_read_as_written(tmp_path: Path) -> None:
    rows = (ROW, replace(ROW, id="你好", start=0.0, end=0.4, kept=False, reason="short", events=()))
    write_rows(rows, tmp_path / "table" / "clips.jsonl")
    assert read_rows(tmp_path / "table" / "clips.jsonl") == rows


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"id": "a/b"}, "can't be a file name"),
        ({"id": ""}, "can't be a file name"),
        ({"id": "x" * 201}, "can't be a file name"),
        ({"start": 7.0}, "ends before it starts"),
        ({"end": 2.0}, "lasts 0.8 s; use 1 to 15 s"),
        ({"end": 16.5}, "lasts 15.2 s"),
        ({"start": "1"}, "'start' must be a number"),
        ({"language": "xx"}, "'xx' isn't one of"),
        ({"emotion": "glad"}, "'glad' isn't one of neutral, happy"),
        ({"events": ["bang"]}, "'bang' isn't one of speech, music"),
        ({"events": "music"}, "'events' must be a list of texts"),
        ({"kept": 1}, "'kept' must be true or false"),
        ({"kept": False, "reason": "bad"}, "'bad' isn't one of short"),
        ({"id": "other"}, "The id 'other' occurs twice"),
    ],
)
def test_faults_are_named_with_their_line(tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    lines = [asdict(replace(ROW, id="other")), {**asdict(ROW), **change}]
    path = tmp_path / "clips.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    with pytest.raises(BadInput) as error:
        read_rows(path)
    assert str(error.value).startswith("clips.jsonl, line 2: ")
    assert sentence in str(error.value)


def test_a_short_clip_may_stand_in_the_table_but_not_be_kept() -> None:
    short = replace(ROW, end=1.5)
    assert find_problem(short) is not None
    assert find_problem(replace(short, kept=False, reason="short")) is None


@pytest.mark.parametrize("recordings", [2, 3, 10])
def test_no_recording_is_on_both_sides(recordings: int) -> None:
    rows = [*rows_of(recordings, 4), replace(ROW, id="dropped", kept=False)]
    parts = split_rows(rows, share=0.2, seed=3)
    names = [{row.recording for row in part} for part in (parts.training, parts.held_out)]
    assert names[0]
    assert names[1]
    assert not names[0] & names[1]
    assert {row.id for row in (*parts.training, *parts.held_out)} == {row.id for row in rows} - {"dropped"}
    held_out = sum(row.duration for row in parts.held_out)
    assert 0.2 * 20 * recordings <= held_out <= 0.2 * 20 * recordings + 20
    assert split_rows(rows, share=0.2, seed=3) == parts


def test_a_long_recording_is_not_held_out_for_a_small_share() -> None:
    rows = [*rows_of(1, 100), *(replace(row, id=f"s{row.id}", recording="short") for row in rows_of(1, 10))]
    for seed in range(5):
        assert {row.recording for row in split_rows(rows, seed=seed).held_out} == {"short"}


def test_the_end_of_a_single_recording_is_held_out() -> None:
    parts = split_rows(rows_of(1, 10), share=0.2)
    assert [row.start for row in parts.held_out] == [80.0, 90.0]
    assert len(parts.training) == 8


def test_a_single_clip_cannot_be_divided() -> None:
    with pytest.raises(BadInput, match="kept: 1; at least 2"):
        split_rows(rows_of(1, 1))
