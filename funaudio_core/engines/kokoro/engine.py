"""Kokoro-82M behind the Synthesizer Protocol: a line to spoken pieces. Knows neither phonemes nor the graph."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from funaudio_core import languages, settings, text
from funaudio_core.audio.clip_cache import ClipCache
from funaudio_core.engines.kokoro import effects, phonemes, phonemized, render, tags
from funaudio_core.engines.kokoro.model import MAX_TOKENS, SAMPLE_RATE, KokoroModel, load, load_voice
from funaudio_core.engines.kokoro.phonemized import PhonemizedWord
from funaudio_core.engines.kokoro.render import Speaker
from funaudio_core.engines.kokoro.voices import BRITISH_ID, VOICES, file_name
from funaudio_core.engines.protocols import Synthesizer
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput
from funaudio_core.types import Audio, Samples, SpeechChunk, SpeechRequest, Style, Voice, Word
from funaudio_core.weights import store

PIECE = {True: 200, False: 70}  # characters spoken at once, by languages.is_spaced; Kokoro hurries beyond about 30 s
OPENING = {True: 60, False: 24}  # characters of the first piece where a clause ends there: first sound comes soon
OPENING_ANYWHERE = {True: 110, False: 40}  # a first sentence longer than this is cut even between words
SENTENCE_GAP = 0.3  # seconds after a sentence, scaled by Style.pause
CLAUSE_GAP = 0.12  # seconds where a sentence was cut at a clause
_CLAUSE_END = ",;:，；：、—–"
MATCHES_KEPT = 16  # matched voices in memory, half a megabyte each
PIECES_KEPT = 64  # short pieces in preset voices, up to half a megabyte each


class Kokoro:
    """Speaks lines. Any number of threads may stream at once: the sessions hold no state, eSpeak and caches have locks.

    Deterministic: Line.seed drives only the irregular part of a tremor (Style.jitter) and the noise in [breath] and
    [sigh]; without these, every seed sounds the same. Style limits: see render (RATE, PITCH, RANGE, LEVEL, PAUSE,
    JITTER); values beyond them are held at the limit. Style.emotion and Style.instruction are for other engines.
    """

    def __init__(self, model: KokoroModel) -> None:
        self._model = model
        self._matches: ClipCache[Speaker] = ClipCache(MATCHES_KEPT, lambda: 60.0 * settings.read().voice_ttl_minutes)
        self._pieces: OrderedDict[tuple[object, ...], tuple[Samples, tuple[Word, ...]]] = OrderedDict()
        self._pieces_lock = threading.Lock()

    def stream(self, line: SpeechRequest) -> Iterator[SpeechChunk]:
        """Speech piece by piece at 24 kHz; a piece is made when it is asked for. Word times are exact.

        Silence after a sentence is part of its piece. A tag's sound is a piece without text or words.
        Raises BadInput for a language it lacks, an unknown preset, or text in which nothing can be spoken, and
        Unsupported for a tag such as [laughter], all of it before anything is spoken.
        """
        jobs = _ordered(line)
        return self._stream(line, self._speaker(line.voice, line.language), jobs)

    def _stream(self, line: SpeechRequest, speaker: Speaker, jobs: list[tags.Part]) -> Iterator[SpeechChunk]:
        spoke = False
        for i, job in enumerate(jobs):
            if job.kind != tags.SPEECH:
                yield _piece(self._sound(job.kind, speaker, line.seed))
                spoke = True
                continue
            style = replace(line.style, whisper=line.style.whisper or job.whisper)
            found = phonemes.units(job.text, line.language, _accent(line.voice))
            groups = phonemized.group(found, MAX_TOKENS)
            for k, group in enumerate(groups):
                sound, words = self._rendered(line, job.text, group, speaker, style, line.seed + i)
                final = i == len(jobs) - 1 and k == len(groups) - 1
                gap = 0.0 if final else _gap(group[-1].text, style)
                joint = " " if languages.is_spaced(line.language) else ""
                yield _piece(np.append(sound, effects.silence(gap)), joint.join(word.text for word in words), words)
                spoke = True
        if not spoke:
            raise _unreadable(line.language)

    def _rendered(
        self,
        line: SpeechRequest,
        written: str,
        group: Sequence[PhonemizedWord],
        speaker: Speaker,
        style: Style,
        seed: int,
    ) -> tuple[Samples, tuple[Word, ...]]:
        """What render makes of the group; short pieces in preset voices, such as a chat's openers, are kept."""
        if line.voice.preset is None or style.jitter or len(written) > OPENING[languages.is_spaced(line.language)]:
            return render.render(self._model, group, speaker, style, seed)
        key = (line.voice.preset, line.language, tuple(unit.text for unit in group), replace(style, instruction=""))
        with self._pieces_lock:
            if key in self._pieces:
                self._pieces.move_to_end(key)
                return self._pieces[key]
        made = render.render(self._model, group, speaker, style, seed)
        with self._pieces_lock:
            self._pieces[key] = made
            while len(self._pieces) > PIECES_KEPT:
                self._pieces.popitem(last=False)
        return made

    def _sound(self, kind: str, speaker: Speaker, seed: int) -> Samples:
        if kind == "pause":
            return effects.silence(effects.PAUSE_SECONDS)
        make = effects.breath if kind == "breath" else effects.sigh
        return make(self._model, speaker.pack, seed)

    def _speaker(self, voice: Voice, language: str) -> Speaker:
        if voice.clip is not None:
            return self._matched(voice.clip, language)
        if voice.preset not in {row.preset for row in VOICES}:
            raise BadInput(
                "Kokoro has no voice called {name!r}. Choose one of its presets, such as 'af_heart'.", name=voice.preset
            )
        return _preset(voice.preset)

    def _matched(self, clip: Audio, language: str) -> Speaker:
        """The voice matched to `clip`, kept as long as a visitor's voice may be."""
        from funaudio_core.engines.kokoro import voice_match

        def fit() -> Speaker:
            timbre = voice_match.fit(clip, language)
            return Speaker(timbre.pack, timbre.f0_median, timbre.f0_std)

        return self._matches.get_or_compute(clip, fit, language)


@cache
def _preset(preset: str) -> Speaker:
    return Speaker(load_voice(store.artifact_dir("kokoro-voices") / file_name(preset)))


def _ordered(line: SpeechRequest) -> list[tags.Part]:
    """What is to be spoken of a line, in order. Raises what Kokoro.stream() does of its language and text."""
    languages.require_language(line.language, SPEC.languages, SPEC.title)
    written = text.require_speakable(line.text, settings.read().max_characters)
    jobs = list(_jobs(tags.parts(written), line.language))
    if not jobs:
        raise BadInput("The text contains only symbols and tags and can't be spoken. Add some words.")
    return jobs


def _check(line: SpeechRequest) -> None:
    accent = _accent(line.voice)
    if not any(job.kind != tags.SPEECH or phonemes.units(job.text, line.language, accent) for job in _ordered(line)):
        raise _unreadable(line.language)


def _unreadable(language: str) -> BadInput:
    return BadInput(
        "The text can't be spoken in {language}. Choose the language it is written in.",
        language=languages.display_name(language),
    )


def _jobs(parts: list[tags.Part], language: str) -> Iterator[tags.Part]:
    """The parts with speech cut into pieces of fitting length, the very first one short."""
    spaced = languages.is_spaced(language)
    opening = True
    for part in parts:
        if part.kind != tags.SPEECH:
            yield part
            continue
        for sentence in text.split_sentences(part.text, language, PIECE[spaced]):
            if not text.is_speakable(sentence):
                continue
            pieces = _opened(sentence, language) if opening else [sentence]
            opening = False
            for piece in pieces:
                yield replace(part, text=piece)


def _opened(sentence: str, language: str) -> list[str]:
    """The first sentence, cut in two where that lets its beginning be heard soon."""
    spaced = languages.is_spaced(language)
    if len(sentence) <= OPENING[spaced]:
        return [sentence]
    head = text.split_sentences(sentence, language, OPENING[spaced])[0]
    if head[-1] not in _CLAUSE_END:
        if len(sentence) <= OPENING_ANYWHERE[spaced]:
            return [sentence]
        head = text.split_sentences(sentence, language, OPENING_ANYWHERE[spaced])[0]
    return [piece for piece in (head, sentence[len(head) :].strip()) if piece]


def _gap(last_word: str, style: Style) -> float:
    """Seconds of silence after a piece that ends with `last_word` and is followed by something."""
    pause = min(max(style.pause, render.PAUSE[0]), render.PAUSE[1])
    if text.ends_sentence(last_word):
        return SENTENCE_GAP * pause
    mark = text.close_brackets(last_word)[-1:]
    return CLAUSE_GAP * pause if mark and mark in _CLAUSE_END else 0.0


def _piece(sound: Samples, written: str = "", words: tuple[Word, ...] = ()) -> SpeechChunk:
    return SpeechChunk(Audio(sound, SAMPLE_RATE), written, words)


def _accent(voice: Voice) -> str:
    british = voice.preset is not None and voice.preset.startswith(BRITISH_ID)
    return phonemes.BRITISH if british else phonemes.AMERICAN


def _load() -> Kokoro:
    store.artifact_dir("kokoro-voices")
    return Kokoro(load())


SPEC: EngineSpec[Synthesizer] = EngineSpec(
    name="kokoro",
    title="Kokoro-82M (int8)",
    tier="lite",
    languages=phonemes.LANGUAGES,
    licence="Apache-2.0",
    source="hexgrad/Kokoro-82M, as kokoro-v1.0.int8.onnx of kokoro-onnx",
    load=_load,
    capabilities=frozenset(
        ("presets", "style", "voice-match", "word-times", "event:pause", "event:breath", "event:sigh", "event:whisper")
    ),
    artifacts=("kokoro", "kokoro-voices", "ge2e"),
    voices=VOICES,
    validate=_check,
)
