"""Tiny random Whisper with the real vocabulary, converted by CTranslate2's own converter."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import torch

from funaudio_core.weights import store

WIDTH = 16


def tiny_whisper() -> Any:
    """Return transformers' model."""
    from transformers import WhisperConfig, WhisperForConditionalGeneration

    torch.manual_seed(0)
    config = WhisperConfig(
        d_model=WIDTH,
        encoder_layers=1,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
    )
    model: Any = WhisperForConditionalGeneration(config)
    model.eval()
    for name, parameter in model.named_parameters():
        if "layer_norm" not in name and "embed_positions" not in name:
            parameter.data.mul_(8)  # or all logits are alike
    return model


def save_converted(model: Any, folder: Path) -> None:
    """Write a model as CTranslate2's converter does, float16, with tokenizer and settings of Whisper base."""
    from ctranslate2.converters.transformers import WhisperLoader

    base = store.artifact_dir("whisper-base")
    loader = WhisperLoader()
    spec = loader.get_model_spec(model)
    spec.register_vocabulary(
        (base / "vocabulary.txt").read_text(encoding="utf-8").split("\n")[: model.config.vocab_size]
    )
    spec.config.suppress_ids, spec.config.suppress_ids_begin = [], []
    spec.config.lang_ids, spec.config.alignment_heads = list(range(50259, 50358)), [(0, 0), (1, 1)]
    spec.validate()
    spec.optimize(quantization="float16")
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    shutil.copy(base / "tokenizer.json", folder)
