"""Input features of CosyVoice: the reference's numbers, equal lengths, and one computation per clip."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
import torchaudio

from funaudio_core.audio.fbank import kaldi_fbank
from funaudio_core.engines.cosyvoice import config, features
from funaudio_core.engines.cosyvoice.prompt import Float, PromptCache, align
from funaudio_core.engines.cosyvoice.prompt_encoders import SpeakerEncoder, SpeechTokenizer
from funaudio_core.engines.cosyvoice.resample import resample
from funaudio_core.errors import BadInput
from funaudio_core.types import Audio
from tests.conftest import ROOT

GOLDEN = np.load(ROOT / "tests" / "golden" / "cosyvoice" / "features.npz")
LOW, HIGH = GOLDEN["wave16k"][0], GOLDEN["wave24k"][0]
SPEAKER = np.arange(192, dtype=np.float32)


def clip(seconds: float = 3.0, rate: int = 24_000) -> Audio:
    return Audio(np.random.default_rng(0).normal(0, 0.1, round(seconds * rate)).astype(np.float32), rate)


@pytest.mark.parametrize("version", [2, 3])
def test_mels_of_the_flow_are_the_references(version: config.Version) -> None:
    found = features.mel_spectrogram(HIGH, config.CONFIGS[version].mel_fmax)
    expected = GOLDEN[f"mel_v{version}"][0].T
    assert found.shape == expected.shape == (len(HIGH) // config.HOP_SAMPLES, config.NUM_MELS)
    assert np.abs(found - expected).max() < 1e-4


def test_mels_of_the_speech_tokenizer_are_the_references() -> None:
    found = features.whisper_log_mel(LOW)
    assert found.shape == GOLDEN["log_mel128"][0].shape == (features.WHISPER_MEL_BANDS, len(LOW) // 160)
    assert np.abs(found - GOLDEN["log_mel128"][0]).max() < 1e-4


def test_mels_of_the_speaker_encoder_are_kaldis() -> None:
    kaldi = torchaudio.compliance.kaldi.fbank(torch.from_numpy(LOW)[None], num_mel_bins=80, sample_frequency=16_000)
    found = kaldi_fbank(LOW)
    assert found.shape == kaldi.shape
    assert np.abs(found - (kaldi - kaldi.mean(dim=0)).numpy()).max() < 1e-3
    assert np.abs(found.mean(axis=0)).max() < 1e-5


@pytest.mark.parametrize(
    ("before", "after"), [(44_100, 16_000), (44_100, 24_000), (48_000, 16_000), (22_050, 24_000), (16_000, 24_000)]
)
def test_another_rate_gives_torchaudios_samples(before: int, after: int) -> None:
    given = clip(0.7, before)
    found = resample(given, after)
    expected = torchaudio.functional.resample(torch.from_numpy(given.samples), before, after).numpy()
    assert found.shape == expected.shape
    assert found.dtype == np.float32
    assert np.abs(found - expected).max() < 1e-5


def test_its_own_rate_is_left_alone() -> None:
    given = clip(0.1)
    assert resample(given, given.rate) is given.samples


@pytest.mark.parametrize(("tokens", "frames", "left"), [(75, 150, 75), (76, 150, 75), (75, 153, 75), (75, 149, 74)])
def test_tokens_and_mel_end_together(tokens: int, frames: int, left: int) -> None:
    mel = np.arange(frames, dtype=np.float32)[:, None].repeat(80, axis=1)
    prompt = align(np.arange(tokens), mel, SPEAKER)
    assert len(prompt.tokens) == left
    assert len(prompt.mel) == 2 * left
    assert prompt.mel[-1, 0] == 2 * left - 1


@pytest.mark.parametrize("token", [-1, config.NUM_SPEECH_TOKENS])
def test_a_token_that_the_flow_lacks_is_refused(token: int) -> None:
    with pytest.raises(ValueError, match=str(token)):
        align(np.array([5, token]), np.zeros((4, 80), np.float32), SPEAKER)


class Ears:
    """Stand-in for both prompt encoders that counts its calls."""

    def __init__(self) -> None:
        self.calls = 0
        self.go = threading.Event()
        self.go.set()

    def tokenize(self, mels: Float) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        self.calls += 1
        self.go.wait(180)
        return np.arange(-(-mels.shape[1] // 4))

    def identify(self, mels: Float) -> Float:
        assert mels.shape[1] == config.NUM_MELS
        return SPEAKER


def test_a_clip_is_listened_to_once() -> None:
    ears = Ears()
    prompts = PromptCache(config.V3, ears.tokenize, ears.identify, capacity=2)
    first = prompts.get(clip())
    assert first.tokens.shape == (75,)
    assert first.mel.shape == (150, 80)
    assert prompts.get(clip()) is first
    assert ears.calls == 1
    assert prompts.get(clip(2.0)) is not first
    assert prompts.get(Audio(clip().samples, 16_000)) is not first  # the same samples at another rate
    assert ears.calls == 3
    assert prompts.get(clip()) is not first  # the cache holds two, and two others were requested since
    assert ears.calls == 4


def test_many_at_once_wait_for_the_first() -> None:
    ears = Ears()
    prompts = PromptCache(config.V2, ears.tokenize, ears.identify)
    ears.go.clear()
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(prompts.get, clip()) for _ in range(4)]
        ears.go.set()
        assert len({id(job.result()) for job in jobs}) == 1
    assert ears.calls == 1


def test_a_failure_is_told_and_not_kept() -> None:
    ears = Ears()

    def broken(mels: Float) -> Float:
        raise MemoryError(str(mels.shape))

    with pytest.raises(MemoryError):
        (prompts := PromptCache(config.V2, ears.tokenize, broken)).get(clip())
    with pytest.raises(MemoryError):
        prompts.get(clip())
    assert ears.calls == 2


@pytest.mark.parametrize(
    ("given", "said"),
    [(clip(3.0, 8_000), "sample rate of 8,000 Hz"), (clip(0.4), "lasts 0.4 s"), (clip(30.1, 16_000), "lasts 30.1 s")],
)
def test_a_clip_that_tells_no_voice_is_refused(given: Audio, said: str) -> None:
    ears = Ears()
    with pytest.raises(BadInput, match=said):
        PromptCache(config.V2, ears.tokenize, ears.identify).get(given)
    assert ears.calls == 0


def test_the_published_graphs_are_fed_by_position(tmp_path: Path) -> None:
    """The graphs have the release's inputs; one returns the length, the other a mean over time."""
    import onnx
    from onnx import TensorProto, helper

    def write(name: str, node: onnx.NodeProto, inputs: list[onnx.ValueInfoProto], kind: int) -> Path:
        axis = helper.make_tensor("axis", TensorProto.INT64, [1], [1])
        graph = helper.make_graph([node], "g", inputs, [helper.make_tensor_value_info("y", kind, None)], [axis])
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), tmp_path / name)
        return tmp_path / name

    feats = helper.make_tensor_value_info("feats", TensorProto.FLOAT, [1, 128, None])
    length = helper.make_tensor_value_info("feats_length", TensorProto.INT32, [1])
    given = helper.make_node("Identity", ["feats_length"], ["y"])
    tokenizer = SpeechTokenizer(write("tokens.onnx", given, [feats, length], TensorProto.INT32), threads=1)
    assert tokenizer(np.zeros((128, 77), np.float32)).tolist() == [77]
    rows = helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, None, 192])
    mean = helper.make_node("ReduceMean", ["input", "axis"], ["y"], keepdims=0)
    encoder = SpeakerEncoder(write("speaker.onnx", mean, [rows], TensorProto.FLOAT))
    assert encoder(np.tile(SPEAKER, (5, 1))).tolist() == SPEAKER.tolist()
