"""A sentence as words with their phonemes: what times are later hung on. Knows no language's rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from funaudio_core.engines.kokoro.symbols import IDS, PAUSES, known

# Written punctuation -> the mark that Kokoro reads; "" where it has none for it.
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
_OPENING = "“‘«„「『《〈([{（【¿¡"


def is_opening(char: str) -> bool:
    """Whether a punctuation character belongs to the word after it. The straight quote is either: not counted."""
    return char in _OPENING


@dataclass(frozen=True, slots=True)
class PhonemizedWord:
    """One word. text: as written, with the punctuation that clings to it. phonemes: its sound.

    after: the marks and the space that follow it. Only symbols of alphabet.IDS are in either.
    """

    text: str
    phonemes: str
    after: str = ""

    @property
    def size(self) -> int:
        """How many tokens it takes."""
        return len(self.phonemes) + len(self.after)


class Builder:
    """Collects words and punctuation in the order of the text. One per sentence; not shared.

    joint: what stands between the texts of two words ("" for Chinese and Japanese).
    """

    def __init__(self, joint: str) -> None:
        self._joint = joint
        self._units: list[PhonemizedWord] = []
        self._opening = ""  # text of opening marks that wait for their word

    def word(self, text: str, phonemes: str) -> None:
        """Add a word. A space at the end of `phonemes` parts it from the next one.

        A word without phonemes has no time of its own: its text joins the word before it.
        """
        text, self._opening = self._opening + text, ""
        sound = known(phonemes)
        if sound.strip():
            self._units.append(PhonemizedWord(text, sound.strip(), " " if sound.endswith(" ") else ""))
        elif self._units:
            self._follow(self._joint + text, "", "")
        else:
            self._opening = text + self._joint

    def opening(self, text: str, *, apart: bool = False) -> None:
        """Add punctuation that belongs to the word after it. apart: a space stands between them."""
        self._opening += text + (self._joint if apart else "")
        if self._units:
            symbols = "".join("“" if char == '"' else _MARKS.get(char, "") for char in text)
            self._follow("", symbols, f"{self._units[-1].after.rstrip()} {symbols}")

    def closing(self, char: str, *, silent: bool = False, apart: bool = False) -> None:
        """Add a character that belongs to the word before it. silent: written, not read. apart: a space stood there."""
        written, self._opening = self._opening + (self._joint if apart else "") + char, ""
        if not self._units:
            self._opening = written
            return
        symbol = "" if silent else "”" if char == '"' else _MARKS.get(char, "")
        self._follow(written, symbol, f"{self._units[-1].after.rstrip()}{symbol} ")

    def units(self) -> list[PhonemizedWord]:
        """What was collected, without white space at the end."""
        if not self._units:
            return []
        last = self._units[-1]
        return [*self._units[:-1], replace(last, text=last.text + self._opening, after=last.after.rstrip())]

    def _follow(self, text: str, symbols: str, after: str) -> None:
        """Add `text` to the last word, and let `after` follow it unless there are no `symbols` in it."""
        last = self._units[-1]
        self._units[-1] = replace(last, text=last.text + text, after=after if symbols else last.after)


def ids(units: Sequence[PhonemizedWord]) -> list[int]:
    """Token ids of the words in order, Unit.size of them for each."""
    return [IDS[symbol] for unit in units for symbol in unit.phonemes + unit.after]


def group(units: Sequence[PhonemizedWord], limit: int) -> list[list[PhonemizedWord]]:
    """Groups of at most `limit` tokens, cut after a pause where there is one, else between words."""
    groups: list[list[PhonemizedWord]] = []
    rest = [part for unit in units for part in _halved(unit, limit)]
    while rest:
        count = size = best = 0
        for unit in rest:
            if size + unit.size > limit:
                break
            size += unit.size
            count += 1
            if any(symbol in PAUSES for symbol in unit.after):
                best = count
        cut = count if count == len(rest) else best or count
        groups.append(rest[:cut])
        rest = rest[cut:]
    return groups


def _halved(unit: PhonemizedWord, limit: int) -> list[PhonemizedWord]:
    """A word that is longer than a whole group (a number of hundreds of digits) in pieces; the first has the text."""
    if unit.size <= limit:
        return [unit]
    size = limit - len(unit.after)
    parts = [unit.phonemes[i : i + size] for i in range(0, len(unit.phonemes), size)]
    units = [PhonemizedWord(unit.text if i == 0 else "", part) for i, part in enumerate(parts)]
    return [*units[:-1], replace(units[-1], after=unit.after)]
