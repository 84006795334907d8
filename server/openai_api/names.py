"""Names of models and voices: OpenAI's, those of other servers, and ours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from funaudio_core.engines import registry, selection, voice_catalog
from funaudio_core.engines.adapted import links
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.message import Message
from funaudio_core.types import Voice
from server.openai_api.errors import ModelNotFound
from server.openai_api.fields import abbreviate

_Engine = TypeVar("_Engine")
DEFAULT = "default"  # selects the first engine, and its first voice
# OpenAI's models, which are built into clients, and every size of Whisper: all select the default engine.
_OPENAI_MODEL = re.compile(r"(tts-\d|gpt-[\w.-]*(tts|transcribe|audio)|whisper)(-|$)|.*whisper")
_MIN_NAME_CHARACTERS = 5  # of a name that is looked for within another one
_CHARACTER_VOICE = "_santa"  # end of the ids of presets that play a part
_PLAIN_EMOTIONS = ("neutral", "happy")  # emotions of the example clips that suit any text, the best one first


class OpenAIVoice(NamedTuple):
    """Voice of OpenAI, as its speech guide describes it.

    Attributes:
        sex: "female" or "male".
        preset: Preset of Kokoro that is used for English.
    """

    sex: str
    preset: str


OPENAI_VOICES = {
    "alloy": OpenAIVoice("female", "af_alloy"),
    "ash": OpenAIVoice("male", "am_michael"),
    "ballad": OpenAIVoice("male", "bm_george"),
    "cedar": OpenAIVoice("male", "am_fenrir"),
    "coral": OpenAIVoice("female", "af_bella"),
    "echo": OpenAIVoice("male", "am_echo"),
    "fable": OpenAIVoice("male", "bm_fable"),
    "marin": OpenAIVoice("female", "af_heart"),
    "nova": OpenAIVoice("female", "af_nova"),
    "onyx": OpenAIVoice("male", "am_onyx"),
    "sage": OpenAIVoice("female", "af_sarah"),
    "shimmer": OpenAIVoice("female", "af_sky"),
    "verse": OpenAIVoice("male", "am_puck"),
}


def find_engine(table: Mapping[str, EngineSpec[Any]], model: str) -> EngineSpec[Any] | None:
    """Return the engine that a model's name means, or None for the default one.

    Args:
        table: Available engines of a task.
        model: Name or title of an engine, its source ("hexgrad/Kokoro-82M"), another edition of it
            ("kokoro-v1.0-onnx"), or a name of OpenAI.

    Raises:
        ModelNotFound: The name means none of them.
    """
    name = _normalize(model)
    if not name or name == DEFAULT:
        return None
    aliases = {alias: spec for spec in table.values() for alias in _aliases(spec)}
    if name in aliases:
        return aliases[name]
    contained = [alias for alias in aliases if len(alias) >= _MIN_NAME_CHARACTERS and alias in name]
    if contained:
        return aliases[max(contained, key=len)]
    if _OPENAI_MODEL.match(model.strip().lower().removeprefix("openai/")):
        return None
    longer = [alias for alias in aliases if len(name) >= _MIN_NAME_CHARACTERS and alias.startswith(name)]
    if longer:
        return aliases[longer[0]]
    raise ModelNotFound(
        Message("Unknown model {name!r}. Choose one of: {choices}.", name=abbreviate(model), choices=(*table, DEFAULT))
    )


def find_model(rows: dict[str, EngineSpec[_Engine]], model: str) -> EngineSpec[_Engine] | None:
    """Return the engine of a table of the registry that a model's name means, or None for the default one.

    Among them are trained ones, which no list shows.

    Raises:
        BadInput: A trained one doesn't exist any more.
        ModelNotFound: The name means none.
    """
    if links.is_adapted(model):
        return registry.find(rows, model)
    return find_engine(registry.available(rows), model)


def _aliases(spec: EngineSpec[Any]) -> Iterator[str]:
    """Yield the normalized names of an engine: its own ones, then its sources with and without their owner."""
    yield _normalize(spec.name)
    yield _normalize(spec.title)
    for word in spec.source.replace(",", " ").split():
        if "/" in word:
            yield _normalize(word)
            yield _normalize(word.split("/")[-1])


def _normalize(name: str) -> str:
    """Return the letters and digits of a name in lower case."""
    return "".join(char for char in name.lower() if char.isalnum())


def synthesizer(model: str) -> EngineSpec[Any]:
    """Return the synthesizer that a model's name means. Raises ModelNotFound if it means none."""
    return find_model(registry.SYNTHESIZERS, model) or selection.default(registry.SYNTHESIZERS)


def canonical_voice(name: str, engine: str) -> str:
    """Return the id of a voice that was written in any case, an OpenAI name, or "" for any voice.

    Raises:
        BadInput: The engine has no such voice.
    """
    wanted = name.lower()
    if wanted in ("", DEFAULT):
        return ""
    known = [voice.preset for voice in selection.resolve(registry.SYNTHESIZERS, engine).voices if voice.preset]
    known += voice_catalog.voices_for_language("en", engine)
    for preset in known:
        if preset.lower() == wanted:
            return preset
    if wanted in OPENAI_VOICES:
        return wanted
    voice_catalog.get_voice(name, engine)  # a voice in the weights, else the error that lists the choices
    return name


def find_voice(name: str, engine: str, language: str) -> tuple[str, Voice]:
    """Return id and voice for what canonical_voice() returned, and the language to speak.

    A voice of OpenAI is the preset of OPENAI_VOICES where the engine has it for the language; elsewhere one of the same
    sex, if there is any: of several presets, its number among OpenAI's voices chooses.

    Raises:
        BadInput: The engine lacks the language.
    """
    choices = voice_catalog.voices_for_language(language, engine)
    if name in OPENAI_VOICES and name not in choices:
        name = _similar_voice(name, choices, language) if choices else ""
    voice = voice_catalog.get_voice(name, engine, language)
    return name or next((key for key, value in choices.items() if value is voice), ""), voice


def _similar_voice(name: str, choices: Mapping[str, Voice], language: str) -> str:
    """Return the id among `choices`, which speak the language, for a voice of OpenAI."""
    sex, preset = OPENAI_VOICES[name]
    if preset in choices:
        return preset
    same_sex = [key for key, voice in choices.items() if voice.sex == sex]
    presets = [key for key in same_sex if choices[key].preset and not key.endswith(_CHARACTER_VOICE)]
    if presets:
        peers = [key for key, voice in OPENAI_VOICES.items() if voice.sex == sex]
        return presets[peers.index(name) % len(presets)]
    return min(same_sex, key=lambda key: _rank_example(key, choices[key], language), default=next(iter(choices)))


def _rank_example(key: str, voice: Voice, language: str) -> tuple[bool, int]:
    """Return the rank of an example clip as a voice of any text: recorded in the language, then neutral."""
    emotion = key.rpartition("_")[2]
    rank = _PLAIN_EMOTIONS.index(emotion) if emotion in _PLAIN_EMOTIONS else len(_PLAIN_EMOTIONS)
    return voice.language != language, rank
