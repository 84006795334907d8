"""Words in a sentence whose phonemes are given, such as rows of the pronunciation table.

A private character stands for each of them, until the words around it have been phonemized beside its written form.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from funaudio_core import languages
from funaudio_core.engines.kokoro import symbols
from funaudio_core.text import speech_markup
from funaudio_core.text.speech_markup import Override
from funaudio_core.text.spoken_form import rewrite
from funaudio_core.text.spoken_form.aligned import AlignedText

_FIRST = 0xE000
_CHARACTER = re.compile("[\ue000-\uf8ff]")
# Between spaces or punctuation, alone or after an elided word ("d'"); in English also with the ending of a possessive.
_ALONE = r"""(?<![^\s"“‘'(\[—])(?<!\w['’])(?:\w+['’])?([\ue000-\uf8ff])%s(?!['’]\w)(?![^\s.,;:!?…"”’')\]—])"""
_WORD, _ENGLISH_WORD = re.compile(_ALONE % ""), re.compile(_ALONE % "(?:['’]s)?")
_ELIDED_CHARACTER_ENDING = re.compile(r"((?:\w+['’])?)([\ue000-\uf8ff])((?:['’]s)?)")
_SIBILANTS, _VOICELESS = "szʃʒʧʤ", "ptkfθ"  # last sounds of a word before "'s", symbols of Kokoro


class GivenWord(NamedTuple):
    """Word with given phonemes.

    Attributes:
        spoken: The word as it would be spoken otherwise, beside which its neighbours are phonemized.
        phonemes: Its phonemes, symbols of Kokoro.
        elided: Elided word that is joined with it, such as "d'"; `spoken` begins with it, `phonemes` don't.
    """

    spoken: str
    phonemes: str
    elided: str = ""

    def with_ending(self, ending: str) -> GivenWord:
        """Return the word with "'s", or as it is if the ending is ""."""
        last = self.phonemes[-1:]
        if not ending or not last:
            return self
        sound = "ᵻz" if last in _SIBILANTS else "s" if last in _VOICELESS else "z"
        return GivenWord(self.spoken + ending, self.phonemes + sound)


class GivenWords:
    """Words with given phonemes of one sentence, by the private characters that stand for them."""

    def __init__(self, words: dict[str, GivenWord]) -> None:
        """Keep the words."""
        self._words = words

    def find(self, word: str) -> GivenWord | None:
        """Return the word that a private character stands for, with or without "d'" or "'s"; None for other words."""
        match = _ELIDED_CHARACTER_ENDING.fullmatch(word)
        if match is None:
            return None
        found = self._words[match[2]].with_ending(match[3])
        elided = normalize_word(match[1])
        return found._replace(spoken=elided + found.spoken, elided=elided)

    def split(self, text: str, language: str) -> Iterator[str]:
        """Yield the text in parts, each without a private character or nothing but one.

        In languages with spaces, characters that are words of their own stay in their parts, since the words beside
        them depend on their neighbours.
        """
        word = _ENGLISH_WORD if language == "en" else _WORD
        kept = {match.start(1) for match in word.finditer(text)} if languages.is_spaced(language) else set()
        position = 0
        for match in _CHARACTER.finditer(text):
            if match.start() not in kept:
                yield from filter(None, (text[position : match.start()], match.group()))
                position = match.end()
        if position < len(text):
            yield text[position:]


class _Place(NamedTuple):
    """Place of words for which it is given how they are said.

    Attributes:
        start: Index of their first character in the text as written.
        end: Index behind their last character.
        override: How they are said.
        character: Private character that stands for them if phonemes are given.
    """

    start: int
    end: int
    override: Override
    character: str

    def replacement(self, text: str) -> str:
        """Return what takes the place of the words; a capital stays one, for rules such as that of "Dr."."""
        if self.override.ipa:
            return self.character
        spoken = _CHARACTER.sub("", self.override.spoken)
        return spoken[:1].upper() + spoken[1:] if text[self.start].isupper() else spoken


def spoken_text(text: str, language: str, overrides: tuple[Override, ...]) -> tuple[AlignedText, GivenWords]:
    """Return a sentence as it is spoken, and the words in it whose phonemes are given.

    They get their private characters once the rules have read them beside their neighbours ("Dr. Lee"), or before if a
    rule would join them with a neighbour ("$5 million").

    Args:
        text: The sentence as written, with markers of overrides.
        language: Language of the sentence.
        overrides: How the marked parts are said, see speech_markup.
    """
    parts = [(_CHARACTER.sub("", part), override) for part, override in speech_markup.split_overrides(text, overrides)]
    written = "".join(part for part, _ in parts)
    ends = accumulate(len(part) for part, _ in parts)
    given = [
        _Place(end - len(part), end, override, chr(_FIRST + number))
        for number, ((part, override), end) in enumerate(zip(parts, ends, strict=True))
        if override is not None and part
    ]
    early = {place for place in given if not place.override.ipa}
    while True:
        aligned = AlignedText(written)
        for place in reversed(given):
            if place in early:
                aligned.replace_span(place.start, place.end, place.replacement(aligned.text))
        rewrite(aligned, language)
        spans = {place: aligned.find(place.start, place.end) for place in given if place not in early}
        joined = {place for place, span in spans.items() if span is None}
        if not joined:
            break
        early |= joined
    words = {
        place.character: GivenWord(
            normalize_word(written[place.start : place.end]), symbols.from_ipa(place.override.ipa)
        )
        for place in given
    }
    for place, span in reversed(spans.items()):
        assert span is not None
        words[place.character] = words[place.character]._replace(spoken=aligned.text[slice(*span)])
        aligned.replace_span(*span, place.character)
    return aligned, GivenWords(words)


def normalize_word(word: str) -> str:
    """Return a written word as eSpeak NG reads it best, without spaces at its ends."""
    return unicodedata.normalize("NFKC", word).replace("’", "'")
