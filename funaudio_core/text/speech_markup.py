"""Markdown, HTML and SSML in a text that is to be spoken: what is read, how, and where it pauses."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from funaudio_core.text import markdown, ssml_values
from funaudio_core.text.sentences import MARKED_WORDS, clean, is_speakable

_SSML_TAGS = (
    "speak break emphasis prosody say-as sub phoneme p s voice audio mark lang w token par seq media desc metadata"
)
_HTML_TAGS = (
    "a abbr address article aside b blockquote body br button center cite code dd del details div dl dt em figure"
    " figcaption font footer form h1 h2 h3 h4 h5 h6 head header hr html i iframe img input ins kbd label li link main"
    " meta nav ol option pre q rp rt ruby s samp section select small span strike strong style sub summary sup table"
    " tbody td tfoot th thead title tr tt u ul var video script noscript textarea"
)
TAG_NAMES = frozenset(f"{_SSML_TAGS} {_HTML_TAGS}".split())
_BLOCKS = frozenset(
    "p s speak br div li ul ol h1 h2 h3 h4 h5 h6 hr tr table blockquote section article header footer dd"
    " dt dl title pre".split()
)
_KNOWN_SSML = frozenset("speak break emphasis prosody say-as sub phoneme p s".split())
TAG = re.compile(
    r"""<(?P<close>/?)(?P<prefix>[A-Za-z]+:)?(?P<name>[A-Za-z][\w-]*)(?P<attributes>(?:\s+[\w:.-]+(?:\s*=\s*(?:"[^"<]*"|'[^'<]*'|[^\s"'<>/]+))?)*)\s*(?P<empty>/?)>"""
)
_HIDDEN = re.compile(
    r"<!--.*?-->|<\?.*?\?>|<!\w[^>]*>|<(script|style|head|desc|metadata)\b[^>]*>.*?</\1\s*>", re.DOTALL | re.IGNORECASE
)
_OPEN, _EVENT = "\uf8ff", "\uf8fe"  # private characters, which clean() drops from what users write
_FIRST_INDEX = 0xE000
_MAX_INDEX = 0xF8F0
_EVENT_MARKER = re.compile(rf"{_EVENT}([\ue000-\uf8f0])")


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
    """Delivery of a marked piece of a text.

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
        return clean(" ".join(remove_markers(piece.text) for piece in self.pieces if piece.text))

    @property
    def said(self) -> str:
        """Return the text with respellings in place of the words that have one."""
        return clean(" ".join(say(piece.text, self.overrides) for piece in self.pieces))


def parse(text: str, keep_tags: frozenset[str] = frozenset()) -> MarkedText:
    """Return a text without its Markdown, HTML and SSML; the markup that can be heard is kept beside it.

    Args:
        text: The text.
        keep_tags: Names of tags that stay.
    """
    return _Parser(keep_tags).parse(text)


def strip(text: str, keep_tags: frozenset[str] = frozenset()) -> str:
    """Return a text without its Markdown, HTML and SSML, respelled where it says so; keep_tags: tags that stay."""
    return _Parser(keep_tags).parse(text).said


def remove_markers(text: str) -> str:
    """Return a text of a piece as it is shown."""
    return MARKED_WORDS.sub(r"\1", text)


def say(text: str, overrides: tuple[Override, ...]) -> str:
    """Return a text of a piece with respellings in place of the words that have one."""
    parts = split_overrides(text, overrides)
    return "".join(override.spoken if override and override.spoken else part for part, override in parts)


def split_overrides(text: str, overrides: tuple[Override, ...]) -> Iterator[tuple[str, Override | None]]:
    """Yield the text in parts as shown, each with its override or None."""
    position = 0
    for match in MARKED_WORDS.finditer(text):
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
        flat = ssml_values.unescape_entities(flat)
        flat = markdown.strip_markdown(flat)
        return MarkedText(tuple(self._pieces(flat)), tuple(self._overrides), tuple(dict.fromkeys(self._dropped)))

    def _replace_tags(self, text: str) -> str:
        """Replace tags by line ends, markers or nothing."""
        out: list[str] = []
        position = 0
        while match := TAG.search(text, position):
            out.append(text[position : match.start()])
            name = match["name"].lower()
            position = match.end()
            if name not in TAG_NAMES or name in self._keep_tags:
                out.append(match.group())
                continue
            if name in ("say-as", "sub", "phoneme") and not match["close"] and not match["empty"]:
                closing = re.compile(rf"</\s*{name}\s*>", re.IGNORECASE).search(text, position)
                if closing:
                    out.append(
                        self._override(
                            name, ssml_values.read_attributes(match["attributes"]), text[position : closing.start()]
                        )
                    )
                    position = closing.end()
                    continue
            out.append(self._replace_tag(name, bool(match["close"]), ssml_values.read_attributes(match["attributes"])))
        return "".join(out) + text[position:]

    def _override(self, name: str, attributes: dict[str, str], inner: str) -> str:
        """Return the marker of an override, or the text itself if the tag has no effect."""
        written = html.unescape(TAG.sub("", inner)).strip()
        override = _OVERRIDES[name](attributes, written)
        if override is None or not written:
            if name != "sub":  # in HTML it means subscript
                self._dropped.append(name)
            return written
        return mark(written, self._add(self._overrides, override))

    def _replace_tag(self, name: str, is_closing: bool, attributes: dict[str, str]) -> str:
        """Return what stands for a tag."""
        if name == "break" and not is_closing:
            return self._event(ssml_values.read_break(attributes))
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
        rate = ssml_values.read_rate(attributes.get("rate", ""))
        pitch = ssml_values.read_pitch(attributes.get("pitch", ""))
        level = ssml_values.read_volume(attributes.get("volume", ""))
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


def _emphasis(attributes: dict[str, str]) -> Prosody:
    level = attributes.get("level", "moderate")
    return {
        "strong": Prosody(0.85, 1.5, 4.0),
        "moderate": Prosody(0.92, 1.0, 2.0),
        "reduced": Prosody(1.05, -0.5, -4.0),
    }.get(level, Prosody())


def _say_as(attributes: dict[str, str], written: str) -> Override | None:
    spoken = ssml_values.read_say_as(attributes, written)
    return None if spoken is None else Override(spoken)


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
