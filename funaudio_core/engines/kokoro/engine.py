"""Kokoro-82M as a synthesizer."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from funaudio_core import languages, settings, text
from funaudio_core.audio.clip_cache import ClipCache
from funaudio_core.engines.kokoro import effects, phonemes, phonemized, render, tags, voice_match
from funaudio_core.engines.kokoro.model import MAX_TOKENS, SAMPLE_RATE, KokoroModel, load
from funaudio_core.engines.kokoro.phonemized import PhonemizedWord
from funaudio_core.engines.kokoro.render import Piece, Speaker
from funaudio_core.engines.kokoro.voices import BRITISH_PREFIX, GRADES, VOICES, similarity
from funaudio_core.engines.protocols import Synthesizer
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput
from funaudio_core.text import speech_markup
from funaudio_core.text.speech_markup import Override
from funaudio_core.types import Audio, Samples, SpeechChunk, SpeechRequest, Style, Voice, Word
from funaudio_core.weights import store

# Characters by languages.is_spaced.
MAX_CHUNK_CHARACTERS = {True: 200, False: 70}  # in longer ones, beyond about 30 s, Kokoro speaks too fast
MAX_CACHED_CHARACTERS = {True: 60, False: 24}  # of a chunk that is cached
SENTENCE_GAP_SECONDS = 0.3  # after a sentence, scaled by Style.pause
CLAUSE_GAP_SECONDS = 0.12  # after a clause at which a sentence was cut
_CLAUSE_MARKS = ",;:，；：、—–"
MAX_CACHED_MATCHES = 16  # matched voices in memory, half a megabyte each
MAX_CACHED_CHUNKS = 64  # short sentences in preset voices, up to half a megabyte each


class Kokoro:
    """Synthesizer with preset and matched voices.

    Thread-safe: the sessions hold no state, and locks guard eSpeak NG and the caches.

    Deterministic: SpeechRequest.seed affects only the irregular part of a tremor (Style.jitter) and the noise in
    [breath] and [sigh]. Style is clamped to the limits in render; Style.emotion and Style.instruction are ignored.
    """

    def __init__(self, model: KokoroModel) -> None:
        """Wrap a model."""
        self._model = model
        self._matches: ClipCache[Speaker] = ClipCache(
            MAX_CACHED_MATCHES, lambda: 60.0 * settings.read().voice_ttl_minutes
        )
        self._chunks: OrderedDict[tuple[object, ...], list[Piece]] = OrderedDict()
        self._chunks_lock = threading.Lock()

    def stream(self, request: SpeechRequest) -> Iterator[SpeechChunk]:
        """Synthesize a request.

        Word times are exact. A chunk is a sentence with the silence behind it. The first sentence comes in pieces, the
        first of about .7 s; the first piece has the text, each its words. The sound of a tag is a chunk without
        text or words.

        Args:
            request: What to speak.

        Returns:
            Chunks at 24 kHz; each is generated when it is requested.

        Raises:
            BadInput: The language is not supported, the preset is unknown, or nothing in the text can be spoken.
            Unsupported: The text has a tag such as [laughter]. All errors are raised before any audio.
        """
        parts, overrides = split_request(request)
        return self._stream(request, self._speaker(request.voice, request.language), parts, overrides)

    def _stream(
        self, request: SpeechRequest, speaker: Speaker, parts: list[tags.Part], overrides: tuple[Override, ...]
    ) -> Iterator[SpeechChunk]:
        is_empty = True
        separator = " " if languages.is_spaced(request.language) else ""
        for i, part in enumerate(parts):
            if part.kind != tags.SPEECH:
                yield _chunk(self._make_sound(part, speaker, request.seed))
                is_empty = False
                continue
            style = _part_style(request.style, part)
            phonemized_words = phonemes.phonemize(part.text, request.language, _accent(request.voice), overrides)
            groups = phonemized.group_words(phonemized_words, MAX_TOKENS)
            for k, group in enumerate(groups):
                is_last = i == len(parts) - 1 and k == len(groups) - 1
                gap = effects.make_silence(0.0 if is_last else _gap_seconds(group[-1].text, style))
                written = separator.join(word.text for word in group if word.text)
                for piece in self._render(request, group, speaker, style, request.seed + i, in_pieces=is_empty):
                    samples = np.append(piece.samples, gap) if piece.is_last else piece.samples
                    yield _chunk(samples, written, piece.words)
                    written = ""
                is_empty = False
        if is_empty:
            raise _unreadable_text_error(request.language)

    def _render(
        self,
        request: SpeechRequest,
        group: Sequence[PhonemizedWord],
        speaker: Speaker,
        style: Style,
        seed: int,
        *,
        in_pieces: bool,
    ) -> Iterator[Piece]:
        """Render a group; cache short ones in preset voices, such as the openers of a chat."""
        max_cached = MAX_CACHED_CHARACTERS[languages.is_spaced(request.language)]
        pieces = render.render(self._model, group, speaker, style, seed, in_pieces=in_pieces)
        if request.voice.preset is None or style.jitter or sum(len(word.text) + 1 for word in group) > max_cached:
            yield from pieces
            return
        words = tuple((word.text, word.phonemes) for word in group)
        key = (request.voice.preset, request.language, words, replace(style, instruction=""), in_pieces)
        with self._chunks_lock:
            cached = self._chunks.get(key)
            if cached:
                self._chunks.move_to_end(key)
        if cached:
            yield from cached
            return
        rendered = []
        for piece in pieces:
            rendered.append(piece)
            yield piece
        with self._chunks_lock:
            self._chunks[key] = rendered
            while len(self._chunks) > MAX_CACHED_CHUNKS:
                self._chunks.popitem(last=False)

    def _make_sound(self, part: tags.Part, speaker: Speaker, seed: int) -> Samples:
        if part.kind == "pause":
            return effects.make_silence(part.seconds or effects.PAUSE_SECONDS)
        make = effects.make_breath if part.kind == "breath" else effects.make_sigh
        return make(self._model, speaker.pack, seed)

    def _speaker(self, voice: Voice, language: str) -> Speaker:
        if voice.clip is not None:
            return self._match(voice.clip, language)
        if voice.preset is None or voice.preset not in {row.preset for row in VOICES}:
            raise BadInput(
                "Kokoro has no voice called {name!r}. Choose one of its presets, such as 'af_heart'.", name=voice.preset
            )
        return Speaker(voice_match.load_basis().voice(voice.preset))

    def _match(self, clip: Audio, language: str) -> Speaker:
        """Return the voice matched to a clip; it is cached for FUNAUDIO_VOICE_TTL_MINUTES."""

        def fit() -> Speaker:
            matched = voice_match.fit(clip, language)
            return Speaker(matched.pack, matched.f0_median, matched.f0_std)

        return self._matches.get_or_compute(clip, fit, language)


def _part_style(style: Style, part: tags.Part) -> Style:
    """Return the style of a request with the delivery of one part."""
    return replace(
        style,
        whisper=style.whisper or part.whisper,
        rate=style.rate * part.prosody.rate,
        pitch=style.pitch + part.prosody.pitch,
        level=style.level + part.prosody.level,
    )


def split_request(request: SpeechRequest) -> tuple[list[tags.Part], tuple[Override, ...]]:
    """Split a request into chunks and sounds, with the overrides in their texts; raise what Kokoro.stream() raises."""
    languages.require_language(request.language, SPEC.languages, SPEC.title)
    written = text.require_speakable(request.text, settings.read().max_characters)
    marked = speech_markup.parse(written)
    parts = list(_split_speech(tags.split_pieces(marked.pieces), request.language))
    if not parts:
        raise BadInput("The text contains only symbols and tags and can't be spoken. Add some words.")
    return parts, marked.overrides


def _validate(request: SpeechRequest) -> None:
    """Raise what Kokoro.stream() raises about the language and the text of a request."""
    accent = _accent(request.voice)
    parts, overrides = split_request(request)
    if not any(
        part.kind != tags.SPEECH or phonemes.phonemize(part.text, request.language, accent, overrides) for part in parts
    ):
        raise _unreadable_text_error(request.language)


def _unreadable_text_error(language: str) -> BadInput:
    return BadInput(
        "The text can't be spoken in {language}. Choose the language it is written in.",
        language=languages.display_name(language),
    )


def _split_speech(parts: list[tags.Part], language: str) -> Iterator[tags.Part]:
    """Yield the parts with speech divided into chunks."""
    max_characters = MAX_CHUNK_CHARACTERS[languages.is_spaced(language)]
    for part in parts:
        if part.kind != tags.SPEECH:
            yield part
            continue
        for sentence in text.split_sentences(part.text, language, max_characters):
            if text.is_speakable(sentence):
                yield replace(part, text=sentence)


def _gap_seconds(last_word: str, style: Style) -> float:
    """Return the silence between a chunk that ends with `last_word` and the next one."""
    pause = min(max(style.pause, render.PAUSE_LIMITS[0]), render.PAUSE_LIMITS[1])
    if text.ends_sentence(last_word):
        return SENTENCE_GAP_SECONDS * pause
    mark = text.close_brackets(last_word)[-1:]
    return CLAUSE_GAP_SECONDS * pause if mark and mark in _CLAUSE_MARKS else 0.0


def _chunk(sound: Samples, written: str = "", words: tuple[Word, ...] = ()) -> SpeechChunk:
    return SpeechChunk(Audio(sound, SAMPLE_RATE), written, words)


def _accent(voice: Voice) -> str:
    is_british = voice.preset is not None and voice.preset.startswith(BRITISH_PREFIX)
    return phonemes.BRITISH if is_british else phonemes.AMERICAN


def _load() -> Kokoro:
    store.artifact_dir("kokoro-voices")
    return Kokoro(load())


def _prepare() -> None:
    phonemes.load_dictionaries()
    voice_match.load()


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
    grades=GRADES,
    similarity=similarity,
    validate=_validate,
    prepare=_prepare,
)
