"""Cost and memory of the exports of a long recording.

`python -m bench.shows.export [--hours 1] [--chapters 30] [kinds …]`. The recording is made of the example clips,
repeated, in parts of 30 s in files of their own. Each kind is written by a process of its own: CPU seconds for an hour
of sound with the measuring of loudness, the highest memory over that at the start, the size, and by how much the
loudest and the softest chapter miss the target.
"""

from __future__ import annotations

import json
import math
import os
import resource
import subprocess
import sys
import tempfile
from argparse import Namespace
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from bench._options import option_parser
from funaudio_core import audio
from funaudio_core.audio.container import Source, TrackStatistics, read_frames
from funaudio_core.audio.loudness import LoudnessMeter, PeakMeter
from funaudio_core.narration.export.kinds import KINDS, export
from funaudio_core.narration.export.levels import AUDIOBOOK
from funaudio_core.narration.export.recording import ArraySlice, RecordedBook, RecordedChapter, RecordedSegment
from funaudio_core.narration.export.samples import chapter_spans
from funaudio_core.types import Word
from funaudio_core.voices.examples import EXAMPLES

RATE = 24_000
PART_SECONDS, PAUSE_SECONDS = 30, 0.5
WORDS_PER_PART = 80  # 160 a minute
SENTENCE_WORDS = 16
SOUND_KINDS = ("m4b", "m4a", "mp3", "wav")


def main() -> None:
    """Print the measurements."""
    parser = option_parser(__doc__)
    parser.add_argument("kinds", nargs="*", default=["wav", "m4b", "mp3", "epub", "vtt", "json"])
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--chapters", type=int, default=30)
    parser.add_argument("--folder", type=Path, help="used by the processes that this one starts")
    arguments = parser.parse_args()
    if arguments.folder:
        _run(arguments)
        return
    with tempfile.TemporaryDirectory() as folder:
        _write_parts(Path(folder), round(arguments.hours * 3600 / PART_SECONDS))
        for kind in arguments.kinds:
            _measure(kind, Path(folder), arguments)


def _measure(kind: str, folder: Path, arguments: Namespace) -> None:
    """Export in a process of its own, and print what it reports."""
    command = [sys.executable, "-m", "bench.shows.export", kind, "--folder", str(folder)]
    command += ["--hours", str(arguments.hours), "--chapters", str(arguments.chapters)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    found = json.loads(process.stdout)
    line = f"{kind}: {found['seconds'] / arguments.hours:.1f} CPU-s an hour, +{found['megabytes']:.0f} MB"
    print(f"{line}, {found['bytes'] / 1e6:.0f} MB on disk", flush=True)
    if kind in SOUND_KINDS:
        path = folder / f"book{KINDS[kind].suffix}"
        low, high, peak = _levels(path, _book(folder, arguments))
        print(f"  chapters from {low:.2f} to {high:.2f} LUFS, true peak {peak:.2f} dB", flush=True)
        path.unlink()


def _run(arguments: Namespace) -> None:
    """Export one kind, and print the cost as JSON."""
    (kind,) = arguments.kinds
    path: Path = arguments.folder / f"book{KINDS[kind].suffix}"
    start = resource.getrusage(resource.RUSAGE_SELF)
    export(_book(arguments.folder, arguments), kind, path, AUDIOBOOK)
    end = resource.getrusage(resource.RUSAGE_SELF)
    report = {
        "seconds": end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime,
        "megabytes": (end.ru_maxrss - start.ru_maxrss) / 1024,
        "bytes": path.stat().st_size,
    }
    print(json.dumps(report))


def _write_parts(folder: Path, count: int) -> None:
    """Write parts of speech, each of other clips, at levels that differ by up to 12 dB."""
    clips = [audio.resample(audio.load(row.path), RATE).pcm16() for row in EXAMPLES]
    endless = cycle(clips)
    for number in range(count):
        samples = np.concatenate(list(islice(endless, 9)))
        gain = 10 ** (-(number % 13) / 20)
        np.save(folder / f"{number}.npy", (np.resize(samples, PART_SECONDS * RATE) * gain).astype(np.int16))


def _book(folder: Path, arguments: Namespace) -> RecordedBook:
    """Return the recording of the parts in a folder."""
    count = round(arguments.hours * 3600 / PART_SECONDS)
    size = math.ceil(count / arguments.chapters)
    chapters = [
        RecordedChapter(f"Chapter {first // size + 1}", [_segment(folder, number) for number in numbers])
        for first in range(0, count, size)
        if (numbers := range(first, min(first + size, count)))
    ]
    return RecordedBook("Ten Hours", RATE, chapters, ("An Author",), {"": "Narrator"})


def _segment(folder: Path, number: int) -> RecordedSegment:
    """Return a part as a segment with evenly spaced words."""
    step = PART_SECONDS / WORDS_PER_PART
    texts = [f"word{index}{'.' if (index + 1) % SENTENCE_WORDS == 0 else ''}" for index in range(WORDS_PER_PART)]
    words = tuple(Word(text, index * step, (index + 1) * step) for index, text in enumerate(texts))
    source = ArraySlice(folder / f"{number}.npy")
    pause = round(PAUSE_SECONDS * RATE)
    return RecordedSegment(
        " ".join(texts), source, PART_SECONDS * RATE, passage=number, words=words, pause_samples=pause
    )


def _levels(path: Path, book: RecordedBook) -> tuple[float, float, float]:
    """Return the lowest and the highest loudness of the chapters of a file, and its true peak."""
    loudness, peaks = [], PeakMeter()
    blocks = (block for _, block in read_frames(path, Source(), TrackStatistics()))
    rest = np.zeros(0, np.float32)
    for span in chapter_spans(book):
        meter, missing = LoudnessMeter(RATE), span.end - span.start
        while missing and (len(rest) or (rest := next(blocks, rest)).size):
            meter.feed(rest[:missing])
            peaks.feed(rest[:missing])
            rest, missing = rest[missing:], missing - len(rest[:missing])
        loudness.append(meter.loudness)
    return min(loudness), max(loudness), peaks.decibels


if __name__ == "__main__":
    main()
