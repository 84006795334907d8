"""Tiny random checkpoints in the layouts that are published, to drive the real loading code. Knows no test.

Run as `python -m tests.checkpoints FOLDER SCRIPT [ARGUMENT...]` it runs a script of this project with those
checkpoints in the hub's cache at FOLDER, its table of artifacts telling their hashes: so a browser can be tried on an
engine whose real weights are too large to fetch. The library itself has no switch for that.
"""

from __future__ import annotations

import hashlib
import io
import os
import runpy
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
import yaml

from funaudio_core.weights.catalog import ARTIFACTS, Artifact, File
from tests import fakes, synthetic

LANGUAGE_TAGS = ("zh", "en", "yue", "ja", "ko", "nospeech")
EMOTION_TAGS = ("HAPPY", "SAD", "ANGRY", "NEUTRAL", "FEARFUL", "DISGUSTED", "SURPRISED", "EMO_UNKNOWN")
EVENT_TAGS = (
    *("BGM", "Speech", "Applause", "Laughter", "Cry", "Sneeze", "Breath", "Cough", "Sing", "Speech_Noise", "GBG"),
    "Event_UNK",
)
TAGS = (*LANGUAGE_TAGS, *EMOTION_TAGS, *EVENT_TAGS, "withitn", "woitn")
_CORPUS = (
    "the train leaves at nine so let us have breakfast first.",
    "hello world, this is a test of speech recognition.",
    "今天的天气非常好，我们一起去公园散步吧。",
    "今日天氣好好，我哋一齊去公園行下啦。",
    "今日はとても天気がいいので、公園を散歩しましょう。",
    "오늘은 날씨가 아주 좋으니 공원에 산책하러 갑시다.",
)
PIECES = 260


def sensevoice_config(
    blocks: int = 3, timed: int = 2, hidden: int = 32, heads: int = 2, feed: int = 64
) -> dict[str, Any]:
    """What config.yaml of SenseVoiceSmall says, with other sizes."""
    encoder = {
        "output_size": hidden,
        "attention_heads": heads,
        "linear_units": feed,
        "num_blocks": blocks,
        "tp_blocks": timed,
        "dropout_rate": 0.1,
        "positional_dropout_rate": 0.1,
        "attention_dropout_rate": 0.1,
        "input_layer": "pe",
        "pos_enc_class": "SinusoidalPositionEncoder",
        "normalize_before": True,
        "kernel_size": 11,
        "sanm_shfit": 0,
        "selfattention_layer_type": "sanm",
    }
    frontend = {"fs": 16000, "window": "hamming", "n_mels": 80, "frame_length": 25, "frame_shift": 10}
    return {
        "encoder": "SenseVoiceEncoderSmall",
        "encoder_conf": encoder,
        "model": "SenseVoiceSmall",
        "model_conf": {"length_normalized_loss": True, "sos": 1, "eos": 2, "ignore_id": -1},
        "tokenizer": "SentencepiecesTokenizer",
        "tokenizer_conf": {"bpemodel": None, "unk_symbol": "<unk>", "split_with_space": True},
        "frontend": "WavFrontend",
        "frontend_conf": {**frontend, "lfr_m": 7, "lfr_n": 6, "cmvn_file": None},
    }


def sensevoice_shapes(config: dict[str, Any], pieces: int) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the tensors in model.pt, as FunASR's class has them."""
    conf, front = config["encoder_conf"], config["frontend_conf"]
    hidden, feed, width = conf["output_size"], conf["linear_units"], front["n_mels"] * front["lfr_m"]
    norm = {"weight": (hidden,), "bias": (hidden,)}
    shapes: dict[str, tuple[int, ...]] = {"embed.weight": (16, width)}
    shapes |= {"ctc.ctc_lo.weight": (pieces, hidden), "ctc.ctc_lo.bias": (pieces,)}
    shapes |= {f"encoder.{name}.{kind}": size for name in ("after_norm", "tp_norm") for kind, size in norm.items()}
    blocks = ["encoders0.0", *(f"encoders.{i}" for i in range(conf["num_blocks"] - 1))]
    for block in [*blocks, *(f"tp_encoders.{i}" for i in range(conf["tp_blocks"]))]:
        taken = width if block == "encoders0.0" else hidden
        layers: dict[str, tuple[int, ...]] = {
            "self_attn.linear_q_k_v": (3 * hidden, taken),
            "self_attn.linear_out": (hidden, hidden),
        }
        layers |= {"feed_forward.w_1": (feed, hidden), "feed_forward.w_2": (hidden, feed)}
        layers |= {"norm1": (taken,), "norm2": (hidden,)}
        for layer, size in layers.items():
            shapes |= {f"encoder.{block}.{layer}.weight": size, f"encoder.{block}.{layer}.bias": size[:1]}
        shapes[f"encoder.{block}.self_attn.fsmn_block.weight"] = (hidden, 1, conf["kernel_size"])
    return shapes


def sensevoice(hub: Path, config: dict[str, Any] | None = None, vocabulary: bytes = b"") -> Artifact:
    """Write a random SenseVoiceSmall into a hub cache at `hub`; its row for the table of artifacts, with true hashes.

    Tiny, unless a configuration and a SentencePiece model of other sizes are given.
    """
    from sentencepiece import SentencePieceProcessor

    published = ARTIFACTS["sensevoice-small"]
    snapshot = hub / f"models--{published.repo.replace('/', '--')}" / "snapshots" / published.revision
    snapshot.mkdir(parents=True, exist_ok=True)
    config = config or sensevoice_config()
    vocabulary = vocabulary or sentencepiece_model()
    pieces = SentencePieceProcessor(model_proto=vocabulary).get_piece_size()
    (snapshot / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    (snapshot / "chn_jpn_yue_eng_ko_spectok.bpe.model").write_bytes(vocabulary)
    torch.save(synthetic.state_dict(sensevoice_shapes(config, pieces)), snapshot / "model.pt")
    width = 7 * 80
    shift, gain = ("  ".join([number] * width) for number in ("-10.5", "0.2"))
    (snapshot / "am.mvn").write_text(
        f"<Nnet>\n<Splice> {width} {width}\n[ 0 ]\n<AddShift> {width} {width}\n<LearnRateCoef> 0 [ {shift} ]\n"
        f"<Rescale> {width} {width}\n<LearnRateCoef> 0 [ {gain} ]\n</Nnet>\n"
    )
    return replace(published, files=tuple(_described(snapshot / file.name) for file in published.files))


def sentencepiece_model() -> bytes:
    """A small vocabulary with the tags of the published one, trained on a sentence of each language."""
    import sentencepiece

    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(_CORPUS * 20),
        model_writer=written,
        model_type="bpe",
        vocab_size=PIECES,
        character_coverage=1.0,
        user_defined_symbols=[f"<|{tag}|>" for tag in TAGS],
        minloglevel=2,
    )
    return written.getvalue()


def _described(path: Path) -> File:
    data = path.read_bytes()
    return File(path.name, len(data), hashlib.sha256(data).hexdigest())


def run(folder: Path, script: str, arguments: Sequence[str] = ()) -> None:
    """Run a script as if the tiny checkpoints were the published ones, with scripted engines for the lite tier."""
    os.environ.update(HF_HUB_CACHE=str(folder), HF_HUB_OFFLINE="1")
    fakes.install()
    row = sensevoice(folder)
    ARTIFACTS[row.name] = row
    sys.argv = [script, *arguments]
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    run(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
