"""Tools of the sandbox: what they compute and keep, and what they refuse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from funaudio_core.errors import BadInput
from funaudio_core.tools import arithmetic
from funaudio_core.tools.calls import Call
from funaudio_core.tools.sandbox import RUNNERS, SandboxState, run

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


def run_all(*calls: tuple[str, dict[str, Any]], state: SandboxState | None = None) -> tuple[SandboxState, Any]:
    state, result = state or SandboxState(), dict[str, Any]()
    for name, arguments in calls:
        state, result = run(Call(name, arguments), state, NOW)
    return state, result


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("12 * (3 + 4)", 84),
        ("15% of 80", 12),
        ("20 percent of 50", 10),
        ("50%", 0.5),
        ("2 ^ 10", 1024),
        ("1,234 + 1 =", 1235),
        ("6 ÷ 4", 1.5),
        ("sqrt(2) × sqrt(2)", 2),
        ("-(7 // 2) % 5", 2),
        ("max(1, 2, PI)", 3.141592654),
    ],
)
def test_expressions_have_their_value(expression: str, value: float) -> None:
    assert arithmetic.calculate(expression) == value


@pytest.mark.parametrize(
    "expression",
    [
        "9**9**9",
        "1/0",
        "x + 1",
        "__import__('os')",
        "(1).real",
        "[1]",
        "'a' * 3",
        "abs(key=1)",
        "1e300*10",
        "",
        "(" * 150,
        "lambda: 1",
        "open('f')",
        "exp(999)",
        "1 if 1 else 2",
        "9" * 201,
        "True + 1",
    ],
)
def test_anything_but_arithmetic_is_refused(expression: str) -> None:
    with pytest.raises(BadInput):
        arithmetic.calculate(expression)


@pytest.mark.parametrize(
    ("value", "source", "target", "converted"),
    [
        (10, "miles", "km", 16.09344),
        (100, "degrees Fahrenheit", "Celsius", 37.77777778),
        (5, "feet", "inches", 60),
        (36, "km/h", "m/s", 10),
        (60, "miles per hour", "kilometers per hour", 96.56064),
        (3, "公里", "米", 3000),
        (2, "斤", "公斤", 1),
    ],
)
def test_units_are_converted(value: float, source: str, target: str, converted: float) -> None:
    assert arithmetic.convert_units(value, source, target) == converted


def test_units_of_different_kinds_are_refused() -> None:
    with pytest.raises(BadInput, match="don't measure the same"):
        arithmetic.convert_units(1, "mile", "kilogram")
    with pytest.raises(BadInput, match="no unit"):
        arithmetic.convert_units(1, "parsec", "km")


def test_timers_end() -> None:
    state, started = run_all(("set_timer", {"seconds": 90, "label": "tea"}))
    assert started == {"started": "tea", "rings_in": "1 minute 30 seconds"}
    _, left = run(Call("list_timers", {}), state, NOW + timedelta(seconds=30))
    assert left == {"timers": [{"label": "tea", "seconds_left": 60}]}
    assert run(Call("list_timers", {}), state, NOW + timedelta(seconds=91))[1] == {"timers": []}


def test_a_clock_knows_time_zones() -> None:
    assert run_all(("get_time", {"city": "Tokyo"}))[1]["time"] == "Monday 21:00"
    assert "no time zone" in run_all(("get_time", {"city": "Atlantis"}))[1]["error"]


def test_tasks_and_events_are_kept_and_found_again() -> None:
    state, _ = run_all(("add_todo", {"task": "Buy milk"}), ("add_todo", {"task": "call the bank"}))
    state, done = run_all(("complete_todo", {"task": "milk"}), state=state)
    assert done == {"done": "Buy milk"}
    assert run_all(("list_todos", {}), state=state)[1] == {"open": ["call the bank"]}
    state, _ = run_all(("add_event", {"title": "dentist", "day": "Friday", "time": "15:00"}), state=state)
    assert run_all(("list_events", {"day": "friday"}), state=state)[1]["events"][0]["title"] == "dentist"
    state, _ = run_all(("cancel_event", {"title": "the dentist"}), state=state)
    assert run_all(("list_events", {"day": "Friday"}), state=state)[1]["events"] == []
    assert "no event" in run_all(("cancel_event", {"title": "dentist"}), state=state)[1]["error"]


def test_uploaded_text_is_searched() -> None:
    state = SandboxState(document="The harvest was late. Apples were rare! Nobody complained.")
    assert run_all(("search_text", {"query": "apple harvest"}), state=state)[1] == {
        "found": ["The harvest was late.", "Apples were rare!"]
    }
    assert "no text" in run_all(("search_text", {"query": "apple"}))[1]["error"]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("get_weather", {"city": "Paris"}),
        ("set_light", {"room": "hall", "on": True}),
        ("get_home_status", {}),
        ("navigate_to", {"destination": "home"}),
        ("get_vehicle_status", {"item": "battery"}),
    ],
)
def test_simulated_results_say_so(name: str, arguments: dict[str, Any]) -> None:
    assert run_all((name, arguments))[1]["simulated"] is True


def test_what_was_set_is_told_later() -> None:
    state, _ = run_all(("set_light", {"room": "hall", "on": True, "brightness": 40}))
    assert run_all(("get_home_status", {}), state=state)[1]["light, hall"] == "on, 40 %"
    state, _ = run_all(("set_climate", {"celsius": 18}), state=state)
    assert run_all(("get_vehicle_status", {"item": "temperature"}), state=state)[1]["temperature"] == "18 °C"


def test_unknown_tools_and_odd_arguments_end_in_an_error_for_the_model() -> None:
    assert "not among the tools" in run_all(("launch_rocket", {}))[1]["error"]
    for name in RUNNERS:
        assert isinstance(run_all((name, {"no such": 1}))[1], dict)  # and raises nothing
    assert "don't fit" in run_all(("set_timer", {"seconds": "soon"}))[1]["error"]
    assert (
        "table of currencies"
        in run_all(("convert_currency", {"amount": 1, "from_currency": "XXX", "to_currency": "USD"}))[1]["error"]
    )


def test_a_session_keeps_a_bounded_number_of_entries() -> None:
    state, _ = run_all(*[("add_todo", {"task": f"task {number}"}) for number in range(130)])
    assert len(state.todos) == 100


def test_the_entry_that_is_most_like_the_words_is_meant() -> None:
    state, _ = run_all(*[("add_todo", {"task": task}) for task in ("call the bank", "clean the car", "clean the sink")])
    state, done = run_all(("complete_todo", {"task": "clean the car"}), state=state)
    assert done == {"done": "clean the car"}
    error = run_all(("complete_todo", {"task": "the clean one"}), state=state)[1]["error"]
    assert error == "several tasks are like the clean one: clean the car, clean the sink"
    for title, day in (("Lunch with Anna", "May 3"), ("Dinner with Tom", "May 15")):
        state, _ = run_all(("add_event", {"title": title, "day": day, "time": "12:00"}), state=state)
    assert run_all(("list_events", {"day": "May 5"}), state=state)[1]["events"] == []
    assert len(run_all(("list_events", {"day": "May 15"}), state=state)[1]["events"]) == 1
    assert (
        run_all(("cancel_event", {"title": "Dinner with Tom"}), state=state)[1]["cancelled"]["title"]
        == "Dinner with Tom"
    )


@pytest.mark.parametrize(
    ("expression", "value"), [("123456*654321", 80_779_853_376), ("12345678901+1", 12_345_678_902), ("0.1+0.2", 0.3)]
)
def test_whole_numbers_are_exact(expression: str, value: float) -> None:
    assert run_all(("calculate", {"expression": expression}))[1]["result"] == value
