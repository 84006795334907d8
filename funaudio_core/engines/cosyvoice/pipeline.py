"""Ids and a voice to sound: CosyVoice's three networks one behind the other, all of them working on what is there yet.

Knows neither words nor lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor

from funaudio_core.engines.cosyvoice import bistream, checkpoint, cuda_graphs, decode, flow, lm
from funaudio_core.engines.cosyvoice.attention_mask import CHUNK
from funaudio_core.engines.cosyvoice.bistream import PromptPrefix
from funaudio_core.engines.cosyvoice.config import ModelConfig
from funaudio_core.engines.cosyvoice.decode import Piece
from funaudio_core.engines.cosyvoice.decode_state import Acquire, DecodeStatePool, fresh
from funaudio_core.engines.cosyvoice.flow import Flow, Request
from funaudio_core.engines.cosyvoice.flow_stream import MelStream
from funaudio_core.engines.cosyvoice.hift import Hift
from funaudio_core.engines.cosyvoice.lm import SpeechLanguageModel
from funaudio_core.engines.cosyvoice.prompt import Prompt
from funaudio_core.engines.cosyvoice.vocoder import Vocoder, paced
from funaudio_core.gpu import zerogpu
from funaudio_core.types import Samples

T = TypeVar("T")
EVERY = {"cuda": 8, "cpu": 1}  # tokens between two looks at what a device has drawn: a GPU would wait for each look
TOGETHER = {
    "cuda": 8,
    "cpu": 2,
}  # pieces at once; a CPU takes 1.14 x as long for a step of two rows, 2.1 x for one of four


class SpeechPipeline:
    """The networks of one checkpoint. Thread-safe: whatever a piece needs to remember is in its iterator."""

    def __init__(
        self, language: SpeechLanguageModel, spoken: Flow, vocoder: Vocoder, silences: AbstractSet[int], threads: int
    ) -> None:
        self._language, self._flow, self._vocoder = language, spoken, vocoder
        self._silences, self._threads = silences, threads
        device = language.head.weight.device.type
        self._every, self._together = EVERY[device], TOGETHER[device]
        self._lend: Acquire = fresh

    def replay(self, record: cuda_graphs.Record[Any] = cuda_graphs.recorded) -> None:
        """Speak by recordings from now on, see graphs: for a process that lives on and has a GPU."""
        self._flow.replay(record)
        self._vocoder.replay(record)
        self._lend = DecodeStatePool(record).acquire

    def stream(self, pieces: Sequence[Piece], prompt: Prompt, rate: float = 1.0) -> Iterator[tuple[int, Samples]]:
        """The sound of pieces in order, at 24 kHz: which piece, and the next stretch of it, float32 (n,).

        The first comes stretch by stretch, each as soon as it is certain; the others whole, TOGETHER at a time, each
        as it sounds alone. rate: x the voice's own pace; at any but 1 the first comes whole too, since only a whole
        mel can be paced. Whoever asks no further stops the work. Raises what decode.stream() and Flow.mel() raise.
        """
        for place, wave in self._own_threads(self._said(pieces, prompt, rate)):
            yield place, wave[0].cpu().numpy()

    def following(
        self, text: Iterable[int], before: PromptPrefix, prompt: Prompt, seed: int, rate: float = 1.0
    ) -> Iterator[Samples]:
        """The sound of a text that is still being written, float32 (n,) each, as stream() makes it of a first piece.

        text: its ids, which may take their time. Raises what bistream.stream() and Flow.mel() raise.
        """
        for wave in self._own_threads(self._followed(text, before, prompt, seed, rate)):
            yield wave[0].cpu().numpy()

    def converted(self, tokens: Sequence[int], prompt: Prompt) -> Iterator[Samples]:
        """The sound of speech tokens in the voice of the prompt, float32 (n,) each, as stream() makes it."""
        reads = (tokens[start : start + CHUNK] for start in range(0, len(tokens), CHUNK))
        for wave in self._own_threads(self._growing(reads, prompt, seed=0)):
            yield wave[0].cpu().numpy()

    def _own_threads(self, items: Iterator[T]) -> Iterator[T]:
        """The same items, computed with this model's number of threads in whichever thread asks for the next one."""
        torch.set_num_threads(self._threads)
        for item in items:
            yield item
            torch.set_num_threads(self._threads)

    def _said(self, pieces: Sequence[Piece], prompt: Prompt, rate: float) -> Iterator[tuple[int, Tensor]]:
        started = 0
        if rate == 1:
            reads = decode.stream(self._language, pieces[:1], self._silences, self._every, self._lend)
            for wave in self._growing((tokens for (tokens,) in reads), prompt, pieces[0].seed):
                yield 0, wave
            started = 1
        while started < len(pieces):
            several = pieces[started : started + (self._together if started else 1)]
            said = decode.tokens(self._language, several, self._silences, self._every, self._lend)
            mels = self._flow.mel([Request(prompt, tokens) for tokens in said], streaming=rate == 1)
            for place, (piece, mel) in enumerate(zip(several, mels, strict=True), started):
                yield place, self._wave(mel, rate, piece.seed)
            started += len(several)

    def _followed(
        self, text: Iterable[int], before: PromptPrefix, prompt: Prompt, seed: int, rate: float
    ) -> Iterator[Tensor]:
        tokens = bistream.stream(self._language, text, before, seed, self._silences)
        if rate == 1:
            yield from self._growing(((token,) for token in tokens), prompt, seed)
        else:
            (mel,) = self._flow.mel([Request(prompt, tuple(tokens))])
            yield self._wave(mel, rate, seed)

    def _wave(self, mel: Tensor, rate: float, seed: int) -> Tensor:
        return self._vocoder.wave(mel[None] if rate == 1 else paced(mel[None], rate), [seed])

    def _growing(self, reads: Iterable[Sequence[int]], prompt: Prompt, seed: int) -> Iterator[Tensor]:
        mels, waves = MelStream(self._flow, prompt), self._vocoder.stream(seed)
        for tokens in reads:
            mel = mels.push(tokens)
            if mel.shape[1] and (wave := waves.push(mel[None])).shape[1]:
                yield wave
        yield waves.push(mels.push((), final=True)[None], final=True)


def load(folder: Path, layout: ModelConfig, device: str, threads: int) -> SpeechPipeline:
    """The networks of llm.pt, flow.pt and hift.pt, see placed(). Raises what checkpoint.load() raises."""
    language = checkpoint.load(
        folder / "llm.pt", lambda: SpeechLanguageModel(layout.language), lm.sources(layout.language), lm.UNUSED
    )
    spoken = checkpoint.load(folder / "flow.pt", lambda: flow.build(layout.flow))
    network = checkpoint.load(folder / "hift.pt", lambda: Hift(layout.vocoder), prefix="generator.")
    return placed(language, spoken, network, layout, device, threads)


def placed(
    language: SpeechLanguageModel, spoken: Flow, network: Hift, layout: ModelConfig, device: str, threads: int
) -> SpeechPipeline:
    """The networks on the device "cuda" or "cpu".

    On a GPU that has bfloat16 the language model and the velocities are in that, else all is float32. On one that is
    not lent for a call at a time they speak by recordings.
    """
    if device == "cuda" and torch.cuda.is_bf16_supported():
        language.to(torch.bfloat16)
        spoken.lower(torch.bfloat16)
    for model in (language, spoken, network):
        model.to(torch.device(device))
    sound = SpeechPipeline(language, spoken, Vocoder(network), layout.silences, threads)
    if device == "cuda" and not zerogpu.is_zerogpu():
        sound.replay()
    return sound
