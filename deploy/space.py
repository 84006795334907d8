"""Creates or updates a Hugging Face Space that runs this app: the files that git tracks, hardware, variables, secrets.

    python -m deploy.space owner/name --dry-run
    python -m deploy.space owner/name --variable FUNAUDIO_TIER=full --secrets secrets.env

Knows the hub and git, nothing of the app. The token is the one of `hf auth login`.
"""

from __future__ import annotations

import argparse
import glob
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from huggingface_hub import HfApi

ROOT = Path(__file__).parent.parent
HARDWARE = "zero-a10g"  # the hub's name for ZeroGPU, whatever cards it has
_NAME = re.compile(r"[A-Z][A-Z0-9_]*")
_REPO = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the Space shall be. files: paths relative to `root`. secrets are never printed."""

    repo: str
    root: Path
    files: tuple[str, ...]
    hardware: str = HARDWARE
    private: bool = False
    variables: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: in words, and as a call of the hub."""

    says: str
    does: Callable[[HfApi], object]


def steps(plan: Plan) -> list[Step]:
    """What makes the Space what the plan says, whether it exists or not, in this order.

    Settings come before the files, so that the first build has them; what was removed here is removed there.
    """
    size = sum((plan.root / name).stat().st_size for name in plan.files) / 1e6
    todo = [
        Step(
            f"create the {'private' if plan.private else 'public'} Space {plan.repo} on {plan.hardware} if it is new",
            lambda api: api.create_repo(
                plan.repo,
                repo_type="space",
                space_sdk="gradio",
                space_hardware=plan.hardware,  # type: ignore[arg-type]
                private=plan.private,
                exist_ok=True,
            ),
        )
    ]
    for name, value in plan.variables.items():
        todo.append(Step(f"set the variable {name}={value}", _variable(plan.repo, name, value)))
    for name, value in plan.secrets.items():
        todo.append(Step(f"set the secret {name}", _secret(plan.repo, name, value)))
    todo.append(
        Step(
            f"upload {len(plan.files)} files ({size:.1f} MB) and delete all others there",
            lambda api: api.upload_folder(
                repo_id=plan.repo,
                repo_type="space",
                folder_path=plan.root,
                allow_patterns=[glob.escape(name) for name in plan.files],
                delete_patterns=["*"],
                commit_message="Update from the repository",
            ),
        )
    )
    todo.append(Step(f"request {plan.hardware} unless it is already set", lambda api: _hardware(api, plan)))
    return todo


def _variable(repo: str, name: str, value: str) -> Callable[[HfApi], object]:
    return lambda api: api.add_space_variable(repo, name, value)


def _secret(repo: str, name: str, value: str) -> Callable[[HfApi], object]:
    return lambda api: api.add_space_secret(repo, name, value)


def _hardware(api: HfApi, plan: Plan) -> None:
    """Every request starts the Space anew, so none is made for what it has."""
    if api.get_space_runtime(plan.repo).requested_hardware != plan.hardware:
        api.request_space_hardware(plan.repo, plan.hardware)  # type: ignore[arg-type]


def tracked(root: Path) -> tuple[str, ...]:
    """The files that git tracks below `root`. Raises SystemExit where some of them have changed since the commit."""
    changed = _git(root, "status", "--porcelain", "--untracked-files=no")
    if changed:
        sys.exit(f"{len(changed)} files differ from the last commit, such as {changed[0][3:]}. Commit them first.")
    return tuple(_git(root, "ls-files"))


def _git(root: Path, *command: str) -> list[str]:
    done = subprocess.run(["git", *command, "-z"], cwd=root, capture_output=True, text=True, check=True)
    return [line for line in done.stdout.split("\0") if line]


def pairs(lines: Sequence[str], where: str) -> dict[str, str]:
    """NAME=VALUE lines as a dictionary; empty lines and those that begin with # are left out.

    Raises SystemExit, without the line, which may be a secret, for one that is no such pair.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, sign, value = line.strip().partition("=")
        if not sign or not _NAME.fullmatch(name):
            sys.exit(f"{where} {number} isn't of the form NAME=VALUE.")
        found[name] = value
    return found


def main(arguments: Sequence[str]) -> None:
    """Do it, or with --dry-run say what would be done; that asks no server."""
    parser = argparse.ArgumentParser(prog="python -m deploy.space", description="Create or update a Space.")
    parser.add_argument("repo", help="owner/name")
    parser.add_argument("--hardware", default=HARDWARE, help=f"default {HARDWARE}, which is ZeroGPU")
    parser.add_argument("--private", action="store_true", help="make a new Space private")
    parser.add_argument("--variable", action="append", default=[], metavar="NAME=VALUE", help="public")
    parser.add_argument(
        "--secrets", type=Path, metavar="FILE", help="file of NAME=VALUE lines, visible only to the app"
    )
    parser.add_argument("--dry-run", action="store_true", help="only print the steps")
    given = parser.parse_args(arguments)
    if not _REPO.fullmatch(given.repo):
        sys.exit(f"{given.repo!r} isn't a Space name. Write it as owner/name.")
    secrets = given.secrets.read_text(encoding="utf-8").splitlines() if given.secrets else []
    plan = Plan(
        repo=given.repo,
        root=ROOT,
        files=tracked(ROOT),
        hardware=given.hardware,
        private=given.private,
        variables=pairs(given.variable, "--variable"),
        secrets=pairs(secrets, f"{given.secrets}: line"),
    )
    api = None
    if not given.dry_run:
        from huggingface_hub import HfApi

        api = HfApi()
    for step in steps(plan):
        print(f"{'would ' if api is None else ''}{step.says}")
        if api is not None:
            step.does(api)
    if api is not None:
        print(f"https://huggingface.co/spaces/{plan.repo}")


if __name__ == "__main__":
    main(sys.argv[1:])
