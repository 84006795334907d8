"""Chat tasks for the pages and the API."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from funaudio_core.audio.prosody import NO_BASELINE, Baseline
from funaudio_core.engines import loader, registry, selection, voice_catalog
from funaudio_core.engines.selection import DEFAULT_CHOICE, EngineChoice
from funaudio_core.gpu.scheduler import gpu_task
from funaudio_core.pipelines import chat as chatting
from funaudio_core.pipelines.chat import ChatSetup
from funaudio_core.pipelines.stages import Progress, Recognized, SpeechPiece
from funaudio_core.pipelines.translation_routes import TO_ENGLISH
from funaudio_core.pipelines.utterances import UtteranceDetector
from funaudio_core.tasks.cost import CHAT_COST, RECOGNITION_COST, gpu_cost
from funaudio_core.tasks.synthesis import speaker_for, validate_text
from funaudio_core.text import language_id
from funaudio_core.text.pronunciations import Pronunciation
from funaudio_core.types import Audio, Conversation, Emotion, Turn, Voice

log = logging.getLogger(__name__)
ChatEvent = Progress | Recognized | chatting.TranslatedInput | chatting.ReplyDelta | SpeechPiece | chatting.Done


def classify_emotion(text: str, language: str, clip: Audio) -> Emotion:
    """Return the emotion of a spoken sentence."""
    return selection.load_default(registry.EMOTION_CLASSIFIERS).classify(text, language, clip)


@gpu_task(
    lambda of: gpu_cost(
        [selection.recognizer_for_dialogue(of["engines"]), *selection.chat_engines(of["engines"])],
        CHAT_COST + RECOGNITION_COST[1] * of["clip"].duration,
    )
)
def reply_to_audio(
    clip: Audio,
    conversation: Conversation,
    voice: Voice,
    baseline: Baseline = NO_BASELINE,
    engines: EngineChoice = DEFAULT_CHOICE,
    pronunciations: tuple[Pronunciation, ...] = (),
) -> Iterator[ChatEvent]:
    """Reply to a clip.

    Args:
        clip: Clip of the user.
        conversation: Conversation so far; the reply is in its language if the spoken one is not supported.
        voice: Voice of the reply; another voice is used for a language that it does not speak.
        baseline: The speaker's baseline, to estimate arousal.
        engines: Engines to use.
        pronunciations: Words and how they are said in the reply.

    Yields:
        Progress, Recognized, TranslatedInput if the text was translated, ReplyDelta and SpeechPiece, then Done.
    """
    ear, spec = selection.recognizer_for_dialogue(engines), selection.resolve(registry.CHATBOTS, engines.chatbot)
    partner = ChatSetup(
        loader.load(ear),
        selection.emotion_classifier_for(ear),
        loader.load(spec),
        TO_ENGLISH in ear.capabilities,
        spec.languages,
        {
            code: voice_catalog.voice_for_language(code, voice, engines)
            for code in voice_catalog.reply_languages(engines)
        },
        selection.load_default(registry.DETECTORS),
    )
    speaker = speaker_for(voice, engines, pronunciations)
    return chatting.reply_to_audio(clip, conversation, partner, speaker, baseline.median())


def text_turn(text: str | None, language: str) -> Turn:
    """Return a typed turn with the emotion of its text. Raises BadInput for an empty text."""
    return chatting.text_turn(validate_text(text), language, selection.load_default(registry.EMOTION_CLASSIFIERS))


@gpu_task(lambda of: gpu_cost(selection.chat_engines(of["engines"]), CHAT_COST))
def reply(
    conversation: Conversation,
    voice: Voice,
    engines: EngineChoice = DEFAULT_CHOICE,
    pronunciations: tuple[Pronunciation, ...] = (),
) -> Iterator[ChatEvent]:
    """Reply to the last turn in the language of the conversation. Yields ReplyDelta and SpeechPiece, then Done."""
    companion = loader.load(selection.resolve(registry.CHATBOTS, engines.chatbot))
    speaker_voice = voice_catalog.voice_for_language(conversation.language, voice, engines)
    speaker = speaker_for(speaker_voice, engines, pronunciations)
    return chatting.reply(conversation, companion, speaker)


def reply_language(text: str | None, default: str, engines: EngineChoice = DEFAULT_CHOICE) -> str:
    """Return the language of a typed text if it is clear and replies can be in it, else the default."""
    found = language_id.detect_language(text or "")
    return found if found in voice_catalog.reply_languages(engines) else default


def utterance_detector() -> UtteranceDetector:
    """Return an utterance detector for one microphone stream in hands-free mode."""
    return UtteranceDetector(selection.load_default(registry.DETECTORS).endpointer())
