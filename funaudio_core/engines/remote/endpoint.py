"""Address of a model on a server, parsed from a setting."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from funaudio_core.engines.remote.server_profiles import PROFILES
from funaudio_core.errors import BadInput
from funaudio_core.languages import LANGUAGES

_LIST_OPTIONS = ("languages", "can", "voices")  # options with comma-separated values
_HOST = re.compile(r"([\w.-]+|\[[\da-fA-F:.]+\])(:\d{1,5})?")
_EXAMPLES = "http://host:8000/v1#model or http://host:8000/v1?engine=sglang-omni&languages=en,zh#model"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Model on a server; the server is asked for each value that is "" or ().

    Attributes:
        url: Base of /models, /audio/… and /chat/…, without a trailing slash.
        model: Its name on the server.
        profile_name: Key of PROFILES.
        languages: Codes that it supports.
        capabilities: What it can do.
        voices: Names of its presets.
    """

    url: str
    model: str
    profile_name: str = ""
    languages: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    voices: tuple[str, ...] = ()


def parse_endpoint(variable: str, text: str, allowed: frozenset[str]) -> Endpoint:
    """Parse a setting.

    Args:
        variable: Its name, for errors.
        text: Its value.
        allowed: Capabilities that the address may declare.

    Returns:
        The endpoint.

    Raises:
        BadInput: It is invalid. The message never repeats the rest of the address, which may contain a password.
    """
    try:
        parts = urlsplit(text.strip())
        parts.netloc.rpartition("@")[2].encode("idna")
    except ValueError:  # an unclosed bracket, or an empty label in the host name
        raise BadInput(f"{variable} isn't a server address. Write it like {_EXAMPLES}.") from None
    if (
        not text.strip().isprintable()
        or parts.scheme not in ("http", "https")
        or not _HOST.fullmatch(parts.netloc.rpartition("@")[2])
    ):
        raise BadInput(f"{variable} isn't a server address. Write it like {_EXAMPLES}.")
    if not parts.fragment:
        raise BadInput(f"{variable} has no model after #. Write it like {_EXAMPLES}.")
    if parts.username or parts.password:
        raise BadInput(f"{variable} contains a password. Put the key into FUNAUDIO_UPSTREAM_API_KEY.")
    if "?" in parts.fragment:
        raise BadInput(f"{variable}: the part after ? must come before #. Write it like {_EXAMPLES}.")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    profile_name = options.pop("engine", "")
    languages, capabilities, voices = (tuple(re.findall(r"[^\s,]+", options.pop(name, ""))) for name in _LIST_OPTIONS)
    _require_choice(variable, "engine", (profile_name,) if profile_name else (), PROFILES)
    _require_choice(variable, "languages", languages, LANGUAGES)
    _require_choice(variable, "can", capabilities, sorted(allowed))
    _require_choice(variable, "?", options, ("engine", *_LIST_OPTIONS))
    host = parts.netloc.rpartition("@")[2]
    url = f"{parts.scheme}://{host}{parts.path.rstrip('/')}"
    return Endpoint(url, parts.fragment, profile_name, languages, capabilities, voices)


def require_key(variable: str, key: str) -> str:
    """Return a key that can be sent in a header.

    Raises:
        BadInput: It has other characters. The message does not show it.
    """
    if not (key.isascii() and key.isprintable()):
        raise BadInput(f"{variable} contains characters that aren't allowed in a key. Copy it again.")
    return key


def _require_choice(variable: str, name: str, values: Iterable[str], choices: Iterable[str]) -> None:
    options = tuple(choices)
    for value in values:
        if value not in options:
            raise BadInput(f"{variable}: {name} can't be {value!r}. Choose one of: {', '.join(options)}.")
