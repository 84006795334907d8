"""Search for the watermark in finished files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from funaudio_core.audio import is_silent
from funaudio_core.audio.container import Source, TrackStatistics, read_frames
from funaudio_core.engines.protocols import Watermarker
from funaudio_core.narration.export.levels import Progress
from funaudio_core.runtime.cancellation import raise_if_cancelled
from funaudio_core.types import Audio, Samples

STRETCH_SECONDS = 30.0
MIN_CONFIDENCE = 0.5


@dataclass(frozen=True, slots=True)
class Stretch:
    """Stretch of a file in seconds, with the confidence in [0, 1] that the mark is in it; None if it is silent."""

    start: float
    end: float
    confidence: float | None

    @property
    def lacks_mark(self) -> bool:
        """Return whether there is sound without the mark."""
        return self.confidence is not None and self.confidence < MIN_CONFIDENCE


@dataclass(frozen=True, slots=True)
class WatermarkReport:
    """Stretches of a file in order, which cover it."""

    stretches: tuple[Stretch, ...]

    @property
    def unmarked(self) -> tuple[Stretch, ...]:
        """Return the stretches with sound but without the mark."""
        return tuple(stretch for stretch in self.stretches if stretch.lacks_mark)

    @property
    def is_marked(self) -> bool:
        """Return whether the mark is in every stretch with sound, of which there is one at least."""
        return not self.unmarked and any(stretch.confidence is not None for stretch in self.stretches)

    @property
    def confidence(self) -> float:
        """Return the lowest confidence of a stretch with sound; 0 without any."""
        return min((stretch.confidence for stretch in self.stretches if stretch.confidence is not None), default=0.0)


def find_watermark(path: Path, watermarker: Watermarker, progress: Progress = lambda _: None) -> WatermarkReport:
    """Look for the watermark in every STRETCH_SECONDS of a file, decoding it block by block.

    Args:
        path: Sound file of any format that the decoder reads.
        watermarker: The engine that marks speech.
        progress: Called with the share that is done.

    Raises:
        BadInput: The file can't be read.
        Cancelled: The work was cancelled.
    """
    found = TrackStatistics()
    stretches: list[Stretch] = []
    for start, audio in _stretches(path, found):
        raise_if_cancelled()
        confidence = None if is_silent(audio) else watermarker.find(audio)
        stretches.append(Stretch(start, start + audio.duration, confidence))
        progress(min(1.0, stretches[-1].end / max(found.declared_seconds, stretches[-1].end)))
    return WatermarkReport(tuple(stretches))


def _stretches(path: Path, found: TrackStatistics) -> Iterator[tuple[float, Audio]]:
    """Yield the start in seconds and the sound of each stretch; a short rest belongs to the last one.

    Half a stretch is held back, so that the last one is not too short to hold the mark.
    """
    blocks: list[Samples] = []
    count, position, rate = 0, 0, 0
    for rate, block in read_frames(path, Source(), found):
        blocks.append(block)
        count += len(block)
        size = round(STRETCH_SECONDS * rate)
        if count >= size + size // 2:
            samples = np.concatenate(blocks)
            yield position / rate, Audio(samples[:size], rate)
            blocks, count, position = [samples[size:].copy()], count - size, position + size
    if count:
        yield position / rate, Audio(np.concatenate(blocks), rate)
