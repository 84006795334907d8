"""Voices made of CosyVoice and an adapter of its language model or its flow."""

from __future__ import annotations

from pathlib import Path

from funaudio_core import settings
from funaudio_core.engines import loader
from funaudio_core.engines.cosyvoice.config import CONFIGS, Version
from funaudio_core.engines.cosyvoice.engine import SPEC_V2, SPEC_V3, CosyVoice, build
from funaudio_core.weights import adapters, store
from funaudio_core.weights.adapters import AdapterAtStrength

FILES = {"lm": "llm.pt", "flow": "flow.pt"}  # of a release, by the part that an adapter changes
SPECS = {2: SPEC_V2, 3: SPEC_V3}


def load(version: Version, part: str, folder: Path) -> CosyVoice:
    """Load the base, and an adapter beside it or merged into a copy, as the settings say.

    Args:
        version: Of CosyVoice.
        part: Key of FILES.
        folder: Folder of the adapter.

    Raises:
        BadInput: The adapter was made for another model.
        WeightsMissing: The adapter is damaged.
    """
    adapter, name, file = adapters.load(folder), f"cosyvoice{version}", FILES[part]
    adapters.require_base(adapter.card, {file: store.file_hashes(name)[file]})
    release, config, changes = store.artifact_dir(name), CONFIGS[version], {file: AdapterAtStrength(adapter)}
    if settings.read().merge_adapters:
        return build(release, SPECS[version], config, changes)
    return loader.load(SPECS[version]).with_adapters(release, config, changes)
