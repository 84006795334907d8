"""Markdown, HTML and SSML in a text that is to be spoken: what is read, how, and where it pauses."""

from __future__ import annotations

import html
import math
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from funaudio_core.text.sentences import clean, is_speakable

MAX_BREAK_SECONDS = 10.0
_MEAN_F0_HZ = 180.0  # of speech; turns a pitch in hertz into semitones
_BREAKS = {"none": 0.0, "x-weak": 0.1, "weak": 0.2, "medium": 0.4, "strong": 0.7, "x-strong": 1.2}  # seconds
_RATES = {"x-slow": 0.6, "slow": 0.8, "medium": 1.0, "default": 1.0, "fast": 1.25, "x-fast": 1.5}
_PITCHES = {"x-low": -4.0, "low": -2.0, "medium": 0.0, "default": 0.0, "high": 2.0, "x-high": 4.0}  # semitones
_LEVELS = {
    "silent": -24.0,
    "x-soft": -12.0,
    "soft": -6.0,
    "medium": 0.0,
    "default": 0.0,
    "loud": 4.0,
    "x-loud": 8.0,
}  # dB

_SSML_TAGS = (
    "speak break emphasis prosody say-as sub phoneme p s voice audio mark lang w token par seq media desc metadata"
)
_HTML_TAGS = (
    "a abbr address article aside b blockquote body br button center cite code dd del details div dl dt em figure"
    " figcaption font footer form h1 h2 h3 h4 h5 h6 head header hr html i iframe img input ins kbd label li link main"
    " meta nav ol option pre q rp rt ruby s samp section select small span strike strong style sub summary sup table"
    " tbody td tfoot th thead title tr tt u ul var video script noscript textarea"
)
_TAG_NAMES = frozenset(f"{_SSML_TAGS} {_HTML_TAGS}".split())
_BLOCKS = frozenset(
    [
        "p",
        "s",
        "speak",
        "br",
        "div",
        "li",
        "ul",
        "ol",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "tr",
        "table",
        "blockquote",
        "section",
        "article",
        "header",
        "footer",
        "dd",
        "dt",
        "dl",
        "title",
        "pre",
    ]
)
_KNOWN_SSML = frozenset(["speak", "break", "emphasis", "prosody", "say-as", "sub", "phoneme", "p", "s"])
_TAG = re.compile(
    r"""<(?P<close>/?)(?P<prefix>[A-Za-z]+:)?(?P<name>[A-Za-z][\w-]*)(?P<attributes>(?:\s+[\w:.-]+(?:\s*=\s*(?:"[^"<]*"|'[^'<]*'|[^\s"'<>/]+))?)*)\s*(?P<empty>/?)>"""
)
_ATTRIBUTE = re.compile(r"""([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>/]+))""")
_HIDDEN = re.compile(
    r"<!--.*?-->|<\?.*?\?>|<!\w[^>]*>|<(script|style|head|desc|metadata)\b[^>]*>.*?</\1\s*>", re.DOTALL | re.IGNORECASE
)
_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,30}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_OPEN, _EVENT = "\uf8ff", "\uf8fe"  # private characters, which clean() drops from what users write
_FIRST_INDEX = 0xE000
_MAX_INDEX = 0xF8F0
_MARKER = re.compile(rf"{_OPEN}([^{_OPEN}{_EVENT}\ue000-\uf8f0]*)([\ue000-\uf8f0])")
_EVENT_MARKER = re.compile(rf"{_EVENT}([\ue000-\uf8f0])")

_ADDRESS = r"\([^()\s]*(?:\([^()\s]*\)[^()\s]*)?(?:\s+[\"'][^\"']*[\"'])?\)"
_MARKDOWN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"!\[([^\]]*)\]{_ADDRESS}"), r"\1"),
    (re.compile(rf"\[([^\]]+)\]{_ADDRESS}"), r"\1"),
    (re.compile(r"\[\^[^\]\s]+\]:?"), ""),  # footnotes
    (re.compile(r"<((?:https?|mailto):[^\s<>]+|[\w.+-]+@[\w.-]+)>"), r"\1"),
    (re.compile(r"^[ \t]*(?:[-*_=][ \t]*){3,}$", re.MULTILINE), ""),  # rules, underlined headings
    (
        re.compile(r"^[ \t]*\|?(?:[ \t]*:?-+:?[ \t]*\|)+[ \t]*:?-*:?[ \t]*\|?[ \t]*$", re.MULTILINE),
        "",
    ),  # below table heads
    (re.compile(r"^[ \t]*#{1,6}[ \t]+(.*?)[ \t]*#*$", re.MULTILINE), r"\1"),
    (re.compile(r"^[ \t]*(?:>[ \t]+)+", re.MULTILINE), ""),
    (re.compile(r"^[ \t]*[-*+•‣◦▪][ \t]+(?:\[[ xX]\][ \t]+)?", re.MULTILINE), ""),
    (re.compile(r"(?<!\\)(\*\*\*|___)(?=\S)(.+?)(?<=\S)\1", re.DOTALL), r"\2"),
    (re.compile(r"(?<!\\)(?<![\w*])\*\*(?=\S)(.+?)(?<=\S)\*\*|\*\*(?=\S)(.+?)(?<=\S)\*\*", re.DOTALL), r"\1\2"),
    (re.compile(r"(?<!\w)__(?=\S)(.+?)(?<=\S)__(?!\w)", re.DOTALL), r"\1"),
    (re.compile(r"(?<![\w*\\])\*(?=[^\s*])([^*\n]*?[^\s*])\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<!\w)_(?=[^\s_])([^_\n]*?[^\s_])_(?!\w)"), r"\1"),
    (re.compile(r"~~(?=\S)(.+?)(?<=\S)~~"), r"\1"),
    (re.compile(r"==(?=\S)([^=\n]+?)(?<=\S)=="), r"\1"),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!|~>-])"), r"\1"),
)
_DEFINITION = re.compile(r"^[ \t]*\[([^\]\n^]+)\]:[ \t]*\S+.*$", re.MULTILINE)  # where a reference link leads
_REFERENCE = re.compile(r"\[([^\]\n]+)\](?:\[([^\]\n]*)\])?")
_TABLE_ROW = re.compile(r"^[ \t]*\|(.+)\|[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Prosody:
    """Change of delivery.

    Attributes:
        rate: Factor on the speaking rate.
        pitch: Shift in semitones.
        level: Shift in dB.
    """

    rate: float = 1.0
    pitch: float = 0.0
    level: float = 0.0

    def combine(self, other: Prosody) -> Prosody:
        """Return both changes together."""
        return Prosody(self.rate * other.rate, self.pitch + other.pitch, self.level + other.level)


NEUTRAL_PROSODY = Prosody()


@dataclass(frozen=True, slots=True)
class Override:
    """How a marked piece of the text is said.

    Attributes:
        spoken: Text that is said in its place; "" if `ipa` is given.
        ipa: Phonemes of the International Phonetic Alphabet.
    """

    spoken: str = ""
    ipa: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """Piece of a text with one delivery.

    Attributes:
        text: Text, with markers of overrides; "" for a pause.
        prosody: Delivery.
        pause_seconds: Silence in place of a text.
    """

    text: str
    prosody: Prosody = NEUTRAL_PROSODY
    pause_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class MarkedText:
    """Text without markup.

    Attributes:
        pieces: Pieces in order.
        overrides: Overrides, by the number in their marker.
        dropped: Names of SSML tags that have no effect.
    """

    pieces: tuple[Piece, ...]
    overrides: tuple[Override, ...] = ()
    dropped: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Return the text as it is shown."""
        shown = " ".join(remove_markers(piece.text) for piece in self.pieces if piece.text)
        return clean(shown)


def parse(text: str) -> MarkedText:
    """Return a text without its Markdown, HTML and SSML; the markup that can be heard is kept beside it."""
    return _Parser().parse(text)


def strip(text: str, keep_tags: frozenset[str] = frozenset()) -> str:
    """Return a text without its Markdown, HTML and SSML; keep_tags: names of tags that stay."""
    return _Parser(keep_tags).parse(text).text


def remove_markers(text: str) -> str:
    """Return a text of a piece as it is shown."""
    return _MARKER.sub(r"\1", text)


def split_overrides(text: str, overrides: tuple[Override, ...]) -> Iterator[tuple[str, Override | None]]:
    """Yield the text in parts as shown, each with its override or None."""
    position = 0
    for match in _MARKER.finditer(text):
        if match.start() > position:
            yield text[position : match.start()], None
        index = ord(match[2]) - _FIRST_INDEX
        yield match[1], overrides[index] if index < len(overrides) else None
        position = match.end()
    if position < len(text):
        yield text[position:], None


class _Parser:
    """Parser of one text."""

    def __init__(self, keep_tags: frozenset[str] = frozenset()) -> None:
        self._keep_tags = keep_tags
        self._overrides: list[Override] = []
        self._events: list[Prosody | float] = []  # prosody from here on, or a pause in seconds
        self._dropped: list[str] = []
        self._stack: list[tuple[str, Prosody]] = []  # open prosody tags with the delivery before them

    def parse(self, text: str) -> MarkedText:
        """Return the parsed text."""
        flat = self._replace_tags(_HIDDEN.sub(" ", clean(text)))
        flat = _ENTITY.sub(_unescape, flat)
        flat = _strip_markdown(flat)
        return MarkedText(tuple(self._pieces(flat)), tuple(self._overrides), tuple(dict.fromkeys(self._dropped)))

    def _replace_tags(self, text: str) -> str:
        """Replace tags by line ends, markers or nothing."""
        out: list[str] = []
        position = 0
        while match := _TAG.search(text, position):
            out.append(text[position : match.start()])
            name = match["name"].lower()
            position = match.end()
            if name not in _TAG_NAMES or name in self._keep_tags:
                out.append(match.group())
                continue
            if name in ("say-as", "sub", "phoneme") and not match["close"] and not match["empty"]:
                closing = re.compile(rf"</\s*{name}\s*>", re.IGNORECASE).search(text, position)
                if closing:
                    out.append(self._override(name, _attributes(match), text[position : closing.start()]))
                    position = closing.end()
                    continue
            out.append(self._replace_tag(name, bool(match["close"]), _attributes(match)))
        return "".join(out) + text[position:]

    def _override(self, name: str, attributes: dict[str, str], inner: str) -> str:
        """Return the marker of an override, or the text itself if the tag has no effect."""
        written = html.unescape(_TAG.sub("", inner)).strip()
        override = _OVERRIDES[name](attributes, written)
        if override is None or not written:
            if name != "sub":  # in HTML it means subscript
                self._dropped.append(name)
            return written
        return mark(written, self._add(self._overrides, override))

    def _replace_tag(self, name: str, is_closing: bool, attributes: dict[str, str]) -> str:
        """Return what stands for a tag."""
        if name == "break" and not is_closing:
            return self._event(_break_seconds(attributes))
        if name in ("prosody", "emphasis"):
            return self._change_prosody(name, is_closing, attributes)
        if name == "img" and attributes.get("alt"):
            return attributes["alt"]
        if name in _SSML_TAGS.split() and name not in _KNOWN_SSML and name not in _HTML_TAGS.split():
            self._dropped.append(name)
        if name in ("td", "th") and is_closing:
            return ", "
        return "\n" if name in _BLOCKS else ""

    def _change_prosody(self, name: str, is_closing: bool, attributes: dict[str, str]) -> str:
        current = self._current
        if is_closing:
            if not any(open_name == name for open_name, _ in self._stack):
                return ""
            while self._stack:
                open_name, before = self._stack.pop()
                if open_name == name:
                    break
            return self._event(before)
        change = _emphasis(attributes) if name == "emphasis" else self._read_prosody(attributes)
        self._stack.append((name, current))
        return self._event(current.combine(change))

    @property
    def _current(self) -> Prosody:
        return next((event for event in reversed(self._events) if isinstance(event, Prosody)), Prosody())

    def _read_prosody(self, attributes: dict[str, str]) -> Prosody:
        rate = _read(attributes.get("rate", ""), _RATES, _rate)
        pitch = _read(attributes.get("pitch", ""), _PITCHES, _pitch)
        level = _read(attributes.get("volume", ""), _LEVELS, _level)
        for name, value in (("rate", rate), ("pitch", pitch), ("volume", level)):
            if attributes.get(name) and value is None:
                self._dropped.append(f"prosody {name}")
        self._dropped += [f"prosody {name}" for name in ("contour", "range", "duration") if name in attributes]
        return Prosody(1.0 if rate is None else rate, pitch or 0.0, level or 0.0)

    def _event(self, event: Prosody | float) -> str:
        return _EVENT + chr(_FIRST_INDEX + self._add(self._events, event))

    @staticmethod
    def _add(items: list[Any], item: object) -> int:
        """Append an item, or replace the last one if the marker's characters are used up; return its number."""
        if len(items) < _MAX_INDEX - _FIRST_INDEX:
            items.append(item)
        else:
            items[-1] = item
        return len(items) - 1

    def _pieces(self, flat: str) -> Iterator[Piece]:
        prosody = Prosody()
        position = 0
        for match in [*_EVENT_MARKER.finditer(flat), None]:
            words = _tidy(flat[position : match.start() if match else len(flat)])
            if is_speakable(words):
                yield Piece(words, prosody)
            if match is None:
                return
            event = self._events[ord(match[1]) - _FIRST_INDEX]
            if isinstance(event, Prosody):
                prosody = event
            elif event > 0:
                yield Piece("", prosody, event)
            position = match.end()


def mark(written: str, number: int) -> str:
    """Return a text with the marker of an override; number: index of the override."""
    return f"{_OPEN}{written}{chr(_FIRST_INDEX + number)}"


def _tidy(text: str) -> str:
    lines = (re.sub(r"[ \t\u00a0]+", " ", line).strip() for line in text.split("\n"))
    return "\n".join(re.sub(r" +([,.;:!?])(?=\s|$)", r"\1", line) for line in lines if line)


def _strip_markdown(text: str) -> str:
    labels = {label.lower() for label in _DEFINITION.findall(text)}
    if labels:
        text = _DEFINITION.sub("", text)
        text = _REFERENCE.sub(lambda m: m[1] if (m[2] or m[1]).lower() in labels else m.group(), text)
    for pattern, replacement in _MARKDOWN:
        text = pattern.sub(replacement, text)
    return _TABLE_ROW.sub(lambda row: ", ".join(cell.strip() for cell in row[1].split("|") if cell.strip()), text)


def _unescape(match: re.Match[str]) -> str:
    char = html.unescape(match.group())
    if char == match.group() or char == "\u00a0":
        return " " if char == "\u00a0" else char
    return "".join(
        part for part in unicodedata.normalize("NFC", char) if unicodedata.category(part) not in ("Co", "Cs", "Cc")
    )


def _attributes(match: re.Match[str]) -> dict[str, str]:
    return {
        name.lower(): html.unescape(next((value for value in values if value), ""))
        for name, *values in _ATTRIBUTE.findall(match["attributes"])
    }


def _break_seconds(attributes: dict[str, str]) -> float:
    time = re.fullmatch(r"\+?(\d*\.?\d+)\s*(ms|s)?", attributes.get("time", "").strip())
    if time:
        seconds = float(time[1]) / (1000 if time[2] == "ms" else 1)
        return min(seconds, MAX_BREAK_SECONDS)
    return _BREAKS.get(attributes.get("strength", "medium"), _BREAKS["medium"])


def _emphasis(attributes: dict[str, str]) -> Prosody:
    level = attributes.get("level", "moderate")
    return {
        "strong": Prosody(0.85, 1.5, 4.0),
        "moderate": Prosody(0.92, 1.0, 2.0),
        "reduced": Prosody(1.05, -0.5, -4.0),
    }.get(level, Prosody())


def _read(value: str, names: dict[str, float], parse_value: Callable[[str], float | None]) -> float | None:
    value = value.strip().lower()
    return names[value] if value in names else parse_value(value)


def _rate(value: str) -> float | None:
    number = re.fullmatch(r"([+-]?)(\d*\.?\d+)(%?)", value)
    if not number:
        return None
    share = float(number[2]) / (100 if number[3] else 1)
    rate = 1 + share if number[1] == "+" else 1 - share if number[1] == "-" else share
    return rate if rate > 0 else None


def _pitch(value: str) -> float | None:
    number = re.fullmatch(r"([+-]?)(\d*\.?\d+)(%|st|hz)?", value)
    if not number or (number[3] == "hz" and not number[1]):
        return None
    size = float(f"{number[1]}{number[2]}")
    if number[3] == "st":
        return size
    factor = 1 + size / (_MEAN_F0_HZ if number[3] == "hz" else 100)
    if number[3] == "%" and not number[1]:
        factor = size / 100
    return 12 * math.log2(factor) if factor > 0 and number[3] else None


def _level(value: str) -> float | None:
    number = re.fullmatch(r"([+-]?)(\d*\.?\d+)(db|%)?", value)
    if not number:
        return None
    size = float(f"{number[1]}{number[2]}")
    if number[3] == "db":
        return size
    share = 1 + size / 100 if number[1] else size / 100
    return 20 * math.log10(share) if share > 0 else _LEVELS["silent"]


def _say_as(attributes: dict[str, str], written: str) -> Override | None:
    kind = attributes.get("interpret-as", "").lower()
    if kind in ("characters", "spell-out", "verbatim", "letters"):
        return Override(" ".join(char for char in written if not char.isspace()))
    if kind in ("digits", "telephone", "number:digits"):
        return Override(" ".join(char for char in written if char.isalnum()))
    if kind == "expletive":
        return Override("beep")
    if kind == "ordinal" and re.fullmatch(r"\d+", written):
        return Override(f"{written}{_ordinal_suffix(int(written))}")
    known = (
        "cardinal",
        "number",
        "ordinal",
        "fraction",
        "date",
        "time",
        "unit",
        "currency",
        "address",
        "name",
        "measure",
    )
    return Override(written) if kind in known else None


def _ordinal_suffix(number: int) -> str:
    return "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _sub(attributes: dict[str, str], _written: str) -> Override | None:
    return Override(clean(attributes["alias"])) if attributes.get("alias") else None


def _phoneme(attributes: dict[str, str], _written: str) -> Override | None:
    is_ipa = attributes.get("alphabet", "ipa").lower() == "ipa"
    return Override(ipa=attributes["ph"]) if is_ipa and attributes.get("ph") else None


_OVERRIDES: dict[str, Callable[[dict[str, str], str], Override | None]] = {
    "say-as": _say_as,
    "sub": _sub,
    "phoneme": _phoneme,
}


def combine(marked: MarkedText, overrides: tuple[Override, ...], text: str) -> MarkedText:
    """Return a marked text of one piece with further overrides."""
    return replace(marked, overrides=overrides, pieces=(Piece(text),))
