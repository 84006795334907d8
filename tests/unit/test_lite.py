"""Tests of the lite tier without the packages that requirements.txt names under "# Full tier"."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest

from funaudio_core import settings
from funaudio_core.engines import cosyvoice, loader, registry
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import Unsupported
from funaudio_core.gpu import device
from tests.conftest import ROOT

HEADING = "# Full tier"
LITE, FULL = (ROOT / "requirements.txt").read_text(encoding="utf-8").split(f"\n{HEADING}\n")
PACKAGES = set(re.findall(r"^([\w-]+)==", FULL, re.MULTILINE)) - {"pyyaml"}  # which gradio brings to the lite tier too
# Packages of the lite tier that some task or conversion needs; they take memory, so a start leaves them out.
FOR_SOME_TASKS = ("gguf", "numba", "onnx")


@pytest.fixture
def _no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "has_torch", lambda: False)
    monkeypatch.setattr(device, "has_gpu", lambda: False)


def test_makefile_and_image_split_requirements_at_the_heading() -> None:
    assert "torch" in PACKAGES
    assert f"sed '/^{HEADING}$$/,$$d' requirements.txt" in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"sed '/^{HEADING}$/,$d' requirements.txt" in (ROOT / "deploy/front.dockerfile").read_text(encoding="utf-8")


@pytest.mark.slow
def test_pages_and_engines_load_without_the_packages_of_the_full_tier() -> None:
    code = (
        "import sys\n"
        f"for name in {sorted(PACKAGES)}: sys.modules[name] = None\n"
        "import app\n"
        "from funaudio_core.engines import preload, registry\n"
        "preload.preload()\n"
        "app.build()\n"
        f"for name in {FOR_SOME_TASKS}: assert name not in sys.modules, name\n"
        "print(*registry.available(registry.RECOGNIZERS), *registry.available(registry.SYNTHESIZERS))"
    )
    process = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    assert process.stdout.split() == ["whisper-base", "kokoro", "hibari"]


def test_the_command_of_training_has_its_help_without_pytorch() -> None:
    code = (
        "import sys\n"
        f"for name in {sorted(PACKAGES)}: sys.modules[name] = None\n"
        "from funaudio_core.training import __main__, words\n"
        "words.has_packages = lambda: False\n"
        "__main__.main(['--help'])"
    )
    process = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    assert "teach Whisper base names" in process.stdout


def test_without_a_gpu_pytorch_is_not_imported_to_choose_engines() -> None:
    code = (
        "import sys\n"
        "from funaudio_core.engines import registry\n"
        "from funaudio_core.gpu import device\n"
        "device._has_driver = lambda: False\n"
        "registry.available(registry.SYNTHESIZERS), device.default_concurrency(), device.used_memory()\n"
        "print(device.has_torch(), 'torch' in sys.modules)"
    )
    process = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert process.stdout.split() == ["True", "False"]


@pytest.mark.usefixtures("_no_torch")
def test_full_tier_is_not_offered_without_pytorch() -> None:
    tables: list[dict[str, EngineSpec[Any]]] = [registry.RECOGNIZERS, registry.SYNTHESIZERS, registry.CHATBOTS]
    for table in (*tables, registry.TRANSLATORS):
        assert {spec.tier for spec in registry.available(table).values()} <= {"lite", "remote"}


@pytest.mark.usefixtures("_no_torch", "full_tier")
def test_selecting_the_full_tier_without_pytorch_names_the_remedy() -> None:
    assert settings.read().tier == "full"
    with pytest.raises(Unsupported, match=r"make install FULL=1"):
        registry.available(registry.RECOGNIZERS)


@pytest.mark.usefixtures("_no_torch")
def test_full_tier_engine_is_refused_before_its_files_are_downloaded() -> None:
    for load in (loader.load, lambda spec: next(loader.load_with_progress(spec))):
        with pytest.raises(Unsupported, match=r"needs PyTorch.*make install FULL=1"):
            load(cosyvoice.SPEC_V3)
