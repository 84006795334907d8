"""Batches of items of similar lengths."""

from __future__ import annotations

import numpy as np

from funaudio_core.training import batches

LENGTHS = np.random.default_rng(0).integers(20, 700, 300).tolist()


def test_every_item_occurs_once_and_batches_fit() -> None:
    made = batches.make_batches([*LENGTHS, 5000], 2000, seed=1, epoch=0)
    assert sorted(index for batch in made for index in batch) == list(range(len(LENGTHS) + 1))
    assert (len(LENGTHS),) in made  # longer than a batch
    assert all(len(batch) * max(LENGTHS[index] for index in batch) <= 2000 for batch in made if batch != (300,))


def test_little_of_a_batch_is_padding() -> None:
    made = batches.make_batches(LENGTHS, 2000, seed=1, epoch=0)
    padded = sum(len(batch) * max(LENGTHS[index] for index in batch) for batch in made)
    assert sum(LENGTHS) > 0.85 * padded  # 0.91 measured; 0.6 in random order


def test_order_depends_on_seed_and_epoch_alone() -> None:
    first = batches.make_batches(LENGTHS, 2000, seed=1, epoch=0)
    assert batches.make_batches(LENGTHS, 2000, seed=1, epoch=0) == first
    for other in (batches.make_batches(LENGTHS, 2000, 1, 1), batches.make_batches(LENGTHS, 2000, 2, 0)):
        assert {frozenset(batch) for batch in other} != {frozenset(batch) for batch in first}


def test_steps_number_their_batches() -> None:
    steps = batches.make_steps(LENGTHS, 2000, 4, seed=1, epoch=2)
    numbered = [entry for step in steps for entry in step]
    assert [number for number, _ in numbered] == list(range(len(numbered)))
    assert [indices for _, indices in numbered] == batches.make_batches(LENGTHS, 2000, 1, 2)
    assert {len(step) for step in steps[:-1]} == {4}


def test_random_numbers_of_batches_differ() -> None:
    places = [(0, 0), (0, 1), (1, 0)]
    draws = {batches.training_rng(5, *place).random() for place in places} | {batches.held_out_rng(5, 0).random()}
    assert len(draws) == 4
    assert batches.training_rng(5, 0, 1).random() == batches.training_rng(5, 0, 1).random()
