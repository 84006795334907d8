"""Words and formats of one language that the shared rules need."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from funaudio_core.text.spoken_form import numbers


@dataclass(frozen=True, slots=True)
class Noun:
    """Noun behind a number.

    Attributes:
        one: Singular.
        many: Plural.
        gender: "m" or "f"; English and Hindi ignore it.
    """

    one: str
    many: str
    gender: str = "m"


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words and number format of a language.

    Attributes:
        language: ISO 639 code.
        decimal_mark: "." or ",", as written.
        words: Spoken signs by name: "point", "minus", "plus", "times", "divided", "equals", "to", "and", "percent",
            "degrees", "per", "number", "section", "dot", "slash", "at", "about", "of" (between a million and a noun).
        currencies: (currency, its hundredth) by symbol or code.
        units: Nouns by symbol.
        magnitudes: Nouns by what is written behind a number, such as "M" and "million".
        months: The twelve names.
        zero: Word for 0 within a telephone number, the usual one if "".
    """

    language: str
    decimal_mark: str
    words: dict[str, str]
    currencies: dict[str, tuple[Noun, Noun | None]]
    units: dict[str, Noun]
    magnitudes: dict[str, Noun]
    months: tuple[str, ...]
    zero: str = ""
    symbols: dict[str, str] = field(default_factory=dict)

    @property
    def number(self) -> str:
        """Return the pattern of an unsigned number, without groups."""
        spaces = "\u00a0\u202f\u2009'’"
        if self.language == "hi":
            return r"(?:\d{1,3}(?:,\d{2,3})+|\d+)(?:\.\d+)?"
        if self.decimal_mark == ".":
            grouped = rf"\d{{1,3}}(?:,\d{{3}})+(?!\d)|\d{{1,2}}(?:,\d\d)+,\d{{3}}(?!\d)|\d{{1,3}}(?:[{spaces}]\d{{3}})+(?!\d)|\d{{1,3}}(?: \d{{3}}){{2,}}(?!\d)"
            return rf"(?:(?:{grouped}|\d+)(?:\.\d+)?|\.\d+)"
        grouped = rf"\d{{1,3}}(?:\.\d{{3}})+(?!\d)|\d{{1,3}}(?:[ {spaces}]\d{{3}})+(?!\d)"
        return rf"(?:{grouped}|\d+)(?:,\d+|\.\d+)?"

    def split_number(self, written: str) -> tuple[str, str]:
        """Return whole part and fraction of a written number, both without separators."""
        written = re.sub("[ \u00a0\u202f\u2009'’]", "", written)
        if self.decimal_mark == ".":
            whole, _, fraction = written.replace(",", "").partition(".")
            return whole, fraction
        if re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", written):
            written = written.replace(".", "")
        whole, _, fraction = written.replace(".", ",").partition(",")
        return whole, fraction

    def say_number(self, written: str, gender: str = "") -> str:
        """Return a written number in words."""
        whole, fraction = self.split_number(written)
        return numbers.decimal(whole, fraction, self.language, self.words["point"], gender)

    def say_amount(self, written: str, noun: Noun, magnitude: str = "") -> str:
        """Return a number with its noun: 1 and "kilogram", one kilogram."""
        if magnitude:
            size = self.magnitudes[magnitude]
            joint = self._joint(noun.many) if self.words.get("of") and size.gender != "x" else " "
            return f"{self.say_counted(written, size)}{joint}{noun.many}"
        whole, fraction = self.split_number(written)
        joint = " "
        if self.words.get("of") and not fraction and len(whole) > 6 and whole.endswith("000000"):
            joint = self._joint(noun.many)
        return self.say_number(written, noun.gender) + joint + self.inflect(written, noun)

    def say_counted(self, written: str, noun: Noun) -> str:
        """Return a number with a noun in the right number."""
        return f"{self.say_number(written, noun.gender)} {self.inflect(written, noun)}"

    def inflect(self, written: str, noun: Noun) -> str:
        """Return the noun as it stands behind a number."""
        whole, fraction = self.split_number(written)
        value = int(whole or 0)
        if self.language == "fr" or self.language == "pt":
            return noun.one if value < 2 else noun.many
        if self.language == "hi":
            return noun.one if value == 1 and not fraction else noun.many
        return noun.one if value == 1 and not fraction else noun.many

    def _joint(self, noun: str) -> str:
        """Return the preposition between a million and a noun."""
        of = self.words["of"]
        return " d'" if self.language == "fr" and noun[0] in "aeiouyéêh" else f" {of} "


def alternatives(words: Collection[str]) -> str:
    """Return a pattern of any of the words, longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
