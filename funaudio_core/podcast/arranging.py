"""Arrangement of a source as a script: its own sentences, chosen and given to the hosts; nothing is invented."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from funaudio_core.errors import BadInput
from funaudio_core.podcast.choosing import Choice, choose_sentences
from funaudio_core.podcast.model import ScriptLine
from funaudio_core.podcast.pace import count_words, is_spaced, words_per_second
from funaudio_core.podcast.phrases import CHINESE, Phrasebook
from funaudio_core.podcast.source import Source, SourceSentence
from funaudio_core.podcast.terms import terms_of

FORMATS = ("conversation", "interview", "debate", "briefing")
LANGUAGES = frozenset({"en", "zh"})  # of the hosts' own phrases
MIN_MINUTES, MAX_MINUTES = 1.0, 60.0
MAX_HOSTS = 4
MAX_TURN_SENTENCES = 3
MAX_TERM_WORDS, MAX_TERM_CHARACTERS = 8, 16
_NUMBER_HEADING = re.compile(
    r"(?:chapter|part|section|book|letter|act|scene|no\.?)?\s*[\divxlcdm]+\.?|第?[\d一二三四五六七八九十百零]+[章节回卷部篇]?",
    re.IGNORECASE,
)
_CAPITALIZED = re.compile(r"(?<![.!?“\"]\s)(?<!^)\b[A-Z][a-z]+(?:\s+(?:of\s+(?:the\s+)?)?[A-Z][a-z]+)*")


@dataclass(frozen=True, slots=True)
class ArrangeOptions:
    """Wishes for a show.

    Attributes:
        hosts: One to four names; the first one asks.
        minutes: Length.
        form: One of FORMATS.
        topic: Words that the chosen sentences should be about; "" for the whole source.
        seed: Chooses among phrases.
    """

    hosts: tuple[str, ...]
    minutes: float = 3.0
    form: str = "conversation"
    topic: str = ""
    seed: int = 0


@dataclass(slots=True)
class _Draft:
    """Script in the making, with the words that each host has."""

    language: str
    lines: list[ScriptLine] = field(default_factory=list)
    words: Counter[str] = field(default_factory=Counter)

    def add(self, speaker: str, text: str, section: str = "", sources: tuple[int, ...] = ()) -> None:
        self.lines.append(ScriptLine(speaker, text, "", section, sources))
        self.words[speaker] += count_words(text, self.language)


@dataclass(frozen=True, slots=True)
class _Subject:
    """Words that a question names, the title of the section, and whether the words are the source's heading."""

    words: str
    title: str
    is_heading: bool = False


def arrange(source: Source, options: ArrangeOptions) -> tuple[ScriptLine, ...]:
    """Return a script whose every statement about the subject is a sentence of the source.

    Args:
        source: The source, in English or Chinese.
        options: Hosts, length and form.

    Raises:
        BadInput: The options can't be fulfilled, or the source is too short for the length.
    """
    if source.language not in LANGUAGES | CHINESE:
        raise BadInput("Shows are arranged from English and Chinese texts. Choose one of these, or write a script.")
    require_wishes(options.hosts, options.minutes, options.form)
    budget = round(options.minutes * 60 * words_per_second(source.language))
    available = source.count_words()
    if available < 0.5 * budget:
        raise BadInput(
            "The text is too short for {minutes:g} minutes: it has {count:,} words, enough for about {most:g}. "
            "Ask for a shorter show or add text.",
            minutes=options.minutes,
            count=available,
            most=max(0.5, round(available / 60 / words_per_second(source.language) * 2) / 2),
        )
    target = budget
    lines: tuple[ScriptLine, ...] = ()
    for _ in range(4):  # the hosts' own phrases take a share that is known only once the sentences are
        choices = choose_sentences(source, target, options.topic)
        lines = _write(source, choices, options)
        total = sum(count_words(line.text, source.language) for line in lines)
        if abs(total - budget) <= 0.03 * budget:
            break
        target = max(20, target + budget - total)
    return lines


def require_wishes(hosts: Sequence[str], minutes: float, form: str) -> None:
    """Raise BadInput if a show can't have these hosts, this length or this form."""
    if form not in FORMATS:
        raise BadInput("There is no form called {form!r}. Choose one of: {choices}.", form=form, choices=FORMATS)
    if not 1 <= len(set(hosts)) == len(hosts) <= MAX_HOSTS or not all(map(str.strip, hosts)):
        raise BadInput("A show has 1 to {most} hosts with different names. Correct the names.", most=MAX_HOSTS)
    if not MIN_MINUTES <= minutes <= MAX_MINUTES:
        raise BadInput(
            "A show of {minutes:g} minutes can't be arranged. Choose {low:g} to {high:g}.",
            minutes=minutes,
            low=MIN_MINUTES,
            high=MAX_MINUTES,
        )


def _write(source: Source, choices: Sequence[Choice], options: ArrangeOptions) -> tuple[ScriptLine, ...]:
    """Return the script of the chosen sentences."""
    draft, book = _Draft(source.language), Phrasebook(source.language, options.seed)
    hosts = options.hosts
    opening = book.pick("open.title", title=source.title) if source.title else book.pick("open.untitled")
    draft.add(hosts[0], _join(source, [book.pick("open", name=hosts[0]), *([opening] if len(hosts) == 1 else [])]))
    for host in hosts[1:]:
        draft.add(host, book.pick("join", name=host))
    if len(hosts) > 1:
        draft.add(hosts[0], opening)
    used: set[str] = set()
    for choice in choices:
        subject = _subject(source, choice, used)
        used.add(subject.words.casefold())
        _write_section(draft, book, source, choice, subject, options)
    draft.add(hosts[0], book.pick("close"))
    draft.add(hosts[-1], book.pick("goodbye"))
    return tuple(draft.lines)


def _write_section(
    draft: _Draft, book: Phrasebook, source: Source, choice: Choice, subject: _Subject, options: ArrangeOptions
) -> None:
    """Add a section: its question, then its sentences in turns of up to MAX_TURN_SENTENCES."""
    hosts, term = options.hosts, subject.words
    is_brief = len(hosts) == 1 or options.form == "briefing"
    is_first = not any(line.section for line in draft.lines)
    place = (".first" if is_first else ".section") if subject.is_heading else ""
    key = f"{'brief' if is_brief else 'ask'}{place}"
    question = book.pick(key, term=term) if term else book.pick("ask.more")
    draft.add(hosts[0], question, subject.title or source.title)
    for number, turn in enumerate(_turns(choice.sentences)):
        speaker = _next_speaker(draft, options, is_answer=number == 0)
        if number and options.form == "debate" and len(hosts) > 1 and term:
            asker = next(host for host in hosts if host != speaker)
            draft.add(asker, book.pick("ask.debate", term=term))
        elif number and options.form == "interview" and speaker != hosts[0] and draft.lines[-1].speaker == speaker:
            draft.add(hosts[0], book.pick("ask.more"))
        text = _join(source, [sentence.text for sentence in turn])
        draft.add(speaker, text, "", tuple(sentence.number for sentence in turn))


def _next_speaker(draft: _Draft, options: ArrangeOptions, *, is_answer: bool) -> str:
    """Return the host with the fewest words so far, but not the one who has just asked or spoken."""
    hosts = options.hosts
    last = draft.lines[-1].speaker
    others = [host for host in hosts if host != last] or list(hosts)
    if is_answer and len(hosts) > 1:
        others = [host for host in hosts if host != hosts[0]]
    least = min(others, key=lambda host: draft.words[host])
    if not is_answer and draft.words[last] < 0.6 * draft.words[least]:
        return last
    return least


def _turns(sentences: Sequence[SourceSentence]) -> list[list[SourceSentence]]:
    """Return the sentences in turns; a turn holds neighbours first of all."""
    turns: list[list[SourceSentence]] = []
    for sentence in sentences:
        turn = turns[-1] if turns else []
        is_neighbour = bool(turn) and turn[-1].number == sentence.number - 1
        if turn and len(turn) < MAX_TURN_SENTENCES and (is_neighbour or len(turn) < 2):
            turn.append(sentence)
        else:
            turns.append([sentence])
    return turns


def _useful_heading(heading: str) -> str:
    """Return a heading, or "" if it is a mere number or too long to be said in a question."""
    bare = heading.strip(" .。:：")
    too_long = len(bare.split()) > MAX_TERM_WORDS if bare.isascii() else len(bare) > MAX_TERM_CHARACTERS * 2
    return "" if not bare or too_long or _NUMBER_HEADING.fullmatch(bare) else bare


def _subject(source: Source, choice: Choice, used: set[str]) -> _Subject:
    """Return what a section is about in words of the source: its heading, else a name or a frequent word."""
    heading = _useful_heading(source.headings[choice.section])
    if heading and heading.casefold() not in used:
        return _Subject(heading, heading, is_heading=True)
    text = " ".join(sentence.text for sentence in choice.sentences)
    if is_spaced(source.language):
        names = Counter(match[0] for match in _CAPITALIZED.finditer(text))
        ranked = [name for name, _ in names.most_common(5)]
        ranked += [_as_written(term, text) for term, _ in Counter(terms_of(text, source.language)).most_common(8)]
    else:
        ranked = [term for term, _ in Counter(terms_of(text, source.language)).most_common(8)]
    word = next((term for term in ranked if len(term) > 1 and term.casefold() not in used), "")
    return _Subject(word, heading or word)


def _as_written(term: str, text: str) -> str:
    """Return the first word of a text that a term stands for, in small letters."""
    match = re.search(rf"\b{re.escape(term)}\w*", text, re.IGNORECASE)
    return match[0].lower() if match else ""


def _join(source: Source, texts: Sequence[str]) -> str:
    return (" " if is_spaced(source.language) else "").join(texts)
