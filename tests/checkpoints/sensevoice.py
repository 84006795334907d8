"""Tiny random SenseVoice checkpoint in the published layout, to test the real loading code.

`python -m tests.checkpoints.sensevoice FOLDER SCRIPT [ARGUMENT...]` runs a script of this project with that checkpoint
in the hub cache at FOLDER and its hashes in the catalog, so that the app can be tested in a browser with an engine
whose real weights are too large to download. The library itself has no switch for that.
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
VOCABULARY_SIZE = 260


def sensevoice_config(
    blocks: int = 3, timed: int = 2, hidden: int = 32, heads: int = 2, feed: int = 64
) -> dict[str, Any]:
    """Return the content of config.yaml of SenseVoiceSmall with other sizes."""
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
    """Return names and shapes of the tensors in model.pt, as in FunASR's class."""
    encoder, frontend = config["encoder_conf"], config["frontend_conf"]
    hidden, feed, width = encoder["output_size"], encoder["linear_units"], frontend["n_mels"] * frontend["lfr_m"]
    norm = {"weight": (hidden,), "bias": (hidden,)}
    shapes: dict[str, tuple[int, ...]] = {"embed.weight": (16, width)}
    shapes |= {"ctc.ctc_lo.weight": (pieces, hidden), "ctc.ctc_lo.bias": (pieces,)}
    shapes |= {f"encoder.{name}.{kind}": size for name in ("after_norm", "tp_norm") for kind, size in norm.items()}
    blocks = ["encoders0.0", *(f"encoders.{i}" for i in range(encoder["num_blocks"] - 1))]
    for block in [*blocks, *(f"tp_encoders.{i}" for i in range(encoder["tp_blocks"]))]:
        input_size = width if block == "encoders0.0" else hidden
        layers: dict[str, tuple[int, ...]] = {
            "self_attn.linear_q_k_v": (3 * hidden, input_size),
            "self_attn.linear_out": (hidden, hidden),
        }
        layers |= {"feed_forward.w_1": (feed, hidden), "feed_forward.w_2": (hidden, feed)}
        layers |= {"norm1": (input_size,), "norm2": (hidden,)}
        for layer, size in layers.items():
            shapes |= {f"encoder.{block}.{layer}.weight": size, f"encoder.{block}.{layer}.bias": size[:1]}
        shapes[f"encoder.{block}.self_attn.fsmn_block.weight"] = (hidden, 1, encoder["kernel_size"])
    return shapes


def sensevoice(hub: Path, config: dict[str, Any] | None = None, vocabulary: bytes = b"") -> Artifact:
    """Write a random SenseVoiceSmall into a hub cache; return its artifact with true hashes.

    Args:
        hub: Folder of the cache.
        config: Content of config.yaml; tiny by default.
        vocabulary: SentencePiece model; a small one by default.
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
    return measure_files(published, snapshot)


def sentencepiece_model() -> bytes:
    """Return a small vocabulary with the tags of the published one, trained on a sentence of each language."""
    import sentencepiece

    buffer = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(_CORPUS * 20),
        model_writer=buffer,
        model_type="bpe",
        vocab_size=VOCABULARY_SIZE,
        character_coverage=1.0,
        user_defined_symbols=[f"<|{tag}|>" for tag in TAGS],
        minloglevel=2,
    )
    return buffer.getvalue()


def measure_files(row: Artifact, folder: Path) -> Artifact:
    """Return an artifact with the sizes and hashes of its files in a folder."""
    contents = {file.name: (folder / file.name).read_bytes() for file in row.files}
    files = (File(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in contents.items())
    return replace(row, files=tuple(files))


def run(folder: Path, script: str, arguments: Sequence[str] = ()) -> None:
    """Run a script as if the tiny checkpoint were the published one, with scripted engines for the lite tier."""
    os.environ.update(HF_HUB_CACHE=str(folder), HF_HUB_OFFLINE="1")
    fakes.install()
    artifact = sensevoice(folder)
    ARTIFACTS[artifact.name] = artifact
    sys.argv = [script, *arguments]
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    run(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
