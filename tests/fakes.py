"""Scripted engines in place of the lite tier's models, so that an app starts in seconds and answers at once.

`python -m tests.fakes` serves the app with them. The fake voice encodes its text as audio, a pair of tones per byte,
and the fake recognizer decodes it; it also recognizes the example clips.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from funaudio_core import audio, languages, text
from funaudio_core.audio.segmentation import FRAME_SECONDS, Edge, TurnDetector
from funaudio_core.engines import registry
from funaudio_core.engines.protocols import NO_CONTEXT, RecognitionOptions, TranslationContext, UnloadedTranslator
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.engines.spoken_chat import ReplyPiece, SpokenConversation
from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.runtime import cancellation
from funaudio_core.text import markup, speech_markup
from funaudio_core.training.runs import trainer
from funaudio_core.types import Audio, Conversation, Samples, Segment, Span, SpeechChunk, SpeechRequest, Word
from funaudio_core.voices.examples import EXAMPLES, Example

RATE = 24_000  # Hz; each symbol is a whole number of samples at 16 kHz, too
SYMBOL_SECONDS = 0.02  # of one byte
LOW_HZ, HIGH_HZ, STEP_HZ = 800, 3_000, 100  # tones of the lower and the upper four bits
PITCH_HZ = 150.0  # a voice under the tones, so that prosody can be measured
GAP_SECONDS, SENTENCE_GAP_SECONDS = 0.12, 0.3
SLOW_WORD = "endless"  # a sentence with it takes SLOW_SECONDS to synthesize
SLOW_SECONDS = 0.5
UNKNOWN_TEXT = "Somebody speaks."  # recognized in any other speech
MARK_HZ = 5_600  # of the watermark
SILENCE_AMPLITUDE = 0.02  # below is silence

Floats = NDArray[np.float32]


def tones(word: str, pitch: float = 0.0) -> Floats:
    """Return the audio of one word at RATE, with the voice shifted by `pitch` semitones."""
    symbols = np.frombuffer(word.encode(), np.uint8)
    times = np.arange(round(SYMBOL_SECONDS * RATE)) / RATE
    low, high = (np.sin(2 * np.pi * (base + STEP_HZ * np.arange(16))[:, None] * times) for base in (LOW_HZ, HIGH_HZ))
    sound = 0.1 * (low[symbols & 15] + high[symbols >> 4]).ravel()
    sound += 0.3 * np.sin(2 * np.pi * PITCH_HZ * 2 ** (pitch / 12) * np.arange(len(sound)) / RATE)
    samples: Samples = sound.astype(np.float32)
    return samples


def say(sentence: str, pitch: float = 0.0) -> Audio:
    """Return a sentence in the fake voice, shifted by `pitch` semitones."""
    gap = np.zeros(round(GAP_SECONDS * RATE), np.float32)
    return Audio(np.concatenate([part for word in sentence.split() for part in (tones(word, pitch), gap)]), RATE)


def read_tones(clip: Audio) -> tuple[Word, ...]:
    """Return the words in a clip of the fake voice, or () for any other clip."""
    samples = audio.resample(clip, 16_000).samples
    size = round(SYMBOL_SECONDS * 16_000)
    words = []
    for start, end in _bursts(samples):
        count = round((end - start) / size)
        frames = np.resize(samples[start : start + count * size], (count, size))
        power = np.abs(np.fft.rfft(frames)) ** 2
        at = np.arange(16) * STEP_HZ * size // 16_000
        low, high = (power[:, base * size // 16_000 + at] for base in (LOW_HZ, HIGH_HZ))
        symbol_power = low.max(1) + high.max(1)
        other_power = power[:, 500 * size // 16_000 :].sum(1) - symbol_power
        if not count or np.mean(symbol_power > other_power) < 0.8:
            return ()
        symbols = (high.argmax(1) << 4 | low.argmax(1)).astype(np.uint8)
        words.append(Word(symbols.tobytes().decode(errors="replace"), start / 16_000, end / 16_000))
    return tuple(words)


def _bursts(samples: Floats) -> list[tuple[int, int]]:
    """Return start and end of each sound in samples; sounds are separated by at least 40 ms of silence."""
    threshold = max(SILENCE_AMPLITUDE, 0.3 * np.abs(samples).max(initial=0.0))  # relative, since codecs smear edges
    loud = np.flatnonzero(np.abs(samples) > threshold)
    if not len(loud):
        return []
    cuts = np.flatnonzero(np.diff(loud) > 640)
    starts, ends = loud[np.r_[0, cuts + 1]], loud[np.r_[cuts, -1]] + 1
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def heard(sound: str | Path | Audio) -> str:
    """Return the text that a clip or an audio file of the fake voice contains."""
    clip = sound if isinstance(sound, Audio) else audio.load(sound)
    return " ".join(word.text for word in read_tones(clip))


def _envelope(clip: Audio) -> Floats:
    parts = np.array_split(np.square(clip.samples), 100)
    curve = np.sqrt([part.mean() for part in parts])
    curve -= curve.mean()
    unit: Floats = (curve / (np.linalg.norm(curve) or 1.0)).astype(np.float32)
    return unit


@cache
def _envelopes() -> tuple[tuple[Example, float, Floats], ...]:
    clips = [(row, audio.load(row.path)) for row in EXAMPLES]
    return tuple((row, clip.duration, _envelope(clip)) for row, clip in clips)


def _example(clip: Audio) -> Example | None:
    """Return the example that a clip is, in any format and at any level."""
    if len(clip.samples) < 100:
        return None
    curve = _envelope(clip)
    candidates = [
        (float(curve @ envelope), row) for row, seconds, envelope in _envelopes() if abs(seconds - clip.duration) < 0.3
    ]
    best, row = max(candidates, key=lambda candidate: candidate[0], default=(0.0, None))
    return row if best > 0.9 else None


def _is_speech(clip: Audio) -> bool:
    """Return whether a clip is neither silence nor noise, whose spectrum is flat."""
    if audio.is_silent(clip) or clip.duration < 0.1:
        return False
    power = np.abs(np.fft.rfft(clip.samples)) ** 2 + 1e-12
    bands = np.array([part.mean() for part in np.array_split(power, 50)])
    return bool(np.exp(np.log(bands).mean()) < 0.5 * bands.mean())


class FakeRecognizer:
    """Recognizer of the fake voice and of the example clips."""

    def __init__(self, spec: EngineSpec[Any]) -> None:
        self._spec = spec

    def transcribe(self, clip: Audio, hearing: RecognitionOptions) -> Iterator[Segment]:
        """Return one segment for each sentence. Raise BadInput for a language that the engine lacks."""
        for code in hearing.requested_languages:
            languages.require_language(code, self._spec.languages, self._spec.title)
        return self._segments(clip, hearing)

    def _segments(self, clip: Audio, hearing: RecognitionOptions) -> Iterator[Segment]:
        example, words = _example(clip), read_tones(clip)
        if example is not None or (not words and _is_speech(clip)):
            texts = (example.text if example else UNKNOWN_TEXT).split()
            edges = np.linspace(0, clip.duration, len(texts) + 1).tolist()
            words = tuple(Word(word, edges[index], edges[index + 1]) for index, word in enumerate(texts))
        code = hearing.language or (example.language if example else hearing.previous_language) or "en"
        sentence: list[Word] = []
        for index, word in enumerate(words, 1):
            sentence.append(word)
            if index == len(words) or text.ends_sentence(word.text):
                yield self._segment(sentence, code, hearing)
                sentence = []

    def _segment(self, words: list[Word], code: str, hearing: RecognitionOptions) -> Segment:
        sentence = " ".join(word.text for word in words)
        if hearing.translate_to_english:
            sentence, code = reverse(sentence), "en"
        if not hearing.itn:
            sentence = "".join(letter for letter in sentence.lower() if letter.isalpha() or letter in " '")
        return Segment(words[0].start, words[-1].end, sentence, code, 0.99, tuple(words) if hearing.words else ())


class FakeDetector:
    """Event detector that takes any clip for speech from end to end, unless it is silence or noise."""

    def detect(self, clip: Audio) -> tuple[Span, ...]:
        """Return one span or none."""
        return (Span("speech", 0.0, clip.duration, 0.9),) if _is_speech(clip) else ()

    def endpointer(self) -> FakeEndpointer:
        """Return the endpointer of one stream."""
        return FakeEndpointer()


class FakeEndpointer:
    """Endpointer by loudness."""

    def __init__(self) -> None:
        self._turns, self._rest = TurnDetector(0.6), np.zeros(0, np.float32)

    @property
    def is_speaking(self) -> bool:
        """Return whether a turn has begun and not ended."""
        return self._turns.speaking

    def feed(self, chunk: Audio) -> tuple[Edge, ...]:
        """Return the edges that a chunk confirms."""
        samples, size = np.concatenate([self._rest, chunk.samples]), round(FRAME_SECONDS * chunk.rate)
        whole = len(samples) // size * size
        self._rest = samples[whole:]
        loud = np.abs(samples[:whole].reshape(-1, size)).max(1) > SILENCE_AMPLITUDE
        edges = [self._turns.push(float(frame)) for frame in loud]
        return tuple(edge for edge in edges if edge is not None)

    def close(self) -> tuple[Edge, ...]:
        """Return the end of a turn that is still open."""
        edge = self._turns.close()
        return () if edge is None else (edge,)


class FakeSynthesizer:
    """Synthesizer that writes words as tones; see read_tones()."""

    def __init__(self, spec: EngineSpec[Any]) -> None:
        self._spec = spec

    def stream(self, line: SpeechRequest) -> Iterator[SpeechChunk]:
        """Return one chunk for each sentence. Raise the errors of the real engine."""
        languages.require_language(line.language, self._spec.languages, self._spec.title)
        if self._spec.validate is not None:
            self._spec.validate(line)
        if line.voice.preset not in {None, *(voice.preset for voice in self._spec.voices)}:
            raise BadInput("Kokoro has no voice called {name!r}. Choose one of its presets.", name=line.voice.preset)
        return self._chunks(line)

    def _chunks(self, line: SpeechRequest) -> Iterator[SpeechChunk]:
        for sentence in text.split_sentences(markup.strip_markup(speech_markup.strip(line.text)), line.language):
            cancellation.sleep(SLOW_SECONDS if SLOW_WORD in sentence else 0.0)
            sounds, words, start = [], [], 0.0
            gap = np.zeros(round(GAP_SECONDS / line.style.rate * RATE), np.float32)
            for word in sentence.split():
                sounds += [tones(word, line.style.pitch), gap]
                words.append(Word(word, start, start + len(sounds[-2]) / RATE))
                start += (len(sounds[-2]) + len(gap)) / RATE
            sounds.append(np.zeros(round(SENTENCE_GAP_SECONDS * RATE), np.float32))
            yield SpeechChunk(Audio(np.concatenate(sounds), RATE), sentence, tuple(words))


class FakeChatbot:
    """Chatbot that repeats the message."""

    def reply(self, conversation: Conversation) -> Iterator[str]:
        """Return the reply in two deltas. Raise the errors of the real engine."""
        if conversation.language != "en":
            raise Unsupported(
                "SmolLM2-135M replies in English only, not in {language}. "
                "Set the reply language to English, or use a larger model (full or remote tier).",
                language=languages.display_name(conversation.language),
            )
        turns = conversation.turns
        if not turns or turns[-1].role != "user" or not text.is_speakable(turns[-1].text):
            raise BadInput("There is nothing to reply to: the last turn must come from the user.")
        return iter(("You said: ", markup.strip_markup(turns[-1].text)))


class FakeSpokenChatbot:
    """Spoken chatbot that reads what was heard, answers with it, and calls tools by words of the request.

    "timer" sets a timer of a minute; with "twice", a second one; with "break", the first call is broken.
    """

    def converse(self, conversation: SpokenConversation) -> Iterator[ReplyPiece]:
        """Yield the reply in pieces."""
        last = conversation.turns[-1]
        words = " ".join(part for part in (last.heard.text if last.heard else "", last.text) if part)
        if conversation.tools:
            yield from (ReplyPiece(call) for call in self._calls(words))
            return
        mood = last.heard.emotion.label if last.heard and last.heard.emotion else "unknown"
        yield ReplyPiece("You said: ")
        cancellation.sleep(SLOW_SECONDS if SLOW_WORD in words else 0.0)
        yield ReplyPiece(f"{markup.strip_markup(words)}. ")
        if not conversation.speak or conversation.persona:
            yield ReplyPiece(f"You sound {mood}.")

    def _calls(self, words: str) -> list[str]:
        call = '<tool_call>\n{"name": "set_timer", "arguments": {"seconds": 60}}\n</tool_call>\n'
        if "break" in words and "can't be run" not in words:
            return [call.replace("60", '"soon"')]
        return [call] * (2 if "twice" in words else 1) if "timer" in words or "can't be run" in words else []


def reverse(written: str) -> str:
    """Return the words of each line in reverse order, as the fake translation."""
    return "\n".join(" ".join(reversed(line.split())) for line in written.splitlines())


class FakeTranslator(UnloadedTranslator):
    """Translator between the language pairs of the real one."""

    def translate(self, text: str, source: str, target: str, wording: TranslationContext = NO_CONTEXT) -> str:
        """Return reverse() of the text. Raise Unsupported like the real engine."""
        if wording.glossary:
            registry.TRANSLATORS["apertium"].require("glossary")
        if (source, target) in self.directions():
            return reverse(text)
        return super().translate(text, source, target, wording)


class FakeSpeakerEncoder:
    """Speaker encoder that returns the same embedding for every clip."""

    size = 256

    def embed(self, clip: Audio) -> Floats:
        """Return a unit vector."""
        return np.full(self.size, self.size**-0.5, np.float32)


class FakePitchEncoder:
    """Speaker encoder that tells the fake voice an octave higher from all other clips."""

    size = 2

    def embed(self, clip: Audio) -> Floats:
        """Return a unit vector."""
        power = np.abs(np.fft.rfft(clip.samples))
        low = np.fft.rfftfreq(len(clip.samples), 1 / clip.rate) < 500
        loudest = np.argmax(power[low]) * clip.rate / len(clip.samples)
        is_high = abs(loudest - 2 * PITCH_HZ) < 3
        return np.array([not is_high, is_high], np.float32)


class FakeSegmenter:
    """Segmenter of the fake voice at its own pitch and an octave higher."""

    window_seconds, frame_seconds, shape = 10.0, SYMBOL_SECONDS, (500, 2)

    def segment(self, window: Samples) -> Floats:
        """Return which of the two speaks in each frame."""
        size = round(SYMBOL_SECONDS * 16_000)
        power = np.abs(np.fft.rfft(np.resize(window, (len(window) // size, size)))) / size
        voices = power[:, [round(PITCH_HZ * SYMBOL_SECONDS), round(2 * PITCH_HZ * SYMBOL_SECONDS)]]
        active: Floats = ((voices > SILENCE_AMPLITUDE) & (voices == voices.max(axis=1, keepdims=True))).astype(
            np.float32
        )
        return active


class FakeWatermarker:
    """Watermarker whose mark is a faint tone."""

    def mark(self, audio: Audio) -> Audio:
        """Return the audio with the tone in it."""
        tone = 0.5 * SILENCE_AMPLITUDE * np.sin(2 * np.pi * MARK_HZ * np.arange(len(audio.samples)) / audio.rate)
        return Audio((audio.samples + tone).astype(np.float32), audio.rate)

    def find(self, audio: Audio) -> float:
        """Return 1 if the tone stands out from its surroundings, else 0."""
        power = np.abs(np.fft.rfft(audio.samples)) ** 2
        at = np.abs(np.fft.rfftfreq(len(audio.samples), 1 / audio.rate) - MARK_HZ)
        return float(power[at < 5].max(initial=0.0) > 20 * power[(at > 50) & (at < 300)].mean())


def install() -> None:
    """Replace the engines of the lite tier in the registry; names, voices and validation stay the real ones."""
    recognizer, synthesizer = registry.RECOGNIZERS["whisper-base"], registry.SYNTHESIZERS["kokoro"]
    translator = registry.TRANSLATORS["apertium"]
    replacements: tuple[tuple[dict[str, Any], str, Any], ...] = (
        (registry.RECOGNIZERS, "whisper-base", lambda: FakeRecognizer(recognizer)),
        (registry.DETECTORS, "firered", FakeDetector),
        (registry.SYNTHESIZERS, "kokoro", lambda: FakeSynthesizer(synthesizer)),
        (registry.CHATBOTS, "smollm2-135m", FakeChatbot),
        (registry.TRANSLATORS, "apertium", lambda: FakeTranslator(translator.title, translator.languages)),
        (registry.SPEAKER_ENCODERS, "campplus", FakePitchEncoder),
        (registry.SPEAKER_ENCODERS, "ge2e", FakeSpeakerEncoder),
        (registry.SPEAKER_SEGMENTERS, "pyannote-segmentation", FakeSegmenter),
        (registry.WATERMARKERS, "perth", FakeWatermarker),
    )
    if spoken := registry.SPOKEN_CHATBOTS.get("qwen2.5-coder-1.5b"):  # tests of other engines remove it
        registry.SPOKEN_CHATBOTS[spoken.name] = replace(spoken, load=FakeSpokenChatbot, artifacts=(), on_demand=False)
    for table, name, load in replacements:
        table[name] = replace(table[name], load=load, artifacts=(), prepare=None, fork_safe=True)
    for name, spec in registry.TRANSLATORS.items():  # of which the files may be on this machine
        registry.TRANSLATORS[name] = replace(spec, preferred=False)


@contextmanager
def installed() -> Iterator[None]:
    """Hold the scripted engines in the registry of this process, and then put the engines of before back."""
    tables = [table for name, table in vars(registry).items() if name.isupper()]
    before = [dict(table) for table in tables]
    install()
    try:
        yield
    finally:
        for table, rows in zip(tables, before, strict=True):
            table.clear()
            table.update(rows)


if __name__ == "__main__":
    from tests.scripted_training import ScriptedTrainer

    install()
    trainer.replace_trainer(ScriptedTrainer())
    import app

    sys.exit(app.main())  # type: ignore[func-returns-value]
