"""Splitting and cleaning of text that is to be spoken or shown."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from funaudio_core.errors import BadInput
from funaudio_core.languages import is_spaced
from funaudio_core.text.abbreviations import is_abbreviation

# A full stop ends a sentence only before white space; CJK marks always do.
_SENTENCE_END = re.compile(r"""[.!?…。！？؟।\n]+["'”’»)\]」』】]*(?=\s|$)|[。！？…]+["'”’」』】)]*|\n+""")
_SENTENCE_ENDS = tuple(".!?…。！？؟।")
_UNSPACED_ENDS = ("。", "！", "？")  # end a sentence whatever follows
_CLOSING = "\"'”’»)）」』】"  # may follow the mark that ends a sentence
_CLAUSE_MARK = re.compile(r"(?:(?<!\d)[,;:，；：、—–]|[,;:，；：、—–](?!\d))\s*")  # not within a number
_TAG = re.compile(r"[\[<]/?[^\s\[\]<>]+[\]>]")  # an event or a style that an engine may support
MARKED_WORDS = re.compile("\uf8ff([^\uf8fe\uf8ff\ue000-\uf8f0]*)([\ue000-\uf8f0])")  # see speech_markup; never cut
_SPEAKABLE = ("L", "N")  # Unicode categories: letters and numbers
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")  # characters of these categories
_DROPPED = ("Cc", "Cf", "Cs", "Co", "So", "Sk")  # control, format, surrogate, private use, emoji, modifiers
_KEPT_FORMAT = "\u200c\u200d"  # joiners are significant in Devanagari
_READ_SYMBOLS = "°©〒"  # symbols of the dropped categories that are read; so are those made of letters, such as ℃ and №
_SILENT_SYMBOLS = "™®℠"
_CARET = re.compile(r"(?<![^\W_])(?<![\[)])\^|\^(?![\w({+-])")  # kept only in "10^3" and "[^1]"


def clean(text: str) -> str:
    """Return the text in NFC without control characters, emoji and repeated white space; newlines stay, single."""
    out: list[str] = []
    for char in unicodedata.normalize("NFC", text):
        if char in "\n\r\u2028\u2029":
            out.append("\n")
        elif char.isspace():
            out.append(" ")
        elif char in _KEPT_FORMAT or unicodedata.category(char) not in _DROPPED or _is_read(char):
            out.append(char)
    lines = (re.sub(r" +", " ", line).strip() for line in _CARET.sub("", "".join(out)).split("\n"))
    return "\n".join(line for line in lines if line)


def _is_read(char: str) -> bool:
    """Return whether a symbol or modifier has a spoken form."""
    if char in _READ_SYMBOLS or char == "^":
        return True
    return char not in _SILENT_SYMBOLS and any(
        unicodedata.category(part)[0] in _SPEAKABLE for part in unicodedata.normalize("NFKC", char)
    )


def is_speakable(text: str) -> bool:
    """Return whether the text has a letter or digit."""
    return _LETTER_OR_DIGIT.search(text) is not None


def require_speakable(text: str, max_length: int) -> str:
    """Return the cleaned text. Raise BadInput if nothing can be spoken or it has more than `max_length` characters."""
    if len(text) > max_length:
        raise BadInput(
            "The text is too long ({count:,} characters; the limit is {most:,}). Shorten or split it.",
            count=len(text),
            most=max_length,
        )
    cleaned = clean(text)
    if not cleaned:
        raise BadInput("There is no text to speak. Enter some text first.")
    if not is_speakable(cleaned):
        raise BadInput("The text contains only symbols and can't be spoken. Add some words.")
    return cleaned


def close_brackets(text: str) -> str:
    """Remove closing quotes and brackets from the end of the text."""
    return text.rstrip().rstrip(_CLOSING)


def ends_sentence(text: str) -> bool:
    """Return whether the text ends a sentence, closing quotes and brackets aside."""
    return close_brackets(text).endswith(_SENTENCE_ENDS)


def split_sentences(text: str, language: str, max_length: int = 200) -> list[str]:
    """Split into non-empty sentences of at most `max_length` characters, without losing speakable text.

    Longer sentences are cut at clause marks, then at spaces, then anywhere.
    """
    out: list[str] = []
    for piece in cut_sentences(text):
        sentence = piece.strip()
        if not sentence:
            continue
        if out and not is_speakable(sentence) and len(out[-1]) + len(sentence) <= max_length:
            out[-1] += sentence  # a stray mark joins the sentence before it
        else:
            out.extend(_split_long(sentence, language, max_length))
    return out


def cut_sentences(text: str) -> list[str]:
    """Split the text after its sentences, keeping all characters."""
    ends = [
        match.end()
        for match in _SENTENCE_END.finditer(text)
        if "\n" in match.group() or not is_abbreviation(text, match.start())
    ]
    cuts = _outside_marked_words(text, ends)
    return [text[start:end] for start, end in pairwise([0, *cuts, len(text)])]


def _outside_marked_words(text: str, cuts: list[int]) -> list[int]:
    """Return the cuts that don't fall into words with an override."""
    spans = [match.span() for match in MARKED_WORDS.finditer(text)]
    return [cut for cut in cuts if not any(start < cut < end for start, end in spans)] if spans else cuts


def split_text(text: str, language: str, max_length: int, span_tags: Sequence[re.Pattern[str]] = ()) -> tuple[str, ...]:
    """Split a long text into the fewest chunks, of about equal length; each is made of whole sentences if they fit.

    The result depends on nothing but the arguments.

    Args:
        text: The text; returned whole if it has at most `max_length` characters.
        language: ISO 639 code.
        max_length: Maximum characters of a chunk, apart from reopened tags.
        span_tags: Patterns of tags around words, such as "<strong>" and "</strong>", one for each kind, with the "/" of
            closing tags as group 1. If a cut falls between the two, the chunk closes the tag and the next reopens it.
    """
    if len(text) <= max_length:
        return (text,)
    units = _units(text, language, max_length)
    count = len(_pack(units, max_length))
    even_length = bisect_left(range(max_length), -count, key=lambda size: -len(_pack(units, size)))  # least that fits
    return tuple(reopen_tags(_pack(units, even_length), span_tags))


def _units(text: str, language: str, max_length: int) -> list[str]:
    """Split into units for packing: sentences with the white space around them, cut if they are too long."""
    units: list[str] = []
    marks = ""
    for sentence in cut_sentences(text):
        if not is_speakable(sentence) or (_is_tags(sentence) and len(marks + sentence) <= max_length):
            marks += sentence  # joins the next unit: a chunk of marks alone can't be spoken
        elif len(sentence.strip()) <= max_length:
            units.append(marks + sentence)
            marks = ""
        else:
            joint = " " if is_spaced(language) else ""
            first, *others = _split_long(sentence.strip(), language, max_length)
            units += (marks + first + joint, *(piece + joint for piece in others))
            marks = ""
    return [*units[:-1], "".join(units[-1:]) + marks]


def _is_tags(sentence: str) -> bool:
    """Return whether nothing speakable is left without the tags."""
    return not is_speakable(_TAG.sub("", sentence))


def _pack(units: Sequence[str], max_length: int) -> list[str]:
    """Join neighbouring units as long as they have at most `max_length` characters."""
    packed: list[str] = []
    for unit in units:
        if packed and len((packed[-1] + unit).strip()) <= max_length:
            packed[-1] += unit
        else:
            packed.append(unit)
    return [chunk.strip() for chunk in packed]


def reopen_tags(chunks: Iterable[str], span_tags: Sequence[re.Pattern[str]]) -> Iterator[str]:
    """Yield the chunks, each closing its open tags at the end and reopening those of the chunk before.

    Tags of one kind don't nest: as engines read them, a kind is open or closed.
    """
    opened: dict[re.Pattern[str], str] = {}  # open tags by kind, as written
    for chunk in chunks:
        rest = chunk
        while closed := next((kind for kind in opened if (tag := kind.match(rest)) and tag[1]), None):
            rest = closed.sub("", rest, count=1).lstrip()  # closed at once: it would enclose nothing
            del opened[closed]
        whole = "".join(opened.values()) + rest
        for kind in span_tags:
            for tag in [*kind.finditer(whole)][-1:]:
                if tag[1]:
                    opened.pop(kind, None)
                else:
                    opened[kind] = tag.group()
        yield whole + "".join(f"{tag[0]}/{tag[1:]}" for tag in reversed(opened.values()))


def _split_long(sentence: str, language: str, max_length: int) -> list[str]:
    """Split a sentence into pieces of at most `max_length` characters."""
    if len(sentence) <= max_length:
        return [sentence]
    cuts = _outside_marked_words(sentence, [match.end() for match in _CLAUSE_MARK.finditer(sentence)])
    spaces = re.finditer(r"\s+", sentence) if is_spaced(language) else ()
    cuts_at_spaces = _outside_marked_words(sentence, [match.end() for match in spaces])
    out: list[str] = []
    start = 0
    while len(sentence) - start > max_length:
        inside = [cut for cut in cuts if start + max_length // 3 < cut <= start + max_length]
        inside = inside or [cut for cut in cuts_at_spaces if start < cut <= start + max_length]
        end = inside[-1] if inside else _before_tag(sentence, start, start + max_length)
        out.append(sentence[start:end].strip())
        start = end
    out.append(sentence[start:].strip())
    return [piece for piece in out if piece]


def _before_tag(text: str, start: int, cut: int) -> int:
    """Return the index of the tag or the marked words that a cut at `cut` would split, else `cut`."""
    opens = max(text.rfind(char, start, cut) for char in "[<\uf8ff")
    tag = (_TAG.match(text, opens) or MARKED_WORDS.match(text, opens)) if opens > start else None
    return opens if tag and tag.end() > cut else cut


class SentenceBuffer:
    """Splitter of streaming text into sentences. One object per stream."""

    def __init__(self, language: str, max_length: int = 200) -> None:
        """Create an empty buffer for sentences of at most `max_length` characters."""
        self._language = language
        self._max_length = max_length
        self._text = ""

    def push(self, delta: str) -> list[str]:
        """Add text and return the sentences it completes; the last one stays until the text after it has begun."""
        self._text += delta
        sentences = split_sentences(self._text, self._language, self._max_length)
        if len(sentences) < 2:
            return []
        trailing = self._text[len(self._text.rstrip()) :]
        self._text = sentences[-1] + trailing
        return sentences[:-1]

    @property
    def pending(self) -> str:
        """Return the unfinished sentence."""
        return self._text

    def take(self, length: int) -> str:
        """Remove and return the first `length` characters."""
        taken, self._text = self._text[:length], self._text[length:]
        return taken

    def take_complete(self) -> list[str]:
        """Remove and return the pending text if it is a complete sentence, although nothing follows it yet."""
        if not (self._text[-1:].isspace() or self._text.endswith(_UNSPACED_ENDS)):
            return []
        *before, after = split_sentences(f"{self._text}x", self._language, self._max_length)
        return self.flush() if before and after == "x" else []

    def flush(self) -> list[str]:
        """Remove and return the rest at the end of the stream."""
        rest, self._text = self._text, ""
        return split_sentences(rest, self._language, self._max_length)
