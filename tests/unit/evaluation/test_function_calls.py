"""Verdicts of the Berkeley leaderboard: a case for each type of error, and 1,000 published ones."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from funaudio_core.evaluation import function_calls
from funaudio_core.evaluation.function_calls import DECODER_FAILED, MULTIPLE, PARALLEL, SIMPLE, Verdict, check

PUBLISHED = os.environ.get("BFCL_FILE", "")  # bfcl_published.json.gz, which states no licence
PROPERTIES: dict[str, Any] = {
    "city": {"type": "string"},
    "days": {"type": "integer"},
    "price": {"type": "float"},
    "open": {"type": "boolean"},
    "tags": {"type": "array", "items": {"type": "string"}},
    "box": {"type": "dict"},
    "boxes": {"type": "array", "items": {"type": "dict"}},
    "anything": {"type": "object"},
}
FUNCTION = {"name": "trip", "parameters": {"type": "dict", "properties": PROPERTIES, "required": ["city"]}}
TRUTH: dict[str, list[Any]] = {
    "city": ["New York, NY"],
    "days": [3, ""],
    "price": [2.0, ""],
    "open": [True, ""],
    "tags": [["a", "b"], ""],
    "box": [{"w": [1], "h": [2, ""]}, ""],
    "boxes": [[{"w": [1]}, {"w": [2]}], ""],
    "anything": ["", {"x": 1}],
}


def verdict(arguments: dict[str, Any], truth: dict[str, list[Any]] | None = None) -> str:
    return check([FUNCTION], [{"trip": arguments}], [{"trip": truth or TRUTH}], SIMPLE).error


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"city": "new york ny"}, ""),
        ({"city": "New York, NY", "days": 3, "price": 2, "open": True, "tags": ["A", "b"]}, ""),
        ({"city": "New York, NY", "box": {"w": 1}, "boxes": [{"w": 1}, {"w": 2}], "anything": "x"}, ""),
        ({}, "simple_function_checker:missing_required"),
        ({"city": "New York, NY", "hue": 1}, "simple_function_checker:unexpected_param"),
        ({"city": "Boston"}, "value_error:string"),
        ({"city": 5}, "type_error:simple"),
        ({"city": "New York, NY", "days": True}, "type_error:simple"),
        ({"city": "New York, NY", "days": 3.0}, "type_error:simple"),
        ({"city": "New York, NY", "days": 4}, "value_error:others"),
        ({"city": "New York, NY", "price": 2.5}, "value_error:others"),
        ({"city": "New York, NY", "tags": ["b", "a"]}, "value_error:list/tuple"),
        ({"city": "New York, NY", "box": {"d": 1}}, "value_error:dict_key"),
        ({"city": "New York, NY", "box": {"h": 2}}, "value_error:dict_key"),
        ({"city": "New York, NY", "box": {"w": 3}}, "value_error:dict_value"),
        ({"city": "New York, NY", "boxes": [{"w": 1}]}, "value_error:list_dict_count"),
    ],
)
def test_each_error_has_its_type(arguments: dict[str, Any], error: str) -> None:
    assert verdict(arguments) == error


def test_an_optional_parameter_may_be_missing_only_where_the_truth_allows_it() -> None:
    assert verdict({"city": "New York, NY"}, {**TRUTH, "days": [3]}) == "simple_function_checker:missing_optional"


def test_lists_are_checked_within() -> None:
    assert verdict({"city": "New York, NY", "tags": ["a", 1]}, {**TRUTH, "tags": [["a", "b"]]}) == "type_error:nested"
    boxes = {**TRUTH, "boxes": [[{"w": [1]}, {"w": [2]}]]}
    assert verdict({"city": "New York, NY", "boxes": [{"w": 1}, {"w": 3}]}, boxes) == "value_error:dict_value"


def test_a_variable_stands_for_a_value_where_the_truth_has_one() -> None:
    assert verdict({"city": "New York, NY", "days": "n"}, {**TRUTH, "days": ["n"]}) == ""
    assert verdict({"city": "New York, NY", "days": "m"}, {**TRUTH, "days": ["n"]}) == "value_error:others"


def test_a_wrong_name_and_a_wrong_count_are_told() -> None:
    right = [{"trip": TRUTH}]
    assert check([FUNCTION], [{"walk": {}}], right, SIMPLE).error == "simple_function_checker:wrong_func_name"
    assert check([FUNCTION], [], right, SIMPLE).error == "simple_function_checker:wrong_count"
    assert check([FUNCTION], [], right, MULTIPLE).error == "multiple_function_checker:wrong_count"
    assert check([FUNCTION], [], right, PARALLEL).error == "parallel_function_checker_no_order:wrong_count"


def test_parallel_calls_match_in_any_order_and_each_once() -> None:
    walk = {"name": "walk", "parameters": {"properties": {"km": {"type": "integer"}}, "required": ["km"]}}
    calls: list[dict[str, Any]] = [{"walk": {"km": 2}}, {"trip": {"city": "New York, NY"}}]
    truth: list[dict[str, Any]] = [{"trip": TRUTH}, {"walk": {"km": [2]}}]
    assert check([FUNCTION, walk], calls, truth, PARALLEL).is_right
    twice = [{"walk": {"km": 2}}, {"walk": {"km": 2}}]
    assert (
        check([FUNCTION, walk], twice, truth, PARALLEL).error == "parallel_function_checker_no_order:cannot_find_match"
    )


def test_verdicts_are_counted() -> None:
    right, errors = function_calls.summarize([Verdict(), Verdict("a"), Verdict("a")])
    assert (right, errors) == (1, {"a": 2})


@pytest.mark.skipif(not PUBLISHED, reason="BFCL_FILE is not set")
def test_a_thousand_published_verdicts_are_equal() -> None:
    entries = json.loads(gzip.decompress(Path(PUBLISHED).read_bytes()))["entries"]
    wrong = [entry for entry in entries if _error(entry) != entry["error"]]
    assert len(entries) == 1000
    assert wrong == []


def _error(entry: dict[str, Any]) -> str | None:
    """Return the type of the error as that version of the leaderboard names it: it takes "multiple" for parallel."""
    if entry["calls"] is None:
        return DECODER_FAILED
    kind = SIMPLE if entry["kind"] == "simple" else PARALLEL
    return check(entry["functions"], entry["calls"], entry["truth"], kind).error or None
