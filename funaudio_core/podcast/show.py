"""The show as it is played: what was heard, what follows, and what a listener changes."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from funaudio_core.podcast.model import ScriptLine, speakers_of
from funaudio_core.podcast.pieces import SCRIPT, Piece, gap_after, split_script

PLAYING, LISTENING, THINKING, ANSWERING, STOPPED, ENDED = (
    "playing",
    "listening",
    "thinking",
    "answering",
    "stopped",
    "ended",
)
MAX_AHEAD_SECONDS = 60.0
HEARD_SHARE = 0.8  # of a sentence that isn't repeated
RESTART_SHARE = 0.15  # of the first sentence of a line, before which "repeat" means the line before
MIN_RATE, MAX_RATE = 0.6, 1.6
SLOWER_FACTOR, FASTER_FACTOR = 0.85, 1.18  # factors on the rate


@dataclass(frozen=True, slots=True)
class Position:
    """Place at which a player is: id of the sentence that sounds, and seconds of it that were heard."""

    id: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Scheduled:
    """Sentence as it was handed to a player: its id, its length with the silence after it, and its speech alone."""

    id: int
    piece: Piece
    seconds: float
    speech_seconds: float


@dataclass(frozen=True, slots=True)
class Heard:
    """Sentence that was heard, or the words of the listener.

    Attributes:
        piece: The sentence; None for the listener.
        share: Share of it that was heard.
        words: Words of the listener.
        is_question: The listener's words open a chapter of the episode.
        rate: Factor on the pace at which it was spoken.
    """

    piece: Piece | None
    share: float = 1.0
    words: str = ""
    is_question: bool = False
    rate: float = 1.0


@dataclass(slots=True)
class Show:
    """State of one show. Not thread-safe.

    Attributes:
        lines: The script.
        language: ISO 639 code of the script.
        state: PLAYING, LISTENING, THINKING, ANSWERING, STOPPED or ENDED.
        rate: Factor on the hosts' pace that the listener asked for.
        heard: Everything that was heard so far, in order.
        last_id: Id of the last sentence that was heard, whole or in part; 0 before the first.
    """

    lines: tuple[ScriptLine, ...]
    language: str
    state: str = PLAYING
    rate: float = 1.0
    heard: list[Heard] = field(default_factory=list)
    last_id: int = 0
    pieces: tuple[Piece, ...] = field(init=False)
    titles: tuple[str, ...] = field(init=False)
    _cursor: int = 0  # of the next sentence of the script
    _exchange: deque[Piece] = field(default_factory=deque)  # sentences of the hosts that come before it
    _schedule: deque[Scheduled] = field(default_factory=deque)  # handed out, not yet heard
    _next_id: int = 1
    _cut: Piece | None = None  # the sentence that was interrupted last
    _cut_share: float = 0.0

    def __post_init__(self) -> None:
        """Divide the script into sentences."""
        self.pieces, self.titles = split_script(self.lines, self.language)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Return the names of the speakers."""
        return speakers_of(self.lines)

    @property
    def section(self) -> int:
        """Return the number of the section that is played."""
        return self.current.section if self.current else len(self.titles) - 1

    @property
    def current(self) -> Piece | None:
        """Return the script's sentence that sounds or was interrupted, or the next one; None at the end."""
        waiting = next((each.piece for each in self._schedule if each.piece.kind == SCRIPT), None)
        return waiting or (self.pieces[self._cursor] if self._cursor < len(self.pieces) else None)

    @property
    def last_speaker(self) -> str:
        """Return the host who spoke last."""
        spoken = [each.piece.speaker for each in self.heard if each.piece]
        return self._cut.speaker if self._cut else spoken[-1] if spoken else self.hosts[0]

    def seconds_ahead(self, position: Position | None = None) -> float:
        """Return the length of what was handed out and not heard. position: Settles what was heard first."""
        if position is not None:
            self._settle(position)
        done = position.seconds if position and self._schedule and self._schedule[0].id == position.id else 0.0
        return sum(each.seconds for each in self._schedule) - done

    def peek(self) -> Piece | None:
        """Return the sentence to make next, or None if there is none, or if the listener is talking."""
        if self.state in (LISTENING, THINKING):
            return None
        if self._exchange:
            return self._exchange[0]
        if self.state in (STOPPED, ENDED) or self._cursor >= len(self.pieces):
            return None
        return self.pieces[self._cursor]

    def following(self) -> Piece | None:
        """Return the sentence after the one that peek() returns."""
        rest = [*list(self._exchange)[:2], *self.pieces[self._cursor : self._cursor + 2]]
        return rest[1] if len(rest) > 1 else None

    def hand_out(self, speech_seconds: float) -> Scheduled:
        """Take the sentence that peek() returns, of that length, for the player; correct() tells it more exactly.

        Raises:
            ValueError: There is none.
        """
        piece, following = self.peek(), self.following()
        if piece is None:
            raise ValueError("the show has no next sentence")
        if self._exchange:
            self._exchange.popleft()
        else:
            self._cursor += 1
        entry = Scheduled(self._next_id, piece, speech_seconds + gap_after(piece, following), speech_seconds)
        self._next_id += 1
        self._schedule.append(entry)
        if self.state == ANSWERING and not self._exchange:
            self.state = PLAYING
        return entry

    def correct(self, number: int, speech_seconds: float) -> None:
        """Correct the length of a sentence that was handed out before it was complete. number: Its id."""
        for place, entry in enumerate(self._schedule):
            if entry.id == number:
                gap = entry.seconds - entry.speech_seconds
                self._schedule[place] = replace(entry, seconds=speech_seconds + gap, speech_seconds=speech_seconds)

    def interrupt(self, position: Position | None) -> None:
        """Let the listener speak: what was not heard is made ready to be played again, from the start of a sentence.

        Args:
            position: Place of the player; None if it plays nothing, or isn't known: what it told before counts.
        """
        self._cut, self._cut_share = None, 0.0
        if position is not None:
            self._settle(position)
        if self._schedule:
            first = self._schedule[0]
            share = min(1.0, position.seconds / first.speech_seconds) if self._is_at(position) and position else 0.0
            if share > 0:
                self.last_id = self._schedule.popleft().id
                self.heard.append(Heard(first.piece, share, rate=self.rate))
                self._cut, self._cut_share = first.piece, share
            unheard = [each.piece for each in self._schedule if each.piece.kind == SCRIPT]
            if self._cut is not None and self._cut.kind == SCRIPT and share < HEARD_SHARE:
                self._cursor = self._cut.index
            elif unheard:
                self._cursor = unheard[0].index
            elif self._cut is not None and self._cut.kind == SCRIPT:
                self._cursor = self._cut.index + 1
        self._schedule.clear()
        self._exchange.clear()
        self.state = LISTENING

    def _is_at(self, position: Position | None) -> bool:
        return position is not None and bool(self._schedule) and self._schedule[0].id == position.id

    def _settle(self, position: Position) -> None:
        """Move the sentences before a position to those that were heard."""
        if all(each.id != position.id for each in self._schedule):
            return  # an old report, or one of a sentence that was withdrawn
        while self._schedule[0].id != position.id:
            entry = self._schedule.popleft()
            self.heard.append(Heard(entry.piece, rate=self.rate))
            self.last_id = entry.id

    def finish(self) -> None:
        """Take everything that was handed out as heard; the show has ended if nothing follows."""
        self.heard += [Heard(each.piece, rate=self.rate) for each in self._schedule]
        self.last_id = max([self.last_id, *(each.id for each in self._schedule)])
        self._schedule.clear()
        if self._cursor >= len(self.pieces) and not self._exchange and self.state == PLAYING:
            self.state = ENDED

    def note_listener(self, words: str, *, is_question: bool) -> None:
        """Keep the listener's words as part of the episode."""
        self.heard.append(Heard(None, words=words, is_question=is_question))
        self.state = THINKING

    def reply(self, pieces: Sequence[Piece]) -> None:
        """Let hosts speak before the show goes on."""
        self._exchange.extend(pieces)
        self.state = ANSWERING if pieces else PLAYING

    def go_on(self) -> None:
        """Play again after a stop or an utterance that changes nothing."""
        self.state = ANSWERING if self._exchange else PLAYING

    def stop(self, pieces: Sequence[Piece] = ()) -> None:
        """Stop after some last sentences until go_on()."""
        self._exchange.extend(pieces)
        self.state = STOPPED

    def next_section(self) -> bool:
        """Go to the next section. Return False, and stay, if this is the last one."""
        section = self.section
        found = next((piece.index for piece in self.pieces[self._cursor :] if piece.section > section), None)
        if found is None:
            return False
        self._cursor = found
        return True

    def skip_line(self) -> None:
        """Go to the line after the one that was interrupted."""
        line = self._cut.line if self._cut and self._cut.kind == SCRIPT else self._line_at(self._cursor)
        self._cursor = next((piece.index for piece in self.pieces if piece.line > line), len(self.pieces))

    def repeat_line(self) -> None:
        """Go back to the start of the line that was interrupted; at its very beginning, of the one before."""
        cut = self._cut if self._cut and self._cut.kind == SCRIPT else None
        line = cut.line if cut else self._line_at(max(0, self._cursor - 1))
        is_start = cut is not None and (cut.index == 0 or self.pieces[cut.index - 1].line != line)
        if is_start and self._cut_share < RESTART_SHARE:
            line = max(0, line - 1)
        self._cursor = next(piece.index for piece in self.pieces if piece.line >= line)

    def _line_at(self, index: int) -> int:
        return self.pieces[index].line if index < len(self.pieces) else len(self.lines)

    def change_rate(self, factor: float) -> None:
        """Speak faster or slower from now on."""
        self.rate = min(MAX_RATE, max(MIN_RATE, self.rate * factor))

    def episode(self) -> list[Heard]:
        """Return the episode: what was heard without sentences that were cut off, then the rest of the script."""
        told = [each for each in self.heard if each.piece is None or each.share >= HEARD_SHARE]
        waiting = [Heard(each.piece, rate=self.rate) for each in self._schedule]
        rest = [*self._exchange, *self.pieces[self._cursor :]]
        return told + waiting + [Heard(piece, rate=self.rate) for piece in rest]
