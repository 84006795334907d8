"""CUDA graphs: bookkeeping with a stand-in that runs the work again, and real captures on a GPU."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from funaudio_core.engines.cosyvoice import config, decode, pipeline
from funaudio_core.engines.cosyvoice.cuda_graphs import GraphCache
from funaudio_core.engines.cosyvoice.decode import LMRequest
from funaudio_core.engines.cosyvoice.decode_state import MAX_IDLE, MIN_POSITIONS, DecodeStatePool, new_state
from funaudio_core.engines.cosyvoice.flow_stream import MelStream
from funaudio_core.engines.cosyvoice.pipeline import SpeechPipeline
from funaudio_core.engines.cosyvoice.prompt import Prompt
from funaudio_core.types import Samples
from tests.checkpoints import cosyvoice as checkpoints_cosyvoice
from tests.cosyvoice_models import one_thread, tiny

PIECES = [
    LMRequest((5, 6, 7), (1, 2), (10, 20, 30), seed=1),
    LMRequest((9, 10, 11, 12, 13), seed=2),
    LMRequest((8, 9), (3,) * 9, seed=3),
]


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    yield from one_thread()


class Recorder:
    """Stand-in for capture(): it replays by running the work again and overwrites the first output, as a GPU does."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, work: Callable[[], Any]) -> tuple[Callable[[], None], Any]:
        self.made += 1
        work()
        result = work()

        def replay() -> None:
            again = work()
            if isinstance(result, Tensor):
                result.copy_(again)

        return replay, result


def test_what_comes_once_is_not_recorded_and_what_comes_again_is() -> None:
    record = Recorder()
    twice = GraphCache(lambda one, other: 2 * one + other, record)
    found = []
    for number in range(4):
        found.append(twice(torch.full((2, 3), float(number)), torch.ones(3)))
        assert record.made == (1 if number else 0)
    twice(torch.zeros(2, 4), torch.ones(4))
    twice(torch.zeros(2, 3, dtype=torch.float64), torch.ones(3))
    assert record.made == 1
    assert [float(each[0, 0]) for each in found] == [1, 3, 5, 7]  # no result is overwritten


def test_shapes_that_were_not_used_for_long_are_let_go() -> None:
    record = Recorder()
    same = GraphCache(lambda given: given + 0, record, max_graphs=2)
    for size in (1, 1, 2, 2, 1, 3, 3, 1):
        same(torch.zeros(size))
    assert record.made == 3
    same(torch.zeros(2))
    assert record.made == 3
    same(torch.zeros(2))
    assert record.made == 4


def test_what_is_replayed_by_threads_is_each_ones_own() -> None:
    square = GraphCache(lambda given: given * given, Recorder())
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda number: square(torch.full((50, 50), float(number))), range(200)))
    assert all(bool((each == number**2).all()) for number, each in enumerate(found))


def test_no_recording_runs_before_what_another_replayed_is_copied() -> None:
    memory = torch.zeros(1)  # all replays write here, as they may on a GPU
    here, other_done = threading.Event(), threading.Event()

    def recorder(waits: Callable[[], object]) -> Any:
        def record(work: Callable[[], Tensor]) -> tuple[Callable[[], None], Tensor]:
            def replay() -> None:
                memory.copy_(work())
                waits()

            return replay, memory

        return record

    def wait() -> None:
        here.set()
        other_done.wait(0.5)  # which is only possible if another replay ran in between

    one, other = GraphCache(lambda given: given + 1, recorder(wait)), GraphCache(lambda given: 0 * given, recorder(int))
    for each in (one, other):
        each(torch.ones(1))

    def come_between() -> None:
        here.wait()
        other(torch.ones(1))
        other_done.set()

    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(come_between)
        assert float(one(torch.ones(1))) == 2.0
        ended.result()


@pytest.mark.parametrize("version", [2, 3])
def test_a_lent_walk_says_what_a_fresh_one_says(version: config.Version) -> None:
    """Pooled states are of the next larger size and used by one request after the other."""
    model, record = tiny(version), Recorder()
    walks = DecodeStatePool(record)
    for pieces in (PIECES, PIECES[1:], PIECES[:2], PIECES):
        alone = decode.generate(model, pieces, steps_per_check=3)
        assert decode.generate(model, pieces, steps_per_check=3, acquire=walks.acquire) == alone
    assert record.made == 2  # of four rows, and of two
    sizes = {(walk.rows, walk._cache.capacity) for _, walk, _ in walks._idle}
    assert sizes == {(4, MIN_POSITIONS), (2, MIN_POSITIONS)}


def test_requests_at_once_have_walks_of_their_own() -> None:
    model, record = tiny(3), Recorder()
    walks = DecodeStatePool(record)
    with ExitStack() as stack:
        held = [stack.enter_context(walks.acquire(model, 1, 100 << place))[0] for place in range(3)]
        held += [stack.enter_context(walks.acquire(model, 1, 100))[0] for _ in range(MAX_IDLE)]
        assert len(set(map(id, held))) == 3 + MAX_IDLE
        assert [walk._cache.capacity for walk in held[:4]] == [512, 512, 512, 512]
    assert len(walks._idle) == MAX_IDLE
    made = record.made
    with walks.acquire(model, 1, 513) as (walk, _):
        assert (walk.rows, walk._cache.capacity) == (1, 1024)
    assert record.made == made + 1


def test_a_walk_that_was_left_with_what_is_no_number_is_not_lent_again() -> None:
    walks = DecodeStatePool(Recorder())
    with walks.acquire(tiny(3), 1, 8) as (walk, _):
        walk.nan_probe[0] = torch.nan
    assert not walks._idle


def test_a_walk_that_failed_is_not_lent_again_and_one_that_was_left_is() -> None:
    model, record = tiny(2), Recorder()
    walks = DecodeStatePool(record)
    with pytest.raises(ArithmeticError), walks.acquire(model, 1, 10):
        raise ArithmeticError
    assert not walks._idle
    reading = decode.stream(model, PIECES[:1], acquire=walks.acquire)
    next(reading)
    assert not walks._idle
    reading.close()  # type: ignore[attr-defined]
    assert len(walks._idle) == 1


@pytest.fixture(scope="module", params=[2, 3])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, config.ModelConfig]:
    folder = tmp_path_factory.mktemp("cosyvoice")
    return folder, checkpoints_cosyvoice.write(folder, request.param)


def voice(tokens: int = 30) -> Prompt:
    random = np.random.default_rng(0)
    mel = random.normal(size=(2 * tokens, 80)).astype(np.float32)
    return Prompt(random.integers(0, 6561, tokens), mel, random.normal(size=192).astype(np.float32))


def spoken(model: SpeechPipeline, rate: float) -> dict[int, Samples]:
    found: dict[int, list[Samples]] = {}
    for place, stretch in model.stream(PIECES, voice(), rate):
        found.setdefault(place, []).append(stretch)
    return {place: np.concatenate(stretches) for place, stretches in found.items()}


def same(one: dict[int, Samples], other: dict[int, Samples], tolerance: float) -> bool:
    return one.keys() == other.keys() and all(
        len(one[place]) == len(other[place]) and np.abs(one[place] - other[place]).max() < tolerance for place in one
    )


@pytest.mark.parametrize("rate", [1.0, 0.8])
def test_all_of_it_sounds_as_before(
    made: tuple[Path, config.ModelConfig], rate: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decode, "MAX_TOKEN_RATIO", 12)  # random weights hardly ever produce the end token
    record = Recorder()
    model = pipeline.load(*made, "cpu", 1)
    before = spoken(model, rate)
    model.use_cuda_graphs(record)
    for _ in range(2):
        assert same(spoken(model, rate), before, 1e-3)
    assert record.made > 3  # decode states of one row and of two, velocity networks, vocoders
    assert MelStream(model._flow, voice())._cache is None


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")
def test_real_recordings_sound_as_without(made: tuple[Path, config.ModelConfig]) -> None:
    """float32 and bfloat16 round differently for different shapes, so tokens and the audio's length are compared."""
    bare, replaying = pipeline.load(*made, "cuda", 1), pipeline.load(*made, "cuda", 1)
    bare._acquire, bare._flow._graphs = new_state, None
    assert replaying._flow.uses_cuda_graphs
    for _ in range(3):
        one, other = (
            decode.generate(model._lm, PIECES[:1], steps_per_check=8, acquire=model._acquire)
            for model in (bare, replaying)
        )
        assert [token[:20] for token in one] == [token[:20] for token in other]
        found = spoken(replaying, 1.0)
        assert found.keys() == {0, 1, 2}
        assert all(np.isfinite(each).all() and np.abs(each).max() > 1e-3 for each in found.values())
