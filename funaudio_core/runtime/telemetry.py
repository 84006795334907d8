"""Log lines with request ids, and latency medians and outcome counts by page.

Texts, audio and client addresses are never logged.
"""

from __future__ import annotations

import contextvars
import json
import logging
import secrets
import statistics
import threading
import time
from collections import defaultdict, deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from funaudio_core.errors import BadInput
from funaudio_core.runtime.cancellation import Cancelled, iterate_in_context

T = TypeVar("T")
HISTORY = 200  # latest values kept of each metric
METRICS = ("wait", "seconds", "first_audio", "rtf")  # seconds, seconds, seconds, ratio

log = logging.getLogger(__name__)
_request: ContextVar[str] = ContextVar("request", default="-")
_page: ContextVar[str] = ContextVar("page", default="")
_guard = threading.Lock()
_values: dict[tuple[str, str], deque[float]] = defaultdict(lambda: deque(maxlen=HISTORY))
_counts: dict[tuple[str, str], int] = defaultdict(int)


@contextmanager
def log_request(page: str) -> Iterator[str]:
    """Give all log lines of the body one request id, yield it, and log outcome and duration.

    Not for generators, whose items a server may take in different contexts: see log_stream().
    """
    request_id = _new_id()
    tokens = _request.set(request_id), _page.set(page)
    try:
        with _log_outcome(page):
            yield request_id
    finally:
        _request.reset(tokens[0])
        _page.reset(tokens[1])


def log_stream(page: str, items: Iterator[T]) -> Generator[T]:
    """Yield the items as one logged request; log_request() for an iterator."""
    context = contextvars.copy_context()
    context.run(_request.set, _new_id())
    context.run(_page.set, page)

    def observed() -> Generator[T]:
        with _log_outcome(page):
            yield from items

    return iterate_in_context(context, observed())


def _new_id() -> str:
    return secrets.token_hex(4)


@contextmanager
def _log_outcome(page: str) -> Iterator[None]:
    """Count and log the outcome of the body: "done", "stopped" or the name of an exception."""
    began, outcome = time.monotonic(), "done"
    try:
        yield
    except (GeneratorExit, Cancelled):
        outcome = "stopped"
        raise
    except BaseException as error:
        outcome = type(error).__name__
        raise
    finally:
        seconds = time.monotonic() - began
        with _guard:
            _counts[page, outcome] += 1
        if outcome == "done":
            record(page, "seconds", seconds)
        log.info("%s %s in %.2f s", page, outcome, seconds)


def record(page: str, metric: str, value: float) -> None:
    """Record a value of one of METRICS for a page."""
    if metric not in METRICS:
        raise ValueError(f"{metric!r} is none of {', '.join(METRICS)}.")
    with _guard:
        _values[page, metric].append(value)


def record_speech(first_audio: float, seconds: float, duration: float) -> None:
    """Record the speed of speech synthesis for the current request; do nothing outside one.

    Args:
        first_audio: Seconds from the request to the first audio.
        seconds: Seconds from the request to the end.
        duration: Seconds of audio.
    """
    if page := _page.get():
        record(page, "first_audio", first_audio)
        if duration:
            record(page, "rtf", real_time_factor(seconds, duration))


def real_time_factor(elapsed: float, duration: float) -> float:
    """Return the seconds of work per second of audio; below 1 is faster than real time.

    Raises:
        BadInput: `duration` is not positive.
    """
    if duration <= 0:
        raise BadInput(
            "The real-time factor needs audio; got {seconds:g} s. Use a clip that contains sound.", seconds=duration
        )
    return elapsed / duration


def medians() -> dict[str, dict[str, float]]:
    """Return the median of the latest values by page and metric."""
    with _guard:
        found: dict[str, dict[str, float]] = defaultdict(dict)
        for (page, figure), values in _values.items():
            found[page][figure] = statistics.median(values)
    return dict(found)


def outcomes() -> dict[str, dict[str, int]]:
    """Return the number of requests by page and outcome: "done", "stopped" or the name of an exception."""
    with _guard:
        found: dict[str, dict[str, int]] = defaultdict(dict)
        for (page, outcome), count in _counts.items():
            found[page][outcome] = count
    return dict(found)


class _RequestIdFilter(logging.Filter):
    """Filter that adds the current request id to every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Set `record.request` and keep the record."""
        record.request = _request.get()
        return True


class _JsonFormatter(logging.Formatter):
    """Formatter that writes one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON."""
        row = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "request": record.__dict__.get("request", "-"),
            "message": record.getMessage(),
        }
        if record.exc_info:
            row["error"] = self.formatException(record.exc_info)
        return json.dumps(row, ensure_ascii=False)


def configure_logging(log_format: str) -> None:
    """Log to stderr from now on, as "text" or "json" lines."""
    handler = logging.StreamHandler()
    handler.addFilter(_RequestIdFilter())
    line = "%(asctime)s %(levelname)s %(name)s [%(request)s] %(message)s"
    handler.setFormatter(_JsonFormatter() if log_format == "json" else logging.Formatter(line))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # INFO would log every URL
