"""CosyVoice 2 and Fun-CosyVoice 3 behind the Protocols that speak: a line to spoken pieces. Knows no network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
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
from funaudio_core.engines.cosyvoice.config import CONFIGS, RATE, ModelConfig, Version
from funaudio_core.engines.cosyvoice.prompt import Prompt, PromptCache
from funaudio_core.engines.cosyvoice.saved_speakers import Saved
from funaudio_core.engines.cosyvoice.text import normalised, pieces
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.gpu import device
from funaudio_core.types import Audio, Samples, SpeechChunk, SpeechRequest, Style, Voice
from funaudio_core.weights import store

if TYPE_CHECKING:
    from funaudio_core.engines.cosyvoice.bistream import PromptPrefix
    from funaudio_core.engines.cosyvoice.decode import Piece
    from funaudio_core.engines.cosyvoice.pipeline import SpeechPipeline
    from funaudio_core.engines.cosyvoice.tokenizer import Tokenizer

SLOWEST, FASTEST = 0.5, 2.0  # x, of Style.rate; what the pages offer
SHORTEST_PAUSE, LONGEST_PAUSE = 0.0, 4.0  # x, of Style.pause
GAP = 0.2  # seconds behind a piece that ends a sentence; CosyVoice itself leaves none. Not tried by ear
EVENTS = ("breath", "quick_breath", "laughter", "cough", "sigh", "clucking", "hissing", "lipsmack")
SPANS = ("strong", "laughter")  # tags around words: emphasis, said while laughing
_NO_TAGS = re.compile(r"\[/?(?:pause|whisper)\]", re.IGNORECASE)  # the lite tier's; here they would be read aloud


class CosyVoice:
    """Speaks lines in the voice of a clip or in one of its own, where it has any. Any number of threads may stream at
    once: a line's state is in its iterator, prompts are read once for all and kept (see Prompts).

    A voice speaks zero-shot where its transcript is known and in the language of the line, across languages
    elsewhere, and as it is told where the style holds an instruction, or an emotion or a level for which there is a
    known one (see manner). Style.rate and Style.pause are held within their limits; the other edits of a style are
    for other engines.
    """

    def __init__(
        self,
        spec: EngineSpec[CosyVoice],
        layout: ModelConfig,
        tokenizer: Tokenizer,
        prompts: PromptCache,
        saved: dict[str, Saved],
        sound: SpeechPipeline,
    ) -> None:
        self._spec, self._version = spec, layout.version
        self._tokenizer, self._prompts, self._saved, self._sound = tokenizer, prompts, saved, sound

    @property
    def presets(self) -> tuple[str, ...]:
        """Voices that came with the weights, as Voice.preset names them."""
        return tuple(self._saved)

    def stream(self, line: SpeechRequest) -> Iterator[SpeechChunk]:
        """Speech at 24 kHz as it is made: the first stretch of a piece bears its words as they are read, others none.

        There are no word times. Silence between pieces is a stretch of its own. The seed decides; equal lines sound
        the same. Raises BadInput for a language or voice that it lacks, a clip that can't be a prompt and text in
        which nothing can be spoken, Unsupported for [pause] and [whisper], all of it before anything is spoken.
        """
        written = _written(line, self._spec, self._version)
        said = pieces(written, line.language, self._version, lambda part: len(self._tokenizer.encode(part)))
        prompt, transcript = self._known(line.voice)
        told = self._tokenizer.pieces(said, line.seed, self._before(line, prompt, transcript))
        return self._stream(said, told, prompt, line.style)

    def stream_text(self, line: SpeechRequest, words: Iterable[str]) -> Iterator[SpeechChunk]:
        """Speech at 24 kHz of a line whose text goes on; each stretch bears the words read since the one before.

        In one go, so better a sentence or two than a whole text. A voice speaks as in stream(), but across languages
        where its clip would keep it silent for long, see Before.soon(): then without the clip's transcript and speech
        in the language model, though stream() goes on with the same reply zero-shot. Raises BadInput for what is wrong
        with language and voice before anything is spoken, and what stream() raises of a text once it has come to that.
        """
        languages.require_language(line.language, self._spec.languages, self._spec.title)
        prompt, transcript = self._known(line.voice)
        return self._follow(line, words, self._before(line, prompt, transcript).soon(), prompt)

    def convert(self, source: Audio, voice: Voice) -> Iterator[SpeechChunk]:
        """What is said in the source, at its own pace, in the voice, at 24 kHz as it is made; none of it bears text.

        As long as the source, give or take a hundredth of a second. Long sources are read in parts, cut where they are
        quietest. Raises BadInput for a source that is silent, shorter than half a second or below 16 kHz, and for a
        voice as stream() does, all of it before anything is spoken.
        """
        voice_conversion.require(source)
        return self._convert(source, self._known(voice)[0])

    def _convert(self, source: Audio, prompt: Prompt) -> Iterator[SpeechChunk]:
        for part in voice_conversion.parts(source):
            left = round(part.duration * RATE)
            for samples in self._sound.converted(self._prompts.said(part).tolist(), prompt):
                if left > 0:
                    yield _spoken(samples[:left])
                left -= len(samples)

    def _stream(
        self, said: Sequence[str], told: Sequence[Piece], prompt: Prompt, style: Style
    ) -> Iterator[SpeechChunk]:
        before = -1
        for place, samples in self._sound.stream(told, prompt, _rate(style)):
            fresh = place > before
            if fresh and place and (gap := _gap(said[before], style)):
                yield _spoken(np.zeros(round(gap * RATE), np.float32))
            yield _spoken(samples, _words(said[place], self._version) if fresh else "")
            before = place

    def _follow(
        self, line: SpeechRequest, words: Iterable[str], before: PromptPrefix, prompt: Prompt
    ) -> Iterator[SpeechChunk]:
        heard: list[str] = []  # and not told yet

        def ids() -> Iterator[int]:
            written = self._checked(chain((line.text,), words))
            for part in incremental_text.read(written, line.language, self._version, self._tokenizer):
                heard.append(part.text)
                yield from part.ids

        for samples in self._sound.following(ids(), before, prompt, line.seed, _rate(line.style)):
            yield _spoken(samples, _words("".join(heard), self._version))
            heard.clear()

    def _checked(self, pieces: Iterable[str]) -> Iterator[str]:
        """A text in the pieces in which it comes. Raises what stream() raises of it."""
        written, most = "", settings.read().max_characters
        for piece in pieces:
            written += piece
            if len(written) > most:
                break
            _require_tags(written, self._spec.title)
            yield piece
        _require_words(text.require_speakable(written, most), self._version)

    def _before(self, line: SpeechRequest, prompt: Prompt, transcript: tuple[int, ...]) -> PromptPrefix:
        """What the language model goes on from: zero-shot a clip, with its transcript; across languages nothing.

        Nor a clip beside an instruction, for the model would follow the clip.
        """
        from funaudio_core.engines.cosyvoice.bistream import PromptPrefix

        wished = instruction.wish(line.style)
        if wished or not transcript or line.language != line.voice.language:
            return PromptPrefix(self._tokenizer.lead(instruction.instruction(wished, line.language)))
        return PromptPrefix(self._tokenizer.lead(), transcript, tuple(map(int, prompt.tokens)))

    def _known(self, voice: Voice) -> tuple[Prompt, tuple[int, ...]]:
        """What is known of a voice, and the ids of its transcript; () for none."""
        if voice.clip is not None:
            transcript = voice.text if text.is_speakable(voice.text) else ""
            if transcript:
                transcript = normalised(transcript, voice.language, self._version)
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
        found, lead = self._saved[voice.preset], self._tokenizer.lead()
        ids = found.transcript
        if lead and lead[-1] in ids:  # CosyVoice 3 saves them with what stands in front of every prompt
            ids = ids[ids.index(lead[-1]) + 1 :]
        return found.prompt, ids


def build(folder: Path, spec: EngineSpec[CosyVoice], layout: ModelConfig) -> CosyVoice:
    """The engine of a folder that is laid out as published, on the GPU where there is one."""
    from funaudio_core.engines.cosyvoice import pipeline, prompt_encoders
    from funaudio_core.engines.cosyvoice.tokenizer import Tokenizer

    threads = settings.read().threads
    tokenize = prompt_encoders.SpeechTokenizer(folder / f"speech_tokenizer_v{layout.version}.onnx", threads)
    prompts = PromptCache(layout, tokenize, prompt_encoders.SpeakerEncoder(folder / "campplus.onnx"))
    networks = pipeline.load(folder, layout, "cuda" if device.has_gpu() else "cpu", threads)
    saved = saved_speakers.read(folder / saved_speakers.FILE)
    return CosyVoice(spec, layout, Tokenizer(folder / "CosyVoice-BlankEN", layout), prompts, saved, networks)


def _written(line: SpeechRequest, spec: EngineSpec[CosyVoice], version: Version) -> str:
    """The text of a line, cleaned. Raises what CosyVoice.stream() does of its language and text."""
    languages.require_language(line.language, spec.languages, spec.title)
    written = text.require_speakable(line.text, settings.read().max_characters)
    _require_tags(written, spec.title)
    _require_words(written, version)
    return written


def _require_tags(written: str, title: str) -> None:
    tag = _NO_TAGS.search(written)
    if tag is not None:
        raise Unsupported(
            "{engine} doesn't support {tag}. Remove it, or use one of {tags}.",
            engine=title,
            tag=tag.group(),
            tags=tuple(f"[{event}]" for event in EVENTS),
        )


def _require_words(written: str, version: Version) -> None:
    if not text.is_speakable(_words(written, version)):
        raise BadInput("The text contains only symbols and tags and can't be spoken. Add some words.")


def _words(written: str, version: Version) -> str:
    """A text as it is read: without its marks."""
    spoken = "".join(part for part, mark in control_tokens.parts(written, version) if not mark)
    return " ".join(spoken.split())


def _rate(style: Style) -> float:
    return min(max(style.rate, SLOWEST), FASTEST)


def _gap(written: str, style: Style) -> float:
    """Seconds of silence behind a piece that another one follows; none within a sentence."""
    if not text.ends_sentence(written):
        return 0.0
    return GAP * min(max(style.pause, SHORTEST_PAUSE), LONGEST_PAUSE)


def _spoken(samples: Samples, written: str = "") -> SpeechChunk:
    return SpeechChunk(Audio(samples, RATE), written)


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
        instruction_prompt=instruction.telling(version),
        validate=lambda line: _written(line, spec, version),
    )
    return spec


# Languages as the model cards list them; of the dialects only Cantonese has a code here.
SPEC_V3: EngineSpec[CosyVoice] = _spec(
    3,
    "Fun-CosyVoice3-0.5B-2512",
    "FunAudioLLM/Fun-CosyVoice3-0.5B-2512",
    frozenset(("zh", "en", "ja", "ko", "de", "es", "fr", "it", "ru", "yue")),
)
SPEC_V2: EngineSpec[CosyVoice] = _spec(
    2, "CosyVoice2-0.5B", "FunAudioLLM/CosyVoice2-0.5B", frozenset(("zh", "en", "ja", "ko", "yue"))
)
