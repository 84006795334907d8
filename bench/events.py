"""How often FireRed names speech and music rightly, on real recordings. Run: python -m bench.events

Needs Debian's asterisk-core-sounds-{en,es,fr,it}-g722 and asterisk-moh-opsound-g722.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

import numpy as np

from bench.prompt_clips import LANGUAGES, music, prompts, read_g722
from funaudio_core.engines.firered import FireRed
from funaudio_core.errors import FunAudioError
from funaudio_core.types import Audio, Span

PER_LANGUAGE = 12
EXCERPT = 10.0  # seconds
EXCERPTS = 8  # of each piece of music
LEAST_RIGHT = 0.9


def main_label(spans: tuple[Span, ...]) -> str:
    """The label that fills the most time, singing with its music; "" for none."""
    seconds: dict[str, float] = {}
    for span in spans:
        label = "music" if span.label == "singing" else span.label
        seconds[label] = seconds.get(label, 0.0) + span.end - span.start
    return max(seconds, key=lambda label: seconds[label], default="")


def spoken() -> Iterator[Audio]:
    """Prompts in four languages."""
    for language in LANGUAGES:
        for prompt in prompts(language, PER_LANGUAGE):
            yield prompt.clip()


def played() -> Iterator[Audio]:
    """Excerpts spread over every piece of music on hold."""
    for path in music():
        piece = read_g722(path)
        for start in np.linspace(0, piece.duration - EXCERPT, EXCERPTS):
            yield piece.slice(float(start), float(start) + EXCERPT)


def hushed() -> Iterator[Audio]:
    """Digital silence and white noise at four levels."""
    random = np.random.default_rng(0)
    for level in (0.0, 0.001, 0.01, 0.1, 0.5):
        yield Audio((random.normal(0, level, 160_000) if level else np.zeros(160_000)).astype(np.float32), 16_000)


def main() -> int:
    """Count, print and compare with LEAST_RIGHT; the exit status says whether every row met it."""
    ear = FireRed()
    missed = False
    for expected, clips in (("speech", list(spoken())), ("music", list(played())), ("", list(hushed()))):
        start = time.process_time()
        labels = [main_label(ear.detect(clip)) for clip in clips]
        spent = (time.process_time() - start) / sum(clip.duration for clip in clips)
        share = sum(label == expected for label in labels) / len(labels)
        missed |= share < LEAST_RIGHT
        name = expected or "silence and noise"
        print(f"{name:<18} {share:6.1%} of {len(labels)} clips right   {spent:.4f} CPU-s per second of audio")
    start = time.process_time()
    clips = list(spoken())
    heard = sum(bool(ear.detect_speech(clip)) for clip in clips)
    spent = (time.process_time() - start) / sum(clip.duration for clip in clips)
    false = sum(bool(ear.detect_speech(clip)) for clip in hushed())
    print(f"voice activity: {heard}/{len(clips)} prompts, {false} false alarms in noise, {spent:.4f} CPU-s per second")
    print("Missed." if missed else "All limits met.")
    return int(missed)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except FunAudioError as problem:
        sys.exit(str(problem))
