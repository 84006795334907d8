"""Evaluations as jobs on disk, for the page: one part for each item and system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from funaudio_core import audio
from funaudio_core.engines.protocols import RECOGNITION_RATE
from funaudio_core.errors import BadInput
from funaudio_core.evaluation.conditions.catalog import read_strength
from funaudio_core.evaluation.conditions.systems import ConditionedSystem
from funaudio_core.evaluation.items import DataSet, Item
from funaudio_core.evaluation.results import Card, Result, ResultFile
from funaudio_core.evaluation.run_card import make_card
from funaudio_core.evaluation.running import process
from funaudio_core.evaluation.systems import RECOGNITION, System, make_system
from funaudio_core.runtime import jobs
from funaudio_core.runtime.jobs import Job
from funaudio_core.types import Audio, Pcm16

JOB_KIND = "evaluation 1"  # version of the stored format
ROBUSTNESS_KIND = "robustness 1"  # the same format, of another section of the page
_TAKE = "take"  # array of a part: the synthesized audio, int16


class StoredRun:
    """Evaluation of one or more systems on a data set, kept as a job."""

    def __init__(self, job: Job) -> None:
        """Wrap a stored job."""
        self.job = job
        self.task: str = job.request["task"]
        self.protocol: str = job.request["protocol"]
        self.group_by: str = job.request["group_by"]
        self.cards = tuple(Card(**row) for row in job.request["cards"])
        self._items = [_read_item(row) for row in job.request["items"]]

    @property
    def engines(self) -> tuple[str, ...]:
        """Return the names of the engines."""
        return tuple(card.engine for card in self.cards)

    @property
    def num_items(self) -> int:
        """Return the number of items, each of which is a part for each system."""
        return len(self._items)

    def next_system(self) -> System:
        """Return the system of the next part."""
        card = self.cards[self.job.completed_parts // len(self._items)]
        options = card.settings
        system = make_system(self.task, card.engine, options.get("voice", ""), options.get("seed", 0))
        strength = read_strength(options)
        return ConditionedSystem(system, strength) if strength else system

    def run_next(self) -> Result:
        """Process the next item, and save its result. Raise BadInput if the job was deleted."""
        number = self.job.completed_parts % len(self._items)
        result, take = process(self.next_system(), self._items[number], self._clip(number))
        arrays = {} if take is None else {_TAKE: take.pcm16()}
        self.job.save_part({"result": asdict(result), "rate": take.rate if take else 0}, arrays)
        return result

    def results(self) -> list[tuple[Card, list[Result]]]:
        """Return the results so far of each system that has some. Raise BadInput if the job was deleted."""
        done = [Result(**self.job.load_part_result(part)["result"]) for part in range(self.job.completed_parts)]
        size = len(self._items)
        parts = [done[start : start + size] for start in range(0, len(done), size)]
        return list(zip(self.cards, parts, strict=False))

    def take(self, system: int, item: int) -> Audio | None:
        """Return the synthesized audio of an item, both counted from 0; None if there is none."""
        row, arrays = self.job.load_part(system * len(self._items) + item)
        return Audio.from_pcm16(arrays[_TAKE], row["rate"]) if row["rate"] else None

    def write_results(self, folder: Path) -> list[ResultFile]:
        """Write a file of results for each system that has some."""
        files = []
        for number, (card, results) in enumerate(self.results(), 1):
            file = ResultFile.create(folder / f"{number}_{card.task}_{card.engine}.jsonl", card)
            writer = file.writer()
            for result in results:
                writer.append(result)
            writer.close()
            files.append(file)
        return files

    def _clip(self, number: int) -> Audio | None:
        if self.task != RECOGNITION:
            return None
        return Audio.from_pcm16(self.job.load_array(f"clip{number}"), RECOGNITION_RATE)


def create_run(
    data_set: DataSet,
    systems: Sequence[System],
    max_seconds: float,
    protocol: str,
    group_by: str = "",
    kind: str = JOB_KIND,
) -> StoredRun:
    """Store a run.

    Args:
        data_set: The data set. For recognition, its recordings are decoded and kept with the run.
        systems: Systems of one task.
        max_seconds: Longest sound of all recordings together.
        protocol: Name of the scoring protocol under which the results are shown.
        group_by: See scoring.score_file().
        kind: Kind of the job: JOB_KIND or ROBUSTNESS_KIND.

    Raises:
        BadInput: A recording can't be read or is missing, they are too long, or the disk is full.
    """
    task = systems[0].task
    arrays = _decode(data_set.items, max_seconds) if task == RECOGNITION else {}
    request = {
        "kind": kind,
        "task": task,
        "protocol": protocol,
        "group_by": group_by,
        "cards": [asdict(make_card(system, data_set)) for system in systems],
        "items": [{**asdict(replace(item, audio=None)), "choices": list(item.choices)} for item in data_set.items],
    }
    return StoredRun(jobs.create(request, len(data_set.items) * len(systems), arrays))


def _decode(items: Sequence[Item], max_seconds: float) -> Mapping[str, Pcm16]:
    """Return the recordings by the names of their arrays."""
    arrays: dict[str, Pcm16] = {}
    seconds = 0.0
    for number, item in enumerate(items):
        if item.audio is None:
            raise BadInput("{id} has no recording.", id=item.id)
        clip = audio.load(item.audio, max_seconds, RECOGNITION_RATE)
        seconds += clip.duration
        if seconds > max_seconds:
            raise BadInput(
                "The recordings are longer than {minutes:.0f} minutes together. Use fewer, or the command line.",
                minutes=max_seconds / 60,
            )
        arrays[f"clip{number}"] = clip.pcm16()
    return arrays


def _read_item(row: dict[str, object]) -> Item:
    """Return an item as it was stored."""
    item = Item(**row)  # type: ignore[arg-type]
    return replace(item, choices=tuple(item.choices))
