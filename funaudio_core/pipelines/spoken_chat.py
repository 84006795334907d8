"""Spoken conversation with a model that hears and speaks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from funaudio_core.engines.protocols import Watermarker
from funaudio_core.engines.spoken_chat import ReplyPiece, SpokenChatbot, SpokenConversation


def converse(
    conversation: SpokenConversation, chatbot: SpokenChatbot, watermarker: Watermarker
) -> Iterator[ReplyPiece]:
    """Yield the pieces of a reply, their speech watermarked; see SpokenChatbot."""
    for piece in chatbot.converse(conversation):
        yield piece if piece.audio is None else replace(piece, audio=watermarker.mark(piece.audio))
