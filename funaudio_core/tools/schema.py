"""Schemas of tools, as a visitor writes them, and the check of a call against them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from funaudio_core.errors import BadInput
from funaudio_core.message import Message, join_messages

if TYPE_CHECKING:
    from jsonschema import ValidationError

MAX_TOOLS, MAX_CHARACTERS = 16, 20_000  # of an editor
MAX_HOTWORD_CHARACTERS = (200, 80)  # in other scripts and in Chinese: half the tokens of Whisper's prompt
MAX_FAULTS, MAX_QUOTED_CHARACTERS = 5, 60  # of a message
# Keywords that a parameter may have. References could reach the network, and patterns could take for ever.
KEYWORDS = frozenset(
    {
        "type",
        "description",
        "title",
        "default",
        "enum",
        "properties",
        "required",
        "items",
        "additionalProperties",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
    }
)
TYPE_NAMES = {
    "string": Message("text"),
    "integer": Message("a whole number"),
    "number": Message("a number"),
    "boolean": Message("true or false"),
    "array": Message("a list"),
    "object": Message("an object"),
    "null": Message("null"),
}
_NAME = re.compile(r"[^\W\d][\w.-]{0,63}")
_DECODER = json.JSONDecoder()
_HAN = re.compile(r"[\u3400-\u9fff]{2,16}")
_SAID = re.compile(r"[a-z][a-z ]*")  # no codes such as USD


@dataclass(frozen=True, slots=True)
class Tool:
    """Function that a model may call.

    Attributes:
        name: Its name.
        description: Its use, for the model.
        parameters: JSON schema of an object with the arguments.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]

    def to_openai(self) -> dict[str, Any]:
        """Return the tool in OpenAI's form, which models are trained with."""
        function = {"name": self.name, "description": self.description, "parameters": dict(self.parameters)}
        return {"type": "function", "function": function}


def read_tools(written: str) -> tuple[Tool, ...]:
    """Return the tools of a text; see find_tools().

    Raises:
        BadInput: There is no tool, or the text has faults.
    """
    tools, faults = find_tools(written)
    if faults:
        raise BadInput(join_messages(faults[:MAX_FAULTS]))
    if not tools:
        raise BadInput("There are no tools. Choose a set, or write at least one tool.")
    return tools


def find_tools(written: str) -> tuple[tuple[Tool, ...], tuple[Message, ...]]:
    """Return the tools of a text and its faults, in words.

    Args:
        written: JSON: one tool or a list of tools, or one tool after the other. Each is in OpenAI's form, or only the
            function of it, with `name`, `description` and `parameters`.
    """
    if len(written) > MAX_CHARACTERS:
        return (), (
            Message(
                "The tools are too long ({count:,} characters; the limit is {most:,}). Shorten them.",
                count=len(written),
                most=MAX_CHARACTERS,
            ),
        )
    try:
        rows = list(_read_rows(written))
    except json.JSONDecodeError as error:
        fault = Message(
            "Line {line}, column {column}: this is not JSON ({reason}).",
            line=error.lineno,
            column=error.colno,
            reason=error.msg,
        )
        return (), (fault,)
    except RecursionError:
        return (), (Message("The JSON is nested too deeply. Make it flatter."),)
    faults = [fault for number, row in enumerate(rows, 1) for fault in _find_row_faults(row, number)]
    tools = tuple(_tool(row) for row in rows) if not faults else ()
    names = [tool.name for tool in tools]
    if double := sorted({name for name in names if names.count(name) > 1}):
        faults.append(Message("Two tools are called {name}. Rename one of them.", name=double[0]))
    if len(tools) > MAX_TOOLS:
        faults.append(Message("There are {count} tools; the limit is {most}.", count=len(tools), most=MAX_TOOLS))
    return (() if faults else tools), tuple(faults)


def _read_rows(written: str) -> Iterator[Any]:
    """Yield the JSON values of a text, those of lists one by one."""
    position = _skip_space(written, 0)
    while position < len(written):
        value, position = _DECODER.raw_decode(written, position)
        yield from value if isinstance(value, list) else [value]
        position = _skip_space(written, position)


def _skip_space(written: str, position: int) -> int:
    while position < len(written) and written[position] in " \t\r\n,":
        position += 1
    return position


def _function(row: Any) -> Any:  # noqa: ANN401 (JSON)
    return row["function"] if isinstance(row, dict) and isinstance(row.get("function"), dict) else row


def _tool(row: Any) -> Tool:  # noqa: ANN401 (JSON)
    function = _function(row)
    parameters = function.get("parameters") or {"type": "object", "properties": {}}
    return Tool(function["name"], str(function.get("description", "")), parameters)


def _find_row_faults(row: Any, number: int) -> Iterator[Message]:  # noqa: ANN401 (JSON)
    """Yield the faults of a tool. number: Its place, for a tool without a name."""
    function = _function(row)
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        yield Message("Tool {number} has no name. Write it as {form}.", number=number, form='{"name": …}')
        return
    name = function["name"]
    if not _NAME.fullmatch(name):
        yield Message(
            "{name} can't be the name of a tool: use letters, digits, _ and -, 64 at most.", name=_quote(name)
        )
        return
    parameters = function.get("parameters")
    if parameters is None:
        return
    if not isinstance(parameters, dict) or parameters.get("type", "object") != "object":
        yield Message('{tool}: the parameters must be an object, with "type": "object".', tool=name)
        return
    yield from _find_schema_faults(parameters, name, ())


def _find_schema_faults(schema: Any, tool: str, path: tuple[str, ...]) -> Iterator[Message]:  # noqa: ANN401 (JSON)
    """Yield the faults of a schema and of those within. path: Names of the parameters around it."""
    place = ".".join(path) or "parameters"
    if not isinstance(schema, dict):
        yield Message("{tool}: {place} must be an object with a type.", tool=tool, place=place)
        return
    if unknown := sorted(set(schema) - KEYWORDS):
        yield Message(
            "{tool}: {place} has the keyword {keyword}, which isn't supported. Supported are: {keywords}.",
            tool=tool,
            place=place,
            keyword=_quote(unknown[0]),
            keywords=tuple(sorted(KEYWORDS)),
        )
        return
    own = {key: value for key, value in schema.items() if key not in ("properties", "items", "additionalProperties")}
    if reason := _standard_fault(own):
        yield Message("{tool}: {place} is no valid schema ({reason}).", tool=tool, place=place, reason=reason)
        return
    properties = schema.get("properties", {})
    if not isinstance(properties, dict):
        yield Message("{tool}: {place} must be an object with a type.", tool=tool, place=f"{place}.properties")
        return
    for name in schema.get("required", []):
        if name not in properties:
            yield Message(
                "{tool}: {argument} is required, but isn't among the properties.", tool=tool, argument=_quote(name)
            )
    for name, inner in properties.items():
        yield from _find_schema_faults(inner, tool, (*path, name))
    for key in ("items", "additionalProperties"):
        if key in schema and not isinstance(schema[key], bool):
            yield from _find_schema_faults(schema[key], tool, (*path, key))


def _standard_fault(schema: Mapping[str, Any]) -> str:
    """Return why a schema breaks the standard, "" if it doesn't."""
    from jsonschema import Draft202012Validator, SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return str(error.message)[:MAX_QUOTED_CHARACTERS]
    return ""


def find_hotwords(tools: Iterable[Tool]) -> tuple[str, ...]:
    """Return words that requests for these tools are likely to contain, as far as people say them.

    These are the choices, such as "living room", or where descriptions are Chinese, the Chinese words in them.
    """
    choices, named, described = list[str](), list[str](), list[str]()
    for tool in tools:
        described += _HAN.findall(tool.description)
        for schema in tool.parameters.get("properties", {}).values():
            if "enum" in schema:
                choices += [value for value in schema["enum"] if isinstance(value, str) and _SAID.fullmatch(value)]
                named += _HAN.findall(str(schema.get("description", "")))
    chinese = [*named, *described]
    found, left = list[str](), MAX_HOTWORD_CHARACTERS[bool(chinese)]
    for word in dict.fromkeys(chinese or choices):
        left -= len(word) + 1
        if left < 0:
            break
        found.append(word)
    return tuple(found)


def find_argument_faults(tool: Tool, arguments: Mapping[str, Any]) -> tuple[Message, ...]:
    """Return the faults of the arguments of a call, each with the name of the argument, in words."""
    from jsonschema import Draft202012Validator

    schema = {"additionalProperties": False, "properties": {}, **tool.parameters}
    errors = sorted(Draft202012Validator(schema).iter_errors(arguments), key=lambda error: list(map(str, error.path)))
    return tuple(_argument_fault(tool, error) for error in errors[:MAX_FAULTS])


def _argument_fault(tool: Tool, error: ValidationError) -> Message:
    """Return a fault of jsonschema in our words."""
    place = ".".join(map(str, error.path))
    known = tuple(error.schema.get("properties", {}))
    if error.validator == "required":
        missing = next(name for name in error.validator_value if name not in error.instance)
        return Message("{tool}: the argument {argument} is missing.", tool=tool.name, argument=missing)
    if error.validator == "additionalProperties":
        extra = next(name for name in error.instance if name not in known)
        return Message(
            "{tool} has no argument {argument}. It has: {choices}.",
            tool=tool.name,
            argument=_quote(str(extra)),
            choices=known or (Message("none"),),
        )
    return Message(
        "{tool}: {argument} must be {wanted}, not {value}.",
        tool=tool.name,
        argument=place or "arguments",
        wanted=_wanted(error),
        value=_quote(json.dumps(error.instance, ensure_ascii=False)),
    )


def _wanted(error: ValidationError) -> Message | tuple[Message, ...]:
    """Return what the schema allows in place of a value."""
    limit = error.validator_value
    if error.validator == "type":
        return tuple(TYPE_NAMES[each] for each in (limit if isinstance(limit, list) else [limit]))
    if error.validator == "enum":
        return Message("one of {choices}", choices=tuple(map(str, limit)))
    if error.validator == "minimum":
        return Message("at least {limit}", limit=str(limit))
    if error.validator == "maximum":
        return Message("at most {limit}", limit=str(limit))
    return Message("as its schema says ({rule})", rule=f"{error.validator}: {limit}")


def _quote(written: str) -> str:
    """Return a short form of what was written."""
    return written if len(written) <= MAX_QUOTED_CHARACTERS else written[:MAX_QUOTED_CHARACTERS] + "…"
