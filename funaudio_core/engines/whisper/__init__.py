"""Whisper base on the CPU: speech to text in windows of 15 s, silence left out. Knows no page and no other task."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from funaudio_core import audio, languages, settings
from funaudio_core.audio import segmentation
from funaudio_core.audio.segmentation import SpeechWindow
from funaudio_core.engines.firered import FireRed
from funaudio_core.engines.protocols import RecognitionOptions, Recognizer
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.engines.whisper.text_format import PROMPTS, finish, split_characters
from funaudio_core.engines.whisper.window_decoder import RATE, WINDOW, Task, WindowReader
from funaudio_core.errors import BadInput
from funaudio_core.types import Audio, Segment, Span, Word
from funaudio_core.weights import store

# Codes of languages.LANGUAGES with at least 1,000 hours in Whisper's training (its paper, figure 11), and Hindi, which
# base reads badly. Left out: ar and vi (under 1,000 hours), yue (no token). Measured here: en es fr it (bench.asr).
LANGUAGES = frozenset("en zh ja es fr it pt hi de ru ko nl pl tr id".split())  # noqa: SIM905
SAME_TO_THE_EAR = {"ur": "hi"}  # Urdu and Hindi differ in script; the table of languages has Hindi
LONGEST = WINDOW - 1.0  # seconds; without a blank second at its end the model may loop (3 of 16 windows did, then 1)
SURE = 0.8  # probability; on 204 Asterisk prompts every mistaken language had less than .6
SHORT = 2.0  # seconds; shorter stretches are guessed badly, so they take the clip's language
CANDIDATES = 4  # languages that are read and compared where the model isn't sure
EVIDENCE = (
    5.0  # tokens' worth of trust in a reading's likelihood against the model's own guess; 2 to 10 do equally well
)
SHORTEST_WORD = 0.05  # seconds; a word is not squeezed below it
RARE = 0.01  # probability; the least that the guess counts for


class Whisper:
    """Whisper base (CTranslate2, int8) behind FireRed's voice activity detection.

    Thread-safe: nothing of a call outlives it. CTranslate2 runs one call at a time and queues the others; each call
    hands over one window at a time, so concurrent visitors take turns every 15 s of their audio.
    """

    def __init__(self, reader: WindowReader, ear: FireRed) -> None:
        self._reader, self._ear = reader, ear

    def transcribe(self, clip: Audio, hearing: RecognitionOptions) -> Iterator[Segment]:
        """Segments of at most 15 s, each as soon as it is read; none for silence, noise or music without words.

        With `hearing.language` None each stretch's own language is heard, one of `hearing.among` where that names any;
        where Whisper isn't sure, the likeliest of LANGUAGES are read and the best reading wins. With
        `hearing.english` the text, and so the segment's language, is English. Memory stays bounded: one window is
        resampled at a time. Raises BadInput for a language it lacks.
        """
        for code in hearing.requested_languages:
            languages.require_language(code, LANGUAGES, SPEC.title)
        return self._segments(clip, hearing)

    def detect_language(self, clip: Audio) -> tuple[str, float]:
        """(code, probability) of the first stretch of speech. Raises BadInput where nobody speaks."""
        for window in self._windows(clip):
            return self._language(self._encode(clip, window), window.end - window.start, "", frozenset())
        raise BadInput("No speech detected, so the language can't be identified. Record a spoken sentence.")

    def _windows(self, clip: Audio) -> Iterator[SpeechWindow]:
        """What to read at a time, at most LONGEST seconds each."""
        for chapter in segmentation.find_windows(clip, self._ear.detect_speech, LONGEST):
            yield from chapter

    def _encode(self, clip: Audio, window: SpeechWindow) -> Any:  # noqa: ANN401 (what WindowReader hands out)
        return self._reader.encode(audio.resample(clip.slice(window.start, window.end), RATE).samples)

    def _language(self, encoded: Any, seconds: float, known: str, among: frozenset[str]) -> tuple[str, float]:  # noqa: ANN401
        """(code, probability) of a window, given the language of the clip so far ("" at its beginning).

        among: the only languages to think of; empty for all.
        """
        chances: dict[str, float] = {}
        for token, chance in self._reader.languages(encoded):
            code = SAME_TO_THE_EAR.get(token, token)
            if not among or code in among:
                chances[code] = chances.get(code, 0.0) + chance
        total = sum(chances.values()) or 1.0
        chances = {code: chance / total for code, chance in chances.items()}
        ranked = sorted(chances, key=lambda code: -chances[code])
        if known and (ranked[0] == known or seconds < SHORT):
            return known, chances[known]
        if chances[ranked[0]] >= SURE:
            return ranked[0], chances[ranked[0]]
        rivals = [code for code in ranked if code in LANGUAGES][:CANDIDATES] + [known] * bool(known)
        weights = {}
        for code in dict.fromkeys(rivals):
            likelihood = self._reader.likelihood(encoded, seconds, Task(code, prompt=PROMPTS.get(code, "")))
            weights[code] = max(chances[code], RARE) * math.exp(EVIDENCE * likelihood)
        best = max(weights, key=lambda code: weights[code])
        return best, weights[best] / sum(weights.values())

    def _segments(self, clip: Audio, hearing: RecognitionOptions) -> Iterator[Segment]:
        known = hearing.previous_language
        for window in self._windows(clip):
            encoded = self._encode(clip, window)
            seconds = window.end - window.start
            if hearing.language is None:
                language, probability = self._language(encoded, seconds, known, hearing.candidate_languages)
                known = language
            else:
                language, probability = hearing.language, 1.0
            prompt = "" if hearing.translate_to_english else PROMPTS.get(language, "")
            task = Task(language, hearing.translate_to_english, not hearing.itn, prompt)
            reading = self._reader.read(encoded, seconds, task)
            text = finish(reading.text, task.written, hearing.itn)
            if reading.empty or not text or reading.text == prompt:
                continue
            words: tuple[Word, ...] = ()
            if hearing.words:
                timed = self._reader.words(encoded, seconds, task, reading)
                placed = [_snapped(word.shift(window.start), window.speech) for word in timed]
                words = _finished(placed, task.written, hearing.itn)
            yield Segment(*window.speech_bounds, text, task.written, probability, words)


def _snapped(word: Word, speech: tuple[Span, ...]) -> Word:
    """The word kept out of the pauses: Whisper tends to begin a word where the pause before it begins."""
    touched = [span for span in speech if span.start < word.end and span.end > word.start]
    if not touched:
        return word
    home = max(touched, key=lambda span: min(span.end, word.end) - max(span.start, word.start))
    start, end = max(word.start, home.start), min(word.end, home.end)
    return replace(word, start=start, end=end) if end - start >= SHORTEST_WORD else word


def _finished(words: list[Word], language: str, written: bool) -> tuple[Word, ...]:
    """Words in the form that was asked for; tokens of several characters share out their time where no spaces part."""
    done = (replace(word, text=finish(word.text, language, written)) for word in words)
    whole = [word for word in done if word.text]
    return tuple(whole if languages.is_spaced(language) else [part for word in whole for part in _characters(word)])


def _characters(word: Word) -> Iterator[Word]:
    pieces = split_characters(word.text)
    step = (word.end - word.start) / len(pieces)
    for index, piece in enumerate(pieces):
        yield replace(word, text=piece, start=word.start + index * step, end=word.start + (index + 1) * step)


def load() -> Whisper:
    """Whisper with its weights (fetched first if they are absent) and an ear of its own."""
    return Whisper(WindowReader(store.artifact_dir("whisper-base"), settings.read().threads), FireRed())


SPEC: EngineSpec[Recognizer] = EngineSpec(
    name="whisper-base",
    title="Whisper base (int8)",
    tier="lite",
    languages=LANGUAGES,
    licence="MIT",
    source="openai/whisper-base, as Systran/faster-whisper-base",
    load=load,
    capabilities=frozenset({"language-id", "word-times", "itn", "to-english"}),
    artifacts=("whisper-base",),
    fork_safe=False,  # CTranslate2's threads
)
