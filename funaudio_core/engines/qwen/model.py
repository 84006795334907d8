"""A chat model of the hub behind the Writer Protocol, run by transformers. Knows neither prompts nor their answers."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from funaudio_core.engines.llm.chat_model import SYSTEM, USER, ChatMessage
from funaudio_core.errors import BadInput, WeightsMissing
from funaudio_core.runtime import cancellation

if TYPE_CHECKING:
    from torch import Generator, Tensor
    from transformers import DynamicCache

THINK_TAG = "<think>"
PREFILL_TOKENS = 512  # tokens of a prompt between which other visitors have their turn


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is drawn: from the `top_k` likeliest, of those from the likeliest that make up `top_p`.

    top_k: 0 for all. As transformers does it. The defaults are what the model card of Qwen3-4B-Instruct-2507 advises.
    """

    temperature: float = 0.7
    top_p: float = 0.8
    top_k: int = 20

    def draw(self, logits: Tensor, chance: Generator) -> int:
        """One token. logits: float32 (vocabulary,). chance: on the CPU."""
        import torch

        values, places = torch.topk(logits / self.temperature, min(self.top_k or len(logits), len(logits)))
        shares = torch.softmax(values.cpu(), 0)
        shares[shares.cumsum(0) - shares >= self.top_p] = 0.0
        return int(places[int(torch.multinomial(shares, 1, generator=chance))])


class FairLock:
    """A lock that is handed on in the order in which it was asked for, so that nobody waits longer than others work."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._queue: deque[object] = deque()  # who has the lock, then who waits for it

    def __enter__(self) -> None:
        mine = object()
        with self._changed:
            self._queue.append(mine)
            try:
                self._changed.wait_for(lambda: self._queue[0] is mine)
            except BaseException:  # who is called away while waiting must not hold up the others
                self._queue.remove(mine)
                self._changed.notify_all()
                raise

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._queue.popleft()
            self._changed.notify_all()


class QwenModel:
    """Writer. Thread-safe: each text has a cache of its own, and visitors take turns at the model, a token each.

    On a GPU the weights are bfloat16, or float16 where it lacks that; on the CPU bfloat16, half the memory of float32.
    """

    def __init__(self, folder: Path, device: str, threads: int) -> None:
        """Reads a folder as the hub lays it out: safetensors alone, and no code. Raises WeightsMissing."""
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        half = device == "cuda" and not torch.cuda.is_bf16_supported()
        safe = {"local_files_only": True, "trust_remote_code": False}
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, **safe)
            loaded: Any = AutoModelForCausalLM.from_pretrained(
                folder,
                dtype=torch.float16 if half else torch.bfloat16,
                use_safetensors=True,
                output_loading_info=True,
                **safe,
            )
            self._model, found = loaded
            lacks = sorted(map(str, {*found["missing_keys"], *found["mismatched_keys"]}))
            if lacks:  # transformers would leave random numbers there
                raise ValueError(f"{len(lacks)} tensors are missing or have the wrong size, such as {lacks[0]}")
            if not self._tokenizer.is_fast:
                raise ValueError("the tokenizer has no tokenizer.json")
        except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
            raise WeightsMissing(
                "{folder} contains no chat model that transformers can load ({error}). "
                "Set FUNAUDIO_CHAT_MODEL to another model.",
                folder=str(folder),
                error=(str(error).strip().splitlines() or [type(error).__name__])[0][:200],
            ) from error
        if not self._tokenizer.chat_template:
            raise WeightsMissing(
                "The model in {folder} has no chat template. Set FUNAUDIO_CHAT_MODEL to a chat model.",
                folder=str(folder),
            )
        self._model = self._model.train(False).to(torch.device(device))
        self._threads, self._turn = threads, FairLock()
        self._marks = sorted(self._tokenizer.get_added_vocab(), key=len, reverse=True)
        chosen = self._model.generation_config
        ends = chosen.eos_token_id if isinstance(chosen.eos_token_id, list) else [chosen.eos_token_id]
        self._ends = frozenset((*ends, self._tokenizer.eos_token_id))
        usual = Sampling()
        self._sampling = Sampling(
            chosen.temperature or usual.temperature,
            chosen.top_p or usual.top_p,
            usual.top_k if chosen.top_k is None else chosen.top_k,
        )
        self._longest: int = self._model.config.get_text_config().max_position_embeddings

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        """See Writer."""
        return len(self._encoded(self._rendered(messages)))

    def generate(self, messages: Sequence[ChatMessage], most: int, seed: int | None) -> Iterator[str]:
        """See Writer. Equal messages and an equal seed give an equal text on the same machine.

        Where the model's template has it think first, the text begins with the mark for that.
        """
        text = self._rendered(messages)
        ids = self._encoded(text)
        if len(ids) + most > self._longest:
            raise BadInput(
                "The text is too long ({tokens:,} tokens; the limit of the model is {most:,}). Shorten it.",
                tokens=len(ids),
                most=self._longest - most,
            )
        return self._written(ids, most, seed, THINK_TAG if text.rstrip().endswith(THINK_TAG) else "")

    def _rendered(self, messages: Sequence[ChatMessage]) -> str:
        """The messages in the model's own form, up to where its answer begins."""
        from jinja2 import TemplateError

        told = [{"role": message.role, "content": self._plain(message.text)} for message in messages]
        # Models that can do without thinking are told to; templates of others don't read that.
        options = {"tokenize": False, "add_generation_prompt": True, "enable_thinking": False}
        try:
            return str(self._tokenizer.apply_chat_template(told, **options))
        except TemplateError:  # some know no system's role, or want user and assistant by turns
            return str(self._tokenizer.apply_chat_template(_by_turns(told), **options))

    def _encoded(self, text: str) -> list[int]:
        return list(self._tokenizer(text, add_special_tokens=False).input_ids)

    def _plain(self, text: str) -> str:
        """The text without what the model takes for marks: a visitor's "<|im_end|>" ends no turn."""
        for mark in self._marks:
            text = text.replace(mark, " ")
        return text

    def _written(self, ids: list[int], most: int, seed: int | None, begun: str) -> Iterator[str]:
        import torch
        from tokenizers.decoders import DecodeStream
        from transformers import DynamicCache

        if begun:
            yield begun
        chance = None if seed is None else torch.Generator().manual_seed(seed)
        cache, stream = DynamicCache(config=self._model.config), DecodeStream(skip_special_tokens=True)
        for place in range(0, len(ids), PREFILL_TOKENS):
            cancellation.raise_if_cancelled()
            logits = self._step(ids[place : place + PREFILL_TOKENS], cache)
        for _ in range(most):
            cancellation.raise_if_cancelled()
            token = int(logits.argmax()) if chance is None else self._sampling.draw(logits, chance)
            if token in self._ends:
                return
            piece = stream.step(self._tokenizer.backend_tokenizer, token)
            if piece:  # None amid a character of several tokens
                yield piece
            logits = self._step([token], cache)

    def _step(self, ids: list[int], cache: DynamicCache) -> Tensor:
        """Logits of what follows the tokens, float32 (vocabulary,); the cache grows by them."""
        import torch

        with self._turn, torch.inference_mode():
            torch.set_num_threads(self._threads)  # of this thread alone
            tokens = torch.tensor([ids], device=self._model.device)
            out = self._model(input_ids=tokens, past_key_values=cache, use_cache=True, logits_to_keep=1)
            logits: Tensor = out.logits[0, -1].float()
            return logits


def _by_turns(told: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """The same with the system's words in front of the user's first, and neighbours of one role put together."""
    found: list[dict[str, str]] = []
    for message in told:
        role = USER if message["role"] == SYSTEM else message["role"]
        if found and found[-1]["role"] == role:
            found[-1]["content"] += "\n\n" + message["content"]
        else:
            found.append({"role": role, "content": message["content"]})
    return found
