"""Speaker diarization: who spoke when, in a clip of any length.

Windows that overlap by half are segmented into local speakers, each local speaker who speaks alone for long enough is
embedded, and the embeddings of all windows are clustered. The evidence of a window is small and independent of the
others, so that a long clip can be read in chunks and clustered as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from funaudio_core import audio
from funaudio_core.engines.protocols import RECOGNITION_RATE, SpeakerEncoder, SpeakerSegmenter
from funaudio_core.pipelines.speakers import clusters
from funaudio_core.runtime import cancellation
from funaudio_core.types import Audio

Floats = NDArray[np.float32]

AUTO = 0  # instead of a number of speakers: find it
ACTIVE = 0.5  # least probability of a speaker who speaks
MIN_EMBEDDED_SECONDS, MAX_EMBEDDED_SECONDS = 0.6, 5.0  # of a stretch of speech; more adds cost but no accuracy
MIN_LOCAL_SIMILARITY = 0.4  # of the stretches of a local speaker, which else is several
MIN_TURN_SECONDS = 0.2  # shorter turns are dropped
MAX_GAP_SECONDS = 0.5  # shorter gaps between two turns of one speaker are closed


@dataclass(frozen=True, slots=True)
class SpeakerTurn:
    """Stretch in which one speaker speaks, from `start` to `end` seconds; speakers are numbered from 1."""

    speaker: int
    start: float
    end: float


@dataclass(frozen=True, eq=False, slots=True)
class SpeakerEvidence:
    """Evidence on the speakers of a clip, by window.

    Attributes:
        starts: Start of each window in seconds, float64 (windows,).
        activity: Probability that a local speaker speaks, float32 (windows, frames, speakers); 0 after a window's end.
        embeddings: Of the local speakers, float32 (windows, speakers, size); 0 without enough speech.
        seconds: Speech behind each embedding, float32 (windows, speakers).
        frame_seconds: Time from one frame to the next.
    """

    starts: NDArray[np.float64]
    activity: Floats
    embeddings: Floats
    seconds: Floats
    frame_seconds: float

    def shift(self, seconds: float) -> SpeakerEvidence:
        """Return the evidence `seconds` later."""
        return SpeakerEvidence(self.starts + seconds, self.activity, self.embeddings, self.seconds, self.frame_seconds)


def join_evidence(parts: Sequence[SpeakerEvidence]) -> SpeakerEvidence:
    """Return the evidence of several parts of a clip, at least one, as one."""
    frames = max(part.activity.shape[1] for part in parts)
    activity = [np.pad(part.activity, ((0, 0), (0, frames - part.activity.shape[1]), (0, 0))) for part in parts]
    return SpeakerEvidence(
        np.concatenate([part.starts for part in parts]),
        np.concatenate(activity),
        np.concatenate([part.embeddings for part in parts]),
        np.concatenate([part.seconds for part in parts]),
        parts[0].frame_seconds,
    )


def collect_evidence(
    clip: Audio, segmenter: SpeakerSegmenter, encoder: SpeakerEncoder
) -> Iterator[SpeakerEvidence | None]:
    """Collect the evidence on the speakers of a clip.

    Yields:
        None after each window, and the evidence at the end.

    Raises:
        Cancelled: The request was cancelled.
    """
    starts = _window_starts(clip.duration, segmenter.window_seconds)
    frames, slots = segmenter.shape[0], 2 * segmenter.shape[1]
    activity = np.zeros((len(starts), frames, slots), np.float32)
    embeddings = np.zeros((len(starts), slots, encoder.size), np.float32)
    seconds = np.zeros((len(starts), slots), np.float32)
    for number, start in enumerate(starts):
        cancellation.raise_if_cancelled()
        window = audio.resample(clip.slice(start, start + segmenter.window_seconds), RECOGNITION_RATE)
        found = segmenter.segment(window.samples)
        parts = [
            part
            for speaker in range(found.shape[1])
            for part in _local_speakers(window, found, speaker, encoder, segmenter.frame_seconds)
        ]
        for slot, part in enumerate(parts[:slots]):
            activity[number, : len(found), slot] = part.activity
            embeddings[number, slot], seconds[number, slot] = part.embedding, part.seconds
        yield None
    yield SpeakerEvidence(np.array(starts), activity, embeddings, seconds, segmenter.frame_seconds)


def _window_starts(duration: float, window_seconds: float) -> list[float]:
    """Return the starts of windows that overlap by half; the last one ends with the clip."""
    last = max(0.0, duration - window_seconds)
    return [*np.arange(0.0, last, window_seconds / 2).tolist(), last]


@dataclass(frozen=True, eq=False, slots=True)
class _LocalSpeaker:
    """Speaker of a window: activity (frames,), embedding (size,), 0 if unknown, and the seconds of speech behind it."""

    activity: Floats
    embedding: Floats
    seconds: float


def _local_speakers(
    window: Audio, activity: Floats, speaker: int, encoder: SpeakerEncoder, frame_seconds: float
) -> list[_LocalSpeaker]:
    """Return a local speaker of the segmentation, or the several that its stretches of speech turn out to be."""
    active = activity >= ACTIVE
    if not active[:, speaker].any():
        return []
    stretches, embeddings = [], []
    for start, end in _runs(active[:, speaker] & (active.sum(axis=1) == 1), frame_seconds):
        clip = window.slice(start, min(end, start + MAX_EMBEDDED_SECONDS))
        if clip.duration >= MIN_EMBEDDED_SECONDS and not audio.is_silent(clip):
            stretches.append((start, end))
            embeddings.append(encoder.embed(clip))
    if not stretches:
        return [_LocalSpeaker(activity[:, speaker], np.zeros(encoder.size, np.float32), 0.0)]
    weights = np.array([end - start for start, end in stretches], np.float32)
    vectors = np.stack(embeddings)
    groups = clusters.group(vectors @ vectors.T, MIN_LOCAL_SIMILARITY)
    times = np.arange(len(activity)) * frame_seconds
    distances = np.stack([np.maximum(start - times, times - end) for start, end in stretches])
    owners = groups[distances.argmin(axis=0)]  # by frame: the group of the nearest stretch
    return [
        _LocalSpeaker(
            activity[:, speaker] * (owners == label),
            clusters.mean_direction(vectors[groups == label], weights[groups == label]),
            float(weights[groups == label].sum()),
        )
        for label in range(groups.max() + 1)
    ]


def find_turns(evidence: SpeakerEvidence, speakers: int = AUTO) -> tuple[SpeakerTurn, ...]:
    """Return the turns of all speakers, sorted by start; turns of different speakers may overlap.

    Args:
        evidence: Evidence on the whole clip.
        speakers: Number of speakers; AUTO to find it.

    Returns:
        The turns; speakers are numbered from 1 in order of their first turn.
    """
    active: NDArray[np.bool_] = np.logical_or.reduce(evidence.activity >= ACTIVE, axis=1)
    labels = clusters.assign_speakers(evidence.embeddings, evidence.seconds, active, speakers)
    found: list[tuple[float, float, int]] = []
    for label in range(labels.max(initial=-1) + 1):
        frames = _merged_activity(evidence, labels == label) >= ACTIVE
        found.extend((start, end, label) for start, end in _runs(frames, evidence.frame_seconds))
    numbers: dict[int, int] = {}
    turns = []
    for start, end, label in sorted(found):
        turns.append(SpeakerTurn(numbers.setdefault(label, len(numbers) + 1), start, end))
    return tuple(turns)


def _merged_activity(evidence: SpeakerEvidence, chosen: NDArray[np.bool_]) -> Floats:
    """Return the activity of one speaker by frame of the clip: the mean of the windows, weighted less at their edges.

    Args:
        evidence: Evidence on the clip.
        chosen: Local speakers who are this speaker, bool (windows, speakers).
    """
    frames = evidence.activity.shape[1]
    firsts = np.rint(evidence.starts / evidence.frame_seconds).astype(int)
    merged = np.zeros(firsts.max() + frames, np.float32)
    weights = np.full(len(merged), np.finfo(np.float32).tiny, np.float32)
    weight = np.hamming(frames).astype(np.float32)
    for first, activity, own in zip(firsts, evidence.activity, chosen, strict=True):
        if own.any():
            merged[first : first + frames] += weight * activity[:, own].max(axis=1)
        weights[first : first + frames] += weight
    merged /= weights
    return merged


def _runs(frames: NDArray[np.bool_], frame_seconds: float) -> list[tuple[float, float]]:
    """Return start and end in seconds of each run of active frames, short gaps closed and short runs dropped."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], frames.astype(np.int8), [0]])))
    runs: list[tuple[float, float]] = []
    for start, end in (edges.reshape(-1, 2) * frame_seconds).tolist():
        if runs and start - runs[-1][1] < MAX_GAP_SECONDS:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return [(start, end) for start, end in runs if end - start >= MIN_TURN_SECONDS]
