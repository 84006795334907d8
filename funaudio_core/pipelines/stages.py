"""What translation and conversation share: hearing a clip, speaking a text. Knows Protocols, never engines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from funaudio_core import markup
from funaudio_core.engines.base import EmotionReader, Hearing, Recognizer, Synthesizer, Watermarker
from funaudio_core.errors import BadInput
from funaudio_core.instructions import EMOTION_STYLES
from funaudio_core.languages import name
from funaudio_core.pipelines.speak import Recorder, speak
from funaudio_core.text import is_speakable, join_sentences
from funaudio_core.types import Audio, Emotion, Line, Prosody, Segment, Spoken, Style, Voice

SURE = 0.5  # least confidence from which a feeling colours the voice


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
) -> Heard:
    """The whole clip as text in the language that most of it is in, with its feeling.

    usual: the speaker's baseline (prosody.Baseline.usual). Raises BadInput where nobody speaks.
    """
    cues = tuple(recognizer.transcribe(clip, Hearing(language=language)))
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


def in_english(clip: Audio, heard: Heard, recognizer: Recognizer) -> str:
    """The clip once more, in English; the recogniser must have the capability "to-english".

    Raises BadInput where nothing came of it.
    """
    hearing = Hearing(language=heard.language, english=True)
    text = join_sentences([segment.text for segment in recognizer.transcribe(clip, hearing)], "en")
    if not is_speakable(text):
        raise BadInput(
            "The {language} in the clip could not be put into English. Say it again, slower.",
            language=name(heard.language),
        )
    return text


def feeling(emotion: Emotion) -> str:
    """The code of the emotion where it is sure enough to be heard in a voice, else "neutral"."""
    return emotion.label if emotion.confidence >= SURE else "neutral"
