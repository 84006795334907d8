"""Tests of layers, sizes and wording of the code."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

PACKAGES = ("funaudio_core", "server", "tabs")
MAX_MODULES = 16  # in a folder; a folder of one engine may have more
MAX_FILE_LINES, MAX_FUNCTION_LINES = 320, 50
MAX_RIDDLE_SHARE = 0.01
TABLES = {  # data, however long
    "funaudio_core/engines/emotion_words/lexicon.py",
    "funaudio_core/i18n/zh.py",
    "funaudio_core/settings.py",
    "funaudio_core/text/instruction_lexicon.py",
    "funaudio_core/text/spoken_form/tables/english.py",
    "funaudio_core/weights/catalog.py",
}
RIDDLE = re.compile(r"(What|Who|Whoever|Whether|How|Where)\b")
FILES = sorted([ROOT / "app.py", *(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))])


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _docstrings() -> Iterator[tuple[str, str]]:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for path in FILES:
        for node in ast.walk(_tree(path)):
            if isinstance(node, documented) and (text := ast.get_docstring(node)):
                yield f"{_name(path)}:{getattr(node, 'lineno', 1)}", text


def test_every_import_contract_holds() -> None:
    script = Path(sys.executable).parent / "lint-imports"
    process = subprocess.run([str(script), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout + process.stderr


def test_importing_the_library_loads_no_heavy_package() -> None:
    code = (
        "import sys, funaudio_core.engines.registry, funaudio_core.tasks.synthesis, funaudio_core.tasks.chat,"
        "funaudio_core.training.data.preparation;"
        "names = {'torch', 'onnxruntime', 'ctranslate2', 'librosa', 'gradio', 'transformers', 'spaces'};"
        "heavy = names & set(sys.modules);"
        "sys.exit(f'imported at import: {heavy}' if heavy else 0)"
    )
    process = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr


def test_folders_are_small() -> None:
    folders = {path.parent for path in FILES if path.parent != ROOT}
    engines = ROOT / "funaudio_core" / "engines"
    counts = {
        _name(folder): len([path for path in folder.glob("*.py") if path.stem != "__init__"]) for folder in folders
    }
    engine_folders = {_name(folder) for folder in folders if engines in folder.parents}
    assert {name: count for name, count in counts.items() if count > MAX_MODULES and name not in engine_folders} == {}


def test_files_are_short() -> None:
    lengths = {_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {name: length for name, length in lengths.items() if length > MAX_FILE_LINES and name not in TABLES} == {}
    assert set(lengths) >= TABLES


def test_functions_are_short() -> None:
    lengths = {
        f"{_name(path)}:{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in FILES
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: length for name, length in lengths.items() if length > MAX_FUNCTION_LINES} == {}


def test_docstrings_open_plainly() -> None:
    found = list(_docstrings())
    riddles = [place for place, text in found if RIDDLE.match(text)]
    assert len(riddles) <= MAX_RIDDLE_SHARE * len(found), riddles
