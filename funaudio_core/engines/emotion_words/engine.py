"""Feeling of an utterance from its words, with the voice as a hint at most. Knows no recogniser.

What may be claimed: labels follow the words; measured on our own sentences only (bench/emotion.py). On acted voices
prosody alone did little better than chance, so it never makes a label, it only weighs one against another.
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

WORDS_NEAR = 3  # words before a feeling in which a negation or an intensifier counts
SIGNS_NEAR = 4  # the same in characters, where words are not separated
BOOST, DAMP, EXCLAIM = 1.5, 0.6, 1.2  # factors on a feeling's weight
TURNED = 0.7  # weight of "not happy" as sadness; other feelings just go when negated
THRESHOLD = 0.55  # least weight that is called a feeling: a damped word alone passes, half a sentiment does not
POLARITY = 0.45  # least VADER compound that counts without any word of ours; its authors call .05 positive already
STIRRED = ("happy", "angry", "fear", "surprise")  # feelings of high arousal
HINT = 0.15  # factor on the weight per standard deviation of arousal
MOST_SURE = 0.8  # words can be ironic: never claim more


class WordEmotions:
    """EmotionClassifier. Holds only compiled tables; calls may run side by side."""

    def __init__(self) -> None:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

        self._vader: SentimentIntensityAnalyzer = SentimentIntensityAnalyzer()

    def classify(self, text: str, language: str, clip: Audio, baseline: Prosody | None = None) -> Emotion:
        """The feeling that the words tell; "neutral" where they tell none.

        The clip is measured only against a baseline. For a language without a word list the label is "neutral" with
        confidence 0, and the basis says why.
        """
        arousal = _arousal(clip, baseline)
        basis = Message("words") if arousal is None else Message("words + prosody")
        if language not in LEXICONS:
            basis = Message("no word list for {language}", language=display_name(language))
            return Emotion("neutral", 0.0, arousal, basis)
        weights = self.weights(text, language)
        for code in weights:
            step = (arousal or 0.0) * (HINT if code in STIRRED else -HINT)
            weights[code] *= min(2.0, max(0.5, 1 + step))
        label, weight, rest = _strongest(weights)
        if weight < THRESHOLD:
            return Emotion("neutral", 0.6 - 0.3 * weight, arousal, basis)
        return Emotion(label, min(MOST_SURE, 0.4 + 0.2 * (weight - rest)), arousal, basis)

    def weights(self, text: str, language: str) -> dict[str, float]:
        """Weight of each feeling in a text of a language that has a word list; about 1 for one plain word of it."""
        rules = _rules(language)
        plain = _plain(text)
        found = dict.fromkeys(rules.feelings, 0.0)
        for code, pattern in rules.feelings.items():
            for match in pattern.finditer(plain):
                negated, factor = rules.around(plain, match.start(), match.end())
                if not negated:
                    found[code] += factor
                elif code == "happy":
                    found["sad"] += TURNED * factor
        if language == "en":
            self._add_polarity(found, text)
        if text.rstrip().endswith(("!", "！")):
            found = {code: weight * EXCLAIM for code, weight in found.items()}
        return found

    def _add_polarity(self, found: dict[str, float], text: str) -> None:
        """VADER knows good from bad in English, not which bad feeling: that is left to our words, else to sadness.

        Where it contradicts our words ("I can't wait"), they win.
        """
        compound: float = self._vader.polarity_scores(text)["compound"]
        bad = max(("sad", "angry", "fear"), key=found.__getitem__)
        if compound >= POLARITY and not found[bad]:
            found["happy"] += compound
        elif compound <= -POLARITY and not found["happy"]:
            found[bad] -= compound


@dataclass(frozen=True, slots=True)
class _Rules:
    """The compiled word list of one language."""

    feelings: dict[str, re.Pattern[str]]
    negations: re.Pattern[str]
    boosters: re.Pattern[str]
    dampers: re.Pattern[str]
    spaced: bool
    after: bool  # the negation may follow the word

    def around(self, plain: str, start: int, end: int) -> tuple[bool, float]:
        """(negated, factor) for the entry at plain[start:end]."""
        before, behind = plain[:start], plain[end:]
        if self.spaced:
            before = " " + " ".join(re.split(r"[,.;!?]", before)[-1].split()[-WORDS_NEAR:]) + " "
            behind = " " + " ".join(re.split(r"[,.;!?]", behind)[0].split()[:WORDS_NEAR]) + " "
        else:
            before = re.split(r"[,，.。;；!！?？、]", before)[-1][-SIGNS_NEAR:]
            behind = re.split(r"[,，.。;；!！?？、]", behind)[0][:SIGNS_NEAR]
        negated = bool(self.negations.search(behind if self.after else before))
        factor = BOOST if self.boosters.search(before) else DAMP if self.dampers.search(before) else 1.0
        return negated, factor


@cache
def _rules(language: str) -> _Rules:
    row = LEXICONS[language]
    spaced = is_spaced(language)

    def compiled(entries: str) -> re.Pattern[str]:
        parts = [re.escape(_plain(part).strip()) for part in entries.split(",")]
        ordered = sorted({part.replace(r"\*", r"[^\s,.;!?]*") for part in parts if part}, key=len, reverse=True)
        joined = "|".join(ordered)
        return re.compile(f"(?<![^\\s,.;!?])(?:{joined})(?![^\\s,.;!?])" if spaced else joined)

    return _Rules(
        {code: compiled(entries) for code, entries in row.feelings.items()},
        compiled(row.negations),
        compiled(row.boosters),
        compiled(row.dampers),
        spaced,
        after=language in ("ja", "hi"),
    )


def _plain(text: str) -> str:
    """Lower case, NFC, straight apostrophes, single spaces; of the punctuation only what bounds a clause stays."""
    text = unicodedata.normalize("NFC", text).lower().replace("’", "'")
    text = re.sub(r"""[¿¡"“”«»()\[\]…:]""", " ", text).replace("।", ".")
    return re.sub(r"\s+", " ", text)


def _strongest(weights: dict[str, float]) -> tuple[str, float, float]:
    """(label, its weight, the next weight). Feelings that are more specific than "happy" and "sad" win ties."""
    order = ("angry", "fear", "surprise", "sad", "happy")
    ranked = sorted(order, key=lambda code: -weights[code])
    return ranked[0], weights[ranked[0]], weights[ranked[1]]


def _arousal(clip: Audio, baseline: Prosody | None) -> float | None:
    """Standard deviations above the baseline; None without one, or where the clip is too short or silent to measure."""
    if baseline is None:
        return None
    try:
        return prosody.arousal(prosody.measure(clip), baseline)
    except BadInput:
        return None


SPEC: EngineSpec[EmotionClassifier] = EngineSpec(
    name="emotion-words",
    title="Text emotion (prosody-assisted)",
    tier="lite",
    languages=frozenset(LEXICONS),
    licence="Apache-2.0",
    source="this project's word lists; VADER (MIT) for English",
    load=WordEmotions,
)
