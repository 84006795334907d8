"""Sentences of a show, each spoken by one host in one voice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from funaudio_core.podcast.model import ScriptLine
from funaudio_core.text import close_brackets, is_speakable, split_sentences
from funaudio_core.text.markup import strip_markup

SCRIPT, ACKNOWLEDGEMENT, ANSWER, BRIDGE = "script", "acknowledgement", "answer", "bridge"
MAX_SENTENCE_CHARACTERS = 400
SENTENCE_GAP_SECONDS, SECTION_GAP_SECONDS = 0.25, 0.8
# Between two speakers, by the last mark: a question is answered at once, a statement sinks in.
GAP_SECONDS = {"?": 0.18, "？": 0.18, "!": 0.15, "！": 0.15, ",": 0.05, "，": 0.05, "—": 0.05, "…": 0.35}
OTHER_GAP_SECONDS = 0.3
MAX_BRIDGE_GAP_SECONDS = 0.4  # from a bridge to the show


@dataclass(frozen=True, slots=True)
class Piece:
    """Sentence of a show.

    Attributes:
        speaker: Name of the host.
        text: Its words; it may hold event tags such as [laughter].
        kind: SCRIPT, ACKNOWLEDGEMENT, ANSWER or BRIDGE.
        feeling: Manner, see ScriptLine.
        index: Number of the sentence in the script; -1 if it isn't of the script.
        line: Number of its line in the script; -1 if it isn't of the script.
        section: Number of its section in the script.
        sources: Numbers of the source sentences.
    """

    speaker: str
    text: str
    kind: str = SCRIPT
    feeling: str = ""
    index: int = -1
    line: int = -1
    section: int = 0
    sources: tuple[int, ...] = ()

    @property
    def words(self) -> str:
        """Return its words without event tags, as they are shown."""
        return strip_markup(self.text) if "[" in self.text else self.text


def split_script(lines: Sequence[ScriptLine], language: str) -> tuple[tuple[Piece, ...], tuple[str, ...]]:
    """Return the sentences of a script, and the titles of its sections, "" for one without."""
    pieces: list[Piece] = []
    titles = [""]
    for number, line in enumerate(lines):
        if line.section:
            if pieces:
                titles.append(line.section)
            else:
                titles[0] = line.section
        texts = _join_tags(split_sentences(line.text, language, MAX_SENTENCE_CHARACTERS))
        is_one_each = len(texts) == len(line.sources)  # each sentence is one of the source
        for place, text in enumerate(texts):
            pieces.append(
                Piece(
                    line.speaker,
                    text,
                    feeling=line.feeling,
                    index=len(pieces),
                    line=number,
                    section=len(titles) - 1,
                    sources=line.sources[place : place + 1] if is_one_each else line.sources,
                )
            )
    return tuple(pieces), tuple(titles)


def _join_tags(texts: Sequence[str]) -> list[str]:
    """Return sentences; one that is nothing but event tags belongs to the one before, the first to the next."""
    joined: list[str] = []
    for text in texts:
        if joined and not (is_speakable(strip_markup(text)) and is_speakable(strip_markup(joined[-1]))):
            joined[-1] += f" {text}"
        else:
            joined.append(text)
    return joined


def gap_after(piece: Piece, following: Piece | None) -> float:
    """Return the seconds of silence between two sentences; `following` is None at the end."""
    if following is None:
        return 0.0
    if piece.kind == BRIDGE:
        return min(OTHER_GAP_SECONDS, MAX_BRIDGE_GAP_SECONDS)
    if piece.kind == following.kind == SCRIPT and piece.section != following.section:
        return SECTION_GAP_SECONDS
    if piece.speaker == following.speaker:
        return SENTENCE_GAP_SECONDS
    return GAP_SECONDS.get(close_brackets(piece.text)[-1:], OTHER_GAP_SECONDS)
