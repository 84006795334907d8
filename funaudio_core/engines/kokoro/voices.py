"""The 54 preset voices of Kokoro-82M v1.0: id, readable name and language."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

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
SIMILARITY_FILE = Path(__file__).parent / "voice_similarity.json"  # written by bench/speech/voice_similarity.py
# Grades of VOICES.md, A to F as 4 to 0, those above D. Nicole (B-) whispers and Santa plays a part, so they come last.
GRADES = {
    "af_heart": 4.0, "af_bella": 3.7, "bf_emma": 2.7, "ff_siwis": 2.7, "af_aoede": 2.3, "af_kore": 2.3,
    "af_sarah": 2.3, "am_fenrir": 2.3, "am_michael": 2.3, "am_puck": 2.3, "jf_alpha": 2.3, "af_alloy": 2.0,
    "af_nova": 2.0, "bf_isabella": 2.0, "bm_fable": 2.0, "bm_george": 2.0, "hf_alpha": 2.0, "hf_beta": 2.0,
    "hm_omega": 2.0, "hm_psi": 2.0, "if_sara": 2.0, "im_nicola": 2.0, "jf_gongitsune": 2.0, "jf_tebukuro": 2.0,
    "af_sky": 1.7, "jf_nezumi": 1.7, "jm_kumo": 1.7, "bm_lewis": 1.3, "am_adam": 0.3, "am_santa": 0.0,
    "af_nicole": 0.0,
}  # fmt: skip
CAMPPLUS_OFFSET = 0.3  # of similarities by CAM++, which are lower than those by GE2E: medians .22 and .62
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


def similarity(first: str, second: str) -> float:
    """Return the speaker similarity of two presets of one language; about .8 and more sounds like one speaker.

    It is that by GE2E, or that by CAM++ on the same scale, whichever is greater.
    """
    if first == second:
        return 1.0
    return _similarities().get(" ".join(sorted((first, second))), 0.0)


@cache
def _similarities() -> dict[str, float]:
    rows: dict[str, tuple[int, int]] = json.loads(SIMILARITY_FILE.read_text(encoding="utf-8"))
    return {pair: max(campplus / 100 + CAMPPLUS_OFFSET, ge2e / 100) for pair, (campplus, ge2e) in rows.items()}
