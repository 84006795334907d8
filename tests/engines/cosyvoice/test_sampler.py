"""Sampling of speech tokens: the reference's candidates and probabilities, no repetition, reproducible by seed."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from torch import Tensor

from funaudio_core.engines.cosyvoice import sampler, silence_filter
from funaudio_core.engines.cosyvoice.sampler import TOP_K, WINDOW_TOKENS, UniformNumbers, nucleus, sample
from tests.conftest import ROOT

GOLDEN = ROOT / "tests" / "golden" / "cosyvoice"
TABLE = json.loads((GOLDEN / "text_and_sampling.json").read_text("utf-8"))["nucleus"]
NOTHING = torch.full((1, WINDOW_TOKENS), -1)


def logits(index: int) -> Tensor:
    return torch.from_numpy(np.load(GOLDEN / f"ras_logp_{index}.npy"))[None]


def recent(*tokens: int) -> Tensor:
    return torch.tensor([[*tokens, *[-1] * (WINDOW_TOKENS - len(tokens))]])


def chance(first: float, second: float = 0.0) -> Tensor:
    return torch.tensor([[first, second]])


@pytest.mark.parametrize("index", range(4))
def test_candidates_are_the_references(index: int) -> None:
    probability, ids = nucleus(logits(index))
    row = TABLE[index]
    assert int((probability > 0).sum()) == row["n_candidates"]
    np.testing.assert_allclose(probability[0, : row["n_candidates"]], row["probs"], rtol=1e-6)
    assert int(ids[0, 0]) == row["best"]


def test_equal_logits_keep_the_order_of_their_ids() -> None:
    assert nucleus(torch.zeros(1, 100))[1].tolist() == [list(range(TOP_K))]


@pytest.mark.parametrize("index", range(4))
def test_each_candidate_is_as_likely_as_its_probability(index: int) -> None:
    """Evenly spaced uniform numbers hit each candidate in proportion to its share of the nucleus."""
    probability, ids = nucleus(logits(index))
    share = probability[0] / probability.sum()
    spread = (torch.arange(800) + 0.5) / 800
    drawn = sample(logits(index).expand(800, -1), NOTHING.expand(800, -1), torch.stack([spread, spread], 1))
    assert set(drawn.tolist()) <= set(ids[0, : TABLE[index]["n_candidates"]].tolist())
    found = torch.tensor([(drawn == id_).float().mean() for id_ in ids[0]])
    assert (found - share).abs().max() < 2 / 800


def test_a_token_of_late_is_drawn_again_from_all_others() -> None:
    flat = torch.zeros(1, 40)
    best = flat.clone()
    best[0, 7] = 20.0
    assert sample(best, NOTHING, chance(0.5, 0.99)).tolist() == [7]
    assert sample(best, recent(7), chance(0.5, 0.99)).tolist() == [39]  # not in the nucleus, but among all tokens
    assert sample(best, recent(1, 2, 3, 4, 5, 6, 8, 9, 10, 7), chance(0.5, 0.0)).tolist() == [0]
    for second in np.linspace(0, 0.999, 50):
        assert sample(best, recent(7), chance(0.5, float(second))).tolist() != [7]
    assert sample(flat, recent(0), chance(0.0, 0.0)).tolist() == [1]
    assert sample(flat, recent(5), chance(0.0, 0.0)).tolist() == [0]  # 5 is recent, but 0 is sampled


def test_the_second_draw_weighs_every_other_token() -> None:
    given = torch.tensor([[5.0, 1.0, 0.0, -torch.inf]])
    spread = (torch.arange(1000) + 0.5) / 1000
    drawn = sample(given.expand(1000, -1), recent(0).expand(1000, -1), torch.stack([torch.zeros(1000), spread], 1))
    share = torch.softmax(given[0, 1:3], 0)
    assert abs(float((drawn == 1).float().mean()) - float(share[0])) < 2e-3
    assert set(drawn.tolist()) == {1, 2}


def test_what_must_not_come_never_does_at_either_end_of_chance() -> None:
    given = torch.full((1, 50), -torch.inf)
    given[0, [10, 20]] = 0.0
    last = float(np.nextafter(np.float32(1), np.float32(0)))
    for first in (0.0, last):
        for second in (0.0, last):
            for before in (NOTHING, recent(10), recent(20)):
                assert sample(given, before, chance(first, second)).tolist()[0] in (10, 20)


def test_rows_are_drawn_apart() -> None:
    together = torch.cat([logits(index) for index in range(4)])
    chances = torch.rand(4, sampler.UNIFORMS_PER_TOKEN, generator=torch.Generator().manual_seed(0))
    before = torch.cat([recent(row["best"]) for row in TABLE])
    alone = [sample(together[i : i + 1], before[i : i + 1], chances[i : i + 1]).item() for i in range(4)]
    assert sample(together, before, chances).tolist() == alone


def test_chances_follow_from_the_seed_alone() -> None:
    """Neither the number requested at a time nor torch's global generator matters."""
    at_once = UniformNumbers(3).draw(24)
    torch.manual_seed(99)
    by_and_by = UniformNumbers(3)
    assert torch.equal(torch.cat([by_and_by.draw(count) for count in (1, 8, 2, 13)]), at_once)
    assert not torch.equal(UniformNumbers(4).draw(24), at_once)
    assert 0 <= float(at_once.min()) <= float(at_once.max()) < 1


def test_pieces_of_a_request_have_seeds_of_their_own() -> None:
    many = sampler.spawn_seeds(5, 40)
    assert len(set(many)) == 40
    assert sampler.spawn_seeds(5, 3) == many[:3]
    assert not set(many) & set(sampler.spawn_seeds(6, 40))
    for seed in many[:3]:
        UniformNumbers(seed)


def test_of_a_long_silence_five_tokens_are_heard() -> None:
    given = [9, *[1, 2] * 4, 9, *[1] * 5, 9, *[2] * 6]
    watch = silence_filter.SilenceFilter(frozenset({1, 2}))
    assert [token for token in given if watch.keeps(token)] == [9, 1, 2, 1, 2, 1, 9, *[1] * 5, 9, *[2] * 5]
    assert all(map(silence_filter.SilenceFilter(frozenset()).keeps, given))
