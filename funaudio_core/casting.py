"""Who takes part: which engines are offered for what, and with which voices. Knows no pipeline and no page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from funaudio_core import engines, gpu, languages, settings
from funaudio_core.engines import Loading
from funaudio_core.engines.base import (
    Companion,
    Converter,
    EmotionReader,
    Recognizer,
    Spec,
    Synthesizer,
    Translator,
    Voiced,
    pick,
)
from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.types import Voice
from funaudio_core.voices import example_voices

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cast:
    """Names of the engines that take part; "" takes the one that is offered first, or that fits first."""

    recognizer: str = ""
    translator: str = ""
    companion: str = ""
    synthesizer: str = ""


ANY = Cast()
# What a ZeroGPU Space may hold, each in every process it forks.
PROFILES: dict[str, tuple[dict[str, Spec[Any]], ...]] = {
    "ears": (engines.RECOGNIZERS,),
    "voice": (engines.SYNTHESIZERS,),
    "minds": (engines.COMPANIONS, engines.TRANSLATORS),
}


def recognizers() -> dict[str, Spec[Recognizer]]:
    """Engines that hear, in the order to show them."""
    return engines.offered(engines.RECOGNIZERS)


def synthesizers() -> dict[str, Spec[Synthesizer]]:
    """Engines that speak, in the order to show them."""
    return engines.offered(engines.SYNTHESIZERS)


def converters() -> dict[str, Spec[Converter]]:
    """Engines that change the voice of a clip, in the order to show them."""
    return engines.offered(engines.CONVERTERS)


def companions() -> dict[str, Spec[Companion]]:
    """Engines that answer, in the order to show them."""
    return engines.offered(engines.COMPANIONS)


def translators() -> dict[str, Spec[Translator]]:
    """Engines that translate text, in the order to show them."""
    return engines.offered(engines.TRANSLATORS)


def ears() -> dict[str, Spec[Recognizer]]:
    """Those that tell the language themselves, for where nobody tells it to them.

    Where the only recogniser that is offered can't, as some servers, those of the lite tier do it.
    """
    lite = {name: spec for name, spec in engines.RECOGNIZERS.items() if spec.tier == "lite"}
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
    usual = first(engines.RECOGNIZERS), polyglot()
    if not able:
        return usual[0]  # it says which languages it knows
    found = next((spec for spec in able if spec in usual or not engines.to_fetch(spec)), None)
    if found is None:
        raise Unsupported(
            "For {language} {engine} must be downloaded first ({size:.0f} MB). Choose it as the engine to do that.",
            language=languages.name(language),
            engine=able[0].title,
            size=engines.to_fetch(able[0]) / 1e6,
        )
    return found


def recognizes(engine: str, language: str | None) -> Spec[Recognizer]:
    """Who hears a clip in that language: the one named, else as hears()."""
    return pick(recognizers(), engine) if engine else hears(language)


def listeners(recognizer: Spec[Recognizer]) -> list[Spec[Any]]:
    """What hears beside the recogniser: events, and emotion where it doesn't tell that itself."""
    reader = [] if "emotion" in recognizer.capabilities else [first(engines.EMOTION_READERS)]
    return [first(engines.DETECTORS), *reader]


def reader(ear: Spec[Recognizer]) -> EmotionReader | None:
    """Who reads the feeling from the words; None where the ear hears it."""
    return None if "emotion" in ear.capabilities else load_first(engines.EMOTION_READERS)


def checkers() -> list[Spec[Any]]:
    """What checks a take and marks it."""
    return [listener(), first(engines.SPEAKER_ENCODERS), first(engines.WATERMARKERS)]


def listener() -> Spec[Recognizer]:
    """Who hears takes and live captions, beside the tasks: where GPUs are lent, one that needs none.

    An order is to take one call of a quota, and captions none.
    """
    able = [spec for spec in ears().values() if spec.tier == "lite"] if gpu.lends() else []
    return max(able, key=lambda spec: len(spec.languages), default=polyglot())


def checker(language: str) -> Spec[Recognizer]:
    """Who listens to takes in a language."""
    usual = listener()
    return usual if language in usual.languages else hears(language)


def named(table: dict[str, Spec[T]], name: str) -> Spec[T]:
    """The engine of that name, "" for the one offered first. Raises BadInput where there is none."""
    return pick(engines.offered(table), name) if name else first(table)


def first(table: dict[str, Spec[T]]) -> Spec[T]:
    """The engine offered first."""
    return next(iter(engines.offered(table).values()))


def load_first(table: dict[str, Spec[T]]) -> T:
    """The engine offered first, loaded."""
    return engines.load(first(table))


def interpreters(by: Cast) -> list[Spec[Any]]:
    """All who take part in a translation, and nobody else: whoever is named here may need a GPU that is lent."""
    return [
        recognizer(by),
        named(engines.TRANSLATORS, by.translator),
        named(engines.SYNTHESIZERS, by.synthesizer),
    ]


def answerers(by: Cast) -> list[Spec[Any]]:
    """All who take part in an answer to words; where these are to be heard first, so does the recogniser."""
    return [named(engines.COMPANIONS, by.companion), named(engines.SYNTHESIZERS, by.synthesizer)]


def voices(language: str, engine: str = "") -> dict[str, Voice]:
    """Voices that speak `language`, by id, the engine's best first.

    To an engine that clones any clip is a voice: it also has those that came with its weights, once it is loaded, and
    the example clips, all of which speak any of its languages; those in `language` come first.
    """
    spec = named(engines.SYNTHESIZERS, engine)
    presets = {voice.preset or "": voice for voice in spec.voices if voice.language == language}
    if "voice-clone" not in spec.capabilities:
        return presets
    loaded = engines.loaded(spec)
    own: tuple[str, ...] = loaded.presets if isinstance(loaded, Voiced) else ()
    examples = sorted(example_voices().items(), key=lambda row: row[1].language != language)
    return {**presets, **{name: Voice(name, language, preset=name) for name in own}, **dict(examples)}


def preset(name: str, engine: str = "", language: str = "en") -> Voice:
    """The voice with the id `name`; "" takes the first for the language. Raises BadInput where there is none."""
    spec = named(engines.SYNTHESIZERS, engine)
    choices = voices(language, engine)
    if not name:
        languages.require(language, spec.languages, spec.title)
        if choices:
            return next(iter(choices.values()))
    if name not in choices and "voice-clone" in spec.capabilities:
        engines.load(spec)  # it may turn out to have a voice of that name
        choices = voices(language, engine)
    found = choices.get(name) or next((voice for voice in spec.voices if voice.preset == name), None)
    if found is None:
        raise BadInput(
            "{engine} has no voice called {name!r}. Choose one of: {choices}.",
            engine=spec.title,
            name=name,
            choices=tuple(choices),
        )
    return found


def voice_in(language: str, voice: Voice, by: Cast) -> Voice:
    """`voice` where it speaks the language, else the first one that does. A clip is spoken after in any language."""
    spec = named(engines.SYNTHESIZERS, by.synthesizer)
    if voice.clip is not None or voice.language == language or "voice-clone" in spec.capabilities:
        return voice
    return next(iter(voices(language, by.synthesizer).values()), voice)


def answered(by: Cast = ANY) -> frozenset[str]:
    """Codes of the languages in which there can be a reply: the companion writes and the synthesizer speaks them."""
    spoken = named(engines.SYNTHESIZERS, by.synthesizer).languages
    return frozenset(
        code for code in named(engines.COMPANIONS, by.companion).languages & spoken if voices(code, by.synthesizer)
    )


def preload() -> None:
    """Load the engines that are taken by default, so that the first visitor waits for none of them.

    Where GPUs are lent, every engine of the full tier that the Space's profile names: none can be loaded later.
    """
    if gpu.lends():  # models must be on the GPU before the first call, from the main thread
        for part in settings.read().profile:
            for spec in (spec for table in PROFILES[part] for spec in table.values() if spec.tier == "full"):
                engines.load(spec)
    for table in (
        engines.RECOGNIZERS,
        engines.DETECTORS,
        engines.EMOTION_READERS,
        engines.SYNTHESIZERS,
        engines.COMPANIONS,
        engines.TRANSLATORS,
        engines.SPEAKER_ENCODERS,
        engines.WATERMARKERS,
    ):
        engines.load(first(table))
    engines.load(polyglot())
    engines.load(listener())


def left_out() -> list[Spec[Any]]:
    """Engines of the full tier that this Space's profile leaves out; none where they can be loaded when needed."""
    if not gpu.lends():
        return []
    tables = {id(table): table for tables in PROFILES.values() for table in tables}
    specs = [spec for table in tables.values() for spec in table.values() if spec.tier == "full"]
    return [spec for spec in specs if engines.loaded(spec) is None]


def in_memory() -> tuple[tuple[str, int], ...]:
    """Models that are loaded, as (title, bytes of their files), whoever was asked for longest ago first.

    One that has several parts to play is told once.
    """
    parts: dict[str, list[Spec[Any]]] = {}
    for spec in engines.in_memory():
        parts.setdefault(spec.title, []).append(spec)
    return tuple((title, engines.size(*specs)) for title, specs in parts.items())


def release_idle(seconds: float) -> tuple[str, ...]:
    """Let go of engines that nobody asked for in so many seconds; their names."""
    return engines.release_idle(seconds)


def to_fetch(spec: Spec[Any]) -> int:
    """Bytes that must be fetched before an engine can be used for the first time."""
    return engines.to_fetch(spec)


def prepare(*specs: Spec[Any]) -> Iterator[Loading]:
    """Load engines one after the other, telling how far that is; nothing of those that are loaded already."""
    for spec in specs:
        yield from engines.loading(spec)
