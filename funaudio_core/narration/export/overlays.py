"""Documents of a read-along book: XHTML with a fragment for each sentence or word, and SMIL with its clip."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby, pairwise

from funaudio_core.books.model import HEADING, VERSE
from funaudio_core.narration.export.recording import NARRATOR, RecordedChapter
from funaudio_core.narration.export.timed_text import TimedSegment, TimedSentence, timed_segments

ACTIVE_CLASS = "-epub-media-overlay-active"
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True, slots=True)
class Fragment:
    """Element of a document that is read along: its id, and the sample at which it starts."""

    id: str
    start: int


@dataclass(frozen=True, slots=True)
class ChapterDocument:
    """XHTML of a chapter, and its fragments in order, at least one."""

    xhtml: str
    fragments: tuple[Fragment, ...]


def chapter_document(
    chapter: RecordedChapter, rate: int, language: str, speakers: Sequence[str], *, by_word: bool = False
) -> ChapterDocument:
    """Return the text of a chapter.

    Args:
        chapter: The chapter.
        rate: Sample rate in Hz.
        language: ISO 639 code.
        speakers: Names of all speakers; the class of a speaker is its number in them.
        by_word: Make a fragment of each word instead of each sentence.
    """
    fragments: list[Fragment] = []
    blocks, has_heading = [], False
    timed = timed_segments(chapter, rate, language)
    for (_, kind), group in groupby(timed, lambda one: (one.segment.passage, one.segment.kind)):
        text = "".join(_segment_markup(one, speakers, fragments, by_word) for one in group)
        if text:
            has_heading = has_heading or kind == HEADING
            blocks.append(_block(kind, text))
    if not has_heading or not fragments:  # of a chapter that speaks no heading, or that is only a jingle
        blocks.insert(0, f'<h1 id="title">{to_markup(chapter.title)}</h1>')
    fragments = fragments or [Fragment("title", 0)]
    head = f'<title>{to_markup(chapter.title)}</title><link rel="stylesheet" type="text/css" href="style.css"/>'
    body = '<section id="chapter" epub:type="chapter" role="doc-chapter">\n' + "\n".join(blocks) + "\n</section>"
    return ChapterDocument(xhtml_page(language, head, body), tuple(fragments))


def smil(document: str, audio: str, fragments: Sequence[Fragment], end: int, rate: int) -> str:
    """Return the media overlay of a document.

    Each clip lasts until the next one starts, so that a player leaves nothing of the sound out.

    Args:
        document: Name of the XHTML file.
        audio: Path of the sound file.
        fragments: The fragments in order.
        end: Length of the sound in samples.
        rate: Sample rate in Hz.
    """
    starts = [0, *(fragment.start for fragment in fragments[1:])]
    milliseconds = [round(1000 * sample / rate) for sample in (*starts, end)]
    clips = zip(fragments, pairwise(milliseconds), strict=True)
    pars = "\n".join(  # a clip without a length is an error; its text stays
        f'<par id="p-{fragment.id}"><text src="{document}#{fragment.id}"/>'
        f'<audio src="{audio}" clipBegin="{start / 1000:.3f}s" clipEnd="{stop / 1000:.3f}s"/></par>'
        for fragment, (start, stop) in clips
        if start < stop
    )
    return (
        f'{_XML}<smil xmlns="http://www.w3.org/ns/SMIL" xmlns:epub="http://www.idpf.org/2007/ops" version="3.0">\n'
        f'<body><seq id="chapter" epub:textref="{document}#chapter" epub:type="bodymatter chapter">\n{pars}\n'
        "</seq></body>\n</smil>\n"
    )


def xhtml_page(language: str, head: str, body: str) -> str:
    """Return an XHTML document with the markup of its head and body."""
    return (
        f'{_XML}<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" '
        f'lang="{language}" xml:lang="{language}">\n<head>{head}</head>\n<body>\n{body}\n</body>\n</html>\n'
    )


def to_markup(text: str) -> str:
    """Return text as XML, without the control characters that XML forbids."""
    return escape("".join(char for char in text if char >= " " or char in "\t\n"))


def _block(kind: str, text: str) -> str:
    if kind == HEADING:
        return f"<h1>{text}</h1>"
    return f'<p class="verse">{text}</p>' if kind == VERSE else f"<p>{text}</p>"


def _segment_markup(timed: TimedSegment, speakers: Sequence[str], fragments: list[Fragment], by_word: bool) -> str:
    """Return the markup of a segment, and add its fragments."""
    text, parts, position = timed.segment.text, [], 0
    for sentence in timed.sentences:
        parts.append(_plain(text[position : sentence.text_start]))
        parts += _sentence_markup(text, sentence, fragments, by_word)
        position = sentence.text_end
    markup = "".join([*parts, _plain(text[position:])])
    if timed.segment.speaker == NARRATOR or not markup.strip():
        return markup
    number = speakers.index(timed.segment.speaker) if timed.segment.speaker in speakers else len(speakers)
    return f'<span class="speaker speaker-{number}" title="{to_markup(timed.segment.speaker)}">{markup}</span>'


def _sentence_markup(text: str, sentence: TimedSentence, fragments: list[Fragment], by_word: bool) -> Iterator[str]:
    """Yield the markup of a sentence, and add its fragments."""
    ranges = [(sentence.text_start, sentence.text_end, sentence.start)]
    if by_word and sentence.words:
        starts = [sentence.text_start, *(word.text_start for word in sentence.words[1:]), sentence.text_end]
        ranges = [(first, end, word.start) for word, (first, end) in zip(sentence.words, pairwise(starts), strict=True)]
    for first, end, start in ranges:
        inside = text[first:end]
        fragments.append(Fragment(f"f{len(fragments) + 1}", start))
        yield f'<span id="{fragments[-1].id}">{_plain(inside.rstrip())}</span>{_plain(inside[len(inside.rstrip()) :])}'


def _plain(text: str) -> str:
    """Return text as markup, with the line breaks of verse."""
    return to_markup(text).replace("\n", "<br/>")
