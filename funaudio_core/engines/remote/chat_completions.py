"""Chat model behind /chat/completions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from funaudio_core.engines.llm import ChatMessage, Constraint
from funaudio_core.engines.remote.discovery import Server
from funaudio_core.engines.remote.http_client import content_type
from funaudio_core.errors import Unsupported
from funaudio_core.message import Message
from funaudio_core.runtime import cancellation

if TYPE_CHECKING:
    import httpx

# Only the server has the tokenizer, so tokens are estimated from UTF-8 bytes. Qwen3 has 4 to 5 bytes per token in
# English and Chinese, and about 3 in other languages.
BYTES_PER_TOKEN = 3
MESSAGE_TOKENS = 5  # chat template of one message
MAX_CHARACTERS_PER_TOKEN = 64  # limits the reply of servers that ignore max_tokens; far above any real average
TEMPERATURE, TOP_P = 0.7, 0.8  # as the model card of Qwen3-4B-Instruct-2507 advises
END_OF_STREAM = "[DONE]"


class RemoteChatModel:
    """Chat model on a server. Thread-safe: it keeps no state between calls."""

    def __init__(self, server: Server) -> None:
        """Set the server."""
        self._server = server

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        """Estimate the length of the messages, rather too high; see ChatModel."""
        return sum(len(message.text.encode()) // BYTES_PER_TOKEN + MESSAGE_TOKENS for message in messages)

    def generate(
        self,
        messages: Sequence[ChatMessage],
        max_tokens: int,
        seed: int | None,
        constraint: Constraint | None = None,
    ) -> Iterator[str]:
        """Generate the next message; see ChatModel. Closing the iterator closes the connection.

        Args:
            messages: The chat so far.
            max_tokens: Limit of the reply.
            seed: Of the sampling; None for temperature 0.
            constraint: Form of the reply, with a JSON schema; None for any text.

        Returns:
            Pieces of the reply.

        Raises:
            FunAudioError: The request fails, for example because the messages are too long.
            Unsupported: The constraint has no JSON schema.
            Cancelled: The request was cancelled.
        """
        written = [{"role": message.role, "content": message.text} for message in messages]
        return self.complete(written, max_tokens, seed, constraint)

    def complete(
        self,
        messages: Sequence[Mapping[str, Any]],
        max_tokens: int,
        seed: int | None,
        constraint: Constraint | None = None,
    ) -> Iterator[str]:
        """Generate the next message; see generate(). messages: In OpenAI's form, so that they may contain clips."""
        profile = self._server.fetch_info().profile
        body: dict[str, Any] = {
            "model": self._server.endpoint.model,
            "messages": list(messages),
            "max_tokens": max_tokens,
            "stream": True,
        }
        body |= {"temperature": 0.0} if seed is None else {"temperature": TEMPERATURE, "top_p": TOP_P, "seed": seed}
        if constraint is not None:
            if constraint.schema is None:
                raise Unsupported(
                    "{engine} takes no grammar. Choose another chat model.", engine=self._server.client.title
                )
            schema = {"name": "reply", "schema": dict(constraint.schema), "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        if not profile.strict:  # turns thinking off; chat templates without that option ignore it
            body["chat_template_kwargs"] = {"enable_thinking": False}
        return self._stream(body, max_tokens * MAX_CHARACTERS_PER_TOKEN)

    def _stream(self, body: dict[str, Any], characters_left: int) -> Iterator[str]:
        """Yield the text of a reply, at most `characters_left` characters."""
        with self._server.client.stream("POST", "/chat/completions", json=body) as response:
            for event in self._events(response):
                cancellation.raise_if_cancelled()
                self._server.client.raise_for_error(event)
                piece = _text(event)[:characters_left]
                characters_left -= len(piece)
                if piece:
                    yield piece
                if not characters_left:
                    return

    def _events(self, response: httpx.Response) -> Iterator[object]:
        """Yield the server-sent events, or the single JSON answer of a server that does not stream."""
        media_type = content_type(response)
        if media_type == "application/json":
            yield self._server.client.read_body(response)
            return
        if media_type != "text/event-stream":
            raise self._server.client.unexpected_response(media_type, "text/event-stream")
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
    """Return the text of an event; reasoning that the server reports separately is dropped."""
    choices = event.get("choices") if isinstance(event, dict) else None
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        return ""
    message = choices[0].get("delta") or choices[0].get("message")
    content = message.get("content") if isinstance(message, dict) else None
    return content if isinstance(content, str) else ""
