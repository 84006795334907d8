"""Flows of CosyVoice 2 and 3: the reference's numbers on the same weights, in batches, padded and streamed."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from funaudio_core.engines.cosyvoice import attention_mask, checkpoint, flow_matching, timesteps
from funaudio_core.engines.cosyvoice.config import V2, V3, FlowV2Config, FlowV3Config, Version
from funaudio_core.engines.cosyvoice.flow import GRAPH_FRAMES, Flow, FlowRequest, build
from funaudio_core.engines.cosyvoice.flow_stream import FIRST_PIECE_TOKENS, MAX_CACHE_BYTES, MelStream
from funaudio_core.engines.cosyvoice.prompt import Prompt
from funaudio_core.errors import BadInput, WeightsMissing
from tests import synthetic
from tests.conftest import ROOT
from tests.cosyvoice_models import one_thread

GOLDEN = ROOT / "tests" / "golden" / "cosyvoice"
SHAPES: dict[str, dict[str, list[int]]] = json.loads((GOLDEN / "shapes_flow_hift.json").read_text())
ROTARY = "decoder.estimator.rotary_embed.inv_freq"  # a buffer in the release, no weight: not in SHAPES
assert isinstance(V2.flow, FlowV2Config)
assert isinstance(V3.flow, FlowV3Config)
REDUCED: dict[Version, FlowV2Config | FlowV3Config] = {
    2: replace(V2.flow, num_blocks=2, num_mid_blocks=2),
    3: replace(V3.flow, num_layers=2),
}
SMALL_V2 = replace(
    V2.flow,
    encoder_dim=32,
    encoder_heads=2,
    encoder_ff_dim=48,
    num_blocks=1,
    num_up_blocks=1,
    unet_channels=24,
    unet_heads=2,
    head_dim=16,
    unet_ff_dim=32,
)
TINY: dict[Version, FlowV2Config | FlowV3Config] = {
    2: replace(SMALL_V2, num_mid_blocks=1, transformers_per_block=1, sinusoid_dim=16, time_dim=20),
    3: replace(
        V3.flow,
        lookahead_channels=24,
        dim=32,
        num_heads=2,
        head_dim=16,
        ff_dim=48,
        num_layers=2,
        conv_pos_groups=4,
        sinusoid_dim=16,
        time_dim=20,
    ),
}
BOTH = pytest.mark.parametrize("version", [2, 3])


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    yield from one_thread()


def weights(shapes: dict[str, list[int]], version: Version, head: int) -> dict[str, Tensor]:
    rotary = {ROTARY: 10_000 ** -(torch.arange(0, head, 2) / head)} if version == 3 else {}
    return {**synthetic.state_dict(shapes), **rotary}


def filled(layout: FlowV2Config | FlowV3Config, tensors: dict[str, Tensor]) -> Flow:
    with torch.device("meta"):
        flow = build(layout)
    checkpoint.load_tensors(flow, tensors, Path("flow.pt"))
    return flow


def shapes_of(module: nn.Module) -> dict[str, list[int]]:
    return {name: list(value.shape) for name, value in module.state_dict().items()}


def tiny(version: Version) -> Flow:
    layout = TINY[version]
    with torch.device("meta"):
        shapes = shapes_of(build(layout))
    return filled(layout, weights(shapes, version, layout.head_dim))


@pytest.fixture(scope="module")
def small() -> dict[Version, Flow]:
    return {2: tiny(2), 3: tiny(3)}


@pytest.fixture(scope="module")
def reduced() -> dict[Version, Flow]:
    """Build the models of the golden outputs: full width, two blocks where the release has six, twelve or 22."""
    return {
        version: filled(layout, weights(SHAPES[f"flow_v{version}"], version, 64)) for version, layout in REDUCED.items()
    }


def golden(version: Version) -> tuple[dict[str, np.ndarray], Prompt, list[int]]:
    held = dict(np.load(GOLDEN / f"flow_v{version}.npz"))
    prompt = Prompt(held["prompt_token"][0], held["prompt_mel"][0], held["speaker"][0])
    return held, prompt, held["token"][0].tolist()


def spoken(count: int, seed: int = 0, prompt: int = 23) -> FlowRequest:
    """Return a request with random tokens."""
    random = np.random.default_rng(seed)
    mel = random.normal(size=(2 * prompt, 80)).astype(np.float32)
    speaker = random.normal(size=192).astype(np.float32)
    voice = Prompt(random.integers(0, 6561, prompt), mel, speaker)
    return FlowRequest(voice, random.integers(0, 6561, count).tolist())


def apart(one: Tensor, other: Tensor) -> float:
    """Return the largest difference; infinite for different shapes."""
    return float((one - other).abs().max()) if one.shape == other.shape else math.inf


@BOTH
@pytest.mark.parametrize(
    ("name", "count", "streaming"),
    [("full", 61, False), ("streaming_full", 61, True), ("streaming_first", 30, True)],
)
def test_mels_are_the_references(
    reduced: dict[Version, Flow], version: Version, name: str, count: int, streaming: bool
) -> None:
    held, prompt, tokens = golden(version)
    request = FlowRequest(prompt, tokens[:count], final=count == 61)
    found = reduced[version].generate([request], streaming=streaming)[0]
    assert apart(found, torch.from_numpy(held[name][0])) < 1e-4


@BOTH
def test_the_whole_checkpoint_has_its_place(version: Version) -> None:
    """Names and shapes are the reduced model's, with the second block repeated as often as in the release."""
    shapes = dict(SHAPES[f"flow_v{version}"])
    depths = {
        2: {"encoder.encoders": 6, "decoder.estimator.mid_blocks": 12},
        3: {"decoder.estimator.transformer_blocks": 22},
    }
    for stem, depth in depths[version].items():
        second = {name: shape for name, shape in shapes.items() if name.startswith(f"{stem}.1.")}
        for place in range(2, depth):
            shapes |= {name.replace(f"{stem}.1.", f"{stem}.{place}."): shape for name, shape in second.items()}
    if version == 3:
        shapes[ROTARY] = [32]
    with torch.device("meta"):
        flow = build({2: V2, 3: V3}[version].flow)
    assert shapes_of(flow) == shapes
    assert len(shapes) == {2: 1121, 3: 330}[version]
    assert sum(map(math.prod, shapes.values())) == pytest.approx({2: 112.549e6, 3: 332.257e6}[version], abs=500)


@BOTH
def test_a_tensor_too_many_too_few_or_of_another_shape_is_refused(version: Version) -> None:
    layout = TINY[version]
    with torch.device("meta"):
        good = weights(shapes_of(build(layout)), version, layout.head_dim)
    name = "spk_embed_affine_layer.bias"
    with pytest.raises(WeightsMissing, match=r"1 tensors unknown, 0 missing, such as decoder\.extra"):
        filled(layout, {**good, "decoder.extra": torch.zeros(1)})
    with pytest.raises(WeightsMissing, match=r"0 tensors unknown, 1 missing, such as spk_embed"):
        filled(layout, {key: value for key, value in good.items() if key != name})
    with pytest.raises(WeightsMissing, match=r"spk_embed_affine_layer\.bias of size \(81,\) instead of \(80,\)"):
        filled(layout, {**good, name: torch.zeros(81)})


@BOTH
@pytest.mark.parametrize("streaming", [False, True])
def test_a_padded_batch_is_each_request_alone(
    small: dict[Version, Flow], version: Version, streaming: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = [spoken(9, 0, prompt=31), spoken(40, 1), replace(spoken(28, 2, prompt=0), final=False)]
    monkeypatch.setattr(small[version], "_frame_multiple", GRAPH_FRAMES)
    together = small[version].generate(requests, streaming=streaming)
    monkeypatch.undo()
    for request, found, frames in zip(requests, together, (18, 80, 50), strict=True):
        assert found.shape == (80, frames)
        assert apart(found, small[version].generate([request], streaming=streaming)[0]) < 1e-4


@BOTH
@pytest.mark.parametrize("prompt", [0, 23, 25, 40])
@pytest.mark.parametrize(
    ("step", "most"), [(1, MAX_CACHE_BYTES), (7, MAX_CACHE_BYTES), (40, MAX_CACHE_BYTES), (40, 1_000_000), (40, 0)]
)
def test_a_stream_is_its_own_whole(
    small: dict[Version, Flow], version: Version, prompt: int, step: int, most: int
) -> None:
    """Pieces equal the whole whether the cache is kept, absent, or dropped once it is too large."""
    request = spoken(131, prompt, prompt=prompt)
    stream = MelStream(small[version], request.prompt, most)
    pieces = [stream.push(request.tokens[at : at + step]) for at in range(0, 131, step)]
    pieces.append(stream.push([], final=True))
    assert (stream._cache is None) == (most < MAX_CACHE_BYTES)
    whole = small[version].generate([request], streaming=True)[0]
    assert apart(torch.cat(pieces, dim=1), whole) < 1e-4
    said = [piece.shape[1] for piece in pieces if piece.shape[1]]
    assert len(said) > 1
    assert said[0] >= 2 * FIRST_PIECE_TOKENS
    assert all((2 * prompt + sum(said[: place + 1])) % 50 == 0 for place in range(len(said) - 1))


@BOTH
def test_a_stream_is_the_references(reduced: dict[Version, Flow], version: Version) -> None:
    held, prompt, tokens = golden(version)
    stream = MelStream(reduced[version], prompt)
    pieces = [stream.push(tokens[:30]), stream.push(tokens[30:], final=True)]
    assert pieces[0].shape[1]
    assert apart(torch.cat(pieces, dim=1), torch.from_numpy(held["streaming_full"][0])) < 1e-4


@BOTH
def test_a_stream_computes_every_frame_once(small: dict[Version, Flow], version: Version) -> None:
    """The cache takes as much memory per frame as FlowCache documents."""
    frames: list[int] = []
    flow, request = small[version], spoken(131)
    hook = flow.estimator.register_forward_pre_hook(lambda _network, given: frames.append(given[0].shape[2]))
    stream = MelStream(flow, request.prompt)
    for token in request.tokens:
        stream.push([token])
    stream.push([], final=True)
    hook.remove()
    assert sum(frames) == timesteps.NUM_STEPS * 2 * (131 + 23)
    assert len(frames) >= 3 * timesteps.NUM_STEPS
    layout, run = flow.config, stream._cache
    assert run is not None
    attentions = (
        layout.transformers_per_block * (layout.num_mid_blocks + 2)
        if isinstance(layout, FlowV2Config)
        else layout.num_layers
    )
    width = layout.head_dim * (layout.unet_heads if isinstance(layout, FlowV2Config) else layout.num_heads)
    floats = sum(pair.numel() for past in run.estimator for held in past._keys_values.values() for pair in held)
    assert floats == timesteps.NUM_STEPS * attentions * 2 * 2 * width * 2 * (131 + 23)
    assert 0 < run.nbytes - 4 * floats < run.nbytes


@BOTH
def test_frames_of_whole_chunks_stay_when_tokens_are_added_and_others_do_not(
    small: dict[Version, Flow], version: Version
) -> None:
    request = spoken(60, prompt=25)
    begun = replace(request, tokens=request.tokens[:28], final=False)
    first, whole = (small[version].generate([each], streaming=True)[0] for each in (begun, request))
    assert apart(first, whole[:, :50]) < 1e-4
    first, whole = (small[version].generate([each])[0] for each in (begun, request))
    assert apart(first, whole[:, :50]) > 1e-2


@BOTH
def test_a_request_leaves_no_trace(small: dict[Version, Flow], version: Version) -> None:
    before = torch.random.get_rng_state()
    one = small[version].generate([spoken(20)])[0]
    small[version].generate([spoken(33, 1)], streaming=True)
    assert apart(small[version].generate([spoken(20)])[0], one) == 0
    assert torch.random.get_rng_state().equal(before)


@BOTH
def test_one_token_is_enough(small: dict[Version, Flow], version: Version) -> None:
    assert small[version].generate([spoken(1, prompt=0)])[0].shape == (80, 2)


@BOTH
def test_velocities_may_be_bfloat16(version: Version) -> None:
    flow = tiny(version)
    exact = flow.generate([spoken(40)])[0]
    flow.cast_estimator(torch.bfloat16)
    assert {layer.dtype for layer in flow.estimator.time_layers()[0].parameters()} == {torch.float32}
    found = flow.generate([spoken(40)])[0]
    noise = (found - exact).square().mean() / exact.square().mean()
    assert found.dtype == torch.float32
    assert 0 < noise < 10**-2.5


@BOTH
def test_a_step_is_one_graph(small: dict[Version, Flow], version: Version) -> None:
    """A step never branches on values, so that it can be compiled or captured; torch raises an error otherwise."""
    flow = small[version]
    state, mu, known = torch.randn(3, 2, 80, 50)
    seen = attention_mask.chunk_mask(torch.tensor([50, 41]), 50, 50)
    with torch.inference_mode():
        table = flow.estimator.time_tables(torch.tensor([0.3]))[0]
        given = (state, mu, torch.randn(2, 80), known, table, attention_mask.mask_to_bias(seen, torch.float32))
        compiled = torch.compile(flow.estimator, backend="eager", fullgraph=True, dynamic=False)
        assert apart(compiled(*given), flow.estimator(*given)) < 1e-5


def test_the_noise_is_the_references() -> None:
    assert flow_matching.initial_noise().shape == (1, 80, 15_000)
    assert flow_matching.initial_noise()[0, 0, :3].tolist() == pytest.approx([-1.1258, -1.1524, -0.2506], abs=5e-5)


def test_time_runs_as_a_cosine() -> None:
    expected = (0, 0.0123, 0.0489, 0.1090, 0.1910, 0.2929, 0.4122, 0.5460, 0.6910, 0.8436, 1)
    assert timesteps.cosine_schedule() == pytest.approx(expected, abs=5e-5)


def test_chunks_are_seen_whole_and_padding_never() -> None:
    seen = attention_mask.chunk_mask(torch.tensor([5, 3]), 6, 2)[:, 0]
    assert seen[0].int().tolist() == [[1, 1, 0, 0, 0, 0]] * 2 + [[1, 1, 1, 1, 0, 0]] * 2 + [[1, 1, 1, 1, 1, 0]] * 2
    assert seen[1].sum(dim=1).tolist() == [2, 2, 3, 3, 3, 3]
    assert attention_mask.chunk_mask(torch.tensor([5, 3]), 6, None).sum(dim=3).flatten().tolist() == [5, 3]


def test_what_cannot_be_spoken_is_refused(small: dict[Version, Flow]) -> None:
    flow, good = small[3], spoken(20)
    with pytest.raises(ValueError, match=r"from 0 to 6560; got .* to 6561"):
        flow.generate([good, replace(good, tokens=[5, 6561])])
    with pytest.raises(ValueError, match="got -1 to"):
        flow.generate([replace(good, tokens=[-1])])
    with pytest.raises(ValueError, match="45 mel frames don't belong to 23 tokens"):
        flow.generate([replace(good, prompt=replace(good.prompt, mel=good.prompt.mel[:45]))])
    with pytest.raises(BadInput, match="only 0 speech tokens"):
        flow.generate([replace(good, tokens=[])])
    with pytest.raises(BadInput, match="only 3 speech tokens"):
        flow.generate([replace(good, tokens=[1, 2, 3], final=False)])
    with pytest.raises(BadInput, match="only 0 speech tokens"):
        MelStream(flow, good.prompt).push([], final=True)
    with pytest.raises(BadInput, match="301 s; the limit is 300 s"):
        flow.generate([replace(good, tokens=[1] * 7502)])
