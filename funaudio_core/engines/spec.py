"""What an engine is: one-verb Protocols, the frozen Spec, and the table that holds Specs. Knows no engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from funaudio_core.engines.protocols import InstructionPrompt
from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.message import Message
from funaudio_core.types import (
    SpeechRequest,
    Voice,
)

EngineT_co = TypeVar("EngineT_co", covariant=True)


@dataclass(frozen=True, slots=True)
class EngineSpec(Generic[EngineT_co]):
    """Everything known about an engine before it is loaded.

    name: its id in URLs, settings and tests. title: what pages print. tier: "lite", "full" or "remote".
    languages: codes it handles. capabilities: what callers may ask for instead of asking for names.
    licence, source: shown in the model table. weights: names in weights.ARTIFACTS. voices: preset voices by language.
    load: builds the engine; called once and cached. gpu: far slower than real time without one, so that it is offered
    there only where FUNAUDIO_TIER asks for it. telling: of engines that read instructions. learnt: of engines that find
    out what they can do, the Spec as it is known by now, with the same `load`; it never waits. check: of engines that
    refuse some texts, raises what language and text of a line would raise once it is spoken; it needs no weights.
    forks: whether it still works in a process that was forked once it was loaded: not so with threads of its own.
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
    voices: tuple[Voice, ...] = ()
    needs_gpu: bool = False
    instruction_prompt: InstructionPrompt | None = None
    refreshed: Callable[[], EngineSpec[EngineT_co]] | None = None
    validate: Callable[[SpeechRequest], object] | None = None
    fork_safe: bool = True

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
    """Specs by name, in the given order. Raises ValueError on a name used twice."""
    rows: dict[str, EngineSpec[EngineT_co]] = {}
    for spec in specs:
        if spec.name in rows:
            raise ValueError(f"Two engines are called {spec.name!r}.")
        rows[spec.name] = spec
    return rows


def get_spec(rows: dict[str, EngineSpec[EngineT_co]], name: str) -> EngineSpec[EngineT_co]:
    """The Spec called `name`. Raises BadInput that lists the choices."""
    if name not in rows:
        raise BadInput("Unknown model {name!r}. Choose one of: {choices}.", name=name, choices=tuple(rows))
    return rows[name]
