"""Spoken conversation with a model that hears and speaks, or with a chat model and a synthesizer."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import chain

from funaudio_core.engines.protocols import Watermarker
from funaudio_core.engines.spoken_chat import ReplyPiece, SpokenChatbot, SpokenConversation
from funaudio_core.pipelines.chat import REPLY_EMOTIONS
from funaudio_core.pipelines.stages import Speaker, style_for_emotion
from funaudio_core.pipelines.streaming_reply import speak_while_writing
from funaudio_core.pipelines.synthesize import Recorder
from funaudio_core.text import language_id
from funaudio_core.types import ReplyStyle

LANGUAGE_CHARACTERS = (12, 80)  # of a reply, at least and at most, by which its language is told


def converse(
    conversation: SpokenConversation, chatbot: SpokenChatbot, watermarker: Watermarker
) -> Iterator[ReplyPiece]:
    """Yield the pieces of a reply, their speech watermarked; see SpokenChatbot."""
    for piece in chatbot.converse(conversation):
        yield piece if piece.audio is None else replace(piece, audio=watermarker.mark(piece.audio))


def converse_with_speaker(
    conversation: SpokenConversation, chatbot: SpokenChatbot, speaker: Speaker
) -> Generator[ReplyPiece]:
    """Yield the pieces of a reply that a synthesizer speaks while it is written.

    Without a style of the speaker or the chatbot, the reply is spoken in the mood that suits the user's emotion.

    Args:
        conversation: The conversation; its language is that of the reply.
        chatbot: Writes the reply.
        speaker: Speaks it.
    """
    yield from _speak(chatbot.converse(conversation), conversation, speaker)


def converse_in_own_language(
    conversation: SpokenConversation, chatbot: SpokenChatbot, find_speaker: Callable[[str], tuple[str, Speaker]]
) -> Generator[ReplyPiece]:
    """Yield the pieces of a reply as converse_with_speaker() does, of a chatbot that chooses the language itself.

    Args:
        conversation: The conversation.
        chatbot: Writes the reply.
        find_speaker: Returns the language in which to speak a text of a language ("" if unknown), and who speaks it.
    """
    pieces = chatbot.converse(conversation)
    taken, text, language = list[ReplyPiece](), "", None
    for piece in pieces:
        taken.append(piece)
        text += piece.text
        if len(text) >= LANGUAGE_CHARACTERS[0]:
            language = language_id.detect_language(text)
        if language or len(text) >= LANGUAGE_CHARACTERS[1]:
            break
    code, speaker = find_speaker(language or language_id.detect_language(text) or "")
    yield from _speak(chain(taken, pieces), replace(conversation, language=code), speaker)


def _speak(reply: Iterator[ReplyPiece], conversation: SpokenConversation, speaker: Speaker) -> Generator[ReplyPiece]:
    """Yield the pieces of a reply that has no speech, and its speech."""
    heard = conversation.turns[-1].heard
    emotion = style_for_emotion(heard.emotion) if heard is not None and heard.emotion is not None else "neutral"
    pieces = speak_while_writing(
        _to_text(reply),
        conversation.language,
        ReplyStyle(REPLY_EMOTIONS[emotion]),
        speaker,
        Recorder(conversation.seed),
    )
    with closing(pieces):
        for piece in pieces:
            if isinstance(piece, str):
                yield ReplyPiece(piece)
            elif isinstance(piece, ReplyStyle):
                yield ReplyPiece(style=piece)
            else:
                yield ReplyPiece(audio=piece.chunk.audio, said=piece.chunk.text)


def _to_text(pieces: Iterator[ReplyPiece]) -> Iterator[ReplyStyle | str]:
    """Yield style and text of pieces, as speak_while_writing() takes them."""
    for piece in pieces:
        if piece.style is not None:
            yield piece.style
        if piece.text:
            yield piece.text
