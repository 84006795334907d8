"""FunASR's model.pt into our module, every tensor accounted for. Knows nothing of sound or text."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from funaudio_core.engines.sensevoice.layout import Layout
from funaudio_core.engines.sensevoice.model import SenseVoice
from funaudio_core.engines.tensors import read
from funaudio_core.errors import WeightsMissing

_NAMES = {  # of one block: FunASR's name -> ours
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
_SHOWN = 3  # names that an error lists
WHOLE = "state_dict"  # under which some of FunASR's files hold all their tensors


def names(layout: Layout) -> dict[str, tuple[str, ...]]:
    """FunASR's name of each tensor -> ours; three names where one tensor holds queries, keys and values."""
    found: dict[str, tuple[str, ...]] = {
        "embed.weight": ("queries.weight",),
        "ctc.ctc_lo.weight": ("head.weight",),
        "ctc.ctc_lo.bias": ("head.bias",),
    }
    theirs = ["encoders0.0", *(f"encoders.{i}" for i in range(layout.blocks - 1))]
    theirs += [f"tp_encoders.{i}" for i in range(layout.timed)]
    for place, block in enumerate(theirs):
        ours = f"encoder.layers.{place}."
        for kind in ("weight", "bias"):
            found[f"encoder.{block}.self_attn.linear_q_k_v.{kind}"] = tuple(
                f"{ours}self_attn.{part}_proj.{kind}" for part in "qkv"
            )
        for old, new in _NAMES.items():
            found[f"encoder.{block}.{old}"] = (ours + new,)
    for norm, place in (("after_norm", layout.blocks - 1), ("tp_norm", layout.blocks + layout.timed - 1)):
        for kind in ("weight", "bias"):
            found[f"encoder.{norm}.{kind}"] = (f"encoder.layers.{place}.final_layernorm.{kind}",)
    return found


def convert(theirs: dict[str, Tensor], layout: Layout) -> dict[str, Tensor]:
    """The tensors of a FunASR checkpoint under our names. Raises WeightsMissing for any name too many or too few."""
    table = names(layout)
    unknown, absent = sorted(theirs.keys() - table.keys()), sorted(table.keys() - theirs.keys())
    if unknown or absent:
        raise WeightsMissing(
            "The checkpoint is not SenseVoiceSmall: {unknown} tensors unknown, {absent} missing, such as {names}. "
            "Get the published model.pt and config.yaml.",
            unknown=len(unknown),
            absent=len(absent),
            names=tuple([*unknown, *absent][:_SHOWN]),
        )
    ours: dict[str, Tensor] = {}
    for name, targets in table.items():
        ours.update(zip(targets, theirs[name].chunk(len(targets)), strict=True))
    return ours


def load(path: Path, layout: Layout, pieces: int) -> SenseVoice:
    """The model with the weights of a FunASR model.pt, float32, on the CPU.

    Only tensors are unpickled. Raises WeightsMissing where the file holds anything else or does not fit the layout.
    """
    with torch.device("meta"):  # no memory and no random numbers for weights that come from the file
        model = SenseVoice(layout, pieces)
    ours = convert(read(path, WHOLE), layout)
    wrong = [name for name, own in model.state_dict().items() if own.shape != ours[name].shape]
    if wrong:
        raise WeightsMissing(
            "{path} has {count} tensors of other sizes than config.yaml says, such as {name}: {given} for {expected}. "
            "Get both files from one release.",
            path=str(path),
            count=len(wrong),
            name=wrong[0],
            given=str(tuple(ours[wrong[0]].shape)),
            expected=str(tuple(model.state_dict()[wrong[0]].shape)),
        )
    model.load_state_dict(ours, assign=True)
    return model
