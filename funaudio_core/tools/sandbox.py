"""Small tools that really run, each on the state of one session: never on the network, files or the machine.

Clock, timers, arithmetic, calendar, to-do list and text search are real. Weather, home and car are simulated, and
their results say so.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from funaudio_core.errors import BadInput
from funaudio_core.text import split_sentences
from funaudio_core.tools import arithmetic
from funaudio_core.tools.calls import Call
from funaudio_core.tools.likeness import closest_names, is_same_day, words_of
from funaudio_core.tools.sets import DOORS, ROOMS

MAX_ENTRIES = 100  # of each list of a session
MAX_FOUND, MAX_DOCUMENT_CHARACTERS = 3, 500_000
SIMULATED = {"simulated": True}
ZONES = {
    "london": "Europe/London",
    "paris": "Europe/Paris",
    "berlin": "Europe/Berlin",
    "madrid": "Europe/Madrid",
    "rome": "Europe/Rome",
    "moscow": "Europe/Moscow",
    "new york": "America/New_York",
    "chicago": "America/Chicago",
    "los angeles": "America/Los_Angeles",
    "san francisco": "America/Los_Angeles",
    "toronto": "America/Toronto",
    "mexico city": "America/Mexico_City",
    "tokyo": "Asia/Tokyo",
    "seoul": "Asia/Seoul",
    "beijing": "Asia/Shanghai",
    "shanghai": "Asia/Shanghai",
    "hangzhou": "Asia/Shanghai",
    "hong kong": "Asia/Hong_Kong",
    "singapore": "Asia/Singapore",
    "delhi": "Asia/Kolkata",
    "mumbai": "Asia/Kolkata",
    "dubai": "Asia/Dubai",
    "cairo": "Africa/Cairo",
    "sydney": "Australia/Sydney",
    "伦敦": "Europe/London",
    "巴黎": "Europe/Paris",
    "纽约": "America/New_York",
    "东京": "Asia/Tokyo",
    "首尔": "Asia/Seoul",
    "北京": "Asia/Shanghai",
    "上海": "Asia/Shanghai",
    "杭州": "Asia/Shanghai",
    "广州": "Asia/Shanghai",
    "深圳": "Asia/Shanghai",
    "成都": "Asia/Shanghai",
}
CONDITIONS = ("sunny", "cloudy", "light rain", "windy", "overcast")


@dataclass(frozen=True, slots=True)
class Timer:
    """Timer that runs. ends: When it is over."""

    label: str
    ends: datetime


@dataclass(frozen=True, slots=True)
class SandboxState:
    """State of the tools of one session.

    Attributes:
        timers: Timers that were started.
        todos: Tasks, with whether they are done.
        events: Title, day and time of calendar entries.
        home: State of lights, thermostats and doors.
        car: State of the car.
        document: Text that the visitor uploaded.
    """

    timers: tuple[Timer, ...] = ()
    todos: Mapping[str, bool] = field(default_factory=dict)
    events: tuple[tuple[str, str, str], ...] = ()
    home: Mapping[str, Any] = field(default_factory=dict)
    car: Mapping[str, Any] = field(default_factory=dict)
    document: str = ""


Result = dict[str, Any]
Runner = Callable[[SandboxState, Mapping[str, Any], datetime], tuple[SandboxState, Result]]


def run(call: Call, state: SandboxState, now: datetime | None = None) -> tuple[SandboxState, Result]:
    """Run a checked call.

    Args:
        call: A call that fits the schema of its tool.
        state: State of the session.
        now: Present time with a time zone; None for that of the clock.

    Returns:
        The new state and the result for the model; its key "error" says why a call failed.
    """
    runner = RUNNERS.get(call.name)
    if runner is None:
        return state, {"error": f"{call.name} is not among the tools of this server, so it was not run"}
    try:
        return runner(state, call.arguments, now or datetime.now(UTC))
    except BadInput as error:
        return state, {"error": str(error)}
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:  # a visitor's own schema of the same name
        return state, {"error": f"the arguments don't fit this tool ({type(error).__name__}: {error})"[:200]}


def _get_time(state: SandboxState, given: Mapping[str, Any], now: datetime) -> tuple[SandboxState, Result]:
    zone = ZONES.get(str(given["city"]).strip().lower())
    if zone is None:
        return state, {"error": f"no time zone is known for {given['city']}", "utc": f"{now.astimezone(UTC):%H:%M}"}
    return state, {"city": given["city"], "time": f"{now.astimezone(ZoneInfo(zone)):%A %H:%M}"}


def _set_timer(state: SandboxState, given: Mapping[str, Any], now: datetime) -> tuple[SandboxState, Result]:
    seconds, label = float(given["seconds"]), str(given.get("label", ""))
    timer = Timer(label, now + timedelta(seconds=seconds))
    running = tuple(each for each in state.timers if each.ends > now)
    added = replace(state, timers=(*running, timer)[-MAX_ENTRIES:])
    return added, {"started": label or "timer", "rings_in": _length(seconds)}


def _length(seconds: float) -> str:
    """Return a length of time in English words."""
    parts = ((int(seconds) // 3600, "hour"), (int(seconds) // 60 % 60, "minute"), (int(seconds) % 60, "second"))
    return " ".join(f"{count} {unit}{'s' if count > 1 else ''}" for count, unit in parts if count)


def _list_timers(state: SandboxState, _: Mapping[str, Any], now: datetime) -> tuple[SandboxState, Result]:
    running = [each for each in state.timers if each.ends > now]
    left = [{"label": each.label, "seconds_left": round((each.ends - now).total_seconds())} for each in running]
    return state, {"timers": left}


def _calculate(state: SandboxState, given: Mapping[str, Any], _: datetime) -> tuple[SandboxState, Result]:
    return state, {"result": arithmetic.calculate(str(given["expression"]))}


def _convert_units(state: SandboxState, given: Mapping[str, Any], _: datetime) -> tuple[SandboxState, Result]:
    converted = arithmetic.convert_units(float(given["value"]), str(given["from_unit"]), str(given["to_unit"]))
    return state, {"result": converted, "unit": given["to_unit"]}


def _convert_currency(state: SandboxState, given: Mapping[str, Any], _: datetime) -> tuple[SandboxState, Result]:
    source, target = str(given["from_currency"]), str(given["to_currency"])
    amount = arithmetic.convert_currency(float(given["amount"]), source, target)
    return state, {"result": amount, "currency": target, "note": "fixed example rates, not those of today"}


def _get_weather(state: SandboxState, given: Mapping[str, Any], now: datetime) -> tuple[SandboxState, Result]:
    """Make up the weather, the same for a city and a day."""
    day = str(given.get("day", "today"))
    date = (now + timedelta(days=day == "tomorrow")).date()
    number = zlib.crc32(f"{str(given['city']).lower()} {date}".encode())
    sky, celsius = CONDITIONS[number % len(CONDITIONS)], 5 + number // 8 % 25
    return state, {"city": given["city"], "day": day, "sky": sky, "celsius": celsius, **SIMULATED}


def _set_light(state: SandboxState, given: Mapping[str, Any], _: datetime) -> tuple[SandboxState, Result]:
    light = f"on, {given.get('brightness', 100)} %" if given["on"] else "off"
    return _set_home(state, f"light, {given['room']}", light)


def _set_thermostat(state: SandboxState, given: Mapping[str, Any], _: datetime) -> tuple[SandboxState, Result]:
    return _set_home(state, f"temperature, {given['room']}", f"{given['celsius']} °C")


def _lock_door(state: SandboxState, given: Mapping[str, Any], _: datetime) -> tuple[SandboxState, Result]:
    return _set_home(state, str(given["door"]), "locked" if given["locked"] else "unlocked")


def _play_music(state: SandboxState, given: Mapping[str, Any], _: datetime) -> tuple[SandboxState, Result]:
    return _set_home(state, f"music, {given.get('room', ROOMS[0])}", str(given["query"]))


def _set_home(state: SandboxState, item: str, value: str) -> tuple[SandboxState, Result]:
    kept = dict([*state.home.items(), (item, value)][-MAX_ENTRIES:])
    return replace(state, home=kept), {item: value, **SIMULATED}


def _get_home(state: SandboxState, _: Mapping[str, Any], __: datetime) -> tuple[SandboxState, Result]:
    start = {f"light, {ROOMS[0]}": "off", **dict.fromkeys(DOORS, "locked")}
    return state, {**start, **state.home, **SIMULATED}


def _add_event(state: SandboxState, given: Mapping[str, Any], _: datetime) -> tuple[SandboxState, Result]:
    event = str(given["title"]), str(given["day"]), str(given.get("time", ""))
    return replace(state, events=(*state.events, event)[-MAX_ENTRIES:]), {"added": _event(event)}


def _event(event: tuple[str, str, str]) -> Result:
    return dict(zip(("title", "day", "time"), event, strict=True))


def _list_events(state: SandboxState, given: Mapping[str, Any], _: datetime) -> tuple[SandboxState, Result]:
    day = str(given["day"])
    return state, {"day": day, "events": [_event(each) for each in state.events if is_same_day(each[1], day)]}


def _cancel_event(state: SandboxState, given: Mapping[str, Any], _: datetime) -> tuple[SandboxState, Result]:
    title = str(given["title"])
    names = closest_names([each[0] for each in state.events], title)
    if not names:
        return state, {"error": f"no event is called {title}"}
    if len(names) > 1:
        return state, {"error": f"several events are like {title}: {', '.join(names)}"}
    found = next(each for each in state.events if each[0] == names[0])
    return replace(state, events=tuple(each for each in state.events if each is not found)), {
        "cancelled": _event(found)
    }


def _add_todo(state: SandboxState, given: Mapping[str, Any], _: datetime) -> tuple[SandboxState, Result]:
    kept = dict([*state.todos.items(), (str(given["task"]), False)][-MAX_ENTRIES:])
    return replace(state, todos=kept), {"added": given["task"], "open_tasks": sum(not done for done in kept.values())}


def _complete_todo(state: SandboxState, given: Mapping[str, Any], _: datetime) -> tuple[SandboxState, Result]:
    task = str(given["task"])
    names = closest_names(list(state.todos), task)
    if not names:
        return state, {"error": f"no task is called {task}"}
    if len(names) > 1:
        return state, {"error": f"several tasks are like {task}: {', '.join(names)}"}
    return replace(state, todos={**state.todos, names[0]: True}), {"done": names[0]}


def _list_todos(state: SandboxState, _: Mapping[str, Any], __: datetime) -> tuple[SandboxState, Result]:
    return state, {"open": [task for task, done in state.todos.items() if not done]}


def _search_text(state: SandboxState, given: Mapping[str, Any], _: datetime) -> tuple[SandboxState, Result]:
    """Find the sentences of the uploaded text that share most words with the query."""
    if not state.document:
        return state, {"error": "no text was uploaded"}
    wanted = words_of(str(given["query"]))
    sentences = split_sentences(state.document[:MAX_DOCUMENT_CHARACTERS], "en")
    scored = [(len(wanted & words_of(sentence)), -place) for place, sentence in enumerate(sentences)]
    best = [sentences[-place] for score, place in sorted(scored, reverse=True)[:MAX_FOUND] if score]
    return state, {"found": best}


def _set_car(name: str, value: Callable[[Mapping[str, Any]], Any]) -> Runner:
    """Return the runner that sets a part of the car."""

    def set_part(state: SandboxState, given: Mapping[str, Any], _: datetime) -> tuple[SandboxState, Result]:
        changed = {name: value(given)}
        return replace(state, car={**state.car, **changed}), {**changed, **SIMULATED}

    return set_part


def _set_window(state: SandboxState, given: Mapping[str, Any], _: datetime) -> tuple[SandboxState, Result]:
    changed = {f"window, {given['window']}": "open" if given["open"] else "closed"}
    return replace(state, car={**state.car, **changed}), {**changed, **SIMULATED}


def _get_vehicle(state: SandboxState, given: Mapping[str, Any], _: datetime) -> tuple[SandboxState, Result]:
    start = {"battery": "62 %", "range": "240 km", "tires": "2.4 bar", "doors": "locked", "temperature": "20 °C"}
    item = str(given["item"])
    return state, {item: {**start, **state.car}.get(item, "unknown"), **SIMULATED}


RUNNERS: Mapping[str, Runner] = {
    "get_time": _get_time,
    "set_timer": _set_timer,
    "list_timers": _list_timers,
    "calculate": _calculate,
    "convert_units": _convert_units,
    "convert_currency": _convert_currency,
    "get_weather": _get_weather,
    "set_light": _set_light,
    "set_thermostat": _set_thermostat,
    "lock_door": _lock_door,
    "play_music": _play_music,
    "get_home_status": _get_home,
    "add_event": _add_event,
    "list_events": _list_events,
    "cancel_event": _cancel_event,
    "add_todo": _add_todo,
    "complete_todo": _complete_todo,
    "list_todos": _list_todos,
    "search_text": _search_text,
    "navigate_to": _set_car("destination", lambda given: str(given["destination"])),
    "set_climate": _set_car("temperature", lambda given: f"{given['celsius']} °C"),
    "set_window": _set_window,
    "play_radio": _set_car("radio", lambda given: str(given["station"])),
    "get_vehicle_status": _get_vehicle,
    "call_contact": _set_car("call", lambda given: str(given["name"])),
}
