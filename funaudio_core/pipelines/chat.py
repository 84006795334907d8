"""One exchange of a spoken conversation: heard, answered, spoken while still being written. Knows Protocols only."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np

from funaudio_core.engines.base import Companion, EmotionReader, Recognizer
from funaudio_core.errors import BadInput, FunAudioError
from funaudio_core.languages import name
from funaudio_core.pipelines.ahead import ahead
from funaudio_core.pipelines.speak import Recorder, Take
from funaudio_core.pipelines.stages import Heard, Listening, Said, Speaker, feeling, hear, in_english
from funaudio_core.text import SentenceBuffer
from funaudio_core.types import Audio, Conversation, Prosody, Turn

ANSWERED_WITH = {  # feeling of the user -> feeling of the voice that answers; anger and fear are met calmly
    "happy": "happy",
    "surprise": "surprise",
    "sad": "sad",
    "angry": "neutral",
    "fear": "neutral",
    "disgust": "neutral",
    "neutral": "neutral",
}
_SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？", "।")
_NO_SOUND = Audio(np.zeros(1, np.float32), 16_000)  # typed words have no voice to read a feeling from


@dataclass(frozen=True, slots=True)
class Understood:
    """The user's words in the language of the conversation, where they spoke another one."""

    text: str


@dataclass(frozen=True, slots=True)
class Wrote:
    """The next bit of the reply as text."""

    delta: str


@dataclass(frozen=True, eq=False, slots=True)
class Done:
    """The end of the exchange. turns: the user's and the reply. take: the reply as one piece of sound.

    first_words, first_sound, seconds: from the beginning of the exchange.
    """

    turns: tuple[Turn, Turn]
    take: Take
    first_words: float
    first_sound: float
    seconds: float


@dataclass(frozen=True, eq=False, slots=True)
class Partner:
    """Who listens and answers. to_english: whether the recogniser has that capability."""

    recognizer: Recognizer
    reader: EmotionReader
    companion: Companion
    to_english: bool


def converse(
    clip: Audio, before: Conversation, partner: Partner, speaker: Speaker, usual: Prosody | None = None
) -> Generator[Listening | Heard | Understood | Wrote | Said | Done]:
    """Listening as it goes on, Heard, then the events of `answer`.

    before: the conversation up to now; its language is that of the reply.

    Someone who speaks another language is understood through English where the reply is in English (Understood).
    usual: the speaker's baseline. Closing the iterator stops writing and speaking. Raises BadInput for silence, or for
    a language that is not that of the conversation and can't be understood.
    """
    began = time.monotonic()
    heard = yield from hear(clip, None, partner.recognizer, partner.reader, usual)
    yield heard
    text = heard.text
    if heard.language != before.language:
        if not (partner.to_english and before.language == "en"):
            raise BadInput(
                "{heard} was heard, and this conversation is in {wanted}. "
                "Speak that language, or change the language of the reply.",
                heard=name(heard.language),
                wanted=name(before.language),
            )
        text = yield from in_english(clip, heard, partner.recognizer)
        yield Understood(text)
    now = replace(before, turns=(*before.turns, Turn("user", text, heard.emotion)))
    yield from _answered(now, partner.companion, speaker, began)


def typed(text: str, language: str, reader: EmotionReader) -> Turn:
    """A turn that was written, not spoken, with the feeling of its words."""
    return Turn("user", text, reader.read(text, language, _NO_SOUND))


def answer(conversation: Conversation, companion: Companion, speaker: Speaker) -> Generator[Wrote | Said | Done]:
    """Wrote and Said as they come, then Done. The last turn is the user's.

    The companion writes ahead in a thread of its own while its finished sentences are spoken, so the first is heard
    before the last is written. Closing the iterator stops both.
    """
    return _answered(conversation, companion, speaker, time.monotonic())


def _answered(
    conversation: Conversation, companion: Companion, speaker: Speaker, began: float
) -> Generator[Wrote | Said | Done]:
    user = conversation.turns[-1]
    mood = ANSWERED_WITH[feeling(user.emotion) if user.emotion else "neutral"]
    recorder = Recorder(speaker.seed)
    written: list[str] = []
    first_words = first_sound = 0.0
    with closing(_sentences(companion.reply(conversation), conversation.language)) as events:
        for event in events:
            if isinstance(event, Wrote):
                first_words = first_words or time.monotonic() - began
                written.append(event.delta)
                yield event
                continue
            for said in speaker.say(event, conversation.language, mood, recorder):
                first_sound = first_sound or time.monotonic() - began
                yield said
    reply = Turn("assistant", "".join(written).strip())
    if not recorder.seconds:
        raise FunAudioError(
            "The reply holds nothing that can be spoken: {reply!r}. Say it in other words.", reply=reply.text[:80]
        )
    yield Done((user, reply), recorder.take(), first_words, first_sound, time.monotonic() - began)


def _sentences(deltas: Iterator[str], language: str) -> Generator[Wrote | str]:
    """Each delta as Wrote, and each sentence as str once it is complete."""
    buffer = SentenceBuffer(language)
    with closing(ahead(deltas)) as pieces:
        for delta in pieces:
            yield Wrote(delta)
            yield from buffer.push(delta)
            if delta[-1:].isspace() and delta.rstrip().endswith(_SENTENCE_ENDS):
                yield from buffer.flush()  # nothing can be added to a sentence after its white space
    yield from buffer.flush()
