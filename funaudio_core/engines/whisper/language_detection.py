"""Whisper's languages, and their detection in a window."""

from __future__ import annotations

import math
from typing import Any

from funaudio_core.engines.whisper.text_format import PROMPTS
from funaudio_core.engines.whisper.window_decoder import DecodingTask, WindowDecoder

# Codes of languages.LANGUAGES with at least 1,000 hours in Whisper's training (its paper, figure 11), and Hindi, which
# base recognizes badly. Left out: ar and vi (under 1,000 hours), yue (no token). Measured: en es fr it
# (bench.recognition.asr).
LANGUAGES = frozenset("en zh ja es fr it pt hi de ru ko nl pl tr id".split())  # noqa: SIM905
LANGUAGE_ALIASES = {"ur": "hi"}  # Urdu and Hindi differ in script; languages.LANGUAGES has Hindi
LANGUAGE_THRESHOLD = 0.8  # probability; on 204 Asterisk prompts every wrong language had less than .6
MIN_DETECTION_SECONDS = 2.0  # in shorter windows detection is unreliable, so they get the clip's language,
CERTAIN_PROBABILITY = 0.95  # unless the detected one is at least this probable
MAX_CANDIDATES = 4  # languages that are decoded and compared below the threshold
# Weight of the mean log probability of a decoded text against the detected probability; 2 to 10 do equally well.
LOGPROB_WEIGHT = 5.0
MIN_LANGUAGE_PROBABILITY = 0.01  # of a candidate in the comparison


class LanguageDetector:
    """Detection of the language of windows and of their parts."""

    def __init__(self, decoder: WindowDecoder) -> None:
        """Create the detector for a model."""
        self._decoder = decoder

    def detect(
        self,
        encoded: Any,  # noqa: ANN401
        seconds: float,
        previous_language: str,
        candidates: frozenset[str],
        *,
        is_part: bool = False,
    ) -> tuple[str, float]:
        """Detect the language of a window.

        Args:
            encoded: Output of WindowDecoder.encode().
            seconds: Length of the window.
            previous_language: Language of the window before; "" for the first one.
            candidates: Possible languages; empty for all.
            is_part: Whether it is a part of a window.

        Returns:
            Code and probability.
        """
        probabilities = self.probabilities(encoded, candidates)
        if previous_language not in probabilities:
            previous_language = ""
        ranked = sorted(probabilities, key=lambda code: -probabilities[code])
        is_short = is_part or seconds < MIN_DETECTION_SECONDS
        is_uncertain = is_short and probabilities[ranked[0]] < CERTAIN_PROBABILITY
        if previous_language and (ranked[0] == previous_language or is_uncertain):
            return previous_language, probabilities[previous_language]
        if probabilities[ranked[0]] >= LANGUAGE_THRESHOLD:
            return ranked[0], probabilities[ranked[0]]
        compared = [code for code in ranked if code in LANGUAGES][:MAX_CANDIDATES]
        compared += [previous_language] * bool(previous_language)
        weights = {}
        for code in dict.fromkeys(compared):
            task = DecodingTask(code, style=PROMPTS.get(code, ""))
            logprob = self._decoder.greedy_logprob(encoded, seconds, task)
            weights[code] = max(probabilities[code], MIN_LANGUAGE_PROBABILITY) * math.exp(LOGPROB_WEIGHT * logprob)
        best = max(weights, key=lambda code: weights[code])
        return best, weights[best] / sum(weights.values())

    def find_clear(self, encoded: Any, candidates: frozenset[str]) -> str:  # noqa: ANN401
        """Return the language that is as probable as LANGUAGE_THRESHOLD; "" if none is."""
        probabilities = self.probabilities(encoded, candidates)
        best = max(probabilities, key=lambda code: probabilities[code])
        return best if probabilities[best] >= LANGUAGE_THRESHOLD and best in LANGUAGES else ""

    def probabilities(self, encoded: Any, candidates: frozenset[str]) -> dict[str, float]:  # noqa: ANN401
        """Return the probabilities of the candidates (empty: all languages), which add up to 1."""
        probabilities: dict[str, float] = {}
        for token, probability in self._decoder.language_probabilities(encoded):
            code = LANGUAGE_ALIASES.get(token, token)
            if not candidates or code in candidates:
                probabilities[code] = probabilities.get(code, 0.0) + probability
        total = sum(probabilities.values()) or 1.0
        return {code: probability / total for code, probability in probabilities.items()}
