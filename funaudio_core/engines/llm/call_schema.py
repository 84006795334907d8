"""JSON schema of a list of calls, for decoding under a constraint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

NOTES = ("description", "title", "default", "format")  # keywords that restrict nothing here
MAX_ITEMS = 8  # of a list among the arguments


def to_call_schema(functions: Sequence[Mapping[str, Any]], most_calls: int, most_characters: int) -> dict[str, Any]:
    """Return the schema of a list of calls of these functions, of one call at least.

    Args:
        functions: Each has a name and the JSON schema of its parameters.
        most_calls: Longest list.
        most_characters: Longest text of an argument.
    """
    calls = [
        {
            "type": "object",
            "properties": {
                "name": {"const": function["name"]},
                "arguments": _limit({"type": "object", **function.get("parameters", {})}, most_characters),
            },
            "required": ["name", "arguments"],
            "additionalProperties": False,
        }
        for function in functions
    ]
    return {"type": "array", "items": {"anyOf": calls}, "minItems": 1, "maxItems": most_calls}


def _limit(schema: Mapping[str, Any], most_characters: int) -> dict[str, Any]:
    """Return a schema without notes, whose texts and lists end and whose objects have no other properties."""
    limited = {name: value for name, value in schema.items() if name not in NOTES}
    if "enum" in schema:
        return {"enum": schema["enum"]}
    kinds = schema.get("type") or ("object" if "properties" in schema else "string")
    limited["type"] = kinds
    if "string" in kinds:
        limited["maxLength"] = min(int(schema.get("maxLength", most_characters)), most_characters)
    if "object" in kinds:
        properties = schema.get("properties", {})
        limited["properties"] = {name: _limit(inner, most_characters) for name, inner in properties.items()}
        limited["additionalProperties"] = False
    if "array" in kinds:
        limited["items"] = _limit(schema.get("items", {}), most_characters)
        limited["maxItems"] = min(int(schema.get("maxItems", MAX_ITEMS)), MAX_ITEMS)
    return limited
