"""Search for the speakers of several recordings together, so that a number means one person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from funaudio_core import audio
from funaudio_core.engines.protocols import RECOGNITION_RATE, SpeakerEncoder, SpeakerSegmenter
from funaudio_core.pipelines.speakers import diarize
from funaudio_core.pipelines.speakers.diarize import SpeakerEvidence, SpeakerTurn

GAP_SECONDS = 60.0  # between two recordings, which are searched as one


class SpeakerSearch:
    """Evidence on the speakers of recordings, as if these followed each other. Not thread-safe."""

    def __init__(self, paths: Sequence[Path], segmenter: SpeakerSegmenter, encoder: SpeakerEncoder) -> None:
        """Create a search through the recordings at `paths`."""
        self._paths, self._segmenter, self._encoder = paths, segmenter, encoder
        self._evidence: list[SpeakerEvidence] = []
        self._bounds = [0.0]  # start of each recording and of the one behind the last

    def collect(self) -> Iterator[float]:
        """Collect the evidence; yield the seconds of sound that were done after each piece of work.

        Raises:
            BadInput: A recording can't be decoded.
            Cancelled: The request was cancelled.
        """
        frame_seconds = self._segmenter.frame_seconds
        done = 0.0
        for path in self._paths:
            clip = audio.load(path, rate=RECOGNITION_RATE)
            for count, evidence in enumerate(diarize.collect_evidence(clip, self._segmenter, self._encoder)):
                if evidence is not None:
                    self._evidence.append(evidence.shift(self._bounds[-1]))
                yield done + min(clip.duration, count * self._segmenter.window_seconds / 2)
            done += clip.duration
            whole_frames = round((clip.duration + GAP_SECONDS) / frame_seconds)
            self._bounds.append(self._bounds[-1] + whole_frames * frame_seconds)

    def turns(self, speakers: int) -> dict[Path, tuple[SpeakerTurn, ...]]:
        """Return the turns of each recording in its own seconds. speakers: Number of speakers, or diarize.AUTO."""
        if not self._evidence:
            return {}
        found = diarize.find_turns(diarize.join_evidence(self._evidence), speakers)
        return {
            path: tuple(
                SpeakerTurn(turn.speaker, turn.start - start, turn.end - start)
                for turn in found
                if start <= turn.start < end
            )
            for path, start, end in zip(self._paths, self._bounds, self._bounds[1:], strict=False)
        }
