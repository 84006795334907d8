"""Evaluation of one or more systems that is kept on disk: its state, and a part for each item and system."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path

from funaudio_core.engines.protocols import RECOGNITION_RATE
from funaudio_core.evaluation.conditions.catalog import read_strength
from funaudio_core.evaluation.conditions.systems import ConditionedSystem
from funaudio_core.evaluation.items import Item
from funaudio_core.evaluation.results import Card, Result, ResultFile
from funaudio_core.evaluation.running import process
from funaudio_core.evaluation.systems import RECOGNITION, System, make_system
from funaudio_core.message import Message
from funaudio_core.runtime.jobs import Job, Json
from funaudio_core.types import Audio

JOB_KIND = "evaluation 2"  # version of the stored format
SCORES_SECTION, ROBUSTNESS_SECTION = "evaluate", "robustness"  # sections of the page that show a run
STOP_SECONDS = 30.0  # for the current item to end
RUNNING, PAUSED, FINISHED, FAILED = "running", "paused", "finished", "failed"  # see RunStatus
RECENT_PARTS = 20  # whose time tells how long the rest takes
STATE, CARDS, ITEMS = "state", "cards", "items"  # documents
_TAKE = "take"  # array of a part: the synthesized audio, int16
_transition = threading.Lock()  # of states


@dataclass(frozen=True, slots=True)
class RunStatus:
    """State of a run.

    Attributes:
        state: RUNNING until all results are there, PAUSED by the visitor, FAILED at an error that isn't an item's.
        done: Number of results.
        total: Number of results in the end.
        failures: Results that are failures.
        seconds_left: Estimated seconds of work; None before the first result.
        message: Reason for FAILED, else "".
    """

    state: str
    done: int
    total: int
    failures: int
    seconds_left: float | None
    message: Message


class StoredRun:
    """Evaluation of one or more systems on a data set, kept as a job.

    All changes are on disk when a method returns; objects of the same id are interchangeable. Each method raises
    BadInput if the run was deleted.
    """

    def __init__(self, job: Job) -> None:
        """Wrap a stored job."""
        self.job = job
        self.section: str = job.request["section"]
        self.owner: str = job.request["owner"]
        self.task: str = job.request["task"]
        self.protocol: str = job.request["protocol"]
        self.group_by: str = job.request["group_by"]
        self.num_items: int = job.request["num_items"]

    @property
    def id(self) -> str:
        """Return the random id, which opens the run to anyone who has it."""
        return self.job.id

    @cached_property
    def cards(self) -> tuple[Card, ...]:
        """Return the card of each system."""
        return tuple(Card(**row) for row in self.job.load_document(CARDS)["cards"])

    @cached_property
    def _items(self) -> list[Item]:
        return [_read_item(row) for row in self.job.load_document(ITEMS)["items"]]

    @property
    def state(self) -> str:
        """Return the state; see RunStatus."""
        return FINISHED if self.job.finished else str(self.job.load_document(STATE)["state"])

    @property
    def active_since(self) -> float:
        """Return the time from which the run waits for its turn, in epoch seconds."""
        return float(self.job.load_document(STATE)["since"])

    def status(self) -> RunStatus:
        """Return the state; it costs milliseconds, so a page may ask every second."""
        row, summaries = self.job.load_document(STATE), list(self.job.summaries().values())
        recent = [summary["work"] for summary in summaries[-RECENT_PARTS:]]
        left = self.job.total_parts - len(summaries)
        state = row["state"] if left else FINISHED
        return RunStatus(
            state,
            len(summaries),
            self.job.total_parts,
            sum(bool(summary["result"]["error"]) for summary in summaries),
            left * sum(recent) / len(recent) if recent else None,
            Message(row["template"], **row["values"]) if state == FAILED else Message(""),
        )

    def pause(self) -> None:
        """Process no further item until resume(); the current one is given up.

        Raises:
            BadInput: The current item doesn't end in time.
        """
        if self._change_state(PAUSED, (RUNNING,)):
            with self.job.lock(STOP_SECONDS):
                pass

    def resume(self) -> None:
        """Go on after pause() or an error."""
        self._change_state(RUNNING, (PAUSED, FAILED))

    def fail(self, message: Message) -> None:
        """Stop with a reason, until resume()."""
        self._change_state(FAILED, (RUNNING,), message)

    def delete(self) -> None:
        """Stop the run and delete all of it."""
        self._change_state(PAUSED, (RUNNING,))
        with self.job.lock(STOP_SECONDS):
            self.job.delete()

    def _change_state(self, state: str, allowed: Collection[str], message: Message | None = None) -> bool:
        """Change the state if it is one of those that are allowed; return whether it was."""
        with _transition:
            if self.state not in allowed:
                return False
            self.job.save_document(STATE, state_row(state, message))
            return True

    def next_system(self) -> System:
        """Return the system of the next part. Raise BadInput if its engine is no longer offered."""
        card = self.cards[self.job.completed_parts // self.num_items]
        options = card.settings
        system = make_system(self.task, card.engine, options.get("voice", ""), options.get("seed", 0))
        system.engine()
        strength = read_strength(options)
        return ConditionedSystem(system, strength) if strength else system

    def run_next(self) -> Result:
        """Process the next item, and save its result; see process() for the errors."""
        system, number = self.next_system(), self.job.completed_parts % self.num_items
        start = time.perf_counter()
        result, take = process(system, self._items[number], self.clip(number))
        work = time.perf_counter() - start
        arrays = {} if take is None else {_TAKE: take.pcm16()}
        summary = {"result": asdict(result), "work": work}
        self.job.save_part({"rate": take.rate if take else 0}, arrays, summary=summary)
        return result

    def results(self) -> list[tuple[Card, list[Result]]]:
        """Return the results so far of each system that has some."""
        done = [Result(**summary["result"]) for summary in self.job.summaries().values()]
        parts = [done[start : start + self.num_items] for start in range(0, len(done), self.num_items)]
        return list(zip(self.cards, parts, strict=False))

    def sound(self, system: str, id_: str) -> Audio | None:
        """Return the take of a system for an item, else the recording of the item; None if there is none."""
        number = next((place for place, item in enumerate(self._items) if item.id == id_), None)
        if number is None:
            return None
        place = next((place for place, card in enumerate(self.cards) if card.system == system), 0)
        part = place * self.num_items + number
        if self.task != RECOGNITION and self.job.has_part(part):
            row, arrays = self.job.load_part(part)
            return Audio.from_pcm16(arrays[_TAKE], row["rate"]) if row["rate"] else None
        return self.clip(number)

    def clip(self, number: int) -> Audio | None:
        """Return the recording of an item, counted from 0; None if the systems speak."""
        if self.task != RECOGNITION:
            return None
        return Audio.from_pcm16(self.job.load_array(f"clip{number}"), RECOGNITION_RATE)

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


def state_row(state: str, message: Message | None = None) -> Json:
    """Return the document of a state."""
    template, values = (message.template, message.values) if message else ("", {})
    plain = {name: value if isinstance(value, int | float) else str(value) for name, value in values.items()}
    return {"state": state, "template": template, "values": plain, "since": time.time()}


def items_document(items: Sequence[Item]) -> Json:
    """Return the document of the items, without their recordings."""
    return {"items": [{**asdict(replace(item, audio=None)), "choices": list(item.choices)} for item in items]}


def _read_item(row: dict[str, object]) -> Item:
    """Return an item as it was stored."""
    item = Item(**row)  # type: ignore[arg-type]
    return replace(item, choices=tuple(item.choices))
