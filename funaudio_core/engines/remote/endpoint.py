"""Where a remote engine is and what its owner says of it: one setting, read into a row. Knows no server."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from funaudio_core.engines.remote.server_profiles import PROFILES
from funaudio_core.errors import BadInput
from funaudio_core.languages import LANGUAGES

_LISTS = ("languages", "can", "voices")
_HOST = re.compile(r"([\w.-]+|\[[\da-fA-F:.]+\])(:\d{1,5})?")
_FORM = "http://host:8000/v1#model or http://host:8000/v1?engine=vllm-omni&languages=en,zh#model"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model on a server.

    url: where its /models, /audio/… and /chat/… are, without a slash at its end. model: as the server calls it.
    kind: a name of KINDS. languages, can, voices: what it speaks or hears, its capabilities, its preset voices.
    "" and () stand for what the server is to be asked about.
    """

    url: str
    model: str
    profile_name: str = ""
    languages: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    voices: tuple[str, ...] = ()


def parse_endpoint(variable: str, text: str, offers: frozenset[str]) -> Endpoint:
    """The setting `variable` as an Address. offers: what such an engine may be said to be able to do.

    Raises BadInput that names the variable and the remedy, never what else stands in the address.
    """
    try:
        parts = urlsplit(text.strip())
        parts.netloc.rpartition("@")[2].encode("idna")
    except ValueError:  # brackets that don't close, a name with an empty part
        raise BadInput(f"{variable} isn't a server address. Write it like {_FORM}.") from None
    if (
        not text.strip().isprintable()
        or parts.scheme not in ("http", "https")
        or not _HOST.fullmatch(parts.netloc.rpartition("@")[2])
    ):
        raise BadInput(f"{variable} isn't a server address. Write it like {_FORM}.")
    if not parts.fragment:
        raise BadInput(f"{variable} has no model after #. Write it like {_FORM}.")
    if parts.username or parts.password:
        raise BadInput(f"{variable} contains a password. Put the key into FUNAUDIO_UPSTREAM_API_KEY.")
    if "?" in parts.fragment:
        raise BadInput(f"{variable}: the part after ? must come before #. Write it like {_FORM}.")
    said = dict(parse_qsl(parts.query, keep_blank_values=True))
    kind = said.pop("engine", "")
    lists = {name: tuple(re.findall(r"[^\s,]+", said.pop(name, ""))) for name in _LISTS}
    _known(variable, "engine", (kind,) if kind else (), PROFILES)
    _known(variable, "languages", lists["languages"], LANGUAGES)
    _known(variable, "can", lists["can"], sorted(offers))
    _known(variable, "?", said, ("engine", *_LISTS))
    host = parts.netloc.rpartition("@")[2]
    return Endpoint(f"{parts.scheme}://{host}{parts.path.rstrip('/')}", parts.fragment, kind, **lists)


def require_key(variable: str, key: str) -> str:
    """The key, which can be sent. Raises BadInput that does not show it."""
    if not (key.isascii() and key.isprintable()):
        raise BadInput(f"{variable} contains characters that aren't allowed in a key. Copy it again.")
    return key


def _known(variable: str, name: str, given: Iterable[str], choices: Iterable[str]) -> None:
    offered = tuple(choices)
    for word in given:
        if word not in offered:
            raise BadInput(f"{variable}: {name} can't be {word!r}. Choose one of: {', '.join(offered)}.")
