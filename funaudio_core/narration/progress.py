"""Progress of a narration: finished parts and seconds by chapter, time that is left, sentences that were misheard."""

from __future__ import annotations

from collections.abc import Mapping

from funaudio_core.message import Message
from funaudio_core.narration.documents import NarrationStore
from funaudio_core.narration.making import sentence_of
from funaudio_core.narration.model import ChapterStatus, Flag, Status
from funaudio_core.narration.parts import Part
from funaudio_core.runtime.jobs import Json

PART_SECONDS = 28.0  # of sound in a part, before any is finished
RECENT_PARTS = 20  # whose work tells how long the rest takes


def describe_progress(store: NarrationStore) -> Status:
    """Return the progress of a stored narration."""
    head, layout, summaries, state = store.head(), store.layout(), store.job.summaries(), store.state()
    chapters = []
    for number, (row, parts) in enumerate(zip(head["chapters"], layout, strict=True)):
        done = [summaries[part.digest] for part in parts if part.digest in summaries]
        seconds = sum(summary["samples"] / summary["rate"] for summary in done)
        chapters.append(ChapterStatus(number, row["title"], len(done), len(parts), seconds))
    done_parts, total = sum(row.parts_done for row in chapters), sum(row.parts_total for row in chapters)
    seconds = sum(row.seconds for row in chapters)
    recent = [summary["work"] for summary in [*summaries.values()][-RECENT_PARTS:]]
    message = state.get("message")
    return Status(
        str(state["state"]),
        tuple(chapters),
        done_parts,
        total,
        seconds,
        total * (seconds / done_parts if done_parts else PART_SECONDS),
        (total - done_parts) * sum(recent) / len(recent) if recent else None,
        tuple(
            flag
            for number, parts in enumerate(layout)
            for part in parts
            for flag in _flags(store, number, part, summaries)
        ),
        Message(message["template"], **message["values"]) if message else None,
    )


def _flags(store: NarrationStore, chapter: int, part: Part, summaries: Mapping[str, Json]) -> list[Flag]:
    """Return the flagged sentences of a part; only the records of parts that have some are read."""
    if not summaries.get(part.digest, {}).get("flags"):
        return []
    lines = store.chapter(chapter).lines
    language = store.head()["language"]
    flags = []
    for number, row in zip(range(part.first, part.end), store.job.load_part_result(part.digest)["lines"], strict=True):
        for sentence, error_rate, heard in row["flags"]:
            marks = row["sentences"]
            start, end = (
                marks[sentence][2:] if sentence < len(marks) else (0.0, row["samples"] / summaries[part.digest]["rate"])
            )
            flags.append(
                Flag(chapter, number, sentence_of(lines[number], sentence, language), heard, error_rate, start, end)
            )
    return flags
