"""What a server turns out to be: asked once, remembered, asked again after it was away. Knows no engine."""

from __future__ import annotations

import contextlib
import logging
import math
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from funaudio_core.engines.remote.endpoint import Address
from funaudio_core.engines.remote.http_client import BUSY, DENIED, Refused, Wire
from funaudio_core.engines.remote.server_profiles import CLONE, CROSS, KINDS, Kind
from funaudio_core.errors import FunAudioError
from funaudio_core.languages import LANGUAGES
from funaudio_core.message import Message

log = logging.getLogger(__name__)

LOOK_SECONDS = 10.0  # between two looks at a server that does not answer
KNOWN_SECONDS = 300.0  # until it is asked again: another program may have taken its place
DEFAULT_VOICE = "default"  # what servers with a single voice, or one for each clip, take as its name


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a model on a server. kind: a name of KINDS. languages, capabilities: None where it doesn't say.

    voices: ids of its presets.
    """

    kind: str
    languages: frozenset[str] | None = None
    capabilities: frozenset[str] | None = None
    voices: tuple[str, ...] = ()

    @property
    def row(self) -> Kind:
        """What servers of this kind can do."""
        return KINDS[self.kind]


class Server:
    """A server and what is known of it. Thread-safe: one thread at a time asks, the others wait for its answer."""

    def __init__(self, address: Address, wire: Wire, *, speaks: bool = False) -> None:
        """speaks: whether it is there to speak, and is asked for its voices too."""
        self.address, self.wire = address, wire
        self._speaks = speaks
        self._known: Known | None = None
        self._asking = threading.Lock()
        self._looked = self._met = -math.inf
        self._failure: tuple[float, Message] | None = None  # when it last did not answer, and what there is to say

    def meet(self) -> Known:
        """What is known of it, by asking where that is nothing or old; what is old stays where it does not answer.

        Raises FunAudioError where it never answered. Whoever waited while it failed is told the same, without asking.
        """
        came = time.monotonic()
        with self._asking:
            if self._known is None and self._failure is not None and self._failure[0] >= came:
                raise FunAudioError(self._failure[1])
            if self._known is None or not self._fresh():
                self._looked = time.monotonic()
                self._known = self._found()
                self._met = time.monotonic()
            return self._known

    def glance(self) -> Known | None:
        """What is known by now, without waiting; where that is nothing or old, it is asked in the background."""
        if not self._fresh() and time.monotonic() - self._looked >= LOOK_SECONDS:
            self._looked = time.monotonic()
            threading.Thread(target=self._look, name=f"looking for {self.wire.title}", daemon=True).start()
        return self._known

    def _fresh(self) -> bool:
        return time.monotonic() - self._met < KNOWN_SECONDS

    def _look(self) -> None:
        with contextlib.suppress(FunAudioError):  # it is in the log, and the next one who needs it is told
            self.meet()

    def _found(self) -> Known:
        """What it says of itself. The log has a line whenever it goes away or comes back, not for each time between."""
        try:
            known = self._asked()
        except FunAudioError as error:
            if self._failure is None:
                log.warning("%s: %s", self.wire.url, error)
            self._failure = time.monotonic(), error.message
            if self._known is None:
                raise
            return self._known
        if self._failure is not None or self._known is None:
            log.info("%s: %s", self.wire.url, known)
        self._failure = None
        return known

    def _asked(self) -> Known:
        kind = self.address.kind
        if not kind:
            cards = self._cards()
            card = next((card for card in cards if card.get("id") == self.address.model), {})
            if "tier" in card and isinstance(card.get("capabilities"), list):
                return _described(card)
            kind = self._kind(cards)
        return Known(kind, voices=self._voices(kind) if self._speaks else ())

    def _cards(self) -> list[dict[str, Any]]:
        """What it says of its models; nothing where it has no list of them."""
        found = _ask(self.wire, "/models")
        rows = found.get("data") if isinstance(found, dict) else None
        return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []

    def _kind(self, cards: Iterable[dict[str, Any]]) -> str:
        owners = {str(card.get("owned_by")) for card in cards}
        found = next((name for name, kind in KINDS.items() if owners & set(kind.owners)), "")
        if self._speaks:  # vLLM itself does not speak, and cards of vLLM-Omni look the same
            return "vllm-omni" if found == "vllm" else found or "any"
        return found or ("funasr" if self._is_funasr() else "any")

    def _is_funasr(self) -> bool:
        root = self.wire.beside("/v1")
        found = _ask(root, "/health") if root else None
        return isinstance(found, dict) and "models_loaded" in found

    def _voices(self, kind: str) -> tuple[str, ...]:
        if self.address.voices:
            return self.address.voices
        found = _ask(self.wire, "/audio/voices")
        rows = found.get("voices") if isinstance(found, dict) else None
        listed = rows if isinstance(rows, list) else []
        names = [row.get("id") or row.get("name") if isinstance(row, dict) else row for row in listed]
        told = tuple(name for name in names if isinstance(name, str) and name != DEFAULT_VOICE)
        return told or (() if CLONE in KINDS[kind].speaks else (DEFAULT_VOICE,))


def _ask(wire: Wire, path: str) -> object:
    """What a server answers about itself; None where it has no such endpoint, or one that fails.

    Raises FunAudioError for a server that is not there, is busy, or wants a key.
    """
    try:
        return wire.ask(path)
    except Refused as error:
        if error.status in (*DENIED, *BUSY):
            raise
        return None


def _described(card: dict[str, Any]) -> Known:
    """What an engine of this app on another machine says of itself, but for languages that are not known here."""
    can = frozenset(_names(card["capabilities"]))
    if CLONE in can:
        can |= {CROSS}
    spoken = frozenset(LANGUAGES) & frozenset(_names(card.get("languages")))
    return Known("funaudio", spoken, can, _names(card.get("voices")))


def _names(listed: object) -> tuple[str, ...]:
    """The texts in a list; none of anything else."""
    return tuple(name for name in listed if isinstance(name, str)) if isinstance(listed, list) else ()
