"""Verifiable instructions of MMAU-Pro, by the names of its data (`task_identifier`, with its `kwargs`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from funaudio_core.text.sentences import cut_sentences

Values = Mapping[str, Any]


def is_followed(name: str, values: Values, prompt: str, response: str) -> bool:
    """Return whether a response follows an instruction.

    Args:
        name: Name of the instruction.
        values: Its parameters.
        prompt: The prompt.
        response: The response.

    Raises:
        KeyError: There is no such instruction, or a parameter is missing.
    """
    if name == "Repeat Prompt":
        return response.strip().lower().startswith(prompt.strip().lower())
    kind, _, relation = name.partition(" (")
    if relation:
        return _is_within(COUNTS[kind](response), relation.removesuffix(")"), values)
    return RULES[name](response, values)


def _is_within(count: int, relation: str, values: Values) -> bool:
    if relation == "range":
        return bool(values["N1"] <= count <= values["N2"])
    return bool(count >= values["N"] if relation == "at least" else count <= values["N"])


def _letters(text: str, kept: str = "") -> str:
    return re.sub(rf"[^a-zA-Z{kept}]", "", text).lower()


def _words(text: str) -> int:
    return len(text.split())


def _sentences(text: str) -> int:
    return sum(1 for sentence in cut_sentences(text) if sentence.strip())


def _capital_words(text: str) -> int:
    return sum(word.isupper() for word in text.split())


def _list(words: str) -> list[str]:
    return words.lower().split(", ")


def _keyword_count(text: str, values: Values) -> bool:
    return bool(len(re.findall(rf"\b{re.escape(values['keyword'].lower())}\b", text.lower())) == values["N"])


def _paragraphs(text: str, values: Values) -> bool:
    return bool(sum(bool(part.strip()) for part in text.split("***")) == values["N"])


def _bullets(text: str, values: Values) -> bool:
    return bool(len(re.findall(r"(?:^|\n)\s*\*\s+", text)) == values["N"])


def _sections(text: str, values: Values) -> bool:
    parts = re.split(rf"\s*{re.escape(values['section_splitter'])}\s*", text.strip())
    return bool(sum(bool(part.strip()) for part in parts) == values["N"])


def _two_responses(text: str, _: Values) -> bool:
    parts = [part.lower().strip() for part in text.split("******")]
    return len(parts) == 2 and parts[0] != parts[1]


COUNTS: dict[str, Callable[[str], int]] = {
    "Number Words": _words,
    "Number Sentences": _sentences,
    "All-capital Words": _capital_words,
}
RULES: dict[str, Callable[[str, Values], bool]] = {
    "Include Keywords": lambda text, values: all(word in text.lower() for word in _list(values["keywords"])),
    "Forbidden Words": lambda text, values: not any(word in text.lower() for word in _list(values["forbidden_words"])),
    "Keyword Frequency": _keyword_count,
    "Number Paragraphs": _paragraphs,
    "Postscript": lambda text, values: _letters(values["postscript_marker"]) in _letters(text),
    "Number Placeholder": lambda text, values: len(re.findall(r"\[[^\]]+\]", text)) >= values["N"],
    "Number Bullets": _bullets,
    "Title": lambda text, _: re.search(r"<<[^>]+>>", text) is not None,
    "Minimum Number Highlighted Section": lambda text, values: len(re.findall(r"\*([^*]+)\*", text)) >= values["N"],
    "Multiple Sections": _sections,
    "Two Responses": _two_responses,
    "All Uppercase": lambda text, _: text.isupper(),
    "All Lowercase": lambda text, _: text.islower(),
    "Start Checker": lambda text, values: _letters(text, " ").startswith(_letters(values["start_phrase"], " ")),
    "End Checker": lambda text, values: _letters(text, " ").endswith(_letters(values["end_phrase"], " ")),
    "Quotation": lambda text, _: text.strip().startswith('"') and text.strip().endswith('"'),
    "No Commas": lambda text, _: "," not in text,
}
