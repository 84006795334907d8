"""Who spoke when: diarization error of mixed conversations, cost, and the error of speaker verification.

python -m bench.recognition.speakers             conversations of the test set, number found and given, and the cost
python -m bench.recognition.speakers dev         the same for the set that the thresholds were chosen on
python -m bench.recognition.speakers similarity  equal error rate of CAM++ and GE2E on real recordings
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from bench.recognition._mixtures import PRESETS, Mixture, mixtures, voices
from funaudio_core.engines import campplus, ge2e, pyannote
from funaudio_core.engines.protocols import SpeakerEncoder
from funaudio_core.errors import BadInput
from funaudio_core.pipelines.speakers import diarize
from funaudio_core.pipelines.speakers.diarize import SpeakerEvidence

CONVERSATIONS = 12
COLLAR_SECONDS = 0.25  # on both sides of each border of a reference turn, not scored
FRAME_SECONDS = 0.01
PAIR_SECONDS, CLIPS_PER_VOICE = 4.0, 6  # of the clips that are compared
MAX_ERROR, MAX_COST = 0.15, 0.05
Turns = Sequence[tuple[str, float, float]]


def diarization_error(reference: Turns, found: Turns, collar: float = COLLAR_SECONDS) -> float:
    """Return the diarization error rate: speech missed, invented or of the wrong speaker, over the speech.

    Args:
        reference: (speaker, start, end) in seconds; turns of one speaker may touch or overlap.
        found: The same; each of its speakers counts as at most one of the reference, in the best assignment.
        collar: Seconds on both sides of each border of a reference turn that are not scored.
    """
    from scipy.optimize import linear_sum_assignment

    end = max((stop for _, _, stop in (*reference, *found)), default=0.0)
    expected, actual = _frames(reference, end), _frames(found, end)
    scored = np.ones(expected.shape[1], bool)
    for edge in (
        edge for row in expected for edge in np.flatnonzero(np.diff(row.astype(np.int8), prepend=0, append=0))
    ):
        scored[max(0, edge - round(collar / FRAME_SECONDS)) : edge + round(collar / FRAME_SECONDS)] = False
    expected, actual = expected[:, scored], actual[:, scored]
    common = expected.astype(np.int64) @ actual.T.astype(np.int64)
    correct = common[linear_sum_assignment(-common)].sum()
    speech = expected.sum(axis=0)
    errors = np.maximum(speech, actual.sum(axis=0)).sum() - correct
    return float(errors) / max(1, int(speech.sum()))


def _frames(turns: Turns, end: float) -> NDArray[np.bool_]:
    """Return who speaks, bool (speakers, frames)."""
    names = list(dict.fromkeys(name for name, _, _ in turns))
    active = np.zeros((len(names), round(end / FRAME_SECONDS)), bool)
    for name, start, stop in turns:
        active[names.index(name), round(start / FRAME_SECONDS) : round(stop / FRAME_SECONDS)] = True
    return active


def collect(mixture: Mixture) -> SpeakerEvidence:
    """Return the evidence on a conversation."""
    *_, evidence = diarize.collect_evidence(mixture.clip, pyannote.load(), campplus.load())
    assert evidence is not None
    return evidence


def error_of(mixture: Mixture, evidence: SpeakerEvidence, speakers: int) -> tuple[float, int]:
    """Return the diarization error and the number of speakers found. speakers: The number, or diarize.AUTO."""
    turns = diarize.find_turns(evidence, speakers)
    found = [(str(turn.speaker), turn.start, turn.end) for turn in turns]
    return diarization_error(mixture.turns, found), len({turn.speaker for turn in turns})


def print_conversations(part: str) -> None:
    """Print the error of each conversation of a set, and the cost."""
    rows, cpu, clock, seconds = [], 0.0, 0.0, 0.0
    print("conversation  speakers  found  error, number found  number given")
    for mixture in mixtures(part, CONVERSATIONS):
        began = time.process_time(), time.perf_counter()
        evidence = collect(mixture)
        (auto, found), (given, _) = (error_of(mixture, evidence, count) for count in (diarize.AUTO, mixture.speakers))
        cpu, clock = cpu + time.process_time() - began[0], clock + time.perf_counter() - began[1]
        seconds += mixture.clip.duration
        rows.append((auto, given, found == mixture.speakers))
        print(f"{mixture.name:12} {mixture.speakers:9} {found:6} {auto:20.3f} {given:13.3f}", flush=True)
    auto, given, right = np.mean(rows, axis=0)
    print(f"mean: {auto:.3f}, number given {given:.3f}; number right in {right:.0%}")
    print(f"cost per second of sound: {cpu / seconds:.4f} CPU-s, {clock / seconds:.4f} s on the clock")
    if part == "test":
        assert auto <= MAX_ERROR, "diarization error"


def equal_error_rate(same: Sequence[float], different: Sequence[float]) -> tuple[float, float]:
    """Return the rate at which as many pairs of one speaker are rejected as of two accepted, and the threshold."""
    thresholds = np.unique([*same, *different])
    rejected = np.array([np.mean(np.asarray(same) < threshold) for threshold in thresholds])
    accepted = np.array([np.mean(np.asarray(different) >= threshold) for threshold in thresholds])
    best = int(np.abs(rejected - accepted).argmin())
    return float(rejected[best] + accepted[best]) / 2, float(thresholds[best])


def print_similarity() -> None:
    """Print the equal error rate of both encoders on clips of real speakers, of both sets together."""
    synthetic = {name for names in PRESETS.values() for name in names}
    clips = [
        (name, clip.slice(0, PAIR_SECONDS))
        for part in ("dev", "test")
        for name, spoken in voices(part).items()
        if name not in synthetic and not name[0].isdecimal()
        for clip in [each for each in spoken if each.duration >= PAIR_SECONDS / 2][:CLIPS_PER_VOICE]
    ]
    encoders: dict[str, SpeakerEncoder] = {"CAM++": campplus.load(), "GE2E": ge2e.load()}
    for title, encoder in encoders.items():
        began = time.process_time()
        embedded = []
        for name, clip in clips:
            try:
                embedded.append((name, encoder.embed(clip)))
            except BadInput:
                continue
        cost = (time.process_time() - began) / sum(clip.duration for _, clip in clips)
        same, different = ([], [])  # type: tuple[list[float], list[float]]
        for (first, a), (second, b) in combinations(embedded, 2):
            (same if first == second else different).append(float(a @ b))
        rate, threshold = equal_error_rate(same, different)
        print(
            f"{title}: equal error rate {rate:.3f} at {threshold:.2f}; {len(same)} pairs of one speaker "
            f"(median {np.median(same):.2f}, a tenth below {np.quantile(same, 0.1):.2f}), {len(different)} of two "
            f"(median {np.median(different):.2f}, a tenth above {np.quantile(different, 0.9):.2f}); "
            f"{cost:.4f} CPU-s per s",
            flush=True,
        )


if __name__ == "__main__":
    print_similarity() if sys.argv[1:] == ["similarity"] else print_conversations("".join(sys.argv[1:]) or "test")
