"""Tiny random CosyVoice checkpoints in the published layout, to test the real loading code.

`python -m tests.checkpoints.cosyvoice FOLDER SCRIPT [ARGUMENT...]` runs a script of this project with both versions,
and the checkpoints of tests.checkpoints.sensevoice, in the hub cache at FOLDER.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from funaudio_core import settings
from funaudio_core.engines import registry
from funaudio_core.engines.cosyvoice import flow
from funaudio_core.engines.cosyvoice.config import CONFIGS, FlowV2Config, FlowV3Config, ModelConfig, Version
from funaudio_core.engines.cosyvoice.hift import HiFTGenerator
from funaudio_core.engines.cosyvoice.tokenizer import Tokenizer
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.languages import LANGUAGES
from funaudio_core.weights import store
from funaudio_core.weights.catalog import ARTIFACTS, Artifact
from tests import synthetic
from tests.checkpoints import sensevoice as checkpoints

GOLDEN = Path(__file__).parents[1] / "golden" / "cosyvoice"
TEXT_ROWS = 900  # of the text embedding: the vocabulary and special tokens
SFT, MET = "中文女", "met"  # speakers of spk2info.pt: with an embedding only, and with a whole prompt
MET_TOKENS = 30
HEAD_DIM = 16  # of the flow's attention


def tiny(version: Version, vocabulary_size: int) -> ModelConfig:
    """Return narrow sizes with the ids of the version."""
    full = CONFIGS[version]
    language = replace(full.lm, vocab_rows=TEXT_ROWS, vocab_size=vocabulary_size, num_layers=2, max_positions=4096)
    language = replace(language, hidden_size=32, num_heads=4, num_kv_heads=2, head_dim=8, intermediate_size=48)
    flow_config: FlowV2Config | FlowV3Config
    if isinstance(full.flow, FlowV2Config):
        flow_config = replace(
            full.flow, encoder_dim=32, encoder_heads=2, encoder_ff_dim=48, num_blocks=1, num_up_blocks=1
        )
        flow_config = replace(
            flow_config, unet_channels=24, unet_heads=2, head_dim=HEAD_DIM, unet_ff_dim=32, num_mid_blocks=1
        )
        flow_config = replace(flow_config, transformers_per_block=1, sinusoid_dim=16, time_dim=20)
    else:
        flow_config = replace(
            full.flow, lookahead_channels=24, dim=32, num_heads=2, head_dim=HEAD_DIM, ff_dim=48, num_layers=2
        )
        flow_config = replace(flow_config, conv_pos_groups=4, sinusoid_dim=16, time_dim=20)
    vocoder = replace(full.vocoder, base_channels=16, f0_channels=8)
    return replace(full, lm=language, flow=flow_config, vocoder=vocoder)


def publish(hub: Path, version: Version) -> tuple[Artifact, ModelConfig]:
    """Write a release into a hub cache; return its artifact with true hashes, and its sizes."""
    published = ARTIFACTS[f"cosyvoice{version}"]
    snapshot = hub / _snapshot(published)
    layout = write(snapshot, version, voices=True)
    return checkpoints.measure_files(published, snapshot), layout


def _snapshot(row: Artifact) -> str:
    return f"models--{row.repo.replace('/', '--')}/snapshots/{row.revision}"


def write(folder: Path, version: Version, *, voices: bool = False) -> ModelConfig:
    """Write the files of a release into a folder, on request with spk2info.pt; return its sizes."""
    layout = tiny(version, _vocabulary(folder / "CosyVoice-BlankEN"))
    torch.save(_language(layout), folder / "llm.pt")
    torch.save(_flow(layout), folder / "flow.pt")
    torch.save(_vocoder(layout), folder / "hift.pt")
    _write_onnx(folder, version)
    if voices:
        torch.save(_voices(Tokenizer(folder / "CosyVoice-BlankEN", layout)), folder / "spk2info.pt")
    return layout


def _vocabulary(folder: Path) -> int:
    """Write vocab.json and merges.txt; return the number of tokens."""
    from tokenizers import Tokenizer as BpeTokenizer
    from tokenizers import models, pre_tokenizers, trainers

    trained = BpeTokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    corpus = [row.sample for row in LANGUAGES.values()]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trained.train_from_iterator(corpus * 4, trainers.BpeTrainer(vocab_size=600, initial_alphabet=alphabet))
    folder.mkdir(parents=True, exist_ok=True)
    trained.model.save(str(folder))
    return int(trained.get_vocab_size())


def _language(layout: ModelConfig) -> dict[str, Tensor]:
    """Write llm.pt with the published names at other sizes."""
    full, small = CONFIGS[layout.version].lm, layout.lm
    sizes = {
        full.vocab_rows: small.vocab_rows,
        full.hidden_size: small.hidden_size,
        full.intermediate_size: small.intermediate_size,
    }
    sizes |= {full.num_kv_heads * full.head_dim: small.num_kv_heads * small.head_dim}
    published = json.loads((GOLDEN / "llm_tensors.json").read_text("utf-8"))[str(layout.version)]
    return synthetic.state_dict(
        {
            name.format(block): [sizes.get(size, size) for size in shape]
            for name, (count, shape) in published.items()
            for block in range(min(count, small.num_layers))
        }
    )


def _flow(layout: ModelConfig) -> dict[str, Tensor]:
    with torch.device("meta"):
        shapes = {name: value.shape for name, value in flow.build(layout.flow).state_dict().items()}
    tensors = synthetic.state_dict(shapes)
    rotary = "decoder.estimator.rotary_embed.inv_freq"
    if rotary in tensors:
        tensors[rotary] = 10_000 ** -(torch.arange(0, HEAD_DIM, 2) / HEAD_DIM)
    return tensors


def _vocoder(layout: ModelConfig) -> dict[str, Tensor]:
    """Write hift.pt with weight norms in two halves and the prefix of some releases."""
    published = json.loads((GOLDEN / "shapes_flow_hift.json").read_text("utf-8"))[f"hift_v{layout.version}"]
    with torch.device("meta"):
        plain = {name: value.shape for name, value in HiFTGenerator(layout.vocoder).state_dict().items()}
    shapes: dict[str, tuple[int, ...]] = {}
    for name in published:
        whole = plain[name.replace(".parametrizations", "").removesuffix(".original0").removesuffix(".original1")]
        shapes[f"generator.{name}"] = (whole[0], *[1] * (len(whole) - 1)) if name.endswith("original0") else whole
    return synthetic.state_dict(shapes)


def _write_onnx(folder: Path, version: Version) -> None:
    """Write both ONNX graphs with the release's inputs and outputs; a token encodes the level of its frame."""
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    def save(name: str, nodes: list[onnx.NodeProto], inputs: list[onnx.ValueInfoProto], kind: int) -> None:
        arrays = {"axis": np.array([1]), "zeros": np.array([0]), "far": np.array([2**31]), "four": np.array([4])}
        arrays |= {"width": np.array([192]), "scale": np.array(100, np.float32)}
        used = {name for node in nodes for name in node.input} & arrays.keys()
        constants = [numpy_helper.from_array(arrays[name], name) for name in sorted(used)]
        output = helper.make_tensor_value_info("y", kind, None)
        graph = helper.make_graph(nodes, "g", inputs, [output], constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
        onnx.save(model, folder / name)

    node = helper.make_node
    feats = helper.make_tensor_value_info("feats", TensorProto.FLOAT, [1, 128, None])
    length = helper.make_tensor_value_info("feats_length", TensorProto.INT32, [1])
    tokens = [
        node("ReduceMean", ["feats", "axis"], ["level"], keepdims=0),
        node("Slice", ["level", "zeros", "far", "axis", "four"], ["few"]),  # every fourth frame
        node("Abs", ["few"], ["size"]),
        node("Mul", ["size", "scale"], ["large"]),
        node("Cast", ["large"], ["y"], to=TensorProto.INT32),
    ]
    save(f"speech_tokenizer_v{version}.onnx", tokens, [feats, length], TensorProto.INT32)
    rows = helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, None, 80])
    speaker = [
        node("ReduceMean", ["input", "axis"], ["mean"], keepdims=0),
        node("ReduceMax", ["input", "axis"], ["most"], keepdims=0),
        node("Concat", ["mean", "most", "most"], ["long"], axis=1),
        node("Slice", ["long", "zeros", "width", "axis"], ["y"]),
    ]
    save("campplus.onnx", speaker, [rows], TensorProto.FLOAT)


def _voices(tokenizer: Tokenizer) -> dict[str, dict[str, Tensor]]:
    """Write spk2info.pt: a speaker of the first CosyVoice, and one as add_zero_shot_spk saves it."""
    text = torch.tensor([[*tokenizer.encode_instruction(), *tokenizer.encode("Hello.")]], dtype=torch.int32)
    tokens = (torch.arange(MET_TOKENS, dtype=torch.int32) * 7)[None]
    mel = synthetic.tensor("mel", (1, 2 * MET_TOKENS, 80)) - 4
    speaker = synthetic.tensor("speaker", (1, 192))
    met = {"prompt_text": text, "prompt_text_len": torch.tensor([text.shape[1]], dtype=torch.int32)}
    met |= {"llm_prompt_speech_token": tokens, "flow_prompt_speech_token": tokens, "prompt_speech_feat": mel}
    met |= {"llm_embedding": speaker, "flow_embedding": speaker}
    return {SFT: {"embedding": synthetic.tensor("sft", (1, 192))}, MET: met}


def remove_other_engines(artifacts: set[str]) -> None:
    """Remove the engines whose weights are not among these artifacts."""
    for table in vars(registry).values():
        if isinstance(table, dict):
            for name, spec in list(table.items()):
                if isinstance(spec, EngineSpec) and not artifacts.issuperset(spec.artifacts):
                    del table[name]


def run(folder: Path, script: str, arguments: Sequence[str] = ()) -> None:
    """Run a script in this process as if the tiny checkpoints were the published ones.

    Version 2 has saved speakers. Other engines of the full tier are left out.
    """
    remove_other_engines({*store.default_artifacts(), "cosyvoice2", "cosyvoice3"})
    versions: tuple[Version, ...] = (2, 3)
    for version in versions:
        row, layout = publish(folder, version)
        ARTIFACTS[row.name], CONFIGS[version] = row, layout
    weights = settings.read().home / "weights" / "cosyvoice2"
    weights.mkdir(parents=True, exist_ok=True)
    (folder / _snapshot(ARTIFACTS["cosyvoice2"]) / "spk2info.pt").rename(weights / "spk2info.pt")
    checkpoints.run(folder, script, arguments)


if __name__ == "__main__":
    run(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
