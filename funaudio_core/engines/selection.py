"""Who takes part: which engines are offered for what, and with which voices. Knows no pipeline and no page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from funaudio_core import languages
from funaudio_core.engines import loader, registry
from funaudio_core.engines.protocols import (
    Chatbot,
    EmotionClassifier,
    Recognizer,
    Synthesizer,
    Translator,
    VoiceConverter,
)
from funaudio_core.engines.spec import EngineSpec, get_spec
from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.gpu import zerogpu

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """Names of the engines that take part; "" takes the one that is offered first, or that fits first."""

    recognizer: str = ""
    translator: str = ""
    chatbot: str = ""
    synthesizer: str = ""


DEFAULT_CHOICE = EngineChoice()


def recognizers() -> dict[str, EngineSpec[Recognizer]]:
    """Engines that hear, in the order to show them."""
    return registry.available(registry.RECOGNIZERS)


def synthesizers() -> dict[str, EngineSpec[Synthesizer]]:
    """Engines that speak, in the order to show them."""
    return registry.available(registry.SYNTHESIZERS)


def voice_converters() -> dict[str, EngineSpec[VoiceConverter]]:
    """Engines that change the voice of a clip, in the order to show them."""
    return registry.available(registry.VOICE_CONVERTERS)


def chatbots() -> dict[str, EngineSpec[Chatbot]]:
    """Engines that answer, in the order to show them."""
    return registry.available(registry.CHATBOTS)


def translators() -> dict[str, EngineSpec[Translator]]:
    """Engines that translate text, in the order to show them."""
    return registry.available(registry.TRANSLATORS)


def auto_detecting_recognizers() -> dict[str, EngineSpec[Recognizer]]:
    """Those that tell the language themselves, for where nobody tells it to them.

    Where the only recogniser that is offered can't, as some servers, those of the lite tier do it.
    """
    lite = {name: spec for name, spec in registry.RECOGNIZERS.items() if spec.tier == "lite"}
    able = [
        {name: spec for name, spec in table.items() if "language-id" in spec.capabilities}
        for table in (recognizers(), lite)
    ]
    return able[0] or able[1]


def default_auto_recognizer() -> EngineSpec[Recognizer]:
    """The recogniser that hears speech of a language not told beforehand: of `ears` whichever knows most, the first."""
    return max(auto_detecting_recognizers().values(), key=lambda spec: len(spec.languages))


def recognizer_for_dialogue(
    engines: EngineChoice = DEFAULT_CHOICE, language: str | None = None
) -> EngineSpec[Recognizer]:
    """Who hears on the pages that translate and talk: the one named, else the one offered first.

    language: of the clip, where it is told. Raises BadInput, naming who knows it, where that one doesn't.
    """
    offered = recognizers()
    spec = (
        get_spec({**offered, **auto_detecting_recognizers()}, engines.recognizer)
        if engines.recognizer
        else next(iter(auto_detecting_recognizers().values()))
    )
    if language is None or language in spec.languages:
        return spec
    able = tuple(other.title for other in offered.values() if language in other.languages)
    if not able:
        languages.require_language(language, spec.languages, spec.title)
    raise BadInput(
        "{engine} doesn't recognize {language}. Recognition models that do: {able}.",
        engine=spec.title,
        language=languages.display_name(language),
        able=able,
    )


def recognizer_for_language(language: str | None) -> EngineSpec[Recognizer]:
    """The first recogniser that knows the language, without a download that nobody asked for.

    Raises Unsupported, naming the engine, where only such a download would do.
    """
    if language is None:
        return default_auto_recognizer()
    able = [spec for spec in recognizers().values() if language in spec.languages]
    usual = default(registry.RECOGNIZERS), default_auto_recognizer()
    if not able:
        return usual[0]  # it says which languages it knows
    found = next((spec for spec in able if spec in usual or not loader.download_size(spec)), None)
    if found is None:
        raise Unsupported(
            "Recognizing {language} requires {engine} ({size:.0f} MB to download). "
            "Select it as the recognition model to download it.",
            language=languages.display_name(language),
            engine=able[0].title,
            size=loader.download_size(able[0]) / 1e6,
        )
    return found


def resolve_recognizer(engine: str, language: str | None) -> EngineSpec[Recognizer]:
    """Who hears a clip in that language: the one named, else as recognizer_for_language()."""
    return get_spec(recognizers(), engine) if engine else recognizer_for_language(language)


def analysis_engines(recognizer: EngineSpec[Recognizer]) -> list[EngineSpec[Any]]:
    """What hears beside the recogniser: events, and emotion where it doesn't tell that itself."""
    reader = [] if "emotion" in recognizer.capabilities else [default(registry.EMOTION_CLASSIFIERS)]
    return [default(registry.DETECTORS), *reader]


def emotion_classifier_for(ear: EngineSpec[Recognizer]) -> EmotionClassifier | None:
    """Who reads the feeling from the words; None where the ear hears it."""
    return None if "emotion" in ear.capabilities else load_default(registry.EMOTION_CLASSIFIERS)


def check_engines() -> list[EngineSpec[Any]]:
    """What checks a take and marks it."""
    return [cpu_recognizer(), default(registry.SPEAKER_ENCODERS), default(registry.WATERMARKERS)]


def cpu_recognizer() -> EngineSpec[Recognizer]:
    """Who hears takes and live captions, beside the tasks: where GPUs are lent, one that needs none.

    An order is to take one call of a quota, and captions none.
    """
    able = (
        [spec for spec in auto_detecting_recognizers().values() if spec.tier == "lite"] if zerogpu.is_zerogpu() else []
    )
    return max(able, key=lambda spec: len(spec.languages), default=default_auto_recognizer())


def check_recognizer(language: str) -> EngineSpec[Recognizer]:
    """Who listens to takes in a language."""
    usual = cpu_recognizer()
    return usual if language in usual.languages else recognizer_for_language(language)


def resolve(table: dict[str, EngineSpec[T]], name: str) -> EngineSpec[T]:
    """The engine of that name, "" for the one offered first. Raises BadInput where there is none."""
    return get_spec(registry.available(table), name) if name else default(table)


def default(table: dict[str, EngineSpec[T]]) -> EngineSpec[T]:
    """The engine offered first."""
    return next(iter(registry.available(table).values()))


def load_default(table: dict[str, EngineSpec[T]]) -> T:
    """The engine offered first, loaded."""
    return loader.load(default(table))


def translation_engines(engines: EngineChoice) -> list[EngineSpec[Any]]:
    """All who take part in a translation, and nobody else: whoever is named here may need a GPU that is lent."""
    return [
        recognizer_for_dialogue(engines),
        resolve(registry.TRANSLATORS, engines.translator),
        resolve(registry.SYNTHESIZERS, engines.synthesizer),
    ]


def chat_engines(engines: EngineChoice) -> list[EngineSpec[Any]]:
    """All who take part in an answer to words; where these are to be heard first, so does the recogniser."""
    return [resolve(registry.CHATBOTS, engines.chatbot), resolve(registry.SYNTHESIZERS, engines.synthesizer)]
