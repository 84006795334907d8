"""Abbreviations whose dot ends no sentence."""

from __future__ import annotations

import re

# Never at the end of a sentence: what they belong to follows.
_TITLES = frozenset(
    "mr mrs ms dr prof st vs e.g i.e jr sr sra srta ud uds dra mme mlle sig dott"  # in all languages
    " mt ft rev gen capt lt sgt cmdr gov sen hon maj messrs"  # English
    " dña lic ing gral sto sta avda av ee ej profa"  # Spanish, Portuguese
    " mm mgr mmes mlles c.-à-d"  # French
    " avv arch geom mons sigg"  # Italian
    " exmo exma eng pe dep pça"  # Portuguese
    " डॉ डा श्री प्रो पं स्व".split()
)
_BEFORE_NUMBERS = frozenset(
    "no nos fig figs approx p pp art vol ch sec eq pg rm ste ep op nr n nn núm pág págs pag pagg cap chap tel"
    " t s séc jan feb mar apr jun jul aug sep sept oct nov dec janv févr fév avr juil déc ene abr ago dic fev"
    " set out dez gen mag giu lug ott नं रु रू".split()
)
# At the end of a sentence only before a capital letter or at the end of the text.
_BEFORE_SMALL_LETTERS = frozenset(
    "etc al approx est dept inc ltd corp co cf ca avg max min misc assn govt bros ext incl excl resp univ ave"
    " blvd rd hwy apt aprox máx mín cía dpto tfno depto obs ltda cia apto ecc es ex env tél apr av ed éd cfr"
    " esp jan feb aug sept oct nov dec fig sq cu".split()
)
_HALF_DAYS = frozenset(("a.m", "p.m"))
_AFTER_HALF_DAY = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july"
    " august september october november december est edt et cst cdt ct mst mdt mt pst pdt pt gmt utc bst cet"
    " cest ist".split()
)
_SENTENCE_STARTERS = frozenset(
    "the he she it we they i you but and in this that a an his her their our my there these those if when what"
    " who how why so however on at for as since after before no yes one now then is are was el la los las un"
    " una en y pero se es por su este esta si con como para le les il elle ils elles et mais dans ce cette une"
    " nous vous je lo gli ma per questo questa non e o os um uma em mas ele ela nós".split()
)
_MAX_LENGTH = 20  # characters searched before a dot
_WORD_BEFORE = re.compile(r"[^\s(\[{\"'“«¿¡–—]+$")
_FOLLOWING = re.compile(r"[\s\"'“‘«(]*(?P<char>\S)(?P<word>[^\W\d_]*)")
_ROMAN = re.compile(r"\s+(?:[IVXLC]{2,}|[VX])\b")
_SPACED_HALF = re.compile(r"\.\s?[mMC]\.")  # "10 a. m.", "44 a. C."


def is_abbreviation(text: str, dot: int) -> bool:
    """Return whether the mark at index `dot` is the dot of an abbreviation that ends no sentence."""
    if text[dot] != ".":
        return False
    word = _WORD_BEFORE.search(text[max(0, dot - _MAX_LENGTH) : dot])
    if word is None:
        return False
    last = word.group().lower()
    if last in _TITLES:
        return True
    match = _FOLLOWING.match(text, dot + 1)
    following = match["char"] if match else ""
    if last in _BEFORE_NUMBERS and (following.isdigit() or _ROMAN.match(text, dot + 1)):
        return True
    if len(last) == 1:
        # "J. Smith": the dot is part of the name; "a", "i", "o" and "u" are words
        return last.isalpha() and (last not in "aiou" or _SPACED_HALF.match(text, dot) is not None)
    is_continued = following.islower() or following.isdigit()
    next_word = (following + match["word"]).lower() if match else ""
    if last in _BEFORE_SMALL_LETTERS:
        return following.islower()
    if last in _HALF_DAYS:
        return is_continued or next_word in _AFTER_HALF_DAY
    if last == "uu" or _is_dotted(last):
        return is_continued or (following.isupper() and next_word not in _SENTENCE_STARTERS)
    return False


def _is_dotted(word: str) -> bool:
    """Return whether a word has dots between short parts, as in "u.s" and "ph.d"."""
    parts = word.split(".")
    return len(parts) > 1 and all(0 < len(part) <= 2 and part.isalpha() for part in parts)
