"""Four-bit weights for the layers of the language model, three quarters of all weights."""

from __future__ import annotations

from torch import nn

from funaudio_core.engines.fun_audio_chat.model import AudioChatModel

BITS = 4
QUANT_TYPE = "nf4"  # levels for normally distributed weights, as in QLoRA
BLOCK_WEIGHTS = 64  # that share a scale, the default of bitsandbytes
# Scales have 8 bits themselves, in blocks of 256 with a float32 scale each.
BYTES_PER_WEIGHT = 0.5 + (1 + 4 / 256) / BLOCK_WEIGHTS


def quantize(model: AudioChatModel) -> None:
    """Replace the linear layers in the blocks of the language model by four-bit ones.

    Embeddings, output layer, audio tower and speech head keep their dtype. The weights are quantized one after the
    other when the model is moved to its device, so that they never are on it as a whole.
    """
    from bitsandbytes.nn.modules import Linear4bit, Params4bit

    for block in model.language_model.model.layers:
        for part in (block.self_attn, block.mlp):
            for name, layer in list(part.named_children()):
                if isinstance(layer, nn.Linear):
                    weight = layer.weight.data
                    small = Linear4bit(  # type: ignore[no-untyped-call]
                        layer.in_features, layer.out_features, bias=False, compute_dtype=weight.dtype, device="meta"
                    )
                    small.weight = Params4bit(
                        weight, requires_grad=False, quant_type=QUANT_TYPE, blocksize=BLOCK_WEIGHTS, module=small
                    )
                    setattr(part, name, small)
