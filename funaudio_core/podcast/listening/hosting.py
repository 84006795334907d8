"""The hosts' replies to a listener: commands are followed, questions answered from the source, opinions taken up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from funaudio_core.languages import is_spaced
from funaudio_core.podcast.listening import command_words as commands
from funaudio_core.podcast.listening.answering import Librarian, is_question
from funaudio_core.podcast.listening.commands import find_command, without_names
from funaudio_core.podcast.listening.question_words import asking_words
from funaudio_core.podcast.model import ScriptLine
from funaudio_core.podcast.phrases import Phrasebook, phrases
from funaudio_core.podcast.pieces import ACKNOWLEDGEMENT, ANSWER, BRIDGE, Piece
from funaudio_core.podcast.show import FASTER_FACTOR, SLOWER_FACTOR, Show
from funaudio_core.podcast.source import Source, SourceSentence
from funaudio_core.text import is_speakable, split_sentences
from funaudio_core.text.error_rate import normalize
from funaudio_core.text.markup import strip_markup

QUESTION, OPINION, COMMAND, UNCLEAR = "question", "opinion", "command", "unclear"
ECHO_SHARE = 0.7  # of the words of an utterance that were played shortly before
ACKNOWLEDGEMENT_KEYS = {QUESTION: "heard", OPINION: "heard.opinion", COMMAND: "heard.command"}


@dataclass(frozen=True, slots=True)
class Utterance:
    """Words of the listener and what they are: QUESTION, OPINION, COMMAND (with its name) or UNCLEAR."""

    words: str
    kind: str
    command: str = ""


def source_of_script(lines: tuple[ScriptLine, ...], language: str) -> Source:
    """Return a script as the source of answers, for a show without another one."""
    sentences: list[SourceSentence] = []
    headings = [""]
    for line in lines:
        if line.section:
            headings.append(line.section)
        for text in split_sentences(strip_markup(line.text), language):
            sentences.append(SourceSentence(len(sentences) + 1, text, len(headings) - 1))
    return Source("", language, tuple(headings), tuple(sentences))


class Hosts:
    """Hosts of one show, who react to a listener."""

    def __init__(self, show: Show, source: Source | None = None, seed: int = 0) -> None:
        """Take the show and its source; without one, answers come from the script."""
        self._show = show
        self._librarian = Librarian(source or source_of_script(show.lines, show.language))
        self._book = Phrasebook(show.language, seed)

    def understand(self, words: str) -> Utterance:
        """Return what a listener's words are."""
        words = " ".join(words.split())
        if not is_speakable(words):
            return Utterance(words, UNCLEAR)
        if command := find_command(words, self._show.hosts):
            return Utterance(words, COMMAND, command)
        return Utterance(words, QUESTION if is_question(words) else OPINION)

    def acknowledge(self, utterance: Utterance, is_made: Callable[[Piece], bool] = lambda _: True) -> Piece | None:
        """Return what a host says at once; None if there is no need, or no such sentence is made.

        Args:
            utterance: The listener's words.
            is_made: Returns whether a sentence was made beforehand.
        """
        key = ACKNOWLEDGEMENT_KEYS.get(utterance.kind)
        if key is None or utterance.command in (commands.WHO, commands.STOP, commands.RESUME):
            return None
        return next(filter(is_made, self._acknowledgements(key, self._answerer(utterance.words))), None)

    def stock(self) -> Iterator[Piece]:
        """Yield the sentences that should be made beforehand, the most useful first."""
        for key in ACKNOWLEDGEMENT_KEYS.values():
            for host in self._show.hosts:
                yield self._acknowledgements(key, host)[0]
        for opening in phrases("answer", self._show.language):
            yield from (Piece(host, opening, ANSWER) for host in self._show.hosts)

    def _acknowledgements(self, key: str, speaker: str) -> list[Piece]:
        return [Piece(speaker, phrase, ACKNOWLEDGEMENT) for phrase in phrases(key, self._show.language)]

    def react(self, utterance: Utterance, acknowledgement: Piece | None = None) -> None:
        """Change the show as the listener wishes and queue the hosts' reply, after an acknowledgement."""
        self._show.note_listener(utterance.words, is_question=utterance.kind in (QUESTION, OPINION))
        first = [acknowledgement] if acknowledgement else []
        if utterance.kind == COMMAND:
            self._follow(utterance.command, first)
            return
        speaker = self._answerer(utterance.words)
        if utterance.kind == UNCLEAR:
            replies = [Piece(speaker, self._book.pick("unclear"), ANSWER)]
        else:
            replies = self._answer(utterance, speaker)
        self._show.reply([*first, *replies, Piece(speaker, self._book.pick("bridge"), BRIDGE)])

    def _answerer(self, words: str) -> str:
        """Return the host whom the listener names, else the one who spoke last."""
        lowered = words.casefold()
        named = next((host for host in self._show.hosts if host.casefold() in lowered), None)
        return named or self._show.last_speaker

    def _answer(self, utterance: Utterance, speaker: str) -> list[Piece]:
        """Return the sentences that answer a question or take up an opinion."""
        answer = self._librarian.answer(without_names(utterance.words, self._show.hosts))
        is_asked = utterance.kind == QUESTION
        if not answer.is_known:
            return [Piece(speaker, self._book.pick("unknown" if is_asked else "opinion"), ANSWER)]
        opening = Piece(speaker, self._book.pick("answer" if is_asked else "opinion.text"), ANSWER)
        return [opening, *(Piece(speaker, each.text, ANSWER, sources=(each.number,)) for each in answer.sentences)]

    def _follow(self, command: str, first: list[Piece]) -> None:
        """Follow a command; `first` is said before the reply to it."""
        show, speaker = self._show, self._show.last_speaker

        def say(key: str, **words: str) -> list[Piece]:
            return [Piece(speaker, self._book.pick(key, **words), BRIDGE)]

        if command == commands.STOP:
            show.stop(say("stop"))
        elif command == commands.NEXT:
            show.reply([*first, *say("next" if show.next_section() else "last")])
        elif command == commands.REPEAT:
            show.repeat_line()
            show.reply(first or say("repeat"))
        elif command in (commands.SLOWER, commands.FASTER):
            show.change_rate(SLOWER_FACTOR if command == commands.SLOWER else FASTER_FACTOR)
            show.reply(say(command))
        elif command == commands.WHO:
            show.reply(say("who", name=speaker))
        else:
            if command == commands.SKIP:
                show.skip_line()
            show.reply(first)


def is_echo(words: str, played: Sequence[str], language: str) -> bool:
    """Return whether words that a microphone brought are those of the show's own sound.

    They are if they repeat a stretch of what was played, but for some words that were recognized wrongly. A question
    about it isn't: what it asks with was not played.

    Args:
        words: Words as they were recognized.
        played: Sentences that were played shortly before, in order.
        language: ISO 639 code.
    """
    said, heard = (_units(text, language) for text in (words, " ".join(played)))
    asking = [_units(asked, language) for asked in asking_words(words)]
    if not said or any(not _is_in(asked, heard) for asked in asking):
        return False
    return _least_edits(said, heard) <= (1 - ECHO_SHARE) * len(said)


def _units(text: str, language: str) -> list[str]:
    """Return the words of a text, or its characters if the language is written without spaces."""
    form = normalize(text, language)
    return form.split() if is_spaced(language) else list(form)


def _is_in(part: list[str], whole: list[str]) -> bool:
    return any(whole[start : start + len(part)] == part for start in range(len(whole) - len(part) + 1))


def _least_edits(words: list[str], text: list[str]) -> int:
    """Return the least number of edits that turn the words into a stretch of the text."""
    above = [0] * (len(text) + 1)
    for row, word in enumerate(words, 1):
        edits = [row]
        for column, other in enumerate(text):
            edits.append(min(above[column] + (word != other), above[column + 1] + 1, edits[column] + 1))
        above = edits
    return min(above)
