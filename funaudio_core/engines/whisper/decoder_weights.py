"""Decoder of a Whisper model file of CTranslate2 under the names of the published checkpoint, and changes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from funaudio_core.weights.adapters import Adapter
from funaudio_core.weights.ctranslate2_file import CTranslate2File

PREFIX = "model.decoder."  # of the published names


@dataclass(frozen=True, slots=True)
class DecoderSize:
    """Sizes of a decoder."""

    layers: int
    heads: int
    width: int
    inner_width: int
    positions: int
    vocabulary: int


@dataclass(frozen=True, slots=True)
class _Source:
    """Place of a published tensor: rows of a tensor of the file, since CTranslate2 joins the matrices of attention.

    Attributes:
        name: Tensor of the file.
        part: Number of the part, from 0.
        parts: Equal parts that the tensor has.
    """

    name: str
    part: int = 0
    parts: int = 1

    def view(self, file: CTranslate2File) -> NDArray[Any]:
        """Return a view of the rows."""
        whole = file.read(self.name)
        size = len(whole) // self.parts
        return whole[self.part * size : (self.part + 1) * size]


def read_size(file: CTranslate2File) -> DecoderSize:
    """Return the sizes of the decoder in a file."""
    vocabulary, width = file.tensors["decoder/embeddings/weight"].shape
    layers = sum(name.startswith("decoder/layer_") and name.endswith("ffn/linear_0/bias") for name in file.tensors)
    return DecoderSize(
        layers=layers,
        heads=int(file.read("decoder/num_heads")),
        width=width,
        inner_width=file.tensors["decoder/layer_0/ffn/linear_0/bias"].shape[0],
        positions=file.tensors["decoder/position_encodings/encodings"].shape[0],
        vocabulary=vocabulary,
    )


def read_decoder(file: CTranslate2File) -> dict[str, NDArray[np.float32]]:
    """Return the decoder's tensors, float32, by published name without PREFIX."""
    return {name: source.view(file).astype(np.float32) for name, source in _sources(read_size(file).layers)}


def merge_adapter(content: bytes, adapter: Adapter, strength: float = 1.0) -> bytes:
    """Return the content of a model file with an adapter's change of the decoder.

    Args:
        content: Content of the base's model.bin.
        adapter: The adapter.
        strength: Share of the change, 0 to 1; at 0 the content stays as it is.

    Raises:
        BadInput: A weight of the adapter is missing or has another size.
    """
    file = CTranslate2File(content)
    sources = {PREFIX + name: source for name, source in _sources(read_size(file).layers)}
    for name in adapter.weight_names() if strength else ():
        if name not in sources:
            raise adapter.unfit_error(name)
        place = sources[name].view(file)
        place[...] = adapter.change(name, place.astype(np.float32), strength)
    return bytes(file.data)


def _sources(layers: int) -> Iterator[tuple[str, _Source]]:
    """Yield each published name with its place; the keys of attention have no bias."""
    yield "embed_tokens.weight", _Source("decoder/embeddings/weight")
    yield "embed_positions.weight", _Source("decoder/position_encodings/encodings")
    yield from _layer_norm("layer_norm", "decoder/layer_norm")
    for number in range(layers):
        name, place = f"layers.{number}", f"decoder/layer_{number}"
        yield from _layer_norm(f"{name}.self_attn_layer_norm", f"{place}/self_attention/layer_norm")
        yield from _layer_norm(f"{name}.encoder_attn_layer_norm", f"{place}/attention/layer_norm")
        yield from _layer_norm(f"{name}.final_layer_norm", f"{place}/ffn/layer_norm")
        joined = partial(_Source, f"{place}/self_attention/linear_0", parts=3)
        for part, letter in enumerate("qkv"):
            yield from _linear(f"{name}.self_attn.{letter}_proj", joined(part=part), has_bias=letter != "k")
        yield from _linear(f"{name}.self_attn.out_proj", _Source(f"{place}/self_attention/linear_1"))
        yield from _linear(f"{name}.encoder_attn.q_proj", _Source(f"{place}/attention/linear_0"))
        joined = partial(_Source, f"{place}/attention/linear_1", parts=2)
        for part, letter in enumerate("kv"):
            yield from _linear(f"{name}.encoder_attn.{letter}_proj", joined(part=part), has_bias=letter != "k")
        yield from _linear(f"{name}.encoder_attn.out_proj", _Source(f"{place}/attention/linear_2"))
        yield from _linear(f"{name}.fc1", _Source(f"{place}/ffn/linear_0"))
        yield from _linear(f"{name}.fc2", _Source(f"{place}/ffn/linear_1"))


def _linear(name: str, source: _Source, *, has_bias: bool = True) -> Iterator[tuple[str, _Source]]:
    yield f"{name}.weight", _Source(f"{source.name}/weight", source.part, source.parts)
    if has_bias:
        yield f"{name}.bias", _Source(f"{source.name}/bias", source.part, source.parts)


def _layer_norm(name: str, place: str) -> Iterator[tuple[str, _Source]]:
    yield f"{name}.weight", _Source(f"{place}/gamma")
    yield f"{name}.bias", _Source(f"{place}/beta")
