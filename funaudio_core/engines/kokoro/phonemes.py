"""Written text to words with phonemes, whatever scripts are mixed in it. Knows no tokens' durations and no sound."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from funaudio_core.engines.kokoro import g2p_espeak, g2p_japanese, g2p_mandarin
from funaudio_core.engines.kokoro.phonemized import Builder, PhonemizedWord, is_opening
from funaudio_core.languages import is_spaced

LANGUAGES = frozenset(("en", "zh", "ja", "es", "fr", "it", "pt", "hi"))
AMERICAN, BRITISH = "en-us", "en-gb"

_LETTER = "A-Za-zÀ-ɏＡ-Ｚａ-ｚ"
_LATIN_WORD = rf"[{_LETTER}](?:[{_LETTER}0-9'’&@+.-]*[{_LETTER}0-9+])?"
_LATIN = rf"{_LATIN_WORD}(?: +{_LATIN_WORD})*"
_CJK = f"[{g2p_japanese.KANA}{g2p_mandarin.HAN}]+"
_DEVANAGARI = "[\u0900-\u0963\u0966-\u097f]+(?: +[\u0900-\u0963\u0966-\u097f]+)*"
# What is foreign to a language, and is read in another one. Latin letters are English where they are guests.
_FOREIGN = {
    "zh": re.compile(f"{_LATIN}|[{g2p_japanese.KANA}]+|{_DEVANAGARI}"),
    "ja": re.compile(f"{_LATIN}|{_DEVANAGARI}"),
    "hi": re.compile(f"{_LATIN}|{_CJK}"),
}
_FOREIGN_TO_LATIN = re.compile(f"{_CJK}|{_DEVANAGARI}")
_KEPT_IN_WORDS = "%°$€£₹¥+&@#℃"  # symbols that are read aloud, so no punctuation
_DOTS = re.compile(r"\.{2,}|。{2,}|…+")
_DASH = re.compile(r"\s*(?:[—―]+|--+)\s*|\s+[-–]\s+")
_MONEY = re.compile(r"([$£€])(\d[\d,]*)(?:\.(\d\d))?(?![\d.]*\d)")
_CURRENCIES = {"$": "dollars", "£": "pounds", "€": "euros"}


def units(text: str, language: str, accent: str = AMERICAN) -> list[PhonemizedWord]:
    """The words of a sentence, in order, with phonemes; empty where nothing in it can be read aloud.

    language: one of LANGUAGES. accent: AMERICAN or BRITISH, for whatever is English in it.
    The texts, joined with spaces (without, for zh and ja), are the sentence.
    """
    spaced = is_spaced(language)
    builder = Builder(" " if spaced else "")
    text = _DASH.sub(" — ", _DOTS.sub("… ", text)) if spaced else _DOTS.sub("…", text)
    for run, spoken in _runs(text, language):
        if spoken == "zh":
            _characters(builder, g2p_mandarin.words(run))
        elif spoken == "ja":
            _characters(builder, g2p_japanese.words(run))
        else:
            _spaced(builder, run, accent if spoken == "en" else spoken)
    return builder.units()


def _runs(text: str, language: str) -> Iterator[tuple[str, str]]:
    """The text in parts of one language each: (part, language)."""
    position = 0
    for match in _FOREIGN.get(language, _FOREIGN_TO_LATIN).finditer(text):
        if match.start() > position:
            yield text[position : match.start()], language
        yield match.group(), _guest(match.group())
        position = match.end()
    if position < len(text):
        yield text[position:], language


def _guest(run: str) -> str:
    """The language in which a run of foreign script is read."""
    if re.match(f"[{_LETTER}]", run):
        return "en"
    if re.match(_DEVANAGARI, run):
        return "hi"
    return "ja" if re.search(f"[{g2p_japanese.KANA}]", run) else "zh"


def _characters(builder: Builder, words: list[tuple[str, str]]) -> None:
    for written, sound in words:
        if sound or unicodedata.category(written[0])[0] in "LNM":
            builder.word(written, sound)
        elif is_opening(written):
            builder.opening(written)
        elif not written.isspace():
            builder.closing(written)


def _spaced(builder: Builder, text: str, language: str) -> None:
    """Words with spaces between them, phonemized clause by clause so that neighbours can change each other."""
    clause: list[str] = []
    tokens = text.split()
    for i, token in enumerate(tokens):
        opening, core, closing = _peeled(token)
        if opening:
            _flush(builder, clause, language)
            builder.opening(opening, apart=not core)
        if core:
            clause.append(core)
        if closing:
            _flush(builder, clause, language)
        for k, char in enumerate(closing):
            # sentences end at the end of the text; a full stop before that ends an abbreviation
            silent = char == "." and i < len(tokens) - 1
            builder.closing(char, silent=silent, apart=not core and k == 0 and (i > 0 or text[0].isspace()))
    _flush(builder, clause, language)


def _flush(builder: Builder, clause: list[str], language: str) -> None:
    if not clause:
        return
    spoken = [_spoken(word, language) for word in clause]
    for word, sound in zip(clause, g2p_espeak.clause(spoken, language), strict=True):
        builder.word(word, sound)
    clause.clear()


def _spoken(word: str, language: str) -> str:
    """A written word as eSpeak NG reads it best; always one string without spaces at its ends."""
    word = unicodedata.normalize("NFKC", word).replace("’", "'")
    if language in (AMERICAN, BRITISH):
        word = _MONEY.sub(lambda m: f"{m[2]} {_CURRENCIES[m[1]]}" + (f" {m[3]}" if m[3] else ""), word)
    return word


def _peeled(token: str) -> tuple[str, str, str]:
    """(opening punctuation, word, closing punctuation) of a token without spaces."""
    inside = [i for i, char in enumerate(token) if char in _KEPT_IN_WORDS or unicodedata.category(char)[0] in "LNM"]
    if not inside:
        return (token, "", "") if is_opening(token[-1]) else ("", "", token)
    start, end = inside[0], inside[-1] + 1
    if start and token[start - 1] in "-−" and token[start].isdigit():
        start -= 1
    return token[:start], token[start:end], token[end:]
