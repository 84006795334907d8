"""Grapheme-to-phoneme conversion with eSpeak NG, in Kokoro's phoneme symbols.

The library keeps its state in globals, so one lock guards every call; a clause takes about 0.15 ms.
"""

from __future__ import annotations

import ctypes
import re
import threading
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import cache, lru_cache

from funaudio_core.engines.kokoro.symbols import PUNCTUATION, STRESS_MARKS, drop_unknown

# Language (or accent) of this engine -> voice name of eSpeak NG. Its plain "en" is British, its "es" Castilian.
_VOICES = {
    "en-us": "en-us",
    "en-gb": "en",
    "es": "es",
    "fr": "fr",
    "it": "it",
    "pt": "pt-br",
    "hi": "hi",
}
_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS of speak_lib.h: no sound device is opened
_UTF8 = 1  # espeakCHARS_UTF8
_TIE = "^"  # joins the letters of one phoneme, so that "t^ʃ" differs from "tʃ"
_IPA_WITH_TIE = 0x02 | 0x80 | ord(_TIE) << 8  # phoneme mode of espeak_TextToPhonemes
_LANGUAGE_FLAG = re.compile(r"\([a-z^-]+\)")  # "(en)": eSpeak NG changed language for a word

# Symbols that Kokoro was trained on: one letter for a diphthong or affricate (misaki by hexgrad, Apache-2.0,
# EspeakG2P).
_COMMON_RULES = (
    ("a^ɪ", "I"),
    ("a^ʊ", "W"),
    ("d^z", "ʣ"),
    ("d^ʒ", "ʤ"),
    ("e^ɪ", "A"),
    ("o^ʊ", "O"),
    ("ə^ʊ", "Q"),
    ("t^s", "ʦ"),
    ("t^ʃ", "ʧ"),
    ("ɔ^ɪ", "Y"),
    ("r.", "ɽ"),  # eSpeak NG's symbol of the Hindi flap; its full stop would be read as a pause
)
# The same for English (misaki, EspeakFallback): no length marks in American, syllabic l and n, taps.
_ENGLISH_RULES = (
    ("ʔˌn\u0329", "ʔn"),
    ("ʔn\u0329", "ʔn"),
    ("ə^l", "ᵊl"),
    ("ʲo", "jo"),
    ("ʲə", "jə"),
    ("ʲ", ""),
    ("ɚɹ", "əɹ"),
    ("ɚ", "əɹ"),
    ("r", "ɹ"),
    ("x", "k"),
    ("ç", "k"),
    ("ɐ", "ə"),
    ("ɬ", "l"),
    ("\u0303", ""),
)
_AMERICAN_RULES = (("ɜː^ɹ", "ɜɹ"), ("ɜːɹ", "ɜɹ"), ("ɜː", "ɜɹ"), ("ɪə", "iə"), ("ː", ""))
_BRITISH_RULES = (("e^ə", "ɛː"), ("iə", "ɪə"), ("i^ə", "ɪə"))
_TAP_RULES = (("o", "ɔ"), ("ɾ", "T"), ("ʔ", "t"))


def phonemize_clause(words: list[str], language: str) -> list[str]:
    """Convert a clause to phonemes, word by word.

    Args:
        words: Words without punctuation between them.
        language: Key of _VOICES.

    Returns:
        The phonemes of each word, which depend on its neighbours. They end with a space unless eSpeak NG runs the word
        into the next one ("on the"); joined, they are the clause. A word that eSpeak NG does not speak gives "".
    """
    clause = _phonemize(" ".join(words), language)
    groups = clause.split()
    if len(groups) == len(words):
        return [group + " " for group in groups]
    return _split_by_words(clause, [_phonemize(word, language) for word in words])


def _split_by_words(clause: str, words: list[str]) -> list[str]:
    """Split the phonemes of a clause by aligning them with those of its words, phonemized one by one.

    Needed where the counts differ: numbers become several words, short words merge.
    """
    places = [i for i, symbol in enumerate(clause) if symbol not in STRESS_MARKS + " "]
    bare_clause = "".join(clause[i] for i in places)
    bare_words = ["".join(symbol for symbol in word if symbol not in STRESS_MARKS + " ") for word in words]
    spaces = {sum(place < i for place in places) for i, symbol in enumerate(clause) if symbol == " "}
    blocks = SequenceMatcher(None, "".join(bare_words), bare_clause, autojunk=False).get_matching_blocks()
    cuts = [0]
    position = 0
    for word in bare_words[:-1]:
        position += len(word)
        cuts.append(max(cuts[-1], _map_position(position, blocks, spaces)) if word else cuts[-1])
    cuts.append(len(bare_clause))
    ends = [_skip_stress_back(clause, places[cut]) if cut < len(bare_clause) else len(clause) for cut in cuts]
    parts = [clause[start:end] for start, end in zip([0, *ends[1:-1]], ends[1:], strict=True)]
    return [
        part.strip() + " " if part.endswith(" ") or i == len(parts) - 1 else part.strip()
        for i, part in enumerate(parts)
    ]


def _map_position(position: int, blocks: Sequence[tuple[int, int, int]], spaces: set[int]) -> int:
    """Map a position in the first string to the second: exact inside a matching block, else the nearest space."""
    estimate = 0
    last_a = last_b = 0
    for a, b, size in blocks:
        if a < position < a + size:
            return b + position - a
        if position <= a:
            share = (position - last_a) / (a - last_a) if a > last_a else 1.0
            estimate = round(last_b + share * (b - last_b))
            break
        last_a, last_b = a + size, b + size
    return min(spaces, key=lambda space: abs(space - estimate), default=estimate)


def _skip_stress_back(clause: str, place: int) -> int:
    """Return the index of the first stress mark directly before `place`, or `place`."""
    while place > 0 and clause[place - 1] in STRESS_MARKS:
        place -= 1
    return place


@lru_cache(maxsize=4096)
def _phonemize(text: str, language: str) -> str:
    """Convert a clause to Kokoro's symbols, words separated by single spaces."""
    ipa = " ".join(_text_to_ipa(text, _VOICES[language]))
    phonemes = _LANGUAGE_FLAG.sub("", ipa).replace("-", "")
    for old, new in _rules(language):
        phonemes = phonemes.replace(old, new)
    if language.startswith("en"):
        phonemes = re.sub("(\\S)\u0329", "ᵊ\\1", phonemes)  # a syllabic consonant
    phonemes = "".join(symbol for symbol in drop_unknown(phonemes) if symbol not in PUNCTUATION)
    return " ".join(phonemes.split())


@cache
def _rules(language: str) -> tuple[tuple[str, str], ...]:
    """Return the replacements from eSpeak NG's IPA to Kokoro's symbols, in order."""
    if language == "en-us":
        return (*_COMMON_RULES, *_ENGLISH_RULES, *_AMERICAN_RULES, *_TAP_RULES, ("e", "A"))
    if language == "en-gb":
        return (*_BRITISH_RULES, *_COMMON_RULES, *_ENGLISH_RULES, *_TAP_RULES, ("e", "A"))
    return _COMMON_RULES


_lock = threading.Lock()


@cache
def _load_library() -> ctypes.CDLL:
    import espeakng_loader

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    library.espeak_TextToPhonemes.restype = ctypes.c_char_p
    library.espeak_TextToPhonemes.argtypes = [ctypes.POINTER(ctypes.c_char_p), ctypes.c_int, ctypes.c_int]
    data = str(espeakng_loader.get_data_path()).encode()
    if library.espeak_Initialize(_SYNCHRONOUS, 0, data, 0) < 0:
        raise OSError(f"eSpeak NG could not read its data in {data.decode()}.")
    return library


def _text_to_ipa(text: str, voice: str) -> list[str]:
    """Return the IPA of each clause that eSpeak NG finds in the text."""
    with _lock:
        library = _load_library()
        if library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise OSError(f"eSpeak NG has no voice {voice!r}.")
        rest = ctypes.c_char_p(text.encode())
        clauses = []
        while rest.value is not None:  # a call converts one clause; after the last one the pointer is null
            ipa = library.espeak_TextToPhonemes(ctypes.byref(rest), _UTF8, _IPA_WITH_TIE)
            clauses.append(ipa.decode() if ipa else "")
    return clauses
