"""A chat model behind /chat/completions as a Writer. Knows neither prompts nor their answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from funaudio_core.engines.llm import ChatMessage
from funaudio_core.engines.remote.discovery import Server
from funaudio_core.engines.remote.http_client import content_type
from funaudio_core.message import Message
from funaudio_core.runtime import cancellation

if TYPE_CHECKING:
    import httpx

# Tokens of a text by its UTF-8 bytes, since only the server has the tokenizer: at most what Qwen3's makes of English
# (a token each 4 to 5 bytes) and of Chinese (each 4 to 5 bytes too); others come nearer to one each 3.
BYTES_PER_TOKEN = 3
MESSAGE_TOKENS = 5  # around a message: marks, role, line breaks
MAX_CHARACTERS_PER_TOKEN = 64  # at most, on average: far more than words have, for servers that count no tokens
TEMPERATURE, TOP_P = 0.7, 0.8  # as the model card of Qwen3-4B-Instruct-2507 advises
END_OF_STREAM = "[DONE]"


class RemoteChatModel:
    """Writer. Thread-safe: nothing of a call outlives it."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        """See Writer; an estimate that is rather too high."""
        return sum(len(message.text.encode()) // BYTES_PER_TOKEN + MESSAGE_TOKENS for message in messages)

    def generate(self, messages: Sequence[ChatMessage], most: int, seed: int | None) -> Iterator[str]:
        """See Writer. Closing the iterator closes the connection. Raises FunAudioError for all that goes wrong on the
        way or there, messages that are too long for the model among it, stopping.Stopped where nobody waits any more.
        """
        kind = self._server.fetch_info().profile
        body: dict[str, Any] = {
            "model": self._server.endpoint.model,
            "messages": [{"role": message.role, "content": message.text} for message in messages],
            "max_tokens": most,
            "stream": True,
        }
        body |= {"temperature": 0.0} if seed is None else {"temperature": TEMPERATURE, "top_p": TOP_P, "seed": seed}
        if not kind.strict:  # a model is not to think aloud first; templates of those that can't don't read this
            body["chat_template_kwargs"] = {"enable_thinking": False}
        return self._written(body, most * MAX_CHARACTERS_PER_TOKEN)

    def _written(self, body: dict[str, Any], left: int) -> Iterator[str]:
        """left: characters at most."""
        with self._server.client.open("POST", "/chat/completions", json=body) as response:
            for event in self._events(response):
                cancellation.raise_if_cancelled()
                self._server.client.raise_for_error(event)
                piece = _text(event)[:left]
                left -= len(piece)
                if piece:
                    yield piece
                if not left:
                    return

    def _events(self, response: httpx.Response) -> Iterator[object]:
        """Server-sent events; the one whole answer of a server that does not stream."""
        kind = content_type(response)
        if kind == "application/json":
            yield self._server.client.read_body(response)
            return
        if kind != "text/event-stream":
            raise self._server.client.unexpected_response(kind, "text/event-stream")
        for line in response.iter_lines():
            name, _, value = line.partition(":")
            if name != "data" or not value.strip():
                continue
            if value.strip() == END_OF_STREAM:
                return
            try:
                yield json.loads(value)
            except (ValueError, RecursionError):
                raise self._server.client.unexpected_response(Message("invalid JSON"), "JSON") from None


def _text(event: object) -> str:
    """What an event adds to the text. What a model thinks is told apart by its server, and left out."""
    choices = event.get("choices") if isinstance(event, dict) else None
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        return ""
    part = choices[0].get("delta") or choices[0].get("message")
    content = part.get("content") if isinstance(part, dict) else None
    return content if isinstance(content, str) else ""
