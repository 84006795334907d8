"""Stages that translation and conversation share: recognition of a clip and speech of a text."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

from funaudio_core.engines.protocols import (
    AudioEventDetector,
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
from funaudio_core.message import Message
from funaudio_core.pipelines.recognize import omission_notes, overall_emotion
from funaudio_core.pipelines.synthesize import Recorder, speak, speak_stream
from funaudio_core.text import is_speakable, markup
from funaudio_core.text.instructions import EMOTION_STYLES
from funaudio_core.text.pronunciations import Pronunciation, apply_pronunciations
from funaudio_core.types import Audio, Emotion, Prosody, ReplyStyle, Segment, SpeechChunk, SpeechRequest, Style, Voice

MIN_REMAINING_SECONDS = 1.0  # of the clip, for a progress report to be worth while
STANDALONE_TAGS = ("laughter", "sigh", "breath", "cough", "pause")  # event tags that may be anywhere in a text
# Instructions for a manner of speaking, in the form of the sentences that Fun-CosyVoice 3 was trained with.
STYLE_INSTRUCTION, EMOTION_INSTRUCTION = (
    "Please say a sentence {manner}.",
    "Please say a sentence in a {feeling} voice, {manner}.",
)
MIN_EMOTION_CONFIDENCE = 0.5  # below it the voice stays neutral
NO_EMOTION = Emotion("neutral", 0.0, basis="tags")  # of a recognizer that detects emotions but returned none


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of the recognition of a clip.

    Attributes:
        text: Text so far; "" while the clip is recognized a second time.
        seconds: Seconds of the clip that are done.
        cues: Segments so far; () while the clip is recognized a second time.
    """

    text: str
    seconds: float
    cues: tuple[Segment, ...] = ()


@dataclass(frozen=True, slots=True)
class Recognized:
    """Recognized clip.

    Attributes:
        text: The whole text.
        language: Code of the language with the most speech.
        emotion: Of the whole clip.
        cues: Segments, with times in seconds.
        events: Codes of labels.EVENTS that occur in the segments, each once, in order; for Turn.events.
        notes: Sentences on speech that was left out.
    """

    text: str
    language: str
    emotion: Emotion
    cues: tuple[Segment, ...]
    events: tuple[str, ...] = ()
    notes: tuple[Message, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class SpeechPiece:
    """Watermarked chunk of speech, to be played after the one before."""

    chunk: SpeechChunk


@dataclass(frozen=True, eq=False, slots=True)
class Speaker:
    """Voice and engines for speech.

    Attributes:
        synthesizer: Synthesizes the speech.
        watermarker: Marks it.
        voice: The voice.
        style: Style of all texts; None to derive it from the ReplyStyle of each.
        seed: Of the sampling.
        takes_instructions: The synthesizer follows instructions, so that a ReplyStyle is passed as an instruction
            rather than as pace, pitch and level.
        tags: Those of STANDALONE_TAGS that it can speak.
        streaming_synthesizer: The same engine, if it can speak a text that is still being written.
        pronunciations: Words and how they are said.
    """

    synthesizer: Synthesizer
    watermarker: Watermarker
    voice: Voice
    style: Style | None = None
    seed: int = 0
    takes_instructions: bool = False
    tags: frozenset[str] = frozenset()
    streaming_synthesizer: StreamingSynthesizer | None = None
    pronunciations: tuple[Pronunciation, ...] = ()

    def speak(self, text: str, language: str, reply_style: ReplyStyle, recorder: Recorder) -> Iterator[SpeechPiece]:
        """Speak a text without its markup, but with the tags that the engine can speak.

        Args:
            text: The text.
            language: Code of its language.
            reply_style: Style, unless the speaker has one.
            recorder: Records the speech.

        Yields:
            Pieces of the speech, each as soon as it is made; none if the text has no words.
        """
        words = markup.strip_markup(text, self.tags)
        if is_speakable(markup.strip_markup(words)):
            said = apply_pronunciations(words, self.pronunciations, language)
            request = self._request(said, language, reply_style)
            yield from map(SpeechPiece, recorder.record(speak(request, self.synthesizer, self.watermarker)))

    def stream_text(
        self, words: Iterator[str], language: str, reply_style: ReplyStyle, recorder: Recorder
    ) -> Iterator[SpeechPiece]:
        """Speak a text that is still being written; see speak().

        Args:
            words: Pieces of the text, without markup except tags that the engine can speak.
            language: Code of its language.
            reply_style: Style, unless the speaker has one.
            recorder: Records the speech.

        Yields:
            Pieces of the speech; none if there is no streaming synthesizer.
        """
        if self.streaming_synthesizer:
            request = self._request("", language, reply_style)
            yield from map(
                SpeechPiece, recorder.record(speak_stream(request, words, self.streaming_synthesizer, self.watermarker))
            )

    def _request(self, words: str, language: str, reply_style: ReplyStyle) -> SpeechRequest:
        return SpeechRequest(words, language, self.voice, self.style or self._style(reply_style), self.seed)

    def _style(self, reply_style: ReplyStyle) -> Style:
        if not self.takes_instructions:
            return EMOTION_STYLES[reply_style.emotion]
        if not reply_style.description:
            return Style(emotion=reply_style.emotion, instruction="")
        template = STYLE_INSTRUCTION if reply_style.emotion == "neutral" else EMOTION_INSTRUCTION
        feeling = EMOTIONS[reply_style.emotion].en
        instruction = template.format(manner=reply_style.description, feeling=feeling)
        return Style(emotion=reply_style.emotion, instruction=instruction)


def transcribe(
    clip: Audio,
    language: str | None,
    recognizer: Recognizer,
    emotion_classifier: EmotionClassifier | None,
    baseline: Prosody | None = None,
    detector: AudioEventDetector | None = None,
) -> Generator[Progress, None, Recognized]:
    """Recognize a clip and its emotion.

    Args:
        clip: The recording.
        language: Code of its language; None to detect it.
        recognizer: Recognizes the text.
        emotion_classifier: Estimates the emotion; None if the recognizer does (capability "emotion"), whose
            overall_emotion() is used then, NO_EMOTION if it returned none.
        baseline: Of the speaker (Baseline.median()), for the emotion classifier.
        detector: Finds speech that was left out; None to leave out the notes on it.

    Yields:
        The progress.

    Returns:
        The recognized clip.

    Raises:
        BadInput: There is no speech in the clip.
    """
    cues = yield from _recognize(clip, RecognitionOptions(language=language), recognizer)
    if not cues:
        raise BadInput(
            "No speech detected in the clip ({seconds:.1f} s). Speak closer to the microphone.", seconds=clip.duration
        )
    spoken_language = main_language(cues)
    text = join_sentences([cue.text for cue in cues], spoken_language)
    emotion = emotion_of(text, spoken_language, clip, cues, emotion_classifier, baseline)
    events = dict.fromkeys(event.label for cue in cues for event in cue.events if event.label != "speech")
    notes = omission_notes(cues, detector.detect(clip)) if detector else ()
    return Recognized(text, spoken_language, emotion, cues, tuple(events), notes)


def main_language(cues: Sequence[Segment]) -> str:
    """Return the code of the language with the most seconds of speech."""
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
    baseline: Prosody | None = None,
) -> Emotion:
    """Return the emotion of a text that is spoken in a clip; `cues` are its segments; see transcribe()."""
    if emotion_classifier:
        return emotion_classifier.classify(text, language, clip, baseline)
    return overall_emotion(cues) or NO_EMOTION


def _recognize(
    clip: Audio, options: RecognitionOptions, recognizer: Recognizer, show_text: bool = True
) -> Generator[Progress, None, tuple[Segment, ...]]:
    """Yield the progress, and return all segments. The caller can stop at each progress report."""
    segments: list[Segment] = []
    for segment in recognizer.transcribe(clip, options):
        segments.append(segment)
        if segment.end < clip.duration - MIN_REMAINING_SECONDS:
            text = join_sentences([each.text for each in segments], segment.language) if show_text else ""
            yield Progress(text, segment.end, tuple(segments) if show_text else ())
    return tuple(segments)


def translate_to_english(clip: Audio, recognized: Recognized, recognizer: Recognizer) -> Generator[Progress, None, str]:
    """Recognize a clip once more, in English; the recognizer must have the capability "to-english".

    Yields:
        The progress.

    Returns:
        The English text.

    Raises:
        BadInput: The recognizer returned no words.
    """
    options = RecognitionOptions(language=recognized.language, translate_to_english=True)
    segments = yield from _recognize(clip, options, recognizer, show_text=False)
    text = join_sentences([segment.text for segment in segments], "en")
    if not is_speakable(text):
        raise BadInput(
            "The {language} in the clip couldn't be translated into English. Speak more slowly and try again.",
            language=display_name(recognized.language),
        )
    return text


def style_for_emotion(emotion: Emotion) -> str:
    """Return the code of the emotion if its confidence is high enough to be expressed, else "neutral"."""
    return emotion.label if emotion.confidence >= MIN_EMOTION_CONFIDENCE else "neutral"
