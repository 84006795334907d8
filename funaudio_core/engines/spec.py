"""What an engine is: one-verb Protocols, the frozen Spec, and the table that holds Specs. Knows no engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from funaudio_core.engines.protocols import Telling
from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.message import Phrase
from funaudio_core.types import (
    Line,
    Voice,
)

EngineT_co = TypeVar("EngineT_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Spec(Generic[EngineT_co]):
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
    weights: tuple[str, ...] = ()
    voices: tuple[Voice, ...] = ()
    gpu: bool = False
    telling: Telling | None = None
    learnt: Callable[[], Spec[EngineT_co]] | None = None
    check: Callable[[Line], object] | None = None
    forks: bool = True

    def require(self, capability: str) -> None:
        """Raise Unsupported unless this engine has `capability`."""
        if capability not in self.capabilities:
            raise Unsupported(
                "{engine} can't do {capability!r}; it offers: {have}. Choose another engine or tier.",
                engine=self.title,
                capability=capability,
                have=tuple(sorted(self.capabilities)) or Phrase("nothing beyond its basic verb"),
            )


def table(*specs: Spec[EngineT_co]) -> dict[str, Spec[EngineT_co]]:
    """Specs by name, in the given order. Raises ValueError on a name used twice."""
    rows: dict[str, Spec[EngineT_co]] = {}
    for spec in specs:
        if spec.name in rows:
            raise ValueError(f"Two engines are called {spec.name!r}.")
        rows[spec.name] = spec
    return rows


def pick(rows: dict[str, Spec[EngineT_co]], name: str) -> Spec[EngineT_co]:
    """The Spec called `name`. Raises BadInput that lists the choices."""
    if name not in rows:
        raise BadInput("No engine is called {name!r}. Choose one of: {choices}.", name=name, choices=tuple(rows))
    return rows[name]
