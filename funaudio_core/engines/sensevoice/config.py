"""Sizes of a SenseVoice checkpoint, read from its config.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from funaudio_core.engines.sanm.config import SanmConfig
from funaudio_core.errors import Unsupported

# Settings that this engine implements. Any other value would change the output silently, so it is refused instead.
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


def read(path: Path) -> SanmConfig:
    """Read a config.yaml.

    Raises:
        Unsupported: It describes another architecture; the message names the setting.
    """
    import yaml

    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    for keys, expected in _EXPECTED.items():
        value = _get(settings, keys, path)
        if value != expected:
            raise Unsupported(
                "{path} sets {setting} to {given!r}, but this model supports {expected!r} only. "
                "Use the files of FunAudioLLM/SenseVoiceSmall.",
                path=str(path),
                setting=".".join(keys),
                given=value,
                expected=expected,
            )
    encoder, frontend = settings["encoder_conf"], settings["frontend_conf"]
    return SanmConfig(
        hidden_size=int(_get(encoder, ("output_size",), path)),
        num_heads=int(_get(encoder, ("attention_heads",), path)),
        intermediate_size=int(_get(encoder, ("linear_units",), path)),
        kernel_size=int(_get(encoder, ("kernel_size",), path)),
        num_blocks=int(_get(encoder, ("num_blocks",), path)),
        num_timestamp_blocks=int(_get(encoder, ("tp_blocks",), path)),
        rate=int(_get(frontend, ("fs",), path)),
        num_mels=int(_get(frontend, ("n_mels",), path)),
        window_ms=float(_get(frontend, ("frame_length",), path)),
        shift_ms=float(_get(frontend, ("frame_shift",), path)),
        stacked_frames=int(_get(frontend, ("lfr_m",), path)),
        frame_stride=int(_get(frontend, ("lfr_n",), path)),
    )


def _get(settings: Any, keys: tuple[str, ...], path: Path) -> Any:  # noqa: ANN401 (YAML has no narrower type)
    for key in keys:
        if not isinstance(settings, dict) or key not in settings:
            raise Unsupported(
                "{path} has no {setting}, so it isn't a SenseVoice configuration. Use the one of the published model.",
                path=str(path),
                setting=".".join(keys),
            )
        settings = settings[key]
    return settings
