"""Spoken conversation: watermarked speech and the estimate of its GPU time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from funaudio_core.engines import registry
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.engines.spoken_chat import (
    HEARS,
    SPEAKS,
    TOOLS,
    UNDERSTANDS,
    USER,
    ReplyPiece,
    SpokenConversation,
    SpokenTurn,
)
from funaudio_core.pipelines.spoken_chat import converse, converse_in_own_language
from funaudio_core.pipelines.stages import Speaker
from funaudio_core.tasks import recognition, spoken_chat
from funaudio_core.types import Audio, SpeechChunk, SpeechRequest, Transcript, Voice


class FakeChatbot:
    def converse(self, conversation: SpokenConversation) -> Iterator[ReplyPiece]:
        yield ReplyPiece(f"You said {conversation.turns[-1].text}.")
        yield ReplyPiece(audio=Audio(np.full(480, 0.5, np.float32), 24_000))


class FakeWatermarker:
    def mark(self, audio: Audio) -> Audio:
        return replace(audio, samples=audio.samples * np.float32(0.5))

    def find(self, audio: Audio) -> float:
        return float(audio.samples.max() == 0.25)


def conversation(seconds: float, max_tokens: int = 512) -> SpokenConversation:
    clip = Audio(np.zeros(int(16_000 * seconds), np.float32), 16_000)
    return SpokenConversation((SpokenTurn(USER, "hello", (clip,)),), max_tokens=max_tokens)


def test_speech_is_marked_and_text_passes() -> None:
    text, speech = converse(conversation(1), FakeChatbot(), FakeWatermarker())
    assert (text.text, text.audio) == ("You said hello.", None)
    assert speech.audio is not None
    assert FakeWatermarker().find(speech.audio) == 1.0


class FakeSpeaker:
    """Synthesizer of a text: a tone as long as the text."""

    def __init__(self) -> None:
        self.spoken: list[tuple[str, str]] = []

    def stream(self, request: SpeechRequest) -> Iterator[SpeechChunk]:
        self.spoken.append((request.language, request.text))
        yield SpeechChunk(Audio(np.full(4800, 0.5, np.float32), 24_000), request.text)


@pytest.mark.parametrize(
    ("pieces", "code"),
    [
        (("The weather ", "in Paris is fine today."), "en"),
        (("今天巴黎的天气很好，", "适合出门散步。"), "zh"),
        (("Ja.",), ""),
    ],
)
def test_a_reply_is_spoken_in_the_language_that_it_turns_out_to_have(pieces: tuple[str, ...], code: str) -> None:
    class Chatbot:
        def converse(self, _: SpokenConversation) -> Iterator[ReplyPiece]:
            return map(ReplyPiece, pieces)

    synthesizer, asked = FakeSpeaker(), list[str]()

    def find_speaker(language: str) -> tuple[str, Speaker]:
        asked.append(language)
        return language or "en", Speaker(synthesizer, FakeWatermarker(), Voice("amy", "en", preset="amy"))

    reply = list(converse_in_own_language(conversation(1), Chatbot(), find_speaker))
    assert "".join(piece.text for piece in reply) == "".join(pieces)
    assert asked == [code]
    assert {language for language, _ in synthesizer.spoken} == {code or "en"}
    assert all(piece.audio.samples.max() == 0.25 for piece in reply if piece.audio is not None)


@pytest.mark.usefixtures("full_tier")
def test_gpu_time_grows_with_clips_and_reply() -> None:
    costs = [
        spoken_chat._cost({"conversation": conversation(*size), "engine": "fun-audio-chat"})
        for size in ((1, 100), (60, 100), (1, 500))
    ]
    assert all(cost.needs_gpu and cost.key == "fun-audio-chat" for cost in costs)
    assert costs[0].seconds < min(costs[1].seconds, costs[2].seconds)


def test_every_spoken_chatbot_says_what_it_can() -> None:
    for spec in registry.SPOKEN_CHATBOTS.values():
        assert spec.capabilities <= {HEARS, SPEAKS, TOOLS, UNDERSTANDS, "voice-clone"}
        assert spec.extra_bytes is None or spec.extra_bytes() > 0


def test_what_is_likely_is_told_to_the_recognizer(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[RecognitionOptions] = []

    def transcribe(_: object, options: RecognitionOptions, *__: object) -> Iterator[Transcript]:
        asked.append(options)
        return iter(())

    monkeypatch.setattr(recognition, "transcribe_conversation", transcribe)
    clip = conversation(1).turns[0].clips[0]
    list(spoken_chat.hear(clip, languages=frozenset({"en", "zh", "tlh"}), hotwords=("hall",)))
    list(spoken_chat.hear(clip))
    assert asked == [
        RecognitionOptions(candidate_languages=frozenset({"en", "zh"}), hotwords=("hall",)),
        RecognitionOptions(),
    ]
