from functools import cache
from typing import cast

import numpy as np
import pytest

from bench.emotion import LABELS, SENTENCES
from funaudio_core.audio import prosody
from funaudio_core.engines.emotion_words.engine import MOST_SURE, SPEC, WordEmotions
from funaudio_core.engines.emotion_words.lexicon import LEXICONS
from funaudio_core.labels import EMOTIONS
from funaudio_core.types import Audio, Prosody

SILENT = Audio(np.zeros(16_000, np.float32), 16_000)


@cache
def reader() -> WordEmotions:
    return cast("WordEmotions", SPEC.load())


def label(text: str, language: str = "en") -> str:
    return reader().classify(text, language, SILENT).label


@pytest.mark.parametrize("language", LEXICONS)
def test_plain_feelings_are_read(language: str) -> None:
    right = [label(text, language) == wanted for text, wanted in zip(SENTENCES[language], LABELS, strict=True)]
    assert sum(right) >= 18


def test_labels_are_those_of_the_table() -> None:
    assert all(set(row.feelings) < set(EMOTIONS) for row in LEXICONS.values())


@pytest.mark.parametrize("language", LEXICONS)
def test_no_entry_tells_two_feelings(language: str) -> None:
    entries = [entry.strip() for text in LEXICONS[language].feelings.values() for entry in text.split(",")]
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
def test_negation_turns_joy(language: str, plain: str, negated: str) -> None:
    assert label(plain, language) == "happy"
    assert label(negated, language) == "sad"


def test_negated_fear_is_no_fear() -> None:
    assert label("I am not afraid.") != "fear"
    assert label("我不害怕。", "zh") == "neutral"
    assert label("怖くない。", "ja") == "neutral"


def test_negation_ends_with_its_clause() -> None:
    assert label("No, I am happy.") == "happy"


def test_boosters_and_dampers_change_the_weight() -> None:
    damped, plain, boosted = (
        reader().weights(text, "es")["sad"] for text in ("Un poco triste.", "Estoy triste.", "Estoy muy triste.")
    )
    assert damped < plain < boosted


def test_words_inside_other_words_do_not_count() -> None:
    assert reader().weights("The soldier paid with his credit card.", "en")["sad"] == 0
    assert reader().weights("Il est seulement midi.", "fr")["sad"] == 0


def test_confidence_is_modest() -> None:
    loud = reader().classify("I am so happy, I love it, wonderful, fantastic, awesome!", "en", SILENT)
    assert loud.label == "happy"
    assert loud.confidence == MOST_SURE
    quiet = reader().classify("I am a bit sad.", "en", SILENT)
    assert quiet.confidence < loud.confidence


def test_a_language_without_words_is_neutral_and_says_so() -> None:
    emotion = reader().classify("Ich bin glücklich", "de", SILENT)
    assert (emotion.label, emotion.confidence) == ("neutral", 0.0)
    assert "German" in emotion.basis


def tone(pitch: float, level: float) -> Audio:
    """Two seconds of syllable-like bursts of a buzz, so that prosody finds a pitch."""
    time = np.arange(32_000) / 16_000
    buzz = np.sum([np.sin(2 * np.pi * pitch * k * time) / k for k in range(1, 8)], axis=0)
    swell = 0.55 + 0.45 * np.sin(2 * np.pi * 3 * time)
    return Audio((level * buzz * swell).astype(np.float32), 16_000)


def usual() -> Prosody:
    return prosody.measure(tone(150, 0.05))


def test_without_a_baseline_the_voice_does_not_count() -> None:
    emotion = reader().classify("Fine.", "en", tone(300, 0.2))
    assert emotion.arousal is None
    assert emotion.basis == "words"


def test_the_voice_is_a_hint_against_the_baseline() -> None:
    loud, calm = (
        reader().classify("I passed the exam.", "en", tone(*how), usual()) for how in ((240, 0.2), (120, 0.02))
    )
    assert loud.arousal is not None
    assert calm.arousal is not None
    assert loud.arousal > 1 > -1 > calm.arousal
    assert loud.basis == "words + prosody"
    assert loud.confidence > calm.confidence or calm.label == "neutral"


def test_the_voice_alone_makes_no_feeling() -> None:
    assert reader().classify("The meeting starts at three.", "en", tone(300, 0.3), usual()).label == "neutral"


def test_silence_has_no_arousal() -> None:
    assert reader().classify("I am happy.", "en", SILENT, usual()).arousal is None
