"""Links of an arranged script by a language model: what hosts say between the sentences that they read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from funaudio_core.engines.llm.chat_model import ChatMessage
from funaudio_core.errors import FunAudioError, Unsupported
from funaudio_core.podcast.authoring import checks, prompts
from funaudio_core.podcast.authoring.checks import Ground
from funaudio_core.podcast.authoring.prompts import FEELINGS, Brief
from funaudio_core.podcast.model import ScriptLine
from funaudio_core.podcast.pace import count_words, is_spaced
from funaudio_core.podcast.source import Source
from funaudio_core.podcast.terms import terms_of

Ask = Callable[[Sequence[ChatMessage], Mapping[str, Any], int], Any]  # messages, schema, most tokens → JSON
MAX_LINES = 6  # of one request
LEAD_TOKENS, EXTRA_TOKENS = 60, 40
TOKENS_PER_CHARACTER = {True: 0.4, False: 1.3}
UNKNOWN_SHARE = 0.2  # of a retold turn's words, such as synonyms, that its sentences may lack
MIN_TOLD_SHARE = 0.5  # of the sentences' words that a retold turn must hold
EXTRA_WORDS = 8  # of a retold turn beyond RETOLD_RATIO


@dataclass(frozen=True, slots=True)
class Draft:
    """Script in the making.

    Attributes:
        lines: All its lines as they stand.
        share: Share that is done.
        accepted: Number of the model's lines that are used.
        faults: Why each of its other lines isn't; see authoring.checks.
    """

    lines: tuple[ScriptLine, ...]
    share: float
    accepted: int = 0
    faults: tuple[str, ...] = ()


def write_links(source: Source, lines: Sequence[ScriptLine], brief: Brief, ask: Ask) -> Iterator[Draft]:
    """Let a model write what the hosts say between the sentences that they read; yield the script after each request.

    A line that says more than the source is not used: the line of the arranged script stays.

    Args:
        source: The source.
        lines: The arranged script.
        brief: What the model is told.
        ask: Returns the model's JSON.

    Raises:
        Unsupported: The model can't keep to a JSON schema.
        FunAudioError: No request gave an answer that can be used.
    """
    groups = _groups(lines)
    editor = _Editor(source, brief)
    failures: list[FunAudioError] = []
    done: list[ScriptLine] = []
    for number, group in enumerate(groups, 1):
        if group.is_written:
            messages = prompts.link_messages(brief, source.title, group.part, group.lines, group.said)
            try:
                reply = ask(messages, prompts.link_schema(brief, group.lines), _count_tokens(brief, group.lines))
            except Unsupported:
                raise
            except FunAudioError as error:
                failures.append(error)
                reply = {}
            done += editor.apply(group, reply if isinstance(reply, dict) else {})
        else:
            done += group.lines
        rest = [line for each in groups[number:] for line in each.lines]
        yield Draft((*done, *rest), number / len(groups), editor.accepted, tuple(editor.faults))
    if failures and len(failures) == sum(group.is_written for group in groups):
        raise failures[0]


@dataclass(frozen=True, slots=True)
class _Group:
    """Neighbouring lines of one part; said: the words before them, if they belong to the part."""

    lines: tuple[ScriptLine, ...]
    part: str = ""
    said: str = ""
    is_written: bool = False


def _groups(lines: Sequence[ScriptLine]) -> list[_Group]:
    """Return the lines in groups of up to MAX_LINES; greetings and goodbyes are groups that stay as they are."""
    starts = [index for index, line in enumerate(lines) if line.section] or [len(lines)]
    groups = [_Group(tuple(lines[: starts[0]]))] if starts[0] else []
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        last = max((index for index in range(start, end) if lines[index].sources), default=start - 1) + 1
        for first in range(start, last, MAX_LINES):
            said = lines[first - 1].text if first > start else ""
            groups.append(_Group(tuple(lines[first : min(first + MAX_LINES, last)]), lines[start].section, said, True))
        if last < end:
            groups.append(_Group(tuple(lines[last:end])))
    return groups


def _count_tokens(brief: Brief, lines: Sequence[ScriptLine]) -> int:
    tokens = len(lines) * LEAD_TOKENS + EXTRA_TOKENS
    if brief.can_retell:
        per_character = TOKENS_PER_CHARACTER[is_spaced(brief.language)] * prompts.RETOLD_RATIO
        tokens += round(sum(EXTRA_TOKENS + per_character * len(line.text) for line in lines if line.sources))
    return tokens


class _Editor:
    """Checks a model's lines and puts them into a script. Stateful."""

    def __init__(self, source: Source, brief: Brief) -> None:
        """Take the source and what the model was told."""
        self._source, self._brief = source, brief
        self._spaced, self._tags = is_spaced(brief.language), frozenset(brief.tags)
        self._said: set[str] = set()
        self.accepted, self.faults = 0, list[str]()

    def apply(self, group: _Group, reply: Mapping[str, Any]) -> list[ScriptLine]:
        """Return the lines of a group with those of the model that pass."""
        numbers = tuple(number for line in group.lines for number in line.sources)
        written: list[ScriptLine] = []
        before: tuple[int, ...] = ()
        for place, line in enumerate(group.lines, 1):
            near = (*before, *line.sources) if line.sources else numbers
            needs_question = not line.sources and checks.is_question(line.text)
            lead = self._lead(reply.get(str(place)), near, group.part, needs_question=needs_question)
            if not line.sources:
                written.append(replace(line, text=lead) if lead else line)
                continue
            if lead:
                texts = [self._text(number) for number in near]
                ground = self._ground(near, group.part)
                found = () if checks.is_question(lead) else checks.cited(lead, near, texts, ground)
                written.append(ScriptLine(line.speaker, lead, "", line.section, found))
            statement = self._retell(line, reply, place, group.part)
            written.append(replace(statement, section="") if lead else statement)
            before = line.sources
        return written

    def _lead(self, text: object, numbers: tuple[int, ...], part: str, *, needs_question: bool) -> str:
        """Return a link if it passes, else ""."""
        words = " ".join(text.split()) if isinstance(text, str) else ""
        if not words:
            return ""
        fault = checks.find_form_fault(words, self._brief.language, prompts.MAX_LEAD_WORDS[self._spaced], self._tags)
        fault = fault or (checks.NO_QUESTION if needs_question and not checks.is_question(words) else "")
        fault = fault or checks.find_invention(words, self._ground(numbers, part))
        fault = fault or (checks.REPEATED if words.casefold() in self._said else "")
        return self._judge(words, fault)

    def _retell(self, line: ScriptLine, reply: Mapping[str, Any], place: int, part: str) -> ScriptLine:
        """Return a turn in the model's words if they pass, else as it is."""
        if not self._brief.can_retell:
            return line
        feeling = reply.get(f"{place} feeling")
        text = reply.get(f"{place} retold")
        words = " ".join(text.split()) if isinstance(text, str) else ""
        if words:
            longest = round(prompts.RETOLD_RATIO * count_words(line.text, self._brief.language)) + EXTRA_WORDS
            ground = self._ground(line.sources, part)
            fault = checks.find_form_fault(words, self._brief.language, longest, self._tags)
            fault = fault or checks.find_invention(words, ground, UNKNOWN_SHARE)
            fault = fault or ("" if self._is_told(words, line.text) else checks.UNFINISHED)
            words = self._judge(words, fault)
        known = feeling if feeling in FEELINGS[1:] else ""
        return replace(line, text=words or line.text, feeling=str(known))

    def _is_told(self, words: str, text: str) -> bool:
        """Return whether words hold enough of a text."""
        wanted = set(terms_of(text, self._brief.language))
        return len(wanted & set(terms_of(words, self._brief.language))) >= MIN_TOLD_SHARE * len(wanted)

    def _judge(self, words: str, fault: str) -> str:
        """Count a line; return it, or "" if it has a fault."""
        if fault:
            self.faults.append(fault)
            return ""
        self.accepted += 1
        self._said.add(words.casefold())
        return words

    def _text(self, number: int) -> str:
        return self._source.sentences[number - 1].text

    def _ground(self, numbers: Sequence[int], part: str) -> Ground:
        names = (*self._brief.names, part, self._source.title)
        return Ground(self._brief.language, tuple(self._text(number) for number in numbers), tuple(filter(None, names)))
