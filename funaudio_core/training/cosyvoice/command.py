"""Command `voice` of `python -m funaudio_core.training`: CosyVoice learns a voice from clips and their texts."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from funaudio_core import audio
from funaudio_core.engines.cosyvoice.adapted import FILES
from funaudio_core.engines.cosyvoice.config import CONFIGS, ModelConfig
from funaudio_core.errors import BadInput
from funaudio_core.evaluation.manifests import read_data_set
from funaudio_core.training.command_run import add_options, hold_out, train_adapter
from funaudio_core.training.cosyvoice.clips import ClipEncoder, TextClip
from funaudio_core.training.cosyvoice.export import export_checkpoint
from funaudio_core.training.cosyvoice.flow import FlowRecipe
from funaudio_core.training.cosyvoice.lm import LanguageModelRecipe
from funaudio_core.training.recipe import Recipe, TrainingSettings
from funaudio_core.weights import store
from funaudio_core.weights.adapters import AdapterAtStrength, AdapterCard

MIN_CLIPS = 2  # one to learn from and one to check with
DEFAULTS = TrainingSettings(alpha=64, accumulate=2)


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to those of a parser."""
    parser = commands.add_parser(
        "voice",
        help="teach CosyVoice a voice",
        description="Teach CosyVoice a voice from clips and their texts; the last tenth of the clips is held out.",
    )
    parser.add_argument("clips", type=Path, help="a data set as of funaudio_core.evaluate")
    parser.add_argument("--language", default="", help="language of clips without one")
    parser.add_argument("--version", type=int, choices=sorted(CONFIGS), default=3)
    parser.add_argument("--part", choices=sorted(FILES), default="lm", help="language model or flow")
    parser.add_argument("--base", type=Path, help="folder of the release; default: the downloaded one")
    parser.add_argument("--out", type=Path, default=Path("my-voice"), help="folder; default: %(default)s")
    parser.add_argument("--export", action="store_true", help="also write the trained file in the published layout")
    add_options(parser, DEFAULTS)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Train, or go on with a training in the same folder, and write the adapter."""
    config = CONFIGS[options.version]
    folder = options.base or store.artifact_dir(f"cosyvoice{options.version}")
    path = folder / FILES[options.part]
    clips = _read_clips(options.clips, options.language)
    encoder = ClipEncoder(folder, config)
    recipe, items = _recipe_and_items(options.part, path, config, clips, encoder)
    learned, held_out = hold_out(items)
    card = AdapterCard(
        name="",
        recipe="",
        base=f"cosyvoice{options.version}",
        base_sha256={path.name: store.sha256(path)},
        data={"clips": len(clips), "seconds": round(sum(clip.audio.duration for clip in clips), 1)},
    )
    adapter = train_adapter(recipe, learned, held_out, options, card)
    if adapter is not None and options.export:
        export_checkpoint(path, AdapterAtStrength(adapter), options.out / path.name)


def _recipe_and_items(
    part: str, path: Path, config: ModelConfig, clips: Sequence[TextClip], encoder: ClipEncoder
) -> tuple[Recipe[Any], Sequence[Any]]:
    if part == "lm":
        return LanguageModelRecipe(path, config.lm), [encoder.utterance(clip) for clip in clips]
    return FlowRecipe(path, config.flow), [encoder.mel_item(clip) for clip in clips]


def _read_clips(path: Path, language: str) -> list[TextClip]:
    clips = [
        TextClip(item.id, audio.load(item.audio), item.text, item.language)
        for item in read_data_set(path, language).items
        if item.audio is not None
    ]
    if len(clips) < MIN_CLIPS:
        raise BadInput("Training needs clips to learn from and others to check with. Add some clips.")
    return clips
