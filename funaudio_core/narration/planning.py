"""Division of a book into lines: who speaks each stretch of text, and with what feeling."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from funaudio_core import text
from funaudio_core.books.model import BREAK, HEADING, NOTE, Book, Chapter, Passage, spoken_passages
from funaudio_core.books.speakers.attribution import attribute
from funaudio_core.books.speakers.types import Chooser, Span
from funaudio_core.errors import BadInput
from funaudio_core.languages import is_spaced
from funaudio_core.narration.model import NARRATOR, UNKNOWN, Line, Plan, PlannedChapter, Speaker
from funaudio_core.text.passage_language import passage_language

# Characters of a line, by languages.is_spaced: about 20 s of speech. Longer stretches are cut between sentences.
LINE_CHARACTERS = {True: 300, False: 90}
MAX_SENTENCE_CHARACTERS = {True: 1_200, False: 360}  # a longer one is cut at a space, or anywhere


@dataclass(frozen=True, slots=True)
class _Located:
    """Spoken passage with the index of its first character in the text of the whole book; -1 for a note."""

    passage: Passage
    start: int
    follows_break: bool


def plan_book(
    book: Book,
    *,
    chapters: Collection[int] | None = None,
    with_notes: bool = False,
    chooser: Chooser | None = None,
) -> Plan:
    """Divide a book into lines. Every character of a spoken passage is in exactly one of them.

    Args:
        book: The book.
        chapters: Numbers of the chapters to narrate, from 0; None for those that are selected.
        with_notes: Read each note after the sentence that refers to it.
        chooser: Language model that decides where the rules only guess who speaks.

    Raises:
        BadInput: None of these chapters has text.
    """
    language = book.language or "en"
    paragraphs: list[str] = []
    located: list[tuple[Chapter, list[_Located]]] = []
    length = 0
    for number, chapter in enumerate(book.chapters):
        if not (chapter.is_selected if chapters is None else number in chapters):
            continue
        found = list(_locate(spoken_passages(chapter, language, with_notes=with_notes), length))
        told = [row.passage.text.replace("\n", " ") for row in found if row.start >= 0]  # verse is one paragraph
        paragraphs += told
        length += sum(len(paragraph) + 1 for paragraph in told)
        if found:
            located.append((chapter, found))
    if not located:
        raise BadInput("None of these chapters has text. Choose other chapters.")
    attribution = attribute("\n".join(paragraphs), language, chooser)
    spans = _SpanReader(attribution.spans)
    planned = tuple(
        PlannedChapter(chapter.title, tuple(_divide(found, spans, language)), chapter.part)
        for chapter, found in located
    )
    cast = {person.name: Speaker(person.name, person.sex, tuple(sorted(person.aliases))) for person in attribution.cast}
    return Plan(book.title, book.authors, language, planned, _count_lines(planned, cast))


def _locate(passages: Sequence[Passage], start: int) -> Iterator[_Located]:
    """Yield the passages that can be spoken; the first one that isn't a note is at `start` of the book's text."""
    follows_break = False
    for passage in passages:
        if passage.kind == BREAK:
            follows_break = True
        if not text.is_speakable(passage.text):
            continue
        yield _Located(passage, -1 if passage.kind == NOTE else start, follows_break)
        follows_break = False
        if passage.kind != NOTE:
            start += len(passage.text) + 1


class _SpanReader:
    """Reader of the spans of a book, in order."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans, self._next = spans, 0

    def read(self, start: int, end: int) -> list[Span]:
        """Return the parts of spans from `start` to `end`, which is behind the end of the call before."""
        found: list[Span] = []
        while self._next < len(self._spans) and self._spans[self._next].start < end:
            span = self._spans[self._next]
            if span.end > start:
                is_inside = start <= span.start and span.end <= end
                found.append(span if is_inside else replace(span, start=max(span.start, start), end=min(span.end, end)))
            if span.end > end:
                break
            self._next += 1
        return found


def _divide(located: Sequence[_Located], spans: _SpanReader, language: str) -> Iterator[Line]:
    """Yield the lines of a chapter. language: That of the book."""
    for number, row in enumerate(located):
        words, is_first = row.passage.text, True
        found = spans.read(row.start, row.start + len(words)) if row.start >= 0 else [Span(-1, len(words) - 1)]
        if row.passage.kind == HEADING:
            found = [Span(row.start, row.start + len(words))]
        for span, stretch in _join(
            words, [(span, words[span.start - row.start : span.end - row.start]) for span in found]
        ):
            spoken = passage_language(stretch, language)
            for piece in _cut(stretch, is_spaced(spoken or language)):
                yield _make_line(piece, number, row, span, spoken, is_first)
                is_first = False


def _make_line(words: str, number: int, row: _Located, span: Span, spoken: str, is_first: bool) -> Line:
    evidence = span.evidence
    return Line(
        words,
        number,
        row.passage.kind,
        NARRATOR if span.speaker is None else span.speaker,
        span.emotion,
        span.is_whispered,
        span.level,
        evidence.kind if evidence else "",
        evidence.words if evidence else "",
        span.is_quotation,
        row.follows_break and is_first,
        language=spoken,
    )


def _join(words: str, stretches: list[tuple[Span, str]]) -> list[tuple[Span, str]]:
    """Return the stretches of a passage with those joined that are no lines of their own.

    These are stretches without words, and words in quotation marks within a sentence of narration.
    """
    joined: list[tuple[Span, str]] = []
    pending = ""  # without words, at the start of the passage
    for span, stretch in stretches:
        if not text.is_speakable(stretch):
            if joined:
                joined[-1] = (joined[-1][0], joined[-1][1] + stretch)
            else:
                pending += stretch
        elif joined and _is_same_sentence(*joined[-1], span):
            joined[-1] = (joined[-1][0], joined[-1][1] + stretch)
        else:
            joined.append((span, pending + stretch))
            pending = ""
    return joined or [(Span(0, len(words)), words)]


def _is_same_sentence(before: Span, words: str, after: Span) -> bool:
    """Return whether two stretches of narration, one of which is quoted, belong to one sentence."""
    return before.speaker is None and after.speaker is None and not text.ends_sentence(words)


def _cut(stretch: str, has_spaces: bool) -> Iterator[str]:
    """Yield a stretch in pieces of at most LINE_CHARACTERS, cut between sentences; pieces without words stay joined."""
    piece, has_words = "", False
    for sentence in (part for whole in text.cut_sentences(stretch) for part in _cut_endless(whole, has_spaces)):
        is_full = len(piece) + len(sentence.rstrip()) > LINE_CHARACTERS[has_spaces]
        is_spoken = text.is_speakable(sentence)
        if is_full and has_words and is_spoken:
            yield piece
            piece, has_words = "", False
        piece += sentence
        has_words = has_words or is_spoken
    if piece:
        yield piece


def _cut_endless(sentence: str, has_spaces: bool) -> Iterator[str]:
    """Yield a sentence, one that is too long in pieces that end at a space where there is one."""
    limit = MAX_SENTENCE_CHARACTERS[has_spaces]
    while len(sentence) > limit:
        end = sentence.rfind(" ", limit // 2, limit) + 1 or limit
        yield sentence[:end]
        sentence = sentence[end:]
    yield sentence


def _count_lines(chapters: Sequence[PlannedChapter], cast: dict[str, Speaker]) -> tuple[Speaker, ...]:
    """Return the speakers of the lines with their numbers of quotations and chapters, the greatest talkers first."""
    quotations: dict[str, int] = defaultdict(int)
    spoken_in: dict[str, list[int]] = defaultdict(list)
    for number, chapter in enumerate(chapters):
        previous: Line | None = None
        for line in chapter.lines:
            if line.speaker not in (NARRATOR, UNKNOWN):
                goes_on = previous is not None and (previous.passage, previous.speaker) == (line.passage, line.speaker)
                quotations[line.speaker] += not goes_on
                if spoken_in[line.speaker][-1:] != [number]:
                    spoken_in[line.speaker].append(number)
            previous = line
    named = (cast.get(name, Speaker(name)) for name in quotations)
    counted = (replace(row, lines=quotations[row.name], chapters=tuple(spoken_in[row.name])) for row in named)
    return tuple(sorted(counted, key=lambda row: -row.lines))
