"""Spoken conversation tasks for the pages and the API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from funaudio_core.engines import loader, registry, selection, voice_catalog
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.engines.selection import EngineChoice
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.engines.spoken_chat import (
    HEARS,
    SPEAKS,
    TOOLS,
    ReplyPiece,
    SpokenChatbot,
    SpokenConversation,
)
from funaudio_core.gpu.scheduler import GpuCost, gpu_task
from funaudio_core.pipelines import spoken_chat
from funaudio_core.pipelines.speakers import diarize
from funaudio_core.pipelines.stages import Speaker
from funaudio_core.tasks import recognition
from funaudio_core.tasks.cost import CHAT_COST, SPOKEN_CHAT_COST, gpu_cost
from funaudio_core.tasks.synthesis import speaker_for
from funaudio_core.types import Audio, Style, Transcript, Voice


@dataclass(frozen=True, eq=False, slots=True)
class Speech:
    """Synthesizer of the replies of a spoken chatbot that does not speak itself.

    Attributes:
        synthesizer: Name of the engine; "" for the default.
        voice: Id of a voice, "" for the first that speaks the language of the reply.
        style: Style of the speech; None to let the chatbot or the user's emotion decide.
    """

    synthesizer: str = ""
    voice: str = ""
    style: Style | None = None


DEFAULT_SPEECH = Speech()


def default_chatbot() -> EngineSpec[SpokenChatbot]:
    """Return the first spoken chatbot, or the first that calls tools if that needs no download and the other can't."""
    first = selection.default(registry.SPOKEN_CHATBOTS)
    if TOOLS in first.capabilities:
        return first
    offered = registry.available(registry.SPOKEN_CHATBOTS).values()
    return next(
        (
            spec
            for spec in offered
            if TOOLS in spec.capabilities and spec.tier == first.tier and not loader.download_size(spec)
        ),
        first,
    )


def resolve(engine: str) -> EngineSpec[SpokenChatbot]:
    """Return the spoken chatbot of that name; "" selects default_chatbot(). Raises BadInput for an unknown name."""
    return selection.resolve(registry.SPOKEN_CHATBOTS, engine) if engine else default_chatbot()


def engines_of(engine: str, speech: Speech = DEFAULT_SPEECH) -> list[EngineSpec[Any]]:
    """Return the engines of a reply: the chatbot and, if it does not speak itself, the synthesizer."""
    spec = resolve(engine)
    return (
        [spec] if SPEAKS in spec.capabilities else [spec, selection.resolve(registry.SYNTHESIZERS, speech.synthesizer)]
    )


def hear(
    clip: Audio,
    *,
    speakers: bool = False,
    recognizer: str = "",
    languages: frozenset[str] = frozenset(),
    hotwords: tuple[str, ...] = (),
) -> Iterator[Transcript]:
    """Yield growing transcripts of a clip with events and emotions, and at the end one with the speakers.

    Args:
        clip: The clip.
        speakers: Tell the speakers apart.
        recognizer: Name of the engine; "" for the default.
        languages: Codes of the languages that make sense; empty for all.
        hotwords: Words that are likely to occur, for an engine that can use them.
    """
    spec = selection.recognizer_for_dialogue(EngineChoice(recognizer=recognizer))
    options = RecognitionOptions(
        words=speakers,
        candidate_languages=languages & spec.languages,
        hotwords=hotwords if "hotwords" in spec.capabilities else (),
    )
    return recognition.transcribe_conversation((clip,), options, spec.name, diarize.AUTO if speakers else None)


def reply_language(engine: str, heard: str, default: str, speech: Speech = DEFAULT_SPEECH) -> str:
    """Return the language of a reply: that of the question if it can be written and spoken, else the default."""
    can_speak = frozenset.intersection(*(spec.languages for spec in engines_of(engine, speech)))
    return heard if heard in can_speak else default if default in can_speak else next(iter(sorted(can_speak)), "en")


def _cost(arguments: Mapping[str, Any]) -> GpuCost:
    """Return the cost of a reply: it grows with the clips and the longest reply allowed."""
    conversation: SpokenConversation = arguments["conversation"]
    specs = engines_of(arguments["engine"], arguments.get("speech", DEFAULT_SPEECH))
    if HEARS not in specs[0].capabilities:
        return gpu_cost(specs, CHAT_COST)
    base, per_second, per_token = SPOKEN_CHAT_COST
    heard = sum(clip.duration for turn in conversation.turns for clip in turn.clips)
    return gpu_cost(specs, base + per_second * heard + per_token * conversation.max_tokens)


@gpu_task(_cost)
def converse(
    conversation: SpokenConversation, engine: str = "", speech: Speech = DEFAULT_SPEECH
) -> Iterator[ReplyPiece]:
    """Reply to the last turn of a spoken conversation; see SpokenChatbot.

    Args:
        conversation: The conversation so far. For a chatbot without HEARS, its turns carry transcripts; see hear().
        engine: Name of the engine; "" for the default.
        speech: Synthesizer for a chatbot that does not speak itself.

    Yields:
        Pieces of the reply, their speech watermarked.
    """
    spec = resolve(engine)
    chatbot = loader.load(spec)
    if SPEAKS in spec.capabilities or not conversation.speak:
        return spoken_chat.converse(conversation, chatbot, selection.load_default(registry.WATERMARKERS))
    if HEARS not in spec.capabilities:
        return spoken_chat.converse_with_speaker(conversation, chatbot, _speaker(conversation, speech))

    def find_speaker(code: str) -> tuple[str, Speaker]:
        spoken = reply_language(spec.name, code, conversation.language, speech)
        return spoken, _speaker(replace(conversation, language=spoken), speech)

    return spoken_chat.converse_in_own_language(conversation, chatbot, find_speaker)


def _speaker(conversation: SpokenConversation, speech: Speech) -> Speaker:
    """Return what speaks a reply."""
    voice = conversation.voice or resolve_voice(speech, conversation.language)
    speaker = speaker_for(voice, EngineChoice(synthesizer=speech.synthesizer))
    return replace(speaker, style=speech.style, seed=conversation.seed)


def resolve_voice(speech: Speech, language: str) -> Voice:
    """Return the chosen voice if it speaks the language, else the first that does. Raise BadInput if it is unknown."""
    voice = voice_catalog.get_voice(speech.voice, speech.synthesizer, language)
    return voice_catalog.voice_for_language(language, voice, EngineChoice(synthesizer=speech.synthesizer))
