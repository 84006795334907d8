"""Whisper base learns two names from sentences that Hibari speaks, which costs less than Kokoro."""

from __future__ import annotations

from pathlib import Path

import pytest

from funaudio_core import audio
from funaudio_core.engines import loader, registry, selection
from funaudio_core.engines.protocols import RECOGNITION_RATE, RecognitionOptions
from funaudio_core.training import words
from funaudio_core.training.words import clips, training
from funaudio_core.training.words.model import PlannedSentence, WordsClip, WordsRequest
from funaudio_core.types import Audio, SpeechRequest, Voice

TERMS = ("Valdrune", "Jorquelle")


def speak(sentence: PlannedSentence, language: str) -> Audio:
    hibari = registry.SYNTHESIZERS["hibari"]
    request = SpeechRequest(sentence.text, language, Voice("", language, preset=hibari.voices[0].preset))
    spoken = audio.concat([chunk.audio for chunk in loader.load(hibari).stream(request)])
    return audio.resample(spoken, RECOGNITION_RATE)


@pytest.mark.slow
def test_two_names_are_learned_and_then_recognized(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clips, "speak", speak)
    monkeypatch.setattr(training, "BATCH_POSITIONS", 400)  # two clips a step: twelve have few steps otherwise
    plan = words.plan(TERMS, "en")
    with_names = [row for row in plan.training if row.term][:8]
    general = [row for row in plan.training if not row.term][:2]
    learned = tuple(WordsClip(speak(row, "en"), row.text) for row in (*with_names, *general))
    request = WordsRequest(TERMS, "en", clips=learned, epochs=4)
    result = [state.result for state in words.train_words(request, tmp_path)][-1]
    assert result is not None
    assert result.after.names_right >= 0.75 > 0.25 >= result.before.names_right
    assert result.after.general_error_rate <= result.before.general_error_rate + 0.01
    right = next(text for text in result.texts if text.term and text.term in text.after)
    recognizer = loader.load(selection.resolve_recognizer(result.engine, "en"))
    heard = recognizer.transcribe(words.held_out_clip(right.number, tmp_path), RecognitionOptions("en"))
    assert right.term in " ".join(segment.text for segment in heard)
    words.delete_adapter(result.engine)
