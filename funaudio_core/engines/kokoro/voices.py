"""The 54 preset voices of Kokoro-82M v1.0: id, readable name and language."""

from __future__ import annotations

from funaudio_core.message import Message
from funaudio_core.types import Voice
from funaudio_core.weights.catalog import ARTIFACTS

# The first letter of an id is the language, the second one the sex (VOICES.md, hexgrad/Kokoro-82M).
_ORIGINS = {
    "a": ("en", "American"),
    "b": ("en", "British"),
    "z": ("zh", "Mandarin"),
    "j": ("ja", "Japanese"),
    "e": ("es", "Spanish"),
    "f": ("fr", "French"),
    "i": ("it", "Italian"),
    "p": ("pt", "Brazilian"),
    "h": ("hi", "Hindi"),
}
_SEXES = {"f": "female", "m": "male"}
_BEST_PRESETS = ("af_heart", "af_bella", "bf_emma")  # the best grades in VOICES.md: first in every list
BRITISH_PREFIX = "b"  # of the ids of British voices


def file_name(preset: str) -> str:
    """Return the name of a preset's file in the artifact kokoro-voices."""
    return f"{preset}.bin"


def _make_voice(preset: str) -> Voice:
    language, origin = _ORIGINS[preset[0]]
    name = preset.split("_")[1].capitalize()
    sex = _SEXES[preset[1]]
    label = Message("{name} ({origin}, {sex})", name=name, origin=Message(origin), sex=Message(sex))
    return Voice(label, language, preset=preset, sex=sex)


def _list_voices() -> tuple[Voice, ...]:
    ids = [file.name.removesuffix(".bin") for file in ARTIFACTS["kokoro-voices"].files]
    return tuple(_make_voice(preset) for preset in dict.fromkeys((*_BEST_PRESETS, *ids)))


VOICES: tuple[Voice, ...] = _list_voices()
