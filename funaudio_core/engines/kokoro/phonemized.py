"""Words with their phonemes, and their division into groups that fit the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from funaudio_core.engines.kokoro.symbols import PAUSE_MARKS, SYMBOL_IDS, drop_unknown

# Written punctuation -> mark of Kokoro; other punctuation has none.
_MARKS = {
    **dict.fromkeys(",、，､", ","),
    **dict.fromkeys(".。．｡।॥", "."),
    **dict.fromkeys("!！", "!"),
    **dict.fromkeys("?？؟", "?"),
    **dict.fromkeys(":：", ":"),
    **dict.fromkeys(";；", ";"),
    **dict.fromkeys("…", "…"),
    **dict.fromkeys("—–―～〜", "—"),
    **dict.fromkeys("“«„「『《〈", "“"),
    **dict.fromkeys("”»」』》〉", "”"),
    **dict.fromkeys("([{（【", "("),
    **dict.fromkeys(")]}）】", ")"),
}
_OPENING_MARKS = "“‘«„「『《〈([{（【¿¡"


def is_opening(char: str) -> bool:
    """Return whether a punctuation character belongs to the word behind it. The straight quote can be both: False."""
    return char in _OPENING_MARKS


@dataclass(frozen=True, slots=True)
class PhonemizedWord:
    """Word with its phonemes.

    Attributes:
        text: The word as written, with adjacent punctuation.
        phonemes: Its phonemes, symbols of SYMBOL_IDS.
        suffix: Punctuation and the space behind it, symbols of SYMBOL_IDS.
    """

    text: str
    phonemes: str
    suffix: str = ""

    @property
    def token_count(self) -> int:
        """Return the number of tokens."""
        return len(self.phonemes) + len(self.suffix)


class SentenceBuilder:
    """Builder that collects the words and the punctuation of one sentence in order."""

    def __init__(self, separator: str) -> None:
        """Start a sentence; separator: written between words, "" for Chinese and Japanese."""
        self._separator = separator
        self._words: list[PhonemizedWord] = []
        self._opening = ""  # text of opening marks, until their word is added

    def add_word(self, text: str, phonemes: str) -> None:
        """Add a word.

        Args:
            text: The word as written. Without phonemes it takes no time and is joined to the word before it.
            phonemes: Its phonemes; a space at their end separates it from the next word.
        """
        text, self._opening = self._opening + text, ""
        sound = drop_unknown(phonemes)
        if sound.strip():
            self._words.append(PhonemizedWord(text, sound.strip(), " " if sound.endswith(" ") else ""))
        elif self._words:
            self._extend_last(self._separator + text, "", "")
        else:
            self._opening = text + self._separator

    def add_opening(self, text: str, *, has_space: bool = False) -> None:
        """Add punctuation that belongs to the word behind it, separated by a space if `has_space`."""
        self._opening += text + (self._separator if has_space else "")
        if self._words:
            symbols = "".join("“" if char == '"' else _MARKS.get(char, "") for char in text)
            self._extend_last("", symbols, f"{self._words[-1].suffix.rstrip()} {symbols}")

    def add_closing(self, char: str, *, is_silent: bool = False, has_space: bool = False) -> None:
        """Add a character that belongs to the word before it.

        Args:
            char: The character.
            is_silent: It is not read.
            has_space: A space separates it from the word.
        """
        written, self._opening = self._opening + (self._separator if has_space else "") + char, ""
        if not self._words:
            self._opening = written
            return
        symbol = "" if is_silent else "”" if char == '"' else _MARKS.get(char, "")
        self._extend_last(written, symbol, f"{self._words[-1].suffix.rstrip()}{symbol} ")

    def build(self) -> list[PhonemizedWord]:
        """Return the words, without white space at the end."""
        if not self._words:
            return []
        last = self._words[-1]
        return [*self._words[:-1], replace(last, text=last.text + self._opening, suffix=last.suffix.rstrip())]

    def _extend_last(self, text: str, symbols: str, suffix: str) -> None:
        """Append `text` to the last word; replace its suffix if there are `symbols`."""
        last = self._words[-1]
        self._words[-1] = replace(last, text=last.text + text, suffix=suffix if symbols else last.suffix)


def token_ids(words: Sequence[PhonemizedWord]) -> list[int]:
    """Return the token ids of the words in order, `token_count` for each."""
    return [SYMBOL_IDS[symbol] for word in words for symbol in word.phonemes + word.suffix]


def group_words(words: Sequence[PhonemizedWord], max_tokens: int) -> list[list[PhonemizedWord]]:
    """Divide words into groups of at most `max_tokens` tokens, at a pause if possible, else between words."""
    groups: list[list[PhonemizedWord]] = []
    rest = [part for word in words for part in _split_long_word(word, max_tokens)]
    while rest:
        count = size = count_to_pause = 0
        for word in rest:
            if size + word.token_count > max_tokens:
                break
            size += word.token_count
            count += 1
            if any(symbol in PAUSE_MARKS for symbol in word.suffix):
                count_to_pause = count
        cut = count if count == len(rest) else count_to_pause or count
        groups.append(rest[:cut])
        rest = rest[cut:]
    return groups


def _split_long_word(word: PhonemizedWord, max_tokens: int) -> list[PhonemizedWord]:
    """Split a word that exceeds a whole group (a number of hundreds of digits); the first piece has the text."""
    if word.token_count <= max_tokens:
        return [word]
    size = max_tokens - len(word.suffix)
    pieces = [word.phonemes[i : i + size] for i in range(0, len(word.phonemes), size)]
    words = [PhonemizedWord(word.text if i == 0 else "", piece) for i, piece in enumerate(pieces)]
    return [*words[:-1], replace(words[-1], suffix=word.suffix)]
