"""Conversion of text, also in mixed scripts, to words with phonemes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from funaudio_core.engines.kokoro import g2p_espeak, g2p_japanese, g2p_mandarin
from funaudio_core.engines.kokoro.phonemized import PhonemizedWord, SentenceBuilder, is_opening
from funaudio_core.languages import is_spaced

LANGUAGES = frozenset(("en", "zh", "ja", "es", "fr", "it", "pt", "hi"))
AMERICAN, BRITISH = "en-us", "en-gb"

_LETTER = "A-Za-zÀ-ɏＡ-Ｚａ-ｚ"
_LATIN_WORD = rf"[{_LETTER}](?:[{_LETTER}0-9'’&@+.-]*[{_LETTER}0-9+])?"
_LATIN = rf"{_LATIN_WORD}(?: +{_LATIN_WORD})*"
_CJK = f"[{g2p_japanese.KANA}{g2p_mandarin.HAN}]+"
_DEVANAGARI = "[\u0900-\u0963\u0966-\u097f]+(?: +[\u0900-\u0963\u0966-\u097f]+)*"
# Text in a foreign script is read in another language; Latin letters are read as English.
_FOREIGN = {
    "zh": re.compile(f"{_LATIN}|[{g2p_japanese.KANA}]+|{_DEVANAGARI}"),
    "ja": re.compile(f"{_LATIN}|{_DEVANAGARI}"),
    "hi": re.compile(f"{_LATIN}|{_CJK}"),
}
_FOREIGN_TO_LATIN = re.compile(f"{_CJK}|{_DEVANAGARI}")
_SPOKEN_SYMBOLS = "%°$€£₹¥+&@#℃"  # read aloud, so not punctuation
_DOTS = re.compile(r"\.{2,}|。{2,}|…+")
_DASH = re.compile(r"\s*(?:[—―]+|--+)\s*|\s+[-–]\s+")
_MONEY = re.compile(r"([$£€])(\d[\d,]*)(?:\.(\d\d))?(?![\d.]*\d)")
_CURRENCIES = {"$": "dollars", "£": "pounds", "€": "euros"}


def phonemize(text: str, language: str, accent: str = AMERICAN) -> list[PhonemizedWord]:
    """Convert a sentence to words with phonemes.

    Args:
        text: The sentence.
        language: One of LANGUAGES.
        accent: AMERICAN or BRITISH, for the English words in it.

    Returns:
        The words in order, empty if nothing can be read aloud. Their texts, joined with spaces (without, for zh and
        ja), are the sentence.
    """
    spaced = is_spaced(language)
    builder = SentenceBuilder(" " if spaced else "")
    text = _DASH.sub(" — ", _DOTS.sub("… ", text)) if spaced else _DOTS.sub("…", text)
    for run, run_language in _split_languages(text, language):
        if run_language == "zh":
            _add_unspaced_words(builder, g2p_mandarin.phonemize_words(run))
        elif run_language == "ja":
            _add_unspaced_words(builder, g2p_japanese.phonemize_words(run))
        else:
            _add_spaced_words(builder, run, accent if run_language == "en" else run_language)
    return builder.build()


def _split_languages(text: str, language: str) -> Iterator[tuple[str, str]]:
    """Yield the text in runs of one language each, as (run, language)."""
    position = 0
    for match in _FOREIGN.get(language, _FOREIGN_TO_LATIN).finditer(text):
        if match.start() > position:
            yield text[position : match.start()], language
        yield match.group(), _foreign_language(match.group())
        position = match.end()
    if position < len(text):
        yield text[position:], language


def _foreign_language(run: str) -> str:
    """Return the language in which a run of foreign script is read."""
    if re.match(f"[{_LETTER}]", run):
        return "en"
    if re.match(_DEVANAGARI, run):
        return "hi"
    return "ja" if re.search(f"[{g2p_japanese.KANA}]", run) else "zh"


def _add_unspaced_words(builder: SentenceBuilder, words: list[tuple[str, str]]) -> None:
    for written, phonemes in words:
        if phonemes or unicodedata.category(written[0])[0] in "LNM":
            builder.add_word(written, phonemes)
        elif is_opening(written):
            builder.add_opening(written)
        elif not written.isspace():
            builder.add_closing(written)


def _add_spaced_words(builder: SentenceBuilder, text: str, language: str) -> None:
    """Add words separated by spaces, phonemized clause by clause because neighbours change each other."""
    clause: list[str] = []
    tokens = text.split()
    for i, token in enumerate(tokens):
        opening, core, closing = _split_punctuation(token)
        if opening:
            _flush_clause(builder, clause, language)
            builder.add_opening(opening, has_space=not core)
        if core:
            clause.append(core)
        if closing:
            _flush_clause(builder, clause, language)
        for k, char in enumerate(closing):
            # sentences end at the end of the text; a full stop before that ends an abbreviation
            is_silent = char == "." and i < len(tokens) - 1
            has_space = not core and k == 0 and (i > 0 or text[0].isspace())
            builder.add_closing(char, is_silent=is_silent, has_space=has_space)
    _flush_clause(builder, clause, language)


def _flush_clause(builder: SentenceBuilder, clause: list[str], language: str) -> None:
    """Phonemize and add the words of a clause, and empty the list."""
    if not clause:
        return
    normalized = [_normalize_word(word, language) for word in clause]
    for word, phonemes in zip(clause, g2p_espeak.phonemize_clause(normalized, language), strict=True):
        builder.add_word(word, phonemes)
    clause.clear()


def _normalize_word(word: str, language: str) -> str:
    """Return a written word as eSpeak NG reads it best, without spaces at its ends."""
    word = unicodedata.normalize("NFKC", word).replace("’", "'")
    if language in (AMERICAN, BRITISH):
        word = _MONEY.sub(lambda m: f"{m[2]} {_CURRENCIES[m[1]]}" + (f" {m[3]}" if m[3] else ""), word)
    return word


def _split_punctuation(token: str) -> tuple[str, str, str]:
    """Split a token without spaces into opening punctuation, word and closing punctuation."""
    inside = [i for i, char in enumerate(token) if char in _SPOKEN_SYMBOLS or unicodedata.category(char)[0] in "LNM"]
    if not inside:
        return (token, "", "") if is_opening(token[-1]) else ("", "", token)
    start, end = inside[0], inside[-1] + 1
    if start and token[start - 1] in "-−" and token[start].isdigit():
        start -= 1
    return token[:start], token[start:end], token[end:]
