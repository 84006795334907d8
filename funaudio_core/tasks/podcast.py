"""Podcast tasks for the pages and the API: a show in the making, its voices, its sound, its files."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from funaudio_core import audio
from funaudio_core.engines import registry, selection
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.engines.selection import EngineChoice
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
from funaudio_core.podcast import music
from funaudio_core.podcast.hosting import Hosts
from funaudio_core.podcast.mixing import Clip, Mix, MixReport
from funaudio_core.podcast.model import ScriptLine
from funaudio_core.podcast.pieces import Piece
from funaudio_core.podcast.show import Show
from funaudio_core.podcast.source import Source
from funaudio_core.podcast.tape import Recording, Tape
from funaudio_core.podcast.timeline import EpisodeChapter, Timeline, lay_out
from funaudio_core.runtime import cancellation
from funaudio_core.tasks import recognition, synthesis
from funaudio_core.types import Audio, Samples, SpeechRequest, Voice

SOUND_FORMATS, TEXT_FORMATS = ("mp3", "m4a", "wav"), ("vtt", "srt", "json")
NO_MUSIC = "none"


@dataclass(frozen=True, slots=True)
class HostVoice:
    """Voice of a host and their manner in a few words, such as "calm"; "" for none."""

    voice: Voice
    manner: str = ""


class Studio:
    """Show in the making: its state, its hosts, and everything that was spoken, on disk."""

    def __init__(
        self,
        lines: Sequence[ScriptLine],
        language: str,
        cast: Mapping[str, HostVoice],
        engine: str = "",
        source: Source | None = None,
        title: str = "",
    ) -> None:
        """Prepare a show.

        Args:
            lines: The script.
            language: ISO 639 code of the script.
            cast: Voice of each speaker.
            engine: Name of the synthesizer.
            source: Text that answers come from; None for the script itself.
            title: Title of the show; "" for the source's.

        Raises:
            BadInput: A speaker has no voice, or the engine can't speak a line.
        """
        self.language, self.engine, self.cast = language, engine, dict(cast)
        self.title = title or (source.title if source else "") or "Podcast"
        self.source = source
        self.show = Show(tuple(lines), language)
        self.hosts = Hosts(self.show, source)
        missing = [name for name in self.show.hosts if name not in self.cast]
        if missing:
            raise BadInput("{names} has no voice. Choose one for each host.", names=tuple(missing))
        for piece in self.show.pieces:
            self._request(piece, 1.0)
        self._recordings: dict[tuple[str, str, str, float], Recording] = {}
        self._tape: Tape | None = None

    def _request(self, piece: Piece, rate: float) -> SpeechRequest:
        host = self.cast[piece.speaker]
        how = ", ".join(words for words in (host.manner, piece.feeling) if words)
        return synthesis.speech_request(piece.text, self.language, host.voice, self.engine, rate, instruction=how)

    def is_made(self, piece: Piece) -> bool:
        """Return whether a sentence was spoken at the present pace."""
        return self._key(piece, self.show.rate) in self._recordings

    def make(self, piece: Piece, rate: float | None = None) -> Recording:
        """Return the speech of a sentence, which is synthesized unless it was before.

        Args:
            piece: The sentence.
            rate: Factor on the pace; None for the show's.

        Raises:
            BadInput: It can't be spoken.
            Cancelled: The work was cancelled.
        """
        key = self._key(piece, self.show.rate if rate is None else rate)
        if key not in self._recordings:
            take = synthesis.speak_take(self._request(piece, key[3]), self.engine)
            self._tape = self._tape or Tape(take.audio.rate)
            self._recordings[key] = self._tape.append(_trim(take.audio), take.words)
        return self._recordings[key]

    def load(self, recording: Recording) -> Audio:
        """Return the sound of a recording."""
        return self.tape.load(recording)

    @property
    def tape(self) -> Tape:
        """Return the tape. Raise BadInput before anything was spoken."""
        if self._tape is None:
            raise BadInput("Nothing was spoken yet. Play the show first.")
        return self._tape

    def _key(self, piece: Piece, rate: float) -> tuple[str, str, str, float]:
        return piece.speaker, piece.text, piece.feeling, round(rate, 3)

    def close(self) -> None:
        """Delete what was spoken."""
        if self._tape is not None:
            self._tape.close()


TAIL_SECONDS = 0.08  # of silence that stays behind the last word; the show adds its own gaps


def _trim(clip: Audio) -> Audio:
    """Return a clip without the silence at its end, since the gap after a sentence depends on the next one."""
    levels = audio.frame_db(clip, audio.FRAME_SECONDS)
    loud = (levels > audio.SILENCE_DB + 10).nonzero()[0]
    if not len(loud):
        return clip
    return clip.slice(0.0, min(clip.duration, (loud[-1] + 1) * audio.FRAME_SECONDS + TAIL_SECONDS)).copy()


def hear(clip: Audio, language: str, engine: str = "") -> str:
    """Return the words of a listener, "" without speech. language: That of the show."""
    options = RecognitionOptions(language=language)
    transcript = None
    for transcript in recognition.transcribe_long(clip, options, engine):  # noqa: B007 (only the last is needed)
        cancellation.raise_if_cancelled()
    return transcript.text if transcript else ""


def recognizer_title(engines: EngineChoice) -> str:
    """Return the title of the recognizer that hears the listener."""
    return selection.recognizer_for_dialogue(engines).title


@dataclass(frozen=True, eq=False, slots=True)
class Episode:
    """Finished episode: its mix in a folder of its own, and the recording that the exports read."""

    book: RecordedBook
    report: MixReport
    watermark: float
    folder: Path

    def close(self) -> None:
        """Delete the mix."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def seconds(self) -> float:
        """Return its length."""
        return sum(chapter.total_samples for chapter in self.book.chapters) / self.book.rate

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
        made = Episode(_recorded_book(studio, timeline, path), report, _find_watermark(path, rate), folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    yield made


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
                    spot.piece.text,
                    ArraySlice(path, spot.start),
                    end - spot.start,
                    spot.piece.speaker,
                    passage=index + 1,
                    words=spot.recording.words,
                    sentences=(SentenceMark(0, len(spot.piece.text), 0.0, spot.recording.length / studio.tape.rate),),
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


def _find_watermark(path: Path, rate: int) -> float:
    """Return the confidence that the watermark is in the first half minute of a mix."""
    samples = np.load(path, mmap_mode="r")[: 30 * rate].astype(np.float32) / np.float32(32767)
    return float(selection.load_default(registry.WATERMARKERS).find(Audio(samples, rate)))
