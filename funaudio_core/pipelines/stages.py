"""What translation and conversation share: hearing a clip, speaking a text. Knows Protocols, never engines."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

from funaudio_core.engines.protocols import (
    EmotionClassifier,
    RecognitionOptions,
    Recognizer,
    StreamingSynthesizer,
    Synthesizer,
    Watermarker,
)
from funaudio_core.errors import BadInput
from funaudio_core.labels import EMOTIONS
from funaudio_core.languages import display_name, join_sentences
from funaudio_core.pipelines.recognize import overall_emotion
from funaudio_core.pipelines.synthesize import Recorder, speak, speak_stream
from funaudio_core.text import is_speakable, markup
from funaudio_core.text.instructions import EMOTION_STYLES
from funaudio_core.types import Audio, Emotion, Prosody, ReplyStyle, Segment, SpeechChunk, SpeechRequest, Style, Voice

MIN_REMAINING_SECONDS = 1.0  # seconds of the clip that must be left for it to be worth telling how far one is
TAGS = ("laughter", "sigh", "breath", "cough", "pause")  # sounds of their own, which may stand anywhere in a text
# A manner as a synthesizer is told it, in the form of the sentences that Fun-CosyVoice 3 was trained on.
STYLE_INSTRUCTION, EMOTION_INSTRUCTION = (
    "Please say a sentence {manner}.",
    "Please say a sentence in a {feeling} voice, {manner}.",
)
MIN_EMOTION_CONFIDENCE = 0.5  # least confidence from which a feeling colours the voice
NO_EMOTION = Emotion("neutral", 0.0, basis="tags")  # of a recogniser that hears feelings and could tell none


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a clip has been heard while more of it is to come. text, cues: so far; "" and () on a second hearing."""

    text: str
    seconds: float
    cues: tuple[Segment, ...] = ()


@dataclass(frozen=True, slots=True)
class Recognized:
    """What was said in a clip. cues: the same in parts, with times in seconds.

    events: codes of labels.EVENTS that were heard with the words, each once, in order; for Turn.events.
    """

    text: str
    language: str
    emotion: Emotion
    cues: tuple[Segment, ...]
    events: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class SpeechPiece:
    """A piece of speech, marked as synthetic, ready to be played after the one before."""

    chunk: SpeechChunk


@dataclass(frozen=True, eq=False, slots=True)
class Speaker:
    """Who speaks and by what. style: None to let the delivery choose it.

    by_words: whether the synthesizer is told a feeling in words, so that pace, pitch and level are its own affair.
    tags: names of the event tags, some of TAGS, that it makes. follower: the same engine, where it can speak a text
    that is still being written.
    """

    synthesizer: Synthesizer
    watermarker: Watermarker
    voice: Voice
    style: Style | None = None
    seed: int = 0
    takes_instructions: bool = False
    tags: frozenset[str] = frozenset()
    streaming_synthesizer: StreamingSynthesizer | None = None

    def speak(self, text: str, language: str, reply_style: ReplyStyle, recorder: Recorder) -> Iterator[SpeechPiece]:
        """`text` without its markup, but with the tags that can be made, piece by piece, kept in `recorder`.

        Nothing where nothing can be spoken.
        """
        words = markup.strip_markup(text, self.tags)
        if is_speakable(markup.strip_markup(words)):
            line = self._line(words, language, reply_style)
            yield from map(SpeechPiece, recorder.record(speak(line, self.synthesizer, self.watermarker)))

    def stream_text(
        self, words: Iterator[str], language: str, reply_style: ReplyStyle, recorder: Recorder
    ) -> Iterator[SpeechPiece]:
        """As say(), of words that are still being written, without markup but for tags that can be made.

        Nothing where there is no follower.
        """
        if self.streaming_synthesizer:
            line = self._line("", language, reply_style)
            yield from map(
                SpeechPiece, recorder.record(speak_stream(line, words, self.streaming_synthesizer, self.watermarker))
            )

    def _line(self, words: str, language: str, delivery: ReplyStyle) -> SpeechRequest:
        return SpeechRequest(words, language, self.voice, self.style or self._style(delivery), self.seed)

    def _style(self, delivery: ReplyStyle) -> Style:
        if not self.takes_instructions:
            return EMOTION_STYLES[delivery.emotion]
        wish = STYLE_INSTRUCTION if delivery.emotion == "neutral" else EMOTION_INSTRUCTION
        told = (
            wish.format(manner=delivery.description, feeling=EMOTIONS[delivery.emotion].en)
            if delivery.description
            else ""
        )
        return Style(emotion=delivery.emotion, instruction=told)


def transcribe(
    clip: Audio,
    language: str | None,
    recognizer: Recognizer,
    emotion_classifier: EmotionClassifier | None,
    usual: Prosody | None = None,
) -> Generator[Progress, None, Recognized]:
    """Listening as it goes on; returns the whole clip as text in the language that most of it is in, with its feeling.

    reader: who reads the feeling from the words; None where the recogniser hears it itself (capability "emotion"). Then
    that of most weight counts, by seconds times confidence as on the Recognize page; neutral and unsure where none was
    told. usual: the speaker's baseline (prosody.Baseline.usual), for the reader. Raises BadInput where nobody speaks.
    """
    cues = yield from _segments(clip, RecognitionOptions(language=language), recognizer)
    if not cues:
        raise BadInput(
            "No speech detected in the clip ({seconds:.1f} s). Speak closer to the microphone.", seconds=clip.duration
        )
    main = main_language(cues)
    text = join_sentences([cue.text for cue in cues], main)
    emotion = emotion_of(text, main, clip, cues, emotion_classifier, usual)
    events = dict.fromkeys(event.label for cue in cues for event in cue.events if event.label != "speech")
    return Recognized(text, main, emotion, cues, tuple(events))


def main_language(cues: Sequence[Segment]) -> str:
    """The code of the language that most of the time is in."""
    seconds: dict[str, float] = {}
    for cue in cues:
        seconds[cue.language] = seconds.get(cue.language, 0.0) + cue.end - cue.start
    return max(seconds, key=seconds.__getitem__)


def emotion_of(
    text: str,
    language: str,
    clip: Audio,
    cues: Sequence[Segment],
    emotion_classifier: EmotionClassifier | None,
    usual: Prosody | None = None,
) -> Emotion:
    """The feeling of a text that was said in a clip, as `hear` tells it. cues: the text in parts."""
    return (
        emotion_classifier.classify(text, language, clip, usual)
        if emotion_classifier
        else overall_emotion(cues) or NO_EMOTION
    )


def _segments(
    clip: Audio, hearing: RecognitionOptions, recognizer: Recognizer, show: bool = True
) -> Generator[Progress, None, tuple[Segment, ...]]:
    """All segments. Whoever wants to stop can do so at each Listening."""
    found: list[Segment] = []
    for segment in recognizer.transcribe(clip, hearing):
        found.append(segment)
        if segment.end < clip.duration - MIN_REMAINING_SECONDS:
            text = join_sentences([each.text for each in found], segment.language) if show else ""
            yield Progress(text, segment.end, tuple(found) if show else ())
    return tuple(found)


def translate_to_english(clip: Audio, recognized: Recognized, recognizer: Recognizer) -> Generator[Progress, None, str]:
    """Hears the clip once more and returns it in English; the recogniser must have the capability "to-english".

    Raises BadInput where nothing came of it.
    """
    hearing = RecognitionOptions(language=recognized.language, translate_to_english=True)
    segments = yield from _segments(clip, hearing, recognizer, show=False)
    text = join_sentences([segment.text for segment in segments], "en")
    if not is_speakable(text):
        raise BadInput(
            "The {language} in the clip couldn't be translated into English. Speak more slowly and try again.",
            language=display_name(recognized.language),
        )
    return text


def style_for_emotion(emotion: Emotion) -> str:
    """The code of the emotion where it is sure enough to be heard in a voice, else "neutral"."""
    return emotion.label if emotion.confidence >= MIN_EMOTION_CONFIDENCE else "neutral"
