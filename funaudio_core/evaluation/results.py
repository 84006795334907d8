"""Files of results: a run card in the first line, then one line for each item, appended as soon as it is known.

A run that was killed goes on from its file; the line that it was writing is written again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from funaudio_core.errors import BadInput
from funaudio_core.evaluation.json_lines import JsonLinesWriter, dump_line


@dataclass(frozen=True, slots=True)
class Card:
    """Facts that another machine needs to repeat a run.

    Attributes:
        system: Name of the system in tables.
        task: Name of the task, see systems.TASKS.
        data_set: Name of the data set.
        data_sha256: Hash of the ids, texts and languages of its items.
        engine: Name of the engine.
        settings: Options of the run, as plain values.
        weights: SHA-256 of the engine's model files by name, or the revision of a repository.
        software: Versions of the packages that compute.
        hardware: Processor, cores and accelerators.
        command: Command line, or "" for a run of the page.
        date: Start of the run, ISO 8601 in UTC.
    """

    system: str
    task: str
    data_set: str
    data_sha256: str
    engine: str
    settings: dict[str, Any]
    weights: dict[str, str]
    software: dict[str, str]
    hardware: dict[str, str]
    command: str
    date: str


@dataclass(frozen=True, slots=True)
class Result:
    """Result for an item.

    Attributes:
        id: Id of the item.
        language: Language of the item, or the one that was detected.
        reference: Reference of the item.
        hypothesis: Transcript, answer, or for synthesis the transcript of the take.
        audio_seconds: Length of the recording or of the take.
        compute_seconds: Time by the clock.
        first_seconds: Time by the clock until the first result; None if the task has none.
        similarity: Cosine of the voices of take and reference; None if the task has none.
        emotion: Code of labels.EMOTIONS that was recognized; "" if the task has none.
        error: Sentence on a failure; "" for none.
        tags: Tags of the item.
    """

    id: str
    language: str = ""
    reference: str = ""
    hypothesis: str = ""
    audio_seconds: float = 0.0
    compute_seconds: float = 0.0
    first_seconds: float | None = None
    similarity: float | None = None
    emotion: str = ""
    error: str = ""
    tags: dict[str, str] = field(default_factory=dict)


class ResultFile:
    """Results of one system on one data set, as JSON lines."""

    def __init__(self, path: Path, card: Card) -> None:
        """Wrap an existing file."""
        self.path = path
        self.card = card

    @classmethod
    def create(cls, path: Path, card: Card) -> ResultFile:
        """Create a file with its card. Raise BadInput if it exists."""
        try:
            with path.open("x", encoding="utf-8") as stream:
                stream.write(dump_line({"card": asdict(card)}))
        except FileExistsError:
            raise BadInput("{file} exists. Continue it, or choose another name.", file=path.name) from None
        return cls(path, card)

    @classmethod
    def open(cls, path: Path) -> ResultFile:
        """Open a file. Raise BadInput if it isn't one of results."""
        try:
            with path.open(encoding="utf-8") as stream:
                card = Card(**json.loads(stream.readline())["card"])
        except (OSError, ValueError, KeyError, TypeError):
            raise BadInput("{file} has no results. Choose a file that a run has written.", file=path.name) from None
        return cls(path, card)

    def results(self) -> Iterator[Result]:
        """Yield the results in the order of the run, without a line that is only half written."""
        with self.path.open("rb") as stream:
            stream.readline()
            for number, line in enumerate(stream, 2):
                if not line.endswith(b"\n"):
                    return
                try:
                    yield Result(**json.loads(line))
                except (ValueError, TypeError):
                    raise BadInput("{file}, line {line} isn't a result.", file=self.path.name, line=number) from None

    def completed_ids(self) -> set[str]:
        """Return the ids of the items that have a result."""
        return {result.id for result in self.results()}

    def writer(self) -> ResultWriter:
        """Return a writer that goes on behind the last whole line."""
        return ResultWriter(self.path)


class ResultWriter:
    """Appends results to a file; to be closed."""

    def __init__(self, path: Path) -> None:
        """Open the file, and cut off a line that is only half written."""
        self._lines = JsonLinesWriter(path)

    def append(self, result: Result) -> None:
        """Append a result; it survives the end of the process."""
        self._lines.append(asdict(result))

    def close(self) -> None:
        """Close the file."""
        self._lines.close()
