"""Verdicts of ACEBench on calls: count and names, parameters, types, and texts that contain the expected ones.

Written after its checker (MIT), with its limits: numbers and booleans of the declared type are not compared, a value
whose accepted answer has another type than the function declares is only checked for that type, and two kinds of items
can't be answered rightly: those that expect an empty list or object, and functions whose names end in a number.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from funaudio_core.evaluation.function_calls import RIGHT, Calls, Verdict

# Error types, as ACEBench names them.
WRONG_FORMAT, WRONG_COUNT, MISMATCH = "wrong_output_format", "wrong functions number", "function_mismatch"
WRONG_NAME = "wrong_function_name"
MISSING, UNEXPECTED, WRONG_PARAMETERS = "lack_args", "addition_args", "wrong_param"
WRONG_TYPE, WRONG_VALUE, WRONG_TEXT, WRONG_LIST = (
    "type_error",
    "value_error",
    "value_error:string",
    "value_error:list/tuple",
)
WRONG_ITEMS = "value_error:list_dict_count"
_TYPES: dict[str, type] = {
    "string": str,
    "integer": int,
    "int": int,
    "number": int,
    "float": float,
    "boolean": bool,
    "array": list,
    "tuple": list,
    "list": list,
    "list(string)": list,
    "list(enum)": list,
    "objectArray": list,
    "dict": dict,
    "object": dict,
    "any": str,
}
_LISTS = ("array", "tuple", "list(string)", "list(enum)", "objectArray")
_NUMBER = re.compile(r"_\d+$")  # of a name that the truth holds twice
_IGNORED = re.compile(r"[ ,./\-_*^]")


def parse_calls(response: str) -> Calls | None:
    """Return the calls in the first outermost brackets, such as [f(a=1), g()]; None if they can't be read."""
    text = _outermost_brackets(response)
    if text is None:
        return None
    try:
        tree = ast.parse(text, mode="eval").body
        calls = tree.elts if isinstance(tree, ast.List) else [tree]
        return [{_name(call): {each.arg: _value(each.value) for each in call.keywords}} for call in map(_call, calls)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _outermost_brackets(text: str) -> str | None:
    depth, start = 0, 0
    for place, char in enumerate(text):
        if char == "[":
            start = place if depth == 0 else start
            depth += 1
        elif char == "]" and depth:
            depth -= 1
            if depth == 0:
                return text[start : place + 1]
    return None


def _call(node: ast.expr) -> ast.Call:
    if not isinstance(node, ast.Call) or node.args:
        raise ValueError("no call with named arguments")
    return node


def _name(call: ast.Call) -> str:
    return ast.unparse(call.func)


def _value(node: ast.expr) -> Any:  # noqa: ANN401 (JSON)
    """Return a literal; true, false and null as JSON writes them."""
    if isinstance(node, ast.Name):
        words: dict[str, bool | None] = {"true": True, "false": False, "null": None}
        if node.id in words:
            return words[node.id]
    return ast.literal_eval(node)


def check(functions: Sequence[Mapping[str, Any]], response: str, truths: Any) -> Verdict:  # noqa: ANN401 (JSON)
    """Return the verdict on a response.

    Args:
        functions: The functions that were offered: name, and parameters with properties and required.
        response: The answer, calls as in Python.
        truths: The right calls, {name: {parameter: value}}, or a list of such alternatives.
    """
    calls = parse_calls(response)
    if calls is None:
        return Verdict(WRONG_FORMAT)
    verdicts = [_check_truth(functions, calls, truth) for truth in (truths if isinstance(truths, list) else [truths])]
    return next((verdict for verdict in verdicts if verdict.is_right), verdicts[0])


def _check_truth(functions: Sequence[Mapping[str, Any]], calls: Calls, truth: Mapping[str, Any]) -> Verdict:
    expected = [(key, _NUMBER.sub("", key), value) for key, value in truth.items()]
    if len(calls) != len(expected):
        return Verdict(WRONG_COUNT, str(len(calls)))
    given = Counter(name for call in calls for name in call)
    if given != Counter(name for _, name, _ in expected):
        return Verdict(MISMATCH, ", ".join(given))
    for key, name, value in expected:
        function = next((each for each in functions if each["name"] in key), None)
        if function is None or function["name"] != name:
            return Verdict(WRONG_NAME, name)
        verdicts = [_check_call(function, call[name], value) for call in calls if name in call]
        if not any(verdict.is_right for verdict in verdicts):
            return verdicts[-1]
    return RIGHT


def _check_call(function: Mapping[str, Any], given: Mapping[str, Any], expected: Mapping[str, Any]) -> Verdict:
    parameters = function["parameters"]
    if not given or not parameters:
        return RIGHT if not given and not parameters else Verdict(WRONG_PARAMETERS)
    properties = parameters["properties"]
    if expected == properties:
        return RIGHT
    if not expected:
        return Verdict(WRONG_PARAMETERS)
    for parameter in parameters.get("required", []):
        if parameter not in given:
            return Verdict(MISSING, parameter)
    for parameter, value in given.items():
        if parameter not in properties or parameter not in expected:
            return Verdict(UNEXPECTED, parameter)
        if error := _find_error(properties[parameter], value, expected[parameter]):
            return Verdict(error, parameter)
    return RIGHT


def _find_error(schema: Mapping[str, Any], value: Any, right: Any) -> str:  # noqa: ANN401 (JSON)
    """Return the type of the error of a value, "" if it is right."""
    named = schema.get("type", "any")
    declared = _TYPES.get(named)
    value = _boolean(float(value) if named == "float" and type(value) is int else value)
    if type(value) is not declared:
        return "" if type(value) is type(right) or value == right else WRONG_TYPE
    if named in (*_LISTS, "object") and right in ([], {}):
        return WRONG_TYPE
    if right != "" and type(right) is not declared:
        return ""
    return _compare(schema, value, right)


def _compare(schema: Mapping[str, Any], value: Any, right: Any) -> str:  # noqa: ANN401 (JSON)
    """Return the type of the error of a value of the declared type, "" if it is right."""
    named = schema.get("type", "any")
    declared = _TYPES.get(named)
    if declared is dict:
        return _compare_dicts(value, right)
    if declared is list and named in _LISTS and _item_type(schema) is dict:
        return _compare_dict_lists(value, right)
    if declared is str:
        return "" if _standardize(right) in _standardize(value) else WRONG_TEXT
    if declared is list:
        return "" if list(map(_standardize, value)) == list(map(_standardize, right)) else WRONG_LIST
    return ""


def _item_type(schema: Mapping[str, Any]) -> type | None:
    """Return the declared type of the items of a list; without one, that of objects."""
    items = schema.get("items", {})
    named = schema["type"]
    inner = "string" if "string" in named else "enum" if "enum" in named else "dict"
    return _TYPES.get(items.get("type", inner))


def _compare_dict_lists(values: list[Any], right: list[Any]) -> str:
    if len(values) != len(right):
        return WRONG_ITEMS
    return next((error for pair in zip(values, right, strict=True) if (error := _compare_dicts(*pair))), "")


def _compare_dicts(value: Any, right: Any) -> str:  # noqa: ANN401 (JSON)
    """Return the type of the error of an object, "" if each value contains the expected one."""
    if not isinstance(value, dict) or not isinstance(right, dict) or len(value) != len(right):
        return WRONG_VALUE
    for key, each in value.items():
        if key not in right:
            return WRONG_VALUE
        if isinstance(right[key], dict):
            if error := _compare_dicts(_boolean(each), right[key]):
                return error
        elif str(_standardize(right[key])) not in str(_standardize(_boolean(each))):
            return WRONG_VALUE
    return ""


def _boolean(value: Any) -> Any:  # noqa: ANN401 (JSON)
    """Return "true" and "false" as booleans, anything else as it is."""
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _standardize(value: Any) -> Any:  # noqa: ANN401 (JSON)
    """Return a text without spaces, case and some punctuation; anything else as it is."""
    return _IGNORED.sub("", value).lower().replace("'", '"') if isinstance(value, str) else value
