"""FunASR's names of a SAN-M encoder's tensors -> those of transformers' FunAsrNanoEncoder. Knows no tensor."""

from __future__ import annotations

from funaudio_core.engines.sanm.config import Layout

WHOLE = "state_dict"  # under which some of FunASR's files hold all their tensors
_NAMES = {  # of one block
    "self_attn.linear_out.weight": "self_attn.o_proj.weight",
    "self_attn.linear_out.bias": "self_attn.o_proj.bias",
    "self_attn.fsmn_block.weight": "self_attn.fsmn.conv.weight",
    "feed_forward.w_1.weight": "mlp.fc1.weight",
    "feed_forward.w_1.bias": "mlp.fc1.bias",
    "feed_forward.w_2.weight": "mlp.fc2.weight",
    "feed_forward.w_2.bias": "mlp.fc2.bias",
    "norm1.weight": "input_layernorm.weight",
    "norm1.bias": "input_layernorm.bias",
    "norm2.weight": "post_attention_layernorm.weight",
    "norm2.bias": "post_attention_layernorm.bias",
}


def names(layout: Layout) -> dict[str, tuple[str, ...]]:
    """FunASR's name of each tensor within the encoder -> transformers'.

    Three names where one tensor holds queries, keys and values, to be cut along its first dimension.
    """
    found: dict[str, tuple[str, ...]] = {}
    theirs = ["encoders0.0", *(f"encoders.{i}" for i in range(layout.blocks - 1))]
    theirs += [f"tp_encoders.{i}" for i in range(layout.timed)]
    for place, block in enumerate(theirs):
        ours = f"layers.{place}."
        for kind in ("weight", "bias"):
            found[f"{block}.self_attn.linear_q_k_v.{kind}"] = tuple(
                f"{ours}self_attn.{part}_proj.{kind}" for part in "qkv"
            )
        for old, new in _NAMES.items():
            found[f"{block}.{old}"] = (ours + new,)
    for norm, place in (("after_norm", layout.blocks - 1), ("tp_norm", layout.blocks + layout.timed - 1)):
        for kind in ("weight", "bias"):
            found[f"{norm}.{kind}"] = (f"layers.{place}.final_layernorm.{kind}",)
    return found
