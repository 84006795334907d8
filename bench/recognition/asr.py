"""Accuracy and cost of Whisper base on real telephone prompts, against plain faster-whisper in the same run.

Run: python -m bench.recognition.asr [MINUTES]
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

from bench._options import option_parser
from bench.recognition.prompt_clips import LANGUAGES, Prompt, prompts
from funaudio_core import audio, settings
from funaudio_core.engines import whisper
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.errors import FunAudioError
from funaudio_core.runtime import telemetry
from funaudio_core.text import error_rate
from funaudio_core.types import Audio
from funaudio_core.weights import store

PROMPTS_PER_LANGUAGE = 12
MAX_WER = {"en": 0.05, "es": 0.25, "fr": 0.25, "it": 0.25}  # accents ignored
MIN_CORRECT_LANGUAGES = 45  # of 48
Recognize = Callable[[Audio], tuple[str, str]]  # clip -> (text, language)


def strip_accents(text: str) -> str:
    """Return text without accents: the Spanish references were typed without most of theirs."""
    return "".join(char for char in unicodedata.normalize("NFD", text) if unicodedata.category(char) != "Mn")


def prompt_wer(prompt: Prompt, text: str) -> float:
    """Return the word error rate of one prompt, accents ignored."""
    return error_rate.wer(strip_accents(prompt.text), strip_accents(text), prompt.language)


def measure(
    name: str, recognize: Recognize, prompts_by_language: dict[str, list[Prompt]]
) -> tuple[dict[str, float], int, float]:
    """Print and return WER by language, the number of correct languages, and the median CPU seconds per clip."""
    wers, cpu_seconds, correct, exact_wers = {}, [], 0, {}
    for language, rows in prompts_by_language.items():
        rates, exact_rates = [], []
        for prompt in rows:
            clip = prompt.clip()
            start = time.process_time()
            text, detected = recognize(clip)
            cpu_seconds.append(time.process_time() - start)
            correct += detected == language
            rates.append(prompt_wer(prompt, text))
            exact_rates.append(error_rate.wer(prompt.text, text, language))
        wers[language], exact_wers[language] = statistics.mean(rates), statistics.mean(exact_rates)
    figures = "  ".join(f"{code} {wers[code]:.3f} ({exact_wers[code]:.3f})" for code in wers)
    total = sum(len(rows) for rows in prompts_by_language.values())
    print(
        f"{name:<14} WER {figures}   language {correct}/{total}   "
        f"CPU-s a clip: median {statistics.median(cpu_seconds):.2f}"
    )
    return wers, correct, statistics.median(cpu_seconds)


def resident_megabytes() -> float:
    """Return this process's resident memory in MB."""
    import psutil

    return float(psutil.Process().memory_info().rss / 1e6)


def long_clip(minutes: float, rows: list[Prompt]) -> Audio:
    """Return prompts repeated with pauses of 1 to 3 s."""
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
    cpu_seconds = time.process_time() - start
    print(
        f"{clip.duration / 60:.0f} min: {len(arrivals)} segments, {cpu_seconds:.0f} CPU-s (real-time factor "
        f"{telemetry.real_time_factor(cpu_seconds, clip.duration):.3f}), first segment after {arrivals[0]:.2f} CPU-s, "
        f"memory {before:.0f} -> {peak:.0f} MB (the clip itself is {clip.samples.nbytes / 1e6:.0f} MB)"
    )


def main(minutes: float) -> int:
    """Measure, compare with the limits, and return the exit status: 0 if all are met."""
    prompts_by_language = {language: prompts(language, PROMPTS_PER_LANGUAGE) for language in LANGUAGES}
    engine = whisper.load()
    from faster_whisper import WhisperModel

    peer = WhisperModel(
        str(store.artifact_dir("whisper-base")),
        device="cpu",
        compute_type="int8",
        cpu_threads=settings.read().threads,
    )

    def recognize(clip: Audio) -> tuple[str, str]:
        segments = list(engine.transcribe(clip, RecognitionOptions()))
        return " ".join(segment.text for segment in segments), segments[0].language if segments else ""

    def recognize_with_peer(clip: Audio) -> tuple[str, str]:
        segments, info = peer.transcribe(clip.samples, beam_size=1)
        return " ".join(segment.text for segment in segments), info.language

    print("WER: accents ignored (exact in brackets). Both: greedy first, language detected, int8, same threads.")
    wers, correct, cost = measure("this project", recognize, prompts_by_language)
    _, _, peer_cost = measure("faster-whisper", recognize_with_peer, prompts_by_language)
    print(f"CPU time against faster-whisper: {cost / peer_cost:.2f} x")
    if minutes:
        measure_long(engine, minutes, [prompt for rows in prompts_by_language.values() for prompt in rows])
    missed = [f"{code} WER {wers[code]:.3f} > {limit}" for code, limit in MAX_WER.items() if wers[code] > limit]
    if correct < MIN_CORRECT_LANGUAGES:
        missed.append(f"language {correct} < {MIN_CORRECT_LANGUAGES}")
    print(f"Missed: {'; '.join(missed)}" if missed else "All limits met.")
    return 1 if missed else 0


if __name__ == "__main__":
    options = option_parser(__doc__)
    options.add_argument("minutes", nargs="?", type=float, default=60, help="length of the long clip; 0 leaves it out")
    try:
        sys.exit(main(options.parse_args().minutes))
    except FunAudioError as problem:
        sys.exit(str(problem))
