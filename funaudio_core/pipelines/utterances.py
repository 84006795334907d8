"""Segmentation of a live microphone stream into utterances, for hands-free conversation."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from funaudio_core import audio
from funaudio_core.audio.segmentation import Edge
from funaudio_core.engines.protocols import Endpointer
from funaudio_core.types import Audio

PRE_ROLL_SECONDS = 0.3  # kept before the start of speech, since onsets are soft
MAX_UTTERANCE_SECONDS = 60.0  # longer speech becomes several utterances


@dataclass(frozen=True, eq=False, slots=True)
class UtteranceEvent:
    """Result of one chunk.

    Attributes:
        has_started: Speech began.
        utterance: The whole utterance, if it ended.
    """

    has_started: bool = False
    utterance: Audio | None = None


class UtteranceDetector:
    """Detector of utterances in one stream. Stateful; not thread-safe."""

    def __init__(self, endpointer: Endpointer) -> None:
        """Start a stream, with an endpointer of a new stream."""
        self._endpointer = endpointer
        self._pre_roll: deque[Audio] = deque()
        self._utterance: list[Audio] = []
        self._is_speaking = False

    def feed(self, chunk: Audio) -> UtteranceEvent:
        """Process the next chunk, of any length and the same rate as before."""
        has_started, utterance = False, None
        edges: Sequence[Edge] = self._endpointer.feed(chunk)
        if self._is_speaking:
            self._utterance.append(chunk)
        else:
            self._pre_roll.append(chunk)
            while sum(part.duration for part in list(self._pre_roll)[:-1]) > PRE_ROLL_SECONDS + chunk.duration:
                self._pre_roll.popleft()
        for edge in edges:
            if edge.speech:
                has_started, self._is_speaking = True, True
                self._utterance = list(self._pre_roll) or [chunk]
                self._pre_roll.clear()
            else:
                utterance = self._finish(chunk)
        if self._is_speaking and sum(part.duration for part in self._utterance) > MAX_UTTERANCE_SECONDS:
            utterance = self._finish(chunk)
            self._is_speaking = True
        return UtteranceEvent(has_started, utterance)

    def _finish(self, chunk: Audio) -> Audio:
        utterance = audio.concat(self._utterance or [chunk])
        self._utterance, self._is_speaking = [], False
        self._pre_roll.clear()
        return utterance
