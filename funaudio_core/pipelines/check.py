"""The self-check of a take: is the text understood, is the voice near, was it fast. Knows Protocols, never engines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from funaudio_core import audio, metrics
from funaudio_core.engines.base import Hearing, Recognizer, SpeakerEncoder
from funaudio_core.errors import BadInput
from funaudio_core.pipelines.speak import Take
from funaudio_core.text import join_sentences
from funaudio_core.types import Audio, Line

GOOD_ERROR = 0.15  # the recogniser itself errs on about one word in twenty; three times that is the speaker's fault
QUIET = -45.0  # dB below the loudest frame: silence before the first word
FRAME = 0.01  # seconds


@dataclass(frozen=True, slots=True)
class TakeReport:
    """How a take did.

    measure: "WER" or "CER". error_rate: from 0, of `heard` against the text. similarity: cosine in [-1, 1] against the
    reference, None for preset voices. first_audio: seconds to the first piece. rtf: seconds spent per second of sound.
    leading_silence: seconds.
    """

    measure: str
    error_rate: float
    heard: str
    similarity: float | None
    first_audio: float
    rtf: float
    leading_silence: float

    @property
    def good_enough(self) -> bool:
        """Whether another take is needless."""
        return self.error_rate <= GOOD_ERROR


def check(take: Take, line: Line, recognizer: Recognizer, encoder: SpeakerEncoder) -> TakeReport:
    """Transcribe the take and compare it with the text, and its voice with the reference where there is one."""
    segments = recognizer.transcribe(take.audio, Hearing(language=line.language))
    heard = join_sentences([segment.text for segment in segments], line.language)
    return TakeReport(
        measure=metrics.measure_name(line.language),
        error_rate=metrics.error_rate(take.text, heard, line.language),
        heard=heard,
        similarity=_similarity(take.audio, line.voice.clip, encoder),
        first_audio=take.first_audio,
        rtf=metrics.real_time_factor(take.seconds, take.audio.duration),
        leading_silence=leading_silence(take.audio),
    )


def _similarity(take: Audio, reference: Audio | None, encoder: SpeakerEncoder) -> float | None:
    if reference is None:
        return None
    try:
        return float(encoder.embed(take) @ encoder.embed(reference))
    except BadInput:  # a take of half a second or a whisper has no voice to compare
        return None


def leading_silence(clip: Audio) -> float:
    """Seconds before the first frame within QUIET of the loudest."""
    loudness = audio.frame_db(clip, FRAME)
    if len(loudness) == 0:
        return 0.0
    return float(np.argmax(loudness >= loudness.max() + QUIET)) * FRAME


def better(a: TakeReport, b: TakeReport) -> TakeReport:
    """The report of the better take: fewer errors first, then the nearer voice; `a` on a tie."""

    def rank(report: TakeReport) -> tuple[float, float]:
        return round(report.error_rate, 2), -(report.similarity or 0.0)

    return b if rank(b) < rank(a) else a
