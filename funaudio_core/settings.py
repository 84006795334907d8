"""Settings of the process, read from environment variables once and checked.

`python -m funaudio_core.settings` prints the table that stands in docs/configuration.md.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from funaudio_core import env_parsers
from funaudio_core.env_parsers import Parser
from funaudio_core.errors import BadInput

TIERS = ("auto", "lite", "full", "remote")
MODEL_GROUPS = ("asr", "tts", "llm", "audio-chat")
LOG_FORMATS = ("text", "json")
# "own": as each model was trained and as its authors run it, which is one of the other two. "prefix": the first eighth.
# "all": every row, as transformers 5.23 does. Independent ports have 1.78 % WER on LibriSpeech test-clean with "prefix"
# in Nano and 1.74 % with "all" in MLT-Nano, where FunASR has 1.79 and 1.76 %.
FUN_ASR_TOKENS = ("own", "prefix", "all")
AUDIO_CHAT_BITS = ("0", "16", "4")
# Names of version 0.1.0. None of them has a new meaning, so a value that is still set can be reported.
OLD_NAMES = {
    "FUNAUDIO_PLACES": "FUNAUDIO_CONCURRENCY",
    "FUNAUDIO_LINE": "FUNAUDIO_QUEUE_SIZE",
    "FUNAUDIO_LINE_EACH": "FUNAUDIO_QUEUE_PER_CLIENT",
    "FUNAUDIO_SECONDS_PER_HOUR": "FUNAUDIO_COMPUTE_SECONDS_PER_HOUR",
    "FUNAUDIO_PROXIES": "FUNAUDIO_TRUSTED_PROXIES",
    "FUNAUDIO_MEMORY_GB": "FUNAUDIO_MODEL_MEMORY_GB",
    "FUNAUDIO_IDLE_MINUTES": "FUNAUDIO_MODEL_TTL_MINUTES",
    "FUNAUDIO_VOICE_MINUTES": "FUNAUDIO_VOICE_TTL_MINUTES",
    "FUNAUDIO_GPU_SECONDS": "FUNAUDIO_GPU_MAX_SECONDS",
    "FUNAUDIO_PROFILE": "FUNAUDIO_PRELOAD",
    "FUNAUDIO_EXACT": "FUNAUDIO_FP32",
    "FUNAUDIO_WEIGHTS": "FUNAUDIO_WEIGHTS_DIR",
    "FUNAUDIO_ASR": "FUNAUDIO_ASR_URL",
    "FUNAUDIO_TTS": "FUNAUDIO_TTS_URL",
    "FUNAUDIO_CHAT": "FUNAUDIO_CHAT_URL",
    "FUNAUDIO_API_KEY": "FUNAUDIO_UPSTREAM_API_KEY",
    "FUNAUDIO_SERVE_KEY": "FUNAUDIO_SERVER_API_KEY",
    "FUNAUDIO_LOG": "FUNAUDIO_LOG_FORMAT",
}

T = TypeVar("T")


def _oauth(_name: str, text: str) -> bool:
    return bool(text) and os.environ.get("SYSTEM") == "spaces"


def _default_host() -> str:
    return os.environ.get("GRADIO_SERVER_NAME", "") or "127.0.0.1"


def _default_proxies() -> str:
    return "1" if os.environ.get("SPACE_ID") else "0"


def _default_training() -> str:
    return "off" if os.environ.get("SPACE_ID") else "on"


def _variable(
    name: str,
    parse: Parser[T],
    default: str | Callable[[], str],
    meaning: str,
    *,
    shown: str = "",
    secret: bool = False,
) -> T:
    """Return a field that is read from an environment variable.

    Args:
        name: Name of the variable.
        parse: Parser of its text.
        default: Text to parse if the variable is unset or empty.
        meaning: Meaning, for the documentation.
        shown: Default for the documentation; the text itself if empty.
        secret: Leave the value out of the repr.
    """
    metadata = {"variable": name, "parse": parse, "default": default, "meaning": meaning, "shown": shown}
    declared: T = field(repr=not secret, metadata=metadata)
    return declared


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of the process, each with its environment variable, default and meaning."""

    home: Path = _variable(  # noqa: RUF009
        "FUNAUDIO_HOME",
        env_parsers.path,
        "~/.cache/funaudio",
        "folder of the cache: model files, long work, files of the running app",
    )
    weights_dir: Path | None = _variable(  # noqa: RUF009
        "FUNAUDIO_WEIGHTS_DIR",
        env_parsers.optional_path,
        "",
        "folder to look for model files in before downloading them",
    )
    adapters_dir: Path | None = _variable(  # noqa: RUF009
        "FUNAUDIO_ADAPTERS_DIR",
        env_parsers.optional_path,
        "",
        "folder with a folder for each adapter that everybody may use, see [training](training.md)",
    )
    merge_adapters: bool = _variable(
        "FUNAUDIO_MERGE_ADAPTERS",
        env_parsers.is_on,
        "off",
        "give each adapter a copy of its base with the change in it: faster, but it takes the base's memory again",
    )
    hub: bool = _variable("HF_HUB_OFFLINE", env_parsers.is_off, "off", "do not connect to the Hugging Face hub")
    host: str = _variable(
        "FUNAUDIO_HOST",
        env_parsers.stripped,
        _default_host,
        "address to listen on; `GRADIO_SERVER_NAME` is read if it is not set",
        shown="`127.0.0.1`",
    )
    port: int = _variable("FUNAUDIO_PORT", env_parsers.integer(0, 65535), "7860", "port to listen on")
    threads: int = _variable(
        "FUNAUDIO_THREADS",
        env_parsers.integer(1, 64),
        str(min(4, os.cpu_count() or 1)),
        "CPU threads of one engine",
        shown="up to 4",
    )
    tier: str = _variable(
        "FUNAUDIO_TIER",
        env_parsers.choice(TIERS),
        TIERS[0],
        "engines to offer, and which come first: `auto`, `lite`, `full` or `remote`",
    )
    asr_url: str = _variable(
        "FUNAUDIO_ASR_URL",
        env_parsers.stripped,
        "",
        "recognition model on another server, see [remote engines](remote-engines.md)",
    )
    tts_url: str = _variable("FUNAUDIO_TTS_URL", env_parsers.stripped, "", "speech model on another server")
    chat_url: str = _variable(
        "FUNAUDIO_CHAT_URL", env_parsers.stripped, "", "chat and translation model on another server"
    )
    audio_chat_url: str = _variable(
        "FUNAUDIO_AUDIO_CHAT_URL",
        env_parsers.stripped,
        "",
        "Fun-Audio-Chat on another server that answers clips in text, such as vLLM",
    )
    upstream_api_key: str = _variable(
        "FUNAUDIO_UPSTREAM_API_KEY", env_parsers.stripped, "", "key sent to these servers", secret=True
    )
    chat_model: str = _variable(
        "FUNAUDIO_CHAT_MODEL",
        env_parsers.stripped,
        "",
        "chat model of the hub for the full tier: `owner/name` or `owner/name@commit`",
        shown="Qwen3-4B-Instruct-2507",
    )
    fp32: bool = _variable(
        "FUNAUDIO_FP32", env_parsers.is_on, "off", "no 8-bit arithmetic in SenseVoice on the CPU; slower"
    )
    fun_asr_tokens: str = _variable(
        "FUNAUDIO_FUN_ASR_TOKENS",
        env_parsers.choice(FUN_ASR_TOKENS),
        FUN_ASR_TOKENS[0],
        "audio frames passed to Fun-ASR's language model: `own`, `prefix` or `all`",
    )
    audio_chat_bits: str = _variable(
        "FUNAUDIO_AUDIO_CHAT_BITS",
        env_parsers.choice(AUDIO_CHAT_BITS),
        AUDIO_CHAT_BITS[0],
        "bits of a weight in Fun-Audio-Chat's language model: `16` or `4`; `0` chooses by the memory of the device",
    )
    max_clip_seconds: float = _variable(
        "FUNAUDIO_MAX_CLIP_SECONDS", env_parsers.number(1, 24 * 3600), "7200", "longest clip"
    )
    max_file_megabytes: int = _variable(
        "FUNAUDIO_MAX_FILE_MB",
        env_parsers.integer(1, 10_000),
        "200",
        "largest file; one address may upload five times that in an hour",
    )
    max_characters: int = _variable(
        "FUNAUDIO_MAX_CHARACTERS", env_parsers.integer(10, 1_000_000), "5000", "longest text"
    )
    voice_ttl_minutes: int = _variable(
        "FUNAUDIO_VOICE_TTL_MINUTES", env_parsers.integer(1, 24 * 60), "60", "lifetime of a saved voice"
    )
    jobs_bytes: int = _variable(
        "FUNAUDIO_JOBS_GB",
        env_parsers.gigabytes(0, 100_000),
        "20",
        "disk space of all long work, such as narrations; 0 is no limit",
    )
    narration_days: float = _variable(
        "FUNAUDIO_NARRATION_DAYS",
        env_parsers.number(0.01, 3650),
        "7",
        "days after its last use at which a narration is deleted",
    )
    narration_hours: float = _variable(
        "FUNAUDIO_NARRATION_HOURS",
        env_parsers.number(0, 1000),
        "0",
        "longest narration in estimated hours of sound; 0 is no limit",
    )
    listening_tests_dir: Path | None = _variable(  # noqa: RUF009
        "FUNAUDIO_LISTENING_TESTS_DIR",
        env_parsers.optional_path,
        "",
        "folder of listening tests: their takes and votes",
        shown="in `FUNAUDIO_HOME`",
    )
    listening_test_days: float = _variable(
        "FUNAUDIO_LISTENING_TEST_DAYS",
        env_parsers.number(0, 3650),
        "30",
        "days after its last vote at which a listening test is deleted with its votes; 0 is never",
    )
    training: bool = _variable(
        "FUNAUDIO_TRAINING",
        env_parsers.is_on,
        _default_training,
        "let visitors train recognizers on the Train page, each for themselves",
        shown="`on`; `off` in a Space",
    )
    training_minutes: float = _variable(
        "FUNAUDIO_TRAINING_MINUTES", env_parsers.number(0.1, 24 * 60), "20", "longest training of a visitor's run"
    )
    concurrency: int = _variable(
        "FUNAUDIO_CONCURRENCY",
        env_parsers.integer(0, 1_000),
        "0",
        "requests computed at a time; 0 chooses by the device",
    )
    queue_size: int = _variable("FUNAUDIO_QUEUE_SIZE", env_parsers.integer(1, 10_000), "64", "requests that may wait")
    queue_per_client: int = _variable(
        "FUNAUDIO_QUEUE_PER_CLIENT", env_parsers.integer(1, 10_000), "4", "requests, waiting or running, of one client"
    )
    requests_per_minute: float = _variable(
        "FUNAUDIO_REQUESTS_PER_MINUTE", env_parsers.number(1, 1e6), "30", "requests of one client in a minute"
    )
    compute_seconds_per_hour: float = _variable(
        "FUNAUDIO_COMPUTE_SECONDS_PER_HOUR",
        env_parsers.number(1, 1e6),
        "1800",
        "computing time of one client in an hour",
    )
    trusted_proxies: int = _variable(
        "FUNAUDIO_TRUSTED_PROXIES",
        env_parsers.integer(0, 10),
        _default_proxies,
        "number of your own proxies in front; they report the client's address",
        shown="0; 1 in a Space",
    )
    model_memory_bytes: int = _variable(
        "FUNAUDIO_MODEL_MEMORY_GB",
        env_parsers.gigabytes(0, 10_000),
        "0",
        "memory for loaded models; 0 chooses by the device",
    )
    model_ttl_minutes: float = _variable(
        "FUNAUDIO_MODEL_TTL_MINUTES",
        env_parsers.number(0, 10_000),
        "0",
        "unload a model that was not used for so long; 0 is never",
    )
    gpu_max_seconds: float = _variable(
        "FUNAUDIO_GPU_MAX_SECONDS",
        env_parsers.number(5, 600),
        "60",
        "GPU time of one call: the most a ZeroGPU call requests, and the size of chunks of long work anywhere",
    )
    preload: tuple[str, ...] = _variable(
        "FUNAUDIO_PRELOAD",
        env_parsers.choice_list(MODEL_GROUPS),
        "asr,tts,llm",
        "models that a ZeroGPU Space holds: some of `asr`, `tts`, `llm`, `audio-chat`, separated by commas, or `all`",
    )
    downloads: bool = _variable(
        "FUNAUDIO_DOWNLOADS",
        env_parsers.is_on,
        "on",
        "let visitors download models that are offered on demand; `off` offers only those on this machine",
    )
    server_api_key: str = _variable(
        "FUNAUDIO_SERVER_API_KEY", env_parsers.stripped, "", "key that clients of `/v1` must send", secret=True
    )
    cors_origins: tuple[str, ...] = _variable(
        "FUNAUDIO_CORS_ORIGINS",
        env_parsers.origins,
        "",
        "websites whose pages may call `/v1` from a browser: origins such as `https://chat.example.org`, separated by "
        "commas; `*` allows any",
        shown="none",
    )
    mcp_tools: tuple[tuple[str, str], ...] = _variable(
        "FUNAUDIO_MCP_TOOLS",
        env_parsers.addresses,
        "",
        "MCP servers whose tools visitors may call on the Audio chat page: `name=address`, separated by commas; they "
        "get the arguments of calls",
        shown="none",
    )
    users: tuple[tuple[str, str], ...] = _variable(
        "FUNAUDIO_USERS",
        env_parsers.users,
        "",
        "accounts for the pages: `name:password`, separated by commas; at least 8 characters each; needs a server key",
        shown="public",
        secret=True,
    )
    oauth: bool = _variable(
        "OAUTH_CLIENT_ID", _oauth, "", "set by a Space with `hf_oauth`, together with `SYSTEM`: visitors may sign in"
    )
    log_format: str = _variable(
        "FUNAUDIO_LOG_FORMAT", env_parsers.choice(LOG_FORMATS), LOG_FORMATS[0], "format of log lines: `text` or `json`"
    )


def is_zerogpu() -> bool:
    """Return True in a ZeroGPU Space. `spaces` must be imported before PyTorch, so this is known before `read()`."""
    return env_parsers.is_on("", os.environ.get("SPACES_ZERO_GPU", ""))


@cache
def read() -> Settings:
    """Return the settings of this process.

    Raises:
        BadInput: If a variable is invalid, has an old name, or lacks another one that it requires.
    """
    renamed = [f"{old} was renamed to {new}." for old, new in OLD_NAMES.items() if os.environ.get(old)]
    if renamed:
        raise BadInput(" ".join([*renamed, "Change the names and start again."]))
    values: dict[str, Any] = {item.name: _value(**item.metadata) for item in fields(Settings)}
    found = Settings(**values)
    if found.tier == "remote" and not (found.asr_url or found.tts_url or found.chat_url or found.audio_chat_url):
        raise BadInput(
            "FUNAUDIO_TIER is 'remote', but no server is set. "
            "Set FUNAUDIO_ASR_URL, FUNAUDIO_TTS_URL, FUNAUDIO_CHAT_URL or FUNAUDIO_AUDIO_CHAT_URL."
        )
    if found.users and not found.server_api_key:
        raise BadInput(
            "FUNAUDIO_USERS protects the pages but not /v1. Also set FUNAUDIO_SERVER_API_KEY, the API key for /v1."
        )
    return found


def _value(variable: str, parse: Parser[object], default: str | Callable[[], str], **_documentation: str) -> object:
    """Return the parsed value of a variable, or of its default."""
    return parse(variable, os.environ.get(variable, "") or (default if isinstance(default, str) else default()))


def markdown_table() -> str:
    """Return the table of all variables, with their meanings and defaults."""
    lines = ["| variable | meaning | default |", "|---|---|---|"]
    for row in (item.metadata for item in fields(Settings)):
        default = row["shown"] or (row["default"] if row["default"].isdigit() else f"`{row['default']}`")
        lines.append(
            f"| `{row['variable']}` | {row['meaning']} | {default if row['default'] or row['shown'] else '–'} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(markdown_table() + "\n")
