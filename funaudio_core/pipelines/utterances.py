"""Cuts one visitor's live microphone into utterances for hands-free talk. Knows Protocols, never engines."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from funaudio_core import audio
from funaudio_core.audio.segmentation import Edge
from funaudio_core.engines.protocols import Endpointer
from funaudio_core.types import Audio

PRE_ROLL_SECONDS = 0.3  # seconds kept before the start of speech: onsets are soft
MAX_UTTERANCE_SECONDS = 60.0  # seconds of one utterance; what is said beyond is the next one


@dataclass(frozen=True, eq=False, slots=True)
class UtteranceEvent:
    """What a chunk told. started: somebody began to speak. utterance: somebody finished, and this is all of it."""

    has_started: bool = False
    utterance: Audio | None = None


class UtteranceDetector:
    """Collects chunks until an utterance is over. One object per stream; not thread-safe."""

    def __init__(self, edges: Endpointer) -> None:
        self._edges = edges
        self._before: deque[Audio] = deque()
        self._spoken: list[Audio] = []
        self._speaking = False

    def feed(self, chunk: Audio) -> UtteranceEvent:
        """Hear the next chunk, of any length, all at one rate."""
        started, utterance = False, None
        found: Sequence[Edge] = self._edges.feed(chunk)
        if self._speaking:
            self._spoken.append(chunk)
        else:
            self._before.append(chunk)
            while sum(part.duration for part in list(self._before)[:-1]) > PRE_ROLL_SECONDS + chunk.duration:
                self._before.popleft()
        for edge in found:
            if edge.speech:
                started, self._speaking = True, True
                self._spoken = list(self._before) or [chunk]
                self._before.clear()
            else:
                utterance = self._finish(chunk)
        if self._speaking and sum(part.duration for part in self._spoken) > MAX_UTTERANCE_SECONDS:
            utterance = self._finish(chunk)
            self._speaking = True
        return UtteranceEvent(started, utterance)

    def _finish(self, chunk: Audio) -> Audio:
        utterance = audio.concat(self._spoken or [chunk])
        self._spoken, self._speaking = [], False
        self._before.clear()
        return utterance
