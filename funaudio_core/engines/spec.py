"""Specifications of engines and the tables of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from funaudio_core.engines.protocols import InstructionPrompt
from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.message import Message
from funaudio_core.types import SpeechRequest, Voice

EngineT_co = TypeVar("EngineT_co", covariant=True)


@dataclass(frozen=True, slots=True)
class EngineSpec(Generic[EngineT_co]):
    """Specification of an engine, known before it is loaded.

    Attributes:
        name: Id in URLs, settings and tests.
        title: Name on the pages.
        tier: "lite", "full" or "remote".
        languages: Codes of the supported languages.
        licence: Licence, for the table of models.
        source: Origin, for the table of models.
        load: Builds the engine; called once, the result is kept.
        capabilities: Names of optional features; callers test for these instead of for engines.
        artifacts: Names in weights.catalog.ARTIFACTS.
        extra_bytes: Returns the memory of the loaded engine beyond the size of its artifacts, if there is any.
        voices: Preset voices.
        needs_gpu: Far slower than real time without a GPU; offered without one only under FUNAUDIO_TIER=full.
        grades: Quality of presets, from 0 to 4, those that are known.
        similarity: Returns the speaker similarity of two presets in [-1, 1]; None if it is unknown.
        instruction_prompt: Set if the engine follows instructions.
        refresh: Set if the engine discovers its capabilities; returns the current specification, with the same
            `load`, without waiting.
        validate: Set if the engine refuses some texts; raises the error that stream() would raise for a request,
            without loading weights.
        prepare: Set if load() leaves data, such as dictionaries, to the first requests; loads them.
        fork_safe: Works in a process that was forked after loading; engines with threads of their own don't.
        directions: (source, target) pairs of a translator, if they are known before it is loaded and not all pairs.
        gist_directions: Those of which a translation gives the gist only.
        preferred: Used by default in its directions once its files are here, as it was measured to be better than the
            first engine of its tier; see engines.translators.
        shares: Engine whose memory it shares: both count once while either is loaded.
        on_demand: Its files are downloaded only when someone asks for it, and it is not offered on ZeroGPU.
    """

    name: str
    title: str
    tier: str
    languages: frozenset[str]
    licence: str
    source: str
    load: Callable[[], EngineT_co]
    capabilities: frozenset[str] = frozenset()
    artifacts: tuple[str, ...] = ()
    extra_bytes: Callable[[], int] | None = None
    voices: tuple[Voice, ...] = ()
    grades: Mapping[str, float] = field(default_factory=dict)
    similarity: Callable[[str, str], float] | None = None
    needs_gpu: bool = False
    instruction_prompt: InstructionPrompt | None = None
    refresh: Callable[[], EngineSpec[EngineT_co]] | None = None
    validate: Callable[[SpeechRequest], object] | None = None
    prepare: Callable[[], object] | None = None
    fork_safe: bool = True
    directions: frozenset[tuple[str, str]] = frozenset()
    gist_directions: frozenset[tuple[str, str]] = frozenset()
    preferred: bool = False
    shares: EngineSpec[Any] | None = None
    on_demand: bool = False

    def require(self, capability: str) -> None:
        """Raise Unsupported unless this engine has `capability`."""
        if capability not in self.capabilities:
            raise Unsupported(
                "{engine} doesn't support {capability!r}; it supports: {have}. Choose another model or tier.",
                engine=self.title,
                capability=capability,
                have=tuple(sorted(self.capabilities)) or Message("basic use only"),
            )


def register(*specs: EngineSpec[EngineT_co]) -> dict[str, EngineSpec[EngineT_co]]:
    """Return specifications by name, in the given order.

    Raises:
        ValueError: Two of them have the same name.
    """
    rows: dict[str, EngineSpec[EngineT_co]] = {}
    for spec in specs:
        if spec.name in rows:
            raise ValueError(f"Two engines are called {spec.name!r}.")
        rows[spec.name] = spec
    return rows


def get_spec(rows: dict[str, EngineSpec[EngineT_co]], name: str) -> EngineSpec[EngineT_co]:
    """Return the specification called `name`.

    Raises:
        BadInput: There is none; the message lists the choices.
    """
    if name not in rows:
        raise BadInput("Unknown model {name!r}. Choose one of: {choices}.", name=name, choices=tuple(rows))
    return rows[name]
