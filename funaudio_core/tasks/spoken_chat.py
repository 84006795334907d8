"""Spoken conversation tasks for the pages and the API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from funaudio_core.engines import loader, registry, selection
from funaudio_core.engines.spoken_chat import ReplyPiece, SpokenConversation
from funaudio_core.gpu.scheduler import GpuCost, gpu_task
from funaudio_core.pipelines import spoken_chat
from funaudio_core.tasks.cost import SPOKEN_CHAT_COST, gpu_cost


def _cost(arguments: Mapping[str, Any]) -> GpuCost:
    """Return the cost of a reply: it grows with the clips and the longest reply allowed."""
    conversation: SpokenConversation = arguments["conversation"]
    base, per_second, per_token = SPOKEN_CHAT_COST
    heard = sum(clip.duration for turn in conversation.turns for clip in turn.clips)
    seconds = base + per_second * heard + per_token * conversation.max_tokens
    return gpu_cost([selection.resolve(registry.SPOKEN_CHATBOTS, arguments["engine"])], seconds)


@gpu_task(_cost)
def converse(conversation: SpokenConversation, engine: str = "") -> Iterator[ReplyPiece]:
    """Reply to the last turn of a spoken conversation; see SpokenChatbot.

    Args:
        conversation: The conversation so far.
        engine: Name of the engine; "" for the default.

    Yields:
        Pieces of the reply, their speech watermarked.
    """
    chatbot = loader.load(selection.resolve(registry.SPOKEN_CHATBOTS, engine))
    return spoken_chat.converse(conversation, chatbot, selection.load_default(registry.WATERMARKERS))
