"""Tiny random Fun-ASR-Nano checkpoint in the published layout, to test the real loading code."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers
from torch import Tensor

from funaudio_core.weights.catalog import ARTIFACTS, Artifact
from tests import synthetic
from tests.checkpoints import sensevoice as checkpoints

MARKS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
LAYERS, WIDTH, FEED, HEADS, GROUPS, HEAD = 2, 64, 96, 4, 2, 16  # of the language model
PROJECTOR, BLOCKS = 48, 2  # of the adaptor
VOCABULARY = 256 + len(MARKS) + 5  # a few rows more than tokens, as published


def shapes(tower: int = 32, feed: int = 64, blocks: int = 3, timed: int = 2) -> dict[str, tuple[int, ...]]:
    """Return names and shapes of the tensors in model.pt, as in Fun-ASR's class; the arguments are encoder sizes."""
    config = checkpoints.sensevoice_config(blocks, timed, tower, 4, feed)
    tensors = {
        f"audio_{name}": shape
        for name, shape in checkpoints.sensevoice_shapes(config, 1).items()
        if name.startswith("encoder.")
    }
    layers: dict[str, tuple[int, ...]] = {"linear1": (PROJECTOR, tower), "linear2": (WIDTH, PROJECTOR)}
    for block in range(BLOCKS):
        prefix = f"blocks.{block}."
        layers |= {f"{prefix}self_attn.linear_{part}": (WIDTH, WIDTH) for part in ("q", "k", "v", "out")}
        layers |= {f"{prefix}feed_forward.w_1": (WIDTH // 4, WIDTH), f"{prefix}feed_forward.w_2": (WIDTH, WIDTH // 4)}
        layers |= {f"{prefix}norm1": (WIDTH,), f"{prefix}norm2": (WIDTH,)}
    for layer, size in layers.items():
        tensors |= {f"audio_adaptor.{layer}.weight": size, f"audio_adaptor.{layer}.bias": size[:1]}
    tensors |= {"llm.lm_head.weight": (VOCABULARY, WIDTH), "llm.model.embed_tokens.weight": (VOCABULARY, WIDTH)}
    tensors["llm.model.norm.weight"] = (WIDTH,)
    for index in range(LAYERS):
        decoder_layer: dict[str, tuple[int, ...]] = {"self_attn.q_proj": (HEADS * HEAD, WIDTH)}
        decoder_layer |= {f"self_attn.{part}_proj": (GROUPS * HEAD, WIDTH) for part in "kv"}
        decoder_layer |= {
            "self_attn.o_proj": (WIDTH, HEADS * HEAD),
            "self_attn.q_norm": (HEAD,),
            "self_attn.k_norm": (HEAD,),
        }
        decoder_layer |= {"mlp.gate_proj": (FEED, WIDTH), "mlp.up_proj": (FEED, WIDTH), "mlp.down_proj": (WIDTH, FEED)}
        decoder_layer |= {"input_layernorm": (WIDTH,), "post_attention_layernorm": (WIDTH,)}
        tensors |= {f"llm.model.layers.{index}.{name}.weight": shape for name, shape in decoder_layer.items()}
    return tensors


def state_dict() -> dict[str, Tensor]:
    """Return the tensors of model.pt.

    The embedding and the output layer of the language model share one matrix. It is small, because otherwise the model
    would repeat its last token forever.
    """
    tensors = synthetic.state_dict(shapes())
    tensors["llm.model.embed_tokens.weight"] *= 0.1
    tensors["llm.lm_head.weight"] = tensors["llm.model.embed_tokens.weight"].clone()
    return tensors


def tokenizer() -> Tokenizer:
    """Return a tokenizer with one token per byte and the special tokens, which splits text like Qwen's."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    bytes_tokenizer = Tokenizer(models.BPE(vocab={char: index for index, char in enumerate(alphabet)}, merges=[]))
    split = pre_tokenizers.Split(Regex(r"\s+|\w+|[^\w\s]+"), "isolated")
    bytes_tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(False, use_regex=False)])
    bytes_tokenizer.decoder = decoders.ByteLevel()
    bytes_tokenizer.add_special_tokens([AddedToken(mark, special=True) for mark in MARKS])
    return bytes_tokenizer


def write(hub: Path, name: str = "fun-asr-nano") -> dict[str, Artifact]:
    """Write a tiny Fun-ASR-Nano into a hub cache; return its artifacts with true hashes, by name."""
    weights = ARTIFACTS.get(name, replace(ARTIFACTS["fun-asr-nano"], name=name, repo=f"FunAudioLLM/{name}"))
    vocabulary = ARTIFACTS["qwen3-tokenizer"]
    folders = [_snapshot(hub, row) for row in (weights, vocabulary)]
    torch.save({"state_dict": state_dict()}, folders[0] / "model.pt")
    tokenizer().save(str(folders[1] / "tokenizer.json"))
    rows = zip((weights, vocabulary), folders, strict=True)
    return {row.name: checkpoints.measure_files(row, folder) for row, folder in rows}


def _snapshot(hub: Path, row: Artifact) -> Path:
    folder = hub / f"models--{row.repo.replace('/', '--')}" / "snapshots" / row.revision
    folder.mkdir(parents=True, exist_ok=True)
    return folder
