"""Kokoro's split graph: the audio of the original graph, at once or in pieces, and editable durations."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from funaudio_core.engines.kokoro import model
from funaudio_core.engines.kokoro.graph import onnx_split
from funaudio_core.engines.onnx_session import OnnxSession
from funaudio_core.errors import BadInput
from funaudio_core.types import Samples
from funaudio_core.weights import store

TOKENS = [50, 83, 54, 156, 31, 16, 81, 86, 123, 3, 16, 63, 53, 4]  # "həlˈO ðɛɹ, uk."

load_kokoro = cache(model.load)  # held: the model lives as long as somebody uses it


@pytest.fixture(scope="module")
def pack() -> model.Float:
    return model.load_voice(store.artifact_dir("kokoro-voices") / "af_heart.bin")


def signal_to_noise_db(expected: Samples, actual: Samples) -> float:
    return float(10 * np.log10(np.square(expected).sum() / np.square(actual - expected).sum()))


def test_split_model_is_close_to_the_original(pack: model.Float) -> None:
    style = pack[len(TOKENS) - 1]
    prediction = load_kokoro().predict(TOKENS, style)
    audio = load_kokoro().decode(prediction.features, prediction.f0, prediction.energy, style)
    path = store.artifact_dir("kokoro") / "kokoro-v1.0.int8.onnx"
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    inputs = {"tokens": np.array([[0, *TOKENS, 0]]), "style": style, "speed": np.ones(1, np.float32)}
    expected = session.run(None, inputs)[0].ravel()
    assert len(audio) == len(expected) == prediction.durations.sum() * model.FRAME_SAMPLES
    assert signal_to_noise_db(expected, audio) > 15  # the original rounds the inputs of all convolutions to 8 bits


def test_pieces_fit_together(pack: model.Float) -> None:
    style = pack[len(TOKENS) - 1]
    prediction = load_kokoro().predict(TOKENS, style)
    inputs = (prediction.features, prediction.f0, prediction.energy, style)
    size = prediction.durations.sum()
    two, three = (list(load_kokoro().decode_pieces(*inputs, cuts)) for cuts in ([20], [20, 33]))
    assert [len(piece) // model.FRAME_SAMPLES for piece in three] == [20, 13, size - 33]
    assert np.array_equal(two[0], three[0])
    assert signal_to_noise_db(two[1], np.concatenate(three[1:])) > 15
    seam, steps = len(three[1]), np.abs(np.diff(two[1]))
    joined = np.concatenate(three[1:])
    assert abs(joined[seam] - joined[seam - 1]) < 2 * steps[seam - 240 : seam + 240].max()


def test_pieces_are_as_loud_as_the_whole(pack: model.Float) -> None:
    style = pack[len(TOKENS) - 1]
    prediction = load_kokoro().predict(TOKENS, style)
    inputs = (prediction.features, prediction.f0, prediction.energy, style)
    joined = np.concatenate(list(load_kokoro().decode_pieces(*inputs, [30])))
    levels = [10 * np.log10(np.square(sound).mean()) for sound in (joined, load_kokoro().decode(*inputs))]
    assert abs(levels[0] - levels[1]) < 3


def test_prediction_shapes_and_units(pack: model.Float) -> None:
    prediction = load_kokoro().predict(TOKENS, pack[len(TOKENS) - 1])
    assert prediction.durations.shape == prediction.lengths.shape == (len(TOKENS) + 2,)
    frames = prediction.durations.sum()
    assert prediction.features.shape == (1, 512, frames)
    assert prediction.f0.shape == prediction.energy.shape == (2 * frames,)
    assert 120 < np.median(prediction.f0[prediction.voiced]) < 300  # a woman's voice, Hz
    assert np.array_equal(prediction.durations, np.maximum(1, np.rint(prediction.lengths)))


def test_duration_scale_applies_to_each_token(pack: model.Float) -> None:
    style = pack[len(TOKENS) - 1]
    prediction = load_kokoro().predict(TOKENS, style)
    durations = np.arange(1, len(TOKENS) + 3)
    stretched = load_kokoro().predict(
        TOKENS, style, duration_scale=(durations / prediction.lengths)[None].astype(np.float32)
    )
    assert np.array_equal(stretched.durations, durations)


@pytest.mark.parametrize("count", [0, model.MAX_TOKENS + 1])
def test_invalid_token_counts_are_rejected(pack: model.Float, count: int) -> None:
    with pytest.raises(BadInput, match="1 to 510"):
        load_kokoro().predict([50] * count, pack[0])


def test_another_export_is_rejected(tmp_path: Path) -> None:
    from onnx import TensorProto, helper, save

    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    node = helper.make_node("Identity", ["x"], ["y"])
    other = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    save(helper.make_model(helper.make_graph([node], "other", [value], [other])), str(tmp_path / "other.onnx"))
    with pytest.raises(ValueError, match=r"is not kokoro-v1\.0\.int8\.onnx"):
        onnx_split.split(tmp_path / "other.onnx", tmp_path / "split")


def test_first_piece_costs_the_same_in_a_longer_sentence(pack: model.Float, monkeypatch: pytest.MonkeyPatch) -> None:
    """The graphs read the piece, its context and samples of the rest, not the whole sentence."""
    frames: list[int] = []
    run = OnnxSession.run

    def count(
        self: OnnxSession, inputs: Mapping[str, NDArray[Any]], outputs: Sequence[str] | None = None
    ) -> list[NDArray[Any]]:
        frames.extend(
            inputs[name].shape[2] // rate for name, rate in (("features", 1), ("hidden", 2)) if name in inputs
        )
        return run(self, inputs, outputs)

    monkeypatch.setattr(OnnxSession, "run", count)
    generator = np.random.default_rng(0)
    for size in (400, 800):
        features = generator.normal(size=(1, 512, size)).astype(np.float32)
        curves = np.full(2 * size, 200, np.float32), np.full(2 * size, 6, np.float32)
        first = next(load_kokoro().decode_pieces(features, *curves, pack[50], [30]))
        assert len(first) == 30 * model.FRAME_SAMPLES
    assert frames[:2] == frames[2:]
    assert max(frames) < 300


@pytest.mark.parametrize(
    ("spans", "wide"),
    [
        ([(0, 40)], [(0, 51)]),
        ([(0, 40), (62, 65)], [(0, 76)]),
        ([(0, 40), (63, 66), (95, 98)], [(0, 51), (52, 77), (84, 100)]),
    ],
)
def test_spans_that_share_context_are_decoded_together(
    spans: list[tuple[int, int]], wide: list[tuple[int, int]]
) -> None:
    assert model._widen(spans, 100) == wide
