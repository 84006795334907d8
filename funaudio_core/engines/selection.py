"""Choice of the engines for a task, by name, by language or by default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from funaudio_core import languages
from funaudio_core.engines import loader, registry
from funaudio_core.engines.protocols import EmotionClassifier, Recognizer, SpeakerEncoder, SpeakerSegmenter
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.gpu import zerogpu

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """Names of the engines of a translation or a chat; "" selects the default of each table."""

    recognizer: str = ""
    translator: str = ""
    chatbot: str = ""
    synthesizer: str = ""


DEFAULT_CHOICE = EngineChoice()


def resolve(table: dict[str, EngineSpec[T]], name: str) -> EngineSpec[T]:
    """Return the available engine of that name; "" selects the default. Raises BadInput for an unknown name."""
    return registry.find(table, name) if name else default(table)


def is_available(table: dict[str, EngineSpec[T]], name: str) -> bool:
    """Return whether an engine of that name can be used."""
    try:
        resolve(table, name)
    except (BadInput, Unsupported):
        return False
    return True


def default(table: dict[str, EngineSpec[T]]) -> EngineSpec[T]:
    """Return the first available engine of a table."""
    return next(iter(registry.available(table).values()))


def load_default(table: dict[str, EngineSpec[T]]) -> T:
    """Load the first available engine of a table."""
    return loader.load(default(table))


def auto_detecting_recognizers() -> dict[str, EngineSpec[Recognizer]]:
    """Return the available recognizers that detect the language.

    If none of them does, as with some remote servers, those of the lite tier that do.
    """
    lite = {name: spec for name, spec in registry.RECOGNIZERS.items() if spec.tier == "lite"}
    offered, fallback = (
        {name: spec for name, spec in table.items() if "language-id" in spec.capabilities}
        for table in (registry.available(registry.RECOGNIZERS), lite)
    )
    return offered or fallback


def default_auto_recognizer() -> EngineSpec[Recognizer]:
    """Return the recognizer for clips in an unknown language: the one with the most languages, the first on a tie."""
    return max(auto_detecting_recognizers().values(), key=lambda spec: len(spec.languages))


def recognizer_for_dialogue(
    engines: EngineChoice = DEFAULT_CHOICE, language: str | None = None
) -> EngineSpec[Recognizer]:
    """Return the recognizer of the translation and chat pages: the named one, else the first that detects languages.

    Args:
        engines: Engines of the page.
        language: Language of the clip, or None to detect it.

    Raises:
        BadInput: If the recognizer does not support the language; the message names those that do.
    """
    offered = registry.available(registry.RECOGNIZERS)
    spec = (
        auto_detecting_recognizers().get(engines.recognizer) or registry.find(registry.RECOGNIZERS, engines.recognizer)
        if engines.recognizer
        else next(iter(auto_detecting_recognizers().values()))
    )
    if language is None or language in spec.languages:
        return spec
    titles = tuple(other.title for other in offered.values() if language in other.languages)
    if not titles:
        languages.require_language(language, spec.languages, spec.title)
    raise BadInput(
        "{engine} doesn't recognize {language}. Recognition models that do: {able}.",
        engine=spec.title,
        language=languages.display_name(language),
        able=titles,
    )


def recognizer_for_language(language: str | None) -> EngineSpec[Recognizer]:
    """Return the first recognizer that supports the language and is a default or needs no download.

    Args:
        language: Language code, or None to detect it. If no recognizer supports it, the default is returned: its
            error message names the supported languages.

    Raises:
        Unsupported: If all that support the language need a download that was not requested.
    """
    if language is None:
        return default_auto_recognizer()
    candidates = [spec for spec in registry.available(registry.RECOGNIZERS).values() if language in spec.languages]
    defaults = default(registry.RECOGNIZERS), default_auto_recognizer()
    if not candidates:
        return defaults[0]
    found = next((spec for spec in candidates if spec in defaults or not loader.download_size(spec)), None)
    if found is None:
        raise Unsupported(
            "Recognizing {language} requires {engine} ({size:.0f} MB to download). "
            "Select it as the recognition model to download it.",
            language=languages.display_name(language),
            engine=candidates[0].title,
            size=loader.download_size(candidates[0]) / 1e6,
        )
    return found


def resolve_recognizer(engine: str, language: str | None) -> EngineSpec[Recognizer]:
    """Return the named recognizer; for "" the one of `recognizer_for_language`."""
    return resolve(registry.RECOGNIZERS, engine) if engine else recognizer_for_language(language)


def analysis_engines(recognizer: EngineSpec[Recognizer]) -> list[EngineSpec[Any]]:
    """Return the engines beside the recognizer: for events, and for emotion unless the recognizer detects it."""
    classifiers = [] if "emotion" in recognizer.capabilities else [default(registry.EMOTION_CLASSIFIERS)]
    return [default(registry.DETECTORS), *classifiers]


def speaker_engines() -> tuple[EngineSpec[SpeakerSegmenter], EngineSpec[SpeakerEncoder]]:
    """Return the engines that tell speakers apart: one finds them in a window, one compares them between windows."""
    return default(registry.SPEAKER_SEGMENTERS), default(registry.SPEAKER_ENCODERS)


def emotion_classifier_for(recognizer: EngineSpec[Recognizer]) -> EmotionClassifier | None:
    """Return the loaded emotion classifier; None if the recognizer detects emotion."""
    return None if "emotion" in recognizer.capabilities else load_default(registry.EMOTION_CLASSIFIERS)


def check_engines() -> list[EngineSpec[Any]]:
    """Return the engines that check a take and watermark it."""
    return [cpu_recognizer(), default(registry.SPEAKER_ENCODERS), default(registry.WATERMARKERS)]


def cpu_recognizer() -> EngineSpec[Recognizer]:
    """Return the recognizer of takes and live captions: on ZeroGPU one that needs no GPU, else the usual one.

    There, a synthesis should use one GPU call, and captions none.
    """
    lite = (
        [spec for spec in auto_detecting_recognizers().values() if spec.tier == "lite"] if zerogpu.is_zerogpu() else []
    )
    return max(lite, key=lambda spec: len(spec.languages), default=default_auto_recognizer())


def check_recognizer(language: str) -> EngineSpec[Recognizer]:
    """Return the recognizer that checks takes in a language."""
    usual = cpu_recognizer()
    return usual if language in usual.languages else recognizer_for_language(language)


def translation_engines(engines: EngineChoice) -> list[EngineSpec[Any]]:
    """Return exactly the engines that a translation of speech uses; the GPU is requested for these."""
    return [
        recognizer_for_dialogue(engines),
        resolve(registry.TRANSLATORS, engines.translator),
        resolve(registry.SYNTHESIZERS, engines.synthesizer),
    ]


def chat_engines(engines: EngineChoice) -> list[EngineSpec[Any]]:
    """Return the engines of a reply to text; a spoken turn also needs the recognizer."""
    return [resolve(registry.CHATBOTS, engines.chatbot), resolve(registry.SYNTHESIZERS, engines.synthesizer)]
