"""Speech of a show on disk: one growing file, of which any part is read without the rest."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np

from funaudio_core.errors import BadInput
from funaudio_core.types import Audio, Pcm16, Samples, Word

FULL_SCALE = 32767.0


@dataclass(frozen=True, slots=True)
class Recording:
    """Speech of one sentence on a tape: where it is, in samples, and its words with seconds from its start."""

    start: int
    length: int
    words: tuple[Word, ...] = ()


class Tape:
    """Sound of one sample rate in a file of its own, 16 bits a sample. Thread-safe."""

    def __init__(self, rate: int, folder: Path | None = None) -> None:
        """Create an empty file. folder: Folder to create it in; None for that of temporary files."""
        self.rate = rate
        self._file = tempfile.TemporaryFile(prefix="show-", dir=folder)  # noqa: SIM115 (open as long as the tape)
        self._length = 0
        self._lock = Lock()

    def append(self, clip: Audio, words: tuple[Word, ...] = ()) -> Recording:
        """Add a clip. Raise BadInput if it has another rate."""
        if clip.rate != self.rate:
            raise BadInput(
                "Clips at {rates} Hz can't be joined. Resample them to one rate first.", rates=(clip.rate, self.rate)
            )
        samples = clip.pcm16()
        with self._lock:
            start = self._length
            self._file.seek(2 * start)
            self._file.write(samples.tobytes())
            self._length += len(samples)
        return Recording(start, len(samples), words)

    def read(self, start: int, end: int) -> Pcm16:
        """Return samples `start` to `end`, int16 (end - start,)."""
        with self._lock:
            self._file.seek(2 * start)
            return np.frombuffer(self._file.read(2 * (end - start)), np.int16).copy()

    def read_samples(self, start: int, end: int) -> Samples:
        """Return samples `start` to `end`, float32 (end - start,)."""
        return self.read(start, end).astype(np.float32) / np.float32(FULL_SCALE)

    def load(self, recording: Recording) -> Audio:
        """Return the sound of a recording."""
        return Audio(self.read_samples(recording.start, recording.start + recording.length), self.rate)

    def close(self) -> None:
        """Delete the file."""
        self._file.close()
