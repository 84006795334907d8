"""Tests of CAM++ and pyannote's segmentation: parity with PyTorch on the published weights, and sanity on speech."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from funaudio_core import audio
from funaudio_core.audio.fbank import kaldi_fbank
from funaudio_core.engines import campplus, pyannote
from funaudio_core.errors import BadInput
from funaudio_core.types import Audio
from funaudio_core.voices.examples import EXAMPLES
from funaudio_core.weights import state_dict, store

Floats = NDArray[np.float32]


def example(number: int) -> Audio:
    return audio.load(EXAMPLES[number].path, rate=16_000)


def read(artifact: str, file: str, key: str = "") -> dict[str, Tensor]:
    found = state_dict.read_state_dict(store.artifact_dir(artifact) / file, key)
    return {name: torch.from_numpy(array.copy()) for name, array in found.items()}


class TorchCamPlus:
    """CAM++ in PyTorch's functional form."""

    def __init__(self) -> None:
        self.state = read("speakers", "campplus_cn_en_common.pt")

    def norm(self, value: Tensor, name: str) -> Tensor:
        get = self.state.get
        mean, variance = self.state[f"{name}.running_mean"], self.state[f"{name}.running_var"]
        return functional.batch_norm(value, mean, variance, get(f"{name}.weight"), get(f"{name}.bias"))

    def rectified(self, value: Tensor, name: str) -> Tensor:
        return functional.relu(self.norm(value, f"{name}.batchnorm"))

    def conv2(self, value: Tensor, name: str, norm: str, stride: int = 1) -> Tensor:
        weight = self.state[f"{name}.weight"]
        return self.norm(functional.conv2d(value, weight, stride=(stride, 1), padding=weight.shape[-1] // 2), norm)

    def block(self, value: Tensor, name: str, stride: int) -> Tensor:
        inner = functional.relu(self.conv2(value, f"{name}.conv1", f"{name}.bn1", stride))
        inner = self.conv2(inner, f"{name}.conv2", f"{name}.bn2")
        if f"{name}.shortcut.0.weight" in self.state:
            value = self.conv2(value, f"{name}.shortcut.0", f"{name}.shortcut.1", stride)
        return functional.relu(inner + value)

    def layer(self, value: Tensor, name: str, dilation: int) -> Tensor:
        value = functional.conv1d(self.rectified(value, f"{name}.nonlinear1"), self.state[f"{name}.linear1.weight"])
        value = self.rectified(value, f"{name}.nonlinear2")
        cam = {key.removeprefix(f"{name}.cam_layer."): t for key, t in self.state.items() if f"{name}.cam_layer" in key}
        local = functional.conv1d(value, cam["linear_local.weight"], padding=dilation, dilation=dilation)
        parts = [value[:, :, start : start + 100] for start in range(0, value.shape[2], 100)]
        means = [part.mean(2, keepdim=True).expand_as(part) for part in parts]
        context = value.mean(2, keepdim=True) + torch.cat(means, dim=2)
        hidden = functional.relu(functional.conv1d(context, cam["linear1.weight"], cam["linear1.bias"]))
        return local * torch.sigmoid(functional.conv1d(hidden, cam["linear2.weight"], cam["linear2.bias"]))

    def embed(self, mels: Floats) -> Floats:
        value = functional.relu(self.conv2(torch.from_numpy(mels.T.copy())[None, None], "head.conv1", "head.bn1"))
        for name in ("layer1", "layer2"):
            value = self.block(self.block(value, f"head.{name}.0", 2), f"head.{name}.1", 1)
        value = functional.relu(self.conv2(value, "head.conv2", "head.bn2", 2)).flatten(1, 2)
        value = functional.conv1d(value, self.state["xvector.tdnn.linear.weight"], stride=2, padding=2)
        value = self.rectified(value, "xvector.tdnn.nonlinear")
        for number, (layers, dilation) in enumerate(((12, 1), (24, 2), (16, 2)), 1):
            for layer in range(1, layers + 1):
                added = self.layer(value, f"xvector.block{number}.tdnnd{layer}", dilation)
                value = torch.cat([value, added], dim=1)
            value = self.rectified(value, f"xvector.transit{number}.nonlinear")
            value = functional.conv1d(value, self.state[f"xvector.transit{number}.linear.weight"])
        value = self.rectified(value, "xvector.out_nonlinear")
        value = torch.cat([value.mean(2), value.std(2)], dim=1)[..., None]
        value = functional.conv1d(value, self.state["xvector.dense.linear.weight"])
        embedding = self.norm(value, "xvector.dense.nonlinear.batchnorm")[0, :, 0].numpy()
        unit: Floats = embedding / np.linalg.norm(embedding)
        return unit


class TorchSegmentation(nn.Module):
    """pyannote's network with PyTorch's modules after SincNet's filters."""

    def __init__(self) -> None:
        super().__init__()
        state = read("speakers", "pyannote_segmentation.pt", "state_dict")
        self.filters = torch.from_numpy(pyannote.sinc_filters({name: t.numpy() for name, t in state.items()}))
        self.sincnet = nn.Module()
        self.sincnet.wav_norm1d = nn.InstanceNorm1d(1, affine=True)
        self.sincnet.norm1d = nn.ModuleList([nn.InstanceNorm1d(size, affine=True) for size in (80, 60, 60)])
        self.sincnet.conv1d = nn.ModuleList([nn.Identity(), nn.Conv1d(80, 60, 5), nn.Conv1d(60, 60, 5)])
        self.lstm = nn.LSTM(60, 128, 4, bidirectional=True, batch_first=True)
        self.linear = nn.ModuleList([nn.Linear(256, 128), nn.Linear(128, 128)])
        self.classifier = nn.Linear(128, 7)
        self.load_state_dict({name: t for name, t in state.items() if "filterbank" not in name})
        self.eval()

    def forward(self, samples: Tensor) -> Tensor:
        net: Any = self.sincnet
        value = functional.conv1d(net.wav_norm1d(samples), self.filters, stride=10).abs()
        for conv, norm in zip(net.conv1d, net.norm1d, strict=True):
            value = functional.leaky_relu(norm(functional.max_pool1d(conv(value), 3)))
        value, _ = self.lstm(value.transpose(1, 2))
        for linear in self.linear:
            value = functional.leaky_relu(linear(value))
        return torch.softmax(self.classifier(value), dim=-1)[0]


@pytest.mark.parametrize("seconds", [0.5, 2.0, 3.3])
def test_embeddings_are_those_of_pytorch(seconds: float) -> None:
    clip = example(0).slice(0, seconds)
    with torch.inference_mode():
        expected = TorchCamPlus().embed(kaldi_fbank(clip.samples))
    np.testing.assert_allclose(campplus.load().embed(clip), expected, atol=2e-4)


def test_segmentation_is_that_of_pytorch() -> None:
    samples = np.concatenate([example(0).samples, example(2).samples])[:160_000]
    with torch.inference_mode():
        classes = TorchSegmentation()(torch.from_numpy(samples)[None, None]).numpy()
    expected = np.stack([classes[:, [1, 4, 5]].sum(1), classes[:, [2, 4, 6]].sum(1), classes[:, [3, 5, 6]].sum(1)], 1)
    np.testing.assert_allclose(pyannote.load().segment(samples)[: len(expected)], expected, atol=2e-3)


def test_filters_pass_their_own_band() -> None:
    found = state_dict.read_state_dict(store.artifact_dir("speakers") / "pyannote_segmentation.pt", "state_dict")
    filters = pyannote.sinc_filters(found)[:, 0]
    gains = np.abs(np.fft.rfft(filters, 4096, axis=1))
    peaks = gains.argmax(axis=1) * 16_000 / 4096
    low = 50.0 + np.abs(found["sincnet.conv1d.0.filterbank.low_hz_"][:, 0])
    high = low + 50.0 + np.abs(found["sincnet.conv1d.0.filterbank.band_hz_"][:, 0])
    for half in (peaks[:40], peaks[40:]):
        assert np.all((half > low - 60) & (half < np.minimum(high, 8_000) + 60))


def test_one_speaker_is_more_similar_than_two() -> None:
    first, other = example(0), example(2)
    half = first.duration / 2
    encoder = campplus.load()
    halves = encoder.embed(first.slice(0, half)), encoder.embed(first.slice(half, first.duration))
    assert float(halves[0] @ halves[1]) > 0.5 > float(halves[0] @ encoder.embed(other)) + 0.1


def test_a_silent_clip_has_no_embedding() -> None:
    with pytest.raises(BadInput, match="silent"):
        campplus.load().embed(Audio(np.zeros(16_000, np.float32), 16_000))


def test_two_speakers_in_turn_are_told_apart() -> None:
    first, second = example(0).samples, example(2).samples
    activity = pyannote.load().segment(np.concatenate([first, second])[:160_000]) > 0.5
    border = len(first) // 270
    speaker = activity[: border - 10].sum(0).argmax()
    assert activity[border + 20 :, speaker].mean() < 0.2
    assert activity[border + 20 :].any(1).mean() > 0.6


def test_silence_and_short_windows_are_segmented() -> None:
    engine = pyannote.load()
    assert engine.segment(np.zeros(160_000, np.float32)).max() < 0.5
    assert engine.segment(np.zeros(2_000, np.float32)).shape == (8, 3)
    assert len(engine.segment(np.zeros(160_000, np.float32))) == pyannote.NUM_FRAMES
