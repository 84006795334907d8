"""Who takes part: which engines are offered for what, and with which voices. Knows no pipeline and no page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from funaudio_core import languages
from funaudio_core.engines import loader, registry
from funaudio_core.engines.protocols import (
    Companion,
    Converter,
    EmotionReader,
    Recognizer,
    Synthesizer,
    Translator,
)
from funaudio_core.engines.spec import Spec, pick
from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.gpu import zerogpu

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cast:
    """Names of the engines that take part; "" takes the one that is offered first, or that fits first."""

    recognizer: str = ""
    translator: str = ""
    companion: str = ""
    synthesizer: str = ""


ANY = Cast()


def recognizers() -> dict[str, Spec[Recognizer]]:
    """Engines that hear, in the order to show them."""
    return registry.offered(registry.RECOGNIZERS)


def synthesizers() -> dict[str, Spec[Synthesizer]]:
    """Engines that speak, in the order to show them."""
    return registry.offered(registry.SYNTHESIZERS)


def converters() -> dict[str, Spec[Converter]]:
    """Engines that change the voice of a clip, in the order to show them."""
    return registry.offered(registry.CONVERTERS)


def companions() -> dict[str, Spec[Companion]]:
    """Engines that answer, in the order to show them."""
    return registry.offered(registry.COMPANIONS)


def translators() -> dict[str, Spec[Translator]]:
    """Engines that translate text, in the order to show them."""
    return registry.offered(registry.TRANSLATORS)


def ears() -> dict[str, Spec[Recognizer]]:
    """Those that tell the language themselves, for where nobody tells it to them.

    Where the only recogniser that is offered can't, as some servers, those of the lite tier do it.
    """
    lite = {name: spec for name, spec in registry.RECOGNIZERS.items() if spec.tier == "lite"}
    able = [
        {name: spec for name, spec in table.items() if "language-id" in spec.capabilities}
        for table in (recognizers(), lite)
    ]
    return able[0] or able[1]


def polyglot() -> Spec[Recognizer]:
    """The recogniser that hears speech of a language not told beforehand: of `ears` whichever knows most, the first."""
    return max(ears().values(), key=lambda spec: len(spec.languages))


def recognizer(by: Cast = ANY, language: str | None = None) -> Spec[Recognizer]:
    """Who hears on the pages that translate and talk: the one named, else the one offered first.

    language: of the clip, where it is told. Raises BadInput, naming who knows it, where that one doesn't.
    """
    offered = recognizers()
    spec = pick({**offered, **ears()}, by.recognizer) if by.recognizer else next(iter(ears().values()))
    if language is None or language in spec.languages:
        return spec
    able = tuple(other.title for other in offered.values() if language in other.languages)
    if not able:
        languages.require(language, spec.languages, spec.title)
    raise BadInput(
        "{engine} does not understand {language}. Recognisers that do: {able}.",
        engine=spec.title,
        language=languages.name(language),
        able=able,
    )


def hears(language: str | None) -> Spec[Recognizer]:
    """The first recogniser that knows the language, without a download that nobody asked for.

    Raises Unsupported, naming the engine, where only such a download would do.
    """
    if language is None:
        return polyglot()
    able = [spec for spec in recognizers().values() if language in spec.languages]
    usual = first(registry.RECOGNIZERS), polyglot()
    if not able:
        return usual[0]  # it says which languages it knows
    found = next((spec for spec in able if spec in usual or not loader.to_fetch(spec)), None)
    if found is None:
        raise Unsupported(
            "For {language} {engine} must be downloaded first ({size:.0f} MB). Choose it as the engine to do that.",
            language=languages.name(language),
            engine=able[0].title,
            size=loader.to_fetch(able[0]) / 1e6,
        )
    return found


def recognizes(engine: str, language: str | None) -> Spec[Recognizer]:
    """Who hears a clip in that language: the one named, else as hears()."""
    return pick(recognizers(), engine) if engine else hears(language)


def listeners(recognizer: Spec[Recognizer]) -> list[Spec[Any]]:
    """What hears beside the recogniser: events, and emotion where it doesn't tell that itself."""
    reader = [] if "emotion" in recognizer.capabilities else [first(registry.EMOTION_READERS)]
    return [first(registry.DETECTORS), *reader]


def reader(ear: Spec[Recognizer]) -> EmotionReader | None:
    """Who reads the feeling from the words; None where the ear hears it."""
    return None if "emotion" in ear.capabilities else load_first(registry.EMOTION_READERS)


def checkers() -> list[Spec[Any]]:
    """What checks a take and marks it."""
    return [listener(), first(registry.SPEAKER_ENCODERS), first(registry.WATERMARKERS)]


def listener() -> Spec[Recognizer]:
    """Who hears takes and live captions, beside the tasks: where GPUs are lent, one that needs none.

    An order is to take one call of a quota, and captions none.
    """
    able = [spec for spec in ears().values() if spec.tier == "lite"] if zerogpu.lends() else []
    return max(able, key=lambda spec: len(spec.languages), default=polyglot())


def checker(language: str) -> Spec[Recognizer]:
    """Who listens to takes in a language."""
    usual = listener()
    return usual if language in usual.languages else hears(language)


def named(table: dict[str, Spec[T]], name: str) -> Spec[T]:
    """The engine of that name, "" for the one offered first. Raises BadInput where there is none."""
    return pick(registry.offered(table), name) if name else first(table)


def first(table: dict[str, Spec[T]]) -> Spec[T]:
    """The engine offered first."""
    return next(iter(registry.offered(table).values()))


def load_first(table: dict[str, Spec[T]]) -> T:
    """The engine offered first, loaded."""
    return loader.load(first(table))


def interpreters(by: Cast) -> list[Spec[Any]]:
    """All who take part in a translation, and nobody else: whoever is named here may need a GPU that is lent."""
    return [
        recognizer(by),
        named(registry.TRANSLATORS, by.translator),
        named(registry.SYNTHESIZERS, by.synthesizer),
    ]


def answerers(by: Cast) -> list[Spec[Any]]:
    """All who take part in an answer to words; where these are to be heard first, so does the recogniser."""
    return [named(registry.COMPANIONS, by.companion), named(registry.SYNTHESIZERS, by.synthesizer)]
