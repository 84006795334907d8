"""Discovery of what a server offers: asked once, cached, and asked again after a while or an outage."""

from __future__ import annotations

import contextlib
import logging
import math
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from funaudio_core.engines.remote.endpoint import Endpoint
from funaudio_core.engines.remote.http_client import UNAUTHORIZED_STATUSES, UNAVAILABLE_STATUSES, HttpClient, HttpError
from funaudio_core.engines.remote.server_profiles import CLONE, CROSS, GENERIC, PROFILES, ServerProfile
from funaudio_core.errors import FunAudioError
from funaudio_core.languages import LANGUAGES
from funaudio_core.message import Message

log = logging.getLogger(__name__)

RETRY_SECONDS = 10.0  # between two requests to a server that does not answer
INFO_TTL_SECONDS = 300.0  # another program may have taken the server's place by then
DEFAULT_VOICE = "default"  # name of the voice on servers with a single one, or with one for each clip


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """Information about a model on a server.

    Attributes:
        profile_name: Key of PROFILES.
        languages: Codes; None if the server doesn't say.
        capabilities: None if the server doesn't say.
        voices: Names of its presets.
    """

    profile_name: str
    languages: frozenset[str] | None = None
    capabilities: frozenset[str] | None = None
    voices: tuple[str, ...] = ()

    @property
    def profile(self) -> ServerProfile:
        """Return the profile of the server."""
        return PROFILES[self.profile_name]


class Server:
    """Server with a cache of its information.

    Thread-safe: one thread at a time requests it, and the others wait for the result.
    """

    def __init__(self, endpoint: Endpoint, client: HttpClient, *, is_speech: bool = False) -> None:
        """Create a server.

        Args:
            endpoint: Its address.
            client: HTTP client of that address.
            is_speech: Used for speech synthesis, so it is also asked for its voices.
        """
        self.endpoint, self.client = endpoint, client
        self._is_speech = is_speech
        self._info: ServerInfo | None = None
        self._request_lock = threading.Lock()
        self._requested_at = self._fetched_at = -math.inf
        self._failure: tuple[float, Message] | None = None  # time and message of the last failure

    def fetch_info(self) -> ServerInfo:
        """Return the server's information, requested if it is missing or stale; stale data survive an outage.

        Raises:
            FunAudioError: The server has never answered. Threads that waited for a failing request get the same error
                without another request.
        """
        called_at = time.monotonic()
        with self._request_lock:
            if self._info is None and self._failure is not None and self._failure[0] >= called_at:
                raise FunAudioError(self._failure[1])
            if self._info is None or not self._is_fresh():
                self._requested_at = time.monotonic()
                self._info = self._request_or_cached()
                self._fetched_at = time.monotonic()
            return self._info

    def cached_info(self) -> ServerInfo | None:
        """Return the cached information without waiting; request it in the background if it is missing or stale."""
        if not self._is_fresh() and time.monotonic() - self._requested_at >= RETRY_SECONDS:
            self._requested_at = time.monotonic()
            threading.Thread(target=self._refresh, name=f"discovery of {self.client.title}", daemon=True).start()
        return self._info

    def _is_fresh(self) -> bool:
        return time.monotonic() - self._fetched_at < INFO_TTL_SECONDS

    def _refresh(self) -> None:
        with contextlib.suppress(FunAudioError):  # already logged; the next call that needs the server raises it
            self.fetch_info()

    def _request_or_cached(self) -> ServerInfo:
        """Request the information; fall back to the cache. Only changes of reachability are logged."""
        try:
            info = self._request()
        except FunAudioError as error:
            if self._failure is None:
                log.warning("%s: %s", self.client.url, error)
            self._failure = time.monotonic(), error.message
            if self._info is None:
                raise
            return self._info
        if self._failure is not None or self._info is None:
            log.info("%s: %s", self.client.url, info)
        self._failure = None
        return info

    def _request(self) -> ServerInfo:
        profile_name = self.endpoint.profile_name
        if not profile_name:
            cards = self._model_cards()
            card = next((card for card in cards if card.get("id") == self.endpoint.model), {})
            if "tier" in card and isinstance(card.get("capabilities"), list):
                return _described(card)
            profile_name = self._detect_profile(cards)
        return ServerInfo(profile_name, voices=self._request_voices(profile_name) if self._is_speech else ())

    def _model_cards(self) -> list[dict[str, Any]]:
        """Return the server's model list; [] if it has none."""
        answer = _ask(self.client, "/models")
        rows = answer.get("data") if isinstance(answer, dict) else None
        return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []

    def _detect_profile(self, cards: Iterable[dict[str, Any]]) -> str:
        owners = {str(card.get("owned_by")) for card in cards}
        profile_name = next((name for name, profile in PROFILES.items() if owners & set(profile.owners)), "")
        if profile_name or self._is_speech:
            return profile_name or GENERIC
        return "funasr" if self._is_funasr() else GENERIC

    def _is_funasr(self) -> bool:
        root_client = self.client.sibling("/v1")
        health = _ask(root_client, "/health") if root_client else None
        return isinstance(health, dict) and "models_loaded" in health

    def _request_voices(self, profile_name: str) -> tuple[str, ...]:
        if self.endpoint.voices:
            return self.endpoint.voices
        answer = _ask(self.client, "/audio/voices")
        rows = answer.get("voices") if isinstance(answer, dict) else None
        listed = rows if isinstance(rows, list) else []
        names = [row.get("id") or row.get("name") if isinstance(row, dict) else row for row in listed]
        voices = tuple(name for name in names if isinstance(name, str) and name != DEFAULT_VOICE)
        clones = CLONE in PROFILES[profile_name].speech or CLONE in self.endpoint.capabilities
        return voices or (() if clones else (DEFAULT_VOICE,))


def _ask(client: HttpClient, path: str) -> object:
    """Return a server's answer about itself; None if it lacks the endpoint or the endpoint fails.

    Raises:
        FunAudioError: The server is unreachable or busy, or requires a key.
    """
    try:
        return client.get(path)
    except HttpError as error:
        if error.status in (*UNAUTHORIZED_STATUSES, *UNAVAILABLE_STATUSES):
            raise
        return None


def _described(card: dict[str, Any]) -> ServerInfo:
    """Return the information in a model card of another instance of this app; unknown languages are left out."""
    capabilities = frozenset(_names(card["capabilities"]))
    if CLONE in capabilities:
        capabilities |= {CROSS}
    languages = frozenset(LANGUAGES) & frozenset(_names(card.get("languages")))
    return ServerInfo("funaudio", languages, capabilities, _names(card.get("voices")))


def _names(value: object) -> tuple[str, ...]:
    """Return the strings in a list; () for anything else."""
    return tuple(name for name in value if isinstance(name, str)) if isinstance(value, list) else ()
