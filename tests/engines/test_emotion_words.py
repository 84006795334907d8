"""Emotion from words: lexicons, negation, intensity, and prosody as a hint."""

from functools import cache
from typing import cast

import numpy as np
import pytest

from bench.recognition.emotion import LABELS, SENTENCES
from funaudio_core.audio import prosody
from funaudio_core.engines.emotion_words.engine import MAX_CONFIDENCE, SPEC, WordEmotionClassifier
from funaudio_core.engines.emotion_words.lexicon import LEXICONS
from funaudio_core.labels import EMOTIONS
from funaudio_core.types import Audio, Prosody

SILENT = Audio(np.zeros(16_000, np.float32), 16_000)


@cache
def classifier() -> WordEmotionClassifier:
    return cast("WordEmotionClassifier", SPEC.load())


def label(text: str, language: str = "en") -> str:
    return classifier().classify(text, language, SILENT).label


@pytest.mark.parametrize("language", LEXICONS)
def test_plain_sentences_are_classified(language: str) -> None:
    correct = [label(text, language) == expected for text, expected in zip(SENTENCES[language], LABELS, strict=True)]
    assert sum(correct) >= 18


def test_lexicon_labels_are_emotions() -> None:
    assert all(set(row.emotions) < set(EMOTIONS) for row in LEXICONS.values())


@pytest.mark.parametrize("language", LEXICONS)
def test_no_entry_belongs_to_two_emotions(language: str) -> None:
    entries = [entry.strip() for text in LEXICONS[language].emotions.values() for entry in text.split(",")]
    assert sorted(entries) == sorted(set(entries))
    assert all(entries)


@pytest.mark.parametrize(
    ("language", "plain", "negated"),
    [
        ("en", "I am happy.", "I am not happy."),
        ("es", "Estoy feliz.", "No estoy feliz."),
        ("fr", "Je suis heureux.", "Je ne suis pas heureux."),
        ("it", "Sono felice.", "Non sono felice."),
        ("pt", "Estou feliz.", "Não estou feliz."),
        ("hi", "मैं खुश हूँ।", "मैं खुश नहीं हूँ।"),
        ("zh", "我很开心。", "我不开心。"),
        ("ja", "とても楽しい。", "楽しくない。"),
    ],
)
def test_negated_joy_is_sadness(language: str, plain: str, negated: str) -> None:
    assert label(plain, language) == "happy"
    assert label(negated, language) == "sad"


def test_negated_fear_is_not_fear() -> None:
    assert label("I am not afraid.") != "fear"
    assert label("我不害怕。", "zh") == "neutral"
    assert label("怖くない。", "ja") == "neutral"


def test_negation_ends_with_its_clause() -> None:
    assert label("No, I am happy.") == "happy"


def test_boosters_and_dampers_change_the_weight() -> None:
    damped, plain, boosted = (
        classifier().weigh(text, "es")["sad"] for text in ("Un poco triste.", "Estoy triste.", "Estoy muy triste.")
    )
    assert damped < plain < boosted


def test_words_inside_other_words_do_not_count() -> None:
    assert classifier().weigh("The soldier paid with his credit card.", "en")["sad"] == 0
    assert classifier().weigh("Il est seulement midi.", "fr")["sad"] == 0


def test_confidence_is_limited() -> None:
    loud = classifier().classify("I am so happy, I love it, wonderful, fantastic, awesome!", "en", SILENT)
    assert loud.label == "happy"
    assert loud.confidence == MAX_CONFIDENCE
    quiet = classifier().classify("I am a bit sad.", "en", SILENT)
    assert quiet.confidence < loud.confidence


def test_language_without_lexicon_is_neutral() -> None:
    emotion = classifier().classify("Ich bin glücklich", "de", SILENT)
    assert (emotion.label, emotion.confidence) == ("neutral", 0.0)
    assert "German" in emotion.basis


def tone(pitch: float, level: float) -> Audio:
    """Return two seconds of syllable-like bursts of a buzz, so that prosody finds a pitch."""
    time = np.arange(32_000) / 16_000
    buzz = np.sum([np.sin(2 * np.pi * pitch * k * time) / k for k in range(1, 8)], axis=0)
    swell = 0.55 + 0.45 * np.sin(2 * np.pi * 3 * time)
    return Audio((level * buzz * swell).astype(np.float32), 16_000)


def baseline() -> Prosody:
    return prosody.measure(tone(150, 0.05))


def test_prosody_is_ignored_without_a_baseline() -> None:
    emotion = classifier().classify("Fine.", "en", tone(300, 0.2))
    assert emotion.arousal is None
    assert emotion.basis == "words"


def test_prosody_changes_the_confidence() -> None:
    loud, calm = (
        classifier().classify("I passed the exam.", "en", tone(pitch, level), baseline())
        for pitch, level in ((240, 0.2), (120, 0.02))
    )
    assert loud.arousal is not None
    assert calm.arousal is not None
    assert loud.arousal > 1 > -1 > calm.arousal
    assert loud.basis == "words + prosody"
    assert loud.confidence > calm.confidence or calm.label == "neutral"


def test_prosody_alone_makes_no_emotion() -> None:
    assert classifier().classify("The meeting starts at three.", "en", tone(300, 0.3), baseline()).label == "neutral"


def test_silence_has_no_arousal() -> None:
    assert classifier().classify("I am happy.", "en", SILENT, baseline()).arousal is None
