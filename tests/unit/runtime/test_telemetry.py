"""Tests of log lines, medians and outcomes; no content of users may be logged."""

from __future__ import annotations

import contextvars
import io
import json
import logging
from collections import defaultdict, deque
from collections.abc import Iterator

import pytest

from funaudio_core.errors import BadInput
from funaudio_core.runtime import telemetry


@pytest.fixture
def log_output(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Yield the stream with the JSON log lines."""
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setattr(telemetry, "_values", defaultdict(lambda: deque(maxlen=telemetry.HISTORY)))
    monkeypatch.setattr(telemetry, "_counts", defaultdict(int))
    root = logging.getLogger()
    before = root.handlers[:], root.level
    telemetry.configure_logging("json")
    yield stream
    root.handlers[:], _ = before
    root.setLevel(before[1])


def rows(stream: io.StringIO) -> list[dict[str, str]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_lines_of_a_request_have_the_same_id(log_output: io.StringIO) -> None:
    with telemetry.log_request("chat"):
        logging.getLogger("x").warning("within")
    with telemetry.log_request("chat"):
        pass
    logging.getLogger("x").warning("outside")
    within, done, other, outside = rows(log_output)
    assert within["request"] == done["request"] != other["request"] != outside["request"] == "-"
    assert done["message"].startswith("chat done in")


def test_iterator_keeps_its_id_in_any_context(log_output: io.StringIO) -> None:
    def steps() -> Iterator[int]:
        for step in range(2):
            logging.getLogger("x").warning("step")
            yield step

    items = telemetry.log_stream("chat", steps())
    values = [contextvars.copy_context().run(next, items, None) for _ in range(3)]
    assert values == [0, 1, None]
    assert len({row["request"] for row in rows(log_output)}) == 1


def test_outcomes_are_counted(log_output: io.StringIO) -> None:
    list(telemetry.log_stream("clone", iter([1, 2])))
    closed_early = telemetry.log_stream("clone", iter([1, 2]))
    next(closed_early)
    closed_early.close()
    with pytest.raises(KeyError), telemetry.log_request("clone"):
        raise KeyError
    assert telemetry.outcomes() == {"clone": {"done": 1, "stopped": 1, "KeyError": 1}}
    assert [row["message"].split()[1] for row in rows(log_output)] == ["done", "stopped", "KeyError"]


def test_traceback_is_part_of_its_line(log_output: io.StringIO) -> None:
    try:
        raise ValueError("why")
    except ValueError:
        logging.getLogger("x").exception("failed")
    (row,) = rows(log_output)
    assert (row["message"], row["level"]) == ("failed", "ERROR")
    assert row["error"].endswith("ValueError: why")


def test_medians_by_page(log_output: io.StringIO) -> None:
    del log_output
    for value in (1.0, 2.0, 9.0):
        telemetry.record("chat", "first_audio", value)
    telemetry.record("clone", "rtf", 0.5)
    assert telemetry.medians() == {"chat": {"first_audio": 2.0}, "clone": {"rtf": 0.5}}
    with pytest.raises(ValueError, match="none of wait, seconds"):
        telemetry.record("chat", "words", 1)


def test_real_time_factor() -> None:
    assert telemetry.real_time_factor(0.5, 2.0) == 0.25
    with pytest.raises(BadInput, match="needs audio"):
        telemetry.real_time_factor(1.0, 0.0)
