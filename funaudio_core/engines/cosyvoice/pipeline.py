"""Speech pipeline: language model, flow and vocoder, each working on what the one before has produced so far."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor

from funaudio_core.engines.cosyvoice import bistream, checkpoint, cuda_graphs, decode, flow, lm
from funaudio_core.engines.cosyvoice.attention_mask import CHUNK_TOKENS
from funaudio_core.engines.cosyvoice.bistream import PromptPrefix
from funaudio_core.engines.cosyvoice.config import ModelConfig
from funaudio_core.engines.cosyvoice.decode import LMRequest
from funaudio_core.engines.cosyvoice.decode_state import Acquire, DecodeStatePool, new_state
from funaudio_core.engines.cosyvoice.flow import Flow, FlowRequest
from funaudio_core.engines.cosyvoice.flow_stream import MelStream
from funaudio_core.engines.cosyvoice.hift import HiFTGenerator
from funaudio_core.engines.cosyvoice.lm import SpeechLanguageModel
from funaudio_core.engines.cosyvoice.prompt import Prompt
from funaudio_core.engines.cosyvoice.vocoder import Vocoder, change_speed
from funaudio_core.gpu import zerogpu
from funaudio_core.types import Samples
from funaudio_core.weights import low_rank
from funaudio_core.weights.adapters import AdapterAtStrength
from funaudio_core.weights.tensors import read_tensors

T = TypeVar("T")
STEPS_PER_CHECK = {"cuda": 8, "cpu": 1}  # decoding steps between two reads of the tokens, which make a GPU wait
BATCH_SIZE = {"cuda": 8, "cpu": 2}  # pieces; on a CPU a step of two rows takes 1.14 times as long, of four 2.1 times


class SpeechPipeline:
    """The three networks of one checkpoint. Thread-safe: the state of a request is in its iterator."""

    def __init__(
        self,
        lm: SpeechLanguageModel,
        flow: Flow,
        vocoder: Vocoder,
        silences: AbstractSet[int],
        threads: int,
    ) -> None:
        """Connect the networks.

        Args:
            lm: The language model.
            flow: The flow.
            vocoder: The vocoder.
            silences: Silent tokens, see SilenceFilter.
            threads: CPU threads of torch.
        """
        self._lm, self._flow, self._vocoder = lm, flow, vocoder
        self._silences, self._threads = silences, threads
        device = lm.head.weight.device.type
        self._steps_per_check, self._batch_size = STEPS_PER_CHECK[device], BATCH_SIZE[device]
        self._acquire: Acquire = new_state
        self._capture: cuda_graphs.CaptureFunction[Any] | None = None

    def use_cuda_graphs(self, capture: cuda_graphs.CaptureFunction[Any] = cuda_graphs.capture) -> None:
        """Use CUDA graphs from now on, see cuda_graphs; for a process that stays alive and has a GPU."""
        for network in (self._flow, self._vocoder):
            if not network.uses_cuda_graphs:  # otherwise another pipeline shares it
                network.use_cuda_graphs(capture)
        self._acquire, self._capture = DecodeStatePool(capture).acquire, capture

    def with_adapters(
        self, folder: Path, config: ModelConfig, changes: Mapping[str, AdapterAtStrength]
    ) -> SpeechPipeline:
        """Return a pipeline that shares this one's weights and has adapters beside them.

        Args:
            folder: Of the release.
            config: Sizes of the networks.
            changes: Changes of llm.pt and flow.pt, by file name.

        Raises:
            BadInput: An adapter doesn't fit.
        """
        language_model, flow_model = self._lm, self._flow
        if (change := changes.get("llm.pt")) is not None:
            language_model = low_rank.share(self._lm)
            rows = {name: len(tensor) for name, tensor in read_tensors(folder / "llm.pt").items()}
            low_rank.attach(language_model, change, lm.checkpoint_names(config.lm), rows)
        if (change := changes.get("flow.pt")) is not None:
            flow_model = self._flow.share()
            low_rank.attach(flow_model, change)
        made = SpeechPipeline(language_model, flow_model, self._vocoder, self._silences, self._threads)
        if self._capture is not None:
            made.use_cuda_graphs(self._capture)
        return made

    def stream(self, pieces: Sequence[LMRequest], prompt: Prompt, speed: float = 1.0) -> Iterator[tuple[int, Samples]]:
        """Synthesize pieces of text in order.

        The first piece is streamed, each part as soon as it is final. The others are synthesized whole, BATCH_SIZE at a
        time, each with the result it has alone. With a speed other than 1 the first piece is whole too, since only a
        whole mel can be interpolated. Closing the iterator ends the work.

        Args:
            pieces: Inputs of the language model.
            prompt: The voice.
            speed: Factor on the voice's own pace.

        Yields:
            Index of the piece and its next samples, float32 (n,) at 24 kHz.

        Raises:
            BadInput: See decode.stream() and Flow.generate().
        """
        for index, wave in self._with_threads(self._stream(pieces, prompt, speed)):
            yield index, wave[0].cpu().numpy()

    def stream_text(
        self, text: Iterable[int], prefix: PromptPrefix, prompt: Prompt, seed: int, speed: float = 1.0
    ) -> Iterator[Samples]:
        """Synthesize a text that is still being written, as stream() does for a first piece.

        Args:
            text: Its token ids; the iterator may block.
            prefix: What stands in front of the text.
            prompt: The voice.
            seed: Of the sampling.
            speed: Factor on the voice's own pace.

        Yields:
            Samples, float32 (n,) at 24 kHz.

        Raises:
            BadInput: See bistream.stream() and Flow.generate().
        """
        for wave in self._with_threads(self._stream_text(text, prefix, prompt, seed, speed)):
            yield wave[0].cpu().numpy()

    def convert(self, tokens: Sequence[int], prompt: Prompt) -> Iterator[Samples]:
        """Synthesize speech tokens in the voice of the prompt; yields samples, float32 (n,) at 24 kHz."""
        chunks = (tokens[start : start + CHUNK_TOKENS] for start in range(0, len(tokens), CHUNK_TOKENS))
        for wave in self._with_threads(self._stream_tokens(chunks, prompt, seed=0)):
            yield wave[0].cpu().numpy()

    def _with_threads(self, items: Iterator[T]) -> Iterator[T]:
        """Yield the items, computed with this model's number of threads in the thread that asks for the next one."""
        torch.set_num_threads(self._threads)
        for item in items:
            yield item
            torch.set_num_threads(self._threads)

    def _stream(self, pieces: Sequence[LMRequest], prompt: Prompt, speed: float) -> Iterator[tuple[int, Tensor]]:
        started = 0
        if speed == 1:
            chunks = decode.stream(self._lm, pieces[:1], self._silences, self._steps_per_check, self._acquire)
            for wave in self._stream_tokens((tokens for (tokens,) in chunks), prompt, pieces[0].seed):
                yield 0, wave
            started = 1
        while started < len(pieces):
            batch = pieces[started : started + (self._batch_size if started else 1)]
            token_lists = decode.generate(self._lm, batch, self._silences, self._steps_per_check, self._acquire)
            mels = self._flow.generate([FlowRequest(prompt, tokens) for tokens in token_lists], streaming=speed == 1)
            for index, (piece, mel) in enumerate(zip(batch, mels, strict=True), started):
                yield index, self._vocode(mel, speed, piece.seed)
            started += len(batch)

    def _stream_text(
        self, text: Iterable[int], prefix: PromptPrefix, prompt: Prompt, seed: int, speed: float
    ) -> Iterator[Tensor]:
        tokens = bistream.stream(self._lm, text, prefix, seed, self._silences)
        if speed == 1:
            yield from self._stream_tokens(((token,) for token in tokens), prompt, seed)
        else:
            (mel,) = self._flow.generate([FlowRequest(prompt, tuple(tokens))])
            yield self._vocode(mel, speed, seed)

    def _vocode(self, mel: Tensor, speed: float, seed: int) -> Tensor:
        return self._vocoder.synthesize(mel[None] if speed == 1 else change_speed(mel[None], speed), [seed])

    def _stream_tokens(self, chunks: Iterable[Sequence[int]], prompt: Prompt, seed: int) -> Iterator[Tensor]:
        mels, waves = MelStream(self._flow, prompt), self._vocoder.stream(seed)
        for tokens in chunks:
            mel = mels.push(tokens)
            if mel.shape[1] and (wave := waves.push(mel[None])).shape[1]:
                yield wave
        yield waves.push(mels.push((), final=True)[None], final=True)


def load(
    folder: Path,
    config: ModelConfig,
    device: str,
    threads: int,
    adapters: Mapping[str, AdapterAtStrength] | None = None,
) -> SpeechPipeline:
    """Load llm.pt, flow.pt and hift.pt and assemble the pipeline.

    Args:
        folder: Of the release.
        config: Sizes of the networks.
        device: "cuda" or "cpu".
        threads: CPU threads of torch.
        adapters: Changes of llm.pt and flow.pt, by file name.

    Raises:
        WeightsMissing: See checkpoint.load().
        BadInput: See checkpoint.load().
    """
    changes = adapters or {}
    language_model = checkpoint.load(
        folder / "llm.pt",
        lambda: SpeechLanguageModel(config.lm),
        lm.checkpoint_names(config.lm),
        lm.UNUSED_TENSORS,
        adapter=changes.get("llm.pt"),
    )
    flow_model = checkpoint.load(folder / "flow.pt", lambda: flow.build(config.flow), adapter=changes.get("flow.pt"))
    hift = checkpoint.load(folder / "hift.pt", lambda: HiFTGenerator(config.vocoder), prefix="generator.")
    return assemble(language_model, flow_model, hift, config, device, threads)


def assemble(
    language_model: SpeechLanguageModel,
    flow_model: Flow,
    hift: HiFTGenerator,
    config: ModelConfig,
    device: str,
    threads: int,
) -> SpeechPipeline:
    """Move the networks to a device and connect them.

    On a GPU with bfloat16 the language model and the velocity network use it; all else is float32. CUDA graphs are used
    on a GPU unless it is ZeroGPU, which forks a process for each call.

    Args:
        language_model: The language model.
        flow_model: The flow.
        hift: The vocoder network.
        config: Their sizes.
        device: "cuda" or "cpu".
        threads: CPU threads of torch.
    """
    if device == "cuda" and torch.cuda.is_bf16_supported():
        language_model.to(torch.bfloat16)
        flow_model.cast_estimator(torch.bfloat16)
    for model in (language_model, flow_model, hift):
        model.to(torch.device(device))
    speech_pipeline = SpeechPipeline(language_model, flow_model, Vocoder(hift), config.silent_tokens, threads)
    if device == "cuda" and not zerogpu.is_zerogpu():
        speech_pipeline.use_cuda_graphs()
    return speech_pipeline
