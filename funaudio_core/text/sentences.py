"""Sentences: splitting, joining and cleaning text that is to be spoken or shown. Pure; knows no model."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise

from funaudio_core.errors import BadInput
from funaudio_core.languages import is_spaced

# A full stop ends a sentence only before white space; CJK marks end one wherever they stand.
_SENTENCE_END = re.compile(r"""[.!?…。！？؟।\n]+["'”’»)\]」』】]*(?=\s|$)|[。！？…]+["'”’」』】)]*|\n+""")
_SENTENCE_ENDS = tuple(".!?…。！？؟।")
_UNSPACED_ENDS = ("。", "！", "？")  # end one whatever follows
_CLOSING = "\"'”’»)）」』】"  # may stand behind the mark that ends a sentence
_CLAUSE_MARK = re.compile(r"[,;:，；：、—–]\s*")
_ABBREVIATIONS = frozenset("mr mrs ms dr prof st vs e.g i.e jr sr sra srta ud uds dra mme mlle sig dott".split())  # noqa: SIM905
_BEFORE_NUMBERS = frozenset(("no", "nos", "fig", "approx", "p", "pp", "art"))  # "No. 5", yet "No." alone ends
_WORD_END = re.compile(r"[\w.]+$")
_MAX_ABBREVIATION = 20  # characters before a dot, more than any abbreviation has
_NEXT_CHAR = re.compile(r"\s*(\S?)")
_TAG = re.compile(r"[\[<]/?[^\s\[\]<>]+[\]>]")  # such as an engine may know: a sound, or how words are said
# Letter, number or mark: something a voice can say.
_SPEAKABLE = ("L", "N")
_DROPPED = ("Cc", "Cf", "Cs", "Co", "So", "Sk")  # control, format, surrogate, private use, emoji, modifiers
_KEPT_FORMAT = "\u200c\u200d"  # joiners carry meaning in Devanagari


def clean(text: str) -> str:
    """Text without control characters, emoji and runs of white space; NFC. Newlines stay as single newlines."""
    out: list[str] = []
    for char in unicodedata.normalize("NFC", text):
        if char in "\n\r\u2028\u2029":
            out.append("\n")
        elif char.isspace():
            out.append(" ")
        elif char in _KEPT_FORMAT or unicodedata.category(char) not in _DROPPED:
            out.append(char)
    lines = (re.sub(r" +", " ", line).strip() for line in "".join(out).split("\n"))
    return "\n".join(line for line in lines if line)


def is_speakable(text: str) -> bool:
    """Whether any letter or digit is in it."""
    return any(unicodedata.category(char)[0] in _SPEAKABLE for char in text)


def require_speakable(text: str, max_length: int) -> str:
    """The cleaned text. Raises BadInput where nothing can be said or more than `limit` characters were given."""
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
    """The text without the quotes and brackets that close at its end, so that its last character is its last mark."""
    return text.rstrip().rstrip(_CLOSING)


def ends_sentence(text: str) -> bool:
    """Whether its last mark, whatever closes behind it, ends a sentence."""
    return close_brackets(text).endswith(_SENTENCE_ENDS)


def split_sentences(text: str, language: str, max_length: int = 200) -> list[str]:
    """Sentences in order, none empty, none longer than `limit` characters; joined they hold every character spoken.

    Sentences over the limit are cut at clause marks, then at spaces, then anywhere.
    """
    out: list[str] = []
    for piece in _sentences(text):
        sentence = piece.strip()
        if not sentence:
            continue
        if out and not is_speakable(sentence) and len(out[-1]) + len(sentence) <= max_length:
            out[-1] += sentence  # a stray mark belongs to the sentence before it
        else:
            out.extend(_split_long(sentence, language, max_length))
    return out


def _sentences(text: str) -> list[str]:
    """The text cut behind its sentences, all of it, white space too."""
    cuts = [
        match.end()
        for match in _SENTENCE_END.finditer(text)
        if "\n" in match.group() or not _is_abbreviation(text, match.start())
    ]
    return [text[start:end] for start, end in pairwise([0, *cuts, len(text)])]


def split_text(text: str, language: str, max_length: int, span_tags: Sequence[re.Pattern[str]] = ()) -> tuple[str, ...]:
    """A long text as few stretches of about equal length, each of whole sentences as far as these are no longer.

    The same text always gives the same stretches: the text itself where it has at most `most` characters, else none
    says more than that. around: finds tags around words, such as "<strong>" and "</strong>", each pattern those of one
    kind, with the "/" of one that closes as its group 1; where a cut falls between the two, the stretch closes what is
    open and the next one opens it again.
    """
    if len(text) <= max_length:
        return (text,)
    units = _units(text, language, max_length)
    fewest = len(_pack(units, max_length))
    even = bisect_left(range(max_length), -fewest, key=lambda size: -len(_pack(units, size)))
    return tuple(_reopen_tags(_pack(units, even), span_tags))


def _units(text: str, language: str, max_length: int) -> list[str]:
    """What a stretch is made of: sentences with the white space around them, cut where they are too long for one."""
    units: list[str] = []
    marks = ""
    for sentence in _sentences(text):
        if not is_speakable(sentence) or (_is_tags(sentence) and len(marks + sentence) <= max_length):
            marks += sentence  # they belong to what follows: nobody can speak a stretch of marks alone
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
    """Whether no words are left of it but for those that may be tags."""
    return not is_speakable(_TAG.sub("", sentence))


def _pack(units: Sequence[str], max_length: int) -> list[str]:
    """Neighbours together as long as they have at most so many characters."""
    packed: list[str] = []
    for unit in units:
        if packed and len((packed[-1] + unit).strip()) <= max_length:
            packed[-1] += unit
        else:
            packed.append(unit)
    return [stretch.strip() for stretch in packed]


def _reopen_tags(chunks: Sequence[str], span_tags: Sequence[re.Pattern[str]]) -> Iterator[str]:
    """The stretches, each of which closes what is open at its end and opens what was so at the end of the one before.

    As engines read them, a tag is open or it is not, however often it was opened.
    """
    opened: dict[re.Pattern[str], str] = {}  # by its kind, as it was written
    for stretch in chunks:
        rest = stretch
        while closed := next((kind for kind in opened if (tag := kind.match(rest)) and tag[1]), None):
            rest = closed.sub("", rest, count=1).lstrip()  # there are no words for it
            del opened[closed]
        whole = "".join(opened.values()) + rest
        for kind in span_tags:
            for tag in [*kind.finditer(whole)][-1:]:
                if tag[1]:
                    opened.pop(kind, None)
                else:
                    opened[kind] = tag.group()
        yield whole + "".join(f"{tag[0]}/{tag[1:]}" for tag in reversed(opened.values()))


def _is_abbreviation(text: str, dot: int) -> bool:
    if text[dot] != ".":
        return False
    word = _WORD_END.search(text[max(0, dot - _MAX_ABBREVIATION) : dot])
    if word is None:
        return False
    last = word.group().lower()
    if last in _BEFORE_NUMBERS:
        following = _NEXT_CHAR.match(text, dot + 1)
        return following is not None and following[1].isdigit()
    # "J. Smith", "e.g. this": the dot belongs to the word; a number may well end a sentence
    return last in _ABBREVIATIONS or (len(last) == 1 and last.isalpha() and last not in "aiou")


def _split_long(sentence: str, language: str, max_length: int) -> list[str]:
    if len(sentence) <= max_length:
        return [sentence]
    cuts = [match.end() for match in _CLAUSE_MARK.finditer(sentence)]
    cuts_at_spaces = [match.end() for match in re.finditer(r"\s+", sentence)] if is_spaced(language) else []
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
    """Where to cut behind `start`: in front of the tag within which the cut would fall, if any."""
    opens = max(text.rfind("[", start, cut), text.rfind("<", start, cut))
    tag = _TAG.match(text, opens) if opens > start else None
    return opens if tag and tag.end() > cut else cut


class SentenceBuffer:
    """Collects streaming text and hands out sentences as they are complete. One object per stream; not shared."""

    def __init__(self, language: str, max_length: int = 200) -> None:
        self._language = language
        self._max_length = max_length
        self._text = ""

    def push(self, delta: str) -> list[str]:
        """Sentences that `delta` completed. The last sentence waits until the text after it has begun."""
        self._text += delta
        sentences = split_sentences(self._text, self._language, self._max_length)
        if len(sentences) < 2:
            return []
        trailing = self._text[len(self._text.rstrip()) :]
        self._text = sentences[-1] + trailing
        return sentences[:-1]

    @property
    def pending(self) -> str:
        """The sentence under way, as far as it has come."""
        return self._text

    def take(self, length: int) -> str:
        """So many characters from its beginning, which are no longer part of it."""
        taken, self._text = self._text[:length], self._text[length:]
        return taken

    def take_complete(self) -> list[str]:
        """The sentence under way where the text after it can only be another one, though none of it has come."""
        if not (self._text[-1:].isspace() or self._text.endswith(_UNSPACED_ENDS)):
            return []
        *before, after = split_sentences(f"{self._text}x", self._language, self._max_length)
        return self.flush() if before and after == "x" else []

    def flush(self) -> list[str]:
        """What is left when the stream has ended."""
        rest, self._text = self._text, ""
        return split_sentences(rest, self._language, self._max_length)
