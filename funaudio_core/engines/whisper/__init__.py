"""Whisper base on the CPU: speech recognition in windows of 15 s, without the silence between them."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from funaudio_core import audio, languages, settings
from funaudio_core.audio import segmentation
from funaudio_core.audio.segmentation import SpeechWindow
from funaudio_core.engines import loader
from funaudio_core.engines.firered import FireRed
from funaudio_core.engines.protocols import RecognitionOptions, Recognizer
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.engines.whisper.coverage import find_omitted, split_at_pauses, split_window
from funaudio_core.engines.whisper.language_detection import LANGUAGES, LanguageDetector
from funaudio_core.engines.whisper.text_format import PROMPTS, format_text, split_characters, to_spoken_form
from funaudio_core.engines.whisper.window_decoder import (
    SAMPLE_RATE,
    WINDOW_SECONDS,
    DecodingResult,
    DecodingTask,
    WindowDecoder,
)
from funaudio_core.errors import BadInput
from funaudio_core.gpu import zerogpu
from funaudio_core.types import Audio, Segment, Span, Word
from funaudio_core.voices.examples import EXAMPLES
from funaudio_core.weights import store

# Without a blank second at the end of a window the model may loop (3 of 16 windows did, then 1).
MAX_SPEECH_SECONDS = WINDOW_SECONDS - 1.0
PART_LOGPROB_THRESHOLD = -0.8  # mean; the parts of real speech tried had -.5 and more, sounds without words -1 and less
MAX_SPLITS = 2  # of a window whose words leave out speech: into parts, and these into spans of speech
MIN_WORD_SECONDS = 0.05  # words are not shortened below this
MAX_PROMPT_CHARACTERS = 2000  # of its end; its last MAX_PROMPT_TOKENS count
# How long and similar a text with a prompt must be in comparison with the one without. Corrected names left sentences
# .8 alike, and single names .5. Where the prompt was repeated or left out, they were below .3, or a third as long.
PROMPTED_LENGTHS = (0.6, 1.6)
MIN_PROMPTED_SIMILARITY = 0.4


class Whisper:
    """Whisper base (CTranslate2, int8) behind FireRed's voice activity detection.

    Thread-safe: no state is kept between calls. CTranslate2 runs one call at a time and queues the others; each call
    submits one window at a time, so concurrent requests take turns every 15 s of their audio.
    """

    def __init__(self, decoder: WindowDecoder, detector: FireRed) -> None:
        """Create the engine from its parts."""
        self._decoder, self._detector = decoder, detector
        self._languages = LanguageDetector(decoder)

    def transcribe(self, clip: Audio, options: RecognitionOptions) -> Iterator[Segment]:
        """Recognize the speech of a clip.

        Without `options.language` the language of each window is detected; below LANGUAGE_THRESHOLD the window is
        decoded in the most probable LANGUAGES and the best result wins. Memory is bounded: one window is resampled at
        a time.

        Args:
            clip: The clip.
            options: The options; with `translate_to_english` the text and the language of a segment are English.

        Returns:
            Segments of at most 15 s, each as soon as it is decoded; none for silence, noise or instrumental music.

        Raises:
            BadInput: A language is not supported, or there are too many hotwords.
        """
        for code in options.requested_languages:
            languages.require_language(code, LANGUAGES, SPEC.title)
        self._require_room(options.hotwords)
        return self._segments(clip, options)

    def _require_room(self, hotwords: tuple[str, ...]) -> None:
        """Raise BadInput if there are more hotwords than Whisper's context has room for."""
        fitting = 0
        while fitting < len(hotwords) and self._decoder.fits(_listed(hotwords[: fitting + 1])):
            fitting += 1
        if fitting < len(hotwords):
            raise BadInput(
                "Too many hotwords ({given}; {engine} accepts at most {most}). Remove some of them.",
                given=len(hotwords),
                engine=SPEC.title,
                most=fitting,
            )

    def detect_language(self, clip: Audio) -> tuple[str, float]:
        """Return code and probability of the language of the first window; raise BadInput if nobody speaks."""
        for window in self._windows(clip):
            return self._languages.detect(self._encode(clip, window), window.end - window.start, "", frozenset())
        raise BadInput("No speech detected, so the language can't be identified. Record a spoken sentence.")

    def _windows(self, clip: Audio) -> Iterator[SpeechWindow]:
        """Yield windows of at most MAX_SPEECH_SECONDS."""
        for chapter in segmentation.find_windows(clip, self._detector.detect_speech, MAX_SPEECH_SECONDS):
            yield from chapter

    def _encode(self, clip: Audio, window: SpeechWindow) -> Any:  # noqa: ANN401 (the type of WindowDecoder.encode)
        return self._decoder.encode(audio.resample(clip.slice(window.start, window.end), SAMPLE_RATE).samples)

    def _decode(self, encoded: Any, seconds: float, task: DecodingTask) -> DecodingResult:  # noqa: ANN401
        """Decode a window; ignore hotwords and prompt if the result differs too much from that without them.

        Whisper sometimes repeats a prompt, or leaves out what it takes for said before.
        """
        result = self._decoder.decode(encoded, seconds, task)
        if not (task.hotwords or task.prompt):
            return result
        plain = self._decoder.decode(encoded, seconds, replace(task, hotwords="", prompt=""))
        spoken, plainly_spoken = (to_spoken_form(said.text, task.output_language) for said in (result, plain))
        return plain if result.is_loop or not _is_alike(spoken, plainly_spoken) else result

    def _segments(self, clip: Audio, options: RecognitionOptions) -> Iterator[Segment]:
        previous_language = options.previous_language
        for window in self._windows(clip):
            for segment in self._transcribe(clip, window, options, previous_language):
                previous_language = segment.language if options.language is None else ""
                yield segment

    def _transcribe(
        self,
        clip: Audio,
        window: SpeechWindow,
        options: RecognitionOptions,
        previous_language: str,
        depth: int = 0,
        encoded: Any = None,  # noqa: ANN401
    ) -> list[Segment]:
        """Return the segments of a window: one, or several if a part of the speech had to be decoded on its own.

        Args:
            clip: The clip.
            window: The window.
            options: Options of the clip.
            previous_language: Language of the segment before; "" for the first one.
            depth: Number of times that the window was split around speech that was left out.
            encoded: Result of _encode() for the window, if it is known.
        """
        seconds = window.end - window.start
        encoded = self._encode(clip, window) if encoded is None else encoded
        candidates = options.candidate_languages
        if options.language is None:
            if depth == 0 and (mixed := self._split_by_language(clip, window, encoded, candidates)):
                return [
                    segment for part, sound in mixed for segment in self._transcribe(clip, part, options, "", 0, sound)
                ]
            detect = self._languages.detect
            language, probability = detect(encoded, seconds, previous_language, candidates, is_part=depth > 0)
        else:
            language, probability = options.language, 1.0
        task = _make_task(language, options)
        result = self._decode(encoded, seconds, task)
        text = format_text(result.text, task.output_language, options.itn)
        is_guess = depth > 0 and result.mean_logprob < PART_LOGPROB_THRESHOLD
        if result.is_empty or is_guess or not text or result.text == task.style:
            return []
        aligned = [word.shift(window.start) for word in self._decoder.align_words(encoded, seconds, task, result)]
        if depth < MAX_SPLITS and not options.translate_to_english:
            parts = split_window(window, find_omitted(aligned, window), is_first=depth == 0)
            segments = self._transcribe_parts(clip, parts, options, language, depth + 1)
            if sum(len(segment.text) for segment in segments) > len(text):
                return segments
        words: tuple[Word, ...] = ()
        if options.words:
            shifted = [_clamp_to_speech(word, window.speech) for word in aligned]
            words = _format_words(shifted, task.output_language, options.itn)
        return [Segment(*window.speech_bounds, text, task.output_language, probability, words)]

    def _split_by_language(
        self,
        clip: Audio,
        window: SpeechWindow,
        encoded: Any,  # noqa: ANN401
        candidates: frozenset[str],
    ) -> list[tuple[SpeechWindow, Any]]:
        """Return the parts of a window, each encoded, if they are clearly in different languages; else an empty list.

        Whisper writes a window in one language, and may translate what is spoken in another one.
        """
        parts = split_at_pauses(window)
        if len(parts) < 2 or self._languages.find_clear(encoded, candidates):
            return []
        found = [(part, self._encode(clip, part)) for part in parts]
        codes = {self._languages.find_clear(sound, candidates) for _, sound in found}
        return found if "" not in codes and len(codes) > 1 else []

    def _transcribe_parts(
        self, clip: Audio, parts: Sequence[SpeechWindow], options: RecognitionOptions, language: str, depth: int
    ) -> list[Segment]:
        """Return the segments of the parts of a window; see _transcribe(). language: Of the whole window."""
        segments: list[Segment] = []
        for part in parts:
            segments += self._transcribe(clip, part, options, language, depth)
            language = segments[-1].language if segments else language
        return segments


def _make_task(language: str, options: RecognitionOptions) -> DecodingTask:
    """Return how to decode a window in a language."""
    style = "" if options.translate_to_english else PROMPTS.get(language, "")
    prompt = options.prompt[-MAX_PROMPT_CHARACTERS:]
    return DecodingTask(
        language, options.translate_to_english, not options.itn, style, _listed(options.hotwords), prompt
    )


def _listed(hotwords: tuple[str, ...]) -> str:
    """Return the hotwords as a text. The full stop keeps punctuation and capitals, which Whisper drops after a list."""
    return f"{', '.join(hotwords)}." if hotwords else ""


def _is_alike(prompted: str, plain: str) -> bool:
    """Return whether a text that was recognized with a prompt has about the words of the one without."""
    length = len(prompted) / max(1, len(plain))
    similarity = difflib.SequenceMatcher(None, prompted, plain, autojunk=False).ratio()
    return PROMPTED_LENGTHS[0] <= length <= PROMPTED_LENGTHS[1] and similarity >= MIN_PROMPTED_SIMILARITY


def _clamp_to_speech(word: Word, speech: tuple[Span, ...]) -> Word:
    """Return the word without the pauses around it: Whisper tends to begin a word where the pause before it begins."""
    overlapping = [span for span in speech if span.start < word.end and span.end > word.start]
    if not overlapping:
        return word
    span = max(overlapping, key=lambda span: min(span.end, word.end) - max(span.start, word.start))
    start, end = max(word.start, span.start), min(word.end, span.end)
    return replace(word, start=start, end=end) if end - start >= MIN_WORD_SECONDS else word


def _format_words(words: list[Word], language: str, written: bool) -> tuple[Word, ...]:
    """Return the words in written or spoken form, split into characters in languages without spaces."""
    formatted = (replace(word, text=format_text(word.text, language, written)) for word in words)
    nonempty = [word for word in formatted if word.text]
    if languages.is_spaced(language):
        return tuple(nonempty)
    return tuple(part for word in nonempty for part in _split_word(word))


def _split_word(word: Word) -> Iterator[Word]:
    """Yield the characters of a word, which share its time equally."""
    characters = split_characters(word.text)
    step = (word.end - word.start) / len(characters)
    for index, character in enumerate(characters):
        start, end = word.start + index * step, word.start + (index + 1) * step
        yield replace(word, text=character, start=start, end=end)


def load() -> Whisper:
    """Load the engine with a voice activity detector of its own; missing weights are downloaded."""
    return Whisper(WindowDecoder(store.artifact_dir("whisper-base"), settings.read().threads), FireRed())


def _prepare() -> None:
    """Recognize two seconds of an example: CTranslate2 prepares its weights, 35 MB, with the first clip."""
    if EXAMPLES and not zerogpu.is_zerogpu():  # where the process is forked, so no more threads should start
        clip = audio.load(EXAMPLES[0].path).slice(0.0, 2.0)
        list(loader.load(SPEC).transcribe(clip, RecognitionOptions(words=True)))


SPEC: EngineSpec[Recognizer] = EngineSpec(
    name="whisper-base",
    title="Whisper base (int8)",
    tier="lite",
    languages=LANGUAGES,
    licence="MIT",
    source="openai/whisper-base, as Systran/faster-whisper-base",
    load=load,
    capabilities=frozenset({"language-id", "word-times", "itn", "to-english", "hotwords", "prompt"}),
    artifacts=("whisper-base",),
    prepare=_prepare,
    fork_safe=False,  # CTranslate2's threads
)
