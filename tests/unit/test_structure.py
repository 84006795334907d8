"""The rules of the house hold, and each of them fires when it is broken."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

CODE = ("funaudio_core", "tabs", "app.py", "pyproject.toml", "examples_audio/table.json")


def _run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", *command], cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the code that a test may break."""
    for name in CODE:
        source, target = ROOT / name, tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, target)
    return tmp_path


def _lint(root: Path) -> str:
    script = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([str(script), "--no-cache"], cwd=root, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


BREACHES = [
    ("Data flows one way", "funaudio_core/audio.py", "from funaudio_core import tasks"),
    ("The library knows no page", "funaudio_core/text.py", "import gradio"),
    ("Pages know no model framework", "tabs/recognize.py", "import torch"),
    (
        "Pipelines see Protocols, never engines",
        "funaudio_core/pipelines/recognize.py",
        "import funaudio_core.engines.ge2e",
    ),
    ("Engines stand alone", "funaudio_core/engines/ge2e.py", "import funaudio_core.engines.perth"),
    ("Pages stand alone", "tabs/recognize.py", "import tabs.zero_shot"),
]


def test_every_contract_is_kept(copy: Path) -> None:
    report = _lint(copy)
    assert f"{len(BREACHES)} kept, 0 broken" in report, report


@pytest.mark.parametrize(("contract", "file", "line"), BREACHES, ids=[breach[0] for breach in BREACHES])
def test_each_contract_fires(copy: Path, contract: str, file: str, line: str) -> None:
    path = copy / file
    path.write_text(path.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    assert f"{contract} BROKEN" in _lint(copy)


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("D103", "def public():\n    pass\n"),
        ("ANN201", 'def public():\n    """Do."""\n'),
        ("F401", '"""Doc."""\n\nimport os\n'),
        ("TID252", '"""Doc."""\n\nfrom . import x\n\nx()\n'),
        ("BLE001", '"""Doc."""\n\ntry:\n    int("1")\nexcept Exception:\n    pass\n'),
        ("T201", '"""Doc."""\n\nprint(1)\n'),
    ],
)
def test_ruff_rules_fire(copy: Path, rule: str, code: str) -> None:
    (copy / "funaudio_core" / "breach.py").write_text(code)
    assert rule in _run("ruff", "check", "--no-cache", "funaudio_core/breach.py", cwd=copy).stdout


def test_mypy_strict_fires(tmp_path: Path) -> None:
    (tmp_path / "breach.py").write_text("def f(x):\n    return x\n")
    done = _run("mypy", "--config-file", str(ROOT / "pyproject.toml"), "breach.py", cwd=tmp_path)
    assert "no-untyped-def" in done.stdout


def test_warnings_are_errors(tmp_path: Path) -> None:
    (tmp_path / "test_breach.py").write_text("import warnings\n\ndef test_it():\n    warnings.warn('x')\n")
    done = _run(
        "pytest", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path), "test_breach.py", cwd=tmp_path
    )
    assert "1 failed" in done.stdout


def test_leaves_import_no_heavy_package() -> None:
    """Importing the library's tables and engines' Specs costs no model framework."""
    code = (
        "import sys, funaudio_core.engines, funaudio_core.tasks;"
        "names = {'torch', 'onnxruntime', 'ctranslate2', 'librosa', 'gradio', 'transformers', 'spaces'};"
        "heavy = names & set(sys.modules);"
        "sys.exit(f'imported at import: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
