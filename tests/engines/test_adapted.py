"""Adapters at inference, on tiny checkpoints in the published layout: outputs of training, several on one base."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from funaudio_core import settings
from funaudio_core.engines import loader, registry, sensevoice
from funaudio_core.engines.adapted import links
from funaudio_core.engines.cosyvoice import config, decode
from funaudio_core.engines.cosyvoice.adapted import FILES
from funaudio_core.engines.cosyvoice.decode import LMRequest
from funaudio_core.engines.cosyvoice.engine import SPEC_V2, SPEC_V3, CosyVoice
from funaudio_core.engines.cosyvoice.flow import FlowRequest
from funaudio_core.engines.cosyvoice.prompt import Prompt
from funaudio_core.engines.fun_audio_chat import checkpoint, files
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.engines.sensevoice.runtime import TorchRuntime
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput, Unsupported, WeightsMissing
from funaudio_core.training import lora
from funaudio_core.training.cosyvoice.flow import FlowRecipe
from funaudio_core.training.cosyvoice.lm import LanguageModelRecipe
from funaudio_core.training.fun_audio_chat.files import FunAudioChatFiles
from funaudio_core.training.recipe import Recipe, TrainingSettings
from funaudio_core.training.sensevoice.files import SenseVoiceFiles
from funaudio_core.types import Audio, Samples, SpeechRequest, Voice
from funaudio_core.weights import adapters, low_rank, store
from funaudio_core.weights.adapters import Adapter, AdapterAtStrength, AdapterCard
from funaudio_core.weights.catalog import ARTIFACTS
from tests import fakes, fun_audio_chat_models
from tests.checkpoints import cosyvoice as checkpoints_cosyvoice
from tests.checkpoints import sensevoice as checkpoints
from tests.conftest import noise
from tests.cosyvoice_models import one_thread_on_the_cpu
from tests.fun_audio_chat_models import TINY

SETTINGS = TrainingSettings(rank=2, alpha=4)
CLONE = Voice("reference", "en", clip=noise(1.5, config.SAMPLE_RATE), text="Good day.")
SPEECH = SpeechRequest("The train leaves at nine.", "en", CLONE, seed=5)
REQUESTS = [LMRequest((5, 6, 7), (1, 2), (10, 20, 30), seed=1)]
SPECS: dict[int, EngineSpec[CosyVoice]] = {2: SPEC_V2, 3: SPEC_V3}


@dataclass(frozen=True)
class Trained:
    """Model as training leaves it, and the name of the engine with its saved adapter."""

    model: Any
    engine: str
    folder: Path


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    yield from one_thread_on_the_cpu()


@pytest.fixture(scope="module", autouse=True)
def weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Put tiny releases into FUNAUDIO_WEIGHTS_DIR."""
    root = tmp_path_factory.mktemp("weights")
    hub = tmp_path_factory.mktemp("hub")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUNAUDIO_WEIGHTS_DIR", str(root))
        patch.setenv("FUNAUDIO_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("FUNAUDIO_TIER", "full")
        patch.setattr(decode, "MAX_TOKEN_RATIO", 8)  # random weights hardly ever produce the end token
        for version in (2, 3):
            name = f"cosyvoice{version}"
            patch.setitem(config.CONFIGS, version, checkpoints_cosyvoice.write(root / name, version))
            patch.setitem(ARTIFACTS, name, checkpoints.measure_files(ARTIFACTS[name], root / name))
        patch.setitem(ARTIFACTS, "sensevoice-small", checkpoints.sensevoice(hub))
        shutil.copytree(next(hub.rglob("model.pt")).parent, root / "sensevoice-small")
        shutil.copytree(TINY, root / files.NAME)
        settings.read.cache_clear()
        yield root
        for spec in loader.loaded_specs():
            loader.unload(spec)
    settings.read.cache_clear()


def make_adapter(
    recipe: Recipe[Any], hashes: Mapping[str, str], folder: Path, seed: int, chosen: TrainingSettings = SETTINGS
) -> Trained:
    """Return a model with random factors, or random weights, with what training would save of it."""
    model = recipe.build(chosen)
    generator = torch.Generator().manual_seed(seed)
    trained = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
    for weight in trained.values():
        scale = 0.3 * float(weight.detach().float().std()) or 0.1
        weight.data += scale * torch.randn(weight.shape, generator=generator)
    is_lora = chosen.method == "lora"
    tensors = {
        recipe.published_name(lora.plain_name(name)): weight.detach().float().numpy()
        for name, weight in trained.items()
    }
    card = AdapterCard(
        f"Anna {seed}",
        recipe.name,
        "tiny",
        hashes,
        rank=chosen.rank if is_lora else 0,
        alpha=chosen.alpha if is_lora else 0.0,
        consent="Anna agreed.",
    )
    adapters.save(folder, Adapter(card, tensors))
    return Trained(model, links.publish(folder), folder)


def make_voice(part: str, folder: Path, seed: int, version: int = 3, chosen: TrainingSettings = SETTINGS) -> Trained:
    """Return a voice with a random adapter of the language model or the flow."""
    layout, name = config.CONFIGS[version], f"cosyvoice{version}"  # type: ignore[index]
    path = store.artifact_dir(name) / FILES[part]
    recipe: Recipe[Any] = LanguageModelRecipe(path, layout.lm) if part == "lm" else FlowRecipe(path, layout.flow)
    return make_adapter(recipe, {path.name: store.sha256(path)}, folder, seed, chosen)


def load_voice(name: str) -> CosyVoice:
    return loader.load(registry.find(registry.SYNTHESIZERS, name))  # type: ignore[return-value]


def speak(engine: CosyVoice) -> Samples:
    return np.concatenate([chunk.audio.samples for chunk in engine.stream(SPEECH)])


def prompt() -> Prompt:
    rng = np.random.default_rng(0)
    mel, speaker = rng.normal(size=(24, 80)) - 4, rng.normal(size=192)
    return Prompt(np.arange(12, dtype=np.int64), mel.astype(np.float32), speaker.astype(np.float32))


@pytest.fixture(scope="module")
def voices(tmp_path_factory: pytest.TempPathFactory) -> list[Trained]:
    """Return two voices that differ in the language model, and one in the flow."""
    parts = (("lm", 1), ("lm", 2), ("flow", 3))
    return [make_voice(part, tmp_path_factory.mktemp("voice"), seed) for part, seed in parts]


@pytest.mark.parametrize("version", [2, 3])
def test_a_voice_is_the_trained_language_model(version: int, tmp_path: Path) -> None:
    trained = make_voice("lm", tmp_path, 7, version)
    engine, base = load_voice(trained.engine), load_voice(f"cosyvoice{version}")
    tokens = list(decode.generate(engine._pipeline._lm, REQUESTS))
    assert tokens == list(decode.generate(trained.model, REQUESTS))
    assert tokens != list(decode.generate(base._pipeline._lm, REQUESTS))
    rows = torch.randn(1, 9, trained.model.config.hidden_size, generator=torch.Generator().manual_seed(0))
    expected, found = (model.logits(model.forward_whole(rows)) for model in (trained.model, engine._pipeline._lm))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("version", [2, 3])
def test_a_voice_is_the_trained_flow(version: int, tmp_path: Path) -> None:
    trained = make_voice("flow", tmp_path, 8, version)
    engine, base = load_voice(trained.engine), load_voice(f"cosyvoice{version}")
    request = [FlowRequest(prompt(), tuple(range(40, 70)))]
    found, expected, before = (
        model.generate(request)[0] for model in (engine._pipeline._flow, trained.model, base._pipeline._flow)
    )
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-3)
    assert not torch.allclose(before, expected, atol=1e-2)


@pytest.mark.parametrize(("part", "method"), [("lm", "head"), ("lm", "all"), ("flow", "head")])
def test_whole_weights_are_used_too(part: str, method: Any, tmp_path: Path) -> None:
    trained = make_voice(part, tmp_path, 9, chosen=replace(SETTINGS, method=method))
    made = load_voice(trained.engine)._pipeline
    if part == "lm":
        assert list(decode.generate(made._lm, REQUESTS)) == list(decode.generate(trained.model, REQUESTS))
    else:
        request = [FlowRequest(prompt(), tuple(range(40, 60)))]
        torch.testing.assert_close(made._flow.generate(request)[0], trained.model.generate(request)[0])


def test_voices_on_one_base_never_mix(voices: list[Trained]) -> None:
    base = load_voice("cosyvoice3")
    before = speak(base)
    engines = [base, *(load_voice(trained.engine) for trained in voices)]
    alone = [speak(engine) for engine in engines]
    np.testing.assert_array_equal(alone[0], before)
    assert len({samples.tobytes() for samples in alone}) == len(engines)
    parts: list[list[Samples]] = [[] for _ in engines]
    for chunks in zip_longest(*(engine.stream(SPEECH) for engine in engines)):  # in turns
        for part, chunk in zip(parts, chunks, strict=True):
            if chunk is not None:
                part.append(chunk.audio.samples)
    for part, expected in zip(parts, alone, strict=True):
        np.testing.assert_array_equal(np.concatenate(part), expected)


def test_voices_share_the_weights_of_their_base(voices: list[Trained]) -> None:
    base, *others = (load_voice(name)._pipeline for name in ("cosyvoice3", *(each.engine for each in voices)))
    for other in others:
        assert other._lm.embed_text.weight.data_ptr() == base._lm.embed_text.weight.data_ptr()
        assert other._flow.input_embedding.weight.data_ptr() == base._flow.input_embedding.weight.data_ptr()
    specs = [registry.find(registry.SYNTHESIZERS, each.engine) for each in voices]
    alone = loader.size_bytes(SPEC_V3)
    assert loader.size_bytes(*specs) == alone + sum(
        (each.folder / adapters.TENSORS_FILE).stat().st_size for each in voices
    )


def test_a_merged_voice_speaks_as_one_beside_its_base(
    voices: list[Trained], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    expected = [speak(load_voice(trained.engine)) for trained in voices[1:]]
    monkeypatch.setenv("FUNAUDIO_MERGE_ADAPTERS", "on")
    settings.read.cache_clear()
    for trained, samples in zip(voices[1:], expected, strict=True):
        merged = links.publish(trained.folder)
        spec = registry.find(registry.SYNTHESIZERS, merged)
        assert loader.size_bytes(spec, SPEC_V3) == 2 * loader.size_bytes(SPEC_V3)
        np.testing.assert_allclose(speak(load_voice(merged)), samples, atol=1e-3)
    monkeypatch.undo()
    settings.read.cache_clear()


def test_an_adapter_of_another_base_is_refused(voices: list[Trained], tmp_path: Path) -> None:
    adapter = adapters.load(voices[0].folder)
    adapters.save(tmp_path, replace(adapter, card=replace(adapter.card, base_sha256={"llm.pt": "0" * 64})))
    with pytest.raises(BadInput, match=r"Anna 1 was made for tiny, and this model's file llm\.pt is another one"):
        load_voice(links.publish(tmp_path))
    other = replace(adapter.card, recipe="cosyvoice3-flow")
    adapters.save(tmp_path, replace(adapter, card=other))
    with pytest.raises(BadInput, match="was made for"):
        load_voice(links.publish(tmp_path))
    wide = ((name, value, 1 if ".lora_A" in name else 0) for name, value in adapter.tensors.items())
    adapters.save(tmp_path, replace(adapter, tensors={name: np.concatenate([v, v], axis) for name, v, axis in wide}))
    with pytest.raises(BadInput, match="does not fit the model"):
        load_voice(links.publish(tmp_path))
    adapters.save(tmp_path, replace(adapter, card=replace(adapter.card, recipe="unknown")))
    with pytest.raises(Unsupported, match="No model here can use the adapter Anna 1"):
        links.publish(tmp_path)


@pytest.mark.parametrize("damage", ["rank", "factor", "bytes", "card"])
def test_damaged_adapters_are_refused(damage: str, voices: list[Trained], tmp_path: Path) -> None:
    adapter = adapters.load(voices[0].folder)
    if damage == "rank":
        adapter = replace(adapter, card=replace(adapter.card, rank=3))
    elif damage == "factor":
        first = min(adapter.tensors)
        adapter = replace(adapter, tensors={name: each for name, each in adapter.tensors.items() if name != first})
    adapters.save(tmp_path, adapter)
    if damage == "bytes":
        (tmp_path / adapters.TENSORS_FILE).write_bytes(b"x")
    elif damage == "card":
        (tmp_path / adapters.CARD_FILE).write_text('{"format": 1, "name": 3, "targets": []}')
    with pytest.raises(WeightsMissing, match="holds no whole adapter"):
        adapters.load(tmp_path)


def test_names_belong_to_their_tables(voices: list[Trained]) -> None:
    name = voices[0].engine
    assert name.startswith("voice-")
    tables: tuple[dict[str, Any], ...] = (registry.SYNTHESIZERS, registry.VOICE_CONVERTERS)
    assert registry.find(tables[0], name) is registry.find(tables[1], name)
    assert name not in registry.available(registry.SYNTHESIZERS)
    assert registry.find(registry.SYNTHESIZERS, name).title == "Anna 1 (Fun-CosyVoice3-0.5B-2512)"
    others: tuple[dict[str, Any], ...] = (registry.RECOGNIZERS, registry.SPOKEN_CHATBOTS)
    for table in others:
        with pytest.raises(BadInput, match="can't be used here"):
            registry.find(table, name)
    with pytest.raises(BadInput, match="doesn't exist any more"):
        registry.find(registry.SYNTHESIZERS, "assistant-" + "0" * 32)


def test_adapters_of_the_owner_are_offered_to_everybody(voices: list[Trained], monkeypatch: pytest.MonkeyPatch) -> None:
    root = voices[0].folder.parent / "shared"
    shutil.copytree(voices[0].folder, root / "anna")
    (root / "empty").mkdir()
    monkeypatch.setenv("FUNAUDIO_ADAPTERS_DIR", str(root))
    settings.read.cache_clear()
    (spec,) = links.shared(SPEC_V2, SPEC_V3)
    assert (spec.name, spec.shares) == ("voice-anna", SPEC_V3)
    assert links.shared(sensevoice.SPEC) == ()
    assert links.public_title(spec) == "Anna 1 (Fun-CosyVoice3-0.5B-2512)"
    private = registry.find(registry.SYNTHESIZERS, voices[0].engine)
    assert links.public_title(private) == "Trained by a visitor"
    monkeypatch.undo()
    settings.read.cache_clear()


def test_a_recognizer_is_the_trained_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release = SenseVoiceFiles()
    hashes = {"model.pt": store.sha256(release.model_path)}
    trained = [make_adapter(release.recipe(), hashes, tmp_path / str(seed), seed) for seed in (1, 2)]
    features = np.random.default_rng(0).normal(size=(1, 30, 560)).astype(np.float32)
    inputs = (torch.from_numpy(features), torch.tensor([30]), torch.tensor([[0, 1, 2, 14]]))
    expected = [each.model(*inputs) for each in trained]
    assert not torch.allclose(expected[0], expected[1], atol=1e-2)
    engines = [loader.load(registry.find(registry.RECOGNIZERS, each.engine)) for each in trained]
    for engine, logits in zip(engines, expected, strict=True):
        assert isinstance(engine, sensevoice.SenseVoice)
        assert isinstance(engine.runtime, TorchRuntime)
        torch.testing.assert_close(engine.runtime.model(*inputs), logits, rtol=1e-4, atol=1e-4)
    clip = fakes.say("hello world")
    assert all(isinstance(list(engine.transcribe(clip, RecognitionOptions("en"))), list) for engine in engines)
    hashes = {"model.pt": "0" * 64}
    other = make_adapter(release.recipe(), hashes, tmp_path / "other", 3)
    with pytest.raises(BadInput, match="train it again on this one"):
        loader.load(registry.find(registry.RECOGNIZERS, other.engine))


@pytest.mark.slow
def test_a_merged_recognizer_becomes_a_graph_that_is_deleted_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = SenseVoiceFiles()
    hashes = {"model.pt": store.sha256(release.model_path)}
    trained = make_adapter(release.recipe(), hashes, tmp_path, 4)
    monkeypatch.setenv("FUNAUDIO_MERGE_ADAPTERS", "on")
    monkeypatch.setenv("FUNAUDIO_FP32", "on")
    settings.read.cache_clear()
    engine = loader.load(registry.find(registry.RECOGNIZERS, trained.engine))
    assert [path.suffix for path in tmp_path.glob("graph-*")] == [".onnx"]
    features = np.random.default_rng(0).normal(size=(1, 30, 560)).astype(np.float32)
    found = engine.runtime.logits(features, np.array([30]), np.array([[0, 1, 2, 14]]))  # type: ignore[attr-defined]
    expected = trained.model(torch.from_numpy(features), torch.tensor([30]), torch.tensor([[0, 1, 2, 14]]))
    np.testing.assert_allclose(found, expected.detach().numpy(), atol=1e-3)
    monkeypatch.undo()
    settings.read.cache_clear()


@pytest.mark.parametrize("method", ["lora", "head"])
def test_an_assistant_is_the_trained_model(method: Any, tmp_path: Path) -> None:
    release = FunAudioChatFiles()
    chosen = replace(SETTINGS, method=method)
    trained = [make_adapter(release.recipe(), release.sha256(), tmp_path / str(seed), seed, chosen) for seed in (1, 2)]
    base = checkpoint.load(TINY)
    scenario = next(iter(fun_audio_chat_models.scenarios().values()))
    before = fun_audio_chat_models.ids(fun_audio_chat_models.run(scenario))
    rows = torch.randn(1, 9, base.config.text.hidden_size, generator=torch.Generator().manual_seed(0))
    for each in trained:
        model = low_rank.share(base)
        low_rank.attach(model, AdapterAtStrength(adapters.load(each.folder)))
        for made, expected in zip(outputs(model, rows), outputs(each.model, rows), strict=True):
            torch.testing.assert_close(made, expected, rtol=1e-4, atol=1e-4)
        assert not all(
            torch.allclose(made, plain, atol=1e-3)
            for made, plain in zip(outputs(model, rows), outputs(base, rows), strict=True)
        )
        merged = checkpoint.load(TINY, adapters.load(each.folder))
        for made, expected in zip(outputs(merged, rows), outputs(each.model, rows), strict=True):
            torch.testing.assert_close(made, expected, rtol=1e-3, atol=1e-3)
    assert fun_audio_chat_models.ids(fun_audio_chat_models.run(scenario)) == before


def outputs(model: Any, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the hidden states of the language model, and those of the speech head."""
    head = model.audio_invert_tower
    split = head.split(rows).flatten(1, 2)
    return (
        model.language_model.model(inputs_embeds=rows, use_cache=False).last_hidden_state,
        head.crq_transformer(inputs_embeds=head.input_matching(split), use_cache=False).last_hidden_state,
    )


def test_at_strength_0_nothing_is_attached(voices: list[Trained]) -> None:
    base = load_voice("cosyvoice3")._pipeline._lm
    model = low_rank.share(base)
    low_rank.attach(model, AdapterAtStrength(adapters.load(voices[0].folder), 0.0))
    assert list(decode.generate(model, REQUESTS)) == list(decode.generate(base, REQUESTS))


def test_speech_is_whole(voices: list[Trained]) -> None:
    """The audio of a voice is finite and as long as its tokens say."""
    sound = Audio(speak(load_voice(voices[0].engine)), config.SAMPLE_RATE)
    assert np.isfinite(sound.samples).all()
    assert sound.duration > 0.1
