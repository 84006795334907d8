"""Shows of the open pages, each known by a random id; big things stay here, and the page keeps the id."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock, RLock

import numpy as np

from funaudio_core import audio
from funaudio_core.podcast.pace import spoken_seconds
from funaudio_core.podcast.pieces import Piece
from funaudio_core.podcast.show import Position, Scheduled
from funaudio_core.podcast.source import Source
from funaudio_core.runtime import cancellation
from funaudio_core.tasks.podcast import Studio
from funaudio_core.types import Audio
from tabs.components.player import Playback
from tabs.podcast.stage import Row, transcript_html

IDLE_SECONDS = 3600.0
MAX_SHOWS = 100
BATCH_SECONDS = 12.0  # of sound that one request makes
ECHO_SECONDS = 15.0  # of the show's own words that a microphone may bring back
POLL_SECONDS = 0.05  # between two looks whether a request that makes sentences has ended
FADE_SECONDS = 0.005  # of the start of a sentence
COLORS = ("#4f46e5", "#db2777", "#0f766e", "#b45309", "#7c3aed", "#0369a1", "#be123c", "#4d7c0f")


@dataclass(eq=False)
class LiveShow:
    """A show that is played on a page.

    Attributes:
        studio: Its state and its sound.
        id: Random id.
        epoch: Number of interruptions; what was made before one is not played after it.
        rows: Transcript.
        used_at: Time of the last request, by time.monotonic().
    """

    studio: Studio
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    epoch: int = 0
    rows: list[Row] = field(default_factory=list)
    used_at: float = field(default_factory=time.monotonic)
    lock: RLock = field(default_factory=RLock)
    _part: int = 0
    _section: int = -1
    _maker: Lock = field(default_factory=Lock)
    _maker_epoch: int = -1

    def interrupt(self, position: Position | None) -> int:
        """Let the listener speak; return the number of the interruption."""
        with self.lock:
            self.epoch += 1
            self.studio.show.interrupt(position)
            last = self.studio.show.last_id
            self.rows = [row for row in self.rows if row.id <= last]
            self._section = next((row.number for row in reversed(self.rows) if row.number >= 0), -1)
            return self.epoch

    def add_listener(self, words: str) -> None:
        """Add the listener's words to the transcript."""
        with self.lock:
            self.rows.append(Row(0, "", words, "listener"))

    def recent_texts(self, seconds: float = ECHO_SECONDS) -> list[str]:
        """Return the sentences of the hosts that were played last, in order."""
        texts: list[str] = []
        for row in reversed(self.rows):
            if seconds <= 0:
                break
            if row.id:
                texts.append(row.text)
                seconds -= len(row.text) / 15
        return texts[::-1]

    def advance(self, epoch: int, batch_seconds: float = BATCH_SECONDS) -> Iterator[tuple[str, bool]]:
        """Make the next sentences of the show; each sounds while its rest is made.

        Args:
            epoch: Number of interruptions that the caller knows of; a later one ends this.
            batch_seconds: Length of what is made.

        Yields:
            The value of the player, and whether a sentence begins with it.
        """
        with self._making(epoch) as is_free:
            if is_free:
                yield from self._make(epoch, batch_seconds)

    @contextmanager
    def _making(self, epoch: int) -> Iterator[bool]:
        """Hold the right to make sentences, which one request has at a time; yield False if another one makes them."""
        while not self._maker.acquire(timeout=POLL_SECONDS):
            cancellation.raise_if_cancelled()
            if self._maker_epoch == epoch:
                yield False
                return
        self._maker_epoch = epoch
        try:
            yield True
        finally:
            self._maker.release()

    def _make(self, epoch: int, batch_seconds: float) -> Iterator[tuple[str, bool]]:
        """Yield what advance() does."""
        playback = Playback(f"{self.id}x{epoch}", self._next_part())
        made = 0.0
        while made < batch_seconds and (piece := self._peek(epoch)) is not None:
            entry: Scheduled | None = None
            seconds = 0.0
            for part in self.studio.stream(piece):
                with self.lock:
                    if self.epoch != epoch:
                        return
                    is_first = entry is None
                    entry = entry or self._hand_out(piece)
                seconds += part.duration
                sound = audio.fade(part, FADE_SECONDS, 0.0) if is_first else part
                yield playback.add(sound, mark=entry.id), is_first
            with self.lock:
                if self.epoch != epoch:
                    return
                entry = entry or self._hand_out(piece)
                self.studio.show.correct(entry.id, seconds)
            made += seconds + entry.seconds - entry.speech_seconds
            yield playback.add(self._gap(entry), mark=entry.id), False

    def _hand_out(self, piece: Piece) -> Scheduled:
        """Hand a sentence out whose length is a guess, and add its row."""
        show = self.studio.show
        entry = show.hand_out(spoken_seconds(piece.text, show.language) / show.rate)
        self._add_row(entry)
        return entry

    def _gap(self, entry: Scheduled) -> Audio:
        """Return the silence after a sentence."""
        rate = self.studio.tape.rate
        return Audio(np.zeros(round((entry.seconds - entry.speech_seconds) * rate), np.float32), rate)

    def prepare(self, epoch: int) -> Iterator[None]:
        """Make the acknowledgements that a listener may need, one at each step, until there is an interruption."""
        for piece in self.studio.hosts.stock():
            if self.epoch != epoch:
                return
            if not self.studio.is_made(piece):
                self.studio.make(piece)
                yield None

    def _next_part(self) -> int:
        with self.lock:
            self._part += 1
            return self._part

    def _peek(self, epoch: int) -> Piece | None:
        with self.lock:
            return self.studio.show.peek() if self.epoch == epoch else None

    def _add_row(self, entry: Scheduled) -> None:
        piece = entry.piece
        title, number = "", piece.section if piece.index >= 0 else -1
        if number not in (-1, self._section):
            self._section = number
            title = self.studio.show.titles[piece.section]
        self.rows.append(Row(entry.id, piece.speaker, piece.words, piece.kind, title, piece.sources, number))

    @property
    def play_state(self) -> str:
        """Return "playing" while there is more to make, else "stopped" or "ended"."""
        with self.lock:
            show = self.studio.show
            if show.peek() is not None:
                return "playing"
            return "stopped" if show.state == "stopped" else "ended"

    def html(self, you: str) -> str:
        """Return the transcript. you: Name of the listener."""
        with self.lock:
            hosts = self.studio.show.hosts
            colors = {name: COLORS[number % len(COLORS)] for number, name in enumerate(hosts)}
            return transcript_html(self.rows, colors, self.id, self.epoch, self.play_state, self.studio.source, you)


class ShowStore:
    """Shows and sources by id. Thread-safe."""

    def __init__(self) -> None:
        """Create an empty store."""
        self._shows: dict[str, LiveShow] = {}
        self._sources: dict[str, Source] = {}
        self._lock = RLock()

    def add(self, studio: Studio) -> LiveShow:
        """Keep a show; those that nobody has used for IDLE_SECONDS are deleted, and the oldest beyond MAX_SHOWS."""
        live = LiveShow(studio)
        with self._lock:
            self._shows[live.id] = live
            ages = sorted(self._shows.values(), key=lambda each: each.used_at)
            oldest = ages[: max(0, len(ages) - MAX_SHOWS)]
            stale = [each for each in ages if time.monotonic() - each.used_at > IDLE_SECONDS]
            for each in {*oldest, *stale} - {live}:
                self.delete(each.id)
        return live

    def find(self, name: object) -> LiveShow | None:
        """Return a show by its id, None if it doesn't exist any more."""
        with self._lock:
            live = self._shows.get(str(name))
            if live is not None:
                live.used_at = time.monotonic()
            return live

    def delete(self, name: str) -> None:
        """Delete a show and its sound."""
        with self._lock:
            live = self._shows.pop(name, None)
        if live is not None:
            live.interrupt(None)
            live.studio.close()

    def keep_source(self, source: Source) -> str:
        """Keep a source and return its id; the oldest is deleted beyond MAX_SHOWS."""
        name = secrets.token_hex(16)
        with self._lock:
            self._sources[name] = source
            while len(self._sources) > MAX_SHOWS:
                del self._sources[next(iter(self._sources))]
        return name

    def source(self, name: str) -> Source | None:
        """Return a source by its id."""
        with self._lock:
            return self._sources.get(name)


STORE = ShowStore()
