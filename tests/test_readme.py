"""The README is true: its tree equals the files, its commands exist, its pins agree, its numbers say where from."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from funaudio_core.engines import registry
from funaudio_core.weights.catalog import ARTIFACTS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
FRONT = yaml.safe_load(README.split("---")[1])


def _tracked() -> set[str]:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def _tree() -> set[str]:
    """Paths that the tree block names: folders stand at the margin, their files below, several to a line."""
    block = re.search(r"```tree\n(.*?)```", README, re.DOTALL)
    assert block is not None
    paths: set[str] = set()
    folder = ""
    for line in block.group(1).splitlines():
        names = [name for name in line.split() if re.fullmatch(r"[\w./]+\.\w+|\w+/|[\w/]+/|Makefile", name)]
        if line.startswith(" "):
            paths.update(folder + name for name in names)
        elif line.strip():
            folder = names[0] if names[0].endswith("/") else ""
            paths.update(name for name in names if not name.endswith("/"))
    return {path for path in paths if "." in path.rsplit("/", 1)[-1] or path == "Makefile"}


def _code(paths: set[str]) -> set[str]:
    """What the tree lists one by one: everything but test files, example clips and package markers."""
    skipped = re.compile(r"^(tests/|examples_audio/.*\.flac$)|/__init__\.py$|^\.")
    return {path for path in paths if not skipped.search(path)}


def test_the_tree_equals_the_files() -> None:
    assert _code(_tree()) == _code(_tracked())


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"`make ([a-z-]+)`", README)) | set(re.findall(r"^make ([a-z-]+)", README, re.MULTILINE))
    assert {"demo", "test", "lint", "bench"} <= named
    for target in named:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_module_that_is_to_be_run_exists() -> None:
    for module in set(re.findall(r"python -m ([\w.]+)", README)):
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module


def test_front_matter_agrees_with_the_pins() -> None:
    requirements = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    gradio = re.search(r"^gradio\[mcp,oauth\]==([\d.]+)", requirements, re.MULTILINE)
    assert gradio is not None
    assert FRONT["sdk_version"] == gradio.group(1)
    assert FRONT["python_version"] == "3.12"
    assert FRONT["app_file"] == "app.py"
    assert len(FRONT["short_description"]) <= 60


def test_preloaded_repositories_are_those_of_the_table() -> None:
    """Those that an engine on a page needs; what no page offers yet would only lengthen the start of a Space."""
    tables = [table for name, table in vars(registry).items() if name.isupper()]
    needed = {ARTIFACTS[name] for table in tables for spec in table.values() for name in spec.weights}
    pinned = {(artifact.repo, artifact.revision) for artifact in needed if artifact.repo}
    preloaded = {(line.split()[0], line.split()[-1]) for line in FRONT["preload_from_hub"]}
    assert preloaded == pinned


def test_every_requirement_has_a_reason() -> None:
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        assert not line or line.startswith("#") or re.search(r"\s#\s\S", line), line


@pytest.mark.parametrize("artifact", ARTIFACTS.values(), ids=ARTIFACTS.keys())
def test_the_model_table_names_every_artifact_and_its_licence(artifact: object) -> None:
    title, licence = artifact.title.split(" (")[0], artifact.licence  # type: ignore[attr-defined]
    assert any(title in line and licence in line for line in README.splitlines() if line.startswith("|"))


def test_every_figure_has_a_date_and_a_command() -> None:
    table = README.split("## Figures")[1].split("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ") and not line.startswith("| what")]
    assert rows
    for row in rows:
        assert re.search(r"`(python -m|make) [\w. ]+`", row), row
        assert re.search(r"20\d\d-\d\d-\d\d", row), row
