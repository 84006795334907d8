"""Kokoro's divided graph: the same sound as the whole one, and what may be edited between the halves."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from funaudio_core.engines.kokoro import model, onnx_split
from funaudio_core.errors import BadInput
from funaudio_core.weights import store

TOKENS = [50, 83, 54, 156, 31, 16, 81, 86, 123, 3, 16, 63, 53, 4]  # "həlˈO ðɛɹ, uk."


@pytest.fixture(scope="module")
def pack() -> model.Float:
    return model.load_voice(store.artifact_dir("kokoro-voices") / "af_heart.bin")


def test_the_halves_sound_like_the_whole(pack: model.Float) -> None:
    style = pack[len(TOKENS) - 1]
    said = model.load().predict(TOKENS, style)
    halves = model.load().decode(said.features, said.f0, said.energy, style)
    path = store.artifact_dir("kokoro") / "kokoro-v1.0.int8.onnx"
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    inputs = {"tokens": np.array([[0, *TOKENS, 0]]), "style": style, "speed": np.ones(1, np.float32)}
    whole = session.run(None, inputs)[0].ravel()
    assert len(halves) == len(whole) == said.durations.sum() * model.FRAME
    assert np.abs(halves - whole).max() < 1e-3 * np.abs(whole).max()


def test_prediction_has_its_units(pack: model.Float) -> None:
    said = model.load().predict(TOKENS, pack[len(TOKENS) - 1])
    assert said.durations.shape == said.lengths.shape == (len(TOKENS) + 2,)
    frames = said.durations.sum()
    assert said.features.shape == (1, 512, frames)
    assert said.f0.shape == said.energy.shape == (2 * frames,)
    assert 120 < np.median(said.f0[said.voiced]) < 300  # a woman's voice, Hz
    assert np.array_equal(said.durations, np.maximum(1, np.rint(said.lengths)))


def test_duration_scale_is_obeyed_token_by_token(pack: model.Float) -> None:
    style = pack[len(TOKENS) - 1]
    said = model.load().predict(TOKENS, style)
    wanted = np.arange(1, len(TOKENS) + 3)
    stretched = model.load().predict(TOKENS, style, duration_scale=(wanted / said.lengths)[None].astype(np.float32))
    assert np.array_equal(stretched.durations, wanted)


@pytest.mark.parametrize("count", [0, model.MAX_TOKENS + 1])
def test_too_few_or_too_many_tokens_are_refused(pack: model.Float, count: int) -> None:
    with pytest.raises(BadInput, match="1 to 510"):
        model.load().predict([50] * count, pack[0])


def test_another_export_is_refused(tmp_path: Path) -> None:
    from onnx import TensorProto, helper, save

    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    node = helper.make_node("Identity", ["x"], ["y"])
    other = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    save(helper.make_model(helper.make_graph([node], "other", [value], [other])), str(tmp_path / "other.onnx"))
    with pytest.raises(ValueError, match=r"is not kokoro-v1\.0\.int8\.onnx"):
        onnx_split.split(tmp_path / "other.onnx", tmp_path / "halves")
