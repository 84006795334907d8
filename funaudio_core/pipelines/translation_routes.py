"""Routes of speech translation: the steps from one language to another with given engines."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from funaudio_core.engines.protocols import Recognizer, Synthesizer, Translator
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import Unsupported
from funaudio_core.languages import LANGUAGES, display_name
from funaudio_core.message import Message

TO_ENGLISH = "to-english"  # capability of recognizers that translate


@dataclass(frozen=True, slots=True)
class Route:
    """Steps from one language to another.

    Attributes:
        via_recognizer: The recognizer translates into English first.
        text_pair: (source, target) of the text translation after that; None if there is none.
    """

    via_recognizer: bool
    text_pair: tuple[str, str] | None


Direction = tuple[str, str]  # (source, target), codes of languages.LANGUAGES


def directions(
    recognizer: EngineSpec[Recognizer],
    translator: Translator,
    synthesizer: EngineSpec[Synthesizer],
    fluent_pairs: Collection[Direction] = (),
) -> dict[Direction, Route | str]:
    """Return the route of each pair of languages, or the reason for the page why there is none.

    English comes from the recognizer if that can translate, except in `fluent_pairs`, in which the text translation is
    better (the capability "fluent"). For other languages one text translation is better than two.
    """
    has_english = TO_ENGLISH in recognizer.capabilities
    text_pairs = translator.directions()
    routes: dict[Direction, Route | str] = {}
    for source in LANGUAGES:
        for target in LANGUAGES:
            if source == target:
                continue
            if source not in recognizer.languages:
                routes[source, target] = Message(
                    "{engine} doesn't recognize {language}.", engine=recognizer.title, language=display_name(source)
                )
            elif target not in synthesizer.languages:
                routes[source, target] = Message(
                    "{engine} doesn't speak {language}.", engine=synthesizer.title, language=display_name(target)
                )
            elif has_english and target == "en" and (source, target) not in text_pairs & frozenset(fluent_pairs):
                routes[source, target] = Route(via_recognizer=True, text_pair=None)
            elif (source, target) in text_pairs:
                routes[source, target] = Route(via_recognizer=False, text_pair=(source, target))
            elif has_english and ("en", target) in text_pairs:
                routes[source, target] = Route(via_recognizer=True, text_pair=("en", target))
            else:
                routes[source, target] = _unsupported_message(translator, source, target)
    return routes


def _unsupported_message(translator: Translator, source: str, target: str) -> str:
    """Return the translator's own reason for not supporting a direction."""
    try:
        translator.translate("", source, target)
    except Unsupported as error:
        return error.message
    return Message(
        "Translation from {source} to {target} isn't supported.",
        source=display_name(source),
        target=display_name(target),
    )
