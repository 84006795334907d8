"""Turns a Llama model in a GGUF file into a CTranslate2 folder with its tokenizer. Knows no prompt and no engine."""

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

CONTROL_TOKEN = 3  # tokenizer.ggml.token_type of tokens that text never spells (llama.cpp: LLAMA_TOKEN_TYPE_CONTROL)
PRE_TOKENIZER = "smollm"  # tokenizer.ggml.pre: digits one by one, then GPT-2's byte-level split
TOKENIZER = "tokenizer.json"


def convert(source: Path, target: Path) -> None:
    """Write the folder `target`: model.bin in int8, config.json, vocabulary.json and tokenizer.json.

    source: a GGUF of the "llama" architecture with tied embeddings and the pre-tokenizer "smollm"; any quantization
    that the gguf package can read. Takes a few seconds and, for 135M parameters, about 1.5 GB for that time.
    Raises Unsupported for another kind of model.
    """
    from gguf import GGUFReader

    reader = GGUFReader(source)
    facts = {name: field.contents() for name, field in reader.fields.items()}
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    kind = (facts["general.architecture"], facts["tokenizer.ggml.pre"], "output.weight" in tensors)
    if kind != ("llama", PRE_TOKENIZER, False):
        raise Unsupported(
            f"{source.name} isn't a Llama model with tied embeddings and {PRE_TOKENIZER!r} tokens: {kind}."
        )
    target.mkdir(parents=True)
    spec = _specification(facts, tensors)
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(target))
    _tokenizer(facts).save(str(target / TOKENIZER), pretty=False)


def _specification(facts: dict[str, Any], tensors: dict[str, ReaderTensor]) -> TransformerDecoderModelSpec:
    """The CTranslate2 model with float32 weights.

    llama.cpp stores Q and K with the two halves of each rotary pair side by side, which is what CTranslate2 calls
    interleaved: so the weights stay as they are and rotary_interleave says so.
    """
    from ctranslate2.specs import common_spec, transformer_spec

    spec = transformer_spec.TransformerDecoderModelSpec.from_config(
        facts["llama.block_count"],
        facts["llama.attention.head_count"],
        activation=common_spec.Activation.SWISH,
        ffn_glu=True,
        rms_norm=True,
        rotary_dim=0,  # 0: the whole head
        rotary_interleave=True,
        rotary_base=facts["llama.rope.freq_base"],
        num_heads_kv=facts["llama.attention.head_count_kv"],
    )
    names = facts["tokenizer.ggml.tokens"]
    spec.register_vocabulary(names)
    spec.config.bos_token = names[facts["tokenizer.ggml.bos_token_id"]]
    spec.config.eos_token = names[facts["tokenizer.ggml.eos_token_id"]]
    spec.config.unk_token = names[facts["tokenizer.ggml.unknown_token_id"]]
    spec.config.layer_norm_epsilon = facts["llama.attention.layer_norm_rms_epsilon"]

    decoder = spec.decoder
    decoder.scale_embeddings = False
    decoder.embeddings.weight = _floats(tensors["token_embd.weight"])
    decoder.projection.weight = decoder.embeddings.weight
    decoder.layer_norm.gamma = _floats(tensors["output_norm.weight"])
    for number, layer in enumerate(decoder.layer):
        _fill(layer, {part: tensors[f"blk.{number}.{part}.weight"] for part in _PARTS})
    return spec


_PARTS = ("attn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_norm", "ffn_gate", "ffn_up", "ffn_down")


def _fill(layer: TransformerDecoderLayerSpec, parts: dict[str, ReaderTensor]) -> None:
    """Put one block's tensors into its place; Q, K and V become one matrix."""
    layer.self_attention.layer_norm.gamma = _floats(parts["attn_norm"])
    layer.self_attention.linear[0].weight = np.concatenate(
        [_floats(parts[name]) for name in ("attn_q", "attn_k", "attn_v")]
    )
    layer.self_attention.linear[1].weight = _floats(parts["attn_output"])
    layer.ffn.layer_norm.gamma = _floats(parts["ffn_norm"])
    layer.ffn.linear_0.weight = _floats(parts["ffn_gate"])
    layer.ffn.linear_0_noact.weight = _floats(parts["ffn_up"])
    layer.ffn.linear_1.weight = _floats(parts["ffn_down"])


def _floats(tensor: ReaderTensor) -> NDArray[np.float32]:
    """A tensor's values, float32, shape (outputs, inputs), or (size,) for a norm."""
    from gguf.quants import dequantize

    return np.array(dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)


def _tokenizer(facts: dict[str, Any]) -> Tokenizer:
    """Byte-level BPE from the file's own vocabulary and merges."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    names: list[str] = facts["tokenizer.ggml.tokens"]
    merges = [tuple(pair.split(" ")) for pair in facts["tokenizer.ggml.merges"]]
    tokenizer = Tokenizer(models.BPE({name: number for number, name in enumerate(names)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    kinds = facts["tokenizer.ggml.token_type"]
    tokenizer.add_special_tokens(
        [AddedToken(name, special=True) for name, kind in zip(names, kinds, strict=True) if kind == CONTROL_TOKEN]
    )
    return tokenizer
