"""Detection of utterances in a live stream."""

from __future__ import annotations

import numpy as np

from funaudio_core.audio.segmentation import Edge
from funaudio_core.pipelines.utterances import MAX_UTTERANCE_SECONDS, UtteranceDetector, UtteranceEvent
from funaudio_core.types import Audio

RATE = 16_000


class ScriptedEndpointer:
    """Endpointer with edges at given chunk numbers."""

    def __init__(self, edges: dict[int, bool]) -> None:
        self._edges, self._number = edges, -1
        self.is_speaking = False

    def close(self) -> tuple[Edge, ...]:
        return ()

    def feed(self, chunk: Audio) -> tuple[Edge, ...]:
        self._number += 1
        return (Edge(self._edges[self._number], 0.0),) if self._number in self._edges else ()


def _chunk(value: float) -> Audio:
    return Audio(np.full(RATE // 2, value, np.float32), RATE)


def _run(edges: dict[int, bool], count: int) -> list[UtteranceEvent]:
    detector = UtteranceDetector(ScriptedEndpointer(edges))
    return [detector.feed(_chunk(number / 100)) for number in range(count)]


def test_utterance_includes_pre_roll_and_end() -> None:
    events = _run({4: True, 7: False}, 10)
    assert [step.has_started for step in events].index(True) == 4
    utterance = events[7].utterance
    assert utterance is not None
    values = np.unique(np.rint(utterance.samples * 100)).astype(int).tolist()
    assert values == [3, 4, 5, 6, 7]
    assert [number for number, step in enumerate(events) if step.utterance] == [7]


def test_silence_gives_no_utterance_and_is_dropped() -> None:
    detector = UtteranceDetector(ScriptedEndpointer({}))
    for number in range(1000):
        assert detector.feed(_chunk(number / 2000)).utterance is None
    assert sum(part.duration for part in detector._pre_roll) <= 2.0


def test_endless_speech_is_cut() -> None:
    chunks = int(MAX_UTTERANCE_SECONDS * 2) + 4
    cut = [step.utterance for step in _run({0: True}, chunks) if step.utterance]
    assert len(cut) == 1
    assert MAX_UTTERANCE_SECONDS < cut[0].duration <= MAX_UTTERANCE_SECONDS + 1.5


def test_two_utterances_are_not_mixed() -> None:
    events = _run({1: True, 3: False, 6: True, 8: False}, 10)
    first, second = events[3].utterance, events[8].utterance
    assert first is not None
    assert second is not None
    assert first.samples.max() < second.samples.min()
