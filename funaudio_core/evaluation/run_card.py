"""Facts of a run that let another machine repeat it."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from funaudio_core import settings
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.evaluation.items import DataSet
from funaudio_core.evaluation.results import Card
from funaudio_core.evaluation.systems import System
from funaudio_core.gpu import device
from funaudio_core.weights.catalog import ARTIFACTS

_PACKAGES = ("numpy", "onnxruntime", "ctranslate2", "faster-whisper", "torch", "transformers", "xllamacpp")


def make_card(system: System, data_set: DataSet, command: str = "") -> Card:
    """Return the card of a run that starts now. command: Command line, or "" for a run of the page."""
    return Card(
        system=system.name,
        task=system.task,
        data_set=data_set.name,
        data_sha256=hash_items(data_set),
        engine=system.engine().name,
        settings=system.settings | {"threads": settings.read().threads, "tier": settings.read().tier},
        weights=_weights(system.engine()),
        software=_software(),
        hardware=_hardware(),
        command=command,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def hash_items(data_set: DataSet) -> str:
    """Return the SHA-256 of the ids, texts and languages of a data set."""
    digest = hashlib.sha256()
    for item in data_set.items:
        digest.update(json.dumps([item.id, item.text, item.language], ensure_ascii=False).encode() + b"\n")
    return digest.hexdigest()


def _weights(spec: EngineSpec[Any]) -> dict[str, str]:
    """Return the hashes of an engine's files, or the revision of the repository where a file has none."""
    found = {}
    for name in spec.artifacts:
        artifact = ARTIFACTS[name]
        for file in artifact.files:
            found[f"{name}/{file.name}"] = file.sha256 or f"{artifact.repo}@{artifact.revision}"
    return found


def _software() -> dict[str, str]:
    """Return the versions of Python and of the installed packages that compute."""
    versions = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions


def _hardware() -> dict[str, str]:
    """Return the processor, the number of cores and the accelerator."""
    facts = {"processor": _processor(), "cores": str(os.cpu_count())}
    return facts | ({"gpu": _gpu()} if device.has_gpu() else {})


def _processor() -> str:
    """Return the name of the processor; on Linux that of /proc/cpuinfo."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return name or platform.processor() or platform.machine()


def _gpu() -> str:
    import torch

    return str(torch.cuda.get_device_name(0))
