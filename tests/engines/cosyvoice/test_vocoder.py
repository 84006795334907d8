"""Vocoders of CosyVoice 2 and 3: the reference's numbers on the same weights, in batches and streamed."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own abbreviation)
from torch import Tensor

from funaudio_core.engines.cosyvoice import checkpoint, source_noise, stft
from funaudio_core.engines.cosyvoice.config import CONFIGS, Version, VocoderConfig
from funaudio_core.engines.cosyvoice.hift import HiFTGenerator
from funaudio_core.engines.cosyvoice.source_signal import SourceSignal
from funaudio_core.engines.cosyvoice.vocoder import LEFT_CONTEXT_FRAMES, Vocoder, change_speed, lookahead_frames
from funaudio_core.errors import WeightsMissing
from tests import synthetic
from tests.conftest import ROOT
from tests.cosyvoice_models import one_thread

GOLDEN = ROOT / "tests" / "golden" / "cosyvoice"
SHAPES: dict[str, dict[str, list[int]]] = json.loads((GOLDEN / "shapes_flow_hift.json").read_text())
HELD = {version: dict(np.load(GOLDEN / f"hift_v{version}.npz")) for version in (2, 3)}
BOTH = pytest.mark.parametrize("version", [2, 3])
HOP = 480


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    yield from one_thread()


def filled(layout: VocoderConfig, tensors: dict[str, Tensor]) -> HiFTGenerator:
    with torch.device("meta"):
        network = HiFTGenerator(layout)
    checkpoint.load_tensors(network, checkpoint.fold_weight_norm(tensors), Path("hift.pt"))
    return network


@pytest.fixture(scope="module")
def whole() -> dict[Version, HiFTGenerator]:
    """Build the published size."""
    return {v: filled(layout.vocoder, synthetic.state_dict(SHAPES[f"hift_v{v}"])) for v, layout in CONFIGS.items()}


@pytest.fixture(scope="module")
def precise(whole: dict[Version, HiFTGenerator]) -> HiFTGenerator:
    """Return version 3 in float64: its synthetic weights are so loud that float32 waves differ between processors."""
    return copy.deepcopy(whole[3]).double()


def tiny(version: Version) -> HiFTGenerator:
    """Build a narrow model in float64, whose F0 is up to some hundred Hz and sometimes below the voiced threshold."""
    layout = replace(CONFIGS[version].vocoder, base_channels=32, f0_channels=16)
    with torch.device("meta"):
        shapes = {name: list(value.shape) for name, value in HiFTGenerator(layout).state_dict().items()}
    weights = synthetic.state_dict(shapes)
    weights["f0_predictor.classifier.weight"] *= 400
    weights["conv_post.weight"] *= 0.3  # quiet, so that nothing clips
    return filled(layout, weights).double()


@pytest.fixture(scope="module")
def small() -> dict[Version, HiFTGenerator]:
    return {2: tiny(2), 3: tiny(3)}


def mel(frames: int, batch: int = 1, seed: int = 0) -> Tensor:
    return torch.randn(batch, 80, frames, generator=torch.Generator().manual_seed(seed)).double() - 4


def apart(one: Tensor, other: Tensor | np.ndarray) -> float:
    """Return the largest difference; infinite for different shapes."""
    return float((one - torch.as_tensor(other)).abs().max()) if one.shape == other.shape else math.inf


@BOTH
def test_the_pitch_is_the_references(whole: dict[Version, HiFTGenerator], version: Version) -> None:
    with torch.inference_mode():
        found = whole[version].f0_predictor(torch.from_numpy(HELD[version]["mel"]))
    assert apart(found, HELD[version]["f0"]) < 1e-4


def test_version_2s_wave_is_the_references(whole: dict[Version, HiFTGenerator]) -> None:
    held = HELD[2]
    with torch.inference_mode():
        found = whole[2](torch.from_numpy(held["mel"]), torch.from_numpy(held["source"]))
    assert apart(found, held["wave"]) < 1e-4


def test_version_3s_wave_is_the_references_with_its_noise(precise: HiFTGenerator) -> None:
    """The reference's own wave in float64 differs by 1.3e-4 from its wave in float32, which is compared here."""
    held = HELD[3]
    found = Vocoder(precise).synthesize(torch.from_numpy(held["mel"]).double(), [0])
    error = (found - torch.from_numpy(held["wave"])).abs()
    assert error.max() < 2e-4
    assert error.square().mean().sqrt() < 2e-5


def test_version_3s_first_chunk_is_the_head_of_all(precise: HiFTGenerator) -> None:
    frames = torch.from_numpy(HELD[3]["mel"]).double()
    vocoder = Vocoder(precise)
    stream = vocoder.stream()
    first = stream.push(frames[:, :, :38])
    assert first.shape == (1, (38 - 5) * HOP)
    expected = torch.from_numpy(HELD[3]["wave_first38_not_final"])
    assert apart(first[:, : expected.shape[1]], expected) < 2e-4
    everything = torch.cat([first, stream.push(frames[:, :, 38:], final=True)], dim=1)
    assert apart(everything, vocoder.synthesize(frames, [0])) < 1e-4


@BOTH
def test_the_whole_checkpoint_has_its_place(version: Version) -> None:
    """All convolutions but the source signal's are weight-normalised: two tensors in the file, one in the model."""
    shapes = SHAPES[f"hift_v{version}"]
    assert len(shapes) == 328
    assert sum(map(math.prod, shapes.values())) == pytest.approx({2: 20.821e6, 3: 20.780e6}[version], abs=500)
    with torch.device("meta"):
        network = HiFTGenerator(CONFIGS[version].vocoder)
        plain = checkpoint.fold_weight_norm({name: torch.empty(shape) for name, shape in shapes.items()})
    assert {name: tensor.shape for name, tensor in plain.items()} == {
        name: tensor.shape for name, tensor in network.state_dict().items()
    }


def test_a_tensor_too_many_too_few_or_of_another_shape_is_refused() -> None:
    layout, good = CONFIGS[3].vocoder, synthetic.state_dict(SHAPES["hift_v3"])
    half = "ups.1.parametrizations.weight.original0"
    with pytest.raises(WeightsMissing, match="1 tensors unknown, 0 missing"):
        filled(layout, {**good, "stft_window": torch.zeros(16)})
    with pytest.raises(WeightsMissing, match=r"1 tensors unknown, 1 missing"):
        filled(layout, {name: tensor for name, tensor in good.items() if name != half})
    with pytest.raises(WeightsMissing, match=r"conv_pre\.bias of size \(2,\)"):
        filled(layout, {**good, "conv_pre.bias": torch.zeros(2)})


@BOTH
@pytest.mark.parametrize("cuts", [[50] * 4, [26, 50, 100, 24], [1] * 30 + [170], [200], [7, 120, 73]])
def test_chunks_make_the_whole(small: dict[Version, HiFTGenerator], version: Version, cuts: list[int]) -> None:
    """Version 2 looks 16 frames ahead where 20 would be exact; the error is at least 60 dB below the signal."""
    frames = mel(200)
    vocoder = Vocoder(small[version])
    stream = vocoder.stream(7)
    pieces = [stream.push(piece) for piece in torch.split(frames, cuts, dim=2)]
    pieces.append(stream.push(frames[:, :, :0], final=True))
    expected = vocoder.synthesize(frames, [7])
    found = torch.cat(pieces, dim=1)
    assert found.shape == expected.shape == (1, 200 * HOP)
    error = found - expected
    assert error.abs().max() < {2: 1e-2, 3: 1e-9}[version] * expected.abs().max()
    assert error.square().mean() < {2: 1e-6, 3: 1e-18}[version] * expected.square().mean()
    assert pieces[-1].shape[1] == HOP * lookahead_frames(small[version].config)


@BOTH
def test_a_chunk_takes_the_time_of_its_own_length(small: dict[Version, HiFTGenerator], version: Version) -> None:
    taken: list[int] = []
    network = small[version]
    hook = network.register_forward_pre_hook(lambda _network, given: taken.append(given[0].shape[2]))
    stream = Vocoder(network).stream()
    for piece in torch.split(mel(1000), 50, dim=2):
        stream.push(piece)
    hook.remove()
    assert len(taken) == 20
    assert set(taken[2:]) == {
        LEFT_CONTEXT_FRAMES + lookahead_frames(network.config) + 50
    }  # one shape, so its graph can be reused


@BOTH
def test_the_pitch_of_the_small_network_is_worth_testing(small: dict[Version, HiFTGenerator], version: Version) -> None:
    with torch.inference_mode():
        pitch = Vocoder(small[version])._network.f0_predictor(mel(200))
    assert 0.5 < (pitch > 10).double().mean() < 1
    assert pitch.std() > 20


@BOTH
def test_a_batch_is_each_alone(small: dict[Version, HiFTGenerator], version: Version) -> None:
    vocoder, frames = Vocoder(small[version]), mel(30, batch=3)
    together = vocoder.synthesize(frames, [4, 5, 6])
    for row, found in enumerate(together):
        assert apart(found, vocoder.synthesize(frames[row : row + 1], [4 + row])[0]) < 1e-9


@BOTH
def test_a_seed_repeats_the_sound_and_only_version_2_has_others(
    small: dict[Version, HiFTGenerator], version: Version
) -> None:
    before = torch.random.get_rng_state()
    vocoder, frames = Vocoder(small[version]), mel(20)
    one, again, other = (vocoder.synthesize(frames, [seed]) for seed in (1, 1, 2))
    assert apart(one, again) == 0
    assert (apart(one, other) > 1e-5) == (version == 2)
    assert torch.random.get_rng_state().equal(before)


@BOTH
def test_one_frame_is_enough_and_none_gives_none(small: dict[Version, HiFTGenerator], version: Version) -> None:
    vocoder = Vocoder(small[version])
    assert vocoder.synthesize(mel(1), [0]).shape == (1, HOP)
    assert vocoder.stream().push(mel(0), final=True).shape == (1, 0)


def sines(pitch: Tensor, smooth: bool) -> Tensor:
    """Compute sines as the reference does, in float64: phases at the sample rate, downsampled, summed and upsampled."""
    hertz = pitch.double()[:, :, None] * torch.arange(1, 10)
    steps = (hertz.repeat_interleave(HOP, dim=1) / 24_000) % 1
    thin = F.interpolate(steps.transpose(1, 2), scale_factor=1 / HOP, mode="linear")
    phase = thin.cumsum(dim=2) * 2 * torch.pi * HOP
    return F.interpolate(phase, scale_factor=HOP, mode="linear" if smooth else "nearest").sin().transpose(1, 2)


@BOTH
def test_sines_are_the_references(version: Version) -> None:
    layout = CONFIGS[version].vocoder
    excitation = SourceSignal(layout)
    pitch = torch.tensor([[120.0, 130.5, 0.0, 9.9, 410.25, 95.0, 3000.0]])
    random = torch.rand(1, 7 * HOP, 9)
    with torch.inference_mode():
        found, ends = excitation(pitch, None, random, torch.zeros(1, 1))
    voiced = (pitch > 10).repeat_interleave(HOP, dim=1)[:, :, None]
    mixed = 0.1 * sines(pitch, smooth=version == 2) * voiced + torch.where(voiced, 0.003, 0.1 / 3) * random
    expected = torch.tanh(excitation.l_linear(mixed.float())).transpose(1, 2)
    assert apart(found, expected.detach()) < 1e-5
    assert ((ends >= 0) & (ends < 1)).all()


def test_an_hour_of_voice_stays_in_tune() -> None:
    """Phases wrap before they are rounded: after an hour a constant F0 gives the frames of the beginning."""
    excitation = SourceSignal(CONFIGS[2].vocoder)
    second, silence = torch.full((1, 50), 100.0), torch.zeros(1, 50 * HOP, 9)
    after = torch.full((1, 1), 100.0)
    with torch.inference_mode():
        first, cycles = excitation(second, torch.zeros(1, 9, dtype=torch.float64), silence, after)
        for _ in range(3600):
            cycles = (cycles + HOP * excitation._phase_steps(second).sum(dim=1)) % 1
        assert apart(excitation(second, cycles, silence, after)[0], first) < 1e-5


def test_version_3s_noise_is_the_references() -> None:
    expected = [0.9228, 0.4774, 0.8271, 0.2835, 0.7935, 0.1734, 0.8524, 0.9229, 0.7310]
    assert source_noise.uniform_noise()[0].tolist() == pytest.approx(expected, abs=5e-5)
    drawn = source_noise.UniformNoise()
    parts = torch.cat([drawn.next(count) for count in (700_000, 740_000, 10)], dim=1)[0]
    assert parts[:1_440_000].equal(source_noise.uniform_noise())
    assert parts[-10:].equal(source_noise.uniform_noise()[:10])  # the noise repeats after a minute


def test_version_2s_noise_is_normal_and_the_same_in_parts() -> None:
    whole = source_noise.GaussianNoise([3, 4]).next(100 * HOP)
    drawn = source_noise.GaussianNoise([3, 4])
    assert torch.cat([drawn.next(HOP * count) for count in (1, 30, 69)], dim=1).equal(whole)
    assert whole.mean() == pytest.approx(0, abs=0.01)
    assert whole.std() == pytest.approx(1, abs=0.01)


def test_spectra_are_torchs_and_go_back() -> None:
    sound = torch.randn(2, 1, 480)
    window = torch.hann_window(16)
    theirs = torch.stft(sound[:, 0], 16, 4, 16, window, return_complex=True)
    found = stft.stft(sound, 16, 4)
    assert apart(found, torch.cat([theirs.real, theirs.imag], dim=1)) < 1e-5
    assert apart(stft.istft(theirs.abs(), theirs.angle(), 4), sound[:, 0]) < 1e-5
    changed = torch.randn(2, 9, 121), torch.randn(2, 9, 121)
    expected = torch.istft(torch.polar(changed[0].abs(), changed[1]), 16, 4, 16, window)
    assert apart(stft.istft(changed[0].abs(), changed[1], 4), expected) < 1e-5


@BOTH
def test_the_network_is_one_graph(small: dict[Version, HiFTGenerator], version: Version) -> None:
    """The network never branches on values, so that it can be compiled or captured; torch raises an error otherwise."""
    given = mel(12), torch.randn(1, 1, 12 * HOP).double() / 10
    with torch.inference_mode():
        compiled = torch.compile(small[version], backend="eager", fullgraph=True, dynamic=False)
        assert apart(compiled(*given), small[version](*given)) < 1e-5


def test_a_mel_may_be_paced() -> None:
    rising = torch.arange(100.0).expand(1, 80, 100)
    assert change_speed(rising, 2.0).shape == (1, 80, 50)
    assert change_speed(rising, 0.5).shape == (1, 80, 200)
    assert apart(change_speed(rising, 2.0)[0, 0], torch.arange(50) * 2 + 0.5) < 1e-4
    assert change_speed(rising[:, :, :1], 4.0).shape == (1, 80, 1)
