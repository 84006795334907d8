"""Model, tokenizer and decoder on one device; replies of several threads are decoded in one batch."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import torch

from funaudio_core.engines.cosyvoice.features import Float
from funaudio_core.engines.fun_audio_chat.decode import Decoder
from funaudio_core.engines.fun_audio_chat.model import AudioChatModel
from funaudio_core.engines.fun_audio_chat.prompt_rows import embed_prompt
from funaudio_core.engines.fun_audio_chat.prompts import ChatTokenizer
from funaudio_core.engines.fun_audio_chat.reply_state import ControlTokens, ReplyOptions, ReplyState, Step
from funaudio_core.gpu import zerogpu
from funaudio_core.runtime import cancellation
from funaudio_core.weights import low_rank
from funaudio_core.weights.adapters import AdapterAtStrength

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class _Request:
    """Step that a thread waits for; `result` is set once it is made."""

    state: ReplyState
    result: Step | Exception | None = None


class ModelRunner:
    """Model, tokenizer and decoder. Thread-safe.

    One thread at a time runs the decoder, and makes the steps of all threads that wait for it in one pass.

    Attributes:
        tokenizer: The tokenizer.
        num_codes: Number of codes that are speech; greater ones are special.
    """

    def __init__(self, model: AudioChatModel, tokenizer: ChatTokenizer, slots: int, threads: int) -> None:
        """Take a model over.

        Args:
            model: The model, on its device.
            tokenizer: The tokenizer.
            slots: Replies that are decoded at a time; more wait.
            threads: CPU threads of torch.
        """
        self.tokenizer, self.num_codes = tokenizer, model.config.code_bos
        self._model, self._threads, self._slots = model, threads, slots
        self._decoder: Decoder | None = None  # its caches are allocated for the first reply, on ZeroGPU in a worker
        self._free_slots = slots
        self._slot_freed = threading.Condition()
        self._decoding = threading.Lock()
        self._requests: list[_Request] = []
        self._requests_guard = threading.Lock()

    def with_adapter(self, change: AdapterAtStrength) -> ModelRunner:
        """Return a runner of one slot whose model shares this one's weights and has an adapter beside them.

        Raises:
            BadInput: The adapter doesn't fit.
        """
        model = low_rank.share(self._model)
        low_rank.attach(model, change)
        return ModelRunner(model, self.tokenizer, 1, self._threads)

    @contextmanager
    def reply(self, ids: Sequence[int], clips: Sequence[Float], options: ReplyOptions) -> Iterator[Iterator[Step]]:
        """Provide the steps of a reply, which holds a slot until the context ends.

        Args:
            ids: Token ids of the conversation.
            clips: Samples at 16 kHz of each clip in it, in order.
            options: How to reply.

        Raises:
            Cancelled: While it waits for a slot, or between two steps, after the request was cancelled.
        """
        with self._slot():
            prompt = self.with_threads(lambda: embed_prompt(self._model, self.tokenizer, ids, clips))
            cancellation.raise_if_cancelled()
            with self._decoding:
                decoder = self._decoder = self._decoder or self._create_decoder()
                state, first = self.with_threads(lambda: decoder.start(prompt, options))
            try:
                yield self._steps(decoder, state, first)
            finally:
                with self._decoding:
                    decoder.release(state)

    def with_threads(self, work: Callable[[], T]) -> T:
        """Return the result of some work, done with this model's number of threads."""
        torch.set_num_threads(self._threads)  # applies to this thread only
        return work()

    @contextmanager
    def _slot(self) -> Iterator[None]:
        """Hold a slot; wait until one is free."""
        with self._slot_freed:
            while not self._free_slots:
                self._slot_freed.wait(cancellation.POLL_SECONDS)
                cancellation.raise_if_cancelled()
            self._free_slots -= 1
        try:
            yield
        finally:
            with self._slot_freed:
                self._free_slots += 1
                self._slot_freed.notify()

    def _create_decoder(self) -> Decoder:
        """Return a decoder; it uses CUDA graphs on a GPU unless it is ZeroGPU, which forks a process for each call."""
        ids = self.tokenizer
        tokens = ControlTokens(ids.end_id, ids.audio_bos_id, ids.audio_eos_id, ids.silence_id)
        decoder = Decoder(self._model, tokens, self._slots)
        if self._model.device.type == "cuda" and not zerogpu.is_zerogpu():
            decoder.use_cuda_graphs()
        return decoder

    def _steps(self, decoder: Decoder, state: ReplyState, first: Step) -> Iterator[Step]:
        step = first
        while True:
            yield step
            if step.is_last:
                return
            cancellation.raise_if_cancelled()
            step = self._next_step(decoder, state)

    def _next_step(self, decoder: Decoder, state: ReplyState) -> Step:
        """Return the next step of a reply, made by this thread or by another one."""
        request = _Request(state)
        with self._requests_guard:
            self._requests.append(request)
        with self._decoding:
            if request.result is None:
                self.with_threads(lambda: self._make_steps(decoder))
        if not isinstance(request.result, Step):
            raise request.result or AssertionError("The step was not made.")
        return request.result

    def _make_steps(self, decoder: Decoder) -> None:
        """Make the steps of all requests in one pass; if it fails, each of them gets the error."""
        with self._requests_guard:
            requests, self._requests = self._requests, []
        try:
            results: Sequence[Step | Exception] = decoder.step([request.state for request in requests])
        except Exception as error:  # noqa: BLE001 (raised by each thread that waits)
            results = [error] * len(requests)
        for request, result in zip(requests, results, strict=True):
            request.result = result
