"""The self-check of a take: is the text understood, is the voice near, was it fast. Knows Protocols, never engines."""

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
from funaudio_core.types import Audio, SpeechRequest

MAX_ERROR_RATE = 0.15  # the recogniser itself errs on about one word in twenty; three times that is the speaker's fault
SPEECH_THRESHOLD_DB = -45.0  # dB below the loudest frame: silence before the first word
FRAME_SECONDS = 0.01  # seconds


@dataclass(frozen=True, slots=True)
class TakeReport:
    """How a take did.

    measure: "WER" or "CER". error_rate: from 0, of `heard` against the text; None where nobody could hear all of it, so
    that it was not checked. similarity: cosine in [-1, 1] against the reference, None for preset voices and where it
    can't be told. first_audio: seconds to the first piece. rtf: seconds spent per second of sound. leading_silence:
    seconds.
    """

    measure: str
    error_rate: float | None
    heard: str
    similarity: float | None
    first_audio: float
    rtf: float
    leading_silence: float

    @property
    def passes(self) -> bool:
        """Whether it was checked and found to be understood."""
        return self.error_rate is not None and self.error_rate <= MAX_ERROR_RATE

    @property
    def is_good_enough(self) -> bool:
        """Whether another take is needless: this one passes, or nobody can tell which would be the better one."""
        return self.passes or self.error_rate is None


def check_take(
    take: Take, request: SpeechRequest, recognized_text: str | None, encoder: SpeakerEncoder | None
) -> TakeReport:
    """Compare what was heard in the take with its text, and its voice with the reference where there is one.

    None: nobody could hear it, or tell voices apart.
    """
    return TakeReport(
        measure=error_rates.measure_name(request.language),
        error_rate=None
        if recognized_text is None
        else error_rates.error_rate(take.text, recognized_text, request.language),
        heard=recognized_text or "",
        similarity=_similarity(take.audio, request.voice.clip, encoder),
        first_audio=take.first_audio,
        rtf=telemetry.real_time_factor(take.seconds, take.audio.duration),
        leading_silence=leading_silence(take.audio),
    )


def _similarity(take: Audio, reference: Audio | None, encoder: SpeakerEncoder | None) -> float | None:
    if reference is None or encoder is None:
        return None
    try:
        return float(encoder.embed(take) @ encoder.embed(reference))
    except BadInput:  # a take of half a second or a whisper has no voice to compare
        return None


def leading_silence(clip: Audio) -> float:
    """Seconds before the first frame within QUIET of the loudest."""
    loudness = audio.frame_db(clip, FRAME_SECONDS)
    if len(loudness) == 0:
        return 0.0
    return float(np.argmax(loudness >= loudness.max() + SPEECH_THRESHOLD_DB)) * FRAME_SECONDS


def better_take(a: TakeReport, b: TakeReport) -> TakeReport:
    """The report of the better take: fewer errors first, then the nearer voice; `a` on a tie.

    One that was not checked comes behind any that was.
    """

    def rank(report: TakeReport) -> tuple[float, float]:
        errors = math.inf if report.error_rate is None else round(report.error_rate, 2)
        return errors, -(report.similarity or 0.0)

    return b if rank(b) < rank(a) else a
