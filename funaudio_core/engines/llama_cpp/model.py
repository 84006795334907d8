"""Chat model in llama.cpp."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from funaudio_core.engines.llama_cpp.process import LlamaProcess
from funaudio_core.engines.llm.chat_model import ASSISTANT, ChatMessage, Constraint
from funaudio_core.errors import BadInput, FunAudioError
from funaudio_core.runtime import cancellation

SLOTS = 2  # requests that run at a time
CONTEXT_TOKENS = 4608  # of one request
# As Qwen2.5's small Instruct models are published with; the file has no sampling.
SAMPLING = {"temperature": 0.7, "top_p": 0.8, "top_k": 20, "repeat_penalty": 1.1}
GREEDY = {"temperature": 0.0}
MAX_REASON_CHARACTERS = 200
POLL_SECONDS = 0.2  # between two checks for cancellation while waiting for a slot
GRAMMAR_HEADER = "%llguidance {}\n"  # tells llama.cpp the kind of grammar
_SPECIAL_TOKENS = re.compile(r"<\|\w+\|>|</?tool_call>")
_EVENT = "data: "


class LlamaModel:
    """Chat model in the ChatML format of Qwen. Thread-safe; SLOTS requests run at a time, more wait."""

    def __init__(self, path: Path, title: str, threads: int) -> None:
        """Load a GGUF file.

        Args:
            path: The file.
            title: Name of the engine in errors.
            threads: CPU threads.

        Raises:
            FunAudioError: llama.cpp can't load it.
        """
        self._title, self._slots = title, threading.BoundedSemaphore(SLOTS)
        self.process = LlamaProcess(path, title, threads=threads, slots=SLOTS, context_tokens=SLOTS * CONTEXT_TOKENS)

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        """Return the length of the messages; see ChatModel."""
        return self._count(_render(messages))

    def generate(
        self,
        messages: Sequence[ChatMessage],
        max_tokens: int,
        seed: int | None,
        constraint: Constraint | None = None,
    ) -> Iterator[str]:
        """Generate the next message; see ChatModel."""
        prompt = _render(messages)
        count = self._count(prompt)
        if count + max_tokens > CONTEXT_TOKENS:
            raise BadInput(
                "The text is too long ({tokens:,} tokens; the limit of the model is {most:,}). Shorten it.",
                tokens=count,
                most=CONTEXT_TOKENS - max_tokens,
            )
        body: dict[str, Any] = {"prompt": prompt, "n_predict": max_tokens, "stream": True, "return_progress": True}
        body |= GREEDY if seed is None else {**SAMPLING, "seed": seed}
        if constraint is not None:
            body["grammar"] = GRAMMAR_HEADER + constraint.grammar
        return self._stream(body)

    def _count(self, prompt: str) -> int:
        with self._errors():
            answer = self.process.connect().post("/tokenize", json={"content": prompt, "parse_special": True})
            return len(answer.json()["tokens"])

    def _stream(self, body: dict[str, Any]) -> Iterator[str]:
        """Yield the text of a reply; closing it stops the model within a token, or a batch of the prompt."""
        with self._slot(), self._errors(), self.process.connect().stream("POST", "/completion", json=body) as response:
            if not response.is_success:
                raise self._error(json.loads(response.read()))
            for line in response.iter_lines():  # text, or progress of the prompt
                cancellation.raise_if_cancelled()
                if not line.startswith(_EVENT):
                    continue
                event = json.loads(line.removeprefix(_EVENT))
                if "error" in event:
                    raise self._error(event)
                if event.get("content"):
                    yield event["content"]

    @contextmanager
    def _slot(self) -> Iterator[None]:
        """Hold a slot of the process, which would not notice that a waiting request is cancelled."""
        while not self._slots.acquire(timeout=POLL_SECONDS):
            cancellation.raise_if_cancelled()
        try:
            yield
        finally:
            self._slots.release()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn failures of the connection into an error for people."""
        import httpx

        try:
            yield
        except httpx.HTTPError as error:
            raise FunAudioError(
                "{engine} stopped unexpectedly. Try again; if it happens again, choose another model.",
                engine=self._title,
            ) from error

    def _error(self, answer: dict[str, Any]) -> FunAudioError:
        reason = str(answer.get("error", {}).get("message", ""))[:MAX_REASON_CHARACTERS]
        return FunAudioError(
            "{engine} failed ({reason}). Try again, or choose another model.", engine=self._title, reason=reason
        )


def _render(messages: Sequence[ChatMessage]) -> str:
    """Return messages in the ChatML format, up to the beginning of the reply.

    Special tokens in a text are replaced by spaces, so that "<|im_end|>" in a user's text ends no turn.
    """
    turns = (
        f"<|im_start|>{message.role}\n{_SPECIAL_TOKENS.sub(' ', message.text)}<|im_end|>\n" for message in messages
    )
    return "".join(turns) + f"<|im_start|>{ASSISTANT}\n"
