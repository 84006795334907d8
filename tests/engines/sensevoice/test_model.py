"""SenseVoice model against the reference with the same weights: batches, torch, and fp32 and int8 graphs."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from funaudio_core.engines.sanm.config import SanmConfig
from funaudio_core.engines.sanm.frontend import Float, Frontend
from funaudio_core.engines.sensevoice import checkpoint, ctc, onnx_export, prompt
from funaudio_core.engines.sensevoice import config as model_config
from funaudio_core.engines.sensevoice.model import SenseVoiceModel
from funaudio_core.engines.sensevoice.runtime import OnnxRuntime, TorchRuntime
from funaudio_core.errors import BadInput, Unsupported, WeightsMissing
from tests import synthetic
from tests.checkpoints import sensevoice as checkpoints
from tests.conftest import ROOT

GOLDEN = ROOT / "tests" / "golden" / "sensevoice"
WAVES = np.load(GOLDEN / "sensevoice.npz")
CONFIG = checkpoints.sensevoice_config(4, 2, 512, 4, 2048)
PIECES = 25_055
PROMPT_ARGUMENTS = {(0, 14): (None, True), (3, 15): ("zh", False), (4, 14): ("en", True)}


def read_config(folder: Path, config: dict[str, object]) -> SanmConfig:
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    return model_config.read(folder / "config.yaml")


@pytest.fixture(scope="module")
def sizes(tmp_path_factory: pytest.TempPathFactory) -> SanmConfig:
    return read_config(tmp_path_factory.mktemp("config"), CONFIG)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, sizes: SanmConfig) -> SenseVoiceModel:
    path = tmp_path_factory.mktemp("weights") / "model.pt"
    torch.save(synthetic.state_dict(checkpoints.sensevoice_shapes(CONFIG, PIECES)), path)
    return checkpoint.load(path, sizes, PIECES)


@pytest.fixture(scope="module")
def clips(sizes: SanmConfig) -> list[Float]:
    frontend = Frontend(sizes, GOLDEN / "am.mvn")
    return [frontend.features(WAVES[f"wave{index}"]) for index in (0, 1)]


def logits(model: SenseVoiceModel, clips: list[Float], *prompts: tuple[int, ...]) -> list[Float]:
    lengths = [len(clip) for clip in clips]
    features = torch.zeros(len(clips), max(lengths), clips[0].shape[1])
    for row, clip in zip(features, clips, strict=True):
        row[: len(clip)] = torch.from_numpy(clip)
    with torch.inference_mode():
        found = model(features, torch.tensor(lengths), torch.tensor(prompts)).numpy()
    return [rows[: prompt.PROMPT_ROWS + length] for rows, length in zip(found, lengths, strict=True)]


@pytest.mark.parametrize("index", [0, 1])
def test_features_match_reference(clips: list[Float], index: int) -> None:
    expected = WAVES[f"features{index}"][0]
    assert clips[index].shape == expected.shape
    assert np.abs(clips[index] - expected).max() < 5e-3


def test_features_of_any_length_except_zero(sizes: SanmConfig) -> None:
    frontend = Frontend(sizes, GOLDEN / "am.mvn")
    for samples, rows in ((1, 1), (399, 1), (400, 1), (400 + 5 * 160, 1), (400 + 6 * 160, 2), (16_000, 17)):
        assert frontend.features(np.full(samples, 0.1, np.float32)).shape == (rows, 560)
    with pytest.raises(BadInput, match="no samples"):
        frontend.features(np.zeros(0, np.float32))


def test_missing_statistics_are_refused(sizes: SanmConfig, tmp_path: Path) -> None:
    (tmp_path / "am.mvn").write_text((GOLDEN / "am.mvn").read_text().replace("<Rescale>", "<Other>"))
    with pytest.raises(WeightsMissing, match="0 values under <Rescale> instead of 560"):
        Frontend(sizes, tmp_path / "am.mvn")


@pytest.mark.parametrize("rows", PROMPT_ARGUMENTS)
def test_logits_match_reference(model: SenseVoiceModel, clips: list[Float], rows: tuple[int, int]) -> None:
    prompts = prompt.prompt_rows(*PROMPT_ARGUMENTS[rows])
    assert (prompts[0], prompts[3]) == rows
    found = logits(model, clips[:1], prompts)[0]
    name = "lang{}_norm{}".format(*rows)
    assert np.abs(found[:, ::25] - WAVES[f"logits_{name}"]).max() < 1e-4
    assert (found.argmax(axis=1) == WAVES[f"argmax_{name}"]).all()


def test_padded_batch_matches_reference_and_single_clips(model: SenseVoiceModel, clips: list[Float]) -> None:
    prompts = prompt.prompt_rows(None, True)
    together = logits(model, clips, prompts, prompts)
    for index, (rows, length) in enumerate(zip(together, WAVES["batch_lengths"], strict=True)):
        assert len(rows) == length
        assert np.abs(rows[:, ::25] - WAVES["batch_logits"][index, :length]).max() < 1e-4
        assert np.abs(rows - logits(model, [clips[index]], prompts)[0]).max() < 1e-4


def test_prompts_may_differ_within_batch(model: SenseVoiceModel, clips: list[Float]) -> None:
    prompts = [prompt.prompt_rows(*arguments) for arguments in PROMPT_ARGUMENTS.values()]
    for rows, found in zip(PROMPT_ARGUMENTS, logits(model, [clips[0]] * 3, *prompts), strict=True):
        assert (found.argmax(axis=1) == WAVES["argmax_lang{}_norm{}".format(*rows)]).all()


def test_more_than_two_minutes_are_supported(model: SenseVoiceModel, clips: list[Float]) -> None:
    """The encoder's own table of positions would end at 122 s."""
    long = np.resize(clips[0], (round(130 / 0.06), 560))
    found = logits(model, [long], prompt.prompt_rows(None, True))[0]
    assert found.shape == (prompt.PROMPT_ROWS + len(long), PIECES)
    assert np.isfinite(found).all()


def test_all_tensors_of_published_checkpoint_are_mapped(tmp_path: Path) -> None:
    """917 tensors and 233,999,167 parameters, as in FunASR's own class at the published sizes."""
    config = checkpoints.sensevoice_config(50, 20, 512, 4, 2048)
    shapes = checkpoints.sensevoice_shapes(config, PIECES)
    full = read_config(tmp_path, config)
    with torch.device("meta"):
        ours = checkpoint.convert({name: torch.empty(shape) for name, shape in shapes.items()}, full)
        module = SenseVoiceModel(full, PIECES)
    assert len(checkpoint.tensor_names(full)) == len(shapes) == 917
    assert {name: value.shape for name, value in ours.items()} == {
        name: value.shape for name, value in module.state_dict().items()
    }
    assert sum(value.numel() for value in ours.values()) == 233_999_167


def test_unknown_and_missing_tensors_are_refused(sizes: SanmConfig, tmp_path: Path) -> None:
    config = checkpoints.sensevoice_config()
    weights = synthetic.state_dict(checkpoints.sensevoice_shapes(config, 50))
    small = read_config(tmp_path, config)
    path = tmp_path / "model.pt"

    def load(held: object, pieces: int = 50) -> SenseVoiceModel:
        torch.save(held, path)
        return checkpoint.load(path, small, pieces)

    load(weights)
    load({"state_dict": weights})
    with pytest.raises(WeightsMissing, match=r"1 tensors unknown, 0 missing, such as decoder\.weight"):
        load({**weights, "decoder.weight": torch.zeros(1)})
    with pytest.raises(WeightsMissing, match=r"0 tensors unknown, 1 missing, such as embed\.weight"):
        load({name: value for name, value in weights.items() if name != "embed.weight"})
    with pytest.raises(WeightsMissing, match=r"such as head\.weight: \(50, 32\) instead of \(51, 32\)"):
        load(weights, 51)
    with pytest.raises(WeightsMissing, match="contains more than tensors"):
        load({**weights, "embed.weight": tmp_path})  # any other object: it might be code
    path.write_bytes(b"<html>")
    with pytest.raises(WeightsMissing, match="contains more than tensors"):
        checkpoint.load(path, small, 50)


def test_other_architecture_is_refused(tmp_path: Path) -> None:
    config = checkpoints.sensevoice_config()
    config["encoder_conf"]["sanm_shfit"] = 5
    with pytest.raises(Unsupported, match=r"sets encoder_conf\.sanm_shfit to 5, but .* 0 only"):
        read_config(tmp_path, config)
    del config["encoder_conf"]
    with pytest.raises(Unsupported, match=r"has no encoder_conf\.input_layer"):
        read_config(tmp_path, config)


@pytest.fixture(scope="module")
def graphs(model: SenseVoiceModel, tmp_path_factory: pytest.TempPathFactory) -> dict[str, OnnxRuntime]:
    folder = tmp_path_factory.mktemp("graphs")
    onnx_export.write_fp32(model, folder / "fp32")
    if onnx_export.has_fast_int8():
        onnx_export.write_int8(folder / "fp32", folder / "int8")
    return {path.name: OnnxRuntime(path, threads=2) for path in folder.iterdir()}


def graph_logits(runtime: OnnxRuntime, clips: list[Float], prompts: list[tuple[int, ...]]) -> list[Float]:
    features = np.zeros((len(clips), max(map(len, clips)), 560), np.float32)
    for row, clip in zip(features, clips, strict=True):
        row[: len(clip)] = clip
    lengths = np.array([len(clip) for clip in clips])
    found = runtime.logits(features, lengths, np.array(prompts))
    return [rows[: prompt.PROMPT_ROWS + length] for rows, length in zip(found, lengths, strict=True)]


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 2])
def test_fp32_graph_matches_model(
    model: SenseVoiceModel, clips: list[Float], graphs: dict[str, OnnxRuntime], size: int
) -> None:
    prompts = [prompt.prompt_rows(*arguments) for arguments in list(PROMPT_ARGUMENTS.values())[:size]]
    for ours, theirs in zip(
        graph_logits(graphs["fp32"], clips[:size], prompts), logits(model, clips[:size], *prompts), strict=True
    ):
        assert np.abs(ours - theirs).max() < 1e-3


@pytest.mark.skipif(not onnx_export.has_fast_int8(), reason="this processor would multiply 8-bit numbers wrongly")
def test_int8_agrees_with_fp32_where_that_is_certain(clips: list[Float], graphs: dict[str, OnnxRuntime]) -> None:
    prompts = [prompt.prompt_rows(*arguments) for arguments in PROMPT_ARGUMENTS.values() for _ in clips]
    many = clips * len(PROMPT_ARGUMENTS)
    ours, theirs = (graph_logits(graphs[name], many, prompts) for name in ("int8", "fp32"))
    found, exact = np.concatenate(ours), np.concatenate(theirs)
    same = found.argmax(axis=1) == exact.argmax(axis=1)
    best = np.sort(exact, axis=1)[:, -2:]
    certain = best[:, 1] - best[:, 0] > 0.1 * exact.std()  # random weights give near ties in half of all rows
    assert certain.mean() > 0.5
    assert same[certain].mean() >= 0.98
    assert same.mean() >= 0.9


def test_runtimes_agree(model: SenseVoiceModel, clips: list[Float], graphs: dict[str, OnnxRuntime]) -> None:
    prompts = [prompt.prompt_rows(None, True), prompt.prompt_rows("zh", False)]
    ours, theirs = (runtime.run(clips, prompts) for runtime in (graphs["fp32"], TorchRuntime(model, "cpu")))
    for one, other in zip(ours, theirs, strict=True):
        assert np.abs(one.tag_logits - other.tag_logits).max() < 1e-3
        assert [(t.id, t.start, t.end) for t in one.tokens] == [(t.id, t.start, t.end) for t in other.tokens]
        assert [t.probability for t in one.tokens] == pytest.approx([t.probability for t in other.tokens], abs=1e-4)


@pytest.mark.slow
def test_inexact_graph_is_refused(model: SenseVoiceModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_export, "MAX_FP32_ERROR", 0.0)
    tiny = read_config(tmp_path, checkpoints.sensevoice_config())
    with pytest.raises(RuntimeError, match="differs from the model"):
        onnx_export.write_fp32(SenseVoiceModel(tiny, 50), tmp_path / "graph")


def viterbi(scores: Float, ids: list[int]) -> list[int]:
    """Return the id in each row by textbook forced alignment."""
    states = [ctc.BLANK]
    for token in ids:
        states += [token, ctc.BLANK]
    best = np.full(len(states), -np.inf)
    best[:2] = scores[0, states[:2]]
    back = []
    for row in scores[1:]:
        options = np.stack([best, np.roll(best, 1), np.roll(best, 2)])
        options[1, :1] = options[2, :2] = -np.inf
        for place in range(2, len(states)):
            if states[place] == ctc.BLANK or states[place] == states[place - 2]:
                options[2, place] = -np.inf
        back.append(options.argmax(axis=0))
        best = options.max(axis=0) + row[states]
    place = len(states) - 1 - int(best[-2:][::-1].argmax()) if len(states) > 1 else 0
    path = [place]
    for steps in reversed(back):
        place -= int(steps[place])
        path.append(place)
    return [states[place] for place in reversed(path)]


@pytest.mark.parametrize("seed", range(30))
def test_greedy_tokens_match_forced_alignment(seed: int) -> None:
    random = np.random.default_rng(seed)
    scores = random.normal(size=(prompt.PROMPT_ROWS + 40, 6)).astype(np.float32)
    scores[:, ctc.BLANK] += 1.5
    found = ctc.decode(scores).tokens
    sound = scores[prompt.PROMPT_ROWS :]
    path = viterbi(sound - np.log(np.exp(sound).sum(axis=1, keepdims=True)), [token.id for token in found])
    spans = [(token.id, row) for token in found for row in range(token.start, token.end)]
    assert [(state, row) for row, state in enumerate(path) if state != ctc.BLANK] == spans
    assert all(before.end <= after.start for before, after in pairwise(found))
