"""Amount of work of a training in seconds on two idle cores, for estimates before it and of the time left."""

from __future__ import annotations

from dataclasses import dataclass

from funaudio_core.languages import is_spaced
from funaudio_core.runtime.time_left import Pace
from funaudio_core.training.words.model import WordsCost, WordsPlan, WordsRequest

# Seconds by the clock on two idle cores of an AMD EPYC (bench.words, 2026-11-30).
SPEAK_SECONDS = {True: 0.0105, False: 0.04}  # a character, by languages.is_spaced
ENCODE_SECONDS = 0.12  # a clip
DECODE_SECONDS = 0.12  # a held-out clip
STEP_SECONDS = 0.06  # a clip in a step of training
MODEL_SECONDS = 1.2  # to merge an adapter and to load the model with it
MEMORY_BYTES = 1_600_000_000  # beyond that of the app: PyTorch, the decoder and its gradients
FEATURE_BYTES = 768_000  # a clip: 750 positions of 512 numbers, float16
ADAPTER_BYTES = 20_000_000  # with checkpoint and best weights


@dataclass(frozen=True, slots=True)
class Work:
    """Pieces of work.

    Attributes:
        characters: Characters to speak.
        clips: Clips to learn from.
        held_out: Clips to measure.
        epochs: Passes over the clips, at most.
        is_spaced: The language has spaces.
    """

    characters: int
    clips: int
    held_out: int
    epochs: int
    is_spaced: bool

    @property
    def check_seconds(self) -> float:
        """Return the time of one measurement."""
        return MODEL_SECONDS + self.held_out * DECODE_SECONDS

    @property
    def steps_seconds(self) -> float:
        """Return the time of one pass over the clips, without the measurement behind it."""
        return self.clips * STEP_SECONDS

    @property
    def seconds(self) -> float:
        """Return the time of all."""
        speaking = self.characters * SPEAK_SECONDS[self.is_spaced]
        encoding = (self.clips + self.held_out) * ENCODE_SECONDS
        learning = self.epochs * (self.steps_seconds + self.check_seconds)
        return speaking + encoding + learning + 2 * self.check_seconds  # with the base, and with the saved adapter


def plan_work(plan: WordsPlan, request: WordsRequest) -> Work:
    """Return the work of a request."""
    given = request.clips is not None
    spoken = plan.held_out if given else plan.sentences
    return Work(
        characters=sum(len(sentence.text) for sentence in spoken),
        clips=len(plan.training if request.clips is None else request.clips) + len(request.own_clips),
        held_out=len(plan.held_out),
        epochs=request.epochs,
        is_spaced=is_spaced(plan.language),
    )


def estimate_cost(plan: WordsPlan, request: WordsRequest) -> WordsCost:
    """Return the cost of a request."""
    work = plan_work(plan, request)
    disk = (work.clips + work.held_out) * FEATURE_BYTES + ADAPTER_BYTES
    return WordsCost(work.clips, work.seconds, MEMORY_BYTES, disk)


class WorkClock:
    """Clock that tells how long the rest of the work takes at the pace so far."""

    def __init__(self, total_seconds: float) -> None:
        """Start the clock. total_seconds: Of all work, as planned."""
        self._pace, self._total, self._done = Pace(), total_seconds, 0.0

    def skip(self, seconds: float) -> None:
        """Take work out of the plan that was done before or isn't needed."""
        self._total -= seconds

    def leave(self, seconds: float) -> None:
        """Plan only so much work from now on, since the rest isn't needed."""
        self._total = self._done + seconds

    def add(self, seconds: float) -> float | None:
        """Count work that is done, as planned; return the seconds left, or None while an estimate would be a guess."""
        self._done += seconds
        return self._pace.seconds_left(self._done, max(self._total, self._done))
