"""Hibari as a synthesizer.

It reads the phonemes of Kokoro, from which it was distilled, so texts, markup and pronunciations are treated alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from funaudio_core import languages, settings, text
from funaudio_core.engines.hibari import vocoder
from funaudio_core.engines.hibari.model import FRAME_SAMPLES, MAX_TOKENS, SAMPLE_RATE, HibariModel, load
from funaudio_core.engines.kokoro import effects, phonemes, phonemized, render, tags, timing
from funaudio_core.engines.kokoro.phonemized import PhonemizedWord
from funaudio_core.engines.protocols import Synthesizer
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.message import Message
from funaudio_core.text import speech_markup
from funaudio_core.text.speech_markup import Override
from funaudio_core.types import Audio, Samples, SpeechChunk, SpeechRequest, Style, Voice, Word
from funaudio_core.weights.catalog import ARTIFACTS

LANGUAGE = "en"
VOICE = Voice(
    Message("{name} ({origin}, {sex})", name="Heart", origin=Message("American"), sex=Message("female")),
    LANGUAGE,
    preset="heart",
    sex="female",
)
MAX_CHUNK_CHARACTERS = 200  # as for Kokoro, whose sentences it was trained on
SENTENCE_GAP_SECONDS = 0.3  # after a sentence, scaled by Style.pause, as of Kokoro
ONSET_LEAD_SECONDS = 0.04  # a word sounds before its first token: the median of 47 pauses was 43 ms


class Hibari:
    """Synthesizer with one voice. Thread-safe: the session holds no state.

    Deterministic for a seed. Of a style it heeds rate, level, pause and tempo.
    """

    def __init__(self, model: HibariModel) -> None:
        """Wrap a model."""
        self._model = model

    def stream(self, request: SpeechRequest) -> Iterator[SpeechChunk]:
        """Synthesize a request, sentence by sentence.

        Word times are exact. A chunk includes the silence behind its sentence.

        Args:
            request: What to speak.

        Returns:
            Chunks at 24 kHz; each is generated when it is requested.

        Raises:
            BadInput: The language or the voice is not supported, or nothing in the text can be spoken.
            Unsupported: The text has a tag other than [pause]. All errors are raised before any audio.
        """
        return self._stream(request, *_split_request(request))

    def _stream(
        self, request: SpeechRequest, parts: list[tags.Part], overrides: tuple[Override, ...]
    ) -> Iterator[SpeechChunk]:
        for i, part in enumerate(parts):
            if part.kind == "pause":
                yield _chunk(effects.make_silence(part.seconds or effects.PAUSE_SECONDS))
                continue
            style = request.style
            style = replace(style, rate=style.rate * part.prosody.rate, level=style.level + part.prosody.level)
            words = phonemes.phonemize(part.text, LANGUAGE, overrides=overrides)
            groups = phonemized.group_words(words, MAX_TOKENS)
            for k, group in enumerate(groups):
                sound, timed = self._render(group, style, request.seed + i)
                is_sentence = k == len(groups) - 1 and i < len(parts) - 1 and text.ends_sentence(part.text)
                gap_scale = render.clamp(style.pause, render.PAUSE_LIMITS) if is_sentence else 0.0
                written = " ".join(word.text for word in timed)
                yield _chunk(np.append(sound, effects.make_silence(SENTENCE_GAP_SECONDS * gap_scale)), written, timed)

    def _render(self, words: Sequence[PhonemizedWord], style: Style, seed: int) -> tuple[Samples, tuple[Word, ...]]:
        """Return the sound of at most MAX_TOKENS tokens without silent ends, and the words with times in it."""
        frames = self._model.predict(phonemized.token_ids(words), render.clamp(style.rate, render.RATE_LIMITS))
        sound = vocoder.synthesize(frames, seed)
        first = timing.speech_start(sound, first_word=len(sound))
        last = timing.speech_end(sound, float(np.abs(sound).max()))
        times = (np.append(0, np.cumsum(frames.durations)) * FRAME_SAMPLES - first) / SAMPLE_RATE
        timed = timing.time_words(words, times, (last - first) / SAMPLE_RATE, ONSET_LEAD_SECONDS)
        return render.change_level(sound[first:last], render.clamp(style.level, render.LEVEL_LIMITS_DB)), timed


def _split_request(request: SpeechRequest) -> tuple[list[tags.Part], tuple[Override, ...]]:
    """Split a request into sentences and pauses, with the overrides in them; raise what Hibari.stream() raises."""
    languages.require_language(request.language, SPEC.languages, SPEC.title)
    if request.voice.clip is not None:
        SPEC.require("voice-match")
    if request.voice.preset != VOICE.preset:
        raise BadInput(
            "{engine} has no voice called {name!r}. Choose one of: {choices}.",
            engine=SPEC.title,
            name=request.voice.preset,
            choices=(VOICE.preset,),
        )
    marked = speech_markup.parse(text.require_speakable(request.text, settings.read().max_characters))
    parts = list(_split_speech(tags.split_pieces(marked.pieces)))
    if not any(part.text and phonemes.phonemize(part.text, LANGUAGE, overrides=marked.overrides) for part in parts):
        raise BadInput("The text contains only symbols and tags and can't be spoken. Add some words.")
    return parts, marked.overrides


def _split_speech(parts: list[tags.Part]) -> Iterator[tags.Part]:
    for part in parts:
        if part.whisper or part.kind not in (tags.SPEECH, "pause"):
            raise Unsupported(
                "{engine} doesn't support {tag}. Remove it, or use one of {tags}.",
                engine=SPEC.title,
                tag=f"[{tags.WHISPER if part.whisper else part.kind}]",
                tags=("[pause]",),
            )
        if part.kind == "pause":
            yield part
            continue
        for sentence in text.split_sentences(part.text, LANGUAGE, MAX_CHUNK_CHARACTERS):
            if text.is_speakable(sentence):
                yield replace(part, text=sentence)


def _chunk(sound: Samples, written: str = "", words: tuple[Word, ...] = ()) -> SpeechChunk:
    return SpeechChunk(Audio(sound, SAMPLE_RATE), written, words)


SPEC: EngineSpec[Synthesizer] = EngineSpec(
    name="hibari",
    title="Hibari (instant, English)",
    tier="lite",
    languages=frozenset((LANGUAGE,)),
    licence=ARTIFACTS["hibari"].licence,
    source=ARTIFACTS["hibari"].source,
    load=lambda: Hibari(load()),
    capabilities=frozenset(("presets", "word-times", "event:pause")),
    artifacts=("hibari",),
    voices=(VOICE,),
    validate=_split_request,
)
