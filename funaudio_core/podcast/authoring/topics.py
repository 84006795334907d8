"""Shows about a topic, written by a language model from what it knows: nothing in them is checked against a source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from funaudio_core.errors import BadInput, FunAudioError, Unsupported
from funaudio_core.podcast.arranging import require_wishes
from funaudio_core.podcast.authoring import checks, prompts
from funaudio_core.podcast.authoring.linking import Ask, Draft
from funaudio_core.podcast.authoring.prompts import FEELINGS, Brief
from funaudio_core.podcast.model import ScriptLine
from funaudio_core.podcast.pace import count_words, is_spaced, words_per_second
from funaudio_core.podcast.phrases import Phrasebook
from funaudio_core.text import is_speakable
from funaudio_core.text.markup import strip_markup

MAX_MINUTES = 15.0
MAX_TOPIC_CHARACTERS = 200
PART_WORDS = {True: 150, False: 260}  # of a part of the show
LINE_WORDS = {True: 22, False: 40}  # of a line
MAX_PARTS, MAX_LINES = 14, 12
OUTLINE_TOKENS, LINE_TOKENS, EXTRA_TOKENS = 300, 130, 60
CONTEXT_LINES = 3  # of the part before that the model sees
MIN_LINES = 2  # of a part that is kept


def write_about(topic: str, minutes: float, brief: Brief, ask: Ask) -> Iterator[Draft]:
    """Let a model write a show about a topic; yield the script after each request.

    Its hosts say at the beginning that a model wrote it and that nothing was checked.

    Args:
        topic: The topic.
        minutes: Length, at most MAX_MINUTES.
        brief: What the model is told.
        ask: Returns the model's JSON.

    Raises:
        BadInput: The wishes can't be fulfilled.
        Unsupported: The model can't keep to a JSON schema.
        FunAudioError: The model wrote nothing that can be used.
    """
    _validate(topic, minutes, brief)
    spaced = is_spaced(brief.language)
    words = round(minutes * 60 * words_per_second(brief.language))
    count = max(2, min(MAX_PARTS, round(words / PART_WORDS[spaced])))
    plan = ask(prompts.outline_messages(brief, topic, count), prompts.outline_schema(brief, count), OUTLINE_TOKENS)
    title, parts = _read_outline(plan, topic)
    book = Phrasebook(brief.language)
    lines = _opening(title, brief, book)
    editor = _Reader(brief)
    failure: FunAudioError | None = None
    part_words = max(40, (words - _count(lines, brief)) // len(parts))
    most = max(3, min(MAX_LINES, round(part_words / LINE_WORDS[spaced])))
    greeting = len(lines)
    for number, part in enumerate(parts):
        messages = prompts.topic_messages(
            brief, topic, parts, number, lines[max(greeting, len(lines) - CONTEXT_LINES) :], part_words
        )
        try:
            reply = ask(messages, prompts.topic_schema(brief, most), LINE_TOKENS * most + EXTRA_TOKENS)
        except Unsupported:
            raise
        except FunAudioError as error:
            failure, reply = error, {}
        lines += editor.read(reply, part)
        yield Draft(tuple(lines), (number + 1) / len(parts), editor.accepted, tuple(editor.faults))
    if len(lines) == greeting:
        raise failure or FunAudioError(
            "The chat model wrote nothing that can be used. Try again, choose another model, or paste a text."
        )
    lines += [
        ScriptLine(brief.names[0], book.pick("close")),
        ScriptLine(brief.names[-1], book.pick("goodbye")),
    ]
    yield Draft(tuple(lines), 1.0, editor.accepted, tuple(editor.faults))


def _validate(topic: str, minutes: float, brief: Brief) -> None:
    require_wishes(brief.names, minutes, brief.form)
    if not is_speakable(topic):
        raise BadInput("There is no topic. Write what the show is about, or paste a text.")
    if len(topic) > MAX_TOPIC_CHARACTERS:
        raise BadInput(
            "The topic has {count:,} characters; the limit is {most:,}. Shorten it, or paste it as the text.",
            count=len(topic),
            most=MAX_TOPIC_CHARACTERS,
        )
    if minutes > MAX_MINUTES:
        raise BadInput(
            "A model writes at most {most:g} minutes about a topic. Ask for a shorter show, or paste a text.",
            most=MAX_MINUTES,
        )


def _read_outline(plan: object, topic: str) -> tuple[str, list[str]]:
    """Return title and headings; those that can't be used are left out, and the topic stands in for all."""
    rows = plan if isinstance(plan, dict) else {}
    given = rows.get("parts")
    headings = [_heading(each) for each in given if isinstance(each, str)] if isinstance(given, list) else []
    parts = [each for each in dict.fromkeys(headings) if each][:MAX_PARTS]
    title = _heading(rows.get("title")) or _heading(topic)
    return title, parts or [_heading(topic)]


def _heading(text: object) -> str:
    """Return a heading without markup and numbers before it."""
    bare = strip_markup(" ".join(str(text or "").split())).strip(' .。:："“”')
    return bare if is_speakable(bare) else ""


def _opening(title: str, brief: Brief, book: Phrasebook) -> list[ScriptLine]:
    """Return the greeting: the hosts, the subject, and who wrote it."""
    first = brief.names[0]
    lines = [ScriptLine(first, book.pick("open", name=first))]
    lines += [ScriptLine(name, book.pick("join", name=name)) for name in brief.names[1:]]
    about = [book.pick("open.topic", title=title), book.pick("unchecked")]
    return [*lines, ScriptLine(first, (" " if is_spaced(brief.language) else "").join(about))]


def _count(lines: Sequence[ScriptLine], brief: Brief) -> int:
    return sum(count_words(line.text, brief.language) for line in lines)


class _Reader:
    """Reads the lines of a model and drops those that can't be spoken. Stateful."""

    def __init__(self, brief: Brief) -> None:
        """Take what the model was told."""
        self._brief, self._said = brief, set[str]()
        self.accepted, self.faults = 0, list[str]()

    def read(self, reply: object, part: str) -> list[ScriptLine]:
        """Return the lines of a part; none if too few can be used."""
        rows = reply.get("lines") if isinstance(reply, dict) else None
        kept = [line for row in (rows if isinstance(rows, list) else []) if (line := self._read_row(row))]
        if len(kept) < MIN_LINES:
            return []
        self.accepted += len(kept)
        return [ScriptLine(kept[0].speaker, kept[0].text, kept[0].feeling, part), *kept[1:]]

    def _read_row(self, row: object) -> ScriptLine | None:
        entry = row if isinstance(row, dict) else {}
        speaker, text, feeling = entry.get("speaker"), entry.get("text"), entry.get("feeling")
        words = " ".join(text.split()) if isinstance(text, str) else ""
        fault = "" if speaker in self._brief.names else checks.SPEAKER
        most = prompts.MAX_LINE_WORDS[is_spaced(self._brief.language)]
        fault = fault or checks.find_form_fault(words, self._brief.language, most, frozenset(self._brief.tags))
        fault = fault or (checks.QUOTATION if checks.has_quotation(words) else "")
        fault = fault or (checks.REPEATED if words.casefold() in self._said else "")
        if fault:
            self.faults.append(fault)
            return None
        self._said.add(words.casefold())
        return ScriptLine(str(speaker), words, str(feeling) if feeling in FEELINGS[1:] else "")
