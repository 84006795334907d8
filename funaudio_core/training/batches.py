"""Batches of items of similar lengths, in an order that depends on the seed and the epoch alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_JITTER = 0.1  # share by which lengths are changed before sorting, so that batches differ between epochs
_TRAINING, _HELD_OUT = 0, 1  # purposes of random numbers

Indices = tuple[int, ...]


def make_batches(lengths: Sequence[int], max_batch_length: int, seed: int, epoch: int) -> list[Indices]:
    """Divide items into batches of at most `max_batch_length` with padding; a longer item is a batch of its own.

    Args:
        lengths: Of the items.
        max_batch_length: Number of items in a batch times the longest of them, at most.
        seed: Seed of the run.
        epoch: From 0 on; each has another order.

    Returns:
        Indices of the items of each batch; every item occurs once.
    """
    rng = np.random.default_rng((seed, epoch))
    keys = np.array(lengths) * rng.uniform(1 - _JITTER, 1 + _JITTER, len(lengths))
    batches: list[list[int]] = []
    longest = 0
    for index in np.argsort(keys, kind="stable").tolist():
        longest = max(longest, lengths[index])
        if not batches or (len(batches[-1]) + 1) * longest > max_batch_length:
            batches.append([])
            longest = lengths[index]
        batches[-1].append(index)
    return [tuple(batches[place]) for place in rng.permutation(len(batches))]


def make_steps(
    lengths: Sequence[int], max_batch_length: int, batches_per_step: int, seed: int, epoch: int
) -> list[list[tuple[int, Indices]]]:
    """Return the steps of an epoch, each of up to `batches_per_step` numbered batches; only the last may have fewer."""
    batches = list(enumerate(make_batches(lengths, max_batch_length, seed, epoch)))
    return [batches[start : start + batches_per_step] for start in range(0, len(batches), batches_per_step)]


def training_rng(seed: int, epoch: int, batch: int) -> np.random.Generator:
    """Return the random numbers of a batch, which depend on its place and not on the batches before."""
    return np.random.default_rng((seed, _TRAINING, epoch, batch))


def held_out_rng(seed: int, batch: int) -> np.random.Generator:
    """Return the random numbers of a held-out batch, the same in every epoch, so that losses can be compared."""
    return np.random.default_rng((seed, _HELD_OUT, batch))
