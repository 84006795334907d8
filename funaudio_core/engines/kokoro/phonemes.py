"""Conversion of text, also in mixed scripts, to words with phonemes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from funaudio_core import languages
from funaudio_core.engines.kokoro import g2p_espeak, g2p_japanese, g2p_mandarin
from funaudio_core.engines.kokoro.given_words import GivenWords, normalize_word, spoken_text
from funaudio_core.engines.kokoro.phonemized import PhonemizedWord, SentenceBuilder, is_opening
from funaudio_core.text.speech_markup import Override
from funaudio_core.text.spoken_form.aligned import AlignedText, rule

LANGUAGES = frozenset(("en", "zh", "ja", "es", "fr", "it", "pt", "hi"))
AMERICAN, BRITISH = "en-us", "en-gb"
_WORDS_WITH_A_VOWEL = {"fr": "amande", "it": "amico", "es": "amigo", "pt": "amigo"}  # at the beginning

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
_DOTS = r"\.{2,}|。{2,}|…+"
_PAUSE_RULES = {  # by languages.is_spaced
    True: (
        rule(_DOTS, "… ", pads=False),
        rule(r"\s*(?:[—―]+|--+)\s*|\s+[-–]\s+", " — ", pads=False),
    ),
    False: (rule(_DOTS, "…", pads=False),),
}


def phonemize(
    text: str, language: str, accent: str = AMERICAN, overrides: tuple[Override, ...] = ()
) -> list[PhonemizedWord]:
    """Convert a sentence to words with phonemes.

    Args:
        text: The sentence as written, with markers of overrides.
        language: One of LANGUAGES.
        accent: AMERICAN or BRITISH, for the English words in it.
        overrides: How the marked parts are said, see speech_markup.

    Returns:
        The words in order, empty if nothing can be read aloud. Their texts, joined with spaces (without, for zh and
        ja), are the sentence; what is written as one but spoken as several words, such as "$5 million", is one word.
    """
    spoken, given = spoken_text(text, language, overrides)
    for step in _PAUSE_RULES[languages.is_spaced(language)]:
        spoken.apply(step)
    builder = SentenceBuilder(" " if languages.is_spaced(language) else "")
    for part in given.split(spoken.text, language):
        if word := given.find(part):
            builder.add_word(part, f"{word.phonemes} ")
            continue
        for run, run_language in _split_languages(part, language):
            _add_run(builder, run, run_language, accent, given)
    return _label_as_written(builder.build(), spoken)


def load_dictionaries() -> None:
    """Load the dictionaries of all languages, which takes two seconds and 240 MB, most for Chinese and Japanese."""
    for language in sorted(LANGUAGES):
        phonemize(f"{languages.LANGUAGES[language].sample} 12", language)


def _label_as_written(words: list[PhonemizedWord], spoken: AlignedText) -> list[PhonemizedWord]:
    """Return the words with their texts as written; words that are written together are joined."""
    joined: list[PhonemizedWord] = []
    origins: list[tuple[int, int]] = []
    position = 0
    for word in words:
        start, position = _find_word(word.text, spoken.text, position)
        if start == position:
            continue
        origin = spoken.origin(start, position)
        if joined and origin[0] < origins[-1][1]:
            last = joined[-1]
            sounds = f"{last.phonemes}{last.suffix}{word.phonemes}"
            joined[-1] = PhonemizedWord("", sounds, word.suffix)
            origins[-1] = (origins[-1][0], max(origins[-1][1], origin[1]))
        else:
            joined.append(word)
            origins.append(origin)
    starts = [0, *(start for start, _ in origins[1:]), len(spoken.written)]
    return [
        replace(word, text=spoken.written[start:end].strip())
        for word, start, end in zip(joined, starts, starts[1:], strict=False)
    ]


def _find_word(word: str, text: str, position: int) -> tuple[int, int]:
    """Return the span of a word in the text from `position` on; white space is ignored."""
    while position < len(text) and text[position].isspace():
        position += 1
    start = position
    for char in word:
        if char.isspace():
            continue
        while position < len(text) and text[position].isspace():
            position += 1
        position += 1
    return start, min(position, len(text))


def _add_run(builder: SentenceBuilder, run: str, language: str, accent: str, given: GivenWords) -> None:
    """Add the words of a run in one language."""
    if language == "zh":
        _add_unspaced_words(builder, g2p_mandarin.phonemize_words(run))
    elif language == "ja":
        _add_unspaced_words(builder, g2p_japanese.phonemize_words(run))
    else:
        _add_spaced_words(builder, run, accent if language == "en" else language, given)


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


def _add_spaced_words(builder: SentenceBuilder, text: str, language: str, given: GivenWords) -> None:
    """Add words separated by spaces, phonemized clause by clause because neighbours change each other."""
    clause: list[str] = []
    tokens = text.split()
    for i, token in enumerate(tokens):
        opening, core, closing = _split_punctuation(token)
        if opening:
            _flush_clause(builder, clause, language, given)
            builder.add_opening(opening, has_space=not core)
        if core:
            clause.append(core)
        if closing:
            _flush_clause(builder, clause, language, given)
        for k, char in enumerate(closing):
            # sentences end at the end of the text; a full stop before that ends an abbreviation
            is_silent = char == "." and i < len(tokens) - 1
            has_space = not core and k == 0 and (i > 0 or text[0].isspace())
            builder.add_closing(char, is_silent=is_silent, has_space=has_space)
    _flush_clause(builder, clause, language, given)


def _flush_clause(builder: SentenceBuilder, clause: list[str], language: str, given: GivenWords) -> None:
    """Phonemize and add the words of a clause, and empty the list."""
    if not clause:
        return
    known = [given.find(word) for word in clause]
    spoken = [each.spoken if each else normalize_word(word) for word, each in zip(clause, known, strict=True)]
    pieces = [each.split() or [each] for each in spoken]  # "New York" may be given as one word
    flat = [piece for each in pieces for piece in each]
    if language in (AMERICAN, BRITISH):
        flat = _name_letter_a(flat)
    sounds = iter(g2p_espeak.phonemize_clause(flat, language))
    for word, each, count in zip(clause, known, map(len, pieces), strict=True):
        sound = "".join(islice(sounds, count))
        builder.add_word(word, f"{_elided_sound(each.elided, language)}{each.phonemes} " if each else sound)
    clause.clear()


def _elided_sound(elided: str, language: str) -> str:
    """Return the sound of an elided word, such as "d'", in front of a vowel; "" for ""."""
    if not elided:
        return ""
    word = _WORDS_WITH_A_VOWEL.get(language, "apple")
    joined, alone, word_alone = (
        g2p_espeak.phonemize_clause([each], language)[0] for each in (elided + word, elided, word)
    )
    return joined.removesuffix(word_alone) if joined.endswith(word_alone) else alone.rstrip()


def _name_letter_a(words: list[str]) -> list[str]:
    """Respell "A" beside another single letter, where eSpeak NG would read the article."""

    def is_letter(index: int) -> bool:
        return 0 <= index < len(words) and len(words[index]) == 1 and "B" <= words[index] <= "Z" and words[index] != "I"

    near = [is_letter(i - 1) or is_letter(i + 1) for i in range(len(words))]
    for i, word in enumerate(words):  # "F A A": letters spread from one to the next
        if i and word == "A" and words[i - 1] == "A" and near[i - 1]:
            near[i] = True
    return ["eigh" if word == "A" and beside else word for word, beside in zip(words, near, strict=True)]


def _split_punctuation(token: str) -> tuple[str, str, str]:
    """Split a token without spaces into opening punctuation, word and closing punctuation."""
    inside = [i for i, char in enumerate(token) if char in _SPOKEN_SYMBOLS or _is_spoken(char)]
    if not inside:
        return (token, "", "") if is_opening(token[-1]) else ("", "", token)
    start, end = inside[0], inside[-1] + 1
    if start and token[start - 1] in "-−" and token[start].isdigit():
        start -= 1
    return token[:start], token[start:end], token[end:]


def _is_spoken(char: str) -> bool:
    """Return whether a character is a letter, a digit or a mark, or stands for words."""
    category = unicodedata.category(char)
    return category[0] in "LNM" or category == "Co"
