"""Command `voice` of `python -m funaudio_core.training`: CosyVoice learns a voice from clips and their texts."""

from __future__ import annotations

import argparse
import logging
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from funaudio_core import audio
from funaudio_core.engines.cosyvoice.config import CONFIGS, ModelConfig
from funaudio_core.errors import BadInput
from funaudio_core.evaluation.manifests import read_data_set
from funaudio_core.training.recipe import Recipe, TrainingSettings
from funaudio_core.weights import adapters, store
from funaudio_core.weights.adapters import AdapterAtStrength, AdapterCard

if TYPE_CHECKING:
    from funaudio_core.training.cosyvoice.clips import ClipEncoder, TextClip
    from funaudio_core.training.run_files import TrainingProgress

FILES = {"lm": "llm.pt", "flow": "flow.pt"}  # of the parts of a release
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
    parser.add_argument("--name", default="", help="name of the voice; default: that of the folder")
    parser.add_argument("--consent", required=True, help="sentence that says who allowed the use of this voice")
    parser.add_argument("--licence", default="", help="licence of the result")
    parser.add_argument("--export", action="store_true", help="also write the trained file in the published layout")
    parser.add_argument("--method", choices=("lora", "head", "all"), default=DEFAULTS.method)
    parser.add_argument("--precision", choices=("no", "bf16", "fp16"), default=DEFAULTS.precision)
    for name in ("learning_rate", "epochs", "rank", "alpha", "patience", "max_batch_length", "accumulate", "seed"):
        value = getattr(DEFAULTS, name)
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Train, or go on with a training in the same folder, and write the adapter."""
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # it warns of a kernel that training doesn't use
    from accelerate import PartialState

    from funaudio_core.training.cosyvoice.clips import ClipEncoder, hold_out
    from funaudio_core.training.cosyvoice.export import export_checkpoint
    from funaudio_core.training.loop import train
    from funaudio_core.training.result import make_adapter

    config = CONFIGS[options.version]
    folder = options.base or store.artifact_dir(f"cosyvoice{options.version}")
    path = folder / FILES[options.part]
    settings = TrainingSettings(
        **{name: getattr(options, name) for name in TrainingSettings.__dataclass_fields__ if hasattr(options, name)}
    )
    clips = _read_clips(options.clips, options.language)
    encoder = ClipEncoder(folder, config)
    recipe, items = _recipe_and_items(options.part, path, config, clips, encoder)
    learned, held_out = hold_out(items)
    for progress in train(recipe, learned, held_out, settings, options.out / "run"):
        if PartialState().is_main_process:
            print(_progress_line(progress), flush=True)
    if not PartialState().is_main_process:  # under accelerate launch one process writes
        return
    card = AdapterCard(
        name=options.name or options.out.name,
        recipe=recipe.name,
        base=f"cosyvoice{options.version}",
        base_sha256={path.name: store.sha256(path)},
        data={"clips": len(clips), "seconds": round(sum(clip.audio.duration for clip in clips), 1)},
        consent=options.consent,
        licence=options.licence,
        command=shlex.join(sys.argv),
    )
    adapter = make_adapter(card, settings, options.out / "run")
    adapters.save(options.out, adapter)
    if options.export:
        export_checkpoint(path, AdapterAtStrength(adapter), options.out / path.name)
    print(f"held-out loss {adapter.card.before['loss']:.3f} before, {adapter.card.after['loss']:.3f} after")


def _progress_line(progress: TrainingProgress) -> str:
    values = {**progress.losses, **{f"held-out {name}": value for name, value in progress.held_out.items()}}
    shown = ", ".join(f"{name} {value:.3f}" for name, value in values.items())
    return f"step {progress.step} of {progress.total_steps}, epoch {progress.epoch}: {shown}"


def _recipe_and_items(
    part: str, path: Path, config: ModelConfig, clips: Sequence[TextClip], encoder: ClipEncoder
) -> tuple[Recipe[Any], Sequence[Any]]:
    from funaudio_core.training.cosyvoice.flow import FlowRecipe
    from funaudio_core.training.cosyvoice.lm import LanguageModelRecipe

    if part == "lm":
        return LanguageModelRecipe(path, config.lm), [encoder.utterance(clip) for clip in clips]
    return FlowRecipe(path, config.flow), [encoder.mel_item(clip) for clip in clips]


def _read_clips(path: Path, language: str) -> list[TextClip]:
    from funaudio_core.training.cosyvoice.clips import TextClip

    clips = [
        TextClip(item.id, audio.load(item.audio), item.text, item.language)
        for item in read_data_set(path, language).items
        if item.audio is not None
    ]
    if len(clips) < MIN_CLIPS:
        raise BadInput("Training needs clips to learn from and others to check with. Add some clips.")
    return clips
