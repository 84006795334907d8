"""What translation and conversation share: hearing a clip, speaking a text. Knows Protocols, never engines."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

from funaudio_core import markup
from funaudio_core.engines.base import EmotionReader, Hearing, Recognizer, Synthesizer, Watermarker
from funaudio_core.errors import BadInput
from funaudio_core.instructions import EMOTION_STYLES
from funaudio_core.languages import name
from funaudio_core.pipelines.speak import Recorder, speak
from funaudio_core.text import is_speakable, join_sentences
from funaudio_core.types import Audio, Emotion, Line, Prosody, Segment, Spoken, Style, Voice

MORE = 1.0  # seconds of the clip that must be left for it to be worth telling how far one is
SURE = 0.5  # least confidence from which a feeling colours the voice


@dataclass(frozen=True, slots=True)
class Listening:
    """How far a clip has been heard while more of it is to come. text: so far, "" on a second hearing."""

    text: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said in a clip. cues: the same in parts, with times in seconds."""

    text: str
    language: str
    emotion: Emotion
    cues: tuple[Segment, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Said:
    """A piece of speech, marked as synthetic, ready to be played after the one before."""

    piece: Spoken


@dataclass(frozen=True, eq=False, slots=True)
class Speaker:
    """Who speaks and by what. style: None to let the feeling choose it."""

    synthesizer: Synthesizer
    watermarker: Watermarker
    voice: Voice
    style: Style | None = None
    seed: int = 0

    def say(self, text: str, language: str, feeling: str, recorder: Recorder) -> Iterator[Said]:
        """`text` without its markup, piece by piece, kept in `recorder`; nothing where nothing can be spoken."""
        words = markup.strip(text)
        if not is_speakable(words):
            return
        style = self.style or EMOTION_STYLES[feeling]
        line = Line(words, language, self.voice, style, self.seed)
        for piece in recorder.keep(speak(line, self.synthesizer, self.watermarker)):
            yield Said(piece)


def hear(
    clip: Audio, language: str | None, recognizer: Recognizer, reader: EmotionReader, usual: Prosody | None = None
) -> Generator[Listening, None, Heard]:
    """Listening as it goes on; returns the whole clip as text in the language that most of it is in, with its feeling.

    usual: the speaker's baseline (prosody.Baseline.usual). Raises BadInput where nobody speaks.
    """
    cues = yield from _segments(clip, Hearing(language=language), recognizer)
    if not cues:
        raise BadInput(
            "No speech was heard in the clip ({seconds:.1f} s). Speak closer to the microphone.", seconds=clip.duration
        )
    seconds: dict[str, float] = {}
    for cue in cues:
        seconds[cue.language] = seconds.get(cue.language, 0.0) + cue.end - cue.start
    main = max(seconds, key=seconds.__getitem__)
    text = join_sentences([cue.text for cue in cues], main)
    return Heard(text, main, reader.read(text, main, clip, usual), cues)


def _segments(
    clip: Audio, hearing: Hearing, recognizer: Recognizer, show: bool = True
) -> Generator[Listening, None, tuple[Segment, ...]]:
    """All segments. Whoever wants to stop can do so at each Listening."""
    found: list[Segment] = []
    for segment in recognizer.transcribe(clip, hearing):
        found.append(segment)
        if segment.end < clip.duration - MORE:
            text = join_sentences([each.text for each in found], segment.language) if show else ""
            yield Listening(text, segment.end)
    return tuple(found)


def in_english(clip: Audio, heard: Heard, recognizer: Recognizer) -> Generator[Listening, None, str]:
    """Hears the clip once more and returns it in English; the recogniser must have the capability "to-english".

    Raises BadInput where nothing came of it.
    """
    hearing = Hearing(language=heard.language, english=True)
    segments = yield from _segments(clip, hearing, recognizer, show=False)
    text = join_sentences([segment.text for segment in segments], "en")
    if not is_speakable(text):
        raise BadInput(
            "The {language} in the clip could not be put into English. Say it again, slower.",
            language=name(heard.language),
        )
    return text


def feeling(emotion: Emotion) -> str:
    """The code of the emotion where it is sure enough to be heard in a voice, else "neutral"."""
    return emotion.label if emotion.confidence >= SURE else "neutral"
