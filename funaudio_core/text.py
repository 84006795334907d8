"""Sentences: splitting, joining and cleaning text that is to be spoken or shown. Pure; knows no model."""

from __future__ import annotations

import re
import unicodedata

from funaudio_core.errors import BadInput
from funaudio_core.languages import is_spaced

# A full stop ends a sentence only before white space; CJK marks end one wherever they stand.
_END = re.compile(r"""[.!?…。！？؟।\n]+["'”’»)\]」』】]*(?=\s|$)|[。！？…]+["'”’」』】)]*|\n+""")
_SENTENCE_ENDS = tuple(".!?…。！？؟।")
_CLOSING = "\"'”’»)）」』】"  # may stand behind the mark that ends a sentence
_CLAUSE = re.compile(r"[,;:，；：、—–]\s*")
_ABBREVIATIONS = frozenset("mr mrs ms dr prof st vs e.g i.e jr sr sra srta ud uds dra mme mlle sig dott".split())  # noqa: SIM905
_BEFORE_NUMBERS = frozenset(("no", "nos", "fig", "approx", "p", "pp", "art"))  # "No. 5", yet "No." alone ends
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


def require_speakable(text: str, limit: int) -> str:
    """The cleaned text. Raises BadInput where nothing can be said or more than `limit` characters were given."""
    if len(text) > limit:
        raise BadInput(
            "The text has {count:,} characters; at most {most:,} are spoken at once. Shorten or split it.",
            count=len(text),
            most=limit,
        )
    cleaned = clean(text)
    if not cleaned:
        raise BadInput("There is no text to speak. Type a sentence first.")
    if not is_speakable(cleaned):
        raise BadInput("The text holds only symbols, nothing that can be spoken. Add some words.")
    return cleaned


def unclosed(text: str) -> str:
    """The text without the quotes and brackets that close at its end, so that its last character is its last mark."""
    return text.rstrip().rstrip(_CLOSING)


def ends_sentence(text: str) -> bool:
    """Whether its last mark, whatever closes behind it, ends a sentence."""
    return unclosed(text).endswith(_SENTENCE_ENDS)


def split_sentences(text: str, language: str, limit: int = 200) -> list[str]:
    """Sentences in order, none empty, none longer than `limit` characters; joined they hold every character spoken.

    Sentences over the limit are cut at clause marks, then at spaces, then anywhere.
    """
    pieces: list[str] = []
    start = 0
    for match in _END.finditer(text):
        if _is_abbreviation(text, match.start()) and "\n" not in match.group():
            continue
        pieces.append(text[start : match.end()])
        start = match.end()
    pieces.append(text[start:])
    out: list[str] = []
    for piece in pieces:
        sentence = piece.strip()
        if not sentence:
            continue
        if out and not is_speakable(sentence) and len(out[-1]) + len(sentence) <= limit:
            out[-1] += sentence  # a stray mark belongs to the sentence before it
        else:
            out.extend(_shorten(sentence, language, limit))
    return out


def _is_abbreviation(text: str, dot: int) -> bool:
    if text[dot] != ".":
        return False
    word = re.search(r"[\w.]+$", text[:dot])
    if word is None:
        return False
    last = word.group().lower()
    if last in _BEFORE_NUMBERS:
        return text[dot + 1 :].lstrip()[:1].isdigit()
    # "J. Smith", "e.g. this": the dot belongs to the word; a number may well end a sentence
    return last in _ABBREVIATIONS or (len(last) == 1 and last.isalpha() and last not in "aiou")


def _shorten(sentence: str, language: str, limit: int) -> list[str]:
    if len(sentence) <= limit:
        return [sentence]
    cuts = [match.end() for match in _CLAUSE.finditer(sentence)]
    cuts_at_spaces = [match.end() for match in re.finditer(r"\s+", sentence)] if is_spaced(language) else []
    out: list[str] = []
    start = 0
    while len(sentence) - start > limit:
        inside = [cut for cut in cuts if start + limit // 3 < cut <= start + limit]
        inside = inside or [cut for cut in cuts_at_spaces if start < cut <= start + limit]
        end = inside[-1] if inside else start + limit
        out.append(sentence[start:end].strip())
        start = end
    out.append(sentence[start:].strip())
    return [piece for piece in out if piece]


def join_sentences(sentences: list[str], language: str) -> str:
    """One text from sentences: with spaces where the script has them, without elsewhere."""
    return (" " if is_spaced(language) else "").join(part for part in (s.strip() for s in sentences) if part)


class SentenceBuffer:
    """Collects streaming text and hands out sentences as they are complete. One object per stream; not shared."""

    def __init__(self, language: str, limit: int = 200) -> None:
        self._language = language
        self._limit = limit
        self._text = ""

    def push(self, delta: str) -> list[str]:
        """Sentences that `delta` completed. The last sentence waits until the text after it has begun."""
        self._text += delta
        sentences = split_sentences(self._text, self._language, self._limit)
        if len(sentences) < 2:
            return []
        trailing = self._text[len(self._text.rstrip()) :]
        self._text = sentences[-1] + trailing
        return sentences[:-1]

    def flush(self) -> list[str]:
        """What is left when the stream has ended."""
        rest, self._text = self._text, ""
        return split_sentences(rest, self._language, self._limit)
