"""Tests of diarization: clustering, turns, and the error rate that the benchmark prints."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import squareform

from bench.recognition.speakers import diarization_error, equal_error_rate
from funaudio_core.pipelines.speakers import clusters, diarize
from funaudio_core.pipelines.speakers.diarize import SpeakerEvidence, SpeakerTurn
from funaudio_core.runtime.cancellation import Cancelled, cancellable
from funaudio_core.types import Audio

Floats = NDArray[np.float32]
RATE = 16_000
FRAME_SECONDS = 0.02
AXES = np.eye(4, dtype=np.float32)


class ToneSegmenter:
    """Segmenter of two speakers: one is positive samples, the other negative ones; which comes first depends."""

    window_seconds, frame_seconds, shape = 10.0, FRAME_SECONDS, (500, 2)

    def segment(self, window: Floats) -> Floats:
        frames = window[: len(window) // 320 * 320].reshape(-1, 320)
        columns = [(frames > 0.1).any(1), (frames < -0.1).any(1)]
        first = columns[1].argmax() < columns[0].argmax() if columns[1].any() else False
        activity: Floats = np.stack(columns[::-1] if first else columns, axis=1).astype(np.float32)
        return activity


class SignEncoder:
    """Encoder that tells positive from negative samples."""

    size = 4

    def embed(self, clip: Audio) -> Floats:
        embedding: Floats = AXES[int(clip.samples.mean() <= 0)]
        return embedding


def talk(*turns: tuple[float, float, float]) -> Audio:
    """Return a clip in which (sign, start, end) speak."""
    samples = np.zeros(round(max(end for _, _, end in turns) * RATE) + RATE, np.float32)
    for sign, start, end in turns:
        samples[round(start * RATE) : round(end * RATE)] = 0.5 * sign
    return Audio(samples, RATE)


def evidence_of(clip: Audio) -> SpeakerEvidence:
    *_, evidence = diarize.collect_evidence(clip, ToneSegmenter(), SignEncoder())
    assert evidence is not None
    return evidence


def assert_turns(turns: tuple[SpeakerTurn, ...], expected: list[tuple[int, float, float]]) -> None:
    assert [turn.speaker for turn in turns] == [speaker for speaker, _, _ in expected]
    times = [time for turn in turns for time in (turn.start, turn.end)]
    assert times == pytest.approx([time for _, start, end in expected for time in (start, end)], abs=2 * FRAME_SECONDS)


def test_speakers_keep_their_numbers_over_many_windows() -> None:
    clip = talk((-1, 1, 4), (1, 5, 9), (-1, 14, 20), (1, 22, 27), (-1, 28, 33))
    turns = diarize.find_turns(evidence_of(clip))
    assert_turns(turns, [(1, 1, 4), (2, 5, 9), (1, 14, 20), (2, 22, 27), (1, 28, 33)])


def test_chunks_are_labelled_as_one_clip() -> None:
    first, second = evidence_of(talk((-1, 1, 4), (1, 5, 8))), evidence_of(talk((1, 1, 4), (-1, 6, 9)))
    joined = diarize.join_evidence([first, second.shift(100.0)])
    assert_turns(diarize.find_turns(joined), [(1, 1, 4), (2, 5, 8), (2, 101, 104), (1, 106, 109)])


def test_a_given_number_of_speakers_is_kept() -> None:
    clip = talk((-1, 1, 4), (1, 5, 9))
    assert {turn.speaker for turn in diarize.find_turns(evidence_of(clip), 1)} == {1}
    assert {turn.speaker for turn in diarize.find_turns(evidence_of(clip), 2)} == {1, 2}


def test_collection_stops_when_it_is_cancelled() -> None:
    cancelled = threading.Event()
    steps = diarize.collect_evidence(talk((-1, 1, 30)), ToneSegmenter(), SignEncoder())
    cancellable(cancelled, next)(steps)
    cancelled.set()
    with pytest.raises(Cancelled):
        cancellable(cancelled, next)(steps)


def test_silence_has_no_turns() -> None:
    assert diarize.find_turns(evidence_of(Audio(np.zeros(3 * RATE, np.float32), RATE))) == ()


def test_a_word_too_short_to_embed_goes_to_the_other_speaker_of_its_window() -> None:
    embeddings = np.zeros((3, 2, 4), np.float32)
    embeddings[:2, 0], embeddings[:2, 1], embeddings[2, 0] = AXES[0], AXES[1], AXES[0]
    seconds = np.array([[3, 3], [3, 3], [3, 0]], np.float32)
    labels = clusters.assign_speakers(embeddings, seconds, np.ones((3, 2), bool), 0)
    assert labels[2].tolist() == labels[0].tolist()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("local", "speakers"), [(1, 3), (3, 3), (3, 7), (6, 60)])
def test_local_speakers_are_matched_with_the_highest_sum(local: int, speakers: int, seed: int) -> None:
    similarity = np.random.default_rng(seed).normal(size=(local, speakers)).astype(np.float32)
    found = clusters._match(similarity)
    rows, expected = linear_sum_assignment(similarity, maximize=True)
    assert len(set(found)) == local
    assert similarity[range(local), found].sum() == pytest.approx(similarity[rows, expected].sum())


@pytest.mark.parametrize("seed", range(3))
def test_average_linkage_is_that_of_scipy(seed: int) -> None:
    points = np.random.default_rng(seed).normal(size=(40, 5))
    distances = np.linalg.norm(points[:, None] - points[None], axis=-1)
    merges = clusters.average_linkage(distances.astype(np.float32))
    tree = linkage(squareform(distances, checks=False), "average")
    np.testing.assert_allclose([distance for _, _, distance in merges], tree[:, 2], rtol=1e-4)
    for count in (1, 3, 10):
        expected = fcluster(tree, count, "maxclust")
        found = clusters.cut_tree(merges, 40, count, 0.0)
        assert len({*zip(expected.tolist(), found.tolist(), strict=True)}) == count


def test_error_counts_missed_invented_and_confused_speech() -> None:
    reference = [("a", 0.0, 10.0), ("b", 10.0, 20.0)]
    assert diarization_error(reference, [("x", 0.0, 10.0), ("y", 10.0, 20.0)], 0.0) == 0.0
    assert diarization_error(reference, [("x", 0.0, 10.0)], 0.0) == pytest.approx(0.5)
    assert diarization_error(reference, [("x", 0.0, 20.0)], 0.0) == pytest.approx(0.5)
    assert diarization_error(reference, [("x", 0.0, 10.0), ("y", 10.0, 25.0)], 0.0) == pytest.approx(0.25)
    assert diarization_error(reference, [("x", 0.0, 10.0), ("y", 5.0, 20.0)], 0.0) == pytest.approx(0.25)


def test_the_collar_forgives_small_shifts() -> None:
    reference = [("a", 1.0, 10.0), ("b", 10.0, 20.0)]
    shifted = [("x", 1.2, 10.2), ("y", 10.2, 19.8)]
    assert diarization_error(reference, shifted, 0.25) == 0.0
    assert diarization_error(reference, shifted, 0.0) > 0.0


def test_equal_error_rate_of_overlapping_scores() -> None:
    assert equal_error_rate([0.8, 0.9], [0.1, 0.2])[0] == 0.0
    assert equal_error_rate([0.4, 0.8, 0.8, 0.8], [0.1, 0.1, 0.1, 0.6])[0] == pytest.approx(0.25)
