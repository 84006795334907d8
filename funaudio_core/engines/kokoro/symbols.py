"""Phoneme symbols of Kokoro-82M and their token ids."""

from __future__ import annotations

# (first id, symbols with consecutive ids), from the "vocab" of config.json, hexgrad/Kokoro-82M
_RUNS = (
    (1, ";:,.!?"),
    (9, '—…"()“” \u0303ʣʥʦʨᵝꭧAI'),  # \u0303: combining tilde, nasal vowels
    (31, "O"),
    (33, "Q"),
    (35, "ST"),
    (39, "W"),
    (41, "Yᵊabcdef"),
    (50, "hijklmnopqrstuvwxyzɑɐɒæ"),
    (75, "βɔɕç"),
    (80, "ɖðʤə"),
    (85, "ɚɛɜ"),
    (90, "ɟ"),
    (92, "ɡ"),
    (99, "ɥ"),
    (101, "ɨɪʝ"),
    (110, "ɯɰŋɳɲɴø"),
    (118, "ɸθœ"),
    (123, "ɹ"),
    (125, "ɾɻ"),
    (128, "ʁɽʂʃʈʧ"),
    (135, "ʊʋ"),
    (138, "ʌɣɤ"),
    (142, "χʎ"),
    (147, "ʒʔ"),
    (156, "ˈˌː"),
    (162, "ʰ"),
    (164, "ʲ"),
    (169, "↓"),
    (171, "→↗↘"),  # tones of Mandarin, with ↓
    (177, "ᵻ"),
)
SYMBOL_IDS: dict[str, int] = {symbol: first + i for first, run in _RUNS for i, symbol in enumerate(run)}
PUNCTUATION = ';:,.!?—…"()“”'  # marks that the model reads as pauses and intonation
PAUSE_MARKS = ";:,.!?—…"  # the punctuation that makes a pause
STRESS_MARKS = "ˈˌ"


def drop_unknown(phonemes: str) -> str:
    """Return the phonemes without symbols that have no token id."""
    return "".join(symbol for symbol in phonemes if symbol in SYMBOL_IDS)


# IPA, also with tie bars, -> the letters that Kokoro was trained on.
_FROM_IPA = (
    ("\u0361", ""),
    ("g", "ɡ"),
    ("tʃ", "ʧ"),
    ("dʒ", "ʤ"),
    ("eɪ", "A"),
    ("aɪ", "I"),
    ("aʊ", "W"),
    ("ɔɪ", "Y"),
    ("oʊ", "O"),
    ("əʊ", "Q"),
    ("ɝ", "ɜɹ"),
    ("ɚ", "əɹ"),
    ("r", "ɹ"),
    ("'", "ˈ"),
)


def from_ipa(ipa: str) -> str:
    """Return IPA in Kokoro's symbols; what it has no symbol for is left out."""
    for old, new in _FROM_IPA:
        ipa = ipa.replace(old, new)
    return " ".join(drop_unknown(ipa.replace(".", "")).split())
