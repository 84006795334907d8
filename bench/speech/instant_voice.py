"""Hibari against Kokoro's af_heart, from which it was distilled: quality, cost, and joins between the two.

python -m bench.speech.instant_voice          100 sentences: error rate, similarity, F0, pace and CPU time
python -m bench.speech.instant_voice joins    50 openers by either voice, each followed by the same speech of Kokoro

Whisper base transcribes. Similarities are those of GE2E embeddings: of the same sentence by both voices, and, for what
is usual within a voice, of each sentence and the next one.
"""

from __future__ import annotations

import math
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from funaudio_core import audio
from funaudio_core.audio import prosody
from funaudio_core.engines import ge2e, hibari, kokoro, whisper
from funaudio_core.engines.protocols import RecognitionOptions, Synthesizer
from funaudio_core.text import error_rate
from funaudio_core.types import Audio, Prosody, Samples, SpeechRequest, Voice

FOLDER = Path(__file__).parent
SENTENCES = (FOLDER / "instant_voice_sentences.txt").read_text(encoding="utf-8").splitlines()
JOINS = (FOLDER / "instant_voice_joins.txt").read_text(encoding="utf-8").splitlines()
TEACHER = next(voice for voice in kokoro.SPEC.voices if voice.preset == "af_heart")
STUDENT = hibari.SPEC.voices[0]
GAP_SECONDS = {True: 0.3, False: 0.12}  # at a join after a sentence, and within one, as Kokoro's
SIDE_SECONDS = 1.6  # on either side of a join, compared by GE2E, spectrum and level
PITCH_SECONDS = 0.4  # on either side, compared by F0
BANDS_HZ = np.geomspace(100.0, 10_000.0, 25)  # of the spectrum
MIN_TAIL_SHARE = 0.001  # of the highest power in a spectrum, so that empty bands do not count


class Spoken(NamedTuple):
    """Sentence as one voice speaks it: the audio, the CPU seconds, and those until its first chunk."""

    clip: Audio
    cpu_seconds: float
    first_cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Step:
    """Differences between the two sides of a join.

    Attributes:
        distance: 1 - similarity of the GE2E embeddings.
        pitch: Size of the step of F0 in semitones.
        level: Size of the step of the level in dB.
        spectrum: Root mean square of the steps of the bands of the spectrum, level aside, in dB.
    """

    distance: float
    pitch: float
    level: float
    spectrum: float


def say(engine: Synthesizer, voice: Voice, text: str) -> Spoken:
    """Return a spoken text."""
    began, first = time.process_time(), 0.0
    clips = []
    for chunk in engine.stream(SpeechRequest(text, "en", voice)):
        first = first or time.process_time() - began
        clips.append(chunk.audio)
    return Spoken(audio.concat(clips), time.process_time() - began, first)


def word_error_rate(clip: Audio, text: str) -> float:
    """Return the error rate of what Whisper recognizes."""
    heard = " ".join(part.text for part in whisper.load().transcribe(clip, RecognitionOptions(language="en")))
    rate: float = error_rate.error_rate(text, heard, "en")
    return rate


def print_quality() -> None:
    """Print the table of the sentences, one row for each voice."""
    encoder = ge2e.load()
    embeddings, f0 = [], []
    for engine, voice in ((kokoro.SPEC.load(), TEACHER), (hibari.SPEC.load(), STUDENT)):
        say(engine, voice, "Warm up.")
        spoken = [say(engine, voice, text) for text in SENTENCES]
        errors = [word_error_rate(row.clip, text) for row, text in zip(spoken, SENTENCES, strict=True)]
        measures = [prosody.measure(row.clip) for row in spoken]
        embeddings.append(np.stack([encoder.embed(row.clip) for row in spoken]))
        f0.append(np.array([measured.f0 for measured in measures]))
        within = np.einsum("ij,ij->i", embeddings[-1][:-1], embeddings[-1][1:])
        seconds = sum(row.clip.duration for row in spoken)
        print(
            f"{voice.preset:<9} WER {mean(errors):.4f}, {sum(map(bool, errors))} sentences with errors; "
            f"similarity of neighbours {np.median(within):.3f}; {_describe(measures)}; "
            f"CPU-s per second {sum(row.cpu_seconds for row in spoken) / seconds:.4f}, "
            f"to the first chunk {median(row.first_cpu_seconds for row in spoken):.3f}; "
            f"{seconds / len(spoken):.2f} s each",
            flush=True,
        )
        for text, row, error in zip(SENTENCES, spoken, errors, strict=True):
            if error:
                print(f"    {error:.2f} {row.clip.duration:.1f} s  {text}")
    same = np.einsum("ij,ij->i", *embeddings)
    crossed = np.einsum("ij,ij->i", embeddings[0][:-1], embeddings[1][1:])
    semitones = 12 * np.log2(f0[1] / f0[0])
    print(
        f"both: similarity of the same sentence {np.median(same):.3f}, of neighbours {np.median(crossed):.3f}; ", end=""
    )
    print(f"F0 of a sentence differs by {np.median(semitones):+.2f} st, in size {np.median(np.abs(semitones)):.2f} st")


def _describe(measures: list[Prosody]) -> str:
    """Return the medians of F0, its spread and the pace."""
    return (
        f"F0 {median(row.f0 for row in measures):.0f} Hz, spread {median(row.f0_range for row in measures):.2f} st, "
        f"{median(row.rate for row in measures):.2f} syllables a second, "
        f"{median(row.level for row in measures):.1f} dB"
    )


def print_joins() -> None:
    """Print the steps at the joins, and how often the mixed take has the larger one: half of the time if by chance."""
    teacher, student = kokoro.SPEC.load(), hibari.SPEC.load()
    pure, mixed = [], []
    for line in JOINS:
        opener, rest = (part.strip() for part in line.split("|"))
        gap_seconds = GAP_SECONDS[opener[-1] in ".!?"]
        tail = say(teacher, TEACHER, rest).clip
        pure.append(measure_step(say(teacher, TEACHER, opener).clip, tail, gap_seconds))
        mixed.append(measure_step(say(student, STUDENT, opener).clip, tail, gap_seconds))
    for name in Step.__dataclass_fields__:
        a, b = (np.array([getattr(step, name) for step in steps]) for steps in (pure, mixed))
        known = ~np.isnan(a) & ~np.isnan(b)
        larger = int((b > a)[known].sum())
        print(
            f"{name:<9} Kokoro alone {np.median(a[known]):.3f}, 90th percentile {np.percentile(a[known], 90):.3f}; "
            f"with Hibari {np.median(b[known]):.3f}, {np.percentile(b[known], 90):.3f}; "
            f"larger in {larger} of {known.sum()}, p = {sign_test(larger, int(known.sum())):.3f}"
        )


def sign_test(count: int, total: int) -> float:
    """Return the probability of a count at least as far from half of the total by chance."""
    far = abs(2 * count - total)
    return sum(math.comb(total, k) for k in range(total + 1) if abs(2 * k - total) >= far) * 0.5**total


def measure_step(before: Audio, after: Audio, gap_seconds: float) -> Step:
    """Return the step at the join of two clips of one rate with silence between them."""
    gap = np.zeros(round(gap_seconds * before.rate), np.float32)
    joined = Audio(np.concatenate([before.samples, gap, after.samples]), before.rate)
    cut = before.duration + gap_seconds / 2
    left, right = joined.slice(max(0.0, cut - SIDE_SECONDS), cut), joined.slice(cut, cut + SIDE_SECONDS)
    encoder = ge2e.load()
    spectra = [_spectrum(side.samples, side.rate) for side in (left, right)]
    step = spectra[1] - spectra[0]
    pitches = [_edge_pitch(before, at_end=True), _edge_pitch(after, at_end=False)]
    return Step(
        distance=1 - ge2e.similarity(encoder.embed(left), encoder.embed(right)),
        pitch=abs(12 * math.log2(pitches[1] / pitches[0])),
        level=abs(prosody.measure(right).level - prosody.measure(left).level),
        spectrum=float(np.std(step)),
    )


def _edge_pitch(clip: Audio, *, at_end: bool) -> float:
    """Return the median F0 of the voiced frames at an end of a clip, PITCH_SECONDS of them; nan without any."""
    _, hertz = prosody.f0_curve(clip)
    voiced = hertz[~np.isnan(hertz)]
    count = round(PITCH_SECONDS / prosody.STEP_SECONDS)
    edge = voiced[-count:] if at_end else voiced[:count]
    return float(np.median(edge)) if len(edge) else math.nan


def _spectrum(samples: Samples, rate: int) -> NDArray[np.float64]:
    """Return the power in each of BANDS_HZ in dB."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    bands = np.searchsorted(BANDS_HZ, np.fft.rfftfreq(len(samples), 1 / rate))
    sums = np.bincount(bands, power, len(BANDS_HZ) + 1)[1:-1]
    decibels: NDArray[np.float64] = 10 * np.log10(np.maximum(sums, MIN_TAIL_SHARE * sums.max()))
    return decibels


if __name__ == "__main__":
    print_joins() if sys.argv[1:] == ["joins"] else print_quality()
