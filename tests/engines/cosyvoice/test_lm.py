"""CosyVoice's language model: the reference's logits, and tokens that depend on their own request only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from funaudio_core.engines.cosyvoice import bistream, checkpoint, config, decode, lm
from funaudio_core.engines.cosyvoice.decode import MAX_TOKEN_RATIO, MIN_TOKEN_RATIO, LMRequest
from funaudio_core.errors import BadInput, WeightsMissing
from tests import synthetic
from tests.conftest import ROOT
from tests.cosyvoice_models import one_thread, prefer, tiny

Arrays = dict[str, NDArray[np.float32]]
GOLDEN = ROOT / "tests" / "golden" / "cosyvoice"
TENSORS = json.loads((GOLDEN / "llm_tensors.json").read_text("utf-8"))
FULL_TEXT = config.V2.lm.vocab_rows
EMBEDDED, HEAD = "llm.model.model.embed_tokens.weight", "llm.model.lm_head.weight"
PIECES = [
    LMRequest((5, 6, 7), (1, 2), (10, 20, 30), seed=1),
    LMRequest((9, 10, 11, 12, 13), seed=2),
    LMRequest((8, 9), (3,) * 9, seed=3),
]


def shapes(version: config.Version, blocks: int, text: int) -> dict[str, tuple[int, ...]]:
    """Return names and shapes of llm.pt for a number of layers and text tokens."""
    return {
        name.format(block): tuple(text if size == FULL_TEXT else size for size in shape)
        for name, (count, shape) in TENSORS[str(version)].items()
        for block in range(min(count, blocks))
    }


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    yield from one_thread()


@pytest.fixture(scope="module", params=[2, 3])
def version(request: pytest.FixtureRequest) -> config.Version:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def golden(version: config.Version) -> Arrays:
    return dict(np.load(GOLDEN / f"llm_v{version}.npz"))


@pytest.fixture(scope="module")
def model(version: config.Version) -> lm.SpeechLanguageModel:
    """Build the model of the golden outputs: two layers at full width."""
    sizes = replace(config.CONFIGS[version].lm, num_layers=2, vocab_rows=2048)
    weights = synthetic.state_dict(shapes(version, sizes.num_layers, sizes.vocab_rows))
    weights[EMBEDDED] = weights[HEAD]  # Qwen2 ties these: the tensor that was loaded last wins
    with torch.device("meta"):
        made = lm.SpeechLanguageModel(sizes)
    checkpoint.load_tensors(made, weights, Path("llm.pt"), lm.checkpoint_names(sizes), lm.UNUSED_TENSORS)
    return made


@torch.inference_mode()
def test_logits_are_the_references(model: lm.SpeechLanguageModel, golden: Arrays) -> None:
    """Compare after the prompt and after each forced token, next to a longer row of another utterance."""
    prefix = model.embed_prefix([*golden["prompt_text"][0], *golden["text"][0]], golden["prompt_speech"][0])
    other = model.embed_prefix(range(60), range(7))
    forced = torch.from_numpy(golden["forced"][0])
    cache = lm.KVCache(model.config, 2, len(other) + len(forced), prefix)
    rows = [model.prefill([prefix, other], cache)[0]]
    for step, token in enumerate(forced):
        places = torch.tensor([len(prefix), len(other)]) + step
        rows.append(model.step(token.expand(2), places, cache, len(other) + step + 1)[0])
    found = torch.stack(rows)
    assert np.abs(found[:, ::3].numpy() - golden["logits"]).max() < 1e-4
    assert found.argmax(dim=1).tolist() == golden["logits_argmax"].tolist()
    whole = torch.cat([prefix, model.embed_speech(forced)])
    at_once = model.prefill([whole], lm.KVCache(model.config, 1, len(whole), prefix))
    assert (at_once[0] - found[-1]).abs().max() < 1e-4


def test_every_tensor_of_the_published_checkpoint_has_its_place(version: config.Version) -> None:
    """There are 295 and 293 tensors; version 2 has 641.938 million parameters, the tied text head included."""
    full = shapes(version, 24, FULL_TEXT)
    assert len(full) == {2: 295, 3: 293}[version]
    sizes = config.CONFIGS[version].lm
    with torch.device("meta"):
        made = lm.SpeechLanguageModel(sizes)
        weights = {name: torch.empty(shape) for name, shape in full.items()}
    checkpoint.load_tensors(made, weights, Path("llm.pt"), lm.checkpoint_names(sizes), lm.UNUSED_TENSORS)
    named = {name for names in lm.checkpoint_names(sizes).values() for name in names}
    assert named | lm.UNUSED_TENSORS == set(full)
    if version == 2:
        assert round(sum(weight.numel() for weight in weights.values()) / 1e3) == 641_938
    for absent in (EMBEDDED, "llm_decoder.weight", HEAD):
        rest = {name: weight for name, weight in weights.items() if name != absent}
        with pytest.raises(WeightsMissing, match="1 missing"):
            checkpoint.load_tensors(made, rest, Path("llm.pt"), lm.checkpoint_names(sizes), lm.UNUSED_TENSORS)


@torch.inference_mode()
def test_rows_in_any_portions_give_the_same(version: config.Version) -> None:
    model = tiny(version)
    rows = model.embed_prefix(range(20), range(30))
    whole = model.prefill([rows], lm.KVCache(model.config, 1, len(rows), rows))
    cache = lm.KVCache(model.config, 1, 20, rows)
    for start, end in ((0, 17), (17, 18), (18, 52)):
        while cache.capacity < end:
            cache = cache.with_double_capacity()
        places = torch.arange(start, end)[None]
        found = model.logits(model(rows[None, start:end], places, cache, end)[:, -1])
    assert cache.capacity == 80
    assert (found - whole).abs().max() < 1e-5


@torch.inference_mode()
def test_what_stands_behind_a_row_is_never_seen(version: config.Version) -> None:
    model = tiny(version)
    rows = model.embed_prefix(range(5), range(4))
    clean, dirty = (lm.KVCache(model.config, 1, 40, rows) for _ in range(2))
    dirty.keys += 100.0
    dirty.values += 100.0
    for cache in (clean, dirty):
        model.prefill([rows], cache)
    token, place = torch.tensor([3]), torch.tensor([len(rows)])
    assert torch.equal(model.step(token, place, clean, 40), model.step(token, place, dirty, 40))


@torch.inference_mode()
def test_half_precision_gives_logits_in_full(version: config.Version) -> None:
    exact, half = tiny(version), tiny(version).to(torch.bfloat16)
    logits = []
    for model in (exact, half):
        rows = model.embed_prefix(range(9), range(4))
        logits.append(model.prefill([rows], lm.KVCache(model.config, 1, 20, rows)))
    assert logits[0].dtype == logits[1].dtype == torch.float32
    assert (logits[0] - logits[1]).abs().max() < 0.05 * logits[0].std()


def test_a_batch_says_what_each_piece_says_alone(version: config.Version) -> None:
    model = tiny(version)
    together = decode.generate(model, PIECES)
    assert together == [decode.generate(model, [piece])[0] for piece in PIECES]
    assert together == decode.generate(model, PIECES, steps_per_check=8)
    assert together == list(reversed(decode.generate(model, PIECES[::-1])))


def test_the_seed_alone_decides(version: config.Version) -> None:
    model = tiny(version)
    first = decode.generate(model, PIECES)
    torch.manual_seed(1234)
    assert decode.generate(model, PIECES) == first
    other = decode.generate(model, [replace(piece, seed=piece.seed + 10) for piece in PIECES])
    assert all(ours != theirs for ours, theirs in zip(first, other, strict=True))


def test_requests_at_once_give_what_each_gives_alone(version: config.Version) -> None:
    model = tiny(version)
    alone = [decode.generate(model, [piece], steps_per_check=4) for piece in PIECES]
    with ThreadPoolExecutor(3) as pool:
        for _ in range(3):
            assert list(pool.map(lambda piece: decode.generate(model, [piece], steps_per_check=4), PIECES)) == alone
    streams = [decode.stream(model, [piece]) for piece in PIECES]  # and alternately in one thread
    reads = list(zip_longest(*streams, fillvalue=((),)))
    found = [[tuple(token for read in reads for token in read[index][0])] for index in range(len(PIECES))]
    assert found == alone


@pytest.mark.parametrize("every", [1, 7])
def test_no_piece_ends_too_soon_nor_goes_on_too_long(version: config.Version, every: int) -> None:
    end = config.CONFIGS[version].lm.eos_token_id
    soon = decode.generate(prefer(tiny(version), end), PIECES, steps_per_check=every)
    assert [len(tokens) for tokens in soon] == [MIN_TOKEN_RATIO * len(piece.text) for piece in PIECES]
    late = decode.generate(prefer(tiny(version), end, by=-100.0), PIECES, steps_per_check=every)
    assert [len(tokens) for tokens in late] == [MAX_TOKEN_RATIO * len(piece.text) for piece in PIECES]


def test_reserved_ids_are_never_drawn(version: config.Version) -> None:
    sizes = config.CONFIGS[version].lm
    reserved = [id_ for id_ in range(sizes.num_speech_tokens, sizes.speech_rows) if id_ != sizes.eos_token_id]
    for tokens in decode.generate(prefer(tiny(version), *reserved), PIECES):
        assert tokens
        assert all(0 <= token < sizes.num_speech_tokens for token in tokens)


def test_what_is_not_heard_is_still_counted() -> None:
    model = prefer(tiny(3), 1)  # the first draw is always a silence; the second is any other token
    heard = decode.generate(model, PIECES[:1], config.V3.silent_tokens)[0]
    assert heard == decode.generate(model, PIECES[:1])[0]
    everything = frozenset(range(config.NUM_SPEECH_TOKENS))
    assert len(decode.generate(prefer(tiny(3), config.V3.lm.eos_token_id, by=-100), PIECES[:1], everything)[0]) == 5


def test_a_stream_comes_step_by_step(version: config.Version) -> None:
    model = tiny(version)
    reads = decode.stream(model, PIECES, steps_per_check=4)
    first = next(reads)
    assert [len(tokens) for tokens in first] == [4, 4, 4]
    reads.close()  # type: ignore[attr-defined]
    assert torch.is_inference_mode_enabled() is False


def test_pieces_that_cannot_be_said_are_refused(version: config.Version) -> None:
    with pytest.raises(BadInput, match="no text"):
        decode.generate(tiny(version), [PIECES[0], LMRequest((), (1, 2))])
    with pytest.raises(BadInput, match=r"\(110 tokens; the limit of CosyVoice is 100\)"):
        decode.generate(tiny(version, longest=100), [LMRequest((1,) * 4, (1,) * 24)])


def test_values_that_are_no_numbers_are_told(version: config.Version) -> None:
    model = tiny(version)
    model.norm.weight[3] = torch.nan
    with pytest.raises(ArithmeticError, match="NaN"):
        decode.generate(model, PIECES)
    with pytest.raises(ArithmeticError, match="NaN"):
        list(bistream.stream(model, range(10)))
