"""Tests of the show: fifty interruptions, commands, answers, sentences that are repeated or dropped."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from funaudio_core.podcast.arranging import ArrangeOptions, arrange
from funaudio_core.podcast.listening.hosting import Hosts, Utterance
from funaudio_core.podcast.pace import spoken_seconds
from funaudio_core.podcast.pieces import ANSWER, BRIDGE, SCRIPT, Piece
from funaudio_core.podcast.show import ENDED, HEARD_SHARE, MAX_AHEAD_SECONDS, STOPPED, Position, Scheduled, Show
from funaudio_core.podcast.source import Source, paste_source
from tests.conftest import ROOT

SAMPLES = ROOT / "tabs" / "podcast" / "samples"
QUESTIONS = ("Who built the first tower there?", "I think that is sad.", "What is the capital of Peru?")


@pytest.fixture(scope="module")
def source() -> Source:
    return paste_source((SAMPLES / "lighthouses_en.md").read_text(encoding="utf-8"))


@pytest.fixture
def show(source: Source) -> Show:
    return Show(arrange(source, ArrangeOptions(("Ada", "Ben"), 3)), "en")


class Player:
    """Player of a show whose clock is moved by hand; it logs what sounds."""

    def __init__(self, show: Show) -> None:
        self.show, self.queue, self.log = show, list[Scheduled](), list[tuple[Piece, float]]()
        self.heard_of_first = 0.0
        self.most_ahead = 0.0

    @property
    def position(self) -> Position | None:
        return Position(self.queue[0].id, self.heard_of_first) if self.queue else None

    def fill(self) -> None:
        while self.show.seconds_ahead(self.position) < MAX_AHEAD_SECONDS and (piece := self.show.peek()):
            entry = self.show.hand_out(spoken_seconds(piece.text, "en") / self.show.rate)
            self.most_ahead = max(self.most_ahead, self.show.seconds_ahead(self.position) - entry.seconds)
            self.queue.append(entry)

    def play(self, seconds: float) -> None:
        while seconds > 0:
            self.fill()
            if not self.queue:
                self.show.finish()
                return
            first = self.queue[0]
            step = min(seconds, first.seconds - self.heard_of_first)
            self.heard_of_first += step
            seconds -= step
            if self.heard_of_first >= first.seconds - 1e-9:
                self.log.append((first.piece, 1.0))
                self.queue.pop(0)
                self.heard_of_first = 0.0

    def interrupt(self) -> None:
        self.show.interrupt(self.position)
        if self.queue and self.heard_of_first:
            share = min(1.0, self.heard_of_first / self.queue[0].speech_seconds)
            self.log.append((self.queue[0].piece, share))
        self.queue, self.heard_of_first = [], 0.0


def test_fifty_interruptions_lose_and_double_nothing(source: Source) -> None:
    random = Random(15)
    show = Show(arrange(source, ArrangeOptions(("Ada", "Ben"), 4)) * 3, "en")  # about ten minutes
    hosts, player = Hosts(show, source), Player(show)
    in_answers = 0
    for _ in range(50):
        player.play(random.uniform(0.05, 22.0))
        player.interrupt()
        in_answers += bool(player.log) and player.log[-1][0].kind == ANSWER
        hosts.react(hosts.understand(random.choice(QUESTIONS)))
    player.play(10_000)
    assert show.state == ENDED
    assert in_answers >= 3  # answers were interrupted, too
    assert player.most_ahead < MAX_AHEAD_SECONDS
    told = [(piece.index, share) for piece, share in player.log if piece.kind == SCRIPT]
    whole = [index for index, share in told if share >= HEARD_SHARE]
    assert whole == list(range(len(show.pieces)))  # everything once, in order
    for (index, share), (following, _) in pairwise(told):
        assert following == (index if share < HEARD_SHARE else index + 1)
    assert [each.piece for each in show.heard if each.piece] == [piece for piece, _ in player.log]
    assert [each.piece.index for each in show.episode() if each.piece and each.piece.kind == SCRIPT] == whole


def _say(player: Player, hosts: Hosts, words: str) -> Utterance:
    player.interrupt()
    utterance = hosts.understand(words)
    hosts.react(utterance)
    return utterance


def test_a_question_is_answered_and_the_cut_sentence_repeated(show: Show, source: Source) -> None:
    hosts, player = Hosts(show, source), Player(show)
    player.play(20)
    cut = player.queue[0].piece
    assert player.heard_of_first < HEARD_SHARE * player.queue[0].speech_seconds
    utterance = _say(player, hosts, "Ben, when was the tower on Pharos finished?")
    acknowledgement = hosts.acknowledge(utterance)
    assert acknowledgement is not None
    assert acknowledgement.speaker == "Ben"
    player.fill()
    answer = [entry.piece for entry in player.queue if entry.piece.kind == ANSWER]
    assert any("280 years" in piece.text for piece in answer)
    assert {piece.speaker for piece in answer} == {"Ben"}
    kinds = [entry.piece.kind for entry in player.queue]
    assert kinds[len(answer)] == BRIDGE
    assert player.queue[len(answer)].seconds - player.queue[len(answer)].speech_seconds <= 0.4
    assert player.queue[len(answer) + 1].piece == cut
    player.play(10_000)
    assert [each.words for each in show.episode() if each.piece is None] == [utterance.words]


def test_next_topic_drops_the_rest_of_the_section(show: Show, source: Source) -> None:
    hosts, player = Hosts(show, source), Player(show)
    player.play(15)
    section = show.section
    assert _say(player, hosts, "This is boring. Another one, please.").command == "next"
    player.fill()
    assert player.queue[0].piece.kind == BRIDGE
    assert player.queue[1].piece.section == section + 1
    assert show.pieces[player.queue[1].piece.index - 1].section == section
    for _ in range(20):
        _say(player, hosts, "Next topic.")
        player.play(3)
    assert show.section == len(show.titles) - 1
    assert any("last topic" in piece.text for piece, _ in player.log)


def test_repeat_skip_stop_and_pace(show: Show, source: Source) -> None:
    hosts, player = Hosts(show, source), Player(show)
    player.play(20)
    line = player.queue[0].piece.line
    _say(player, hosts, "Could you repeat that?")
    player.fill()
    assert (player.queue[1].piece.line, player.queue[1].piece.index) == (line, _first_of(show, line))
    player.play(4)
    _say(player, hosts, "Skip it.")
    player.fill()
    assert player.queue[0].piece.line == line + 1
    _say(player, hosts, "slower please")
    player.fill()
    assert show.rate < 1
    _say(player, hosts, "Stop.")
    player.fill()
    assert [entry.piece.kind for entry in player.queue] == [BRIDGE]
    assert show.state == STOPPED
    player.play(10)
    assert show.state == STOPPED
    _say(player, hosts, "Go on.")
    player.fill()
    assert player.queue[0].piece.line == line + 1


def _first_of(show: Show, line: int) -> int:
    return next(piece.index for piece in show.pieces if piece.line == line)


def test_an_opinion_is_taken_up_and_the_unknown_said(show: Show, source: Source) -> None:
    hosts, player = Hosts(show, source), Player(show)
    player.play(5)
    assert _say(player, hosts, "I find that hard to believe.").kind == "opinion"
    player.fill()
    assert player.queue[0].piece.sources == ()
    _say(player, hosts, "How many lighthouses are there in Japan?")
    player.fill()
    assert "text" in player.queue[0].piece.text
    assert player.queue[0].piece.sources == ()


def test_an_interruption_before_anything_sounds_loses_nothing(show: Show, source: Source) -> None:
    hosts, player = Hosts(show, source), Player(show)
    player.fill()
    show.interrupt(None)
    player.queue = []
    hosts.react(hosts.understand("Who is speaking?"))
    player.play(10_000)
    assert [piece.index for piece, _ in player.log if piece.kind == SCRIPT] == list(range(len(show.pieces)))


def test_a_report_of_a_sentence_that_was_withdrawn_changes_nothing(show: Show) -> None:
    player = Player(show)
    player.play(10)
    old = player.position
    player.interrupt()
    show.go_on()
    player.fill()
    ahead = show.seconds_ahead()
    assert show.seconds_ahead(old) == ahead
