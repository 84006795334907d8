"""Recognizers made of SenseVoice and an adapter."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from funaudio_core import settings
from funaudio_core.engines import loader
from funaudio_core.engines.sanm.config import SanmConfig
from funaudio_core.engines.sensevoice import engine, onnx_export
from funaudio_core.engines.sensevoice.engine import ARTIFACT, MODEL_FILE, SPEC, SenseVoice
from funaudio_core.engines.sensevoice.runtime import OnnxRuntime, Runtime, TorchRuntime
from funaudio_core.gpu import device
from funaudio_core.runtime.atomic_files import replace_file
from funaudio_core.weights import adapters, store
from funaudio_core.weights.adapters import Adapter, AdapterAtStrength

if TYPE_CHECKING:
    from funaudio_core.engines.sensevoice.model import SenseVoiceModel


def load(folder: Path) -> SenseVoice:
    """Load the base, and an adapter beside it or merged into a copy, as the settings say.

    Without a GPU a merged one becomes an ONNX graph in the adapter's folder, as fast as the base, when it is first
    loaded; one beside the base runs in PyTorch in float32.

    Raises:
        BadInput: The adapter was made for another model.
        WeightsMissing: The adapter is damaged.
    """
    adapter = adapters.load(folder)
    adapters.require_base(adapter.card, {MODEL_FILE: store.file_hashes(ARTIFACT)[MODEL_FILE]})
    return engine.build(partial(_make_runtime, adapter, folder))


def merge(adapter: Adapter, path: Path, config: SanmConfig, vocabulary_size: int) -> SenseVoiceModel:
    """Return the model of a model.pt with the change in its weights.

    Raises:
        BadInput: The adapter doesn't fit.
    """
    from funaudio_core.engines.sensevoice import checkpoint
    from funaudio_core.weights.tensors import merge_adapter

    model = checkpoint.load(path, config, vocabulary_size)
    model.load_state_dict(merge_adapter(model.state_dict(), adapter), assign=True)
    return model


def _make_runtime(adapter: Adapter, folder: Path, path: Path, config: SanmConfig, vocabulary_size: int) -> Runtime:
    threads = settings.read().threads
    if not settings.read().merge_adapters:
        return _beside_base(adapter, path, config, vocabulary_size)
    merged = partial(merge, adapter, path, config, vocabulary_size)
    if device.has_gpu():
        return TorchRuntime(merged(), "cuda")
    graph = folder / f"graph-{onnx_export.VERSION}-{engine.graph_kind()}.onnx"
    if not graph.exists():
        with replace_file(graph) as temporary:
            engine.write_graph(temporary, merged)
    return OnnxRuntime(graph, threads)


def _beside_base(adapter: Adapter, path: Path, config: SanmConfig, vocabulary_size: int) -> Runtime:
    """Return the runtime of a model that shares its weights: with the base on a GPU, else with the file in memory."""
    from funaudio_core.engines.sensevoice import checkpoint
    from funaudio_core.weights import low_rank

    base = loader.load(SPEC).runtime if device.has_gpu() else None
    if isinstance(base, TorchRuntime):
        model = low_rank.share(base.model)
    else:
        model = checkpoint.load(path, config, vocabulary_size)
    low_rank.attach(model, AdapterAtStrength(adapter))
    return TorchRuntime(model, "cuda" if device.has_gpu() else "cpu", settings.read().threads)
