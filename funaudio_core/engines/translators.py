"""Choice of the translator for each direction.

A translator that is `preferred` is used by default in its directions as soon as its files are on this machine; the
default translator does the others.
"""

from __future__ import annotations

from dataclasses import replace

from funaudio_core.engines import loader, registry, selection
from funaudio_core.engines.protocols import ALL_PAIRS, NO_CONTEXT, TranslationContext, Translator, UnloadedTranslator
from funaudio_core.engines.spec import EngineSpec

Direction = tuple[str, str]  # (source, target), codes of languages.LANGUAGES
TranslatorSpec = EngineSpec[Translator]


def used_translators(name: str = "") -> tuple[TranslatorSpec, ...]:
    """Return the named translator; for "" those that are used by default, the preferred first, the default last."""
    if name:
        return (selection.resolve(registry.TRANSLATORS, name),)
    default = selection.default(registry.TRANSLATORS)
    preferred = [
        spec
        for spec in registry.available(registry.TRANSLATORS).values()
        if spec.preferred and spec.tier == default.tier and spec.name != default.name and not loader.download_size(spec)
    ]
    return (*preferred, default)


def translators_by_direction(name: str = "") -> dict[Direction, TranslatorSpec]:
    """Return the translator of each direction that used_translators() can translate; models are not loaded for it."""
    found: dict[Direction, TranslatorSpec] = {}
    for spec in used_translators(name):
        for direction in _known_translator(spec).directions():
            found.setdefault(direction, spec)
    return found


def translator_for(name: str, source: str, target: str) -> TranslatorSpec:
    """Return the translator of a direction; the last of used_translators() if none has it, for its error message."""
    return translators_by_direction(name).get((source, target)) or used_translators(name)[-1]


def translators_into(name: str, source: str | None, target: str) -> tuple[TranslatorSpec, ...]:
    """Return the translators that a translation into a language may use, in the order of used_translators().

    Args:
        name: Name of the chosen translator, or "".
        source: Code of the language of the clip; None if it is not known yet.
        target: Code of the language to translate into.
    """
    if source is not None:
        return (translator_for(name, source, target),)
    wanted = {spec.name for (_, into), spec in translators_by_direction(name).items() if into == target}
    return tuple(spec for spec in used_translators(name) if spec.name in wanted) or used_translators(name)[-1:]


class DirectedTranslator:
    """Translator that leaves each direction to the engine for it, which is loaded at the first text."""

    def __init__(self, name: str = "") -> None:
        """Choose the engines. name: Name of the chosen translator, or ""."""
        self._specs = translators_by_direction(name)
        self._fallback = used_translators(name)[-1]

    def directions(self) -> frozenset[Direction]:
        """Return each (source, target) that one of the engines translates."""
        return frozenset(self._specs)

    def directions_with(self, capability: str) -> frozenset[Direction]:
        """Return the directions whose engine has a capability."""
        return frozenset(pair for pair, spec in self._specs.items() if capability in spec.capabilities)

    def translate(self, text: str, source: str, target: str, context: TranslationContext = NO_CONTEXT) -> str:
        """Translate a text with the engine of the direction; see Translator.translate().

        The previous texts of the context are left out for an engine without the capability "incremental".
        """
        spec = self._specs.get((source, target))
        if spec is None:
            return _known_translator(self._fallback).translate(text, source, target, context)
        if "incremental" not in spec.capabilities:
            context = replace(context, previous=())
        return loader.load(spec).translate(text, source, target, context)


def _known_translator(spec: TranslatorSpec) -> Translator:
    """Return a translator that knows its directions, not loaded if the specification tells them."""
    if ALL_PAIRS in spec.capabilities or spec.directions:
        return UnloadedTranslator(spec.title, spec.languages, spec.directions or None)
    return loader.load(spec)
