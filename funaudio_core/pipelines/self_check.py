"""Self-check of a take: errors against its text, similarity to the reference voice, and speed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from funaudio_core import audio
from funaudio_core.engines.protocols import SpeakerEncoder
from funaudio_core.errors import BadInput
from funaudio_core.pipelines.synthesize import Take
from funaudio_core.runtime import telemetry
from funaudio_core.text import error_rate as error_rates
from funaudio_core.text import is_speakable
from funaudio_core.text.spoken_form import spoken_form
from funaudio_core.types import Audio, SpeechRequest

MAX_ERROR_RATE = 0.15  # three times that of the recognizer, which gets about one word in twenty wrong
SPEECH_THRESHOLD_DB = -45.0  # relative to the loudest frame; quieter frames at the start are silence
FRAME_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class TakeReport:
    """Result of the self-check.

    Attributes:
        measure: Name of the error rate, "WER" or "CER".
        error_rate: Of `heard` against the text, from 0; None if no engine could recognize all of it.
        heard: Recognized text.
        similarity: Cosine in [-1, 1] to the reference voice; None for preset voices and if it is unknown.
        first_audio: Seconds to the first chunk.
        rtf: Real-time factor, seconds of work per second of audio.
        leading_silence: Seconds.
    """

    measure: str
    error_rate: float | None
    heard: str
    similarity: float | None
    first_audio: float
    rtf: float
    leading_silence: float

    @property
    def is_accurate(self) -> bool:
        """Return whether the take was checked and has few errors."""
        return self.error_rate is not None and self.error_rate <= MAX_ERROR_RATE

    @property
    def is_good_enough(self) -> bool:
        """Return whether no other take is needed: this one is accurate, or there is no check to compare takes by."""
        return self.is_accurate or self.error_rate is None


def check_take(
    take: Take, request: SpeechRequest, recognized_text: str | None, encoder: SpeakerEncoder | None
) -> TakeReport:
    """Check a take.

    Args:
        take: The take.
        request: Its request, which may have a reference clip.
        recognized_text: Text that a recognizer heard in the take; None if it was not recognized.
        encoder: Compares voices; None to skip that.
    """
    error_rate = None
    if recognized_text is not None:
        error_rate = _error_rate(take.text, recognized_text, request.language)
    return TakeReport(
        measure=error_rates.measure_name(request.language),
        error_rate=error_rate,
        heard=recognized_text or "",
        similarity=_similarity(take.audio, request.voice.clip, encoder),
        first_audio=take.first_audio,
        rtf=telemetry.real_time_factor(take.seconds, take.audio.duration),
        leading_silence=leading_silence(take.audio),
    )


def _error_rate(written: str, heard: str, language: str) -> float:
    """Return the error rate of the texts as written or as spoken, whichever is less.

    A recognizer may write "$3.5 million" for the words and the words for "$3.5 million".
    """
    as_written = error_rates.error_rate(written, heard, language)
    if not as_written:
        return as_written
    spoken, heard_words = spoken_form(written, language), spoken_form(heard, language)
    if not is_speakable(spoken) or (spoken, heard_words) == (written, heard):
        return as_written
    return min(as_written, error_rates.error_rate(spoken, heard_words, language))


def _similarity(take: Audio, reference: Audio | None, encoder: SpeakerEncoder | None) -> float | None:
    if reference is None or encoder is None:
        return None
    try:
        return float(encoder.embed(take) @ encoder.embed(reference))
    except BadInput:  # half a second or a whisper has too little voice
        return None


def leading_silence(clip: Audio) -> float:
    """Return the seconds before the first frame above SPEECH_THRESHOLD_DB."""
    loudness = audio.frame_db(clip, FRAME_SECONDS)
    if len(loudness) == 0:
        return 0.0
    return float(np.argmax(loudness >= loudness.max() + SPEECH_THRESHOLD_DB)) * FRAME_SECONDS


def better_take(a: TakeReport, b: TakeReport) -> TakeReport:
    """Return the better report: fewer errors, then the more similar voice; `a` if both are equal.

    An unchecked take is worse than any checked one.
    """

    def rank(report: TakeReport) -> tuple[float, float]:
        errors = math.inf if report.error_rate is None else round(report.error_rate, 2)
        return errors, -(report.similarity or 0.0)

    return b if rank(b) < rank(a) else a
