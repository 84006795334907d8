"""Runs of a system on a data set, one item after the other, each kept as soon as it is known."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from funaudio_core import audio
from funaudio_core.engines.remote.http_client import HttpError
from funaudio_core.errors import BadInput, FunAudioError, Unsupported
from funaudio_core.evaluation.items import DataSet, Item
from funaudio_core.evaluation.results import Result, ResultFile
from funaudio_core.evaluation.run_card import hash_items, make_card
from funaudio_core.evaluation.systems import System
from funaudio_core.runtime import cancellation
from funaudio_core.types import Audio

REFUSED_STATUSES = (400, 413, 415, 422)  # with which a server refuses one item
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a run.

    Attributes:
        completed: Items with a result.
        total: All items.
        failures: Failures of this run.
        seconds_left: Estimated time by the clock; None before the first result of this run.
    """

    completed: int
    total: int
    failures: int
    seconds_left: float | None


def open_run(path: Path, system: System, data_set: DataSet, command: str = "") -> ResultFile:
    """Return the file of a run: a new one, or the existing one of the same run to go on with.

    Raises:
        BadInput: The file holds the results of another engine, other settings or another data set.
    """
    card = make_card(system, data_set, command)
    if not path.exists():
        return ResultFile.create(path, card)
    found = ResultFile.open(path)
    same = ("task", "engine", "settings", "data_sha256", "weights")
    different = [name for name in same if getattr(found.card, name) != getattr(card, name)]
    if different:
        raise BadInput(
            "{file} belongs to another run: {fields} differ. Choose another file.",
            file=path.name,
            fields=tuple(different),
        )
    return found


def run(file: ResultFile, system: System, data_set: DataSet, takes: Path | None = None) -> Iterator[Progress]:
    """Process the items that have no result yet.

    A failure is kept as a result with a sentence, and the run goes on.

    Args:
        file: File of the run, see open_run().
        system: The system.
        data_set: The data set.
        takes: Folder in which synthesized takes are kept as WAV files, if there is one.

    Yields:
        The progress, first before any work.

    Raises:
        BadInput: The data set isn't the one of the file.
        FunAudioError: The engine can't be used now, such as a server that is unreachable; see process().
        Cancelled: The run was cancelled between two items; it goes on when it is started again.
    """
    if hash_items(data_set) != file.card.data_sha256:
        raise BadInput("{file} belongs to another data set. Choose another file.", file=file.path.name)
    completed = file.completed_ids()
    left = [item for item in data_set.items if item.id not in completed]
    done, total, failures = len(data_set.items) - len(left), len(data_set.items), 0
    yield Progress(done, total, failures, None)
    start = time.monotonic()
    with closing(file.writer()) as writer:
        for number, item in enumerate(left, 1):
            cancellation.raise_if_cancelled()
            result, take = process(system, item)
            if take is not None and takes is not None:
                audio.save_wav(take, takes / f"{_file_name(item.id)}.wav")
            writer.append(result)
            failures += bool(result.error)
            seconds_left = (time.monotonic() - start) / number * (len(left) - number)
            yield Progress(done + number, total, failures, seconds_left)


def process(system: System, item: Item, clip: Audio | None = None) -> tuple[Result, Audio | None]:
    """Return the result for an item and its take; a result with a sentence if it fails.

    Args:
        system: The system.
        item: The item.
        clip: Its recording, if it is decoded already.

    Raises:
        FunAudioError: The engine can't be used now: its files are missing, its server is unreachable, or no GPU is
            lent. The other items would fail too.
        Cancelled: The work was cancelled.
    """
    try:
        if clip is None and item.audio is not None:
            clip = audio.load(item.audio)
        return system.process(item, clip)
    except FunAudioError as error:
        if not _is_of_item(error):
            raise
        sentence = str(error)
    except cancellation.Cancelled:
        raise
    except Exception as error:  # one item must not end a run of thousands
        log.exception("item %s failed", item.id)
        sentence = f"{type(error).__name__}. The log has the details."
    return Result(id=item.id, language=item.language, reference=item.text, error=sentence, tags=item.result_tags), None


def _is_of_item(error: FunAudioError) -> bool:
    """Return whether an error concerns one item alone."""
    is_refused = isinstance(error, HttpError) and error.status in REFUSED_STATUSES
    return is_refused or isinstance(error, BadInput | Unsupported)


def _file_name(id_: str) -> str:
    """Return an id as a file name."""
    return "".join(char if char.isalnum() or char in "-_." else "_" for char in id_)[:100]
