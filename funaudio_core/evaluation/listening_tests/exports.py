"""Export and import of a listening test with its votes: JSON, and CSV with a line for each take that was heard."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from funaudio_core.errors import BadInput
from funaudio_core.evaluation.listening_tests.model import ListeningTest, SpeechSystem, read_test, take_key
from funaudio_core.evaluation.listening_tests.scores import Scores, score_votes
from funaudio_core.evaluation.listening_tests.suspicion import Suspicion, find_suspicious
from funaudio_core.evaluation.listening_tests.votes import Vote, check_vote, read_vote

FORMAT = "funaudio listening test 1"
COLUMNS = (
    *("test", "kind", "language", "seed", "voter", "trial", "sentence", "text", "place", "stimulus", "system"),
    *("answer", "seconds", "played", "length", "time"),
)
MAX_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class TestVotes:
    """Listening test with its votes.

    Attributes:
        test: The test.
        votes: Votes, oldest first.
    """

    __test__ = False  # no test of pytest

    test: ListeningTest
    votes: tuple[Vote, ...]

    def scores(self, *, without_suspicious: bool = False) -> Scores:
        """Return the scores. without_suspicious: Leave out the suspicious voters."""
        left_out = frozenset(each.voter for each in self.suspicious()) if without_suspicious else frozenset()
        return score_votes(self.test, self.votes, left_out)

    def suspicious(self) -> tuple[Suspicion, ...]:
        """Return the suspicious voters."""
        return find_suspicious(self.test, self.votes)


def to_dict(found: TestVotes) -> dict[str, Any]:
    """Return a test with its votes and scores as plain values."""
    scores = asdict(found.scores())
    for row in scores["rows"]:
        row["name"] = str(found.test.stimulus_name(row["stimulus"]))
    suspicious = [{**asdict(each), "reasons": list(map(str, each.reasons))} for each in found.suspicious()]
    return {
        "format": FORMAT,
        "test": found.test.to_dict(is_public=True),
        "votes": [asdict(vote) for vote in found.votes],
        "scores": scores,
        "suspicious": suspicious,
    }


def to_json(found: TestVotes) -> str:
    """Return a test with its votes and scores as JSON."""
    return json.dumps(to_dict(found), ensure_ascii=False, indent=1)


def to_csv(found: TestVotes) -> str:
    """Return the votes as CSV, with a line for each take that was heard."""
    test, out = found.test, io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    for vote in found.votes:
        for place, (stimulus, answer, played) in enumerate(zip(vote.stimuli, vote.answers, vote.played, strict=True)):
            row = {
                **{name: getattr(test, name) for name in ("kind", "language", "seed")},
                **{name: getattr(vote, name) for name in ("test", "voter", "trial", "sentence", "seconds", "time")},
                "text": test.sentences[vote.sentence],
                "place": place,
                "stimulus": stimulus,
                "system": str(test.stimulus_name(stimulus)),
                "answer": answer,
                "played": int(played),
                "length": test.seconds.get(take_key(vote.sentence, stimulus), ""),
            }
            writer.writerow(row)
    return out.getvalue()


def read_export(path: Path) -> TestVotes:
    """Return the test and the votes of an exported file. Raise BadInput if it is none."""
    if path.stat().st_size > MAX_BYTES:
        raise BadInput("{file} is larger than {most} MB. Divide it.", file=path.name, most=MAX_BYTES // 1_000_000)
    try:
        text = path.read_text(encoding="utf-8-sig")
        found = _read_json(text) if text.lstrip().startswith("{") else _read_csv(text)
    except (ValueError, csv.Error, TypeError, KeyError, AttributeError, IndexError):
        raise BadInput(
            "{file} isn't an exported listening test. Choose its JSON or CSV file.", file=path.name
        ) from None
    for vote in found.votes:
        check_vote(found.test, vote)
    return found


def _read_json(text: str) -> TestVotes:
    values = json.loads(text)
    return TestVotes(read_test(values["test"]), tuple(map(read_vote, values["votes"])))


def _read_csv(text: str) -> TestVotes:
    rows = list(csv.DictReader(io.StringIO(text)))
    first = rows[0]
    sentences = {int(row["sentence"]): row["text"] for row in rows}
    systems = {int(row["stimulus"]): row["system"] for row in rows if row["stimulus"].isdecimal()}
    test = ListeningTest(
        id=first["test"],
        kind=first["kind"],
        language=first["language"],
        sentences=tuple(sentences.get(number, "") for number in range(max(sentences) + 1)),
        systems=tuple(SpeechSystem(systems.get(number, f"System {number + 1}")) for number in range(max(systems) + 1)),
        seed=int(first["seed"]),
        has_reference=any(row["stimulus"] == "reference" for row in rows),
        seconds={
            take_key(int(row["sentence"]), row["stimulus"]): float(row["length"]) for row in rows if row["length"]
        },
    )
    groups: dict[tuple[str, str], list[Mapping[str, str]]] = defaultdict(list)
    for row in rows:
        groups[row["voter"], row["trial"]].append(row)
    return TestVotes(read_test(test.to_dict(is_public=False)), tuple(map(_read_group, groups.values())))


def _read_group(rows: Sequence[Mapping[str, str]]) -> Vote:
    """Return the vote of the lines of one voter and trial."""
    placed = sorted(rows, key=lambda row: int(row["place"]))
    return read_vote(
        {
            **placed[0],
            "stimuli": [row["stimulus"] for row in placed],
            "answers": [row["answer"] for row in placed],
            "played": [row["played"] == "1" for row in placed],
        }
    )
