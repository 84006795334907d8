"""Finished episodes of a podcast: the mix of a show, and its files."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from funaudio_core.engines import registry, selection
from funaudio_core.errors import BadInput
from funaudio_core.narration.export import texts as narration_texts
from funaudio_core.narration.export.levels import PODCAST
from funaudio_core.narration.export.recording import (
    ArraySlice,
    RecordedBook,
    RecordedChapter,
    RecordedSegment,
    SentenceMark,
)
from funaudio_core.narration.export.sound import write_book
from funaudio_core.narration.export.watermark import WatermarkReport, find_watermark
from funaudio_core.podcast.sound import music
from funaudio_core.podcast.sound.mixing import Clip, Mix, MixReport
from funaudio_core.podcast.sound.tape import Recording, Tape
from funaudio_core.podcast.sound.timeline import EpisodeChapter, Timeline, lay_out
from funaudio_core.tasks.podcast import Studio
from funaudio_core.types import Samples

SOUND_FORMATS, TEXT_FORMATS = ("mp3", "m4a", "wav"), ("vtt", "srt", "json")
NO_MUSIC = "none"


@dataclass(frozen=True, eq=False, slots=True)
class Episode:
    """Finished episode: its mix in a folder of its own, and the recording that the exports read."""

    book: RecordedBook
    report: MixReport
    folder: Path

    def close(self) -> None:
        """Delete the mix."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def seconds(self) -> float:
        """Return its length."""
        return sum(chapter.total_samples for chapter in self.book.chapters) / self.book.rate

    def write_beside(self, name: str) -> Path:
        """Write the episode beside the mix, see write(); close() deletes it."""
        return self.write(name, self.folder / f"episode.{name}")

    def write(self, name: str, path: Path) -> Path:
        """Write the episode in one of SOUND_FORMATS or TEXT_FORMATS, with chapters, and return the path."""
        if name in SOUND_FORMATS:
            write_book(self.book, path, name, PODCAST)
        elif name == "vtt":
            narration_texts.write_vtt(self.book, path, with_words=False)
        elif name == "srt":
            narration_texts.write_srt(self.book, path)
        elif name == "json":
            narration_texts.write_json(self.book, path)
        else:
            raise BadInput(
                "Audio format {format!r} isn't supported. Choose one of: {choices}.",
                format=name,
                choices=(*SOUND_FORMATS, *TEXT_FORMATS),
            )
        return path


def finish_episode(studio: Studio, style: str = NO_MUSIC) -> Iterator[float | Episode]:
    """Speak what is missing of the episode and mix it; yield the share that is done, at the end the episode.

    Args:
        studio: The show.
        style: One of music.STYLES, or NO_MUSIC.

    Raises:
        BadInput: There is no such music.
    """
    if style not in (NO_MUSIC, *music.STYLES):
        choices = (NO_MUSIC, *music.STYLES)
        raise BadInput("There is no music called {style!r}. Choose one of: {choices}.", style=style, choices=choices)
    episode = studio.show.episode()
    recordings: dict[int, Recording] = {}
    for number, heard in enumerate(episode):
        if heard.piece is not None:
            recordings[id(heard)] = studio.make(heard.piece, heard.rate)
        yield 0.8 * (number + 1) / len(episode)
    rate = studio.tape.rate
    seconds = music.JINGLE_SECONDS if style != NO_MUSIC else 0.0
    timeline = lay_out(episode, studio.show.titles, lambda heard: recordings[id(heard)], rate, seconds)
    clips = [Clip(spot.start, spot.recording.length, _reader(studio.tape, spot.recording)) for spot in timeline.spots]
    bed = music.bed(style, rate) if style != NO_MUSIC else None
    jingles = [(0, music.jingle(style, rate))] if style != NO_MUSIC else []
    folder = Path(tempfile.mkdtemp(prefix="episode-"))
    path = folder / "mix.npy"
    try:
        report = Mix(clips, timeline.length, rate, bed, jingles).write(path)
        made = Episode(_recorded_book(studio, timeline, path), report, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    yield made


def search_watermark(path: Path) -> WatermarkReport:
    """Look for the watermark in every half minute of a written episode."""
    return find_watermark(path, selection.load_default(registry.WATERMARKERS))


def _reader(tape: Tape, recording: Recording) -> Callable[[int, int], Samples]:
    return lambda start, end: tape.read_samples(recording.start + start, recording.start + end)


def _recorded_book(studio: Studio, timeline: Timeline, path: Path) -> RecordedBook:
    """Return the episode as the exports read it: the sound of each sentence goes on to the next one."""
    chapters = []
    spots = timeline.spots
    for chapter in timeline.chapters:
        segments = []
        for index, spot in enumerate(chapter.spots):
            is_last = spot is spots[-1]
            end = timeline.length if is_last else spot.end
            if spot is spots[0] and spot.start:
                segments.append(RecordedSegment("", ArraySlice(path, 0), spot.start, spot.piece.speaker, passage=0))
            segments.append(
                RecordedSegment(
                    spot.piece.words,
                    ArraySlice(path, spot.start),
                    end - spot.start,
                    spot.piece.speaker,
                    passage=index + 1,
                    words=spot.recording.words,
                    sentences=(SentenceMark(0, len(spot.piece.words), 0.0, spot.recording.length / studio.tape.rate),),
                )
            )
        chapters.append(RecordedChapter(_title(studio, chapter), tuple(segments), gain_db=0.0))
    return RecordedBook(
        studio.title,
        studio.tape.rate,
        tuple(chapters),
        authors=studio.show.hosts,
        voices={name: str(host.voice.name) for name, host in studio.cast.items()},
        language=studio.language,
        date=datetime.now(UTC).date().isoformat(),
        genre="Podcast",
    )


def _title(studio: Studio, chapter: EpisodeChapter) -> str:
    if chapter.question:
        label = "问题：" if studio.language in ("zh", "yue") else "Question: "
        return f"{label}{chapter.question}"
    return chapter.title or studio.title
