"""What a clip is heard to say, feel and sound like, and who hears it on the pages that translate and talk."""

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
from funaudio_core.pipelines.chat import ChatSetup, reply_to_audio
from funaudio_core.pipelines.stages import NO_EMOTION, Progress, Recognized, Speaker, transcribe
from funaudio_core.tasks import recognition, translation
from funaudio_core.types import Audio, Conversation, Emotion, Prosody, Segment, Span, SpeechChunk, SpeechRequest, Voice
from funaudio_core.weights import catalog
from tests import checkpoints, checkpoints_fun_asr
from tests.conftest import example

CLIP = Audio(np.zeros(4 * 16_000, np.float32), 16_000)
VOICE = Voice("Somebody", "en", preset="af_heart")
GLAD, SAD = Emotion("happy", 0.9, basis="tags"), Emotion("sad", 0.6, basis="tags")
LAUGHS, COUGHS = Span("laughter", 0.0, 1.0), Span("cough", 1.0, 3.0)


class Ear:
    """Hears the given segments."""

    def __init__(self, *segments: Segment) -> None:
        self.segments = segments

    def transcribe(self, clip: Audio, hearing: RecognitionOptions) -> Iterator[Segment]:
        yield from self.segments


class Reader:
    """Reads sadness in all words."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def classify(self, text: str, language: str, clip: Audio, baseline: Prosody | None = None) -> Emotion:
        self.asked.append(text)
        return SAD


def heard_by(ear: Ear, reader: Reader | None) -> Recognized:
    found: list[Recognized] = []

    def listen() -> Iterator[Progress]:
        found.append((yield from transcribe(CLIP, None, ear, reader)))

    list(listen())
    return found[0]


def said(start: float, end: float, emotion: Emotion | None = None, *events: Span) -> Segment:
    return Segment(start, end, "I see.", "en", emotion=emotion, events=events)


def test_the_words_are_read_where_the_ear_hears_no_feeling() -> None:
    reader = Reader()
    heard = heard_by(Ear(said(0, 1), said(1, 3)), reader)
    assert reader.asked == ["I see. I see."]
    assert heard.emotion == SAD
    assert heard.events == ()


def test_a_feeling_that_the_ear_hears_counts_by_its_seconds_and_confidence() -> None:
    heard = heard_by(Ear(said(0, 1, GLAD), said(1, 3, SAD), said(3, 4)), None)
    assert (heard.emotion.label, heard.emotion.basis) == ("sad", "tags")  # 2 s x .6 against 1 s x .9
    assert heard.emotion.confidence == pytest.approx(2 * 0.6 / 3)  # of what was told; the last second tells nothing
    assert heard_by(Ear(said(0, 2, GLAD), said(2, 4, SAD)), None).emotion.label == "happy"


def test_an_ear_that_could_tell_no_feeling_leaves_it_neutral_and_unsure() -> None:
    assert heard_by(Ear(said(0, 1)), None).emotion == NO_EMOTION


def test_events_are_told_once_each_in_order_and_speech_is_none() -> None:
    speech = Span("speech", 0.0, 1.0)
    heard = heard_by(Ear(said(0, 1, None, LAUGHS, speech), said(1, 3, None, COUGHS), said(3, 4, None, LAUGHS)), None)
    assert heard.events == ("laughter", "cough")


class Companion:
    """Says one sentence; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Conversation] = []

    def reply(self, conversation: Conversation) -> Iterator[str]:
        self.asked.append(conversation)
        yield "I see."


class Mouth:
    def stream(self, line: SpeechRequest) -> Iterator[SpeechChunk]:
        yield SpeechChunk(Audio(np.full(2_400, 0.1, np.float32), 24_000), line.text)


class Marker:
    def mark(self, audio: Audio) -> Audio:
        return audio

    def find(self, audio: Audio) -> float:
        return 1.0


def test_a_companion_knows_the_feeling_and_the_events_of_what_it_answers() -> None:
    companion = Companion()
    partner = ChatSetup(Ear(said(0, 4, GLAD, LAUGHS)), None, companion, translates_to_english=False)
    list(reply_to_audio(CLIP, Conversation(()), partner, Speaker(Mouth(), Marker(), VOICE)))
    turn = companion.asked[0].turns[-1]
    assert turn.emotion is not None
    assert turn.emotion.label == "happy"
    assert turn.events == ("laughter",)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A hub's cache without a model, and a home of our own; Kokoro is loaded, and nothing of the full tier."""
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


def in_tier(monkeypatch: pytest.MonkeyPatch, tier: str, *, lent: bool = False) -> None:
    monkeypatch.setenv("FUNAUDIO_TIER", tier)
    monkeypatch.setattr(device, "has_gpu", lambda: lent)
    settings.read.cache_clear()


@pytest.mark.parametrize(
    ("tier", "lent", "first"),
    [
        ("lite", True, whisper.SPEC),
        ("auto", False, whisper.SPEC),
        ("auto", True, sensevoice.SPEC),
        ("full", False, sensevoice.SPEC),
    ],
)
def test_the_ear_that_is_offered_first_hears_and_the_polyglot_tells_the_language(
    hub: Path, monkeypatch: pytest.MonkeyPatch, tier: str, lent: bool, first: object
) -> None:
    in_tier(monkeypatch, tier, lent=lent)
    assert selection.recognizer_for_dialogue() is first
    assert selection.default_auto_recognizer() is whisper.SPEC  # of those that tell the language themselves
    assert fun_asr.MLT.name not in selection.auto_detecting_recognizers()
    assert (fun_asr.MLT.name in registry.available(registry.RECOGNIZERS)) == (tier != "lite")
    assert selection.recognizer_for_dialogue(EngineChoice(recognizer="whisper-base")) is whisper.SPEC


def test_an_ear_that_does_not_know_the_language_says_who_does(hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_tier(monkeypatch, "full")
    with pytest.raises(BadInput, match=r"SenseVoiceSmall doesn't recognize French.* that do: Whisper base"):
        translation.translate_speech(CLIP, "fr", "en", VOICE)
    assert selection.recognizer_for_dialogue(EngineChoice(recognizer="whisper-base"), "fr") is whisper.SPEC
    in_tier(monkeypatch, "lite")
    with pytest.raises(BadInput, match=r"doesn't support Thai.*Choose one of: English"):
        selection.recognizer_for_dialogue(language="th")


def test_nobody_waits_for_two_gigabytes_unasked(hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_tier(monkeypatch, "auto")
    with pytest.raises(Unsupported, match=r"Recognizing Thai.* requires Fun-ASR-MLT-Nano-2512 \(1981 MB to download\)"):
        recognition.transcribe(CLIP, RecognitionOptions("th"))
    assert not hub.exists()
    for row in checkpoints_fun_asr.write(hub, fun_asr.MLT.name).values():
        monkeypatch.setitem(catalog.ARTIFACTS, row.name, row)
    first, *_ = recognition.transcribe(CLIP, RecognitionOptions("th"))  # it is here now
    assert first is not None
    assert first.transcript.engine == fun_asr.MLT.title


@pytest.mark.slow
def test_sensevoice_hears_for_an_interpreter_with_its_own_feeling_and_events(
    hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = checkpoints.sensevoice(hub)
    monkeypatch.setitem(catalog.ARTIFACTS, row.name, row)
    in_tier(monkeypatch, "full")
    cast = EngineChoice(translator="apertium", synthesizer="kokoro")
    stages = translation.translate_speech(audio.load(example("en").path), None, "es", VOICE, cast)
    heard = next(event for event in stages if isinstance(event, Recognized))
    assert heard.language in sensevoice.SPEC.languages
    assert heard.emotion.basis == "tags"
    assert heard.events == tuple(dict.fromkeys(event.label for cue in heard.cues for event in cue.events))
