"""Tiny random Qwen3 checkpoint in the published layout, to test the real loading code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from safetensors.torch import save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import Qwen3Config, Qwen3ForCausalLM

from funaudio_core.languages import LANGUAGES
from funaudio_core.weights.catalog import ARTIFACTS, Artifact
from tests import synthetic
from tests.checkpoints import sensevoice as checkpoints

ROW = ARTIFACTS["qwen3-4b-instruct"]
SPECIAL_TOKENS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
PLAIN_TOKENS = ("<think>", "</think>")  # not special: they are part of the text, as in Qwen3
VOCABULARY_SIZE = 600
MAX_CONTEXT_TOKENS = 6000
TEMPLATE = """{%- for message in messages -%}
<|im_start|>{{ message.role }}
{{ message.content }}<|im_end|>
{% endfor -%}
{%- if add_generation_prompt -%}<|im_start|>assistant
{%- if enable_thinking is defined and enable_thinking is false %}

{% else %}
<think>
{% endif -%}{%- endif -%}"""


def tokenizer() -> Tokenizer:
    """Build byte-pair encodings learned from a sentence of each language, with Qwen's special tokens."""
    bpe = Tokenizer(models.BPE())
    split = pre_tokenizers.Split(Regex(r"\s+|\w+|[^\w\s]+"), "isolated")
    bpe.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(False, use_regex=False)])
    bpe.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY_SIZE, initial_alphabet=alphabet, show_progress=False)
    bpe.train_from_iterator([row.sample for row in LANGUAGES.values()], trainer)
    bpe.add_special_tokens([AddedToken(token, special=True) for token in SPECIAL_TOKENS])
    bpe.add_tokens([AddedToken(token, special=False) for token in PLAIN_TOKENS])
    return bpe


TINY_SIZES = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
}


def files(
    folder: Path, shards: int = 3, sizes: Mapping[str, Any] = MappingProxyType(TINY_SIZES), **changes: Any
) -> None:
    """Write all files of the checkpoint, with these sizes in config.json and changes to tokenizer_config.json."""
    folder.mkdir(parents=True, exist_ok=True)
    bpe = tokenizer()
    bpe.save(str(folder / "tokenizer.json"))
    ids = bpe.get_vocab(with_added_tokens=True)
    config = Qwen3Config(
        architectures=["Qwen3ForCausalLM"],
        vocab_size=len(ids),
        max_position_embeddings=MAX_CONTEXT_TOKENS,
        tie_word_embeddings=True,
        bos_token_id=ids["<|endoftext|>"],
        eos_token_id=ids["<|im_end|>"],
        **sizes,
    )
    with torch.device("meta"):
        shapes = {name: tensor.shape for name, tensor in Qwen3ForCausalLM(config).state_dict().items()}
    del shapes["lm_head.weight"]  # tied to the embedding
    weights = synthetic.state_dict(shapes)
    weights["model.embed_tokens.weight"] *= 0.1  # otherwise the model would repeat its last token forever
    names = sorted(weights)
    weight_map = {}
    for number in range(shards):
        name = f"model-{number + 1:05}-of-{shards:05}.safetensors"
        shard = {key: weights[key].to(torch.bfloat16).contiguous() for key in names[number::shards]}
        save_file(shard, folder / name, metadata={"format": "pt"})
        weight_map.update(dict.fromkeys(shard, name))
    _write(folder / "model.safetensors.index.json", {"metadata": {}, "weight_map": weight_map})
    _write(folder / "config.json", {**config.to_dict(), "dtype": "bfloat16"})
    _write(
        folder / "generation_config.json",
        {
            "bos_token_id": ids["<|endoftext|>"],
            "eos_token_id": [ids["<|im_end|>"], ids["<|endoftext|>"]],
            "do_sample": True,
            "temperature": 0.7,
            "top_k": 20,
            "top_p": 0.8,
        },
    )
    tokenizer_config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": "<|im_end|>",
        "pad_token": "<|endoftext|>",
    }
    _write(folder / "tokenizer_config.json", {**tokenizer_config, "chat_template": TEMPLATE, **changes})


def write(hub: Path) -> Artifact:
    """Write the checkpoint into a hub cache as the published one; return its artifact with true hashes."""
    folder = hub / f"models--{ROW.repo.replace('/', '--')}" / "snapshots" / ROW.revision
    files(folder)
    return checkpoints.measure_files(ROW, folder)


def cached(hub: Path, repo: str, revision: str, **changes: Any) -> Path:
    """Write the checkpoint into a hub cache as another repository, with links to blobs named by hash."""
    home = hub / f"models--{repo.replace('/', '--')}"
    folder, blobs, refs = home / "snapshots" / revision, home / "blobs", home / "refs"
    files(folder, **changes)
    for created in (blobs, refs):
        created.mkdir(exist_ok=True)
    (refs / "main").write_text(revision)
    for path in sorted(folder.iterdir()):
        blob = blobs / hashlib.sha256(path.read_bytes()).hexdigest()
        path.rename(blob)
        path.symlink_to(Path("../../blobs") / blob.name)
    return folder


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")
