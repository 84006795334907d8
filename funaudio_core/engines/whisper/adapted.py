"""Recognizers made of Whisper base and an adapter that is merged into a copy of it."""

from __future__ import annotations

from pathlib import Path

from funaudio_core import settings
from funaudio_core.engines.firered import FireRed
from funaudio_core.engines.whisper import Whisper
from funaudio_core.engines.whisper.window_decoder import MODEL_FILE, WindowDecoder
from funaudio_core.weights import adapters, store
from funaudio_core.weights.catalog import ARTIFACTS

BASE = "whisper-base"  # artifact
RECIPE = "words"


def base_sha256() -> dict[str, str]:
    """Return the SHA-256 of the base's model file, which the cards of adapters name."""
    return {file.name: file.sha256 for file in ARTIFACTS[BASE].files if file.name == MODEL_FILE}


def load(folder: Path) -> Whisper:
    """Load the base with an adapter.

    Raises:
        BadInput: The adapter was made for another model.
        WeightsMissing: The adapter is damaged.
    """
    adapter = adapters.load(folder)
    adapters.require_base(adapter.card, base_sha256())
    return Whisper(WindowDecoder(store.artifact_dir(BASE), settings.read().threads, adapter), FireRed())
