"""One exchange of a spoken conversation: recognition of the user, and a reply that is spoken while it is written.

The style of the reply is chosen by the chatbot, or else follows from the user's emotion.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace

import numpy as np

from funaudio_core.engines.protocols import AudioEventDetector, Chatbot, EmotionClassifier, Recognizer
from funaudio_core.errors import BadInput, FunAudioError
from funaudio_core.languages import display_name
from funaudio_core.pipelines.stages import (
    STANDALONE_TAGS,
    Progress,
    Recognized,
    Speaker,
    SpeechPiece,
    style_for_emotion,
    transcribe,
    translate_to_english,
)
from funaudio_core.pipelines.streaming_reply import speak_while_writing
from funaudio_core.pipelines.synthesize import Recorder, Take
from funaudio_core.types import Audio, Conversation, Prosody, ReplyStyle, Turn, Voice

REPLY_EMOTIONS = {  # emotion of the user -> emotion of the reply; anger and fear are answered calmly
    "happy": "happy",
    "surprise": "surprise",
    "sad": "sad",
    "angry": "neutral",
    "fear": "neutral",
    "disgust": "neutral",
    "neutral": "neutral",
}
MAX_QUOTED_CHARACTERS = 80  # of a reply in an error
_NO_SOUND = Audio(np.zeros(1, np.float32), 16_000)  # of typed text, whose emotion is estimated from the words alone


@dataclass(frozen=True, slots=True)
class TranslatedInput:
    """User's text translated into the language of the conversation."""

    text: str


@dataclass(frozen=True, slots=True)
class ReplyDelta:
    """Next piece of the reply's text.

    Attributes:
        delta: Text, which may contain event tags such as [laughter].
        style: Style of the reply, if the chatbot chose one.
    """

    delta: str
    style: ReplyStyle | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Done:
    """End of the exchange.

    Attributes:
        turns: The user's turn and the reply.
        take: Speech of the reply.
        first_text_seconds: From the start of the exchange to the first text.
        first_audio_seconds: From the start of the exchange to the first speech.
        seconds: Of the whole exchange.
        language: Code of the reply's language.
    """

    turns: tuple[Turn, Turn]
    take: Take
    first_text_seconds: float
    first_audio_seconds: float
    seconds: float
    language: str


@dataclass(frozen=True, eq=False, slots=True)
class ChatSetup:
    """Engines and languages of a conversation.

    Attributes:
        recognizer: Recognizes the user.
        emotion_classifier: Estimates the user's emotion; None if the recognizer does.
        chatbot: Writes the reply.
        translates_to_english: The recognizer has the capability "to-english".
        languages: Codes of the chatbot's languages.
        voices: Voice of a reply by its language, for languages that the chatbot supports.
        detector: Finds speech that the recognizer left out.
    """

    recognizer: Recognizer
    emotion_classifier: EmotionClassifier | None
    chatbot: Chatbot
    translates_to_english: bool
    languages: frozenset[str] = frozenset()
    voices: Mapping[str, Voice] = field(default_factory=dict)
    detector: AudioEventDetector | None = None


def reply_to_audio(
    clip: Audio, conversation: Conversation, setup: ChatSetup, speaker: Speaker, baseline: Prosody | None = None
) -> Generator[Progress | Recognized | TranslatedInput | ReplyDelta | SpeechPiece | Done]:
    """Reply to a clip. Closing the generator stops writing and speaking.

    The reply is in the spoken language if the chatbot and a voice support it, else in that of the conversation. A
    language that the chatbot doesn't support is translated if the conversation is in English.

    Args:
        clip: Clip of the user.
        conversation: Conversation so far.
        setup: Engines and languages.
        speaker: Speaks the reply.
        baseline: Of the user, for the emotion.

    Yields:
        Progress, Recognized, TranslatedInput if the text was translated, then as reply().

    Raises:
        BadInput: There is no speech in the clip, or its language is not supported.
    """
    started_at = time.monotonic()
    recognized = yield from transcribe(clip, None, setup.recognizer, setup.emotion_classifier, baseline, setup.detector)
    yield recognized
    text = recognized.text
    if recognized.language != conversation.language:
        if recognized.language in setup.languages:
            if recognized.language in setup.voices:
                conversation = replace(conversation, language=recognized.language)
                speaker = replace(speaker, voice=setup.voices[recognized.language])
        elif setup.translates_to_english and conversation.language == "en":
            text = yield from translate_to_english(clip, recognized, setup.recognizer)
            yield TranslatedInput(text)
        else:
            raise BadInput(
                "You spoke {heard}, but this conversation is in {wanted}. "
                "Speak that language, or choose a chat model that supports yours.",
                heard=display_name(recognized.language),
                wanted=display_name(conversation.language),
            )
    turn = Turn("user", text, recognized.emotion, recognized.events)
    conversation = replace(conversation, turns=(*conversation.turns, turn))
    yield from _reply(conversation, setup.chatbot, speaker, started_at)


def text_turn(text: str, language: str, emotion_classifier: EmotionClassifier) -> Turn:
    """Return a typed turn with the emotion of its words."""
    return Turn("user", text, emotion_classifier.classify(text, language, _NO_SOUND))


def reply(conversation: Conversation, chatbot: Chatbot, speaker: Speaker) -> Generator[ReplyDelta | SpeechPiece | Done]:
    """Reply to the last turn of a conversation. Closing the generator stops writing and speaking.

    The chatbot writes in a thread of its own while finished sentences are spoken. With a streaming synthesizer the
    first sentence is spoken while it is written.

    Yields:
        ReplyDelta and SpeechPiece as they come, then Done.

    Raises:
        FunAudioError: The reply has no words.
    """
    return _reply(conversation, chatbot, speaker, time.monotonic())


def _reply(
    conversation: Conversation, chatbot: Chatbot, speaker: Speaker, started_at: float
) -> Generator[ReplyDelta | SpeechPiece | Done]:
    user_turn = conversation.turns[-1]
    style = None
    emotion = style_for_emotion(user_turn.emotion) if user_turn.emotion else "neutral"
    default_style = ReplyStyle(REPLY_EMOTIONS[emotion])
    conversation = replace(conversation, tags=tuple(tag for tag in STANDALONE_TAGS if tag in speaker.tags))
    recorder = Recorder(speaker.seed)
    deltas: list[str] = []
    first_text_seconds = first_audio_seconds = 0.0
    with closing(
        speak_while_writing(chatbot.reply(conversation), conversation.language, default_style, speaker, recorder)
    ) as events:
        for event in events:
            if isinstance(event, ReplyStyle):
                style = event
            elif isinstance(event, str):
                first_text_seconds = first_text_seconds or time.monotonic() - started_at
                deltas.append(event)
                yield ReplyDelta(event, style)
            else:
                first_audio_seconds = first_audio_seconds or time.monotonic() - started_at
                yield event
    reply_turn = Turn("assistant", "".join(deltas).strip(), style=style)
    if not recorder.seconds:
        raise FunAudioError(
            "The reply contains nothing that can be spoken: {reply!r}. Rephrase your message.",
            reply=reply_turn.text[:MAX_QUOTED_CHARACTERS],
        )
    seconds = time.monotonic() - started_at
    yield Done(
        turns=(user_turn, reply_turn),
        take=recorder.take(),
        first_text_seconds=first_text_seconds,
        first_audio_seconds=first_audio_seconds,
        seconds=seconds,
        language=conversation.language,
    )
