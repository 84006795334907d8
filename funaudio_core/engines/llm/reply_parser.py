"""Streaming parser of chat replies: the style first, then plain text, in whatever form the model writes them.

The expected form is that of prompts.py. Models deviate: they forget the style line, think aloud, write Markdown or
JSON, or continue as the user. The parser corrects or drops all of that; its text has no markup but event tags.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterable, Iterator, Sequence

from funaudio_core.engines.llm import style_line
from funaudio_core.languages import is_spaced
from funaudio_core.text import SentenceBuffer, is_speakable, markup
from funaudio_core.types import ReplyStyle

MAX_SOUND_WORDS = 3  # of a stage direction that stands for a sound; longer ones are narration
MAX_LABEL_CHARACTERS = 24  # the start of a line is no label if it is longer
_LABELS = ("assistant", "ai", "bot", "content", "reply", "response", "answer", "text", "助手", "内容", "回复", "回答")
_OTHER_SPEAKERS = ("user", "human", "you", "用户", "system")
_LABEL = re.compile(rf"[*_`\"' \t]*(?:{'|'.join(_LABELS)})[*_`\"' \t]*[:：][*_`\"' \t]*", re.IGNORECASE)
_OTHER_LABEL = re.compile(rf"[*_`\"' \t<\[]*(?:{'|'.join(_OTHER_SPEAKERS)})[*_`\"' \t>\]]*[:：]", re.IGNORECASE)
_BULLET = re.compile(r"[ \t]*(?:[-*+•]|#{1,6}|>|\d{1,2}[.)])[ \t]+")
_FENCE = re.compile(r"[ \t]*`{3,}[\w-]*[ \t]*")
_OBJECT = re.compile(r"\{[^{}]*\"[^{}]*:[^{}]*\}")
_CONTENT_KEYS = ("content", "text", "reply", "response", "answer", "message", "内容", "回复")
_CONTENT_FIELD = re.compile(rf'"(?:{"|".join(_CONTENT_KEYS)})"\s*:\s*"((?:[^"\\]|\\.)*)', re.IGNORECASE)
_STYLE_FIELD = re.compile(rf'"(?:{"|".join(style_line.KEYS)})"\s*:\s*"((?:[^"\\]|\\.)*)', re.IGNORECASE)
_STAGE_DIRECTION = re.compile(r"([\[(*<（【])\s*([^\[\]()*<>（）【】]{1,40}?)\s*[\])*>）】](?!\()")  # not a link
_SOUNDS = {  # stage directions that stand for a sound, by its tag
    "laughter": re.compile(r"(?:laugh|chuckl|giggl|haha)\w*|[轻大微]?笑声?", re.IGNORECASE),
    "sigh": re.compile(r"sigh(?:s|ed|ing)?\b|叹[了口]*气", re.IGNORECASE),
    "breath": re.compile(r"breath\w*|inhal\w*|exhal\w*|(?:takes? a )?(?:deep )?breath|吸气|呼吸|呼气", re.IGNORECASE),
    "cough": re.compile(r"cough\w*|clears? (?:his|her|their|my)? ?throat|咳嗽?声?", re.IGNORECASE),
    "pause": re.compile(r"paus\w*|停顿", re.IGNORECASE),
}
_ACTION = re.compile(  # stage directions without a sound
    r"(?:smil|nod|grin|wink|hug|shrug|wav|lean|look|gasp|cr(?:y|ies)|whisper|soft|gentl|warm|happi|sad|cheer)\w*"
    r"(?: \w+)*"
    r"|[微轻]?笑着?|点头|沉默",
    re.IGNORECASE,
)
_THOUGHT, _THOUGHT_END = "<think>", "</think>"


def parse_reply(pieces: Iterable[str], language: str, tags: Sequence[str]) -> Iterator[ReplyStyle | str]:
    """Parse a reply while it is generated.

    The result does not depend on how the text is divided into pieces. Closing the iterator closes `pieces`.

    Args:
        pieces: Text of the model.
        language: Of the reply.
        tags: Names of the event tags to keep, written "[laughter]"; all others are dropped.

    Yields:
        The style if the model gave one, then text as soon as it is final; joined, it is what to speak.
    """
    parser = _ReplyParser(language, tags)
    try:
        for char in strip_thoughts(pieces):
            yield from parser.feed(char)
            if parser.is_over:
                return
        yield from parser.close()
    finally:
        if hasattr(pieces, "close"):
            pieces.close()


def strip_thoughts(pieces: Iterable[str]) -> Generator[str]:
    """Yield the text outside <think> and </think> character by character; an open thought lasts until the end."""
    pending, is_thought = "", False
    for char in (char for piece in pieces for char in piece):
        pending += char
        tag = _THOUGHT_END if is_thought else _THOUGHT
        if is_thought:
            pending = pending[-len(tag) :]
            if pending.lower() == tag:
                pending, is_thought = "", False
        elif pending.lower() in (_THOUGHT, _THOUGHT_END):
            is_thought, pending = pending.lower() == _THOUGHT, ""
        else:
            while pending and not any(marker.startswith(pending.lower()) for marker in (_THOUGHT, _THOUGHT_END)):
                yield pending[0]
                pending = pending[1:]
    if not is_thought:
        yield from pending


class _ReplyParser:
    """State of one reply.

    Attributes:
        is_over: The model has begun to write the user's turn; the rest is dropped.
    """

    def __init__(self, language: str, tags: Sequence[str]) -> None:
        """Start a reply."""
        self.is_over = False
        self._space = " " if is_spaced(language) else ""
        self._tags = frozenset(tags)
        self._sentences = SentenceBuffer(language)
        self._beginning: str | None = ""  # until the form of the reply is clear, then None
        self._json = ""  # a reply in JSON, parsed at its end
        self._line: str | None = ""  # the start of a line until its kind is clear, then None
        self._pending = ""  # tags to put in front of the next words
        self._in_sentence = False  # the first words of the sentence have been yielded

    def feed(self, char: str) -> Iterator[ReplyStyle | str]:
        if self._json:
            self._json += char
        elif self._beginning is None:
            yield from self._feed_content(char)
        else:
            self._beginning += char
            yield from self._parse_beginning(is_end=False)

    def close(self) -> Iterator[ReplyStyle | str]:
        if self._json:
            style, content = _parse_json(self._json)
            self._json = ""
            if style:
                yield style_line.parse_style(style)
            yield from self._feed_all(content)
        elif self._beginning is not None:
            yield from self._parse_beginning(is_end=True)
        yield from self._finish_line_start(is_end=True)
        for sentence in self._sentences.flush():
            yield from self._finish_sentence(sentence)

    def _parse_beginning(self, *, is_end: bool) -> Iterator[ReplyStyle | str]:
        """Parse the style line, or find that there is none, as soon as that is clear."""
        text = (self._beginning or "").lstrip()
        fence = _FENCE.match(text)
        if fence:
            if "\n" not in text and not is_end:
                return
            text = text[fence.end() :].lstrip()
        if text.startswith("{") and not style_line.LINE.match(text[1:]):
            if len(text) > 1 and not text[1:].lstrip().startswith(('"', "'", "}")) and text[1:].strip():
                yield from self._feed_all(text)
            elif len(text.strip()) > 1:
                self._json, self._beginning = text, None
            elif is_end:
                self._beginning = None
            return
        parsed = style_line.parse_first_line(text, is_end=is_end)
        if parsed is None:
            return
        style, content = parsed
        if style is not None:
            yield style
        yield from self._feed_all(content)

    def _feed_all(self, content: str) -> Iterator[str]:
        self._beginning = None
        for char in content:
            if not self.is_over:
                yield from self._feed_content(char)

    def _feed_content(self, char: str) -> Iterator[str]:
        """Parse the next character behind the style."""
        if self._line is not None:
            self._line += char
            if char == "\n" or len(self._line) > MAX_LABEL_CHARACTERS or _is_plain(self._line):
                yield from self._finish_line_start(is_end=False)
            return
        for sentence in self._sentences.push(char):
            yield from self._finish_sentence(sentence)
        yield from self._finish_words()
        if char == "\n":
            self._line = ""

    def _finish_line_start(self, *, is_end: bool) -> Iterator[str]:
        """Drop bullets and labels at the start of a line; stop if the label is not the assistant's."""
        line, self._line = self._line or "", None
        if _OTHER_LABEL.match(line):
            self.is_over = True
            for sentence in self._sentences.flush():
                yield from self._finish_sentence(sentence)
            return
        for pattern in (_FENCE, _BULLET, _LABEL):
            match = pattern.match(line)
            if match:
                line = line[match.end() :]
        for sentence in self._sentences.push(line):
            yield from self._finish_sentence(sentence)
        if line.endswith("\n") and not is_end:
            self._line = ""

    def _finish_sentence(self, sentence: str) -> Iterator[str]:
        """Yield a sentence, or the rest of it, without anything that can't be spoken."""
        in_sentence, self._in_sentence = self._in_sentence, False
        if not in_sentence and style_line.is_style_line(sentence):  # another style line
            return
        words = self._clean(sentence, in_sentence=in_sentence)
        if not (words if in_sentence else is_speakable(markup.strip_markup(words))):
            self._pending += "".join(f"[{tag}] " for tag in _find_tags(words, self._tags))
            return
        yield self._pending + words + self._space
        self._pending = ""

    def _finish_words(self) -> Iterator[str]:
        """Yield the words of the unfinished sentence that are final."""
        unfinished = self._sentences.pending
        length = markup.stable_prefix_length(unfinished, self._tags)
        if not length or (not self._in_sentence and style_line.can_be_style_line(unfinished)):
            return
        words = self._clean(unfinished[:length], in_sentence=self._in_sentence)
        if is_speakable(markup.strip_markup(words)):
            text = self._sentences.take(length)
            yield self._pending + words + text[len(text.rstrip()) :]
            self._pending, self._in_sentence = "", True

    def _clean(self, text: str, *, in_sentence: bool) -> str:
        text = _STAGE_DIRECTION.sub(self._replace_stage_direction, _OBJECT.sub(" ", text))
        return markup.strip_continuation(text, self._tags) if in_sentence else markup.strip_markup(text, self._tags)

    def _replace_stage_direction(self, match: re.Match[str]) -> str:
        """Return the tag of a stage direction, or nothing."""
        direction = match[2].strip()
        if match[1] == "[" and direction in self._tags:
            return f"[{direction}]"
        for tag, pattern in _SOUNDS.items():
            if pattern.match(direction) and len(direction.split()) <= MAX_SOUND_WORDS:
                return f" [{tag}] " if tag in self._tags else " "
        if match[1] in "(（" and not _ACTION.fullmatch(direction):
            return match.group()  # ordinary text in brackets
        return match.group() if match[1] in "*<" and not _ACTION.fullmatch(direction) else " "


def _is_plain(line: str) -> bool:
    """Return whether a line starts with ordinary words: neither markup nor the beginning of a label."""
    start = line.lower().lstrip("[<\"'")
    remainders = (
        start[len(label) :].lstrip("*_`\"' \t>]") for label in (*_LABELS, *_OTHER_SPEAKERS) if start.startswith(label)
    )
    if any(not rest or rest[0] in ":：" for rest in remainders):
        return False
    return start[:1].isalpha() and not any(label.startswith(start) for label in (*_LABELS, *_OTHER_SPEAKERS))


def _parse_json(json_text: str) -> tuple[str, str]:
    """Return style and content of a JSON reply, which may be cut off; "" for missing ones."""
    style, content = _STYLE_FIELD.search(json_text), _CONTENT_FIELD.search(json_text)
    return _unescape(style[1]) if style else "", _unescape(content[1]) if content else ""


def _unescape(string: str) -> str:
    try:
        return str(json.loads(f'"{string}"', strict=False))
    except ValueError:  # cut off within an escape
        return string.replace("\\n", "\n").replace('\\"', '"').replace("\\", "")


def _find_tags(words: str, tags: frozenset[str]) -> list[str]:
    return [name for name in re.findall(r"\[([\w-]+)\]", words) if name in tags]
