"""Accuracy of FireRed's speech and music detection on real recordings.

Run: python -m bench.recognition.events. Needs Debian's asterisk-core-sounds-{en,es,fr,it}-g722 and
asterisk-moh-opsound-g722.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

import numpy as np

from bench._options import option_parser
from bench.recognition.prompt_clips import LANGUAGES, music, prompts, read_g722
from funaudio_core.engines.firered import FireRed
from funaudio_core.errors import FunAudioError
from funaudio_core.types import Audio, Span

PROMPTS_PER_LANGUAGE = 12
EXCERPT_SECONDS = 10.0
EXCERPTS_PER_PIECE = 8
MIN_CORRECT_SHARE = 0.9


def main_label(spans: tuple[Span, ...]) -> str:
    """Return the label with the longest time, singing counted as music, or "" if there is none."""
    seconds: dict[str, float] = {}
    for span in spans:
        label = "music" if span.label == "singing" else span.label
        seconds[label] = seconds.get(label, 0.0) + span.end - span.start
    return max(seconds, key=lambda label: seconds[label], default="")


def speech_clips() -> Iterator[Audio]:
    """Yield prompts in four languages."""
    for language in LANGUAGES:
        for prompt in prompts(language, PROMPTS_PER_LANGUAGE):
            yield prompt.clip()


def music_clips() -> Iterator[Audio]:
    """Yield excerpts spread over every piece of music on hold."""
    for path in music():
        piece = read_g722(path)
        for start in np.linspace(0, piece.duration - EXCERPT_SECONDS, EXCERPTS_PER_PIECE):
            yield piece.slice(float(start), float(start) + EXCERPT_SECONDS)


def noise_clips() -> Iterator[Audio]:
    """Yield digital silence, and white noise at four levels."""
    random = np.random.default_rng(0)
    for level in (0.0, 0.001, 0.01, 0.1, 0.5):
        yield Audio((random.normal(0, level, 160_000) if level else np.zeros(160_000)).astype(np.float32), 16_000)


def main() -> int:
    """Print the share of correct clips, and return 1 if any row is below MIN_CORRECT_SHARE, else 0."""
    detector = FireRed()
    missed = False
    for expected, clips in (
        ("speech", list(speech_clips())),
        ("music", list(music_clips())),
        ("", list(noise_clips())),
    ):
        start = time.process_time()
        labels = [main_label(detector.detect(clip)) for clip in clips]
        cpu_ratio = (time.process_time() - start) / sum(clip.duration for clip in clips)
        share = sum(label == expected for label in labels) / len(labels)
        missed |= share < MIN_CORRECT_SHARE
        name = expected or "silence and noise"
        print(f"{name:<18} {share:6.1%} of {len(labels)} clips right   {cpu_ratio:.4f} CPU-s per second of audio")
    start = time.process_time()
    clips = list(speech_clips())
    detected = sum(bool(detector.detect_speech(clip)) for clip in clips)
    cpu_ratio = (time.process_time() - start) / sum(clip.duration for clip in clips)
    false_alarms = sum(bool(detector.detect_speech(clip)) for clip in noise_clips())
    print(
        f"voice activity: {detected}/{len(clips)} prompts, {false_alarms} false alarms in noise, "
        f"{cpu_ratio:.4f} CPU-s per second"
    )
    print("Missed." if missed else "All limits met.")
    return int(missed)


if __name__ == "__main__":
    option_parser(__doc__).parse_args()
    try:
        sys.exit(main())
    except FunAudioError as problem:
        sys.exit(str(problem))
