"""The sizes of a SenseVoice checkpoint, read from its config.yaml. Knows neither weights nor sound."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from funaudio_core.engines.sanm.config import Layout
from funaudio_core.errors import Unsupported

# What this engine is written for. Any other value would change the numbers silently, so it is refused instead.
_EXPECTED: dict[tuple[str, ...], Any] = {
    ("model",): "SenseVoiceSmall",
    ("encoder",): "SenseVoiceEncoderSmall",
    ("encoder_conf", "input_layer"): "pe",
    ("encoder_conf", "normalize_before"): True,
    ("encoder_conf", "sanm_shfit"): 0,  # FunASR's spelling
    ("encoder_conf", "selfattention_layer_type"): "sanm",
    ("frontend",): "WavFrontend",
    ("frontend_conf", "window"): "hamming",
}


def read(path: Path) -> Layout:
    """The layout that a config.yaml describes. Raises Unsupported, naming the setting, for any other architecture."""
    import yaml

    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    for place, expected in _EXPECTED.items():
        given = _at(config, place, path)
        if given != expected:
            raise Unsupported(
                "{path} sets {setting} to {given!r}, but this model supports {expected!r} only. "
                "Use the files of FunAudioLLM/SenseVoiceSmall.",
                path=str(path),
                setting=".".join(place),
                given=given,
                expected=expected,
            )
    encoder, frontend = config["encoder_conf"], config["frontend_conf"]
    names = ("output_size", "attention_heads", "linear_units", "kernel_size", "num_blocks", "tp_blocks")
    hidden, heads, feed, kernel, blocks, timed = (int(_at(encoder, (name,), path)) for name in names)
    rate, mels, stack, skip = (int(_at(frontend, (name,), path)) for name in ("fs", "n_mels", "lfr_m", "lfr_n"))
    window, shift = (float(_at(frontend, (name,), path)) for name in ("frame_length", "frame_shift"))
    return Layout(rate, mels, window, shift, stack, skip, hidden, heads, feed, kernel, blocks, timed)


def _at(config: Any, place: tuple[str, ...], path: Path) -> Any:  # noqa: ANN401 (YAML has no narrower type)
    for name in place:
        if not isinstance(config, dict) or name not in config:
            raise Unsupported(
                "{path} has no {setting}, so it isn't a SenseVoice configuration. Use the one of the published model.",
                path=str(path),
                setting=".".join(place),
            )
        config = config[name]
    return config
