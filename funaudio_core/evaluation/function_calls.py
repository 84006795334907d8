"""Verdicts of the Berkeley Function-Calling Leaderboard, version 1: calls against functions and accepted answers.

Port of its AST checker (gorilla, Apache-2.0) for Python functions, as Fun-Audio-Chat's evaluation runs it. Types are
exact: bool is no int, and an int passes as a float only outside lists. Texts are compared without spaces, case and some
punctuation; optional parameters may be missing where "" is among the accepted values.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SIMPLE, MULTIPLE, PARALLEL = "simple", "multiple", "parallel"  # kinds of tests
TYPES: dict[str, type] = {
    "string": str,
    "integer": int,
    "float": float,
    "boolean": bool,
    "array": list,
    "tuple": list,
    "dict": dict,
    "any": str,
    "number": int,
    "object": dict,
}
LISTS = ("array", "tuple")
OMITTED = ""  # among the accepted values: the parameter may be missing
# Error types, as the leaderboard names them.
DECODER_FAILED = "ast_decoder:decoder_failed"
WRONG_COUNT, WRONG_NAME = "{kind}_function_checker:wrong_count", "simple_function_checker:wrong_func_name"
PARALLEL_COUNT, NO_MATCH = (
    "parallel_function_checker_no_order:wrong_count",
    "parallel_function_checker_no_order:cannot_find_match",
)
MISSING, UNEXPECTED, MISSING_OPTIONAL = (
    f"simple_function_checker:{fault}" for fault in ("missing_required", "unexpected_param", "missing_optional")
)
WRONG_TYPE, WRONG_INNER_TYPE = "type_error:simple", "type_error:nested"
WRONG_TEXT, WRONG_LIST, WRONG_OTHER = "value_error:string", "value_error:list/tuple", "value_error:others"
WRONG_KEY, WRONG_DICT_VALUE, WRONG_DICT_COUNT = (
    "value_error:dict_key",
    "value_error:dict_value",
    "value_error:list_dict_count",
)
UNCLEAR_DICT, UNCLEAR_DICTS = "dict_checker:unclear", "list_dict_checker:unclear"
_IGNORED = re.compile(r"[ \,\.\/\-\_\*\^]")

Calls = Sequence[Mapping[Any, Any]]  # each {name: {parameter: value}}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Verdict on one answer.

    Attributes:
        error: Type of the first error; "" for a right answer.
        detail: Parameter or function that is wrong.
    """

    error: str = ""
    detail: str = ""

    @property
    def is_right(self) -> bool:
        """Return whether the answer is right."""
        return not self.error


RIGHT = Verdict()


def check(functions: Sequence[Mapping[str, Any]], calls: Calls, truth: Calls, kind: str) -> Verdict:
    """Return the verdict on the calls of one answer.

    Args:
        functions: The functions that were offered: name, and parameters with properties and required.
        calls: The answer.
        truth: The right calls, each parameter with a list of accepted values.
        kind: SIMPLE, MULTIPLE or PARALLEL; the last allows several calls in any order.
    """
    if kind == PARALLEL:
        return _check_parallel(functions, calls, truth)
    if len(calls) != len(truth):
        return Verdict(WRONG_COUNT.format(kind=kind), str(len(calls)))
    name = next(iter(truth[0]))
    function = functions[0] if kind == SIMPLE else next(each for each in functions if each["name"] == name)
    return check_call(function, calls[0], truth[0])


def _check_parallel(functions: Sequence[Mapping[str, Any]], calls: Calls, truth: Calls) -> Verdict:
    """Match each right call with the first call left that fits it."""
    if len(calls) != len(truth):
        return Verdict(PARALLEL_COUNT, str(len(calls)))
    left = list(calls)
    for right in truth:
        name = next(iter(right))
        function = next(each for each in functions if each["name"] == name)
        found = next((call for call in left if check_call(function, call, right).is_right), None)
        if found is None:
            return Verdict(NO_MATCH, str(name))
        left.remove(found)
    return RIGHT


def check_call(function: Mapping[str, Any], call: Mapping[Any, Any], right: Mapping[Any, Any]) -> Verdict:
    """Return the verdict on one call of a function."""
    accepted: Mapping[str, list[Any]] = next(iter(right.values()))
    name = function["name"]
    if name not in call:
        return Verdict(WRONG_NAME, str(name))
    given: Mapping[str, Any] = call[name]
    properties = function["parameters"]["properties"]
    for parameter in function["parameters"].get("required", []):
        if parameter not in given:
            return Verdict(MISSING, parameter)
    for parameter, value in given.items():
        if parameter not in properties or parameter not in accepted:
            return Verdict(UNEXPECTED, parameter)
        if error := _find_error(properties[parameter], value, accepted[parameter]):
            return Verdict(error, parameter)
    for parameter, values in accepted.items():
        if parameter not in given and OMITTED not in values:
            return Verdict(MISSING_OPTIONAL, parameter)
    return RIGHT


def _find_error(schema: Mapping[str, Any], value: Any, accepted: list[Any]) -> str:  # noqa: ANN401 (JSON)
    """Return the type of the error of a value, "" if it is right."""
    named = schema["type"]
    if named == "object":
        return ""
    expected = TYPES[named]
    inner = TYPES[schema["items"]["type"]] if named in LISTS else None
    if named == "float" and type(value) is int:
        value = float(value)
    error, is_variable = _check_type(value, accepted, expected, inner)
    if error:
        return error
    if not is_variable:
        if expected is dict:
            return _check_dict(value, accepted)
        if expected is list and inner is dict:
            return _check_dicts(value, accepted)
        if expected is str:
            texts = [_standardize(each) for each in accepted if isinstance(each, str)]
            return "" if _standardize(value) in texts else WRONG_TEXT
        if expected is list:
            lists = [list(map(_standardize, each)) for each in accepted]
            return "" if list(map(_standardize, value)) in lists else WRONG_LIST
    return "" if value in accepted else WRONG_OTHER


def _check_type(value: Any, accepted: list[Any], expected: type, inner: type | None) -> tuple[str, bool]:  # noqa: ANN401 (JSON)
    """Return the type of the error, "" for none, and whether the value is the name of a variable.

    A value is taken for a variable if the accepted values have another type than the function declares.
    """
    known = next((type(each) for each in accepted if each != OMITTED), None)
    is_expected = type(value) is expected
    if is_expected and (inner is None or _has_inner_type(value, accepted, inner)):
        return "", known is not None and known is not expected
    if known is None or type(value) is not known:
        return WRONG_TYPE, False
    return (WRONG_INNER_TYPE, False) if is_expected else ("", True)


def _has_inner_type(values: list[Any], accepted: list[Any], inner: type) -> bool:
    """Return whether the items of a list have the declared type, or that of one of the accepted lists."""
    return any(
        not isinstance(each, list) or all(not _check_type(item, each, inner, None)[0] for item in values)
        for each in accepted
    )


def _check_dict(value: Mapping[str, Any], accepted: list[Any]) -> str:
    error = UNCLEAR_DICT
    for right in accepted:
        if right == OMITTED:
            continue
        error = _compare_dict(value, right)
        if not error:
            return ""
    return error


def _compare_dict(value: Mapping[str, Any], right: Mapping[str, list[Any]]) -> str:
    """Return the type of the error against one accepted object; a missing key counts before a wrong value."""
    error = ""
    for key, each in value.items():
        if key not in right:
            error = WRONG_KEY
            break
        if _standardize(each) not in [_standardize(answer) for answer in right[key]]:
            error = WRONG_DICT_VALUE
            break
    if any(key not in value and OMITTED not in answers for key, answers in right.items()):
        return WRONG_KEY
    return error


def _check_dicts(values: list[Any], accepted: list[Any]) -> str:
    error = UNCLEAR_DICTS
    for right in accepted:
        if len(values) != len(right):
            error = WRONG_DICT_COUNT
            continue
        errors = (_check_dict(value, [answer]) for value, answer in zip(values, right, strict=True))
        error = next((each for each in errors if each), "")
        if not error:
            return ""
    return error


def _standardize(value: Any) -> Any:  # noqa: ANN401 (JSON)
    """Return a text in the form in which texts are compared; anything else as it is."""
    return _IGNORED.sub("", value).lower().replace("'", '"') if isinstance(value, str) else value


def summarize(verdicts: Iterable[Verdict]) -> tuple[int, Counter[str]]:
    """Return the number of right answers, and that of each type of error."""
    counts = Counter(verdict.error for verdict in verdicts)
    return counts.pop("", 0), counts
