"""Conversion of a Llama model from GGUF to CTranslate2, with its tokenizer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from funaudio_core.errors import Unsupported

if TYPE_CHECKING:
    from ctranslate2.specs.transformer_spec import TransformerDecoderLayerSpec, TransformerDecoderModelSpec
    from gguf import ReaderTensor
    from tokenizers import Tokenizer

CONTROL_TOKEN_TYPE = 3  # tokenizer.ggml.token_type of control tokens (llama.cpp: LLAMA_TOKEN_TYPE_CONTROL)
PRE_TOKENIZER = "smollm"  # tokenizer.ggml.pre: digits one by one, then GPT-2's byte-level split
TOKENIZER_FILE = "tokenizer.json"


def convert(source: Path, target: Path) -> None:
    """Convert a model to int8; takes a few seconds and, for 135M parameters, about 1.5 GB of memory.

    Args:
        source: GGUF file of the "llama" architecture with tied embeddings and the pre-tokenizer "smollm", in any
            quantization that the gguf package can read.
        target: Folder to create, with model.bin, config.json, vocabulary.json and tokenizer.json.

    Raises:
        Unsupported: The file holds another kind of model.
    """
    from gguf import GGUFReader

    reader = GGUFReader(source)
    metadata = {name: field.contents() for name, field in reader.fields.items()}
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    kind = (metadata["general.architecture"], metadata["tokenizer.ggml.pre"], "output.weight" in tensors)
    if kind != ("llama", PRE_TOKENIZER, False):
        raise Unsupported(
            f"{source.name} isn't a Llama model with tied embeddings and {PRE_TOKENIZER!r} tokens: {kind}."
        )
    target.mkdir(parents=True)
    spec = _build_spec(metadata, tensors)
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(target))
    _build_tokenizer(metadata).save(str(target / TOKENIZER_FILE), pretty=False)


def _build_spec(metadata: dict[str, Any], tensors: dict[str, ReaderTensor]) -> TransformerDecoderModelSpec:
    """Return the CTranslate2 model with float32 weights."""
    from ctranslate2.specs import common_spec, transformer_spec

    spec = transformer_spec.TransformerDecoderModelSpec.from_config(
        metadata["llama.block_count"],
        metadata["llama.attention.head_count"],
        activation=common_spec.Activation.SWISH,
        ffn_glu=True,
        rms_norm=True,
        rotary_dim=0,  # 0: the whole head
        rotary_interleave=True,  # llama.cpp stores Q and K with the two halves of each rotary pair side by side
        rotary_base=metadata["llama.rope.freq_base"],
        num_heads_kv=metadata["llama.attention.head_count_kv"],
    )
    names = metadata["tokenizer.ggml.tokens"]
    spec.register_vocabulary(names)
    spec.config.bos_token = names[metadata["tokenizer.ggml.bos_token_id"]]
    spec.config.eos_token = names[metadata["tokenizer.ggml.eos_token_id"]]
    spec.config.unk_token = names[metadata["tokenizer.ggml.unknown_token_id"]]
    spec.config.layer_norm_epsilon = metadata["llama.attention.layer_norm_rms_epsilon"]

    decoder = spec.decoder
    decoder.scale_embeddings = False
    decoder.embeddings.weight = _dequantize(tensors["token_embd.weight"])
    decoder.projection.weight = decoder.embeddings.weight
    decoder.layer_norm.gamma = _dequantize(tensors["output_norm.weight"])
    for number, layer in enumerate(decoder.layer):
        _fill_layer(layer, {name: tensors[f"blk.{number}.{name}.weight"] for name in _LAYER_TENSORS})
    return spec


_LAYER_TENSORS = (
    "attn_norm",
    "attn_q",
    "attn_k",
    "attn_v",
    "attn_output",
    "ffn_norm",
    "ffn_gate",
    "ffn_up",
    "ffn_down",
)


def _fill_layer(layer: TransformerDecoderLayerSpec, tensors: dict[str, ReaderTensor]) -> None:
    """Set the weights of a layer; Q, K and V become one matrix."""
    layer.self_attention.layer_norm.gamma = _dequantize(tensors["attn_norm"])
    layer.self_attention.linear[0].weight = np.concatenate(
        [_dequantize(tensors[name]) for name in ("attn_q", "attn_k", "attn_v")]
    )
    layer.self_attention.linear[1].weight = _dequantize(tensors["attn_output"])
    layer.ffn.layer_norm.gamma = _dequantize(tensors["ffn_norm"])
    layer.ffn.linear_0.weight = _dequantize(tensors["ffn_gate"])
    layer.ffn.linear_0_noact.weight = _dequantize(tensors["ffn_up"])
    layer.ffn.linear_1.weight = _dequantize(tensors["ffn_down"])


def _dequantize(tensor: ReaderTensor) -> NDArray[np.float32]:
    """Return the values of a tensor, float32 (outputs, inputs), or (size,) for a norm."""
    from gguf.quants import dequantize

    return np.array(dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)


def _build_tokenizer(metadata: dict[str, Any]) -> Tokenizer:
    """Return the byte-level BPE tokenizer of the file's vocabulary and merges."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    names: list[str] = metadata["tokenizer.ggml.tokens"]
    merges = [tuple(pair.split(" ")) for pair in metadata["tokenizer.ggml.merges"]]
    tokenizer = Tokenizer(models.BPE({name: number for number, name in enumerate(names)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    token_types = metadata["tokenizer.ggml.token_type"]
    tokenizer.add_special_tokens(
        [
            AddedToken(name, special=True)
            for name, token_type in zip(names, token_types, strict=True)
            if token_type == CONTROL_TOKEN_TYPE
        ]
    )
    return tokenizer
