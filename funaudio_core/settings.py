"""Every environment variable of the project, read once and checked. Nothing else reads the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from funaudio_core.errors import BadInput


@dataclass(frozen=True, slots=True)
class Settings:
    """What may be set from outside; each field names its variable in `read()`.

    tier: which engines are offered and which come first, one of TIERS. zerogpu: whether this is a ZeroGPU Space.
    exact: no 8-bit arithmetic in models of the full tier on the CPU; slower. fun_asr_tokens: how much of what
    Fun-ASR's ear hears its language model gets, one of FUN_ASR_TOKENS.
    """

    home: Path
    weights: Path | None
    threads: int
    host: str
    port: int
    max_clip_seconds: float
    max_file_megabytes: int
    max_characters: int
    voice_minutes: int
    hub: bool
    exact: bool
    tier: str
    zerogpu: bool
    fun_asr_tokens: str


TIERS = ("auto", "lite", "full")
# "prefix": the first eighth, as Fun-ASR was trained and as its authors run it; with it an independent port of the model
# has 1.78 % WER on LibriSpeech test-clean where FunASR has 1.79 %. "all": every row, as transformers 5.23 does.
FUN_ASR_TOKENS = ("prefix", "all")


def _choice(name: str, choices: tuple[str, ...]) -> str:
    """One of the choices; the first where nothing is set."""
    value = os.environ.get(name, "").lower() or choices[0]
    if value not in choices:
        raise BadInput(f"{name} is {value!r}; it must be one of: {', '.join(choices)}.")
    return value


def _switch(name: str) -> bool:
    return os.environ.get(name, "").lower() in ("1", "true", "yes", "on")


def _number(name: str, default: float, low: float, high: float) -> float:
    text = os.environ.get(name, "")
    try:
        value = float(text) if text else default
    except ValueError:
        raise BadInput(f"{name} is {text!r}; it must be a number from {low:g} to {high:g}.") from None
    if not low <= value <= high:
        raise BadInput(f"{name} is {value:g}; it must lie between {low:g} and {high:g}.")
    return value


@cache
def read() -> Settings:
    """The settings of this process. Raises BadInput that names the variable, its value and the choices."""
    weights = os.environ.get("FUNAUDIO_WEIGHTS", "")
    home = os.environ.get("FUNAUDIO_HOME", "") or "~/.cache/funaudio"
    return Settings(
        home=Path(home).expanduser(),
        weights=Path(weights).expanduser() if weights else None,
        threads=int(_number("FUNAUDIO_THREADS", min(4, os.cpu_count() or 1), 1, 64)),
        host=os.environ.get("FUNAUDIO_HOST", "") or os.environ.get("GRADIO_SERVER_NAME", "") or "127.0.0.1",
        port=int(_number("FUNAUDIO_PORT", 7860, 0, 65535)),
        max_clip_seconds=_number("FUNAUDIO_MAX_CLIP_SECONDS", 2 * 3600, 1, 24 * 3600),
        max_file_megabytes=int(_number("FUNAUDIO_MAX_FILE_MB", 200, 1, 10_000)),
        max_characters=int(_number("FUNAUDIO_MAX_CHARACTERS", 5_000, 10, 1_000_000)),
        voice_minutes=int(_number("FUNAUDIO_VOICE_MINUTES", 60, 1, 24 * 60)),
        hub=not _switch("HF_HUB_OFFLINE"),
        exact=_switch("FUNAUDIO_EXACT"),
        tier=_choice("FUNAUDIO_TIER", TIERS),
        zerogpu=_switch("SPACES_ZERO_GPU"),
        fun_asr_tokens=_choice("FUNAUDIO_FUN_ASR_TOKENS", FUN_ASR_TOKENS),
    )
