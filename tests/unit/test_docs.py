"""Checks of README.md, docs/ and the other documents against the repository."""

from __future__ import annotations

import re
import tomllib

import pytest
import yaml

from funaudio_core.engines import registry
from funaudio_core.weights.catalog import ARTIFACTS, Artifact
from tests.conftest import ROOT

MAX_README_LINES = 120  # without the front matter


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _split_front_matter(text: str) -> tuple[str, str]:
    _, front, body = text.split("---\n", 2)
    return front, body


FRONT_TEXT, README_BODY = _split_front_matter(_read("README.md"))
FRONT = yaml.safe_load(FRONT_TEXT)
PROJECT = tomllib.loads(_read("pyproject.toml"))
# Text of each document by its path. CHANGELOG.md also names things that no longer exist.
CHANGELOG = {"CHANGELOG.md": _read("CHANGELOG.md")}
DOCS = {
    "README.md": README_BODY,
    **{name: _read(name) for name in ("CONTRIBUTING.md", "SECURITY.md")},
    **{f"docs/{path.name}": _read(f"docs/{path.name}") for path in sorted((ROOT / "docs").glob("*.md"))},
}
ALL_DOCS = DOCS | CHANGELOG
RECIPES = {
    f"deploy/{path.name}": _read(f"deploy/{path.name}") for path in (ROOT / "deploy").iterdir() if path.is_file()
}
IN_EXAMPLES = re.compile(r"/mine\.py$")  # the new file of "Add a tab" and "Add an engine"


def _table_rows(text: str) -> list[str]:
    """Return the rows of all tables in a text, without headings and rules."""
    rows = re.findall(r"^\|.*\|$\n(?!\|-)", text + "\n", re.MULTILINE)
    return [row.strip() for row in rows if not row.startswith("|-")]


def _anchor(heading: str) -> str:
    """Return the link target that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def _anchors(text: str) -> set[str]:
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return {_anchor(heading) for heading in re.findall(r"^#+ (.+)$", prose, re.MULTILINE)}


# README.md


def test_readme_is_short() -> None:
    assert len(README_BODY.splitlines()) <= MAX_README_LINES


def test_readme_links_every_page_of_docs() -> None:
    for name in DOCS:
        if name != "README.md":
            assert f"]({name}" in README_BODY, name


def test_front_matter_agrees_with_the_pins() -> None:
    gradio = re.search(r"^gradio\[mcp,oauth\]==([\d.]+)", _read("requirements.txt"), re.MULTILINE)
    assert gradio is not None
    assert FRONT["sdk_version"] == gradio.group(1)
    assert FRONT["python_version"] == "3.12"
    assert FRONT["app_file"] == "app.py"
    assert len(FRONT["short_description"]) <= 60


def test_front_matter_names_the_licence() -> None:
    project = PROJECT["project"]
    assert FRONT["license"] == project["license"].lower()
    assert "Apache License" in _read("LICENSE")
    for name in project["license-files"]:
        assert (ROOT / name).is_file()


def test_preloaded_repositories_are_those_of_the_registry() -> None:
    """Other repositories would only lengthen the start of a Space."""
    tables = [table for name, table in vars(registry).items() if name.isupper() and isinstance(table, dict)]
    needed = {ARTIFACTS[name] for table in tables for spec in table.values() for name in spec.artifacts}
    pinned = {(artifact.repo, artifact.revision) for artifact in needed if artifact.repo}
    preloaded = {(line.split()[0], line.split()[-1]) for line in FRONT["preload_from_hub"]}
    assert preloaded == pinned


# What the documents name


@pytest.mark.parametrize("name", ALL_DOCS)
def test_relative_links_resolve(name: str) -> None:
    folder = (ROOT / name).parent
    for target in re.findall(r"\]\(([^)\s]+)\)", ALL_DOCS[name]):
        if re.match(r"https?:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (folder / path).resolve() if path else ROOT / name
        assert file.exists(), target
        if anchor:
            assert anchor in _anchors(file.read_text(encoding="utf-8")), target


@pytest.mark.parametrize("name", DOCS)
def test_named_paths_exist(name: str) -> None:
    top = "tabs|server|funaudio_core|deploy|bench|examples_audio|tests|docs"
    for path in re.findall(rf"`((?:{top})/[\w./-]*)`", DOCS[name]):
        assert IN_EXAMPLES.search(path) or (ROOT / path).exists(), path


@pytest.mark.parametrize("name", ALL_DOCS)
def test_named_make_targets_exist(name: str) -> None:
    text = ALL_DOCS[name]
    named = set(re.findall(r"`make ([a-z-]+)", text)) | set(re.findall(r"^make ([a-z-]+)", text, re.MULTILINE))
    targets = set(re.findall(r"^([a-z-]+):", _read("Makefile"), re.MULTILINE))
    assert named <= targets, named - targets


def test_readme_and_ci_use_the_makefile() -> None:
    assert {"make demo", "make test"} <= set(re.findall(r"^make [a-z-]+", README_BODY, re.MULTILINE))
    assert {"make lint", "make test-all"} <= set(_read(".ci/run").splitlines())
    for line in re.findall(r"run: (make [a-z-]+)$", _read(".github/workflows/ci.yml"), re.MULTILINE):
        assert re.search(rf"^{line.removeprefix('make ')}:", _read("Makefile"), re.MULTILINE), line


def test_every_public_make_target_has_a_description() -> None:
    makefile = _read("Makefile")
    for target in ("help", "demo", "test", "test-all", "lint", "fix", "check", "audit", "bench", "clean"):
        assert re.search(rf"^{target}:.*## \S", makefile, re.MULTILINE), target
    assert ".DEFAULT_GOAL := help" in makefile


@pytest.mark.parametrize("name", DOCS)
def test_named_modules_can_be_run(name: str) -> None:
    for module in set(re.findall(r"python -m ((?:funaudio_core|bench|deploy|examples_audio)[\w.]*)", DOCS[name])):
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module


@pytest.mark.parametrize("name", DOCS | RECIPES)
def test_named_settings_exist(name: str) -> None:
    """Settings.py also contains the names of 0.1.0, so the table of docs/configuration.md decides."""
    source = _read("funaudio_core/settings.py")
    table = DOCS["docs/configuration.md"].split("<!-- settings:begin -->")[1].split("<!-- settings:end -->")[0]
    listed = set(re.findall(r"`(FUNAUDIO_[A-Z0-9_]+)`", table))
    for variable in set(re.findall(r"\bFUNAUDIO_[A-Z0-9_]+", (DOCS | RECIPES)[name])):
        assert variable in listed, variable
        assert f'"{variable}"' in source, variable


# Single documents


def test_architecture_names_every_package() -> None:
    tree = re.search(r"^```\n(app\.py .*?)^```", DOCS["docs/architecture.md"], re.DOTALL | re.MULTILINE)
    assert tree is not None
    named: set[str] = set()
    folders: list[str] = []
    for line in tree.group(1).splitlines():
        folder = line.split()[0]
        if folder.endswith("/"):
            folders[(len(line) - len(line.lstrip())) // 2 :] = [folder]
            named.add("".join(folders).rstrip("/"))
    packages = {
        str(path.parent.relative_to(ROOT))
        for top in ("funaudio_core", "tabs", "server")
        for path in (ROOT / top).rglob("__init__.py")
    }
    assert packages <= named, packages - named
    assert all((ROOT / path).is_dir() for path in named)


@pytest.mark.parametrize("artifact", ARTIFACTS.values(), ids=ARTIFACTS.keys())
def test_model_table_lists_every_artifact_with_its_licence(artifact: Artifact) -> None:
    title = artifact.title.split(" (")[0]
    assert any(title in row and artifact.licence in row for row in _table_rows(DOCS["docs/models.md"]))


def test_benchmark_rows_have_a_command_and_a_date() -> None:
    rows = _table_rows(DOCS["docs/benchmarks.md"])
    assert rows
    for row in rows:
        assert re.search(r"`(python -m|make) [\w. -]+`", row), row
        assert re.search(r"20\d\d-\d\d-\d\d", row), row


def test_every_requirement_has_a_reason() -> None:
    for line in _read("requirements.txt").splitlines():
        assert not line or line.startswith("#") or re.search(r"\s#\s\S", line), line


def test_changelog_has_the_version() -> None:
    version = PROJECT["project"]["version"]
    headings = re.findall(r"^## \[(.+?)\](?: - (\d{4}-\d{2}-\d{2}))?$", CHANGELOG["CHANGELOG.md"], re.MULTILINE)
    assert headings[0] == ("Unreleased", "")
    assert any(name == version and date for name, date in headings)


def test_pre_commit_runs_the_pinned_ruff() -> None:
    hooks = yaml.safe_load(_read(".pre-commit-config.yaml"))["repos"]
    revision = next(repo["rev"] for repo in hooks if "ruff" in repo["repo"])
    assert f"ruff=={revision.removeprefix('v')}" in PROJECT["dependency-groups"]["dev"]


def test_contributing_explains_every_marker() -> None:
    markers = {marker.split(":")[0] for marker in PROJECT["tool"]["pytest"]["ini_options"]["markers"]}
    rows = _table_rows(DOCS["CONTRIBUTING.md"])
    assert all(any(row.startswith(f"| `{marker}` |") for row in rows) for marker in markers), markers


def test_packages_carry_type_information() -> None:
    assert all((ROOT / package / "py.typed").is_file() for package in ("funaudio_core", "server", "tabs"))
