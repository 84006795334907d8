"""Ids and a voice to sound: CosyVoice's three networks one behind the other, all of them working on what is there yet.

Knows neither words nor lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

import torch
from torch import Tensor

from funaudio_core.engines.cosyvoice import checkpoint, decode, flow, lm
from funaudio_core.engines.cosyvoice.decode import Piece
from funaudio_core.engines.cosyvoice.flow import Flow, Request
from funaudio_core.engines.cosyvoice.flow_stream import MelStream
from funaudio_core.engines.cosyvoice.hift import Hift
from funaudio_core.engines.cosyvoice.layout import Layout
from funaudio_core.engines.cosyvoice.lm import SpeechLanguageModel
from funaudio_core.engines.cosyvoice.prompt import Prompt
from funaudio_core.engines.cosyvoice.vocoder import Vocoder, paced
from funaudio_core.types import Samples

EVERY = {"cuda": 8, "cpu": 1}  # tokens between two looks at what a device has drawn: a GPU would wait for each look


class Sound:
    """The networks of one checkpoint. Thread-safe: whatever a piece needs to remember is in its iterator."""

    def __init__(
        self, language: SpeechLanguageModel, spoken: Flow, vocoder: Vocoder, silences: AbstractSet[int], threads: int
    ) -> None:
        self._language, self._flow, self._vocoder = language, spoken, vocoder
        self._silences, self._threads = silences, threads
        self._every = EVERY[language.head.weight.device.type]

    def stream(self, piece: Piece, prompt: Prompt, rate: float = 1.0) -> Iterator[Samples]:
        """The sound of a piece at 24 kHz, float32 (n,) each, every stretch as soon as it is certain.

        rate: x the voice's own pace; at any but 1 the piece is made whole, since only a whole mel can be paced.
        Whoever asks no further stops the work. Raises what decode.stream() and Flow.mel() raise.
        """
        torch.set_num_threads(self._threads)  # of this thread alone; another one may ask for the next stretch
        waves = self._growing(piece, prompt) if rate == 1 else self._whole(piece, prompt, rate)
        for wave in waves:
            if wave.shape[1]:
                yield wave[0].cpu().numpy()
            torch.set_num_threads(self._threads)

    def _growing(self, piece: Piece, prompt: Prompt) -> Iterator[Tensor]:
        mels, waves = MelStream(self._flow, prompt), self._vocoder.stream(piece.seed)
        for (tokens,) in decode.stream(self._language, [piece], self._silences, self._every):
            mel = mels.push(tokens)
            if mel.shape[1]:
                yield waves.push(mel[None])
        yield waves.push(mels.push((), final=True)[None], final=True)

    def _whole(self, piece: Piece, prompt: Prompt, rate: float) -> Iterator[Tensor]:
        (tokens,) = decode.tokens(self._language, [piece], self._silences, self._every)
        (mel,) = self._flow.mel([Request(prompt, tokens)])
        yield self._vocoder.wave(paced(mel[None], rate), [piece.seed])


def load(folder: Path, layout: Layout, device: str, threads: int) -> Sound:
    """The networks of llm.pt, flow.pt and hift.pt on the device "cuda" or "cpu".

    On a GPU that has bfloat16 the language model and the velocities are in that, else all is float32. Raises what
    checkpoint.load() raises.
    """
    language = checkpoint.load(
        folder / "llm.pt", lambda: SpeechLanguageModel(layout.language), lm.sources(layout.language), lm.UNUSED
    )
    spoken = checkpoint.load(folder / "flow.pt", lambda: flow.build(layout.flow))
    network = checkpoint.load(folder / "hift.pt", lambda: Hift(layout.vocoder), prefix="generator.")
    if device == "cuda" and torch.cuda.is_bf16_supported():
        language.to(torch.bfloat16)
        spoken.lower(torch.bfloat16)
    for model in (language, spoken, network):
        model.to(torch.device(device))
    return Sound(language, spoken, Vocoder(network), layout.silences, threads)
