"""Assistants made of Fun-Audio-Chat and an adapter."""

from __future__ import annotations

from pathlib import Path

from funaudio_core import settings
from funaudio_core.engines import loader
from funaudio_core.engines.cosyvoice.config import CONFIGS
from funaudio_core.engines.fun_audio_chat import files
from funaudio_core.engines.fun_audio_chat.engine import SPEC, FunAudioChat, build
from funaudio_core.weights import adapters, store
from funaudio_core.weights.adapters import AdapterAtStrength


def load(folder: Path) -> FunAudioChat:
    """Load the base, and an adapter beside it or merged into a copy, as the settings say.

    Raises:
        BadInput: The adapter was made for another model.
        WeightsMissing: The adapter is damaged.
    """
    adapter, base = adapters.load(folder), files.folder()
    adapters.require_base(adapter.card, files.base_sha256(base))
    if settings.read().merge_adapters:
        return build(base, store.artifact_dir(files.SPEECH_ARTIFACT), SPEC, CONFIGS[3], adapter)
    return loader.load(SPEC).with_adapter(AdapterAtStrength(adapter))
