"""Times of an episode: where each sentence lies in its sound, and its chapters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from funaudio_core.podcast.pieces import SCRIPT, Piece, gap_after
from funaudio_core.podcast.show import Heard
from funaudio_core.podcast.sound.tape import Recording

INTRO_SECONDS, OUTRO_SECONDS = 0.3, 1.0
JINGLE_OVERLAP_SECONDS = 0.8  # of the jingle's end with the first words


@dataclass(frozen=True, slots=True)
class Spot:
    """Sentence in an episode: its start in samples, and the silence after it."""

    piece: Piece
    recording: Recording
    start: int
    gap: int

    @property
    def end(self) -> int:
        """Return the sample at which the next sentence begins."""
        return self.start + self.recording.length + self.gap


@dataclass(frozen=True, slots=True)
class EpisodeChapter:
    """Chapter of an episode. question: Words of the listener that it begins with, or ""."""

    title: str
    spots: tuple[Spot, ...]
    question: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """Chapters of an episode, its length in samples, and the sample at which speech begins."""

    chapters: tuple[EpisodeChapter, ...]
    length: int
    lead: int

    @property
    def spots(self) -> tuple[Spot, ...]:
        """Return all sentences in order."""
        return tuple(spot for chapter in self.chapters for spot in chapter.spots)


def lay_out(
    episode: Sequence[Heard],
    titles: Sequence[str],
    recording_of: Callable[[Heard], Recording],
    rate: int,
    jingle_seconds: float = 0.0,
) -> Timeline:
    """Return the times of an episode.

    Args:
        episode: Sentences in order, and the words of the listener.
        titles: Titles of the script's sections.
        recording_of: Returns the speech of a sentence.
        rate: Sample rate in Hz.
        jingle_seconds: Length of the jingle before the first words; 0 without one.
    """
    lead = round(max(INTRO_SECONDS, jingle_seconds - JINGLE_OVERLAP_SECONDS * (jingle_seconds > 0)) * rate)
    position = lead
    chapters: list[tuple[str, str, list[Spot]]] = []
    spoken = [each for each in episode if each.piece]
    following = {id(each): after.piece for each, after in zip(spoken, [*spoken[1:], Heard(None)], strict=True)}
    section, question = -1, ""
    for heard in episode:
        piece = heard.piece
        if piece is None:
            question = heard.words if heard.is_question else question
            continue
        if question:
            chapters.append(("", question, []))
            section, question = -1, ""
        elif piece.kind == SCRIPT and piece.section != section:
            chapters.append((titles[piece.section], "", []))
            section = piece.section
        elif not chapters:
            chapters.append(("", "", []))
        recording = recording_of(heard)
        gap = round(gap_after(piece, following[id(heard)]) * rate)
        chapters[-1][2].append(Spot(piece, recording, position, gap))
        position += recording.length + gap
    made = tuple(EpisodeChapter(title, tuple(spots), asked) for title, asked, spots in chapters if spots)
    return Timeline(made, position + round(OUTRO_SECONDS * rate), lead)
