"""Reads a reply while it is written: how to say it, then plain words, whatever form the model gave it. Knows no model.

The form is that of prompts.py. Models stray from it: they forget the line on style, think aloud, write Markdown or
JSON, go on in the user's place. All of that is put right or left out; what comes out holds no markup but event tags.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterable, Iterator, Sequence

from funaudio_core.engines.llm import style_line
from funaudio_core.languages import is_spaced
from funaudio_core.text import SentenceBuffer, is_speakable, markup
from funaudio_core.types import ReplyStyle

DIRECTION = 3  # words of a stage direction that is a sound; in longer ones something is told
LABEL = 24  # characters after which the beginning of a line can hold no label any more
_LABELS = ("assistant", "ai", "bot", "content", "reply", "response", "answer", "text", "助手", "内容", "回复", "回答")
_OTHERS = ("user", "human", "you", "用户", "system")
_LABEL = re.compile(rf"[*_`\"' \t]*(?:{'|'.join(_LABELS)})[*_`\"' \t]*[:：][*_`\"' \t]*", re.IGNORECASE)
_OTHER = re.compile(rf"[*_`\"' \t<\[]*(?:{'|'.join(_OTHERS)})[*_`\"' \t>\]]*[:：]", re.IGNORECASE)
_BULLET = re.compile(r"[ \t]*(?:[-*+•]|#{1,6}|>|\d{1,2}[.)])[ \t]+")
_FENCE = re.compile(r"[ \t]*`{3,}[\w-]*[ \t]*")
_OBJECT = re.compile(r"\{[^{}]*\"[^{}]*:[^{}]*\}")
_CONTENT = ("content", "text", "reply", "response", "answer", "message", "内容", "回复")
_FIELD = re.compile(rf'"(?:{"|".join(_CONTENT)})"\s*:\s*"((?:[^"\\]|\\.)*)', re.IGNORECASE)
_TOLD = re.compile(rf'"(?:{"|".join(style_line.KEYS)})"\s*:\s*"((?:[^"\\]|\\.)*)', re.IGNORECASE)
_STAGE = re.compile(r"([\[(*<（【])\s*([^\[\]()*<>（）【】]{1,40}?)\s*[\])*>）】](?!\()")  # not a link
_SOUNDS = {  # what models write for a sound, by the tag that makes it
    "laughter": re.compile(r"(?:laugh|chuckl|giggl|haha)\w*|[轻大微]?笑声?", re.IGNORECASE),
    "sigh": re.compile(r"sigh(?:s|ed|ing)?\b|叹[了口]*气", re.IGNORECASE),
    "breath": re.compile(r"breath\w*|inhal\w*|exhal\w*|(?:takes? a )?(?:deep )?breath|吸气|呼吸|呼气", re.IGNORECASE),
    "cough": re.compile(r"cough\w*|clears? (?:his|her|their|my)? ?throat|咳嗽?声?", re.IGNORECASE),
    "pause": re.compile(r"paus\w*|停顿", re.IGNORECASE),
}
_ACTION = re.compile(  # a stage direction for which there is no sound
    r"(?:smil|nod|grin|wink|hug|shrug|wav|lean|look|gasp|cr(?:y|ies)|whisper|soft|gentl|warm|happi|sad|cheer)\w*"
    r"(?: \w+)*"
    r"|[微轻]?笑着?|点头|沉默",
    re.IGNORECASE,
)
_THOUGHT, _THOUGHT_END = "<think>", "</think>"


def read(pieces: Iterable[str], language: str, tags: Sequence[str]) -> Iterator[ReplyStyle | str]:
    """A Delivery where the model told one, then words as soon as they are certain; joined they are what is to be said.

    language: of the words. tags: names of the event tags that are kept, written "[laughter]"; all others go. The result
    does not depend on how the text was cut into pieces. Where reading ends, `pieces` is closed.
    """
    reading = _Reading(language, tags)
    try:
        for char in without_thoughts(pieces):
            yield from reading.feed(char)
            if reading.over:
                return
        yield from reading.close()
    finally:
        if hasattr(pieces, "close"):
            pieces.close()


def without_thoughts(pieces: Iterable[str]) -> Generator[str]:
    """The text without what stands between <think> and </think>, character by character; an open thought never ends."""
    held, thinking = "", False
    for char in (char for piece in pieces for char in piece):
        held += char
        mark = _THOUGHT_END if thinking else _THOUGHT
        if thinking:
            held = held[-len(mark) :]
            if held.lower() == mark:
                held, thinking = "", False
        elif held.lower() in (_THOUGHT, _THOUGHT_END):
            thinking, held = held.lower() == _THOUGHT, ""
        else:
            while held and not any(each.startswith(held.lower()) for each in (_THOUGHT, _THOUGHT_END)):
                yield held[0]
                held = held[1:]
    if not thinking:
        yield from held


class _Reading:
    """One reply. over: the model has begun to speak for others, and nothing more is to be read."""

    def __init__(self, language: str, tags: Sequence[str]) -> None:
        self.over = False
        self._space = " " if is_spaced(language) else ""
        self._tags = frozenset(tags)
        self._sentences = SentenceBuffer(language)
        self._head: str | None = ""  # what came before it is clear how the reply begins; None after that
        self._object = ""  # a reply in JSON, which has to be whole
        self._line: str | None = ""  # the beginning of a line, until it is clear what it is
        self._pending = ""  # tags that wait for words
        self._within = False  # a sentence of which the first words are out

    def feed(self, char: str) -> Iterator[ReplyStyle | str]:
        if self._object:
            self._object += char
        elif self._head is None:
            yield from self._content(char)
        else:
            self._head += char
            yield from self._begin(over=False)

    def close(self) -> Iterator[ReplyStyle | str]:
        if self._object:
            told, content = _fields(self._object)
            self._object = ""
            if told:
                yield style_line.delivery(told)
            yield from self._all(content)
        elif self._head is not None:
            yield from self._begin(over=True)
        yield from self._started(over=True)
        for sentence in self._sentences.flush():
            yield from self._spoken(sentence)

    def _begin(self, *, over: bool) -> Iterator[ReplyStyle | str]:
        """Look whether the reply begins with a line on style, as soon as that can be told."""
        text = (self._head or "").lstrip()
        fence = _FENCE.match(text)
        if fence:
            if "\n" not in text and not over:
                return
            text = text[fence.end() :].lstrip()
        if text.startswith("{") and not style_line.LINE.match(text[1:]):
            if len(text) > 1 and not text[1:].lstrip().startswith(('"', "'", "}")) and text[1:].strip():
                yield from self._all(text)
            elif len(text.strip()) > 1:
                self._object, self._head = text, None
            elif over:
                self._head = None
            return
        found = style_line.first_line(text, over=over)
        if found is None:
            return
        delivery, content = found
        if delivery is not None:
            yield delivery
        yield from self._all(content)

    def _all(self, content: str) -> Iterator[str]:
        self._head = None
        for char in content:
            if not self.over:
                yield from self._content(char)

    def _content(self, char: str) -> Iterator[str]:
        """The next character of what is to be said."""
        if self._line is not None:
            self._line += char
            if char == "\n" or len(self._line) > LABEL or _is_plain(self._line):
                yield from self._started(over=False)
            return
        for sentence in self._sentences.push(char):
            yield from self._spoken(sentence)
        yield from self._certain()
        if char == "\n":
            self._line = ""

    def _started(self, *, over: bool) -> Iterator[str]:
        """A line has begun: without what stands in front of its words."""
        line, self._line = self._line or "", None
        if _OTHER.match(line):
            self.over = True
            for sentence in self._sentences.flush():
                yield from self._spoken(sentence)
            return
        for pattern in (_FENCE, _BULLET, _LABEL):
            match = pattern.match(line)
            if match:
                line = line[match.end() :]
        for sentence in self._sentences.push(line):
            yield from self._spoken(sentence)
        if line.endswith("\n") and not over:
            self._line = ""

    def _spoken(self, sentence: str) -> Iterator[str]:
        """A sentence, or what is left of it, without anything that is not to be said."""
        within, self._within = self._within, False
        if not within and style_line.is_line(sentence):  # a second line on style
            return
        words = self._words(sentence, within=within)
        if not (words if within else is_speakable(markup.strip_markup(words))):
            self._pending += "".join(f"[{tag}] " for tag in _tags_in(words, self._tags))
            return
        yield self._pending + words + self._space
        self._pending = ""

    def _certain(self) -> Iterator[str]:
        """The words of the sentence under way of which it is certain that they are to be said."""
        begun = self._sentences.pending
        length = markup.stable_prefix_length(begun, self._tags)
        if not length or (not self._within and style_line.may_be_line(begun)):
            return
        words = self._words(begun[:length], within=self._within)
        if is_speakable(markup.strip_markup(words)):
            taken = self._sentences.take(length)
            yield self._pending + words + taken[len(taken.rstrip()) :]
            self._pending, self._within = "", True

    def _words(self, text: str, *, within: bool) -> str:
        text = _STAGE.sub(self._sound, _OBJECT.sub(" ", text))
        return markup.strip_continuation(text, self._tags) if within else markup.strip_markup(text, self._tags)

    def _sound(self, match: re.Match[str]) -> str:
        """A stage direction as the tag for it, or as nothing."""
        written = match[2].strip()
        if match[1] == "[" and written in self._tags:
            return f"[{written}]"
        for tag, pattern in _SOUNDS.items():
            if pattern.match(written) and len(written.split()) <= DIRECTION:
                return f" [{tag}] " if tag in self._tags else " "
        if match[1] in "(（" and not _ACTION.fullmatch(written):
            return match.group()  # ordinary words in brackets
        return match.group() if match[1] in "*<" and not _ACTION.fullmatch(written) else " "


def _is_plain(line: str) -> bool:
    """Whether a line that goes on has nothing in front of its words: neither a mark nor what may become a label."""
    begun = line.lower().lstrip("[<\"'")
    rests = (begun[len(label) :].lstrip("*_`\"' \t>]") for label in (*_LABELS, *_OTHERS) if begun.startswith(label))
    if any(not rest or rest[0] in ":：" for rest in rests):
        return False
    return begun[:1].isalpha() and not any(label.startswith(begun) for label in (*_LABELS, *_OTHERS))


def _fields(written: str) -> tuple[str, str]:
    """Style and content of a reply in JSON, which may be broken off; "" for what it lacks."""
    told, content = _TOLD.search(written), _FIELD.search(written)
    return _unescaped(told[1]) if told else "", _unescaped(content[1]) if content else ""


def _unescaped(inner: str) -> str:
    try:
        return str(json.loads(f'"{inner}"', strict=False))
    except ValueError:  # broken off within an escape
        return inner.replace("\\n", "\n").replace('\\"', '"').replace("\\", "")


def _tags_in(words: str, tags: frozenset[str]) -> list[str]:
    return [name for name in re.findall(r"\[([\w-]+)\]", words) if name in tags]
