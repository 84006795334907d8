"""Short synthetic recordings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from funaudio_core import audio
from funaudio_core.narration.export.recording import (
    ArraySlice,
    RecordedBook,
    RecordedChapter,
    RecordedSegment,
)
from funaudio_core.types import Pcm16, Word
from tests.conftest import example

RATE = 24_000
Sound = Callable[[int, int], Pcm16]  # of the number of samples and a seed


def voiced(count: int, seed: int) -> Pcm16:
    """Return `count` samples of noise that swells and fades like syllables."""
    generator = np.random.default_rng(seed)
    syllables = np.abs(np.sin(np.arange(count) / RATE * 2 * np.pi * 2.1)) ** 2
    noise = np.convolve(generator.normal(size=count + 20), np.ones(20) / 20, mode="valid")[:count]
    samples: Pcm16 = (noise * syllables * 8_000).clip(-32_000, 32_000).astype(np.int16)
    return samples


def speech(count: int, _seed: int) -> Pcm16:
    """Return the start of an example clip, repeated."""
    clip = audio.resample(audio.load(example("en").path), RATE).pcm16()
    return np.resize(clip, count)


def click(count: int, _seed: int) -> Pcm16:
    """Return `count` samples of silence with a click at the first one."""
    samples = np.zeros(count, np.int16)
    samples[:24] = 16_000
    return samples


def build_segment(
    folder: Path,
    text: str,
    number: int,
    *,
    seconds: float = 1.0,
    sound: Sound = voiced,
    speaker: str = "",
    pause: float = 0.3,
    kind: str = "paragraph",
    passage: int = 0,
) -> RecordedSegment:
    """Return a segment whose words divide the time evenly, stored in a file of its own."""
    count = round(seconds * RATE)
    path = folder / f"{number}.npy"
    np.save(path, sound(count, number))
    parts = text.split() if " " in text.strip() else list(text.strip())
    step = seconds / max(1, len(parts))
    words = tuple(Word(part, index * step, (index + 0.9) * step) for index, part in enumerate(parts))
    pauses = round(pause * RATE)
    return RecordedSegment(text, ArraySlice(path), count, speaker, kind, passage, words, (), pauses)


def build_book(
    folder: Path,
    texts: Sequence[str],
    *,
    seconds: float = 1.0,
    pause: float = 0.3,
    sound: Sound = voiced,
    **values: Any,
) -> RecordedBook:
    """Return a book with one chapter for each text, a heading and a paragraph in each; `sound` starts the chapters."""
    chapters = []
    for number, text in enumerate(texts):
        title = f"Chapter {number + 1}"
        heading = build_segment(folder, title, 2 * number, seconds=seconds, sound=sound, kind="heading", pause=pause)
        body = build_segment(folder, text, 2 * number + 1, seconds=seconds, pause=pause, passage=1)
        chapters.append(RecordedChapter(title, (heading, body)))
    return RecordedBook("A Book", RATE, chapters, **values)
