"""Parsers of environment variables: each takes the name of a variable and its text, and raises BadInput."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from funaudio_core.errors import BadInput

MIN_SECRET_CHARACTERS = 8
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(\[[0-9a-f:.]+\]|[^\s/?#@:\[\]]+)(:\d{1,5})?|null")
_LABEL = re.compile(r"[\w-]{1,32}")
_ADDRESS = re.compile(r"https?://[^\s/@?#]+(/[^\s@]*)?")
T = TypeVar("T")
Parser = Callable[[str, str], T]


def path(_name: str, text: str) -> Path:
    """Return a path; ~ is the home folder."""
    return Path(text).expanduser()


def optional_path(name: str, text: str) -> Path | None:
    """Return a path, None for an empty text."""
    return path(name, text) if text else None


def stripped(_name: str, text: str) -> str:
    """Return the text without surrounding spaces."""
    return text.strip()


def is_on(_name: str, text: str) -> bool:
    """Return True for 1, true, yes and on."""
    return text.lower() in ("1", "true", "yes", "on")


def is_off(name: str, text: str) -> bool:
    """Return the opposite of is_on."""
    return not is_on(name, text)


def number(low: float, high: float) -> Parser[float]:
    """Return a parser of numbers in a range."""

    def parse(name: str, text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            raise BadInput(f"{name} is {text!r}; it must be a number from {low:g} to {high:g}.") from None
        if not low <= value <= high:
            raise BadInput(f"{name} is {value:g}; it must be between {low:g} and {high:g}.")
        return value

    return parse


def integer(low: float, high: float) -> Parser[int]:
    """Return a parser of numbers in a range; it drops decimals."""
    parse_number = number(low, high)
    return lambda name, text: int(parse_number(name, text))


def gigabytes(low: float, high: float) -> Parser[int]:
    """Return a parser of gigabytes; its values are bytes."""
    parse_number = number(low, high)
    return lambda name, text: int(1e9 * parse_number(name, text))


def choice(choices: tuple[str, ...]) -> Parser[str]:
    """Return a parser of one of the choices."""

    def parse(name: str, text: str) -> str:
        if text.lower() not in choices:
            raise BadInput(f"{name} is {text.lower()!r}; it must be one of: {', '.join(choices)}.")
        return text.lower()

    return parse


def choice_list(choices: tuple[str, ...]) -> Parser[tuple[str, ...]]:
    """Return a parser of a comma-separated list of choices; "all" and an empty list select every choice."""

    def parse(name: str, text: str) -> tuple[str, ...]:
        chosen = tuple(part.strip() for part in text.lower().split(",") if part.strip())
        for part in chosen:
            if part not in (*choices, "all"):
                raise BadInput(f"{name} contains {part!r}; it must be a list of: {', '.join((*choices, 'all'))}.")
        return choices if not chosen or "all" in chosen else chosen

    return parse


def origins(name: str, text: str) -> tuple[str, ...]:
    """Parse a comma-separated list of origins: scheme, host and port of websites, or "*" for any."""
    found = []
    for written in filter(None, (part.strip() for part in text.split(","))):
        origin = written.rstrip("/").lower()
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            raise BadInput(
                f"{name} contains {written!r}; it must be a list of origins such as https://chat.example.org:8443, "
                "without a path, or * for any website."
            )
        found.append(origin)
    return tuple(found)


def addresses(name: str, text: str) -> tuple[tuple[str, str], ...]:
    """Parse comma-separated pairs of name=address, each the address of a web server without a password."""
    found: dict[str, str] = {}
    for place, pair in enumerate(filter(None, (part.strip() for part in text.split(","))), 1):
        # No message quotes the address, which may contain a secret.
        label, equals, address = (part.strip() for part in pair.partition("="))
        if not equals or not _LABEL.fullmatch(label) or not _ADDRESS.fullmatch(address):
            raise BadInput(
                f"{name}: entry {place} is not name=address. Write it as weather=https://tools.example.org/mcp, with "
                "letters, digits, _ and - in the name, and without a password in the address."
            )
        if label in found:
            raise BadInput(f"{name} names {label} twice. Rename one of them.")
        found[label] = address
    return tuple(found.items())


def users(name: str, text: str) -> tuple[tuple[str, str], ...]:
    """Parse comma-separated pairs of name:password."""
    found: dict[str, str] = {}
    for place, pair in enumerate(text.split(",") if text.strip() else (), 1):
        # No message quotes the pair, which may contain a secret.
        user, colon, secret = (part.strip() for part in pair.partition(":"))
        if not colon or not user:
            raise BadInput(f"{name}: entry {place} is not name:secret. Write it as anna:her-secret,ben:his-secret.")
        if len(secret) < MIN_SECRET_CHARACTERS:
            raise BadInput(f"{name}: the secret of entry {place} has fewer than {MIN_SECRET_CHARACTERS} characters.")
        if user in found:
            raise BadInput(f"{name}: the name of entry {place} is used twice.")
        found[user] = secret
    return tuple(found.items())
