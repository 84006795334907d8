"""Tiny random Qwen2.5 model as a GGUF file, to test the real loading code."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import torch

from funaudio_core.weights.catalog import ARTIFACTS, Artifact
from tests import synthetic
from tests.checkpoints.qwen import SPECIAL_TOKENS, tokenizer

ROW = ARTIFACTS["qwen2.5-coder-1.5b"]
LAYERS, HEADS, KV_HEADS, WIDTH, HEAD_WIDTH, INNER_WIDTH = 2, 4, 2, 64, 16, 96
CONTEXT_TOKENS = 6000
CONTROL, NORMAL = 3, 1  # token types of llama.cpp
TEMPLATE = """{%- for message in messages -%}
<|im_start|>{{ message.role }}
{{ message.content }}<|im_end|>
{% endfor -%}
{%- if add_generation_prompt -%}<|im_start|>assistant
{% endif -%}"""


def file(path: Path) -> Path:
    """Write the model and return its path."""
    from gguf import GGUFWriter

    bpe = tokenizer()
    ids = bpe.get_vocab(with_added_tokens=True)
    names = sorted(ids, key=ids.__getitem__)
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = GGUFWriter(str(path), "qwen2")
    writer.add_context_length(CONTEXT_TOKENS)
    writer.add_block_count(LAYERS)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(INNER_WIDTH)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_rope_freq_base(1e6)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(names)
    writer.add_token_types([CONTROL if name in SPECIAL_TOKENS else NORMAL for name in names])
    writer.add_token_merges([" ".join(pair) for pair in json.loads(bpe.to_str())["model"]["merges"]])
    writer.add_eos_token_id(ids["<|im_end|>"])
    writer.add_bos_token_id(ids["<|endoftext|>"])
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE)
    for name, tensor in _weights(len(names)).items():
        writer.add_tensor(name, tensor.numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def write(folder: Path) -> Artifact:
    """Write the model into a folder of weights as the published one; return its artifact with the true hash."""
    path = file(folder / ROW.name / ROW.files[0].name)
    data = path.read_bytes()
    return replace(
        ROW, files=(replace(ROW.files[0], size=len(data), sha256=hashlib.sha256(data).hexdigest()),), packages=()
    )


def _weights(vocabulary: int) -> dict[str, torch.Tensor]:
    kv_width = KV_HEADS * HEAD_WIDTH
    shapes: dict[str, tuple[int, ...]] = {"token_embd.weight": (vocabulary, WIDTH), "output_norm.weight": (WIDTH,)}
    for number in range(LAYERS):
        for name, shape in {
            "attn_norm.weight": (WIDTH,),
            "ffn_norm.weight": (WIDTH,),
            "attn_q.weight": (WIDTH, WIDTH),
            "attn_q.bias": (WIDTH,),
            "attn_k.weight": (kv_width, WIDTH),
            "attn_k.bias": (kv_width,),
            "attn_v.weight": (kv_width, WIDTH),
            "attn_v.bias": (kv_width,),
            "attn_output.weight": (WIDTH, WIDTH),
            "ffn_gate.weight": (INNER_WIDTH, WIDTH),
            "ffn_up.weight": (INNER_WIDTH, WIDTH),
            "ffn_down.weight": (WIDTH, INNER_WIDTH),
        }.items():
            shapes[f"blk.{number}.{name}"] = shape
    weights = synthetic.state_dict({name: torch.Size(shape) for name, shape in shapes.items()})
    weights["token_embd.weight"] *= 0.1  # otherwise the model would repeat its last token forever
    return {name: tensor.float().contiguous() for name, tensor in weights.items()}
