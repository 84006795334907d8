"""Command `sensevoice` of `python -m funaudio_core.training`: SenseVoice learns from clips with their texts."""

from __future__ import annotations

import argparse
from pathlib import Path

from funaudio_core.engines.sensevoice.engine import ARTIFACT
from funaudio_core.training.command_run import add_options, train_adapter
from funaudio_core.training.data.clip_rows import read_rows, split_rows
from funaudio_core.training.data.command import CLIPS, TABLE
from funaudio_core.training.recipe import TrainingSettings
from funaudio_core.training.sensevoice.files import SenseVoiceFiles
from funaudio_core.weights import store
from funaudio_core.weights.adapters import AdapterCard

# Batches of 100 s; the learning rate of the published finetune.sh, which trains all weights. Not measured on real ones.
DEFAULTS = TrainingSettings(learning_rate=2e-4, epochs=5, max_batch_length=1_667)


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of a parser."""
    parser = commands.add_parser(
        "sensevoice",
        help="teach SenseVoice from clips",
        description="Teach SenseVoice from clips that the command prepare made; a tenth of them is held out.",
    )
    parser.add_argument("clips", type=Path, help="folder that the command prepare wrote")
    parser.add_argument("--base", type=Path, help="folder of the release; default: the downloaded one")
    parser.add_argument("--out", type=Path, default=Path("my-recognizer"), help="folder; default: %(default)s")
    parser.add_argument("--export", action="store_true", help="also write model.pt in the published layout")
    add_options(parser, DEFAULTS)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Train, or go on with a training in the same folder, and write the adapter."""
    split = split_rows(read_rows(options.clips / TABLE), seed=options.seed)
    paths = {row.id: options.clips / CLIPS / f"{row.id}.wav" for row in (*split.training, *split.held_out)}
    files = SenseVoiceFiles(options.base)
    items, held_out = (files.items(rows, paths) for rows in (split.training, split.held_out))
    seconds = sum(row.duration for row in split.training)
    card = AdapterCard(
        name="",
        recipe="",
        base=ARTIFACT,
        base_sha256={files.model_path.name: store.sha256(files.model_path)},
        data={"clips": len(items), "seconds": round(seconds, 1)},
    )
    adapter = train_adapter(files.recipe(), items, held_out, options, card)
    if adapter is not None and options.export:
        files.export(adapter, options.out / files.model_path.name)
