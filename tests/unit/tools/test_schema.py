"""Tools as a visitor writes them: ready sets, and each fault in words."""

from __future__ import annotations

import json
import re

import pytest

from funaudio_core.engines.llm import match_schema
from funaudio_core.engines.llm.call_schema import to_call_schema
from funaudio_core.errors import BadInput
from funaudio_core.tools import sandbox, schema, sets

PARAMETERS = '"parameters": {"type": "object", "properties": {%s}}'


@pytest.mark.parametrize("name", sets.SETS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_ready_sets_are_valid_and_can_be_run(name: str, language: str) -> None:
    tools = schema.read_tools(sets.to_json(name, language))
    assert tools == sets.tools_of(name, language)
    assert {tool.name for tool in tools} <= set(sandbox.RUNNERS)
    described = [tool.description for tool in tools]
    described += [each["description"] for tool in tools for each in tool.parameters["properties"].values()]
    assert all(bool(re.search(r"[\u4e00-\u9fff]", text)) == (language == "zh") for text in described)


@pytest.mark.parametrize("name", sets.SETS)
def test_the_calls_of_a_set_have_a_grammar(name: str) -> None:
    functions = [tool.to_openai()["function"] for tool in sets.tools_of(name)]
    assert match_schema(to_call_schema(functions, 3, 80)).grammar


def test_every_tool_belongs_to_a_set() -> None:
    assert {row.name for rows in sets.SETS.values() for row in rows} == set(sandbox.RUNNERS)


@pytest.mark.parametrize(
    "written",
    [
        '{"name": "f"}',
        '[{"name": "f"}]',
        '{"type": "function", "function": {"name": "f", "description": "d"}}\n',
        '{"name": "f"}\n{"name": "g"}',
    ],
)
def test_tools_may_have_several_forms(written: str) -> None:
    assert schema.read_tools(written)[0].name == "f"


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ('[{"name": "f",]', "Line 1, column 15: this is not JSON"),
        ("[1]", "Tool 1 has no name."),
        ('{"name": "two words"}', "two words can't be the name of a tool"),
        ('[{"name": "f"}, {"name": "f"}]', "Two tools are called f."),
        ('{"name": "f", "parameters": []}', "f: the parameters must be an object"),
        ('{"name": "f", %s}' % (PARAMETERS % '"x": {"type": "strin"}'), "f: x is no valid schema"),
        ('{"name": "f", %s}' % (PARAMETERS % '"x": {"$ref": "http://a"}'), "f: x has the keyword $ref"),
        ('{"name": "f", %s}' % (PARAMETERS % '"x": {"pattern": "(a+)+"}'), "f: x has the keyword pattern"),
        ('{"name": "f", "parameters": {"required": ["y"]}}', "f: y is required, but isn't among the properties"),
        ('{"name": "f", "parameters": {"properties": 1}}', "f: parameters.properties must be an object"),
        (json.dumps([{"name": f"f{number}"} for number in range(17)]), "There are 17 tools; the limit is 16."),
        (" " * 20_001, "too long"),
        ("[" * 9_999, "nested too deeply"),
    ],
)
def test_faults_are_told_with_their_place(written: str, fault: str) -> None:
    tools, faults = schema.find_tools(written)
    assert tools == ()
    assert fault in str(faults[0])
    with pytest.raises(BadInput):
        schema.read_tools(written)


def test_an_empty_text_is_no_fault_but_no_tool() -> None:
    assert schema.find_tools(" \n") == ((), ())
    with pytest.raises(BadInput, match="There are no tools"):
        schema.read_tools("")


def test_hotwords_are_the_choices_that_people_say() -> None:
    found = schema.find_hotwords(sets.tools_of("home"))
    assert found[:3] == ("living room", "bedroom", "kitchen")
    assert "front door" in found
    assert "USD" not in schema.find_hotwords(sets.tools_of("weather_timer"))
    chinese = schema.find_hotwords(sets.tools_of("home", "zh"))
    assert {"客厅", "卧室", "前门"} <= {*chinese}
    assert all(not word.isascii() for word in chinese)
    words = [f"{'a' * n}" for n in range(1, 60)]
    many = schema.Tool("many", "", {"properties": {"x": {"type": "string", "enum": words}}})
    assert sum(map(len, schema.find_hotwords((many,)))) <= schema.MAX_HOTWORD_CHARACTERS[0]
