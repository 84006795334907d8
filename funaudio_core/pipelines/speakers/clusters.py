"""Clustering of the local speakers of many windows into the speakers of a clip."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]

# Mean cosine between two clusters of one speaker. On the development conversations of bench/recognition/speakers.py,
# one twentieth of the pairs of one speaker is below .5 to .86, of two speakers above .12 to .31 (two voices of one
# make: .65).
MIN_SIMILARITY = 0.4
MIN_CLUSTERED_SECONDS = 1.0  # of speech behind an embedding; less is assigned to the clusters of the others
MIN_SPEAKER_SECONDS = 1.0  # of speech in a cluster that counts as a speaker of its own


def assign_speakers(embeddings: Floats, seconds: Floats, active: NDArray[np.bool_], speakers: int) -> Labels:
    """Return the speaker of each local speaker.

    Args:
        embeddings: Unit vectors, float32 (windows, local, size); 0 if unknown.
        seconds: Speech behind each embedding, float32 (windows, local).
        active: Local speakers who speak at all, bool (windows, local).
        speakers: Number of speakers; 0 to find it.

    Returns:
        int64 (windows, local), from 0; -1 for those who do not speak. Local speakers of one window differ, unless
        there are more of them than speakers.
    """
    labels: Labels = np.full(active.shape, -1, np.int64)
    if not active.any():
        return labels
    centroids = _centroids(embeddings, seconds, speakers)
    similarity = embeddings @ centroids.T
    for window in range(len(active)):
        present = np.flatnonzero(active[window])
        labels[window, present] = _match(similarity[window, present])
    return labels


def _centroids(embeddings: Floats, seconds: Floats, speakers: int) -> Floats:
    """Return the mean embedding of each speaker, float32 (speakers, size), at least one."""
    flat, weights = embeddings.reshape(-1, embeddings.shape[-1]), seconds.ravel()
    chosen = weights >= min(MIN_CLUSTERED_SECONDS, float(weights.max()))
    flat, weights = flat[chosen], weights[chosen]
    labels = group(flat @ flat.T, MIN_SIMILARITY, speakers)
    total = np.bincount(labels, weights)
    kept = np.flatnonzero(total >= MIN_SPEAKER_SECONDS) if not speakers else np.arange(len(total))
    if not len(kept):
        kept = np.array([total.argmax()])
    return np.stack([mean_direction(flat[labels == label], weights[labels == label]) for label in kept])


def mean_direction(vectors: Floats, weights: Floats) -> Floats:
    """Return the unit vector along the weighted sum of vectors (n, size)."""
    total = weights @ vectors
    direction: Floats = total / max(float(np.linalg.norm(total)), 1e-6)
    return direction


def group(similarity: Floats, min_similarity: float, clusters: int = 0) -> Labels:
    """Return the cluster of each item by average linkage, int64 (n,), from 0.

    Args:
        similarity: Symmetric, float32 (n, n).
        min_similarity: Mean similarity below which two clusters are not merged.
        clusters: Number of clusters to find instead, if there are as many items; 0 for none.
    """
    return cut_tree(average_linkage(1.0 - similarity), len(similarity), clusters, 1.0 - min_similarity)


def _match(similarity: Floats) -> list[int]:
    """Return a speaker for each row of (local, speakers), all different if there are enough, with the highest sum."""
    local, speakers = similarity.shape
    if local > speakers:
        return [int(label) for label in similarity.argmax(axis=1)]
    # In the best choice each row has one of its `local` most similar speakers: one of them is always free.
    candidates = np.argsort(-similarity, axis=1, kind="stable")[:, :local].tolist()
    choices = (chosen for chosen in product(*candidates) if len(set(chosen)) == local)
    return list(max(choices, key=lambda chosen: sum(similarity[row, label] for row, label in enumerate(chosen))))


def average_linkage(distances: Floats) -> list[tuple[int, int, float]]:
    """Return the merges of average-linkage clustering of n items, by the nearest-neighbour chain algorithm.

    Args:
        distances: Symmetric, float32 (n, n).

    Returns:
        n - 1 merges, sorted by distance: an item of each of the two clusters, and their mean distance.
    """
    count = len(distances)
    distances = distances.astype(np.float64)
    np.fill_diagonal(distances, np.inf)
    sizes = np.ones(count)
    merges: list[tuple[int, int, float]] = []
    chain: list[int] = []
    while len(merges) < count - 1:
        if not chain:
            chain.append(int(np.flatnonzero(sizes)[0]))
        tip = chain[-1]
        nearest = int(distances[tip].argmin())
        if len(chain) > 1 and distances[tip, chain[-2]] <= distances[tip, nearest]:
            other = chain[-2]
            del chain[-2:]
            merges.append((tip, other, float(distances[tip, other])))
            merged = (sizes[tip] * distances[tip] + sizes[other] * distances[other]) / (sizes[tip] + sizes[other])
            distances[other], distances[:, other] = merged, merged
            distances[other, other] = np.inf
            distances[tip], distances[:, tip] = np.inf, np.inf
            sizes[other] += sizes[tip]
            sizes[tip] = 0
        else:
            chain.append(nearest)
    return sorted(merges, key=lambda merge: merge[2])


def cut_tree(merges: list[tuple[int, int, float]], count: int, clusters: int, max_distance: float) -> Labels:
    """Return the cluster of each of `count` items, int64 (count,), from 0.

    Args:
        merges: Result of average_linkage().
        count: Number of items.
        clusters: Number of clusters, at most `count`; 0 to stop merging at `max_distance` instead.
        max_distance: Mean distance above which two clusters are not merged.
    """
    roots = list(range(count))

    def root(item: int) -> int:
        while roots[item] != item:
            roots[item] = roots[roots[item]]
            item = roots[item]
        return item

    for number, (first, second, distance) in enumerate(merges):
        if count - number <= clusters or (not clusters and distance > max_distance):
            break
        roots[root(first)] = root(second)
    numbers: dict[int, int] = {}
    return np.array([numbers.setdefault(root(item), len(numbers)) for item in range(count)], np.int64)
