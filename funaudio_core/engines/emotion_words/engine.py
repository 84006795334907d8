"""Emotion of an utterance from its words, with prosody as a hint.

Evaluated on this project's own sentences only (bench/recognition/emotion.py). On acted voices prosody alone did little
better than chance, so it only changes the weights of the emotions that the words express.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from funaudio_core.audio import prosody
from funaudio_core.engines.emotion_words.lexicon import LEXICONS
from funaudio_core.engines.protocols import EmotionClassifier
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput
from funaudio_core.languages import display_name, is_spaced
from funaudio_core.message import Message
from funaudio_core.types import Audio, Emotion, Prosody

if TYPE_CHECKING:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

CONTEXT_WORDS = 3  # distance from an entry at which negations, boosters and dampers count
CONTEXT_CHARACTERS = 4  # the same in languages without spaces
BOOSTER_FACTOR, DAMPER_FACTOR, EXCLAMATION_FACTOR = 1.5, 0.6, 1.2  # on the weight of an emotion
NEGATED_JOY_WEIGHT = 0.7  # of "not happy" as sadness; other emotions are just dropped when negated
MIN_WEIGHT = 0.55  # of an emotion; a damped word alone reaches it, half a sentiment does not
# Least VADER compound that counts without a word of the lexicon; its authors already call .05 positive.
MIN_POLARITY = 0.45
HIGH_AROUSAL_EMOTIONS = ("happy", "angry", "fear", "surprise")
AROUSAL_FACTOR = 0.15  # change of the weight per standard deviation of arousal
MAX_CONFIDENCE = 0.8  # words can be ironic


class WordEmotionClassifier:
    """EmotionClassifier. Thread-safe: it holds only compiled tables."""

    def __init__(self) -> None:
        """Load VADER's lexicon."""
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

        self._vader: SentimentIntensityAnalyzer = SentimentIntensityAnalyzer()

    def classify(self, text: str, language: str, clip: Audio, baseline: Prosody | None = None) -> Emotion:
        """Classify an utterance.

        Args:
            text: Its words.
            language: Their language.
            clip: The audio; measured only if there is a baseline.
            baseline: Usual prosody of the speaker.

        Returns:
            The emotion that the words express, "neutral" for none. For a language without word lists it is "neutral"
            with confidence 0, and its basis is the reason.
        """
        arousal = _measure_arousal(clip, baseline)
        basis = Message("words") if arousal is None else Message("words + prosody")
        if language not in LEXICONS:
            basis = Message("no word list for {language}", language=display_name(language))
            return Emotion("neutral", 0.0, arousal, basis)
        weights = self.weigh(text, language)
        for code in weights:
            change = (arousal or 0.0) * (AROUSAL_FACTOR if code in HIGH_AROUSAL_EMOTIONS else -AROUSAL_FACTOR)
            weights[code] *= min(2.0, max(0.5, 1 + change))
        label, weight, second_weight = _rank_emotions(weights)
        if weight < MIN_WEIGHT:
            return Emotion("neutral", 0.6 - 0.3 * weight, arousal, basis)
        return Emotion(label, min(MAX_CONFIDENCE, 0.4 + 0.2 * (weight - second_weight)), arousal, basis)

    def weigh(self, text: str, language: str) -> dict[str, float]:
        """Return the weight of each emotion in a text, about 1 for a plain word of it.

        Args:
            text: The text.
            language: A language with word lists.
        """
        rules = _compile_rules(language)
        normalized = _normalize(text)
        weights = dict.fromkeys(rules.emotions, 0.0)
        for code, pattern in rules.emotions.items():
            for match in pattern.finditer(normalized):
                is_negated, factor = rules.read_context(normalized, match.start(), match.end())
                if not is_negated:
                    weights[code] += factor
                elif code == "happy":
                    weights["sad"] += NEGATED_JOY_WEIGHT * factor
        if language == "en":
            self._add_polarity(weights, text)
        if text.rstrip().endswith(("!", "！")):
            weights = {code: weight * EXCLAMATION_FACTOR for code, weight in weights.items()}
        return weights

    def _add_polarity(self, weights: dict[str, float], text: str) -> None:
        """Add VADER's polarity to the weights, in place.

        VADER does not distinguish negative emotions: the strongest one of the lexicon gets the weight, or else sadness.
        Where VADER contradicts the lexicon ("I can't wait"), the lexicon wins.
        """
        compound: float = self._vader.polarity_scores(text)["compound"]
        negative = max(("sad", "angry", "fear"), key=weights.__getitem__)
        if compound >= MIN_POLARITY and not weights[negative]:
            weights["happy"] += compound
        elif compound <= -MIN_POLARITY and not weights["happy"]:
            weights[negative] -= compound


@dataclass(frozen=True, slots=True)
class _Rules:
    """Compiled word lists of one language.

    Attributes:
        is_spaced: Words are separated by spaces.
        has_negation_behind: The negation follows the word instead of preceding it.
    """

    emotions: dict[str, re.Pattern[str]]
    negations: re.Pattern[str]
    boosters: re.Pattern[str]
    dampers: re.Pattern[str]
    is_spaced: bool
    has_negation_behind: bool

    def read_context(self, text: str, start: int, end: int) -> tuple[bool, float]:
        """Return whether the entry at text[start:end] is negated, and the factor on its weight."""
        before, behind = text[:start], text[end:]
        if self.is_spaced:
            before = " " + " ".join(re.split(r"[,.;!?]", before)[-1].split()[-CONTEXT_WORDS:]) + " "
            behind = " " + " ".join(re.split(r"[,.;!?]", behind)[0].split()[:CONTEXT_WORDS]) + " "
        else:
            before = re.split(r"[,，.。;；!！?？、]", before)[-1][-CONTEXT_CHARACTERS:]
            behind = re.split(r"[,，.。;；!！?？、]", behind)[0][:CONTEXT_CHARACTERS]
        is_negated = bool(self.negations.search(behind if self.has_negation_behind else before))
        factor = (
            BOOSTER_FACTOR if self.boosters.search(before) else DAMPER_FACTOR if self.dampers.search(before) else 1.0
        )
        return is_negated, factor


@cache
def _compile_rules(language: str) -> _Rules:
    lexicon = LEXICONS[language]
    spaced = is_spaced(language)

    def compile_entries(entries: str) -> re.Pattern[str]:
        escaped = [re.escape(_normalize(entry).strip()) for entry in entries.split(",")]
        ordered = sorted({entry.replace(r"\*", r"[^\s,.;!?]*") for entry in escaped if entry}, key=len, reverse=True)
        joined = "|".join(ordered)
        return re.compile(f"(?<![^\\s,.;!?])(?:{joined})(?![^\\s,.;!?])" if spaced else joined)

    return _Rules(
        {code: compile_entries(entries) for code, entries in lexicon.emotions.items()},
        compile_entries(lexicon.negations),
        compile_entries(lexicon.boosters),
        compile_entries(lexicon.dampers),
        spaced,
        has_negation_behind=language in ("ja", "hi"),
    )


def _normalize(text: str) -> str:
    """Return the text in lower case and NFC, with straight apostrophes, single spaces, and only clause punctuation."""
    text = unicodedata.normalize("NFC", text).lower().replace("’", "'")
    text = re.sub(r"""[¿¡"“”«»()\[\]…:]""", " ", text).replace("।", ".")
    return re.sub(r"\s+", " ", text)


def _rank_emotions(weights: dict[str, float]) -> tuple[str, float, float]:
    """Return the emotion with the highest weight, its weight and the next weight.

    The order decides ties: emotions that are more specific than "happy" and "sad" win.
    """
    order = ("angry", "fear", "surprise", "sad", "happy")
    ranked = sorted(order, key=lambda code: -weights[code])
    return ranked[0], weights[ranked[0]], weights[ranked[1]]


def _measure_arousal(clip: Audio, baseline: Prosody | None) -> float | None:
    """Return arousal in standard deviations above the baseline; None without one, or if the clip can't be measured."""
    if baseline is None:
        return None
    try:
        return prosody.arousal(prosody.measure(clip), baseline)
    except BadInput:
        return None


def _load() -> WordEmotionClassifier:
    import parselmouth  # noqa: F401  (prosody needs it; the first clip should not wait for 75 MB)

    return WordEmotionClassifier()


SPEC: EngineSpec[EmotionClassifier] = EngineSpec(
    name="emotion-words",
    title="Text emotion (prosody-assisted)",
    tier="lite",
    languages=frozenset(LEXICONS),
    licence="Apache-2.0",
    source="this project's word lists; VADER (MIT) for English",
    load=_load,
)
