"""Arithmetic on texts: expressions, units, and a fixed table of currencies. Nothing is ever evaluated as code."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable
from typing import Any

from funaudio_core.errors import BadInput

MAX_CHARACTERS, MAX_DIGITS = 200, 15  # of an expression, and of its result
MAX_POWER, MAX_NUMBER = 200, 1e100  # of an exponent, and of any number on the way
_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_UNARY: dict[type[ast.unaryop], Callable[[float], float]] = {ast.UAdd: operator.pos, ast.USub: operator.neg}
_FUNCTIONS: dict[str, Callable[..., float]] = {
    "sqrt": math.sqrt,
    "abs": abs,
    "round": round,
    "min": min,
    "max": max,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "log": math.log10,
    "ln": math.log,
    "exp": math.exp,
}
_CONSTANTS = {"pi": math.pi, "e": math.e}
_SIGNS = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "^": "**", "（": "(", "）": ")", "，": ","})
_PERCENT = re.compile(r"(\d(?:[\d.]*\d)?)\s*(?:%|percent\b)(?:\s*of\b)?", re.IGNORECASE)
_GROUPS = re.compile(r"(?<=\d),(?=\d{3}(?:\D|$))")

# Units by dimension: size of each in the first one. Temperatures have functions of their own.
_UNITS: dict[str, dict[str, float]] = {
    "length": {"meter": 1, "kilometer": 1e3, "centimeter": 0.01, "millimeter": 1e-3}
    | {"mile": 1609.344, "yard": 0.9144, "foot": 0.3048, "inch": 0.0254},
    "mass": {
        "kilogram": 1,
        "gram": 1e-3,
        "milligram": 1e-6,
        "tonne": 1e3,
        "pound": 0.45359237,
        "ounce": 0.028349523125,
    },
    "volume": {"liter": 1, "milliliter": 1e-3, "gallon": 3.785411784, "quart": 0.946352946}
    | {"pint": 0.473176473, "cup": 0.2365882365, "tablespoon": 0.01478676478125, "teaspoon": 0.00492892159375},
    "speed": {"meter per second": 1, "kilometer per hour": 1 / 3.6, "mile per hour": 0.44704, "knot": 1852 / 3600},
    "time": {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800},
}
_TEMPERATURES: dict[str, tuple[float, float]] = {  # unit -> (a, b): kelvins are a x value + b
    "celsius": (1.0, 273.15),
    "fahrenheit": (5 / 9, 273.15 - 32 * 5 / 9),
    "kelvin": (1.0, 0.0),
}
_ABBREVIATIONS = {
    "m": "meter",
    "metre": "meter",
    "km": "kilometer",
    "kilometre": "kilometer",
    "cm": "centimeter",
    "centimetre": "centimeter",
    "mm": "millimeter",
    "millimetre": "millimeter",
    "mi": "mile",
    "yd": "yard",
    "ft": "foot",
    "feet": "foot",
    "in": "inch",
    "inche": "inch",
    "kg": "kilogram",
    "kilo": "kilogram",
    "g": "gram",
    "mg": "milligram",
    "ton": "tonne",
    "lb": "pound",
    "oz": "ounce",
    "l": "liter",
    "litre": "liter",
    "ml": "milliliter",
    "gal": "gallon",
    "tbsp": "tablespoon",
    "tsp": "teaspoon",
    "km/h": "kilometer per hour",
    "kph": "kilometer per hour",
    "mph": "mile per hour",
    "m/": "meter per second",  # "m/s" without its s
    "min": "minute",
    "h": "hour",
    "c": "celsius",
    "f": "fahrenheit",
    "k": "kelvin",
    "米": "meter",
    "公里": "kilometer",
    "千米": "kilometer",
    "厘米": "centimeter",
    "英里": "mile",
    "英尺": "foot",
    "英寸": "inch",
    "公斤": "kilogram",
    "千克": "kilogram",
    "克": "gram",
    "斤": "jin",
    "磅": "pound",
    "盎司": "ounce",
    "升": "liter",
    "毫升": "milliliter",
    "加仑": "gallon",
    "摄氏度": "celsius",
    "华氏度": "fahrenheit",
}
_UNITS["mass"]["jin"] = 0.5
# Units of each currency for one dollar: round numbers of a fixed table, not today's rates.
RATES = {
    "USD": 1.0,
    "EUR": 0.9,
    "GBP": 0.8,
    "JPY": 150.0,
    "CNY": 7.2,
    "CHF": 0.9,
    "KRW": 1400.0,
    "INR": 85.0,
    "CAD": 1.4,
    "AUD": 1.5,
}


def calculate(expression: str) -> float:
    """Return the value of an arithmetic expression, with percentages and the functions of _FUNCTIONS.

    Raises:
        BadInput: It is no expression, or its value has no bounds.
    """
    if len(expression) > MAX_CHARACTERS:
        raise BadInput("The expression is too long ({count} characters).", count=len(expression))
    written = _GROUPS.sub("", expression.translate(_SIGNS))
    written = _PERCENT.sub(lambda found: f"({found[1]}/100)" + ("*" if found[0].rstrip()[-2:] == "of" else ""), written)
    try:
        value = _evaluate(ast.parse(written.strip().rstrip("=?").lower(), mode="eval").body)
        return _rounded(value)
    except (SyntaxError, TypeError, ValueError, ArithmeticError, RecursionError, MemoryError):
        raise BadInput("{expression} can't be calculated.", expression=expression[:MAX_CHARACTERS]) from None


def _evaluate(node: ast.expr) -> float:
    """Return the value of a node of an expression. Raise ValueError for anything but arithmetic."""
    value: Any
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        value = node.value
    elif isinstance(node, ast.Name) and node.id in _CONSTANTS:
        value = _CONSTANTS[node.id]
    elif isinstance(node, ast.UnaryOp) and type(node.op) in _UNARY:
        value = _UNARY[type(node.op)](_evaluate(node.operand))
    elif isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        left, right = _evaluate(node.left), _evaluate(node.right)
        if isinstance(node.op, ast.Pow) and abs(right) > MAX_POWER:
            raise ValueError("exponent")
        value = _BINARY[type(node.op)](left, right)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        value = _FUNCTIONS[node.func.id](*map(_evaluate, node.args)) if node.func.id in _FUNCTIONS else None
    else:
        value = None
    if not isinstance(value, int | float) or abs(value) > MAX_NUMBER:
        raise ValueError("not a number")
    return value


def convert_units(value: float, from_unit: str, to_unit: str) -> float:
    """Return a value in another unit.

    Raises:
        BadInput: A unit is unknown, or the two measure different things.
    """
    source, target = _unit(from_unit), _unit(to_unit)
    if source in _TEMPERATURES and target in _TEMPERATURES:
        (a, b), (c, d) = _TEMPERATURES[source], _TEMPERATURES[target]
        return _rounded((a * value + b - d) / c)
    for sizes in _UNITS.values():
        if source in sizes and target in sizes:
            return _rounded(value * sizes[source] / sizes[target])
    raise BadInput("{source} and {target} don't measure the same.", source=source, target=target)


def _unit(written: str) -> str:
    """Return the name of a unit. Raise BadInput for an unknown one."""
    known = {name for sizes in _UNITS.values() for name in sizes} | set(_TEMPERATURES)
    name = re.sub(r"^degrees?\s+|[°.]|s(?= per )", "", written.strip().lower())
    for candidate in (name, name.removesuffix("s")):
        found = _ABBREVIATIONS.get(candidate, candidate)
        if found in known:
            return found
    raise BadInput("{unit} is no unit of the table.", unit=written[:MAX_CHARACTERS])


def convert_currency(amount: float, from_currency: str, to_currency: str) -> float:
    """Return an amount in another currency, by RATES.

    Raises:
        BadInput: A currency is not in the table.
    """
    if unknown := [code for code in (from_currency, to_currency) if code not in RATES]:
        raise BadInput("{code} is not in the table of currencies.", code=unknown[0])
    return round(amount / RATES[from_currency] * RATES[to_currency], 2)


def _rounded(value: float) -> float:
    """Return a number with at most MAX_DIGITS digits, whole if it is."""
    if isinstance(value, int) and abs(value) < 10**MAX_DIGITS:
        return value
    rounded = float(f"{value:.{MAX_DIGITS - 5}g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 10**MAX_DIGITS else rounded
