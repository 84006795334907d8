"""CosyVoice 2 and Fun-CosyVoice 3 as engines: synthesis, streaming text input and voice conversion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from funaudio_core import languages, settings, text
from funaudio_core.engines.cosyvoice import (
    control_tokens,
    incremental_text,
    instruction,
    saved_speakers,
    voice_conversion,
)
from funaudio_core.engines.cosyvoice.config import CONFIGS, SAMPLE_RATE, ModelConfig, Version
from funaudio_core.engines.cosyvoice.passages import Passage, gap_seconds, split_passages
from funaudio_core.engines.cosyvoice.prompt import Prompt, PromptCache
from funaudio_core.engines.cosyvoice.saved_speakers import SavedSpeaker
from funaudio_core.engines.cosyvoice.text import normalize, normalize_and_split
from funaudio_core.engines.cosyvoice.text_checks import EVENTS, SPANS, check_text, require_tags
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput
from funaudio_core.gpu import device
from funaudio_core.types import Audio, Samples, SpeechChunk, SpeechRequest, Style, Voice
from funaudio_core.weights import store

if TYPE_CHECKING:
    from funaudio_core.engines.cosyvoice.bistream import PromptPrefix
    from funaudio_core.engines.cosyvoice.decode import LMRequest
    from funaudio_core.engines.cosyvoice.pipeline import SpeechPipeline
    from funaudio_core.engines.cosyvoice.tokenizer import Tokenizer
    from funaudio_core.weights.adapters import AdapterAtStrength

MIN_SPEED, MAX_SPEED = 0.5, 2.0  # limits of Style.rate, the range of the pages


class CosyVoice:
    """Synthesizer in the voice of a reference clip or of a saved speaker.

    Thread-safe: the state of a request is in its iterator, and prompts are shared through a cache.

    A request is spoken zero-shot if the clip's transcript is known and in the request's language, cross-lingually
    otherwise, and with an instruction if the style holds one, or an emotion or level with a trained one (see
    instruction). Style.rate and Style.pause are clamped; other edits of a style are for other engines.
    """

    def __init__(
        self,
        spec: EngineSpec[CosyVoice],
        config: ModelConfig,
        tokenizer: Tokenizer,
        prompts: PromptCache,
        saved_voices: dict[str, SavedSpeaker],
        speech_pipeline: SpeechPipeline,
    ) -> None:
        """Create the engine from its parts; saved_voices: speakers of spk2info.pt by name."""
        self._spec, self._version = spec, config.version
        self._tokenizer, self._prompts, self._saved, self._pipeline = tokenizer, prompts, saved_voices, speech_pipeline

    @property
    def presets(self) -> tuple[str, ...]:
        """Names of the saved speakers, for Voice.preset."""
        return tuple(self._saved)

    def with_adapters(self, folder: Path, config: ModelConfig, changes: Mapping[str, AdapterAtStrength]) -> CosyVoice:
        """Return an engine that shares this one's weights and prompts; see SpeechPipeline.with_adapters()."""
        changed = self._pipeline.with_adapters(folder, config, changes)
        return CosyVoice(self._spec, config, self._tokenizer, self._prompts, self._saved, changed)

    def stream(self, request: SpeechRequest) -> Iterator[SpeechChunk]:
        """Synthesize a request.

        The first chunk of a piece carries the piece's text, the others none; there are no word times. Silence between
        pieces is a chunk of its own. Equal requests with equal seeds give equal audio.

        Args:
            request: What to speak.

        Returns:
            Chunks at 24 kHz, each as soon as it is final.

        Raises:
            BadInput: Language, voice, clip or text can't be used; raised before any audio.
            Unsupported: The text has [pause] or [whisper] tags; as above.
        """
        passages = split_passages(check_text(request, self._spec, self._version))
        prompt, transcript = self._voice_prompt(request.voice)
        prefix = self._prefix(request, prompt, transcript)
        return self._stream_passages(request, passages, prefix, prompt)

    def stream_text(self, request: SpeechRequest, words: Iterable[str]) -> Iterator[SpeechChunk]:
        """Synthesize a text that is still being written; best for a sentence or two.

        The voice is prompted as in stream(), but a clip that would delay the audio (see
        PromptPrefix.without_long_clip) is left out of the language model: then the voice is cross-lingual, while
        stream() would speak the same text zero-shot.

        Args:
            request: Its text is the beginning.
            words: The rest of the text, in pieces of any size.

        Returns:
            Chunks at 24 kHz, each with the text read since the one before.

        Raises:
            BadInput: Language or voice can't be used. Errors of the text are raised once it has been read so far.
        """
        languages.require_language(request.language, self._spec.languages, self._spec.title)
        prompt, transcript = self._voice_prompt(request.voice)
        return self._stream_text(request, words, self._prefix(request, prompt, transcript).without_long_clip(), prompt)

    def convert(self, source: Audio, voice: Voice) -> Iterator[SpeechChunk]:
        """Convert a recording to a voice, at its own pace.

        Long recordings are converted in parts, cut where they are quietest. The result is as long as the source to
        within 10 ms.

        Args:
            source: The recording.
            voice: The target voice.

        Returns:
            Chunks at 24 kHz without text, each as soon as it is final.

        Raises:
            BadInput: The source is silent, shorter than half a second or below 16 kHz, or the voice can't be used. All
                errors are raised before any audio.
        """
        voice_conversion.require_convertible(source)
        return self._convert(source, self._voice_prompt(voice)[0])

    def _convert(self, source: Audio, prompt: Prompt) -> Iterator[SpeechChunk]:
        for part in voice_conversion.split_source(source):
            samples_left = round(part.duration * SAMPLE_RATE)
            for samples in self._pipeline.convert(self._prompts.tokenize(part).tolist(), prompt):
                if samples_left > 0:
                    yield _chunk(samples[:samples_left])
                samples_left -= len(samples)

    def _stream_passages(
        self, request: SpeechRequest, passages: Sequence[Passage], prefix: PromptPrefix, prompt: Prompt
    ) -> Iterator[SpeechChunk]:
        last = ""
        for passage in passages:
            texts = normalize_and_split(
                passage.text, request.language, self._version, lambda part: len(self._tokenizer.encode(part))
            )
            style = replace(request.style, rate=request.style.rate * passage.rate)
            if texts and (silence := gap_seconds(last, style)):
                yield _silence(silence)
            if texts:
                inputs = self._tokenizer.lm_requests(texts, request.seed, prefix)
                yield from self._stream(texts, inputs, prompt, style)
            if passage.pause_seconds:
                yield _silence(passage.pause_seconds)
            last = "" if passage.pause_seconds else texts[-1] if texts else last

    def _stream(
        self, texts: Sequence[str], inputs: Sequence[LMRequest], prompt: Prompt, style: Style
    ) -> Iterator[SpeechChunk]:
        previous = -1
        for index, samples in self._pipeline.stream(inputs, prompt, _speed(style)):
            is_new = index > previous
            if is_new and index and (silence := gap_seconds(texts[previous], style)):
                yield _silence(silence)
            yield _chunk(samples, control_tokens.strip_controls(texts[index], self._version) if is_new else "")
            previous = index

    def _stream_text(
        self, request: SpeechRequest, words: Iterable[str], prefix: PromptPrefix, prompt: Prompt
    ) -> Iterator[SpeechChunk]:
        unreported: list[str] = []  # text of the ids read since the last chunk

        def read_ids() -> Iterator[int]:
            checked = self._check_pieces(chain((request.text,), words))
            for part in incremental_text.stream_parts(checked, request.language, self._version, self._tokenizer):
                unreported.append(part.text)
                yield from part.ids

        for samples in self._pipeline.stream_text(read_ids(), prefix, prompt, request.seed, _speed(request.style)):
            yield _chunk(samples, control_tokens.strip_controls("".join(unreported), self._version))
            unreported.clear()

    def _check_pieces(self, pieces: Iterable[str]) -> Iterator[str]:
        """Yield a text piece by piece; raise the errors of stream() as soon as they are certain."""
        written, max_characters = "", settings.read().max_characters
        for piece in pieces:
            written += piece
            if len(written) > max_characters:
                break
            require_tags(written, self._spec.title)
            yield piece
        control_tokens.require_words(text.require_speakable(written, max_characters), self._version)

    def _prefix(self, request: SpeechRequest, prompt: Prompt, transcript: tuple[int, ...]) -> PromptPrefix:
        """Return what precedes the text in the language model: a clip with its transcript, an instruction, or neither.

        A clip never goes with an instruction, since the model would follow the clip.
        """
        from funaudio_core.engines.cosyvoice.bistream import PromptPrefix

        instruction_text = instruction.choose_instruction(request.style)
        if instruction_text or not transcript or request.language != request.voice.language:
            return PromptPrefix(
                self._tokenizer.encode_instruction(instruction.add_dialect(instruction_text, request.language))
            )
        return PromptPrefix(self._tokenizer.encode_instruction(), transcript, tuple(map(int, prompt.tokens)))

    def _voice_prompt(self, voice: Voice) -> tuple[Prompt, tuple[int, ...]]:
        """Return the prompt of a voice and the ids of its transcript; () for none."""
        if voice.clip is not None:
            transcript = voice.text if text.is_speakable(voice.text) else ""
            if transcript:
                transcript = normalize(transcript, voice.language, self._version)
            return self._prompts.get(voice.clip), self._tokenizer.encode(transcript)
        if not self._saved:
            raise BadInput(
                "{engine} needs a reference clip. Record or upload a few seconds of speech.",
                engine=self._spec.title,
            )
        if voice.preset not in self._saved:
            raise BadInput(
                "{engine} has no voice called {name!r}. Choose one from the list.",
                engine=self._spec.title,
                name=voice.preset,
            )
        speaker, system_ids = self._saved[voice.preset], self._tokenizer.encode_instruction()
        ids = speaker.transcript
        if system_ids and system_ids[-1] in ids:  # CosyVoice 3 saves transcripts with the system prompt
            ids = ids[ids.index(system_ids[-1]) + 1 :]
        return speaker.prompt, ids


def build(
    folder: Path,
    spec: EngineSpec[CosyVoice],
    config: ModelConfig,
    adapters: Mapping[str, AdapterAtStrength] | None = None,
) -> CosyVoice:
    """Load the engine from a folder in the published layout, on the GPU if there is one.

    Args:
        folder: The folder.
        spec: Specification of the engine.
        config: Sizes of the networks.
        adapters: Changes that are merged into llm.pt and flow.pt, by file name.
    """
    from funaudio_core.engines.cosyvoice import pipeline, prompt_encoders
    from funaudio_core.engines.cosyvoice.tokenizer import Tokenizer

    threads = settings.read().threads
    tokenize = prompt_encoders.SpeechTokenizer(folder / f"speech_tokenizer_v{config.version}.onnx", threads)
    prompts = PromptCache(config, tokenize, prompt_encoders.SpeakerEncoder(folder / "campplus.onnx"))
    speech_pipeline = pipeline.load(folder, config, "cuda" if device.has_gpu() else "cpu", threads, adapters)
    saved_voices = saved_speakers.load(folder / saved_speakers.FILE_NAME)
    return CosyVoice(
        spec, config, Tokenizer(folder / "CosyVoice-BlankEN", config), prompts, saved_voices, speech_pipeline
    )


def _speed(style: Style) -> float:
    return min(max(style.rate, MIN_SPEED), MAX_SPEED)


def _silence(seconds: float) -> SpeechChunk:
    return _chunk(np.zeros(round(seconds * SAMPLE_RATE), np.float32))


def _chunk(samples: Samples, written: str = "") -> SpeechChunk:
    return SpeechChunk(Audio(samples, SAMPLE_RATE), written)


def _capabilities(version: Version) -> frozenset[str]:
    phones = ("phones",) if version == 3 else ()
    tags = (*(f"event:{event}" for event in EVENTS), *(f"span:{span}" for span in SPANS))
    return frozenset(("voice-clone", "instruct", "convert", "follow", *tags, *phones))


def _spec(version: Version, title: str, source: str, spoken: frozenset[str]) -> EngineSpec[CosyVoice]:
    name = f"cosyvoice{version}"
    spec: EngineSpec[CosyVoice] = EngineSpec(
        name=name,
        title=title,
        tier="full",
        languages=spoken,
        licence="Apache-2.0",
        source=source,
        load=lambda: build(store.artifact_dir(name), spec, CONFIGS[version]),
        capabilities=_capabilities(version),
        artifacts=(name,),
        needs_gpu=True,
        instruction_prompt=instruction.instruction_prompt(version),
        validate=lambda line: check_text(line, spec, version),
    )
    return spec


# Languages of the model cards; Cantonese is the only dialect with a code in this app.
SPEC_V3: EngineSpec[CosyVoice] = _spec(
    3,
    "Fun-CosyVoice3-0.5B-2512",
    "FunAudioLLM/Fun-CosyVoice3-0.5B-2512",
    frozenset(("zh", "en", "ja", "ko", "de", "es", "fr", "it", "ru", "yue")),
)
SPEC_V2: EngineSpec[CosyVoice] = _spec(
    2, "CosyVoice2-0.5B", "FunAudioLLM/CosyVoice2-0.5B", frozenset(("zh", "en", "ja", "ko", "yue"))
)
