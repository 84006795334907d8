"""Base and adapter side by side on the same items, with the measures of the evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from funaudio_core.engines import registry
from funaudio_core.engines.spoken_chat import USER, SpokenConversation, SpokenTurn
from funaudio_core.evaluation.intervals import Difference
from funaudio_core.evaluation.items import DataSet, Item
from funaudio_core.evaluation.protocols import DEFAULT_PROTOCOL, protocol
from funaudio_core.evaluation.results import Result, ResultFile
from funaudio_core.evaluation.run_card import make_card
from funaudio_core.evaluation.running import process
from funaudio_core.evaluation.scoring import Score, compare_files, score_file
from funaudio_core.evaluation.systems import RecognitionSystem, SynthesisSystem, System
from funaudio_core.tasks import spoken_chat
from funaudio_core.training.runs.added import AddedAdapter
from funaudio_core.types import Audio, Voice

RECOGNIZES, SPEAKS, ANSWERS = "recognizes", "speaks", "answers"  # abilities


@dataclass(frozen=True, slots=True, eq=False)
class ComparedItem:
    """Item with what base and adapter made of it.

    Attributes:
        item: The item.
        results: Result of the base, and that of the adapter.
        takes: Their speech; None where they don't speak.
    """

    item: Item
    results: tuple[Result, Result]
    takes: tuple[Audio | None, Audio | None]


@dataclass(frozen=True, slots=True)
class ComparedScores:
    """Scores of base and adapter, and the difference of their error rates."""

    base: Score
    adapter: Score
    difference: Difference | None


def ability(added: AddedAdapter) -> str:
    """Return what an engine with an adapter does: RECOGNIZES, SPEAKS or ANSWERS."""
    if added.base in registry.RECOGNIZERS:
        return RECOGNIZES
    return SPEAKS if added.base in registry.SYNTHESIZERS else ANSWERS


def make_systems(added: AddedAdapter, voice: Voice | None = None) -> tuple[System, System]:
    """Return base and adapter as systems of the evaluation. voice: In which a synthesizer speaks; None for its own."""
    if ability(added) == RECOGNIZES:
        return RecognitionSystem(added.base), RecognitionSystem(added.engine)
    return SynthesisSystem(added.base, clip=voice), SynthesisSystem(added.engine, clip=voice)


def compare_items(systems: tuple[System, System], items: Sequence[Item]) -> Iterator[ComparedItem]:
    """Yield each item with the results of both systems; a failure is a result with a sentence."""
    for item in items:
        (base, base_take), (adapter, adapter_take) = (process(system, item) for system in systems)
        yield ComparedItem(item, (base, adapter), (base_take, adapter_take))


def score(systems: tuple[System, System], compared: Sequence[ComparedItem], folder: Path) -> ComparedScores:
    """Return the scores under the usual rules. folder: Gets the files of results."""
    data_set = DataSet("held-out", tuple(each.item for each in compared))
    files = []
    for number, system in enumerate(systems):
        file = ResultFile.create(folder / f"{number}.jsonl", make_card(system, data_set))
        writer = file.writer()
        for each in compared:
            writer.append(each.results[number])
        writer.close()
        files.append(file)
    rules = protocol(DEFAULT_PROTOCOL)
    base, adapter = (score_file(file, rules)[0] for file in files)
    return ComparedScores(base, adapter, compare_files(files[0], files[1], rules))


def answer(engine: str, question: str) -> str:
    """Return what an assistant writes in answer to a question."""
    conversation = SpokenConversation((SpokenTurn(USER, question),), speak=False)
    return "".join(piece.text for piece in spoken_chat.converse(conversation, engine))
