"""Files of Fun-Audio-Chat-8B: a folder of the user, or the pinned commit of the Hugging Face hub."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from funaudio_core import settings
from funaudio_core.errors import WeightsMissing
from funaudio_core.weights import snapshots, store

NAME = "fun-audio-chat-8b"  # of the folder in FUNAUDIO_WEIGHTS_DIR
SPEECH_ARTIFACT = "cosyvoice3"  # its flow and vocoder make the speech, its speaker encoder the voices of clips
REPO = "FunAudioLLM/Fun-Audio-Chat-8B"
# The commit that the tests of vLLM-Omni pin, together with the commit of Fun-CosyVoice3 that this project pins.
REVISION = "7bf72dc7c705493f817178a0859efff91e9cf73c"
CONFIG_FILE = "config.json"
WEIGHT_BYTES = 18_840_000_000  # 9.42 billion weights in bfloat16
_FILE_PATTERNS = ("*.safetensors", "*.json")  # without code and pickles


def folder() -> Path:
    """Return the folder of the files, downloaded if necessary.

    Raises:
        WeightsMissing: They can't be downloaded, or a file doesn't match the hash that the hub records for it.
    """
    root = settings.read().weights_dir
    if root is not None and (root / NAME).is_dir():
        return root / NAME
    from huggingface_hub import snapshot_download

    try:
        found = Path(snapshot_download(REPO, revision=REVISION, allow_patterns=list(_FILE_PATTERNS)))
    except Exception as error:  # many types: no network, no space
        raise WeightsMissing(
            "Fun-Audio-Chat-8B (18.8 GB) couldn't be downloaded ({error}). Check the network, or put its files into "
            "the folder {name} of FUNAUDIO_WEIGHTS_DIR.",
            error=(str(error).strip().splitlines() or [type(error).__name__])[0][:200],
            name=NAME,
        ) from error
    snapshots.require_cached_hashes(sorted(found.glob("*.safetensors")))
    return found


@cache
def base_sha256(found: Path) -> dict[str, str]:
    """Return the SHA-256 of the configuration and of the weights in a folder, by file name, as cards of adapters do.

    Reading 18.8 GB takes a minute or so; a process does it once.
    """
    paths = [found / CONFIG_FILE, *sorted(found.glob("*.safetensors"))]
    return {path.name: store.sha256(path) for path in paths}
