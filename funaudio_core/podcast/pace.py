"""Time that words take to be spoken."""

from __future__ import annotations

from funaudio_core.languages import LANGUAGES

WORDS_PER_SECOND = 3.2  # English of Kokoro with the gaps between sentences: `python -m bench.shows.podcast speed`
CHARACTERS_PER_SECOND = 4.3  # Chinese


def is_spaced(language: str) -> bool:
    """Return whether a language puts spaces between words; True for one that isn't in the table."""
    return language not in LANGUAGES or LANGUAGES[language].spaced


def count_words(text: str, language: str) -> int:
    """Return the number of words of a text; in a script without spaces, of its characters."""
    if is_spaced(language):
        return len(text.split())
    return sum(char.isalnum() for char in text)


def spoken_seconds(text: str, language: str) -> float:
    """Return about how many seconds a text takes to be spoken."""
    return count_words(text, language) / words_per_second(language)


def words_per_second(language: str) -> float:
    """Return about how many words, see count_words(), are spoken in a second."""
    return WORDS_PER_SECOND if is_spaced(language) else CHARACTERS_PER_SECOND
