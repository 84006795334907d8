"""Conversion of model files in a process of its own, so that its memory and its packages are gone afterwards."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

_ROOT = Path(__file__).parents[2]  # from which funaudio_core can be imported
_CODE = """
import importlib, pathlib, sys
module, name, *paths = sys.argv[1:]
getattr(importlib.import_module(module), name)(*map(pathlib.Path, paths))
"""


def run(convert: Callable[[Path, Path], object], source: Path, target: Path) -> None:
    """Call `convert(source, target)`, a function of a module, in a new Python process; its messages go to stderr.

    Raises:
        RuntimeError: The conversion failed.
    """
    names = convert.__module__, convert.__name__
    paths = str(source.absolute()), str(target.absolute())
    process = subprocess.run([sys.executable, "-c", _CODE, *names, *paths], cwd=_ROOT, check=False)
    if process.returncode:
        raise RuntimeError(f"{convert.__name__} of {source} failed with exit status {process.returncode}; see the log.")
