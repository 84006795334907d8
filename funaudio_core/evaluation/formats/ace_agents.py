"""Verdicts of ACEBench on agents: the state in which its environment ends, and the calls on the way.

The environment runs while answers are made; its results hold the final state (`result`) and the calls (`process`), so
that they are scored from the file. Written after its scorer (MIT).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from funaudio_core.evaluation.formats.answers import Answer, Scored

WRONG_NUMBER, WRONG_STATE, MISSING_STATE = "wrong number of class", "class attributes wrong", "class missing"
NO_STATE = "no final state"
MILESTONES = "milestones"  # the measure that ACEBench calls process accuracy
State = Mapping[str, Mapping[str, Any]]  # attributes by the name of the class


def score(answer: Answer) -> Scored:
    """Return the score of the final state, and the milestones on the way, which a right state counts as reached.

    The verdict of ACEBench's scorer, which passes a class that is missing, is the official one.
    """
    truths = _states(answer.fields["ground_truth"])
    found = answer.fields.get("result")
    states = _states(found) if isinstance(found, list | dict) else None
    if truths is None or states is None:
        return Scored(answer, 0.0, 0.0, NO_STATE, {MILESTONES: (_milestones(answer), 1.0)})
    errors = [_find_error(truth, states) for truth in truths] if len(truths) == len(states) else [WRONG_NUMBER]
    error = next(filter(None, errors), "")
    official = not any(each and each != MISSING_STATE for each in errors)
    reached = 1.0 if official else _milestones(answer)
    return Scored(answer, float(not error), float(official), error, {MILESTONES: (reached, 1.0)})


def _states(value: Any) -> list[State] | None:  # noqa: ANN401 (JSON)
    """Return the final states of all classes; None if they are none."""
    rows: list[State] = value if isinstance(value, list) else [value]
    is_sound = all(isinstance(row, dict) and row and all(isinstance(of, dict) for of in row.values()) for row in rows)
    return rows if is_sound else None


def _find_error(truth: State, states: Sequence[State]) -> str:
    """Return the error of the state of a class; "" if it is right."""
    found = next((state for state in states if state.keys() == truth.keys()), None)
    if found is None:
        return MISSING_STATE
    given, right = next(iter(found.values())), next(iter(truth.values()))
    return "" if all(name in right and _is_equal(value, right[name]) for name, value in given.items()) else WRONG_STATE


def _is_equal(given: object, right: object) -> bool:
    """Return whether a value has all that the right one has; other keys of an object may be there too."""
    if not isinstance(right, dict):
        return given == right
    return isinstance(given, dict) and all(key in given and given[key] == value for key, value in right.items())


def _milestones(answer: Answer) -> float:
    """Return the share of the milestones that the calls reach in their order; the best one of several ways."""
    ways = answer.fields.get("mile_stone") or []
    calls = [str(call).strip() for call in answer.fields.get("process") or []]
    lists = ways if ways and isinstance(ways[0], list) else [ways]
    return max(_share_in_order(calls, [str(stone).strip() for stone in way]) for way in lists)


def _share_in_order(calls: Sequence[str], stones: Sequence[str]) -> float:
    """Return the share of the stones that are found one behind the other; all behind a missing one count as missing."""
    place = 0
    for reached, stone in enumerate(stones):
        try:
            place = calls.index(stone, place) + 1
        except ValueError:
            return reached / len(stones)
    return 1.0
