"""Recognition of text, emotion and events for translation and conversation, and choice of the recognizer."""

from __future__ import annotations

import importlib
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from funaudio_core import audio, settings
from funaudio_core.engines import fun_asr, loader, registry, selection, sensevoice, whisper
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.engines.selection import EngineChoice
from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.gpu import device
from funaudio_core.pipelines.chat import ChatSetup, Done, reply_to_audio
from funaudio_core.pipelines.stages import NO_EMOTION, Progress, Recognized, Speaker, transcribe
from funaudio_core.tasks import recognition, translation
from funaudio_core.text.pronunciations import Pronunciation
from funaudio_core.types import Audio, Conversation, Emotion, Prosody, Segment, Span, SpeechChunk, SpeechRequest, Voice
from funaudio_core.weights import catalog
from tests.checkpoints import fun_asr as checkpoints_fun_asr
from tests.checkpoints import sensevoice as checkpoints
from tests.conftest import example

CLIP = Audio(np.zeros(4 * 16_000, np.float32), 16_000)
VOICE = Voice("Somebody", "en", preset="af_heart")
GLAD, SAD = Emotion("happy", 0.9, basis="tags"), Emotion("sad", 0.6, basis="tags")
LAUGHTER, COUGH = Span("laughter", 0.0, 1.0), Span("cough", 1.0, 3.0)


class FakeRecognizer:
    """Recognizer that returns given segments."""

    def __init__(self, *segments: Segment) -> None:
        self.segments = segments

    def transcribe(self, clip: Audio, options: RecognitionOptions) -> Iterator[Segment]:
        yield from self.segments


class SadClassifier:
    """Emotion classifier that always returns sadness."""

    def __init__(self) -> None:
        self.inputs: list[str] = []

    def classify(self, text: str, language: str, clip: Audio, baseline: Prosody | None = None) -> Emotion:
        self.inputs.append(text)
        return SAD


def recognize_with(ear: FakeRecognizer, classifier: SadClassifier | None) -> Recognized:
    found: list[Recognized] = []

    def listen() -> Iterator[Progress]:
        found.append((yield from transcribe(CLIP, None, ear, classifier)))

    list(listen())
    return found[0]


def segment_of(start: float, end: float, emotion: Emotion | None = None, *events: Span) -> Segment:
    return Segment(start, end, "I see.", "en", emotion=emotion, events=events)


def test_emotion_comes_from_classifier_without_recognizer_emotion() -> None:
    classifier = SadClassifier()
    recognized = recognize_with(FakeRecognizer(segment_of(0, 1), segment_of(1, 3)), classifier)
    assert classifier.inputs == ["I see. I see."]
    assert recognized.emotion == SAD
    assert recognized.events == ()


def test_recognizer_emotions_are_weighted_by_seconds_and_confidence() -> None:
    recognized = recognize_with(FakeRecognizer(segment_of(0, 1, GLAD), segment_of(1, 3, SAD), segment_of(3, 4)), None)
    assert (recognized.emotion.label, recognized.emotion.basis) == ("sad", "tags")  # 2 s x .6 against 1 s x .9
    assert recognized.emotion.confidence == pytest.approx(2 * 0.6 / 3)  # the last second has no emotion
    assert recognize_with(FakeRecognizer(segment_of(0, 2, GLAD), segment_of(2, 4, SAD)), None).emotion.label == "happy"


def test_unknown_emotion_is_neutral_with_zero_confidence() -> None:
    assert recognize_with(FakeRecognizer(segment_of(0, 1)), None).emotion == NO_EMOTION


def test_events_are_unique_in_order_and_without_speech() -> None:
    speech = Span("speech", 0.0, 1.0)
    recognized = recognize_with(
        FakeRecognizer(
            segment_of(0, 1, None, LAUGHTER, speech), segment_of(1, 3, None, COUGH), segment_of(3, 4, None, LAUGHTER)
        ),
        None,
    )
    assert recognized.events == ("laughter", "cough")


class RecordingChatbot:
    """Chatbot that replies with one sentence and records its inputs."""

    def __init__(self) -> None:
        self.inputs: list[Conversation] = []

    def reply(self, conversation: Conversation) -> Iterator[str]:
        self.inputs.append(conversation)
        yield "I see."


class FakeSynthesizer:
    def stream(self, line: SpeechRequest) -> Iterator[SpeechChunk]:
        yield SpeechChunk(Audio(np.full(2_400, 0.1, np.float32), 24_000), line.text)


class FakeWatermarker:
    def mark(self, audio: Audio) -> Audio:
        return audio

    def find(self, audio: Audio) -> float:
        return 1.0


def test_chatbot_gets_emotion_and_events() -> None:
    chatbot = RecordingChatbot()
    setup = ChatSetup(FakeRecognizer(segment_of(0, 4, GLAD, LAUGHTER)), None, chatbot, translates_to_english=False)
    list(reply_to_audio(CLIP, Conversation(()), setup, Speaker(FakeSynthesizer(), FakeWatermarker(), VOICE)))
    turn = chatbot.inputs[0].turns[-1]
    assert turn.emotion is not None
    assert turn.emotion.label == "happy"
    assert turn.events == ("laughter",)


def test_a_reply_is_said_with_the_pronunciations_of_the_user() -> None:
    setup = ChatSetup(
        FakeRecognizer(segment_of(0, 4)), SadClassifier(), RecordingChatbot(), translates_to_english=False
    )
    table = (Pronunciation("see", "sea"),)
    speaker = Speaker(FakeSynthesizer(), FakeWatermarker(), VOICE, pronunciations=table)
    *_, done = reply_to_audio(CLIP, Conversation(()), setup, speaker)
    assert isinstance(done, Done)
    assert done.take.text == 'I <sub alias="sea">see</sub>.'
    assert done.turns[1].text == "I see."


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a hub's cache without models; the app's home is empty, and only Kokoro is loaded."""
    kokoro = registry.available(registry.SYNTHESIZERS)["kokoro"]
    loader.load(kokoro)
    module = importlib.import_module("funaudio_core.engines.loader")  # a function of that name hides it
    kept = OrderedDict((key, row) for key, row in module._loaded.items() if row.spec is kokoro)
    monkeypatch.setattr(module, "_loaded", kept)
    monkeypatch.setenv("FUNAUDIO_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    settings.read.cache_clear()
    yield tmp_path / "hub"
    monkeypatch.undo()
    settings.read.cache_clear()


def set_tier(monkeypatch: pytest.MonkeyPatch, tier: str, *, gpu: bool = False) -> None:
    monkeypatch.setenv("FUNAUDIO_TIER", tier)
    monkeypatch.setattr(device, "has_gpu", lambda: gpu)
    settings.read.cache_clear()


@pytest.mark.parametrize(
    ("tier", "gpu", "first"),
    [
        ("lite", True, whisper.SPEC),
        ("auto", False, whisper.SPEC),
        ("auto", True, sensevoice.SPEC),
        ("full", False, sensevoice.SPEC),
    ],
)
def test_recognizer_for_dialogue_by_tier(
    hub: Path, monkeypatch: pytest.MonkeyPatch, tier: str, gpu: bool, first: object
) -> None:
    set_tier(monkeypatch, tier, gpu=gpu)
    assert selection.recognizer_for_dialogue() is first
    assert selection.default_auto_recognizer() is whisper.SPEC  # of those that tell the language themselves
    assert fun_asr.MLT.name not in selection.auto_detecting_recognizers()
    assert (fun_asr.MLT.name in registry.available(registry.RECOGNIZERS)) == (tier != "lite")
    assert selection.recognizer_for_dialogue(EngineChoice(recognizer="whisper-base")) is whisper.SPEC


def test_unsupported_language_error_lists_other_recognizers(hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_tier(monkeypatch, "full")
    with pytest.raises(BadInput, match=r"SenseVoiceSmall doesn't recognize French.* that do: Whisper base"):
        translation.translate_speech(CLIP, "fr", "en", VOICE)
    assert selection.recognizer_for_dialogue(EngineChoice(recognizer="whisper-base"), "fr") is whisper.SPEC
    set_tier(monkeypatch, "lite")
    with pytest.raises(BadInput, match=r"doesn't support Thai.*Choose one of: English"):
        selection.recognizer_for_dialogue(language="th")


def test_large_model_is_not_downloaded_implicitly(hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_tier(monkeypatch, "auto")
    with pytest.raises(Unsupported, match=r"Recognizing Thai.* requires Fun-ASR-MLT-Nano-2512 \(1981 MB to download\)"):
        recognition.transcribe(CLIP, RecognitionOptions("th"))
    assert not hub.exists()
    for row in checkpoints_fun_asr.write(hub, fun_asr.MLT.name).values():
        monkeypatch.setitem(catalog.ARTIFACTS, row.name, row)
    first, *_ = recognition.transcribe(CLIP, RecognitionOptions("th"))  # it is here now
    assert first is not None
    assert first.transcript.engine == fun_asr.MLT.title


@pytest.mark.slow
def test_sensevoice_emotion_and_events_are_used_in_translation(hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = checkpoints.sensevoice(hub)
    monkeypatch.setitem(catalog.ARTIFACTS, row.name, row)
    set_tier(monkeypatch, "full")
    choice = EngineChoice(translator="apertium", synthesizer="kokoro")
    stages = translation.translate_speech(audio.load(example("en").path), None, "es", VOICE, choice)
    recognized = next(event for event in stages if isinstance(event, Recognized))
    assert recognized.language in sensevoice.SPEC.languages
    assert recognized.emotion.basis == "tags"
    assert recognized.events == tuple(dict.fromkeys(event.label for cue in recognized.cues for event in cue.events))
