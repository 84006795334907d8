"""Chat model of the Hugging Face hub, run by transformers."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from funaudio_core.engines.llm.chat_model import SYSTEM, USER, ChatMessage, Constraint
from funaudio_core.engines.qwen.constraints import TokenConstraints, TokenMask
from funaudio_core.errors import BadInput, WeightsMissing
from funaudio_core.runtime import cancellation

if TYPE_CHECKING:
    from torch import Generator, Tensor
    from transformers import DynamicCache

THINK_TAG = "<think>"
PREFILL_TOKENS = 512  # of a prompt processed at a time; other requests run in between


@dataclass(frozen=True, slots=True)
class Sampling:
    """Sampling of the next token with temperature, top-k and top-p, as in transformers.

    The defaults are those of Qwen3-4B-Instruct-2507's model card.

    Attributes:
        temperature: Divides the logits.
        top_p: Probability mass of the candidates.
        top_k: Number of candidates; 0 for all.
    """

    temperature: float = 0.7
    top_p: float = 0.8
    top_k: int = 20

    def draw(self, logits: Tensor, generator: Generator) -> int:
        """Sample a token from logits, float32 (vocabulary,), with a generator on the CPU."""
        import torch

        values, token_ids = torch.topk(logits / self.temperature, min(self.top_k or len(logits), len(logits)))
        probabilities = torch.softmax(values.cpu(), 0)
        probabilities[probabilities.cumsum(0) - probabilities >= self.top_p] = 0.0
        return int(token_ids[int(torch.multinomial(probabilities, 1, generator=generator))])


class FairLock:
    """Lock that threads get in the order in which they requested it."""

    def __init__(self) -> None:
        """Create an unlocked lock."""
        self._changed = threading.Condition()
        self._queue: deque[object] = deque()  # the holder, then those who wait

    def __enter__(self) -> None:
        """Wait for the lock."""
        ticket = object()
        with self._changed:
            self._queue.append(ticket)
            try:
                self._changed.wait_for(lambda: self._queue[0] is ticket)
            except BaseException:  # an interrupted waiter must not block the others
                self._queue.remove(ticket)
                self._changed.notify_all()
                raise

    def __exit__(self, *_: object) -> None:
        """Hand the lock over."""
        with self._changed:
            self._queue.popleft()
            self._changed.notify_all()


class QwenModel:
    """Chat model. Thread-safe: each request has its own KV cache, and requests take turns token by token.

    Weights are bfloat16, on a GPU without it float16.
    """

    def __init__(self, folder: Path, device: str, threads: int) -> None:
        """Load a folder in the hub's layout, safetensors only and without running its code.

        Args:
            folder: Its files.
            device: "cuda" or "cpu".
            threads: CPU threads of torch.

        Raises:
            WeightsMissing: transformers cannot load it, or it is no chat model.
        """
        import torch

        self._tokenizer, model = _load_pretrained(folder, device)
        self._model = model.train(False).to(torch.device(device))
        self._threads, self._lock = threads, FairLock()
        self._special_tokens = sorted(self._tokenizer.get_added_vocab(), key=len, reverse=True)
        generation_config = self._model.generation_config
        eos = generation_config.eos_token_id
        eos_ids = eos if isinstance(eos, list) else [eos]
        self._eos_ids = frozenset((*eos_ids, self._tokenizer.eos_token_id))
        self._constraints = TokenConstraints(self._tokenizer, self._model.config.vocab_size, sorted(self._eos_ids))
        defaults = Sampling()
        self._sampling = Sampling(
            generation_config.temperature or defaults.temperature,
            generation_config.top_p or defaults.top_p,
            defaults.top_k if generation_config.top_k is None else generation_config.top_k,
        )
        self._max_positions: int = self._model.config.get_text_config().max_position_embeddings

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        """Return the length of the messages; see ChatModel."""
        return len(self._encode(self._render(messages)))

    def generate(
        self,
        messages: Sequence[ChatMessage],
        max_tokens: int,
        seed: int | None,
        constraint: Constraint | None = None,
    ) -> Iterator[str]:
        """Generate the next message; see ChatModel. Equal messages and seeds give equal text on one machine.

        If the chat template starts a thought, the text begins with THINK_TAG.
        """
        text = self._render(messages)
        ids = self._encode(text)
        if len(ids) + max_tokens > self._max_positions:
            raise BadInput(
                "The text is too long ({tokens:,} tokens; the limit of the model is {most:,}). Shorten it.",
                tokens=len(ids),
                most=self._max_positions - max_tokens,
            )
        prefix = THINK_TAG if constraint is None and text.rstrip().endswith(THINK_TAG) else ""
        return self._generate(ids, max_tokens, seed, prefix, self._constraints.start(constraint))

    def _render(self, messages: Sequence[ChatMessage]) -> str:
        """Apply the chat template, up to the beginning of the reply."""
        from jinja2 import TemplateError

        chat = [{"role": message.role, "content": self._strip_special_tokens(message.text)} for message in messages]
        # Turns thinking off; templates of models without that option ignore it.
        options = {"tokenize": False, "add_generation_prompt": True, "enable_thinking": False}
        try:
            return str(self._tokenizer.apply_chat_template(chat, **options))
        except TemplateError:  # some have no system role, or require user and assistant to alternate
            return str(self._tokenizer.apply_chat_template(_merge_roles(chat), **options))

    def _encode(self, text: str) -> list[int]:
        return list(self._tokenizer(text, add_special_tokens=False).input_ids)

    def _strip_special_tokens(self, text: str) -> str:
        """Replace special tokens by spaces, so that "<|im_end|>" in a user's text ends no turn."""
        for token in self._special_tokens:
            text = text.replace(token, " ")
        return text

    def _generate(
        self, ids: list[int], max_tokens: int, seed: int | None, prefix: str, mask: TokenMask | None
    ) -> Iterator[str]:
        import torch
        from tokenizers.decoders import DecodeStream
        from transformers import DynamicCache

        if prefix:
            yield prefix
        generator = None if seed is None else torch.Generator().manual_seed(seed)
        cache, stream = DynamicCache(config=self._model.config), DecodeStream(skip_special_tokens=True)
        for start in range(0, len(ids), PREFILL_TOKENS):
            cancellation.raise_if_cancelled()
            logits = self._step(ids[start : start + PREFILL_TOKENS], cache)
        for _ in range(max_tokens):
            cancellation.raise_if_cancelled()
            if mask is not None:
                logits = mask.apply(logits)
            token = int(logits.argmax()) if generator is None else self._sampling.draw(logits, generator)
            if token in self._eos_ids:
                return
            if mask is not None:
                mask.accept(token)
            piece = stream.step(self._tokenizer.backend_tokenizer, token)
            if piece:  # None within a character of several tokens
                yield piece
            logits = self._step([token], cache)

    def _step(self, ids: list[int], cache: DynamicCache) -> Tensor:
        """Process tokens and extend the cache; return the logits behind them, float32 (vocabulary,)."""
        import torch

        with self._lock, torch.inference_mode():
            torch.set_num_threads(self._threads)  # applies to this thread only
            tokens = torch.tensor([ids], device=self._model.device)
            out = self._model(input_ids=tokens, past_key_values=cache, use_cache=True, logits_to_keep=1)
            logits: Tensor = out.logits[0, -1].float()
            return logits


def _load_pretrained(folder: Path, device: str) -> tuple[Any, Any]:
    """Load tokenizer and model with transformers; raise WeightsMissing as QwenModel does."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    use_float16 = device == "cuda" and not torch.cuda.is_bf16_supported()
    options = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(folder, **options)
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=torch.float16 if use_float16 else torch.bfloat16,
            use_safetensors=True,
            output_loading_info=True,
            **options,
        )
        model, loading_info = loaded
        missing = sorted(map(str, {*loading_info["missing_keys"], *loading_info["mismatched_keys"]}))
        if missing:  # transformers would initialise them randomly
            raise ValueError(f"{len(missing)} tensors are missing or have the wrong size, such as {missing[0]}")
        if not tokenizer.is_fast:
            raise ValueError("the tokenizer has no tokenizer.json")
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        raise WeightsMissing(
            "{folder} contains no chat model that transformers can load ({error}). "
            "Set FUNAUDIO_CHAT_MODEL to another model.",
            folder=str(folder),
            error=(str(error).strip().splitlines() or [type(error).__name__])[0][:200],
        ) from error
    if not tokenizer.chat_template:
        raise WeightsMissing(
            "The model in {folder} has no chat template. Set FUNAUDIO_CHAT_MODEL to a chat model.",
            folder=str(folder),
        )
    return tokenizer, model


def _merge_roles(chat: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """Merge system messages into the first user message, and neighbours of one role into one message."""
    merged: list[dict[str, str]] = []
    for message in chat:
        role = USER if message["role"] == SYSTEM else message["role"]
        if merged and merged[-1]["role"] == role:
            merged[-1]["content"] += "\n\n" + message["content"]
        else:
            merged.append({"role": role, "content": message["content"]})
    return merged
