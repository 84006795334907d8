"""Prompts and phrases of published benchmarks, each in a file, word for word; NOTICE names their licences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path


def read_prompt(name: str) -> str:
    """Return a prompt. name: Path in this folder without the suffix, such as "voicebench/open"."""
    return (Path(__file__).parent / f"{name}.txt").read_text(encoding="utf-8")


def fill_prompt(name: str, values: Mapping[str, str]) -> str:
    """Return a prompt with {name} replaced by its value; other braces, and those in the values, stay."""
    pattern = re.compile("|".join(re.escape(f"{{{key}}}") for key in values))
    return pattern.sub(lambda found: values[found[0][1:-1]], read_prompt(name))
