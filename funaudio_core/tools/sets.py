"""Ready sets of tools, with descriptions in English and Chinese; the tools are those of funaudio_core.tools.sandbox."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from funaudio_core.tools.schema import Tool

CHINESE = "zh"


class _Parameter(NamedTuple):
    """Parameter of a tool. schema: Its JSON schema without the description."""

    schema: Mapping[str, Any]
    english: str
    chinese: str
    required: bool = True


class _Row(NamedTuple):
    """Tool in both languages."""

    name: str
    english: str
    chinese: str
    parameters: Mapping[str, _Parameter]


_TEXT: Mapping[str, Any] = {"type": "string"}
_ON: Mapping[str, Any] = {"type": "boolean"}
_CURRENCIES = {"type": "string", "enum": ["USD", "EUR", "GBP", "JPY", "CNY", "CHF", "KRW", "INR", "CAD", "AUD"]}
ROOMS = ("living room", "bedroom", "kitchen", "bathroom", "study", "hall")
DOORS = ("front door", "back door", "garage")
VEHICLE_ITEMS = ("battery", "range", "tires", "doors", "temperature")
# Chinese names beside the values: the model finds the value by them, and the recognizer expects them.
_ROOMS_IN_CHINESE = "房间：客厅 living room、卧室 bedroom、厨房 kitchen、浴室 bathroom、书房 study、走廊 hall"
_ROOM = {"type": "string", "enum": list(ROOMS)}


def _number(low: float, high: float, kind: str = "number") -> Mapping[str, Any]:
    return {"type": kind, "minimum": low, "maximum": high}


def _choice(*values: str) -> Mapping[str, Any]:
    return {"type": "string", "enum": list(values)}


_WEATHER = (
    _Row(
        "get_weather",
        "Weather of a city today or tomorrow",
        "查询某城市今天或明天的天气",
        {
            "city": _Parameter(_TEXT, "Name of the city", "城市名称"),
            "day": _Parameter(
                _choice("today", "tomorrow"), "Day; today by default", "日期：今天 today（默认）、明天 tomorrow", False
            ),
        },
    ),
    _Row(
        "get_time",
        "Present time in a city",
        "查询某城市的当前时间",
        {"city": _Parameter(_TEXT, "Name of the city", "城市名称")},
    ),
    _Row(
        "set_timer",
        "Start a timer",
        "设置倒计时",
        {
            "seconds": _Parameter(_number(1, 86_400, "integer"), "Length in seconds", "时长（秒）"),
            "label": _Parameter(_TEXT, "What it is for", "用途", False),
        },
    ),
    _Row("list_timers", "Timers that run, with the time left", "查询正在运行的倒计时及剩余时间", {}),
    _Row(
        "calculate",
        "Calculate an arithmetic expression",
        "计算算术表达式",
        {"expression": _Parameter(_TEXT, "Such as 12 * (3 + 4)", "例如 12 * (3 + 4)")},
    ),
    _Row(
        "convert_units",
        "Convert a length, mass, volume, speed or temperature into another unit",
        "换算长度、质量、体积、速度或温度单位",
        {
            "value": _Parameter({"type": "number"}, "Number", "数值"),
            "from_unit": _Parameter(_TEXT, "Unit, such as miles", "原单位，例如 miles"),
            "to_unit": _Parameter(_TEXT, "Unit, such as kilometers", "目标单位，例如 kilometers"),
        },
    ),
    _Row(
        "convert_currency",
        "Convert an amount of money into another currency",
        "把金额换算成另一种货币",
        {
            "amount": _Parameter({"type": "number"}, "Amount", "金额"),
            "from_currency": _Parameter(_CURRENCIES, "Currency", "原货币"),
            "to_currency": _Parameter(_CURRENCIES, "Currency", "目标货币"),
        },
    ),
)
_HOME = (
    _Row(
        "set_light",
        "Switch the light of a room on or off",
        "打开或关闭房间的灯",
        {
            "room": _Parameter(_ROOM, "Room", _ROOMS_IN_CHINESE),
            "on": _Parameter(
                _ON, "true to switch it on or dim it, false to switch it off", "true 为打开或调光，false 为关闭"
            ),
            "brightness": _Parameter(_number(1, 100, "integer"), "Percent", "亮度百分比", False),
        },
    ),
    _Row(
        "set_thermostat",
        "Set the temperature of a room",
        "设置房间温度",
        {
            "room": _Parameter(_ROOM, "Room", _ROOMS_IN_CHINESE),
            "celsius": _Parameter(_number(5, 30), "Temperature in °C", "温度（摄氏度）"),
        },
    ),
    _Row(
        "lock_door",
        "Lock or unlock a door",
        "锁门或开锁",
        {
            "door": _Parameter(_choice(*DOORS), "Door", "门：前门 front door、后门 back door、车库 garage"),
            "locked": _Parameter(_ON, "true to lock it, false to unlock it", "true 为上锁，false 为开锁"),
        },
    ),
    _Row(
        "play_music",
        "Play music in a room",
        "在房间播放音乐",
        {
            "query": _Parameter(_TEXT, "Artist, title or style", "歌手、歌名或风格"),
            "room": _Parameter(_ROOM, "Room", _ROOMS_IN_CHINESE, False),
        },
    ),
    _Row("get_home_status", "State of lights, doors and temperatures", "查询灯、门和温度的状态", {}),
)
_CALENDAR = (
    _Row(
        "add_event",
        "Add an event to the calendar",
        "在日历中添加日程",
        {
            "title": _Parameter(_TEXT, "Title", "标题"),
            "day": _Parameter(_TEXT, "Day, such as tomorrow, Friday or May 3", "日期，例如 明天、周五"),
            "time": _Parameter(_TEXT, "Time, such as 15:30", "时间，例如 15:30", False),
        },
    ),
    _Row(
        "list_events",
        "Events of a day",
        "查询某天的日程",
        {"day": _Parameter(_TEXT, "Day, such as tomorrow or Friday", "日期，例如 明天、周五")},
    ),
    _Row(
        "cancel_event",
        "Cancel an event",
        "取消日程",
        {"title": _Parameter(_TEXT, "Title", "标题")},
    ),
    _Row(
        "add_todo",
        "Add a task to the to-do list",
        "在待办清单中添加任务",
        {"task": _Parameter(_TEXT, "Task", "任务")},
    ),
    _Row(
        "complete_todo",
        "Mark a task of the to-do list as done",
        "把待办任务标记为完成",
        {"task": _Parameter(_TEXT, "Task", "任务")},
    ),
    _Row("list_todos", "Tasks of the to-do list", "查询待办清单", {}),
    _Row(
        "search_text",
        "Search the text that the user uploaded",
        "在用户上传的文本中搜索",
        {"query": _Parameter(_TEXT, "Words to look for", "要查找的词语")},
    ),
)
_CAR = (
    _Row(
        "navigate_to",
        "Start the navigation to a place",
        "导航到某地",
        {
            "destination": _Parameter(_TEXT, "Place or address", "地点或地址"),
            "avoid_tolls": _Parameter(_ON, "Avoid toll roads", "避开收费道路", False),
        },
    ),
    _Row(
        "set_climate",
        "Set the air conditioning of the car",
        "设置车内空调温度",
        {"celsius": _Parameter(_number(16, 28), "Temperature in °C", "温度（摄氏度）")},
    ),
    _Row(
        "set_window",
        "Open or close a window of the car",
        "打开或关闭车窗",
        {
            "window": _Parameter(
                _choice("driver", "passenger", "rear", "all"),
                "Window",
                "车窗：主驾 driver、副驾 passenger、后排 rear、所有 all",
            ),
            "open": _Parameter(_ON, "true to open it, false to close it", "true 为打开，false 为关闭"),
        },
    ),
    _Row(
        "play_radio",
        "Play a radio station",
        "播放电台",
        {"station": _Parameter(_TEXT, "Name of the station", "电台名称")},
    ),
    _Row(
        "get_vehicle_status",
        "State of the car",
        "查询车辆状态",
        {
            "item": _Parameter(
                _choice(*VEHICLE_ITEMS),
                "What to look up",
                "查询项目：电池 battery、续航 range、轮胎 tires、车门 doors、温度 temperature",
            )
        },
    ),
    _Row(
        "call_contact",
        "Call somebody on the phone",
        "给某人打电话",
        {"name": _Parameter(_TEXT, "Name of the person", "联系人姓名")},
    ),
)
SETS: Mapping[str, tuple[_Row, ...]] = {
    "weather_timer": _WEATHER,
    "home": _HOME,
    "calendar": _CALENDAR,
    "car": _CAR,
}


def tools_of(name: str, language: str = "en") -> tuple[Tool, ...]:
    """Return the tools of a set, described in Chinese for "zh", else in English."""
    return tuple(_tool(row, is_chinese=language == CHINESE) for row in SETS[name])


def _tool(row: _Row, *, is_chinese: bool) -> Tool:
    properties = {
        name: {**each.schema, "description": each.chinese if is_chinese else each.english}
        for name, each in row.parameters.items()
    }
    required = [name for name, each in row.parameters.items() if each.required]
    schema = {"type": "object", "properties": properties, "required": required}
    return Tool(row.name, row.chinese if is_chinese else row.english, schema)


def to_json(name: str, language: str = "en") -> str:
    """Return a set as text for an editor: a list in OpenAI's form, one tool a line."""
    return write_json(tools_of(name, language))


def write_json(tools: Sequence[Tool]) -> str:
    """Return tools as text for an editor; see to_json()."""
    lines = (json.dumps(tool.to_openai(), ensure_ascii=False) for tool in tools)
    return "[\n" + ",\n".join(lines) + "\n]"
