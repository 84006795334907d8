"""Podcast tasks for the pages and the API: a show in the making, its voices, its sound, its files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from funaudio_core import audio
from funaudio_core.engines import voice_catalog
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.errors import BadInput
from funaudio_core.pipelines.synthesize import Recorder
from funaudio_core.podcast.listening.hosting import Hosts
from funaudio_core.podcast.model import ScriptLine, speakers_of
from funaudio_core.podcast.pieces import Piece
from funaudio_core.podcast.show import Position, Show
from funaudio_core.podcast.sound.tape import Recording, Tape
from funaudio_core.podcast.source import Source
from funaudio_core.runtime import cancellation
from funaudio_core.tasks import recognition, synthesis
from funaudio_core.types import Audio, SpeechRequest, Voice


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

    def stream(self, piece: Piece, rate: float | None = None) -> Iterator[Audio]:
        """Yield the speech of a sentence as it is made, unless it was made before; it is kept once it is complete.

        Args:
            piece: The sentence.
            rate: Factor on the pace; None for the show's.

        Raises:
            BadInput: It can't be spoken.
            Cancelled: The work was cancelled.
        """
        key = self._key(piece, self.show.rate if rate is None else rate)
        if key in self._recordings:
            yield self.load(self._recordings[key])
            return
        request = self._request(piece, key[3])
        recorder, ending = Recorder(request.seed), _Ending()
        parts: list[Audio] = []
        for chunk in recorder.record(synthesis.speak_long(request, self.engine)):
            cancellation.raise_if_cancelled()
            if part := ending.feed(chunk.audio):
                parts.append(part)
                yield part
        take = recorder.take()
        whole = audio.concat(parts) if parts else take.audio
        self._tape = self._tape or Tape(whole.rate)
        self._recordings[key] = self._tape.append(whole, take.words)
        if not parts:
            yield whole

    def make(self, piece: Piece, rate: float | None = None) -> Recording:
        """Return the speech of a sentence, which is synthesized unless it was before; see stream()."""
        wanted = self.show.rate if rate is None else rate
        for _ in self.stream(piece, wanted):
            pass
        return self._recordings[self._key(piece, wanted)]

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


class _Ending:
    """Holds the silence at the end of growing speech back: the gap after a sentence depends on the next one."""

    def __init__(self) -> None:
        """Start without speech."""
        self._held: Audio | None = None

    def feed(self, chunk: Audio) -> Audio | None:
        """Return what can be played once a chunk was added; None for silence."""
        clip = chunk if self._held is None else audio.concat([self._held, chunk])
        loud = (audio.frame_db(clip, audio.FRAME_SECONDS) > audio.SILENCE_DB + 10).nonzero()[0]
        if not len(loud):
            self._held = clip
            return None
        cut = round(((loud[-1] + 1) * audio.FRAME_SECONDS + TAIL_SECONDS) * clip.rate)
        self._held = Audio(clip.samples[cut:], clip.rate) if cut < len(clip.samples) else None
        return Audio(clip.samples[:cut].copy(), clip.rate)


def hear(clip: Audio, language: str, engine: str = "") -> str:
    """Return the words of a listener, "" without speech. language: That of the show."""
    options = RecognitionOptions(language=language)
    transcript = None
    for transcript in recognition.transcribe_long(clip, options, engine):  # noqa: B007 (only the last is needed)
        cancellation.raise_if_cancelled()
    return transcript.text if transcript else ""


def fill_cast(
    lines: Sequence[ScriptLine],
    language: str,
    engine: str,
    known: Mapping[str, HostVoice],
    names: Sequence[str] = (),
) -> dict[str, HostVoice]:
    """Return voices for the speakers of a script who have none yet, women and men in turn, none twice if possible.

    Args:
        lines: The script.
        language: ISO 639 code.
        engine: Name of the synthesizer.
        known: Voices that are chosen already.
        names: Ids of voices to use first, in the order of the speakers.

    Raises:
        BadInput: There is no such voice, or the engine lacks the language.
    """
    voices = voice_catalog.voices_for_language(language, engine)
    women = [voice for voice in voices.values() if voice.sex == "female"]
    men = [voice for voice in voices.values() if voice.sex == "male"]
    mixed = [voice for pair in zip(women, men, strict=False) for voice in pair]
    ranked = [*mixed, *(voice for voice in voices.values() if voice not in mixed)]
    taken = {id(host.voice) for host in known.values()}
    free = [voice for voice in ranked if id(voice) not in taken] or ranked
    cast: dict[str, HostVoice] = {}
    for number, speaker in enumerate(name for name in speakers_of(lines) if name not in known):
        if number < len(names):
            cast[speaker] = HostVoice(voice_catalog.get_voice(names[number], engine, language))
        elif free:
            cast[speaker] = HostVoice(free[number % len(free)])
        else:
            cast[speaker] = HostVoice(voice_catalog.get_voice("", engine, language))
    return cast


def ask_in_the_middle(studio: Studio, words: str) -> None:
    """Let a listener interrupt a show between two sentences near its middle."""
    show = studio.show
    middle = len(show.pieces) // 2
    while (piece := show.peek()) and piece.index < middle:
        entry = show.hand_out(studio.make(piece).length / studio.tape.rate)
    show.interrupt(Position(entry.id, entry.seconds) if middle else None)
    utterance = studio.hosts.understand(words)
    studio.hosts.react(utterance, studio.hosts.acknowledge(utterance))
