"""eSpeak NG: words to phonemes in Kokoro's spelling. The only place that calls it. Knows no tokens and no sound.

The library keeps its state in globals, so one lock guards every call; a clause takes about 0.15 ms.
"""

from __future__ import annotations

import ctypes
import re
import threading
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import cache, lru_cache

from funaudio_core.engines.kokoro.symbols import MARKS, STRESS, known

# Language (or accent) of ours -> voice name of eSpeak NG. Its plain "en" is British, its "es" Castilian.
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
_TIE = "^"  # joins the letters of one phoneme; asked for so that "t^ʃ" and "tʃ" can be told apart
_IPA_WITH_TIE = 0x02 | 0x80 | ord(_TIE) << 8  # phoneme mode of espeak_TextToPhonemes
_FLAG = re.compile(r"\([a-z^-]+\)")  # "(en)": eSpeak NG says that it changed language for a word

# What Kokoro was trained on: one letter for a diphthong or affricate (misaki by hexgrad, Apache-2.0, EspeakG2P).
_COMMON = (
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
    ("r.", "ɽ"),  # eSpeak NG's own spelling of the Hindi flap; its full stop would be read as a pause
)
# The same for English (misaki, EspeakFallback): no length marks in American, syllabic l and n, taps.
_ENGLISH = (
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
_AMERICAN = (("ɜː^ɹ", "ɜɹ"), ("ɜːɹ", "ɜɹ"), ("ɜː", "ɜɹ"), ("ɪə", "iə"), ("ː", ""))
_BRITISH = (("e^ə", "ɛː"), ("iə", "ɪə"), ("i^ə", "ɪə"))
_TAPS = (("o", "ɔ"), ("ɾ", "T"), ("ʔ", "t"))


def clause(words: list[str], language: str) -> list[str]:
    """Phonemes of each word as spoken in the clause `words` (no punctuation between them), in order.

    language: a key of _VOICES. An item ends with a space unless eSpeak NG runs it into the next word ("on the");
    joined, the items are the clause. A word that it does not speak gives "".
    """
    whole = _phonemes(" ".join(words), language)
    groups = whole.split()
    if len(groups) == len(words):
        return [group + " " for group in groups]
    apart = [_phonemes(word, language) for word in words]
    return _divide(whole, apart)


def _divide(whole: str, apart: list[str]) -> list[str]:
    """Cut the phonemes of a clause where its words, phonemized one by one, say that they end.

    Needed where the counts differ: numbers become several words, short words merge.
    """
    places = [i for i, symbol in enumerate(whole) if symbol not in STRESS + " "]
    bare = "".join(whole[i] for i in places)
    alone = ["".join(symbol for symbol in word if symbol not in STRESS + " ") for word in apart]
    spaces = {sum(place < i for place in places) for i, symbol in enumerate(whole) if symbol == " "}
    blocks = SequenceMatcher(None, "".join(alone), bare, autojunk=False).get_matching_blocks()
    cuts = [0]
    position = 0
    for word in alone[:-1]:
        position += len(word)
        cuts.append(max(cuts[-1], _carried(position, blocks, spaces)) if word else cuts[-1])
    cuts.append(len(bare))
    ends = [_before_stress(whole, places[cut]) if cut < len(bare) else len(whole) for cut in cuts]
    pieces = [whole[start:end] for start, end in zip([0, *ends[1:-1]], ends[1:], strict=True)]
    return [
        piece.strip() + " " if piece.endswith(" ") or i == len(pieces) - 1 else piece.strip()
        for i, piece in enumerate(pieces)
    ]


def _carried(position: int, blocks: Sequence[tuple[int, int, int]], spaces: set[int]) -> int:
    """Where `position` of the first string lies in the second: exact inside a match, else at the nearest space."""
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


def _before_stress(whole: str, place: int) -> int:
    while place > 0 and whole[place - 1] in STRESS:
        place -= 1
    return place


@lru_cache(maxsize=4096)
def _phonemes(text: str, language: str) -> str:
    """One clause in Kokoro's spelling, words separated by single spaces."""
    raw = " ".join(_call(text, _VOICES[language]))
    spelled = _FLAG.sub("", raw).replace("-", "")
    for old, new in _rules(language):
        spelled = spelled.replace(old, new)
    if language.startswith("en"):
        spelled = re.sub("(\\S)\u0329", "ᵊ\\1", spelled)  # a syllabic consonant
    sounds = "".join(symbol for symbol in known(spelled) if symbol not in MARKS)
    return " ".join(sounds.split())


@cache
def _rules(language: str) -> tuple[tuple[str, str], ...]:
    if language == "en-us":
        return (*_COMMON, *_ENGLISH, *_AMERICAN, *_TAPS, ("e", "A"))
    if language == "en-gb":
        return (*_BRITISH, *_COMMON, *_ENGLISH, *_TAPS, ("e", "A"))
    return _COMMON


_lock = threading.Lock()


@cache
def _library() -> ctypes.CDLL:
    import espeakng_loader

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    library.espeak_TextToPhonemes.restype = ctypes.c_char_p
    library.espeak_TextToPhonemes.argtypes = [ctypes.POINTER(ctypes.c_char_p), ctypes.c_int, ctypes.c_int]
    data = str(espeakng_loader.get_data_path()).encode()
    if library.espeak_Initialize(_SYNCHRONOUS, 0, data, 0) < 0:
        raise OSError(f"eSpeak NG could not read its data in {data.decode()}.")
    return library


def _call(text: str, voice: str) -> list[str]:
    with _lock:
        library = _library()
        if library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise OSError(f"eSpeak NG has no voice {voice!r}.")
        rest = ctypes.c_char_p(text.encode())
        clauses = []
        while rest.value is not None:  # it stops at each clause it sees, and sets the pointer to null at the end
            found = library.espeak_TextToPhonemes(ctypes.byref(rest), _UTF8, _IPA_WITH_TIE)
            clauses.append(found.decode() if found else "")
    return clauses
