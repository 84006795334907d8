"""Every environment variable of the project, read once and checked. Nothing else reads the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from funaudio_core.errors import BadInput


@dataclass(frozen=True, slots=True)
class Settings:
    """What may be set from outside; each field names its variable in `read()`.

    tier: which engines are offered and which come first, one of TIERS.
    gpu_seconds: what one call may ask of ZeroGPU at most; a visitor who is not logged in has two minutes a day, and
    half a card counts them one and a half times. Long work is cut into parts that should take no more, on any machine.
    profile: which parts of the full tier a ZeroGPU Space holds, of PROFILES; each worker that is lent a GPU moves all
    of them there first.
    exact: no 8-bit arithmetic in models of the full tier on the CPU; slower. fun_asr_tokens: how much of what
    Fun-ASR's ear hears its language model gets, one of FUN_ASR_TOKENS. chat_model: of the hub, "owner/name" or
    "owner/name@revision", for conversation and translation in the full tier; "" for the one that is pinned.
    places: how much is computed at a time, 0 to go by the device. line: how many may wait; line_each: how many of these
    and of those that compute may be one visitor's. requests_per_minute, seconds_per_hour: how often a visitor may ask
    and for how long in all; nobody counts whoever runs the app on their own machine. proxies: how many of our own stand
    in front and tell a visitor's address.
    memory_bytes: for the models that are loaded at a time, 0 to go by the device. idle_minutes: after which a model
    that nobody asks for leaves memory, 0 for never.
    log: how lines are written, one of LOGS.
    serve_key: what a caller of /v1 must send, "" for nothing; never printed.
    users: (name, secret) of those who may log in, none where everybody may come in; never printed. oauth: whether this
    is a Space in which visitors may sign in with their account there.
    asr, tts, chat: addresses of models on other servers, as engines/remote reads them, "" for none; api_key: what these
    servers ask for, never printed.
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
    gpu_seconds: float
    profile: tuple[str, ...]
    fun_asr_tokens: str
    chat_model: str
    places: int
    line: int
    line_each: int
    requests_per_minute: float
    seconds_per_hour: float
    proxies: int
    memory_bytes: int
    idle_minutes: float
    log: str
    serve_key: str = field(repr=False)
    users: tuple[tuple[str, str], ...] = field(repr=False)
    oauth: bool
    asr: str
    tts: str
    chat: str
    api_key: str = field(repr=False)


PROFILES = ("ears", "voice", "minds")
LOGS = ("text", "json")
SECRET_CHARACTERS = 8  # that a secret has at least
TIERS = ("auto", "lite", "full", "remote")
# "own": as each model was trained and as its authors run it, which is one of the other two. "prefix": the first eighth.
# "all": every row, as transformers 5.23 does. Independent ports have 1.78 % WER on LibriSpeech test-clean with "prefix"
# in Nano and 1.74 % with "all" in MLT-Nano, where FunASR has 1.79 and 1.76 %.
FUN_ASR_TOKENS = ("own", "prefix", "all")


def _choice(name: str, choices: tuple[str, ...]) -> str:
    """One of the choices; the first where nothing is set."""
    value = os.environ.get(name, "").lower() or choices[0]
    if value not in choices:
        raise BadInput(f"{name} is {value!r}; it must be one of: {', '.join(choices)}.")
    return value


def _several(name: str, choices: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the choices that are named, with commas between them; all where nothing is set."""
    named = tuple(part.strip() for part in os.environ.get(name, "").lower().split(",") if part.strip())
    for part in named:
        if part not in (*choices, "all"):
            raise BadInput(f"{name} contains {part!r}; it must be a list of: {', '.join((*choices, 'all'))}.")
    return choices if not named or "all" in named else named


def _switch(name: str) -> bool:
    return os.environ.get(name, "").lower() in ("1", "true", "yes", "on")


def _number(name: str, default: float, low: float, high: float) -> float:
    text = os.environ.get(name, "")
    try:
        value = float(text) if text else default
    except ValueError:
        raise BadInput(f"{name} is {text!r}; it must be a number from {low:g} to {high:g}.") from None
    if not low <= value <= high:
        raise BadInput(f"{name} is {value:g}; it must be between {low:g} and {high:g}.")
    return value


def _users(name: str) -> tuple[tuple[str, str], ...]:
    """Pairs of "name:secret", with commas between them. No message quotes any of it, for a secret may be among it."""
    found: dict[str, str] = {}
    text = os.environ.get(name, "").strip()
    for place, pair in enumerate(text.split(",") if text else (), 1):
        user, colon, secret = (part.strip() for part in pair.partition(":"))
        if not colon or not user:
            raise BadInput(f"{name}: entry {place} is not name:secret. Write it as anna:her-secret,ben:his-secret.")
        if len(secret) < SECRET_CHARACTERS:
            raise BadInput(f"{name}: the secret of entry {place} has fewer than {SECRET_CHARACTERS} characters.")
        if user in found:
            raise BadInput(f"{name}: the name of entry {place} is used twice.")
        found[user] = secret
    return tuple(found.items())


def on_zerogpu() -> bool:
    """Whether this is a ZeroGPU Space, which must be known before anything else is."""
    return _switch("SPACES_ZERO_GPU")


@cache
def read() -> Settings:
    """The settings of this process. Raises BadInput that names the variable, its value and the choices."""
    weights = os.environ.get("FUNAUDIO_WEIGHTS", "")
    home = os.environ.get("FUNAUDIO_HOME", "") or "~/.cache/funaudio"
    found = Settings(
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
        profile=_several("FUNAUDIO_PROFILE", PROFILES),
        gpu_seconds=_number("FUNAUDIO_GPU_SECONDS", 60, 5, 600),
        fun_asr_tokens=_choice("FUNAUDIO_FUN_ASR_TOKENS", FUN_ASR_TOKENS),
        chat_model=os.environ.get("FUNAUDIO_CHAT_MODEL", "").strip(),
        places=int(_number("FUNAUDIO_PLACES", 0, 0, 1_000)),
        line=int(_number("FUNAUDIO_LINE", 64, 1, 10_000)),
        line_each=int(_number("FUNAUDIO_LINE_EACH", 4, 1, 10_000)),
        requests_per_minute=_number("FUNAUDIO_REQUESTS_PER_MINUTE", 30, 1, 1e6),
        seconds_per_hour=_number("FUNAUDIO_SECONDS_PER_HOUR", 1_800, 1, 1e6),
        proxies=int(_number("FUNAUDIO_PROXIES", 1 if os.environ.get("SPACE_ID") else 0, 0, 10)),
        memory_bytes=int(1e9 * _number("FUNAUDIO_MEMORY_GB", 0, 0, 10_000)),
        idle_minutes=_number("FUNAUDIO_IDLE_MINUTES", 0, 0, 10_000),
        log=_choice("FUNAUDIO_LOG", LOGS),
        serve_key=os.environ.get("FUNAUDIO_SERVE_KEY", "").strip(),
        users=_users("FUNAUDIO_USERS"),
        oauth=bool(os.environ.get("OAUTH_CLIENT_ID")) and os.environ.get("SYSTEM") == "spaces",
        asr=os.environ.get("FUNAUDIO_ASR", "").strip(),
        tts=os.environ.get("FUNAUDIO_TTS", "").strip(),
        chat=os.environ.get("FUNAUDIO_CHAT", "").strip(),
        api_key=os.environ.get("FUNAUDIO_API_KEY", "").strip(),
    )
    if found.tier == "remote" and not (found.asr or found.tts or found.chat):
        raise BadInput(
            "FUNAUDIO_TIER is 'remote', but no server is set. Set FUNAUDIO_ASR, FUNAUDIO_TTS or FUNAUDIO_CHAT."
        )
    if found.users and not found.serve_key:
        raise BadInput(
            "FUNAUDIO_USERS protects the pages but not /v1. Also set FUNAUDIO_SERVE_KEY, the API key for /v1."
        )
    return found
