"""How well and how cheaply Whisper base hears real telephone prompts, against plain faster-whisper in the same run.

Run: python -m bench.asr [minutes of the long clip, 60 by default; 0 leaves it out]
Needs Debian's asterisk-core-sounds-{en,es,fr,it}-g722.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
import unicodedata
from collections.abc import Callable
from itertools import cycle

import numpy as np

from bench.prompt_clips import LANGUAGES, Prompt, prompts
from funaudio_core import audio, settings
from funaudio_core.engines import whisper
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.errors import FunAudioError
from funaudio_core.runtime import telemetry
from funaudio_core.text import error_rate
from funaudio_core.types import Audio
from funaudio_core.weights import store

PER_LANGUAGE = 12
LIMITS = {"en": 0.05, "es": 0.25, "fr": 0.25, "it": 0.25}  # word error rate, accents ignored
FEWEST_LANGUAGES_RIGHT = 45  # of 48
Hear = Callable[[Audio], tuple[str, str]]  # clip -> (text, language)


def bare(text: str) -> str:
    """Text without accents: the Spanish references were typed without most of theirs."""
    return "".join(char for char in unicodedata.normalize("NFD", text) if unicodedata.category(char) != "Mn")


def error(prompt: Prompt, text: str) -> float:
    """Word error rate of one prompt, accents ignored."""
    return error_rate.wer(bare(prompt.text), bare(text), prompt.language)


def measure(name: str, hear: Hear, chosen: dict[str, list[Prompt]]) -> tuple[dict[str, float], int, float]:
    """Print and return WER per language, languages right, and the median CPU seconds of a clip."""
    wers, spent, right, strict = {}, [], 0, {}
    for language, rows in chosen.items():
        errors, exact = [], []
        for prompt in rows:
            clip = prompt.clip()
            start = time.process_time()
            text, heard = hear(clip)
            spent.append(time.process_time() - start)
            right += heard == language
            errors.append(error(prompt, text))
            exact.append(error_rate.wer(prompt.text, text, language))
        wers[language], strict[language] = statistics.mean(errors), statistics.mean(exact)
    figures = "  ".join(f"{code} {wers[code]:.3f} ({strict[code]:.3f})" for code in wers)
    total = sum(len(rows) for rows in chosen.values())
    print(f"{name:<14} WER {figures}   language {right}/{total}   CPU-s a clip: median {statistics.median(spent):.2f}")
    return wers, right, statistics.median(spent)


def resident_megabytes() -> float:
    """Memory of this process that is in RAM."""
    import psutil

    return float(psutil.Process().memory_info().rss / 1e6)


def long_clip(minutes: float, rows: list[Prompt]) -> Audio:
    """Prompts with pauses of 1 to 3 s, over and over."""
    clips = [prompt.clip() for prompt in rows]
    random = np.random.default_rng(0)
    pieces, gaps, total = [], [], 0.0
    for clip in cycle(clips):
        if total >= minutes * 60:
            break
        pieces.append(clip)
        gaps.append(float(random.uniform(1, 3)))
        total += clip.duration + gaps[-1]
    return audio.concat(pieces, gaps[:-1])


def measure_long(engine: whisper.Whisper, minutes: float, rows: list[Prompt]) -> None:
    """Print the cost of a long clip, in memory and CPU seconds."""
    clip = long_clip(minutes, rows)
    gc.collect()
    before = peak = resident_megabytes()
    start, arrivals = time.process_time(), []
    for _ in engine.transcribe(clip, RecognitionOptions()):
        arrivals.append(time.process_time() - start)
        peak = max(peak, resident_megabytes())
    spent = time.process_time() - start
    print(
        f"{clip.duration / 60:.0f} min: {len(arrivals)} segments, {spent:.0f} CPU-s (real-time factor "
        f"{telemetry.real_time_factor(spent, clip.duration):.3f}), first segment after {arrivals[0]:.2f} CPU-s, "
        f"memory {before:.0f} -> {peak:.0f} MB (the clip itself is {clip.samples.nbytes / 1e6:.0f} MB)"
    )


def main(minutes: float) -> int:
    """Measure, compare with the limits; the exit status says whether all were met."""
    chosen = {language: prompts(language, PER_LANGUAGE) for language in LANGUAGES}
    engine = whisper.load()
    from faster_whisper import WhisperModel

    peer = WhisperModel(
        str(store.artifact_dir("whisper-base")),
        device="cpu",
        compute_type="int8",
        cpu_threads=settings.read().threads,
    )

    def ours(clip: Audio) -> tuple[str, str]:
        segments = list(engine.transcribe(clip, RecognitionOptions()))
        return " ".join(segment.text for segment in segments), segments[0].language if segments else ""

    def theirs(clip: Audio) -> tuple[str, str]:
        segments, info = peer.transcribe(clip.samples, beam_size=1)
        return " ".join(segment.text for segment in segments), info.language

    print("WER: accents ignored (exact in brackets). Both: greedy first, language detected, int8, same threads.")
    wers, right, cost = measure("this project", ours, chosen)
    _, _, peer_cost = measure("faster-whisper", theirs, chosen)
    print(f"CPU time against faster-whisper: {cost / peer_cost:.2f} x")
    if minutes:
        measure_long(engine, minutes, [prompt for rows in chosen.values() for prompt in rows])
    missed = [f"{code} WER {wers[code]:.3f} > {limit}" for code, limit in LIMITS.items() if wers[code] > limit]
    if right < FEWEST_LANGUAGES_RIGHT:
        missed.append(f"language {right} < {FEWEST_LANGUAGES_RIGHT}")
    print(f"Missed: {'; '.join(missed)}" if missed else "All limits met.")
    return 1 if missed else 0


if __name__ == "__main__":
    try:
        sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 60))
    except FunAudioError as problem:
        sys.exit(str(problem))
