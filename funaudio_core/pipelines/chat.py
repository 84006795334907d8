"""One exchange of a spoken conversation: heard, answered, spoken while still being written. Knows Protocols only.

A companion may say first how its reply is to be spoken; for one that doesn't, the user's feeling decides it.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace

import numpy as np

from funaudio_core.engines.protocols import Chatbot, EmotionClassifier, Recognizer
from funaudio_core.errors import BadInput, FunAudioError
from funaudio_core.languages import display_name
from funaudio_core.pipelines.stages import (
    TAGS,
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

REPLY_EMOTIONS = {  # feeling of the user -> feeling of the voice that answers; anger and fear are met calmly
    "happy": "happy",
    "surprise": "surprise",
    "sad": "sad",
    "angry": "neutral",
    "fear": "neutral",
    "disgust": "neutral",
    "neutral": "neutral",
}
_NO_SOUND = Audio(np.zeros(1, np.float32), 16_000)  # typed words have no voice to read a feeling from


@dataclass(frozen=True, slots=True)
class TranslatedInput:
    """The user's words in the language of the conversation, where they spoke another one."""

    text: str


@dataclass(frozen=True, slots=True)
class ReplyDelta:
    """The next bit of the reply as text; it may hold event tags such as [laughter].

    delivery: how the reply is spoken, where the companion chose that.
    """

    delta: str
    style: ReplyStyle | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Done:
    """The end of the exchange. turns: the user's and the reply. take: the reply as one piece of sound.

    first_words, first_sound, seconds: from the beginning of the exchange. language: of the reply.
    """

    turns: tuple[Turn, Turn]
    take: Take
    first_text_seconds: float
    first_audio_seconds: float
    seconds: float
    language: str


@dataclass(frozen=True, eq=False, slots=True)
class ChatSetup:
    """Who listens and answers. reader: of stages.hear. to_english: whether the recogniser has that capability.

    understands: codes of the languages that the companion knows. voices: by language, who speaks a reply in it; the
    companion answers in those that it knows.
    """

    recognizer: Recognizer
    emotion_classifier: EmotionClassifier | None
    chatbot: Chatbot
    translates_to_english: bool
    languages: frozenset[str] = frozenset()
    voices: Mapping[str, Voice] = field(default_factory=dict)


def reply_to_audio(
    clip: Audio, conversation: Conversation, setup: ChatSetup, speaker: Speaker, usual: Prosody | None = None
) -> Generator[Progress | Recognized | TranslatedInput | ReplyDelta | SpeechPiece | Done]:
    """Listening as it goes on, Heard, then the events of `answer`.

    before: the conversation up to now, with the language that it is in. The reply is in the language that was heard
    where the companion knows it and there is a voice for it, else in that of the conversation: to words that the
    companion understands as they are, or, where the conversation is in English, through English (Understood).

    usual: the speaker's baseline. Closing the iterator stops writing and speaking. Raises BadInput for silence, or for
    a language that can't be understood.
    """
    began = time.monotonic()
    heard = yield from transcribe(clip, None, setup.recognizer, setup.emotion_classifier, usual)
    yield heard
    now, text = conversation, heard.text
    if heard.language != conversation.language:
        if heard.language in setup.languages:
            if heard.language in setup.voices:
                now = replace(now, language=heard.language)
                speaker = replace(speaker, voice=setup.voices[heard.language])
        elif setup.translates_to_english and conversation.language == "en":
            text = yield from translate_to_english(clip, heard, setup.recognizer)
            yield TranslatedInput(text)
        else:
            raise BadInput(
                "You spoke {heard}, but this conversation is in {wanted}. "
                "Speak that language, or choose a chat model that supports yours.",
                heard=display_name(heard.language),
                wanted=display_name(conversation.language),
            )
    now = replace(now, turns=(*now.turns, Turn("user", text, heard.emotion, heard.events)))
    yield from _answered(now, setup.chatbot, speaker, began)


def text_turn(text: str, language: str, emotion_classifier: EmotionClassifier) -> Turn:
    """A turn that was written, not spoken, with the feeling of its words."""
    return Turn("user", text, emotion_classifier.classify(text, language, _NO_SOUND))


def reply(conversation: Conversation, chatbot: Chatbot, speaker: Speaker) -> Generator[ReplyDelta | SpeechPiece | Done]:
    """Wrote and Said as they come, then Done. The last turn is the user's.

    The companion writes ahead in a thread of its own while its finished sentences are spoken, so the first is heard
    before the last is written; where the speaker has a follower, before the first itself is. Closing the iterator
    stops both.
    """
    return _answered(conversation, chatbot, speaker, time.monotonic())


def _answered(
    conversation: Conversation, companion: Chatbot, speaker: Speaker, began: float
) -> Generator[ReplyDelta | SpeechPiece | Done]:
    user = conversation.turns[-1]
    delivery = None
    plain = ReplyStyle(REPLY_EMOTIONS[style_for_emotion(user.emotion) if user.emotion else "neutral"])
    conversation = replace(conversation, tags=tuple(tag for tag in TAGS if tag in speaker.tags))
    recorder = Recorder(speaker.seed)
    written: list[str] = []
    first_words = first_sound = 0.0
    with closing(
        speak_while_writing(companion.reply(conversation), conversation.language, plain, speaker, recorder)
    ) as events:
        for event in events:
            if isinstance(event, ReplyStyle):
                delivery = event
            elif isinstance(event, str):
                first_words = first_words or time.monotonic() - began
                written.append(event)
                yield ReplyDelta(event, delivery)
            else:
                first_sound = first_sound or time.monotonic() - began
                yield event
    reply = Turn("assistant", "".join(written).strip(), style=delivery)
    if not recorder.seconds:
        raise FunAudioError(
            "The reply contains nothing that can be spoken: {reply!r}. Rephrase your message.", reply=reply.text[:80]
        )
    seconds = time.monotonic() - began
    yield Done((user, reply), recorder.take(), first_words, first_sound, seconds, conversation.language)
